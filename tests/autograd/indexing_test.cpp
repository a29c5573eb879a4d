#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

#include <autograd/autograd.hpp>
#include <autograd/provenance.hpp>

#include "expect.hpp"

namespace xgrad {
namespace {

using test::difference;
using test::error_of;
using test::f64;
using test::gradient_of;
using test::i64;
using test::lacks;

const Tensor& cube() {
  static const Tensor x = arange(0, 24, 1, float64).reshape({2, 3, 4});
  return x;
}

/// "" where f's value is the expected one and its derivatives are those of differences, first and second order.
std::string fault(const TensorFunction& f, const Tensor& x, const Tensor& expected) {
  const std::string wrong = difference(f(x), expected);
  if (!wrong.empty()) return wrong;
  const GradcheckResult checked = gradcheck(f, x, {.order = 2});
  return checked.passed ? "" : checked.message;
}

}  // namespace

TEST_CASE("x[i] is an entry of the first axis, from either end") {
  CHECK(fault([](const Tensor& x) { return x[1]; }, cube(), arange(12, 24, 1, float64).reshape({3, 4})) == "");
  CHECK(fault([](const Tensor& x) { return x[-2]; }, cube(), arange(0, 12, 1, float64).reshape({3, 4})) == "");
  CHECK(fault([](const Tensor& x) { return x[1][-1][2]; }, cube(), Tensor(22.0).to(float64)) == "");
  const std::size_t unsigned_index = 1;
  const short small = 0;
  CHECK(difference(cube()[unsigned_index][small], f64({12, 13, 14, 15})) == "");
  CHECK(f64({1, 2, 3})[2].item() == 3);
}

TEST_CASE("x[{...}] has an entry for each axis") {
  CHECK(fault([](const Tensor& x) { return x[{1, 2, 3}]; }, cube(), Tensor(23.0).to(float64)) == "");
  CHECK(fault([](const Tensor& x) { return x[{1, 2}]; }, cube(), f64({20, 21, 22, 23})) == "");
  CHECK(fault([](const Tensor& x) { return x[{ellipsis, 0}]; }, cube(), f64({{0, 4, 8}, {12, 16, 20}})) == "");
  CHECK(fault([](const Tensor& x) { return x[{Slice{}, 1, Slice{1, 3}}]; }, cube(), f64({{5, 6}, {17, 18}})) == "");
  CHECK(fault([](const Tensor& x) { return x[{0, newaxis, 0}]; }, cube(), f64({{0, 1, 2, 3}})) == "");
  CHECK(difference(cube()[{}], cube()) == "");
}

TEST_CASE("x[range], as Python's") {
  const Tensor x = f64({0, 1, 2, 3, 4});
  CHECK(fault([](const Tensor& t) { return t[Slice{1, 3}]; }, x, f64({1, 2})) == "");
  CHECK(fault([](const Tensor& t) { return t[Slice{.start = -2}]; }, x, f64({3, 4})) == "");
  CHECK(fault([](const Tensor& t) { return t[Slice{.stop = -1, .step = 2}]; }, x, f64({0, 2})) == "");
  CHECK(fault([](const Tensor& t) { return t[Slice{.step = -1}]; }, x, f64({4, 3, 2, 1, 0})) == "");
  CHECK(fault([](const Tensor& t) { return t[newaxis]; }, x, f64({{0, 1, 2, 3, 4}})) == "");
}

TEST_CASE("x[mask], x[indices] and x[comparison]") {
  const Tensor x = f64({{1, -2}, {-3, 4}, {5, 6}});
  CHECK(fault([](const Tensor& t) { return t[t > 0]; }, x, f64({1, 4, 5, 6})) == "");
  CHECK(fault([](const Tensor& t) { return t[tensor({1, 0, 1}, boolean)]; }, x, f64({{1, -2}, {5, 6}})) == "");
  CHECK(fault([](const Tensor& t) { return t[i64({2, 0, 2})]; }, x, f64({{5, 6}, {1, -2}, {5, 6}})) == "");
  CHECK(fault([](const Tensor& t) { return t[std::vector<std::int64_t>{-1, 0}]; }, x, f64({{5, 6}, {1, -2}})) == "");
  CHECK(fault([](const Tensor& t) { return t[{i64({0, 1}), i64({1, 0})}]; }, x, f64({-2, -3})) == "");
}

TEST_CASE("indices out of range, of the wrong kind or too many are refused at the call") {
  CHECK(lacks(error_of([] { cube()[2]; }), {"at: index 2", "axis 0", "(2, 3, 4)", "-2 to 1"}) == "");
  CHECK(lacks(error_of([] { cube()[-3]; }), {"at: index -3"}) == "");
  CHECK(lacks(error_of([] { cube()[std::numeric_limits<std::uint64_t>::max()]; }), {"at: index 9223372036854775807"}) ==
        "");
  CHECK(lacks(error_of([] { cube()[{0, 0, 0, 0}]; }), {"at: ", "4 axes", "(2, 3, 4)"}) == "");
  CHECK(lacks(error_of([] { Tensor(1)[0]; }), {"at: ", "shape ()"}) == "");
  CHECK(lacks(error_of([] { cube()[f64({0, 1})]; }), {"at: ", "float64", "int64"}) == "");
  CHECK(lacks(error_of([] { Tensor()[0]; }), {"at: ", "undefined"}) == "");
}

TEST_CASE("index_put puts values where at reads, and gradients follow them") {
  const Tensor x = f64({{1, 2, 3}, {4, 5, 6}});
  CHECK(difference(index_put(x, {0}, 9), f64({{9, 9, 9}, {4, 5, 6}})) == "");
  CHECK(difference(x.index_put({Slice{}, -1}, f64({7, 8})), f64({{1, 2, 7}, {4, 5, 8}})) == "");
  CHECK(difference(index_put(x, {x > 3}, 0), f64({{1, 2, 3}, {0, 0, 0}})) == "");
  CHECK(difference(index_put(x, {i64({1, 0}), i64({0, 2})}, f64({10, 20})), f64({{1, 2, 20}, {10, 5, 6}})) == "");
  CHECK(difference(index_put(x, {i64({0, 0})}, f64({{7}, {8}})), f64({{8, 8, 8}, {4, 5, 6}})) == "");
  CHECK(difference(index_put(x, {x > 100}, 0), x) == "");
  CHECK(lacks(error_of([] { index_put(i64({1, 2}), {1}, 3.7); }), {"index_put: ", "3.7", "whole number"}) == "");
  CHECK(difference(x, f64({{1, 2, 3}, {4, 5, 6}})) == "");
  CHECK(gradcheck(
            [](const std::vector<Tensor>& t) {
              return index_put(t[0], {Slice{}, 1}, t[1]);
            },
            {x, f64({7, 8})}, {.order = 2})
            .passed);
  CHECK(difference(gradient_of([](const Tensor& t) { return index_put(t, {0}, 0); }, x), f64({{0, 0, 0}, {1, 1, 1}})) ==
        "");
}

TEST_CASE("anomaly detection knows the line of an index") {
  const DetectAnomaly detection;
  const Tape tape;
  const Tensor x = f64({{0, 1}, {2, 3}});
  const std::uint32_t first = __LINE__ + 1;
  const Tensor row = x[1];
  const Tensor entry = x[{0, 1}];
  const Tensor part = x[Slice{0, 1}];
  for (const Tensor& y : {row, entry, part}) {
    REQUIRE(provenance_of(*y.node()) != nullptr);
    CHECK(std::string(provenance_of(*y.node())->call.file()) == __FILE__);
  }
  CHECK(provenance_of(*row.node())->call.line() == first);
  CHECK(provenance_of(*entry.node())->call.line() == first + 1);
  CHECK(provenance_of(*part.node())->call.line() == first + 2);
}

}  // namespace xgrad
