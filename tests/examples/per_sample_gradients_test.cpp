#include <examples/per_sample_gradients.hpp>

#include <doctest/doctest.h>

#include <autograd/differentiate/gradient.hpp>
#include <autograd/ops.hpp>

using namespace xgrad;
using namespace xgrad::examples;

namespace {

double largest_difference(const Tensor& a, const Tensor& b) { return max(abs(a - b)).item(); }

}  // namespace

TEST_CASE("gradients by vmap are those of a loop over the samples, to rounding") {
  const Mlp network({5, 8, 6, 3});
  const Tensor parameters = network.initial(1);
  for (const int count : {1, 2, 33}) {
    CAPTURE(count);
    const Samples samples = draw_samples(count, 5, 3, 2);
    const Tensor gradients = per_sample_gradients(network, parameters, samples);
    CHECK(gradients.shape() == Shape{count, network.parameter_count()});
    CHECK(largest_difference(gradients, per_sample_gradients_in_a_loop(network, parameters, samples)) < 1e-14);
    const auto loss = [&](const Tensor& p) { return mean_loss(network, p, samples); };
    CHECK(largest_difference(mean(gradients, 0), gradient(loss, parameters)) < 1e-14);
  }
}

TEST_CASE("products with the Hessian are differences of gradients, and columns of the Hessian") {
  const Mlp network({4, 6, 3});
  const Samples samples = draw_samples(20, 4, 3, 5);
  const Tensor parameters = network.initial(6);
  const auto loss = [&](const Tensor& p) { return mean_loss(network, p, samples); };
  Generator generator(7);
  const Tensor v = randn(parameters.shape(), float64, generator);
  const Tensor product = hessian_product(network, parameters, samples, v);
  const double h = 1e-5;  // rounding errs by 1e-16 / h, the difference by h^2
  CHECK(largest_difference(product,
                           (gradient(loss, parameters + h * v) - gradient(loss, parameters - h * v)) / (2 * h)) < 1e-8);
  CHECK(largest_difference(product, matmul(hessian(loss, parameters), v)) < 1e-13);
}

TEST_CASE("the network is tanh between affine layers, on one sample and on many") {
  const Mlp network({2, 3, 1});
  CHECK(network.parameter_count() == 13);
  const Tensor parameters = linspace(-1, 1, 13, float64), x = tensor({{0.5, -2}, {1, 3}}, float64);
  const Tensor hidden = tanh(matmul(x, slice(parameters, 0, 0, 6).reshape({2, 3})) + slice(parameters, 0, 6, 9));
  const Tensor expected = matmul(hidden, slice(parameters, 0, 9, 12).reshape({3, 1})) + slice(parameters, 0, 12, 13);
  CHECK(largest_difference(network(parameters, x), expected) == 0);
  CHECK(largest_difference(network(parameters, at(x, {1})), at(expected, {1})) < 1e-15);
  CHECK_THROWS_WITH_AS(Mlp({3}), "Mlp: at least two widths are needed, those of the input and of the output", Error);
}
