#include <examples/per_sample_gradients.hpp>

#include <autograd/differentiate/gradient.hpp>
#include <autograd/ops.hpp>
#include <nn/loss.hpp>

namespace xgrad::examples {

namespace {

/// The gradient of the loss of one sample, x: (inputs,), y: ().
Tensor sample_gradient(const Mlp& network, const Tensor& parameters, const Tensor& x, const Tensor& y) {
  const auto loss = [&](const Tensor& p) { return mean_loss(network, p, {expand_dims(x, 0), expand_dims(y, 0)}); };
  return gradient(loss, parameters);
}

}  // namespace

Samples draw_samples(std::int64_t count, std::int64_t inputs, std::int64_t classes, std::uint64_t seed) {
  Generator generator(seed);
  const Samples samples{randn({count, inputs}, float64, generator),
                        cast(rand({count}, float64, generator) * classes, int64)};
  eval({samples.x, samples.y});
  return samples;
}

Tensor mean_loss(const Mlp& network, const Tensor& parameters, const Samples& samples) {
  return nn::cross_entropy(network(parameters, samples.x), samples.y);
}

Tensor per_sample_gradients(const Mlp& network, const Tensor& parameters, const Samples& samples) {
  const TensorsFunction of_one = [&](const std::vector<Tensor>& sample) {
    return sample_gradient(network, parameters, sample[0], sample[1]);
  };
  return vmap(of_one)({samples.x, samples.y});
}

Tensor per_sample_gradients_in_a_loop(const Mlp& network, const Tensor& parameters, const Samples& samples) {
  std::vector<Tensor> gradients;
  for (std::int64_t i = 0; i < samples.x.size(0); ++i)
    gradients.push_back(sample_gradient(network, parameters, at(samples.x, {i}), at(samples.y, {i})));
  return stack(gradients);
}

Tensor hessian_product(const Mlp& network, const Tensor& parameters, const Samples& samples, const Tensor& v) {
  return hvp([&](const Tensor& p) { return mean_loss(network, p, samples); }, parameters, v);
}

}  // namespace xgrad::examples
