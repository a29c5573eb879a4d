#include <autograd/differentiate/check_function.hpp>
#include <autograd/differentiate/gradcheck.hpp>

#include <fmt/format.h>
#include <cmath>

#include <autograd/ops.hpp>
#include <autograd/text.hpp>

namespace xgrad {
namespace {

std::vector<std::int64_t> indices_of(const Shape& shape, std::int64_t flat) {
  std::vector<std::int64_t> indices(shape.size());
  for (int axis = shape.rank(); axis-- > 0;) {
    indices[static_cast<std::size_t>(axis)] = flat % shape[axis];
    flat /= shape[axis];
  }
  return indices;
}

/// f as a scalar: the sum of its entries times fixed random weights.
Tensor weighted(const TensorsFunction& f, const std::vector<Tensor>& inputs, std::uint64_t seed) {
  const Tensor y = f(inputs);
  if (!y.defined()) fail("gradcheck", "f gives an undefined Tensor");
  if (!is_floating(y.dtype()))
    fail("gradcheck", "f gives " + std::string(to_string(y.dtype())) + ", not floating-point");
  Generator generator(seed);
  const Tensor weights = add(rand(y.shape(), float64, generator), 0.5);
  return sum(multiply(weights, cast(y, float64)));
}

/// One comparison of gradients of a scalar function with central differences of it, merged into `worst`.
class Comparison {
 public:
  Comparison(const GradcheckOptions& options, int order, GradcheckResult& worst)
      : options_(options), order_(order), worst_(worst) {}

  void operator()(const TensorsFunction& scalar, const std::vector<Tensor>& inputs) {
    std::vector<Tensor> sources;
    for (const Tensor& input : inputs)
      if (is_floating(input.dtype())) sources.push_back(input);
    std::vector<Tensor> gradients;
    {
      const Tape tape;
      gradients = tape.gradient(scalar(inputs), sources, {.materialize_grads = true});
      eval(gradients);
    }
    std::size_t source = 0;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (is_floating(inputs[i].dtype())) compare(scalar, inputs, i, gradients[source++]);
  }

 private:
  void compare(const TensorsFunction& scalar, std::vector<Tensor> inputs, std::size_t i, const Tensor& gradient) {
    const Tensor original = inputs[i];
    std::vector<double> values = original.to_vector<double>();
    const std::span<const double> analytic = gradient.data<double>();
    for (std::size_t k = 0; k < values.size(); ++k) {
      const double value = values[k];
      const auto shifted = [&](double step) {
        values[k] = value + step;
        inputs[i] = tensor(std::span<const double>(values), original.shape());
        return scalar(inputs).item();
      };
      const double numeric = (shifted(options_.eps) - shifted(-options_.eps)) / (2 * options_.eps);
      values[k] = value;
      judge(static_cast<int>(i), indices_of(original.shape(), static_cast<std::int64_t>(k)), analytic[k], numeric);
    }
  }

  void judge(int input, std::vector<std::int64_t> indices, double analytic, double numeric) {
    const double bound = options_.atol + options_.rtol * std::abs(numeric);
    double excess = std::abs(analytic - numeric) / bound;
    if (std::isnan(excess)) excess = std::numeric_limits<double>::infinity();
    if (worst_.input >= 0 && excess <= excess_) return;
    excess_ = excess;
    worst_.passed = excess <= 1;
    worst_.order = order_;
    worst_.input = input;
    worst_.indices = std::move(indices);
    worst_.analytic = analytic;
    worst_.numeric = numeric;
  }

  const GradcheckOptions& options_;
  int order_;
  GradcheckResult& worst_;
  double excess_ = 0;
};

std::string describe(const GradcheckResult& result) {
  if (result.input < 0) return "gradcheck: nothing to compare (no floating-point entries)";
  return fmt::format("gradcheck {}; worst entry, order {}: input {} at ({}), analytic {:.12g}, numeric {:.12g}",
                     result.passed ? "passed" : "failed", result.order, result.input, fmt::join(result.indices, ", "),
                     result.analytic, result.numeric);
}

}  // namespace

GradcheckResult gradcheck(const TensorsFunction& f, const std::vector<Tensor>& inputs,
                          const GradcheckOptions& options) {
  check_function("gradcheck", f);
  if (options.order != 1 && options.order != 2)
    fail("gradcheck", "order must be 1 or 2, got " + std::to_string(options.order));
  if (!(options.eps > 0)) fail("gradcheck", "eps must be positive, got " + to_string(options.eps));
  std::vector<Tensor> points;
  for (const Tensor& input : inputs) {
    if (!input.defined()) fail("gradcheck", "an input is an undefined Tensor (default-constructed or moved from)");
    points.push_back(is_floating(input.dtype()) ? input.to(float64) : input);
  }
  eval(points);

  GradcheckResult result;
  const TensorsFunction first = [&](const std::vector<Tensor>& xs) { return weighted(f, xs, options.seed); };
  Comparison(options, 1, result)(first, points);
  if (options.order == 2 && result.passed) {
    const TensorsFunction second = [&](const std::vector<Tensor>& xs) {
      std::vector<Tensor> sources;
      for (const Tensor& x : xs)
        if (is_floating(x.dtype())) sources.push_back(x);
      const Tape tape;
      const std::vector<Tensor> gradients = tape.gradient(first(xs), sources, {.materialize_grads = true});
      Tensor total = zeros({}, float64);
      std::uint64_t seed = options.seed + 1;
      for (const Tensor& gradient : gradients)
        total = total + weighted([&](const std::vector<Tensor>& g) { return g.front(); }, {gradient}, seed++);
      return total;
    };
    GradcheckResult worst;
    Comparison(options, 2, worst)(second, points);
    if (worst.input >= 0) result = worst;
  }
  result.message = describe(result);
  return result;
}

GradcheckResult gradcheck(const TensorFunction& f, const Tensor& input, const GradcheckOptions& options) {
  check_function("gradcheck", f);
  return gradcheck([&](const std::vector<Tensor>& xs) { return f(xs.front()); }, {input}, options);
}

}  // namespace xgrad
