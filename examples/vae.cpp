#include <examples/vae.hpp>

#include <data/loader.hpp>

namespace xgrad::examples {

Vae::Vae(const VaeOptions& options)
    : Module("Vae"),
      encoder_(register_module("encoder", nn::Sequential{nn::Linear(784, options.hidden), nn::ReLU(),
                                                         nn::Linear(options.hidden, 2 * options.latent)})),
      decoder_(register_module("decoder", nn::Sequential{nn::Linear(options.latent, options.hidden), nn::ReLU(),
                                                         nn::Linear(options.hidden, 784)})) {}

Vae::Code Vae::encode(const Tensor& images) const {
  const std::vector<Tensor> halves = chunk(encoder_(images), 2, 1);
  return {.mean = halves[0], .log_variance = halves[1]};
}

Tensor Vae::decode(const Tensor& codes) const { return decoder_(codes); }

Tensor Vae::forward(const Tensor& images) const { return sigmoid(decode(encode(images).mean)); }

Tensor Vae::sample(std::int64_t count) const {
  const std::int64_t latent = decoder_.parameters()[0].shape()[1];
  return sigmoid(decode(randn({count, latent})));
}

Tensor elbo(const Vae& vae, const Tensor& images) {
  const auto [mean, log_variance] = vae.encode(images);
  // A code drawn as mean + deviation * noise has derivatives in both.
  const Tensor code = mean + exp(0.5 * log_variance) * randn_like(mean);
  const Tensor surprise =
      nn::binary_cross_entropy_with_logits(vae.decode(code), images, {.reduction = nn::Reduction::none});
  const Tensor divergence = 0.5 * (square(mean) + exp(log_variance) - log_variance - 1);
  return -sum(surprise, 1) - sum(divergence, 1);
}

TrainedVae train_vae(const data::ImageDataset& train, const data::ImageDataset& test, const VaeOptions& options) {
  Generator generator(options.seed);
  const GeneratorScope scope(generator);
  TrainedVae result{.vae = Vae(options), .train_elbo = {}, .test_elbo = {}};
  optim::Adam adam(result.vae.parameters(), {.lr = options.lr});
  data::Loader batches(train, {.batch_size = options.batch, .shuffle = true, .seed = options.seed});
  const optim::Schedule rate = optim::schedule::cosine(options.lr, options.epochs * batches.batches());
  const Tensor test_images = test.all().images;

  for (std::int64_t epoch = 0; epoch < options.epochs; ++epoch) {
    nn::Mean bound;
    for (const auto& [images, labels] : batches) {
      Tape tape;
      const Tensor bounds = elbo(result.vae, images);
      bound.update(bounds);
      optim::follow(rate, adam);
      adam.step(tape.gradient(-mean(bounds), result.vae.parameters()));
    }
    result.train_elbo.push_back(bound.compute().item());
    result.test_elbo.push_back(mean(elbo(result.vae, test_images)).item());
  }
  return result;
}

}  // namespace xgrad::examples
