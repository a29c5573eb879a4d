#include <doctest/doctest.h>

#include "misuse/lists.hpp"
#include "options.hpp"

namespace xgrad::test {
namespace {

template <auto f, class Options>
Probe loss(const char* name, const Tensor& x, const Tensor& target, const Options& options) {
  return probe(
      {name, "its parts"}, [](const Tensor& a, const Tensor& b, const Options& o) { return f(a, b, o); }, x, target,
      options);
}

}  // namespace

Probes loss_probes() {
  const Tensor x = tensor({{0.2, 0.3, 0.5}, {0.1, 0.8, 0.1}}), y = tensor({{0, 1, 0}, {0.25, 0.5, 0.25}});
  const Tensor labels = tensor({2, 0}, int64), weight = tensor({1, 2, 3}), parameter_value = ones({3, 2});
  const Generator generator(1);
  const nn::Parameter parameter(parameter_value);
  return {
      loss<nn::cross_entropy>("cross_entropy", x, labels, nn::CrossEntropyOptions{.weight = weight}),
      loss<nn::cross_entropy>("cross_entropy", x, y, nn::CrossEntropyOptions{}),
      loss<nn::nll_loss>("nll_loss", x, labels, nn::NLLLossOptions{.weight = weight}),
      loss<nn::binary_cross_entropy>("binary_cross_entropy", x, y, nn::BinaryCrossEntropyOptions{.weight = weight}),
      loss<nn::binary_cross_entropy_with_logits>("binary_cross_entropy_with_logits", x, y,
                                                 nn::BinaryCrossEntropyWithLogitsOptions{.pos_weight = weight}),
      loss<nn::kl_div>("kl_div", x, y, nn::KLDivOptions{}),
      loss<nn::mse_loss>("mse_loss", x, y, nn::LossOptions{}),
      loss<nn::l1_loss>("l1_loss", x, y, nn::LossOptions{}),
      loss<nn::smooth_l1_loss>("smooth_l1_loss", x, y, nn::SmoothL1Options{}),
      loss<nn::huber_loss>("huber_loss", x, y, nn::HuberOptions{}),
      loss<nn::hinge_embedding_loss>("hinge_embedding_loss", x, y * 2 - 1, nn::HingeEmbeddingOptions{}),
      probe(
          {"accuracy", "its parts"}, [](const Tensor& logits, const Tensor& a) { return nn::accuracy(logits, a); }, x,
          labels),
      // Initial values; the errors may speak of the slot.
      probe(
          {"fans", "gain", "xavier_normal", "xavier_uniform", "kaiming_normal", "kaiming_uniform", "init"},
          [](const Shape& shape) { return static_cast<double>(nn::init::fans(shape).in); }, Shape{3, 2}),
      probe(
          {"init", "its parts"}, [](nn::init::Nonlinearity f, double slope) { return nn::init::gain(f, slope); },
          nn::init::Nonlinearity::tanh, 0.1),
      probe(
          {"init", "full", "Parameter"}, [=](double value) { nn::init::constant(parameter, value); }, 1.0),
      probe(
          {"init", "normal"}, [=](const nn::init::NormalOptions& o, Generator g) { nn::init::normal(parameter, o, g); },
          nn::init::NormalOptions{}, generator),
      probe(
          {"init", "uniform"},
          [=](const nn::init::UniformOptions& o, Generator g) { nn::init::uniform(parameter, o, g); },
          nn::init::UniformOptions{}, generator),
      probe(
          {"init", "normal"},
          [=](const nn::init::XavierOptions& o, Generator g) { nn::init::xavier_normal(parameter, o, g); },
          nn::init::XavierOptions{}, generator),
      probe(
          {"init", "uniform"},
          [=](const nn::init::XavierOptions& o, Generator g) { nn::init::xavier_uniform(parameter, o, g); },
          nn::init::XavierOptions{}, generator),
      probe(
          {"init", "normal"},
          [=](const nn::init::KaimingOptions& o, Generator g) { nn::init::kaiming_normal(parameter, o, g); },
          nn::init::KaimingOptions{}, generator),
      probe(
          {"init", "uniform"},
          [=](const nn::init::KaimingOptions& o, Generator g) { nn::init::kaiming_uniform(parameter, o, g); },
          nn::init::KaimingOptions{}, generator),
      probe(
          {"Parameter", "init"},
          [](const Tensor& value) {
            const nn::Parameter p(value);
            nn::init::zeros(p);
            nn::init::ones(p);
            nn::init::xavier_uniform(p);
            return p.value();
          },
          parameter_value),
      probe(
          {"Parameter", "Parameter::set", "Parameter::convert"},
          [](const Tensor& first, const Tensor& second, DType dtype) {
            const nn::Parameter p(first);
            p.set(second);
            p.convert(dtype);
            return p.value();
          },
          x, y, float64),
  };
}

TEST_CASE("losses, metrics, initial values and parameters stand wrong calls") { run(loss_probes()); }

}  // namespace xgrad::test
