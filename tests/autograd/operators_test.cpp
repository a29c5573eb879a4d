#include <doctest/doctest.h>

#include <type_traits>

#include <autograd/autograd.hpp>
#include <nn/parameter.hpp>

#include "expect.hpp"

namespace xgrad {
namespace {

using test::difference;
using test::error_of;
using test::f64;
using test::i64;
using test::lacks;

Tensor mask(const NestedList& values) { return tensor(values, boolean); }

template <class A, class B>
concept AddsTo = requires(A&& a, const B& b) {
  std::forward<A>(a) += b;
};

}  // namespace

// ------------------------------------------------------------------------------------------------- compound assignment

TEST_CASE("compound assignment binds the handle to the result and leaves other handles alone") {
  Tensor x = f64({1, 2, 3});
  const Tensor before = x;
  CHECK(&(x += 1) == &x);
  CHECK(difference(x, f64({2, 3, 4})) == "");
  x -= f64({1, 1, 1});
  x *= 3;
  x /= 2;
  CHECK(difference(x, f64({1.5, 3, 4.5})) == "");
  x %= 2;
  CHECK(difference(x, f64({1.5, 1, 0.5})) == "");
  CHECK(difference(before, f64({1, 2, 3})) == "");
  x += x;
  CHECK(difference(x, f64({3, 2, 1})) == "");
}

TEST_CASE("compound assignment of masks") {
  Tensor m = mask({1, 1, 0, 0});
  const Tensor other = mask({1, 0, 1, 0});
  m &= other;
  CHECK(difference(m, mask({1, 0, 0, 0})) == "");
  m |= other;
  CHECK(difference(m, mask({1, 0, 1, 0})) == "");
  m ^= mask({1, 1, 1, 1});
  CHECK(difference(m, mask({0, 1, 0, 1})) == "");
}

TEST_CASE("compound assignment follows the shapes and dtypes of x + y") {
  Tensor x = i64({1, 2});
  x += f64({{1}, {2}});
  CHECK(difference(x, f64({{2, 3}, {3, 4}})) == "");
  Tensor sum_of = 0;  // a number, as in `Tensor total = 0; for (...) total += loss;`
  sum_of += f64({1, 2});
  CHECK(difference(sum_of, f64({1, 2})) == "");
}

TEST_CASE("compound assignment that is refused leaves the handle as it was") {
  Tensor x = f64({1, 2, 3});
  const Tensor before = x;
  CHECK(lacks(error_of([&] { x += f64({1, 2}); }), {"add: ", "(3,)", "(2,)"}) == "");
  CHECK(x.same_as(before));
  Tensor none;
  CHECK(lacks(error_of([&] { none *= 2; }), {"multiply: ", "undefined"}) == "");
}

TEST_CASE("gradients flow through compound assignment to the tensor that there was before") {
  const Tensor x = f64({1, 2});
  const Tape tape;
  Tensor y = x;
  y *= x;
  y += 3;
  CHECK(difference(tape.gradient(sum(y * y), x), f64({16, 56})) == "");
}

TEST_CASE("what ends with the expression is not assigned to") {
  static_assert(AddsTo<Tensor&, Tensor> && AddsTo<Tensor&, double>);
  static_assert(!AddsTo<Tensor, Tensor> && !AddsTo<const Tensor&, Tensor>);
  static_assert(std::is_assignable_v<Tensor&, Tensor> && std::is_assignable_v<Tensor&, const Tensor&>);
  static_assert(!std::is_assignable_v<Tensor, Tensor> && !std::is_assignable_v<Tensor, const Tensor&>);
  static_assert(!std::is_assignable_v<Tensor, double>);
  static_assert(!std::is_assignable_v<decltype(Tensor()[0]), Tensor>);
}

TEST_CASE("compound assignment to a parameter sets its slot, for all handles") {
  const nn::Parameter p(f64({1, 2})), shared = p;
  p += 1;
  CHECK(difference(shared.value(), f64({2, 3})) == "");
  p *= f64({2, 3});
  p -= 1;
  p /= 2;
  CHECK(difference(shared.value(), f64({1.5, 4})) == "");
  CHECK(lacks(error_of([&] { p += f64({{1}, {2}}); }), {"Parameter::set", "(2, 2)", "(2,)"}) == "");
  CHECK(difference(p.value(), f64({1.5, 4})) == "");
}

// ------------------------------------------------------------------------------------------------- logic, remainder

TEST_CASE("logic on masks, with numbers and broadcasting") {
  const Tensor a = mask({1, 1, 0, 0}), b = mask({1, 0, 1, 0});
  CHECK(difference(a & b, mask({1, 0, 0, 0})) == "");
  CHECK(difference(a | b, mask({1, 1, 1, 0})) == "");
  CHECK(difference(a ^ b, mask({0, 1, 1, 0})) == "");
  CHECK(difference(!a, mask({0, 0, 1, 1})) == "");
  CHECK(difference(~a, mask({0, 0, 1, 1})) == "");
  CHECK(difference(a & true, a) == "");
  CHECK(difference(false | b, b) == "");
  CHECK(difference(mask({{1}, {0}}) & mask({1, 0}), mask({{1, 0}, {0, 0}})) == "");
  const Tensor x = f64({-1, 0.5, 2});
  CHECK(difference((x > 0) & (x < 1), mask({0, 1, 0})) == "");
  CHECK(difference(!x, mask({0, 0, 0})) == "");
}

TEST_CASE("logic operators refuse what is no mask, and say what takes it") {
  const Tensor none, m = mask({1, 0}), x = f64({1, 0}), n = i64({1, 0});
  for (const Tensor& other : {x, n}) {
    CHECK(lacks(error_of([&] { m& other; }), {"operator&: ", "'b'", "expected bool", "logical_and"}) == "");
    CHECK(lacks(error_of([&] { other | m; }), {"operator|: ", "'a'", "(2,)", "expected bool", "logical_or"}) == "");
    CHECK(lacks(error_of([&] { other ^ m; }), {"operator^: ", "'a'", "expected bool", "logical_xor"}) == "");
    CHECK(lacks(error_of([&] { ~other; }), {"operator~: ", "'x'", "expected bool", "logical_not"}) == "");
  }
  CHECK(lacks(error_of([&] { m & 1; }), {"operator&: ", "int64"}) == "");
  CHECK(lacks(error_of([&] { m& mask({1, 0, 1}); }), {"operator&: ", "(2,)", "(3,)"}) == "");
  CHECK(lacks(error_of([&] { m | mask({1, 0, 1}); }), {"operator|: ", "(2,)", "(3,)"}) == "");
  CHECK(lacks(error_of([&] { m ^ mask({1, 0, 1}); }), {"operator^: ", "(2,)", "(3,)"}) == "");
  CHECK(lacks(error_of([&] { none& m; }), {"operator&: ", "'a'", "undefined"}) == "");
  CHECK(lacks(error_of([&] { !none; }), {"operator!: ", "'x'", "undefined"}) == "");
}

TEST_CASE("% has the sign of the divisor, as Python's") {
  CHECK(difference(i64({7, -7, 7, -7}) % i64({3, 3, -3, -3}), i64({1, 2, -2, -1})) == "");
  CHECK(difference(f64({5.5, -5.5}) % 2, f64({1.5, 0.5})) == "");
  CHECK(difference(7 % i64({4, 5}), i64({3, 2})) == "");
  CHECK(lacks(error_of([] { f64({1, 2}) % f64({1, 2, 3}); }), {"(2,)", "(3,)"}) == "");
  CHECK(gradcheck([](const Tensor& x) { return x % 2; }, f64({0.5, 3.25, -1.5}), {.order = 2}).passed);
}

// ------------------------------------------------------------------------------------------------- truth, rows

TEST_CASE("one element is true or false; more or none are an Error that says what to write") {
  CHECK(static_cast<bool>(f64({{2}}) > 1));
  CHECK(!static_cast<bool>(Tensor(0)));
  int entered = 0;
  if (sum(f64({1, 2})) > 2) ++entered;
  while (Tensor(entered) < 3) ++entered;
  CHECK(entered == 3);
  CHECK(lacks(error_of([] {
                static_cast<void>(static_cast<bool>(f64({1, 2}) > 0));
              }),
              {"(2,)", "all()", "any()"}) == "");
  CHECK(lacks(error_of([] { static_cast<void>(static_cast<bool>(zeros({0}))); }), {"(0,)", "all()"}) == "");
  CHECK(lacks(error_of([] { static_cast<void>(static_cast<bool>(Tensor())); }), {"undefined"}) == "");
  static_assert(!std::is_convertible_v<Tensor, bool> && !std::is_convertible_v<Tensor, int>);
}

TEST_CASE("rows are gone over in order, and differentiable") {
  const Tensor x = f64({{1, 2}, {3, 4}, {5, 6}});
  const Tape tape;
  Tensor total = 0.0;
  std::int64_t i = 0;
  for (const Tensor row : x) {
    CHECK(difference(row, f64({2.0 * static_cast<double>(i) + 1, 2.0 * static_cast<double>(i) + 2})) == "");
    total = total + row.sum() * static_cast<double>(++i);
  }
  CHECK(i == 3);
  CHECK(difference(tape.gradient(total, x), f64({{1, 1}, {2, 2}, {3, 3}})) == "");
  for ([[maybe_unused]] const Tensor row : zeros({0, 2})) FAIL("there are no rows");
  const auto go_over = [](const Tensor& y) {
    for ([[maybe_unused]] const Tensor row : y) {
    }
  };
  CHECK(lacks(error_of([&] { go_over(Tensor(1)); }), {"shape ()", "item()"}) == "");
}

}  // namespace xgrad
