#include "descent.hpp"
#include "modules.hpp"
#include "tensors.hpp"

namespace gradbench {

namespace {

Tensor height(const Tensor& x, const Tensor& y) { return sum(square(x)) - sum(square(y)); }

/// The x whose largest height over all y is least, and that y.
Tensor saddle_point(const Tensor& start, Mode outer, Mode inner) {
  const auto highest = [&](const Tensor& x) {
    return argmax(
        inner, [&](const Tensor& y) { return height(x, y); }, start);
  };
  const Tensor x = argmin(
      outer, [&](const Tensor& at) { return height(at, highest(at)); }, start);
  return reshape(stack(std::vector{x, highest(x)}), {-1});
}

template <Mode outer, Mode inner>
Program at(const Json& input) {
  return program([start = read_vector(input.at("start"))] { return saddle_point(start, outer, inner); });
}

}  // namespace

Module saddle() {
  using enum Mode;
  return {{"ff", at<forward, forward>},
          {"fr", at<forward, reverse>},
          {"rf", at<reverse, forward>},
          {"rr", at<reverse, reverse>}};
}

}  // namespace gradbench
