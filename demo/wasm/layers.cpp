#include <demo/wasm/layers.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include <autograd/ops.hpp>
#include <autograd/tape.hpp>
#include <nn/clone.hpp>

namespace xgrad::demo {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Where an activation's histogram begins and ends; of one without bounds, at its largest value.
void set_range(LayerView& view, const std::string& activation, float largest) {
  view.low = activation == "Tanh" ? -1 : 0;
  view.high = activation == "ReLU" ? std::max(largest, std::numeric_limits<float>::min()) : 1;
}

void count(LayerView& view, std::span<const float> values) {
  const double scale = histogram_bins / (view.high - view.low);
  const float share = 1 / static_cast<float>(values.size());
  for (const float value : values) {
    const double place = std::clamp((value - view.low) * scale, 0.0, histogram_bins - 1.0);
    view.histogram[static_cast<std::size_t>(place)] += share;
  }
}

void describe(LayerView& view, const std::string& activation, const Tensor& x) {
  view.mean = mean(x).item();
  view.std = std(x, {}, {.correction = 0}).item();
  const std::vector<float> values = x.to_vector<float>();
  if (!std::ranges::all_of(values, [](float value) { return std::isfinite(value); })) return;
  set_range(view, activation, std::ranges::max(values));
  count(view, values);
}

}  // namespace

std::vector<LayerView> view_layers(const nn::Sequential& network, const data::Batch& batch) {
  const nn::Sequential copy = nn::clone(network);
  std::vector<LayerView> views;
  std::vector<Tensor> weights;
  std::vector<Tensor> activations;
  std::vector<std::string> names;
  std::vector<Tensor> gradients;
  {
    Tape tape;
    Tensor x = batch.images;
    for (std::size_t i = 0; i < copy.size(); ++i) {
      const nn::Module module = copy[i];
      x = module(x);
      const std::string name(module.type_name());
      if (name == "Linear") {
        weights.push_back(module.parameters()[0]);
      } else if (name != "BatchNorm1d") {
        activations.push_back(x);
        names.push_back(name);
      }
    }
    gradients = tape.gradient(nn::cross_entropy(x, batch.labels), weights);
  }
  for (const Tensor& gradient : gradients)
    views.push_back({.gradient_norm = norm(gradient.flatten()).item(),
                     .mean = nan,
                     .std = nan,
                     .histogram = std::vector<float>(histogram_bins)});
  for (std::size_t i = 0; i < activations.size(); ++i) describe(views[i], names[i], activations[i]);
  return views;
}

}  // namespace xgrad::demo
