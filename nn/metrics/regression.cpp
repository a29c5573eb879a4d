#include <nn/metrics/regression.hpp>

#include <fmt/format.h>

#include <autograd/node.hpp>
#include <autograd/ops.hpp>
#include <nn/metrics/inputs.hpp>

namespace xgrad::nn {
namespace {

constexpr std::int64_t most_outputs = std::int64_t{1} << 24;

Tensor no_outputs(std::int64_t outputs) {
  if (outputs < 1 || outputs > most_outputs)
    fail("R2Score", fmt::format("outputs is {}; it must lie in [1, {}]", outputs, most_outputs));
  return zeros({outputs}, float64);
}

}  // namespace

Mean::Mean() : Metric("Mean", "", {{"total", zeros({}, float64)}, {"weight", zeros({}, float64)}}) {}

void Mean::update(const Tensor& values, const Tensor& weights) {
  const Called called("Mean::update");
  const std::string where = in("update");
  inputs::check_defined(where, "values", values);
  inputs::check_defined(where, "weights", weights);
  if (values.dtype() == boolean || weights.dtype() == boolean)
    fail(where, fmt::format("values are {}, weights are {}; numbers were expected", inputs::described(values),
                            inputs::described(weights)));
  if (weights.rank() == 0 && weights.node()->has_value() && !(weights.item() >= 0))
    fail(where, fmt::format("the weight is {}; it must be at least 0", weights.item()));
  const Tensor weight = broadcast_to(cast(weights, float64), values.shape());
  add(values.size(), {sum(cast(values, float64) * weight), sum(weight)});
}

Tensor Mean::compute() const {
  const std::vector<Tensor> sums = totals();
  if (sums[1].item() == 0) fail(in("compute"), "the weights add up to 0");
  return sums[0] / sums[1];
}

MeanSquaredError::MeanSquaredError() : Metric("MeanSquaredError", "", {{"total", zeros({}, float64)}}) {}

void MeanSquaredError::update(const Tensor& predictions, const Tensor& targets) {
  const Called called("MeanSquaredError::update");
  const auto [y, target] = inputs::pair_of(in("update"), predictions, targets);
  add(y.size(), {sum(square(y - target))});
}

Tensor MeanSquaredError::compute() const { return totals()[0] / static_cast<double>(samples()); }

MeanAbsoluteError::MeanAbsoluteError() : Metric("MeanAbsoluteError", "", {{"total", zeros({}, float64)}}) {}

void MeanAbsoluteError::update(const Tensor& predictions, const Tensor& targets) {
  const Called called("MeanAbsoluteError::update");
  const auto [y, target] = inputs::pair_of(in("update"), predictions, targets);
  add(y.size(), {sum(abs(y - target))});
}

Tensor MeanAbsoluteError::compute() const { return totals()[0] / static_cast<double>(samples()); }

R2Score::R2Score(const R2Options& options)
    : Metric("R2Score", fmt::format("outputs={}", options.outputs),
             {{"mean", no_outputs(options.outputs)},
              {"deviation", no_outputs(options.outputs)},
              {"residual", no_outputs(options.outputs)}}),
      options_(options) {}

void R2Score::update(const Tensor& predictions, const Tensor& targets) {
  const Called called("R2Score::update");
  const std::string where = in("update");
  const auto [flat, flat_target] = inputs::pair_of(where, predictions, targets);
  const bool fits =
      (flat.rank() == 1 && options_.outputs == 1) || (flat.rank() == 2 && flat.size(1) == options_.outputs);
  if (!fits)
    fail(where, fmt::format("predictions and targets have shape {}; {} was expected", to_string(flat.shape()),
                            options_.outputs == 1 ? "(N,) or (N, 1)" : fmt::format("(N, {})", options_.outputs)));
  if (flat.size(0) == 0) return;
  const Tensor y = flat.reshape({-1, options_.outputs}), target = flat_target.reshape({-1, options_.outputs});
  const Tensor mu = mean(target, 0);
  add(y.size(0), {mu, sum(square(target - mu), 0), sum(square(target - y), 0)});
}

std::vector<Tensor> R2Score::joined(const std::vector<Tensor>& a, std::int64_t samples_of_a,
                                    const std::vector<Tensor>& b, std::int64_t samples_of_b) const {
  const auto n = static_cast<double>(samples_of_a), m = static_cast<double>(samples_of_b);
  const Tensor apart = b[0] - a[0];
  return {a[0] + apart * (m / (n + m)), a[1] + b[1] + square(apart) * (n * (m / (n + m))), a[2] + b[2]};
}

Tensor R2Score::compute() const {
  const std::vector<Tensor> sums = totals();
  if (samples() < 2) fail(in("compute"), "there is one sample; two or more have a variance");
  const Tensor &deviation = sums[1], &residual = sums[2];
  const Tensor constant = equal(deviation, 0.0), zero = zeros({}, float64), one = ones({}, float64);
  const Tensor values =
      where(constant, where(equal(residual, 0.0), one, zero), 1 - residual / where(constant, one, deviation));
  if (options_.multioutput == MultiOutput::raw_values) return values;
  if (options_.multioutput == MultiOutput::uniform_average) return mean(values);
  const Tensor all = sum(deviation);
  return where(equal(all, 0.0), mean(values), sum(values * deviation) / where(equal(all, 0.0), one, all));
}

}  // namespace xgrad::nn
