#include <doctest/doctest.h>

#include <utility>

#include <autograd/autograd.hpp>

#include "../expect.hpp"

namespace xgrad {
namespace {

using test::difference;
using test::f64;
using test::i64;

}  // namespace

TEST_CASE("an operation gives the same by its other names") {
  const Tensor x = f64({{0.1, 0.2, 0.3}, {0.4, 0.5, 0.9}}), y = f64({0.3, 0.2, 0.1}), above = x + 1;
  const Tensor index = i64({{2, 0, 1}, {0, 0, 0}}), square_matrix = f64({{2, 1}, {0, 4}});
  const std::pair<Tensor, Tensor> pairs[] = {
      {cat({x, x}, 1), concatenate({x, x}, 1)},
      {concat({x, x}), concatenate({x, x})},
      {unsqueeze(x, 1), expand_dims(x, 1)},
      {unsqueeze(x, {0, -1}), expand_dims(x, {0, -1})},
      {permute(x, {1, 0}), transpose(x, {1, 0})},
      {transpose(x, 0, -1), swapaxes(x, 0, -1)},
      {stack(unbind(x, 1)), stack(unstack(x, 1))},
      {stack(unbind(x)), x},
      {repeat_interleave(x, 2, 1), repeat(x, 2, 1)},
      {repeat_interleave(x, 2), repeat(x, 2)},
      {take_along_dim(x, index, 1), take_along_axis(x, index, 1)},
      {clamp(x, 0.2, 0.4), clip(x, 0.2, 0.4)},
      {clamp(x, {}, 0.4), clip(x, {}, 0.4)},
      {mul(x, y), x * y},
      {sub(x, y), x - y},
      {div(x, y), x / y},
      {neg(x), -x},
      {negative(x), -x},
      {absolute(-x), x},
      {power(x, y), pow(x, y)},
      {mod(x, y), remainder(x, y)},
      {arcsin(x), asin(x)},
      {arccos(x), acos(x)},
      {arctan(x), atan(x)},
      {arctan2(x, y), atan2(x, y)},
      {arcsinh(x), asinh(x)},
      {arccosh(above), acosh(above)},
      {arctanh(x), atanh(x)},
      {eq(x, y), x == y},
      {ne(x, y), x != y},
      {lt(x, y), x < y},
      {le(x, y), x <= y},
      {gt(x, y), x > y},
      {ge(x, y), x >= y},
      {detach(x), x},
      {amax(x, 1), max(x, 1)},
      {amin(x, 0, {.keepdims = true}), min(x, 0, {.keepdims = true})},
      {inverse(square_matrix), inv(square_matrix)},
  };
  for (const auto& [alias, operation] : pairs) CHECK(difference(alias, operation) == "");
  const Tape tape;
  CHECK(difference(tape.gradient(sum(detach(x) * x), x), x) == "");
}

}  // namespace xgrad
