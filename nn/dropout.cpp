#include <nn/dropout.hpp>

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include <autograd/ops.hpp>

namespace xgrad::nn {
namespace {

void check(const char* function, const Tensor& x, const DropoutOptions& options) {
  if (!x.defined()) fail(function, "the input is an undefined Tensor (default-constructed or moved from)");
  if (!(options.p >= 0 && options.p <= 1)) fail(function, fmt::format("p is {}; it must lie in [0, 1]", options.p));
  if (options.training && !is_floating(x.dtype())) {
    fail(function, fmt::format("the input is {} {}; a floating-point tensor was expected", to_string(x.dtype()),
                               to_string(x.shape())));
  }
}

/// x with what `kept` (of 0 and 1, of a shape that broadcasts) leaves of it.
Tensor dropped(const Tensor& x, const Shape& kept, double p) {
  if (p == 0) return x;
  const double scale = p < 1 ? 1 / (1 - p) : 0;
  return x * (bernoulli(1 - p, kept, x.dtype()) * scale);
}

/// Dropout for SELU, of entries that `kept` says.
Tensor alpha_dropped(const Tensor& x, const Shape& kept, double p) {
  if (p == 0) return x;
  if (p == 1) return zeros_like(x) * x;
  constexpr double limit = 1.7580993408473766;  // scale times alpha of SELU: minus its value at -inf
  const double scale = 1 / std::sqrt((limit * limit * p + 1) * (1 - p));
  const Tensor stays = bernoulli(1 - p, kept, x.dtype());
  return x * (stays * scale) + ((stays - 1) * (limit * scale) + limit * scale * p);
}

/// The shape of one number for each channel, which are the axes up to `channel`.
Shape of_channels(const Tensor& x, int channel) {
  Shape shape = x.shape();
  for (int axis = channel + 1; axis < shape.rank(); ++axis) shape[axis] = 1;
  return shape;
}

Tensor channels_dropped(const char* function, const Operand& x, const DropoutOptions& options, int batched, int single,
                        const char* layouts) {
  check(function, x, options);
  if (x.rank() != batched && x.rank() != single)
    fail(function, fmt::format("the input has shape {}; {} was expected", to_string(x.shape()), layouts));
  if (!options.training) return x;
  const bool lacks_batch = x.rank() == single && single < batched && std::string_view(function) != "dropout2d";
  return dropped(x, of_channels(x, lacks_batch ? 0 : 1), options.p);
}

}  // namespace

Tensor dropout(const Operand& x, const DropoutOptions& options) {
  check("dropout", x, options);
  return options.training ? dropped(x, x.shape(), options.p) : x.tensor();
}

Tensor dropout1d(const Operand& x, const DropoutOptions& options) {
  return channels_dropped("dropout1d", x, options, 3, 2, "(N, C, L) or (C, L)");
}

Tensor dropout2d(const Operand& x, const DropoutOptions& options) {
  return channels_dropped("dropout2d", x, options, 4, 3, "(N, C, H, W) or (N, C, L)");
}

Tensor dropout3d(const Operand& x, const DropoutOptions& options) {
  return channels_dropped("dropout3d", x, options, 5, 4, "(N, C, D, H, W) or (C, D, H, W)");
}

Tensor alpha_dropout(const Operand& x, const DropoutOptions& options) {
  check("alpha_dropout", x, options);
  return options.training ? alpha_dropped(x, x.shape(), options.p) : x.tensor();
}

Tensor feature_alpha_dropout(const Operand& x, const DropoutOptions& options) {
  check("feature_alpha_dropout", x, options);
  if (x.rank() < 2) {
    fail("feature_alpha_dropout",
         fmt::format("the input has shape {}; (N, C, ...) was expected", to_string(x.shape())));
  }
  return options.training ? alpha_dropped(x, of_channels(x, 1), options.p) : x.tensor();
}

Dropout::Dropout(std::string type_name, double p) : Module(std::move(type_name)), p_(p) {
  if (!(p >= 0 && p <= 1)) refuse(fmt::format("p is {}; it must lie in [0, 1]", p));
}

Tensor Dropout::forward(const Tensor& x) const { return dropout(x, {.p = p(), .training = is_training()}); }
Tensor Dropout1d::forward(const Tensor& x) const { return dropout1d(x, {.p = p(), .training = is_training()}); }
Tensor Dropout2d::forward(const Tensor& x) const { return dropout2d(x, {.p = p(), .training = is_training()}); }
Tensor Dropout3d::forward(const Tensor& x) const { return dropout3d(x, {.p = p(), .training = is_training()}); }
Tensor AlphaDropout::forward(const Tensor& x) const { return alpha_dropout(x, {.p = p(), .training = is_training()}); }
Tensor FeatureAlphaDropout::forward(const Tensor& x) const {
  return feature_alpha_dropout(x, {.p = p(), .training = is_training()});
}

std::string Dropout::arguments() const { return fmt::format("p={}", p_); }

}  // namespace xgrad::nn
