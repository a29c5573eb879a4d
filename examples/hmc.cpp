#include <examples/hmc.hpp>

#include <cmath>

namespace xgrad::examples {

LogDensity gaussian(const Tensor& mean, const Tensor& covariance) {
  const Tensor precision = inv(covariance);
  return [=](const Tensor& x) { return -0.5 * sum(matmul(x - mean, precision) * (x - mean), 1); };
}

LogDensity banana(double width, double bend) {
  return [=](const Tensor& x) {
    const Tensor first = x[{Slice{}, 0}], second = x[{Slice{}, 1}];
    return -0.5 * (square(first / width) + square(second - bend * (square(first) - width * width)));
  };
}

Motion leapfrog(const LogDensity& log_density, Motion at, const Tensor& step, std::int64_t steps) {
  const auto slope = [&](const Tensor& x) { return gradient([&](const Tensor& t) { return sum(log_density(t)); }, x); };
  at.momentum = at.momentum + step / 2 * slope(at.x);
  for (std::int64_t i = 0; i < steps; ++i) {
    at.x = at.x + step * at.momentum;
    at.momentum = at.momentum + (i + 1 < steps ? 1 : 0.5) * step * slope(at.x);
  }
  return at;
}

HmcResult hmc(const LogDensity& log_density, std::int64_t dimensions, const HmcOptions& options) {
  Generator generator(options.seed);
  const GeneratorScope scope(generator);
  Tensor x = randn({options.chains, dimensions}, float64);
  std::vector<Tensor> samples;
  double step = 0.1, accepted = 0;

  for (std::int64_t i = 0; i < options.warmup + options.samples; ++i) {
    const Tensor momentum = randn_like(x);
    // Steps differ a little, so that no path comes round to where it began each time.
    const Tensor steps = step * uniform(0.8, 1.2, {options.chains, 1}, float64);
    const Motion moved = leapfrog(log_density, {x, momentum}, steps, options.leapfrog_steps);
    const auto log_joint = [&](const Motion& at) { return log_density(at.x) - 0.5 * sum(square(at.momentum), 1); };
    // Metropolis' rule corrects the error of finite steps.
    const Tensor accept = log(rand({options.chains}, float64)) < log_joint(moved) - log_joint({x, momentum});
    x = where(expand_dims(accept, 1), moved.x, x);
    const double share = mean(accept).item();
    if (i < options.warmup) {
      step *= std::exp((share - options.acceptance) / std::sqrt(1.0 + static_cast<double>(i)));
    } else {
      samples.push_back(x);
      accepted += share / static_cast<double>(options.samples);
    }
  }
  return {.samples = stack(samples), .step = step, .accepted = accepted};
}

Tensor standard_error(const Tensor& samples) {
  return stddev(mean(samples, 0), 0) / std::sqrt(static_cast<double>(samples.size(1)));
}

}  // namespace xgrad::examples
