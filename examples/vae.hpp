#pragma once

#include <vector>

#include <data/image_dataset.hpp>
#include <nn/nn.hpp>

namespace xgrad::examples {

struct VaeOptions {
  std::int64_t hidden = 400;  ///< units of the layer in the middle of the encoder and of the decoder
  std::int64_t latent = 10;   ///< numbers in a code
  std::int64_t batch = 100;
  std::int64_t epochs = 30;
  double lr = 2e-3;  ///< falls to 0 along a cosine
  std::uint64_t seed = 1;
};

/// A variational autoencoder of images of 784 pixels in [0, 1] (Kingma and Welling, "Auto-encoding variational Bayes",
/// 2014). The encoder gives a normal distribution of codes for an image, the decoder the probability that a pixel is
/// lit.
class Vae : public nn::Module {
 public:
  explicit Vae(const VaeOptions& options);

  /// The distribution of the code of each image: images (N, 784), both results (N, latent).
  struct Code {
    Tensor mean;
    Tensor log_variance;
  };
  Code encode(const Tensor& images) const;
  /// Logits of the pixels, (N, 784), of codes (N, latent).
  Tensor decode(const Tensor& codes) const;

  /// The images (N, 784) as they come back from the means of their codes, in [0, 1].
  Tensor forward(const Tensor& images) const override;
  /// New images, (count, 784), of codes that are drawn from N(0, 1).
  Tensor sample(std::int64_t count) const;

 private:
  nn::Sequential encoder_;
  nn::Sequential decoder_;
};

/// The evidence lower bound of each image, (N,): the logarithm of its likelihood given a drawn code, less the
/// divergence of the code's distribution from N(0, 1).
Tensor elbo(const Vae& vae, const Tensor& images);

/// A trained autoencoder, and the mean bound after each epoch, of the images that it was trained on (as it went through
/// them) and of others.
struct TrainedVae {
  Vae vae;
  std::vector<double> train_elbo;
  std::vector<double> test_elbo;
};
TrainedVae train_vae(const data::ImageDataset& train, const data::ImageDataset& test, const VaeOptions& options = {});

}  // namespace xgrad::examples
