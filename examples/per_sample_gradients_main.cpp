// Gradients of each sample by vmap, and Hessian-vector products, of a small network.
#include <autograd/differentiate/gradient.hpp>
#include <autograd/ops.hpp>
#include <examples/per_sample_gradients.hpp>
#include <examples/report.hpp>

int main() {
  using namespace xgrad;
  const examples::Mlp network({10, 16, 16, 3});
  const examples::Samples samples = examples::draw_samples(64, 10, 3, 1);
  const Tensor parameters = network.initial(2);
  const auto loss = [&](const Tensor& p) { return examples::mean_loss(network, p, samples); };
  examples::Report report("Gradients of 64 samples, and products with the Hessian, of a network 10-16-16-3");

  const Tensor gradients = examples::per_sample_gradients(network, parameters, samples);
  const Tensor in_a_loop = examples::per_sample_gradients_in_a_loop(network, parameters, samples);
  report.note("parameters", static_cast<double>(network.parameter_count()));
  report.note("largest entry of a sample's gradient", max(abs(gradients)).item());
  report.at_most("vmap(gradient) from a loop over the samples", max(abs(gradients - in_a_loop)).item(), 1e-14);
  report.at_most("their mean from the gradient of the mean loss",
                 max(abs(mean(gradients, 0) - gradient(loss, parameters))).item(), 1e-14);

  Generator generator(3);
  const Tensor v = randn(parameters.shape(), float64, generator);
  const Tensor product = examples::hessian_product(network, parameters, samples, v);
  const double step = 1e-5;
  const Tensor difference =
      (gradient(loss, parameters + step * v) - gradient(loss, parameters - step * v)) / (2 * step);
  report.note("largest entry of H v", max(abs(product)).item());
  report.at_most("H v from a central difference of gradients", max(abs(product - difference)).item(), 1e-8);
  return report.exit_code();
}
