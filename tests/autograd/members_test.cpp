#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <autograd/autograd.hpp>
#include <autograd/provenance.hpp>
#include <nn/parameter.hpp>

#include "expect.hpp"

// That there is a member for every operation, with its parameters, is checked by scripts/generate-members --check.
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

}  // namespace

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
