// The Gaussian mixture of Microsoft's ADBench: its own test instance, and a larger one against central differences.
#include <cmath>

#include <autograd/differentiate/gradient.hpp>
#include <autograd/ops.hpp>
#include <examples/gaussian_mixture.hpp>
#include <examples/report.hpp>

int main() {
  using namespace xgrad;
  examples::Report report("ADBench's Gaussian mixture");

  // data/gmm/test.txt of ADBench: 3 components in 2 dimensions, 1 point. Its tests expect this value and gradient.
  const examples::GaussianMixture small{
      tensor({-0.649014, 1.181166, -0.758453}, float64),
      tensor({{0.092339, 0.186260}, {0.345561, 0.396767}, {0.538817, 0.419195}}, float64),
      tensor({{0.586443, -0.851887, 0.800321}, {-1.509405, 0.875874, -0.242790}, {0.166813, -1.965419, -1.270071}},
             float64)};
  const Tensor point = tensor({{1.175171, 2.029160}}, float64);
  const auto in_alpha = [&](const Tensor& alpha) {
    return examples::gaussian_mixture_objective({alpha, small.mu, small.icf}, point, {.gamma = 1, .m = 0});
  };
  const auto [value, slope] = value_and_gradient(in_alpha, small.alpha);
  const Tensor expected = tensor({1.08662855508652456e-01, -7.41270039523898472e-01, 6.32607184015246071e-01}, float64);
  report.note("3 components, 2 dimensions, 1 point: value", value.item());
  report.at_most("  its distance from ADBench's", std::abs(value.item() - 8.07380408004975791), 1e-12);
  report.at_most("  the distance of the gradient in alpha from ADBench's", max(abs(slope - expected)).item(), 1e-12);

  const auto [mixture, x] = examples::draw_mixture_problem(10000, 10, 25, 1);
  const TensorsFunction objective = [&points = x](const std::vector<Tensor>& in) {
    return examples::gaussian_mixture_objective({in[0], in[1], in[2]}, points, {.gamma = 1, .m = 0});
  };
  const std::vector<Tensor> at = {mixture.alpha, mixture.mu, mixture.icf};
  const auto [large, slopes] = value_and_gradient(objective, at);
  Generator generator(2);
  std::vector<Tensor> before, after;
  Tensor along = 0;
  constexpr double step = 1e-5;
  for (std::size_t i = 0; i < at.size(); ++i) {
    const Tensor direction = randn(at[i].shape(), float64, generator);
    before.push_back(at[i] - step * direction);
    after.push_back(at[i] + step * direction);
    along = along + sum(slopes[i] * direction);
  }
  const double difference = ((objective(after) - objective(before)) / (2 * step)).item();
  report.note("25 components, 10 dimensions, 10,000 points: value", large.item());
  report.note("  its derivative along a drawn direction", along.item());
  report.at_most("  relative distance from the central difference", std::abs(along.item() / difference - 1), 1e-7);
  return report.exit_code();
}
