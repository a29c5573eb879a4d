#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include <autograd/autograd.hpp>
#include <autograd/kernel/gemm.hpp>

#include "../../fusing.hpp"

// Products are added to what is there by their kernels, where nothing else reads it.
namespace xgrad {
namespace {

using Values = std::vector<std::vector<float>>;

Tensor random(const Shape& shape, std::uint64_t seed) {
  Generator generator(seed);
  const Tensor x = randn(shape, float32, generator) * 0.2;
  eval(x);
  return x;
}

/// The values of what a program gives, planned or node by node.
template <class F>
Values values(const F& program, bool fused) {
  const test::Fusing fusing(fused);
  const std::vector<Tensor> results = program();
  eval(results);
  Values all;
  for (const Tensor& result : results) all.push_back(result.to_vector<float>());
  return all;
}

/// How many steps of the plan add to what is there.
template <class F>
int additions(const F& program) {
  const std::string text = explain(program());
  int count = 0;
  for (std::size_t at = text.find("added to"); at != std::string::npos; at = text.find("added to", at + 1)) ++count;
  return count;
}

/// Whether the own kernels compute products here.
bool has_own_products() { return ops::own_gemm<float>() != nullptr; }

}  // namespace

TEST_CASE("a sum of products is one value that products are added to, with the bits of the sum") {
  const Tensor a = random({20, 64}, 1), b = random({64, 48}, 2);
  const auto program = [&] {
    Tensor sum = matmul(a, b);
    for (int i = 1; i < 5; ++i) sum = sum + matmul(a * static_cast<double>(i), sin(b));
    return std::vector<Tensor>{sum};
  };
  CHECK(values(program, true) == values(program, false));
  CHECK(additions(program) == (has_own_products() ? 4 : 0));
}

TEST_CASE("gradients of a weight that many steps read are added up where they are computed") {
  const Tensor weight = random({32, 32}, 3), first = random({24, 32}, 4);
  const auto program = [&] {
    Tensor x = first;
    for (int i = 0; i < 6; ++i) x = tanh(matmul(x, weight));
    return std::vector<Tensor>{gradient(sum(x * x), weight)};
  };
  CHECK(values(program, true) == values(program, false));
  CHECK(additions(program) == (has_own_products() ? 5 : 0));
}

TEST_CASE("a product is added to an elementwise value that nothing else reads, within a longer pass too") {
  const Tensor a = random({20, 64}, 5), b = random({64, 48}, 6), c = random({48, 48}, 7);
  const auto program = [&] {
    const Tensor left = matmul(a, b);
    return std::vector<Tensor>{exp(left + matmul(left * 0.5, c) * 0.25), tanh(matmul(left, c) + matmul(cos(left), c))};
  };
  CHECK(values(program, true) == values(program, false));
  CHECK(additions(program) == (has_own_products() ? 1 : 0));
}

TEST_CASE("a value that is read elsewhere, or comes from outside, is not added to") {
  const Tensor a = random({20, 64}, 8), b = random({64, 48}, 9), c = random({20, 48}, 10), d = random({48, 48}, 11);
  const auto outside = [&] { return std::vector<Tensor>{c + matmul(a, b)}; };
  const auto read_later = [&] {
    const Tensor x = matmul(a, b);
    const Tensor sum = x + matmul(sin(x), d);
    return std::vector<Tensor>{sum, matmul(x * x, d)};
  };
  const auto kept = [&] {
    const Tensor x = matmul(a, b);
    return std::vector<Tensor>{x, x + matmul(sin(x), d)};
  };
  for (const std::function<std::vector<Tensor>()>& program :
       {std::function<std::vector<Tensor>()>(outside), {read_later}, {kept}}) {
    CHECK(values(program, true) == values(program, false));
    CHECK(additions(program) == 0);
  }
}

TEST_CASE("a product that is written in pieces of its inner extent is added by a pass, which keeps the bits") {
  const Tensor a = random({20, 600}, 12), b = random({600, 48}, 13);
  const auto program = [&] { return std::vector<Tensor>{matmul(a, b) + matmul(sin(a), b)}; };
  CHECK(values(program, true) == values(program, false));
  CHECK(additions(program) == 0);
}

TEST_CASE("two threads add to the same value one after the other") {
  const Tensor weight = random({256, 256}, 14), first = random({96, 256}, 15);
  const auto program = [&] {
    Tensor x = first;
    for (int i = 0; i < 8; ++i) x = tanh(matmul(x, weight));
    return std::vector<Tensor>{gradient(sum(x * x), weight), gradient(sum(x), weight)};
  };
  const Values expected = values(program, false);
  const int before = num_threads();
  set_num_threads(2);
  for (int turn = 0; turn < 20; ++turn) CHECK(values(program, true) == expected);
  set_num_threads(before);
}

}  // namespace xgrad
