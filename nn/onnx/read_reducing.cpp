#include <cmath>
#include <limits>

#include <nn/onnx/graph.hpp>

namespace xgrad::onnx {
namespace {

/// Axes and whether they stay. Axes are an attribute, or from some opset on an input.
struct Reduction {
  std::vector<int> axes;
  bool keepdims, nothing;

  explicit Reduction(const Call& c) : keepdims(c.integer("keepdims", 1) != 0) {
    const auto given = c.listed("axes", 1);
    const bool all = !given || given->empty();
    nothing = all && c.integer("noop_with_empty_axes", 0) != 0;
    if (!all) {
      axes = c.axes(*given, c[0].rank());
    } else {
      for (int axis = 0; axis < c[0].rank(); ++axis) axes.push_back(axis);
    }
  }
  ReduceOptions options() const { return {.keepdims = keepdims}; }
};

template <Tensor (*f)(const Tensor& x, const Axes& axes, ReduceOptions options)>
Results reduced(const Call& c) {
  const Reduction r(c);
  if (r.nothing) return {c[0]};
  return {f(c[0], r.axes, r.options())};
}

Tensor sum_of(const Tensor& x, const Axes& axes, ReduceOptions o) { return sum(x, axes, o); }
Tensor mean_of(const Tensor& x, const Axes& axes, ReduceOptions o) {
  const Tensor y = mean(x, axes, o);
  return is_floating(x.dtype()) ? y : cast(y, x.dtype());
}
Tensor max_of(const Tensor& x, const Axes& axes, ReduceOptions o) { return max(x, axes, o); }
Tensor min_of(const Tensor& x, const Axes& axes, ReduceOptions o) { return min(x, axes, o); }
Tensor prod_of(const Tensor& x, const Axes& axes, ReduceOptions o) { return prod(x, axes, o); }
Tensor l1_of(const Tensor& x, const Axes& axes, ReduceOptions o) { return sum(abs(x), axes, o); }
Tensor l2_of(const Tensor& x, const Axes& axes, ReduceOptions o) { return sqrt(sum(square(x), axes, o)); }
Tensor sum_square_of(const Tensor& x, const Axes& axes, ReduceOptions o) { return sum(square(x), axes, o); }
Tensor log_sum_of(const Tensor& x, const Axes& axes, ReduceOptions o) { return log(sum(x, axes, o)); }
Tensor log_sum_exp_of(const Tensor& x, const Axes& axes, ReduceOptions o) { return logsumexp(x, axes, o); }

template <bool largest>
Results argument(const Call& c) {
  const int axis = c.axis(c.integer("axis", 0), c[0].rank());
  const ReduceOptions options{.keepdims = c.integer("keepdims", 1) != 0};
  const bool last = c.integer("select_last_index", 0) != 0;
  const Tensor x = last ? flip(c[0], axis) : c[0];
  const Tensor at = largest ? argmax(x, axis, options) : argmin(x, axis, options);
  return {last ? (x.shape()[axis] - 1) - at : at};
}

/// Until opset 12 softmax works on a matrix of the axes before and behind the axis.
template <Tensor (*f)(const Operand& x, int axis)>
Results softmax_values(const Call& c) {
  const Tensor& x = c[0];
  const int axis = c.axis(c.integer("axis", c.opset < 13 ? 1 : -1), x.rank());
  if (c.opset >= 13) return {f(x, axis)};
  std::int64_t before = 1;
  for (int i = 0; i < axis; ++i) before *= x.shape()[i];
  return {f(x.reshape({before, before == 0 ? 0 : x.size() / before}), 1).reshape(x.shape())};
}

Results hardmax_values(const Call& c) {
  const int axis = c.axis(c.integer("axis", c.opset < 13 ? 1 : -1), c[0].rank());
  if (c.opset < 13 && axis != c[0].rank() - 1) c.refuse("an axis before the last one is not supported before opset 13");
  const Tensor at = argmax(c[0], axis, {.keepdims = true});
  Shape shape(std::vector<std::int64_t>(static_cast<std::size_t>(c[0].rank()), 1));
  shape[axis] = c[0].shape()[axis];
  return {cast(equal(at, arange(c[0].shape()[axis]).reshape(shape)), c[0].dtype())};
}

Results cumsum_values(const Call& c) {
  const int axis = c.axis(c[1].item<std::int64_t>(), c[0].rank());
  const Tensor sums = cumsum(c[0], axis, {.reverse = c.integer("reverse", 0) != 0});
  return {c.integer("exclusive", 0) != 0 ? sums - c[0] : sums};
}

Results gemm_values(const Call& c) {
  if (c[0].rank() != 2 || c[1].rank() != 2)
    c.refuse("the inputs have shapes " + to_string(c[0].shape()) + " and " + to_string(c[1].shape()) +
             "; matrices are expected");
  const Tensor a = c.integer("transA", 0) != 0 ? transpose(c[0]) : c[0];
  const Tensor b = c.integer("transB", 0) != 0 ? transpose(c[1]) : c[1];
  const double alpha = c.number("alpha", 1), beta = c.number("beta", 1);
  Tensor y = matmul(a, b);
  if (alpha != 1) y = y * alpha;
  if (c.has(2)) y = y + (beta == 1 ? c[2] : c[2] * beta);
  return {y};
}

/// Products of whole numbers are those of float64, exact to 2^53.
Results matmul_values(const Call& c) {
  if (is_floating(c[0].dtype()) || is_floating(c[1].dtype())) return {matmul(c[0], c[1])};
  return {cast(matmul(c[0].to(float64), c[1].to(float64)), int64)};
}

Results einsum_values(const Call& c) { return {einsum(c.text("equation", ""), c.inputs())}; }

/// A tensor of one number for each channel, as (1, C, 1, ...).
Tensor per_channel(const Tensor& values, int rank) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(rank), 1);
  shape[1] = values.size();
  return values.reshape(shape);
}

Results batch_norm_values(const Call& c) {
  if (c.integer("training_mode", 0) != 0) c.refuse("it is exported in training mode, which is not supported");
  const Tensor& x = c[0];
  if (x.rank() < 2) c.refuse("the input has shape " + to_string(x.shape()) + "; (N, C, ...) is expected");
  const auto of = [&](std::size_t i) { return per_channel(c[i], x.rank()); };
  return {(x - of(3)) / sqrt(of(4) + c.number("epsilon", 1e-5)) * of(1) + of(2)};
}

Results instance_norm_values(const Call& c) {
  const Tensor& x = c[0];
  if (x.rank() < 3) c.refuse("the input has shape " + to_string(x.shape()) + "; (N, C, ...) is expected");
  std::vector<int> axes;
  for (int axis = 2; axis < x.rank(); ++axis) axes.push_back(axis);
  const Tensor centred = x - mean(x, axes, {.keepdims = true});
  const Tensor variance = mean(square(centred), axes, {.keepdims = true});
  return {centred / sqrt(variance + c.number("epsilon", 1e-5)) * per_channel(c[1], x.rank()) +
          per_channel(c[2], x.rank())};
}

Results layer_norm_values(const Call& c) {
  const Tensor& x = c[0];
  const int first = c.axis(c.integer("axis", -1), x.rank());
  std::vector<int> axes;
  for (int axis = first; axis < x.rank(); ++axis) axes.push_back(axis);
  const Tensor mu = mean(x, axes, {.keepdims = true});
  const Tensor inverse = rsqrt(mean(square(x - mu), axes, {.keepdims = true}) + c.number("epsilon", 1e-5));
  Tensor y = (x - mu) * inverse * c[1];
  if (c.has(2)) y = y + c[2];
  return {y, mu, inverse};
}

Results mean_variance_values(const Call& c) {
  const auto given = c.says("axes") ? c.integers("axes") : std::vector<std::int64_t>{0, 2, 3};
  const std::vector<int> axes = c.axes(given, c[0].rank());
  const Tensor centred = c[0] - mean(c[0], axes, {.keepdims = true});
  return {centred / (sqrt(mean(square(centred), axes, {.keepdims = true})) + 1e-9)};
}

Results lp_norm_values(const Call& c) {
  const int axis = c.axis(c.integer("axis", -1), c[0].rank());
  return {c[0] / norm(c[0], static_cast<double>(c.integer("p", 2)), axis, {.keepdims = true})};
}

/// The negative log-probability of each label, of the scores `logs` (N, C, ...) and labels (N, ...).
Tensor likelihood_loss(const Call& c, const Tensor& logs) {
  if (logs.rank() < 2 || c[1].rank() != logs.rank() - 1) c.refuse("the inputs are not (N, C, ...) and (N, ...)");
  Tensor labels = c[1], weight = c.has(2) ? c[2] : ones({logs.size(1)}, logs.dtype());
  const Tensor counts =
      c.says("ignore_index") ? not_equal(labels, c.integer("ignore_index", 0)) : ones(labels.shape(), boolean);
  labels = where(counts, labels, zeros_like(labels));
  const Tensor weights = take(weight, labels) * cast(counts, logs.dtype());
  const Tensor losses = -squeeze(gather(logs, 1, expand_dims(labels, 1)), 1) * weights;
  const std::string reduction = c.text("reduction", "mean");
  if (reduction == "none") return losses;
  if (reduction == "sum") return sum(losses);
  if (reduction != "mean") c.refuse("attribute 'reduction' is '" + reduction + "'; none, sum or mean is expected");
  return sum(losses) / sum(weights);
}

Results cross_entropy_values(const Call& c) {
  const Tensor logs = log_softmax(c[0], 1);
  return {likelihood_loss(c, logs), logs};
}

}  // namespace

const Operators& reducing_operators() {
  static const Operators operators = {
      {"ReduceSum", &reduced<sum_of>},
      {"ReduceMean", &reduced<mean_of>},
      {"ReduceMax", &reduced<max_of>},
      {"ReduceMin", &reduced<min_of>},
      {"ReduceProd", &reduced<prod_of>},
      {"ReduceL1", &reduced<l1_of>},
      {"ReduceL2", &reduced<l2_of>},
      {"ReduceSumSquare", &reduced<sum_square_of>},
      {"ReduceLogSum", &reduced<log_sum_of>},
      {"ReduceLogSumExp", &reduced<log_sum_exp_of>},
      {"ArgMax", &argument<true>},
      {"ArgMin", &argument<false>},
      {"Softmax", &softmax_values<softmax>},
      {"LogSoftmax", &softmax_values<log_softmax>},
      {"Hardmax", &hardmax_values},
      {"CumSum", &cumsum_values},
      {"Gemm", &gemm_values},
      {"MatMul", &matmul_values},
      {"Einsum", &einsum_values},
      {"Det", [](const Call& c) -> Results { return {det(c[0])}; }},
      {"BatchNormalization", &batch_norm_values},
      {"InstanceNormalization", &instance_norm_values},
      {"LayerNormalization", &layer_norm_values},
      {"MeanVarianceNormalization", &mean_variance_values},
      {"LpNormalization", &lp_norm_values},
      {"NegativeLogLikelihoodLoss", [](const Call& c) -> Results { return {likelihood_loss(c, c[0])}; }},
      {"SoftmaxCrossEntropyLoss", &cross_entropy_values},
  };
  return operators;
}

}  // namespace xgrad::onnx
