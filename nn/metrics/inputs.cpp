#include <nn/metrics/inputs.hpp>

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include <autograd/node.hpp>
#include <autograd/ops.hpp>

namespace xgrad::nn::inputs {

std::string described(const Tensor& x) { return fmt::format("{} {}", to_string(x.dtype()), to_string(x.shape())); }

void check_defined(const std::string& where, std::string_view argument, const Tensor& x) {
  if (!x.defined())
    fail(where, fmt::format("argument '{}' is an undefined Tensor (default-constructed or moved from)", argument));
}

Tensor Checked::outside() const { return inside.defined() ? sum(cast(logical_not(inside), int64)) : Tensor(); }

Tensor Checked::kept(const Tensor& x) const { return inside.defined() ? where(inside, x, zeros({}, x.dtype())) : x; }

Checked both(const Checked& values, const Checked& others) {
  if (!others.inside.defined()) return values;
  Checked result{.values = others.kept(values.values),
                 .inside = values.inside.defined() ? logical_and(values.inside, others.inside) : others.inside};
  return result;
}

Checked classes_of(const std::string& where, std::string_view argument, const Tensor& x, std::int64_t classes) {
  if (x.dtype() != int64 && x.dtype() != boolean)
    fail(where, fmt::format("argument '{}' is {}; int64 was expected", argument, described(x)));
  const Tensor whole = cast(x, int64);
  if (x.node()->has_value()) {
    for (const std::int64_t value : whole.data<std::int64_t>())
      if (value < 0 || value >= classes)
        fail(where,
             fmt::format("argument '{}' holds {}; classes from 0 to {} were expected", argument, value, classes - 1));
    return {.values = whole, .inside = {}};
  }
  const Tensor inside = logical_and(greater_equal(whole, 0), less(whole, classes));
  return {.values = xgrad::where(inside, whole, zeros({}, int64)), .inside = inside};
}

Checked scores_of(const std::string& where, std::string_view argument, const Tensor& x, double low, double high) {
  if (!is_floating(x.dtype()))
    fail(where, fmt::format("argument '{}' is {}; floating-point scores were expected", argument, described(x)));
  const Tensor precise = cast(x, float64);
  if (x.node()->has_value()) {
    for (const double value : precise.data<double>())
      if (!(value >= low && value <= high))
        fail(where, fmt::format("argument '{}' holds {}; {} was expected", argument, value,
                                std::isinf(high) ? "a number" : fmt::format("a score in [{}, {}]", low, high)));
    return {.values = precise, .inside = {}};
  }
  const Tensor inside = logical_and(greater_equal(precise, low), less_equal(precise, high));
  return {.values = xgrad::where(inside, precise, zeros({}, float64)), .inside = inside};
}

Tensor predicted_classes(const std::string& where, const Tensor& predictions, const Tensor& targets,
                         std::int64_t classes) {
  check_defined(where, "predictions", predictions);
  check_defined(where, "targets", targets);
  const auto refuse = [&] {
    fail(where, fmt::format("predictions are {}, targets are {}; floating-point scores (N, {}, ...) or int64 classes "
                            "(N, ...), and int64 targets (N, ...), were expected",
                            described(predictions), described(targets),
                            classes > 0 ? std::to_string(classes) : std::string("C")));
  };
  if (!is_floating(predictions.dtype())) {
    if (predictions.dtype() != int64 || predictions.shape() != targets.shape()) refuse();
    return predictions;
  }
  if (predictions.rank() < 2) refuse();
  Shape expected = predictions.shape();
  expected.erase(1);
  if (targets.shape() != expected || predictions.size(1) == 0 || (classes > 0 && predictions.size(1) != classes))
    refuse();
  return argmax(predictions, 1);
}

Pair pair_of(const std::string& where, const Tensor& predictions, const Tensor& targets) {
  check_defined(where, "predictions", predictions);
  check_defined(where, "targets", targets);
  if (predictions.shape() != targets.shape() || predictions.dtype() == boolean || targets.dtype() == boolean)
    fail(where, fmt::format("predictions are {}, targets are {}; numbers of one shape were expected",
                            described(predictions), described(targets)));
  return {cast(predictions, float64), cast(targets, float64)};
}

}  // namespace xgrad::nn::inputs
