#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include <autograd/autograd.hpp>
#include <nn/loss.hpp>

#include "test_data.hpp"

// The table of docs/edges.md: what operations give where they have corners, poles, ties or infinities, with first and
// second derivatives. Every row of it is computed here, and every row here is in it.
namespace xgrad {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

using Point = std::vector<double>;
using Scalars = std::vector<Tensor>;
using Function = std::function<Tensor(const Scalars&)>;

struct Row {
  std::string function;
  Function f;  ///< of one or two scalars, to a scalar
  Point at;
};

/// "-inf, 0.5, nan".
std::string text_of(const std::vector<double>& values) {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text.precision(4);
  for (std::size_t i = 0; i < values.size(); ++i) {
    text << (i ? ", " : "");
    if (std::isnan(values[i]))
      text << "nan";
    else
      text << values[i] + 0.0;  // no -0
  }
  return text.str();
}

/// f's value, first derivatives, second derivatives (of a and b: aa, ab, bb), and the first derivatives of a branch of
/// `where` that is not taken.
struct Derivatives {
  double value;
  std::vector<double> first, second, not_taken;
};

std::vector<double> items(const std::vector<Tensor>& scalars) {
  std::vector<double> values;
  for (const Tensor& scalar : scalars) values.push_back(scalar.item());
  return values;
}

Derivatives derivatives_of(const Row& row) {
  const GradientOptions zeros_too{.materialize_grads = true};  // first derivatives may be constants
  Scalars x;
  for (const double value : row.at) x.push_back(tensor(value, float64));
  Derivatives result;
  {
    const Tape tape;
    const Tensor y = row.f(x);
    const std::vector<Tensor> first = tape.gradient(y, x, zeros_too);
    for (std::size_t i = 0; i < first.size(); ++i) {
      const std::vector<double> second = items(tape.gradient(first[i], x, zeros_too));
      result.second.insert(result.second.end(), second.begin() + static_cast<std::ptrdiff_t>(i), second.end());
    }
    result.value = y.item();
    result.first = items(first);
  }
  const Tape tape;
  result.not_taken = items(tape.gradient(where(tensor(false, boolean), row.f(x), 0.0), x, zeros_too));
  return result;
}

std::string line_of(const Row& row) {
  const Derivatives d = derivatives_of(row);
  return "| `" + row.function + "` | " + text_of(row.at) + " | " + text_of({d.value}) + " | " + text_of(d.first) +
         " | " + text_of(d.second) + " | " + text_of(d.not_taken) + " |";
}

Tensor pair_of(const Scalars& x) { return stack({x[0], x[1]}); }
Tensor entry(const Tensor& x, std::int64_t i) { return at(x, {i}); }

using Unary = Tensor (*)(const Operand&);
using Binary = Tensor (*)(const Operand&, const Operand&);

Function of(Unary f) {
  return [f](const Scalars& x) { return f(x[0]); };
}
Function of(Binary f) {
  return [f](const Scalars& x) { return f(x[0], x[1]); };
}
template <class F>
Function of_pair(F f) {
  return [f](const Scalars& x) { return f(pair_of(x)); };
}
template <class F>
Function of_one(F f) {
  return [f](const Scalars& x) { return f(x[0]); };
}

std::vector<Row> rows() {
  std::vector<Row> table;
  const auto add_rows = [&](const std::string& name, const Function& f, const std::vector<Point>& points) {
    for (const Point& point : points) table.push_back({name, f, point});
  };
  const Point origin = {0, 0};
  // Roots, powers, logarithms.
  add_rows("sqrt(x)", of(sqrt), {{0}});
  add_rows("rsqrt(x)", of(rsqrt), {{0}});
  add_rows("cbrt(x)", of(cbrt), {{0}});
  add_rows("reciprocal(x)", of(reciprocal), {{0}});
  add_rows("a / b", of(divide), {{1, 0}, origin});
  add_rows("log(x)", of(log), {{0}});
  add_rows("log1p(x)", of(log1p), {{-1}});
  add_rows("pow(a, b)", of(pow), {{0, 0}, {0, 0.5}, {0, 1}, {0, 1.5}, {0, 2}, {0, 3}, {0, -1}, {2, 0}, {-2, 2}});
  add_rows("pow(x, 0)", of_one([](const Tensor& x) { return pow(x, 0); }), {{0}});
  add_rows("pow(x, 2)", of_one([](const Tensor& x) { return pow(x, 2); }), {{0}});
  add_rows("pow(x, 0.5)", of_one([](const Tensor& x) { return pow(x, 0.5); }), {{0}});
  add_rows("xlogy(a, b)", of(xlogy), {origin, {0, 1}, {0, -1}, {0, infinity}, {1, 0}});
  add_rows("xlog1py(a, b)", of(xlog1py), {origin, {0, -1}, {1, -1}});
  add_rows("entr(x)", of(entr), {{0}, {-1}});
  // Corners.
  add_rows("abs(x)", of(abs), {{0}});
  add_rows("sign(x)", of(sign), {{0}});
  add_rows("floor(x)", of(floor), {{1}});
  add_rows("round(x)", of(round), {{0.5}});
  add_rows("fmod(a, b)", of(fmod), {{3, 1}, {1, 0}});
  add_rows("remainder(a, b)", of(remainder), {{3, 1}, {1, 0}});
  add_rows("clip(x, -1, 1)", of_one([](const Tensor& x) { return clip(x, -1, 1); }), {{-1}, {1}});
  add_rows("relu(x)", of(relu), {{0}, {nan}});
  add_rows("leaky_relu(x)", of_one([](const Tensor& x) { return leaky_relu(x); }), {{0}});
  add_rows("prelu(a, b)", of(prelu), {{0, 0.25}});
  add_rows("elu(x)", of_one([](const Tensor& x) { return elu(x); }), {{0}});
  add_rows("celu(x, 2)", of_one([](const Tensor& x) { return celu(x, 2); }), {{0}});
  add_rows("selu(x)", of(selu), {{0}});
  add_rows("hardtanh(x)", of_one([](const Tensor& x) { return hardtanh(x); }), {{-1}, {1}});
  add_rows("relu6(x)", of(relu6), {{0}, {6}});
  add_rows("hardsigmoid(x)", of(hardsigmoid), {{-3}, {3}});
  add_rows("hardswish(x)", of(hardswish), {{-3}, {3}});
  add_rows("softshrink(x)", of_one([](const Tensor& x) { return softshrink(x); }), {{0.5}});
  add_rows("hardshrink(x)", of_one([](const Tensor& x) { return hardshrink(x); }), {{0.5}});
  add_rows("threshold(x, 1, 2)", of_one([](const Tensor& x) { return threshold(x, 1, 2); }), {{1}});
  add_rows("copysign(x, -1)", of_one([](const Tensor& x) { return copysign(x, -1); }), {{0}});
  add_rows("softsign(x)", of(softsign), {{0}, {infinity}});
  // Ties.
  add_rows("maximum(a, b)", of(maximum), {{1, 1}, {1, nan}});
  add_rows("minimum(a, b)", of(minimum), {{1, 1}, {1, nan}});
  add_rows("fmax(a, b)", of(fmax), {{1, 1}, {1, nan}});
  add_rows("fmin(a, b)", of(fmin), {{1, 1}, {1, nan}});
  add_rows("max({a, b})", of_pair([](const Tensor& x) { return max(x); }), {{1, 1}});
  add_rows("min({a, b})", of_pair([](const Tensor& x) { return min(x); }), {{1, 1}});
  add_rows("max_pool1d({a, b})", of_pair([](const Tensor& x) {
             return reshape(max_pool1d(reshape(x, {1, 1, 2}), 2), std::vector<std::int64_t>{});
           }),
           {{1, 1}, {1, nan}});
  add_rows("median({a, b})", of_pair([](const Tensor& x) { return median(x); }), {{1, 1}, {1, nan}});
  add_rows("sort({a, b})[0]", of_pair([](const Tensor& x) { return entry(sort(x), 0); }), {{1, 1}, {nan, 1}});
  add_rows("kthvalue({a, b}, 2)", of_pair([](const Tensor& x) { return kthvalue(x, 2).values; }), {{1, 1}, {1, nan}});
  add_rows("cummax({a, b})[1]", of_pair([](const Tensor& x) { return entry(cummax(x, 0).values, 1); }),
           {{1, 1}, {nan, 1}});
  // Lengths and angles, and what divides by them.
  add_rows("hypot(a, b)", of(hypot), {origin, {1, 0}, {infinity, 1}});
  add_rows("atan2(a, b)", of(atan2), {origin, {0, -1}, {1, 0}});
  add_rows("norm({a, b})", of_pair([](const Tensor& x) { return norm(x); }), {origin, {1, 0}});
  add_rows("norm({a, b}, 1)", of_pair([](const Tensor& x) { return norm(x, 1); }), {origin, {1, 0}});
  add_rows("norm({a, b}, 1.5)", of_pair([](const Tensor& x) { return norm(x, 1.5); }), {origin, {1, 0}});
  add_rows("norm({a, b}, 3)", of_pair([](const Tensor& x) { return norm(x, 3); }), {origin, {1, 0}});
  add_rows("norm({a, b}, inf)", of_pair([](const Tensor& x) { return norm(x, infinity); }), {origin, {1, 1}});
  add_rows("norm({a, b}, -inf)", of_pair([](const Tensor& x) { return norm(x, -infinity); }), {origin, {1, 1}});
  add_rows("norm({a, b}, 0.5)", of_pair([](const Tensor& x) { return norm(x, 0.5); }), {origin, {1, 0}});
  add_rows("norm({a, b}, -1)", of_pair([](const Tensor& x) { return norm(x, -1); }), {origin, {1, 0}, {1, 1}});
  add_rows("norm({a, b}, 0)", of_pair([](const Tensor& x) { return norm(x, 0); }), {origin, {1, 0}});
  add_rows("normalize({a, b})[0]", of_pair([](const Tensor& x) { return entry(normalize(x, 2, 0), 0); }), {origin});
  add_rows("cosine_similarity({a, b}, {1, 0})", of_pair([](const Tensor& x) {
             return cosine_similarity(x, tensor({1, 0}, float64), 0);
           }),
           {origin});
  add_rows("std({a, b})", of_pair([](const Tensor& x) { return std(x); }), {{1, 1}});
  add_rows("var({a, b})", of_pair([](const Tensor& x) { return var(x); }), {{1, 1}});
  add_rows("prod({a, b})", of_pair([](const Tensor& x) { return prod(x); }), {origin, {0, 2}});
  add_rows("cumprod({a, b})[1]", of_pair([](const Tensor& x) { return entry(cumprod(x, 0), 1); }), {origin, {0, 2}});
  // Ends of domains.
  add_rows("asin(x)", of(asin), {{-1}, {1}});
  add_rows("acos(x)", of(acos), {{-1}, {1}});
  add_rows("acosh(x)", of(acosh), {{1}});
  add_rows("atanh(x)", of(atanh), {{-1}, {1}});
  add_rows("logit(x)", of_one([](const Tensor& x) { return logit(x); }), {{0}, {1}});
  add_rows("erfinv(x)", of(erfinv), {{-1}, {1}});
  add_rows("sinc(x)", of(sinc), {{0}, {1}});
  add_rows("lgamma(x)", of(lgamma), {{0}, {-1}});
  add_rows("digamma(x)", of(digamma), {{0}, {-1}});
  // Infinities.
  add_rows("exp(x)", of(exp), {{-infinity}, {infinity}});
  add_rows("tanh(x)", of(tanh), {{-infinity}, {infinity}});
  add_rows("sigmoid(x)", of(sigmoid), {{-infinity}, {infinity}});
  add_rows("erf(x)", of(erf), {{-infinity}, {infinity}});
  add_rows("log_ndtr(x)", of(log_ndtr), {{-infinity}, {infinity}});
  add_rows("softplus(x)", of_one([](const Tensor& x) { return softplus(x); }), {{-infinity}, {21}, {infinity}});
  add_rows("log_sigmoid(x)", of(log_sigmoid), {{-infinity}, {infinity}});
  add_rows("gelu(x)", of_one([](const Tensor& x) { return gelu(x); }), {{-infinity}, {infinity}});
  add_rows("silu(x)", of(silu), {{-infinity}, {infinity}});
  add_rows("mish(x)", of(mish), {{-infinity}, {infinity}});
  // What is masked out by -inf.
  const std::vector<Point> masked = {{-infinity, 0}, {-infinity, -infinity}, {infinity, 0}, {infinity, infinity}};
  add_rows("logaddexp(a, b)", of(logaddexp), masked);
  add_rows("logsumexp({a, b})", of_pair([](const Tensor& x) { return logsumexp(x); }), masked);
  add_rows("logcumsumexp({a, b})[1]", of_pair([](const Tensor& x) { return entry(logcumsumexp(x, 0), 1); }), masked);
  add_rows("softmax({a, b})[0]", of_pair([](const Tensor& x) { return entry(softmax(x), 0); }), masked);
  add_rows("log_softmax({a, b})[0]", of_pair([](const Tensor& x) { return entry(log_softmax(x), 0); }), masked);
  add_rows("cross_entropy({{a, b}}, {0})",
           of_pair([](const Tensor& x) { return nn::cross_entropy(expand_dims(x, 0), tensor({0}, int64)); }), masked);
  add_rows("cross_entropy({{a, b}}, {{0, 1}})", of_pair([](const Tensor& x) {
             return nn::cross_entropy(expand_dims(x, 0), tensor({{0, 1}}, float64));
           }),
           masked);
  // Losses.
  const auto zero = [] { return tensor(0, float64); };
  add_rows("l1_loss(x, 0)", of_one([=](const Tensor& x) { return nn::l1_loss(x, zero()); }), {{0}});
  add_rows("smooth_l1_loss(x, 0)", of_one([=](const Tensor& x) { return nn::smooth_l1_loss(x, zero()); }), {{0}, {1}});
  add_rows("huber_loss(x, 0)", of_one([=](const Tensor& x) { return nn::huber_loss(x, zero()); }), {{0}, {1}});
  add_rows("hinge_embedding_loss(x, -1)",
           of_one([](const Tensor& x) { return nn::hinge_embedding_loss(x, tensor(-1, float64)); }), {{1}});
  add_rows("binary_cross_entropy(x, 1)",
           of_one([](const Tensor& x) { return nn::binary_cross_entropy(x, tensor(1, float64)); }), {{0}, {1}});
  return table;
}

/// The lines of the page's table of derivatives.
std::vector<std::string> documented() {
  std::ifstream page(std::filesystem::path(test::test_data).parent_path() / "docs/edges.md");
  REQUIRE(page);
  std::vector<std::string> lines;
  bool within = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("| function |")) within = true;
    if (line.empty()) within = false;
    if (within && line.starts_with("| `")) lines.push_back(line);
  }
  return lines;
}

}  // namespace

TEST_CASE("the table of docs/edges.md is what the library computes") {
  const std::vector<std::string> page = documented();
  std::vector<std::string> computed;
  for (const Row& row : rows()) computed.push_back(line_of(row));
  for (const std::string& line : computed)
    CHECK_MESSAGE(std::count(page.begin(), page.end(), line) == 1, "the page lacks ", line);
  for (const std::string& line : page)
    CHECK_MESSAGE(std::count(computed.begin(), computed.end(), line) == 1, "no row gives ", line);
}

// A corner in one entry must not reach others: the same numbers between ordinary ones, as parts of a longer tensor.
TEST_CASE("edges stay with the entries that lie on them") {
  for (const auto f : {sqrt, cbrt, log, abs, relu, asin, reciprocal, lgamma}) {
    const Tensor ordinary = tensor({0.25, 0.5}, float64), edge = tensor({0.25, 0.0, 0.5}, float64);
    const auto first = [f](const Tensor& x) { return gradient([f](const Tensor& t) { return sum(f(t)); }, x); };
    const auto second = [&](const Tensor& x) { return gradient([&](const Tensor& t) { return sum(first(t)); }, x); };
    for (const auto& derivative : {std::function<Tensor(const Tensor&)>(first), {second}}) {
      const std::vector<double> alone = derivative(ordinary).to_vector<double>();
      const std::vector<double> beside = derivative(edge).to_vector<double>();
      CHECK(beside[0] == alone[0]);
      CHECK(beside[2] == alone[1]);
    }
  }
}

}  // namespace xgrad
