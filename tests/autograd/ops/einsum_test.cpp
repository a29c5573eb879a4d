#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <random>

#include <autograd/autograd.hpp>

#include "../expect.hpp"

namespace xgrad {
namespace {

struct Refusal {
  std::function<void()> call;
  std::vector<std::string> parts;
};

Tensor numbers(const Shape& shape, std::uint64_t seed) {
  Generator generator(seed);
  const Tensor x = randn(shape, float64, generator);
  eval(x);
  return x;
}

/// The definition, in loops over all labels: the sum of products of entries.
Tensor by_loops(const std::vector<std::string>& terms, const std::string& output, const std::vector<Tensor>& operands,
                const std::map<char, std::int64_t>& extents) {
  Shape shape;
  for (const char label : output) shape.push_back(extents.at(label));
  std::vector<double> result(static_cast<std::size_t>(shape.elements()), 0.0);
  std::vector<std::vector<double>> values;
  for (const Tensor& x : operands) values.push_back(x.to_vector<double>());
  std::map<char, std::int64_t> index;
  const auto place = [&](const std::string& labels) {
    std::int64_t flat = 0;
    for (const char label : labels) flat = flat * extents.at(label) + index.at(label);
    return static_cast<std::size_t>(flat);
  };
  const std::vector<std::pair<char, std::int64_t>> loops(extents.begin(), extents.end());
  const std::function<void(std::size_t)> nest = [&](std::size_t depth) {
    if (depth < loops.size()) {
      for (std::int64_t i = 0; i < loops[depth].second; ++i) {
        index[loops[depth].first] = i;
        nest(depth + 1);
      }
      return;
    }
    double product = 1;
    for (std::size_t k = 0; k < terms.size(); ++k) product *= values[k][place(terms[k])];
    result[place(output)] += product;
  };
  nest(0);
  return tensor(std::span<const double>(result), shape);
}

constexpr test::Tolerance rounding{.rtol = 1e-12, .atol = 1e-12};  // sums of a few hundred products

}  // namespace

TEST_CASE("random equations agree with loops over all labels") {
  std::mt19937 random(3);
  const std::map<char, std::int64_t> all = {{'a', 2}, {'b', 3}, {'c', 1}, {'d', 4}};
  const std::string letters = "abcd";
  for (int trial = 0; trial < 120; ++trial) {
    std::vector<std::string> terms(1 + random() % 3);
    std::map<char, std::int64_t> extents;
    std::vector<Tensor> operands;
    std::string equation, output;
    for (std::string& term : terms) {
      Shape shape;
      for (std::size_t i = random() % 4; i > 0; --i) {
        term += letters[random() % letters.size()];
        extents[term.back()] = all.at(term.back());
        shape.push_back(all.at(term.back()));
      }
      operands.push_back(numbers(shape, random()));
      equation += (operands.size() > 1 ? "," : "") + term;
    }
    for (const auto& [label, extent] : extents)
      if (random() % 2) output.insert(random() % (output.size() + 1), 1, label);
    equation += "->" + output;
    INFO(equation);
    CHECK(test::difference(einsum(equation, operands), by_loops(terms, output, operands, extents), rounding) == "");
  }
}

TEST_CASE("the implicit result has the labels that occur once, in alphabetical order") {
  const Tensor a = numbers({2, 3}, 1), b = numbers({3, 4}, 2);
  CHECK(test::difference(einsum("ba", {a}), transpose(a)) == "");
  CHECK(test::difference(einsum("ij, jk", {a, b}), matmul(a, b), rounding) == "");
  CHECK(test::difference(einsum("ii", {matmul(a, transpose(a))}), sum(square(a)), rounding) == "");
}

TEST_CASE("an ellipsis stands for axes that broadcast from the last") {
  const Tensor a = numbers({5, 1, 2, 3}, 1), b = numbers({4, 3, 2}, 2);
  CHECK(test::difference(einsum("...ij,...jk->...ik", {a, b}), matmul(a, b), rounding) == "");
  CHECK(test::difference(einsum("...ij,...jk", {a, b}), matmul(a, b), rounding) == "");
  CHECK(test::difference(einsum("i...->...", {b}), sum(b, 0), rounding) == "");
}

TEST_CASE("no elements give sums of nothing") {
  CHECK(test::difference(einsum("ij,jk->ik", {zeros({2, 0}), zeros({0, 3})}), zeros({2, 3})) == "");
  CHECK(test::difference(einsum("ii->i", {zeros({0, 0})}), zeros({0})) == "");
  CHECK(test::difference(tensordot(zeros({2, 0}), zeros({0, 3}), 1), zeros({2, 3})) == "");
  CHECK(test::difference(outer(zeros({0}), zeros({2})), zeros({0, 2})) == "");
}

TEST_CASE("outer, dot and tensordot agree with the sums that define them") {
  const Tensor u = numbers({3}, 1), w = numbers({4}, 2), a = numbers({2, 3, 4}, 3), b = numbers({4, 3, 5}, 4);
  CHECK(test::difference(outer(u, w), einsum("i,j->ij", {u, w}), rounding) == "");
  CHECK(test::difference(dot(u, u), sum(square(u)), rounding) == "");
  CHECK(test::difference(dot(u, Tensor(2)), u * 2) == "");
  CHECK(test::difference(dot(a, w), matmul(a, w), rounding) == "");
  CHECK(test::difference(dot(a, transpose(b, {1, 0, 2})), einsum("ijk,lkm->ijlm", {a, transpose(b, {1, 0, 2})}),
                         rounding) == "");
  CHECK(test::difference(tensordot(a, b, 1), einsum("ijk,klm->ijlm", {a, b}), rounding) == "");
  CHECK(test::difference(tensordot(a, b, {1, -1}, {1, 0}), einsum("ijk,kjm->im", {a, b}), rounding) == "");
  CHECK(test::difference(tensordot(u, w, 0), outer(u, w)) == "");
}

TEST_CASE("derivatives to second order agree with central differences") {
  const auto check = [](const TensorsFunction& f, const std::vector<Tensor>& inputs) {
    const GradcheckResult result = gradcheck(f, inputs, {.order = 2});
    CHECK_MESSAGE(result.passed, result.message);
  };
  const auto equation = [](const std::string& text) {
    return [text](const std::vector<Tensor>& x) { return einsum(text, x); };
  };
  check(equation("ii->i"), {numbers({3, 3}, 1)});
  check(equation("bij,bjk->bik"), {numbers({2, 2, 3}, 1), numbers({2, 3, 2}, 2)});
  check(equation("ij,jk,kl->il"), {numbers({2, 3}, 1), numbers({3, 2}, 2), numbers({2, 2}, 3)});
  check(equation("...i,...i"), {numbers({2, 1, 3}, 1), numbers({2, 3}, 2)});
  check([](const std::vector<Tensor>& x) { return outer(x[0], x[1]); }, {numbers({2}, 1), numbers({3}, 2)});
  check([](const std::vector<Tensor>& x) { return dot(x[0], x[1]); }, {numbers({2, 3}, 1), numbers({3}, 2)});
  check([](const std::vector<Tensor>& x) { return tensordot(x[0], x[1]); },
        {numbers({2, 2, 3}, 1), numbers({2, 3, 2}, 2)});
}

TEST_CASE("refusals name the operation, what was given and what was expected") {
  const Tensor none, x = zeros({2, 3}), y = zeros({4, 5}), n = zeros({2, 3}, int64);
  const std::vector<Refusal> refusals = {
      {[&] { einsum("ij", {}); }, {"einsum:", "no operands"}},
      {[&] { einsum("ij", {none}); }, {"einsum:", "undefined"}},
      {[&] { einsum("ij", {n}); }, {"einsum:", "int64", "float32 or float64"}},
      {[&] { einsum("ij,jk", {x}); }, {"einsum:", "'ij,jk'", "2 terms for 1 operands"}},
      {[&] { einsum("ijk", {x}); }, {"einsum:", "names 3 axes", "(2, 3)"}},
      {[&] { einsum("...ijk", {x}); }, {"einsum:", "names 3 axes", "at least"}},
      {[&] { einsum("i.j", {x}); }, {"einsum:", "unexpected '.'"}},
      {[&] { einsum("ij->i-", {x}); }, {"einsum:", "unexpected '-'"}},
      {[&] { einsum("ij->ik", {x}); }, {"einsum:", "label 'k'", "in no operand"}},
      {[&] { einsum("ij->ii", {x}); }, {"einsum:", "label 'i'", "twice"}},
      {[&] { einsum("ii", {x}); }, {"einsum:", "label 'i'", "extent 3", "2 before"}},
      {[&] {
         einsum("ij,jk", {x, y});
       },
       {"einsum:", "label 'j'", "extent 4", "operand 1", "(4, 5)", "3 before"}},
      {[&] { outer(none, x); }, {"outer:", "'a'", "undefined"}},
      {[&] { outer(n, n); }, {"outer:", "int64", "(2, 3)"}},
      {[&] { dot(x, none); }, {"dot:", "'b'", "undefined"}},
      {[&] { dot(x, y); }, {"dot:", "(2, 3)", "(4, 5)", "axis -1 of a has 3", "axis -2 of b 4"}},
      {[&] { tensordot(n, n); }, {"tensordot:", "int64"}},
      {[&] { tensordot(x, y, 3); }, {"tensordot:", "count is 3", "0 to 2"}},
      {[&] { tensordot(x, y, 1); }, {"tensordot:", "(2, 3)", "(4, 5)", "expected them equal"}},
      {[&] {
         tensordot(x, y, {0, 1}, {0});
       },
       {"tensordot:", "2 axes of a and 1 of b"}},
      {[&] {
         tensordot(x, x, {0, 0}, {0, 1});
       },
       {"tensordot:", "axis 0 is given twice"}},
      {[&] { tensordot(x, x, {2}, {0}); }, {"tensordot:", "axis 2 is out of range"}},
  };
  for (std::size_t i = 0; i < refusals.size(); ++i) {
    INFO("refusal number ", i);
    CHECK(test::lacks(test::error_of(refusals[i].call), refusals[i].parts) == "");
  }
}

}  // namespace xgrad
