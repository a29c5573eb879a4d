#include <autograd/ops/draws.hpp>

#include <cmath>

#include <autograd/ops/common.hpp>
#include <autograd/text.hpp>

namespace xgrad {
namespace {

/// Gumbel noise in float64. A fraction of 0 would give noise of -inf, as improbable as a logit of -inf.
Tensor gumbel(const Shape& shape, Generator& generator) {
  return -log(-log(maximum(rand(shape, float64, generator), 0x1p-54)));
}

}  // namespace

Tensor multinomial(const Operand& weights, std::int64_t count, MultinomialOptions options, Generator& generator) {
  const Called called("multinomial");
  ops::check_floating("multinomial", "weights", weights);
  if (weights.rank() == 0) fail("multinomial", "argument 'weights' has shape (); expected one axis or more");
  if (count < 0) fail("multinomial", "count is " + std::to_string(count) + "; expected 0 or more");
  const Tensor constant = cast(stop_gradient(weights), float64);
  if (!all(logical_and(greater_equal(constant, 0), isfinite(constant))).item<bool>())
    fail("multinomial", "argument 'weights' holds a number below 0, NaN or infinity; expected 0 or more, and finite");
  const Tensor positive = sum(greater(constant, 0), -1);
  const std::int64_t needed = options.replacement ? 1 : count;
  if (positive.size() > 0 && min(positive).item<std::int64_t>() < needed) {
    fail("multinomial", "a row of argument 'weights', of shape " + to_string(weights.shape()) + ", has " +
                            std::to_string(min(positive).item<std::int64_t>()) +
                            " numbers above 0; expected at least " + std::to_string(needed));
  }
  const Tensor logits = log(constant);
  if (!options.replacement) return topk(logits + gumbel(logits.shape(), generator), count, -1).indices;
  Shape shape = logits.shape();
  ops::check_rank("multinomial", shape.rank() + 1, {&weights.tensor()});
  shape.insert(shape.rank() - 1, count);
  check_size("multinomial", shape);
  return argmax(expand_dims(logits, -2) + gumbel(shape, generator), -1);
}

Tensor gumbel_softmax(const Operand& logits, const GumbelSoftmaxOptions& options, Generator& generator) {
  const Called called("gumbel_softmax");
  ops::check_floating("gumbel_softmax", "logits", logits);
  if (!(options.tau > 0)) fail("gumbel_softmax", "tau is " + to_string(options.tau) + "; expected a number above 0");
  const ops::Along along("gumbel_softmax", logits, options.axis);
  const Tensor noise = cast(gumbel(along.x.shape(), generator), computed_in(along.x.dtype()));
  const Tensor soft = softmax((along.x + noise) / options.tau, along.axis);
  if (!options.hard || soft.size(along.axis) == 0) return along.restored(soft);
  const Tensor best = argmax(soft, along.axis);
  const Tensor hard = movedim(one_hot(best, soft.size(along.axis), soft.dtype()), -1, along.axis);
  return along.restored(hard - stop_gradient(soft) + soft);
}

Tensor rrelu(const Operand& x, const RReluOptions& options, Generator& generator) {
  const Called called("rrelu");
  ops::check_defined("rrelu", "x", x);
  if (!(options.lower <= options.upper && std::isfinite(options.upper - options.lower))) {
    fail("rrelu", "lower is " + to_string(options.lower) + " and upper is " + to_string(options.upper) +
                      "; expected lower <= upper, both finite");
  }
  const Tensor real = cast(x, ops::real(x.dtype()));
  if (!options.training) return leaky_relu(real, 0.5 * (options.lower + options.upper));
  const Tensor slope = uniform(options.lower, options.upper, real.shape(), real.dtype(), generator);
  return where(greater(real, 0.0), real, slope * real);
}

namespace {

using Inputs = const std::vector<Tensor>&;

constexpr Composition list_of[] = {
    {"multinomial",
     [] {
       return std::vector<Sample>{{"one that is certain",
                                   [](Inputs) {
                                     return multinomial(tensor({0, 2, 0}), 2, {.replacement = true});
                                   },
                                   {},
                                   tensor({1, 1}, int64)}};
     },
     false},
    {"gumbel_softmax",
     [] {
       return std::vector<Sample>{{"rows",
                                   [](Inputs x) {
                                     Generator generator(3);
                                     return gumbel_softmax(x[0], {.tau = 0.7}, generator);
                                   },
                                   {ops::sample_values({2, 3}, -1, 1)}}};
     }},
    {"rrelu",
     [] {
       return std::vector<Sample>{
           {"the mean slope", [](Inputs x) { return rrelu(x[0]); }, {ops::sample_values({2, 3}, -1, 1)}},
           {"a range of one slope",
            [](Inputs x) {
              Generator generator(3);
              return rrelu(x[0], {.lower = 0.25, .upper = 0.25, .training = true}, generator);
            },
            {ops::sample_values({2, 3}, -1, 1)}}};
     }},
};

}  // namespace

std::span<const Composition* const> draws_compositions() {
  static const auto list = ops::pointers_to(list_of);
  return list;
}

}  // namespace xgrad
