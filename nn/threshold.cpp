#include <nn/threshold.hpp>

#include <cmath>

#include <fmt/format.h>

#include <autograd/ops.hpp>

namespace xgrad::nn {

Tensor Threshold::forward(const Tensor& x) const { return threshold(x, threshold_, value_); }
std::string Threshold::arguments() const { return fmt::format("threshold={}, value={}", threshold_, value_); }

Tensor Hardshrink::forward(const Tensor& x) const { return hardshrink(x, lambd_); }
std::string Hardshrink::arguments() const { return fmt::format("lambd={}", lambd_); }

Softshrink::Softshrink(double lambd) : Module("Softshrink"), lambd_(lambd) {
  if (!(lambd >= 0)) refuse(fmt::format("lambd is {}; it must not be negative", lambd));
}
Tensor Softshrink::forward(const Tensor& x) const { return softshrink(x, lambd_); }
std::string Softshrink::arguments() const { return fmt::format("lambd={}", lambd_); }

RReLU::RReLU(double lower, double upper) : Module("RReLU"), lower_(lower), upper_(upper) {
  if (!(lower <= upper) || !std::isfinite(lower) || !std::isfinite(upper))
    refuse(fmt::format("lower is {} and upper is {}; finite numbers in this order were expected", lower, upper));
}
Tensor RReLU::forward(const Tensor& x) const {
  if (!is_floating(x.dtype()))
    refuse(fmt::format("the input is {} {}; a floating-point tensor was expected", to_string(x.dtype()),
                       to_string(x.shape())));
  return rrelu(x, {.lower = lower_, .upper = upper_, .training = is_training()});
}
std::string RReLU::arguments() const { return fmt::format("lower={}, upper={}", lower_, upper_); }

}  // namespace xgrad::nn
