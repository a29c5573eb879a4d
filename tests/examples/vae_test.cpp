#include <examples/vae.hpp>

#include <cmath>
#include <numbers>

#include <doctest/doctest.h>

#include <data/synthetic.hpp>

using namespace xgrad;
using namespace xgrad::examples;

namespace {

constexpr VaeOptions small = {.hidden = 16, .latent = 3, .batch = 50, .epochs = 3, .lr = 5e-3};

}  // namespace

TEST_CASE("the bound is the log-likelihood less the divergence of the codes from N(0, 1)") {
  manual_seed(3);
  const Vae vae(small);
  // A decoder of zeros finds all pixels as likely lit as not, whatever the code.
  const nn::ParameterList parameters = vae.parameters();
  for (std::size_t i = 4; i < parameters.size(); ++i) nn::init::zeros(parameters[i]);
  const Tensor images = rand({5, 784});
  const auto [mean, log_variance] = vae.encode(images);
  const std::vector<double> means = mean.to_vector<double>(), logs = log_variance.to_vector<double>();
  const std::vector<double> bounds = elbo(vae, images).to_vector<double>();
  REQUIRE(bounds.size() == 5);
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    double expected = -784 * std::numbers::ln2;
    for (std::size_t j = 3 * i; j < 3 * i + 3; ++j)
      expected -= 0.5 * (means[j] * means[j] + std::exp(logs[j]) - logs[j] - 1);
    CHECK(bounds[i] == doctest::Approx(expected).epsilon(1e-5));
  }
}

TEST_CASE("images that come back and drawn ones are images") {
  manual_seed(1);
  const Vae vae(small);
  const Tensor images = rand({4, 784});
  for (const Tensor& result : {vae(images), vae.sample(7)}) {
    CHECK(result.size(1) == 784);
    CHECK(all((result > 0) & (result < 1)));
  }
}

TEST_CASE("training raises the bound of images that it has not seen, the same way each time") {
  const data::ImageDataset train = data::synthetic_digits(500, 1), test = data::synthetic_digits(100, 2);
  manual_seed(5);
  const TrainedVae first = train_vae(train, test, small);
  manual_seed(6);  // which the seed of the options does not heed
  const TrainedVae second = train_vae(train, test, small);
  CHECK(first.test_elbo.size() == 3);
  CHECK(first.test_elbo.back() > first.test_elbo.front() + 20);
  CHECK(first.test_elbo == second.test_elbo);
  CHECK(first.train_elbo == second.train_elbo);
}
