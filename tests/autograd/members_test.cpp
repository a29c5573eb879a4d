#include <doctest/doctest.h>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <autograd/autograd.hpp>
#include <autograd/provenance.hpp>
#include <nn/parameter.hpp>

#include "expect.hpp"

// That there is a member for every operation, with its parameters, is checked by scripts/generate-members --check,
// which also keeps members_list.hpp.
namespace xgrad {
namespace {

using test::difference;
using test::error_of;
using test::f64;
using test::i64;
using test::lacks;

const Tensor& matrix() {
  static const Tensor x = f64({{1, 5, 3}, {4, 2, 6}});
  return x;
}

/// What holds the value of a parameter, which for some only refers to it.
template <class T>
using Held =
    std::conditional_t<std::same_as<T, Operand>, Tensor, std::conditional_t<std::same_as<T, NewShape>, Shape, T>>;

/// A value that a parameter of the type may have.
template <class T>
T some() {
  if constexpr (std::same_as<T, Tensor>)
    return f64({{3, 1, 0.5}, {1, 4, 0.25}, {0.5, 0.25, 5}});
  else if constexpr (std::same_as<T, double>)
    return 0.5;
  else if constexpr (std::same_as<T, Flag>)
    return true;
  else if constexpr (std::same_as<T, std::int64_t>)
    return 1;
  else if constexpr (std::same_as<T, DType>)
    return float64;
  else if constexpr (std::same_as<T, Axes>)
    return 0;
  else if constexpr (std::same_as<T, std::optional<int>>)
    return 1;
  else if constexpr (std::same_as<T, std::vector<int>>)
    return {1, 0};
  else if constexpr (std::same_as<T, std::vector<std::int64_t>>)
    return {1, 2};
  else if constexpr (std::same_as<T, std::vector<double>>)
    return {0.5, 0.25};
  else if constexpr (std::same_as<T, std::vector<std::pair<std::int64_t, std::int64_t>>>)
    return {{1, 0}};
  else if constexpr (std::same_as<T, std::vector<Index>>)
    return {0};
  else if constexpr (std::same_as<T, std::vector<Slice>>)
    return {Slice{1, 3}};
  else if constexpr (std::same_as<T, std::initializer_list<std::int64_t>>)
    return {};
  else if constexpr (std::same_as<T, Shape>)
    return {3, 3};
  else if constexpr (std::same_as<T, std::string>)
    return "constant";
  else
    return T{};
}

std::string text_of(const Tensor& x) {
  std::string text = std::string(to_string(x.dtype())) + to_string(x.shape());
  for (const double value : x.to(float64).to_vector<double>()) text += " " + std::to_string(value);
  return text;
}
template <class T>
std::string text_of(const std::vector<T>& list) {
  std::string text;
  for (const T& one : list) text += text_of(one) + ";";
  return text;
}
template <class T>
std::string text_of(const T& value) {
  if constexpr (requires { std::to_string(value); }) return std::to_string(value);
  return "a result of another type";
}

/// What a call gives: its result as text, or its error.
template <class... Args>
std::string outcome(auto(*call)(const Tensor&, Args...)) {
  try {
    return text_of(call(some<Tensor>(), some<Held<std::remove_cvref_t<Args>>>()...));
  } catch (const Error& error) {
    return std::string("error: ") + error.what();
  }
}

}  // namespace

TEST_CASE("every member does what its function does, and a bool what options of it do") {
#define XGRAD_SAME(parameters, one, other)                             \
  {                                                                    \
    INFO(#one " with " #parameters);                                   \
    const std::string found = outcome(+[] parameters { return one; }); \
    CHECK(found == outcome(+[] parameters { return other; }));         \
    ++(found.starts_with("error") ? refused : computed);               \
  }
#define XGRAD_MEMBER(name, parameters, arguments, function) XGRAD_SAME(parameters, self.name arguments, function)
#define XGRAD_FLAG(parameters, with_flag, with_options) XGRAD_SAME(parameters, with_flag, with_options)
  int computed = 0, refused = 0;
#include "members_list.hpp"
#undef XGRAD_MEMBER
#undef XGRAD_FLAG
#undef XGRAD_SAME
  MESSAGE(computed, " computed, ", refused, " refused");
  CHECK(computed > 2 * refused);
}

TEST_CASE("members take braces, defaults and options as the functions do") {
  const Tensor& x = matrix();
  CHECK(difference(x.sum(), sum(x)) == "");
  CHECK(difference(x.sum(0), sum(x, 0)) == "");
  CHECK(difference(x.sum(-1), sum(x, -1)) == "");
  CHECK(difference(x.sum({0, 1}), sum(x)) == "");
  CHECK(difference(x.mean(0, {.keepdims = true}), mean(x, 0, {.keepdims = true})) == "");
  CHECK(difference(x.mean({0, 1}, true), mean(x, {0, 1}, {.keepdims = true})) == "");
  CHECK(difference(x.var(1, {.correction = 0}), var(x, 1, {.correction = 0})) == "");
  CHECK(difference(x.std(1), xgrad::std(x, 1)) == "");
  CHECK(difference(x.argmax(1), argmax(x, 1)) == "");
  CHECK(difference(x.argmax(1, true), argmax(x, 1, {.keepdims = true})) == "");
  CHECK(difference(x.permute({1, 0}), permute(x, {1, 0})) == "");
  CHECK(difference(x.permute(1, 0), permute(x, {1, 0})) == "");
  CHECK(difference(x.transpose(0, 1), x.T()) == "");
  CHECK(difference(x.transpose(), x.T()) == "");
  CHECK(difference(x.reshape({-1, 2}), reshape(x, {-1, 2})) == "");
  CHECK(difference(x.reshape(3, 2), reshape(x, {3, 2})) == "");
  CHECK(difference(x.view(-1), reshape(x, {6})) == "");
  CHECK(difference(x.view(Shape{6}), x.flatten()) == "");
  CHECK(difference(x.view(1, 2, -1), reshape(x, {1, 2, 3})) == "");
  CHECK(difference(x.topk(2, 1).values, topk(x, 2, 1).values) == "");
  CHECK(difference(x.sort(1, {.descending = true}), sort(x, 1, {.descending = true})) == "");
  CHECK(difference(x.clip(2, {}), clip(x, 2, {})) == "");
  CHECK(difference(x.gelu(), gelu(x)) == "");
  CHECK(difference(x.gelu(GeluApproximation::tanh), gelu(x, GeluApproximation::tanh)) == "");
  CHECK(difference(x.to(float32), cast(x, float32)) == "");
  CHECK(difference(x.matmul(x.T()), matmul(x, transpose(x))) == "");
  CHECK(difference(x.pow(2).sum().sqrt(), norm(x)) == "");
  CHECK(difference(x.maximum(3), maximum(x, 3)) == "");
  CHECK(difference(x.at({0, Slice{1, 3}}), at(x, {0, Slice{1, 3}})) == "");
  CHECK(difference(x.softmax(0), softmax(x, 0)) == "");
  CHECK(x.split({1, 2}, 1).size() == 2);
  CHECK(x.dim() == 2);
  CHECK(x.numel() == 6);
}

TEST_CASE("a parameter has them, too") {
  const nn::Parameter p(matrix());
  CHECK(difference(p.sum(0), sum(matrix(), 0)) == "");
  CHECK(difference(p.T(), transpose(matrix())) == "");
  CHECK(difference(p[1], f64({4, 2, 6})) == "");
  const Tape tape;
  CHECK(difference(tape.gradient(p.square().sum(), p), 2 * matrix()) == "");
}

TEST_CASE("members cut and refuse as the functions do") {
  const Tape tape;
  CHECK(difference(tape.gradient((matrix().detach() * matrix()).sum(), matrix()), matrix()) == "");
  CHECK(lacks(error_of([] { matrix().sum(2); }), {"sum: ", "axis 2", "(2, 3)"}) == "");
  CHECK(lacks(error_of([] { matrix().reshape({-1, 4}); }), {"reshape: ", "(2, 3)", "(-1, 4)"}) == "");
  CHECK(lacks(error_of([] { Tensor().exp(); }), {"exp: ", "undefined"}) == "");
}

TEST_CASE("anomaly detection knows the line of a member's call") {
  const DetectAnomaly detection;
  const Tape tape;
  const Tensor x = f64({0, 1});
  std::vector<Tensor> made;
  const int first = __LINE__ + 1;
  made.push_back(x.log());
  made.push_back(x.sum(0, {.keepdims = true}));
  made.push_back(x.mean(0, true));
  made.push_back(x.reshape(2, 1));
  made.push_back(x.add(1));
  made.push_back(x.to(float32));
  made.push_back(x.flip());
  for (std::size_t i = 0; i < made.size(); ++i) {
    const Provenance* from = provenance_of(*made[i].node());
    REQUIRE(from != nullptr);
    CHECK(from->call.line() == static_cast<std::uint32_t>(first) + i);
    CHECK(std::string(from->call.file()) == __FILE__);
  }
  CHECK(lacks(error_of([&] { eval(made[0]); }), {"log: made -inf", "members_test.cpp:" + std::to_string(first)}) == "");
}

}  // namespace xgrad
