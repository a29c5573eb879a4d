#include <nn/loss_parts.hpp>

#include <fmt/format.h>

#include <autograd/ops.hpp>

namespace xgrad::nn::losses {

std::string described(const Tensor& x) { return fmt::format("{} {}", to_string(x.dtype()), to_string(x.shape())); }

Tensor reduce(std::string_view loss, const Tensor& losses, Reduction reduction) {
  switch (reduction) {
    case Reduction::mean:
      return mean(losses);
    case Reduction::sum:
      return sum(losses);
    case Reduction::batchmean:
      if (losses.rank() == 0) fail(loss, "reduction is batchmean, for losses of shape (); it needs an axis of samples");
      return sum(losses) / static_cast<double>(losses.size(0));
    case Reduction::none:
      break;
  }
  return losses;
}

void check_defined(std::string_view loss, std::string_view name, const Tensor& x) {
  if (!x.defined())
    fail(loss, fmt::format("argument '{}' is an undefined Tensor (default-constructed or moved from)", name));
}

void check_floating(std::string_view loss, std::string_view name, const Tensor& x) {
  check_defined(loss, name, x);
  if (!is_floating(x.dtype()))
    fail(loss, fmt::format("argument '{}' is {}; a floating-point tensor was expected", name, described(x)));
}

void check_pair(std::string_view loss, std::string_view name, const Tensor& x, const Tensor& target) {
  check_floating(loss, name, x);
  check_defined(loss, "target", target);
  if (x.shape() != target.shape()) {
    fail(loss, fmt::format("argument '{}' has shape {}, argument 'target' {}; one shape was expected", name,
                           to_string(x.shape()), to_string(target.shape())));
  }
}

void check_entry_weight(std::string_view loss, std::string_view name, const Tensor& weight, const Tensor& x) {
  if (!weight.defined()) return;
  check_floating(loss, name, weight);
  const int before = x.rank() - weight.rank();
  bool fits = before >= 0;
  for (int axis = 0; fits && axis < weight.rank(); ++axis)
    fits = weight.shape()[axis] == 1 || weight.shape()[axis] == x.shape()[before + axis];
  if (fits) return;
  fail(loss, fmt::format("argument '{}' has shape {}, which does not broadcast to the shape {} of the input", name,
                         to_string(weight.shape()), to_string(x.shape())));
}

void check_class_weight(std::string_view loss, const Tensor& weight, std::int64_t classes, DType dtype) {
  const Shape expected{classes};
  if (!weight.defined() || (weight.shape() == expected && weight.dtype() == dtype)) return;
  fail(loss, fmt::format("argument 'weight' is {}; {} {} was expected, a number for each class", described(weight),
                         to_string(dtype), to_string(expected)));
}

}  // namespace xgrad::nn::losses
