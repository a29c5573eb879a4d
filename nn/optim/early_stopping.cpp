#include <nn/optim/early_stopping.hpp>

#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <autograd/ops.hpp>
#include <nn/state_dict.hpp>

namespace xgrad::optim {
namespace {

const std::string prefix = "model.";

}  // namespace

EarlyStopping::EarlyStopping(const EarlyStoppingOptions& options)
    : options_(options),
      best_(options.mode == PlateauMode::min ? std::numeric_limits<double>::infinity()
                                             : -std::numeric_limits<double>::infinity()) {
  if (options.patience < 1)
    fail("EarlyStopping", fmt::format("patience is {}; it must be at least 1", options.patience));
  if (!(options.min_delta >= 0))
    fail("EarlyStopping", fmt::format("min_delta is {}; it must be at least 0", options.min_delta));
  if (options.mode != PlateauMode::min && options.mode != PlateauMode::max)
    fail("EarlyStopping", "mode is neither PlateauMode::min nor PlateauMode::max");
}

bool EarlyStopping::improves(double value) const {
  return options_.mode == PlateauMode::min ? value < best_ - options_.min_delta : value > best_ + options_.min_delta;
}

bool EarlyStopping::operator()(double value) {
  if (improves(value)) {
    best_ = value;
    bad_ = 0;
    weights_.clear();
  } else if (bad_ < std::numeric_limits<std::int64_t>::max()) {
    ++bad_;
  }
  return stopped();
}

bool EarlyStopping::operator()(double value, const nn::Module& model) {
  const bool better = improves(value);
  NamedTensors weights = better ? nn::state_dict(model) : std::move(weights_);
  const bool stops = (*this)(value);
  weights_ = std::move(weights);
  return stops;
}

void EarlyStopping::restore(const nn::Module& model) const {
  if (weights_.empty()) fail("EarlyStopping::restore", "no weights were kept; give the model to operator()");
  nn::load_state_dict(model, weights_);
}

NamedTensors EarlyStopping::state() const {
  NamedTensors state{{"best", tensor(std::span<const double>(&best_, 1), {})}, {"num_bad_epochs", Tensor(bad_)}};
  for (const auto& [name, value] : weights_) state.emplace_back(prefix + name, value);
  return state;
}

void EarlyStopping::load_state(const NamedTensors& given) {
  constexpr const char* where = "EarlyStopping::load_state";
  NamedTensors expected{{"best", zeros({}, float64)}, {"num_bad_epochs", zeros({}, int64)}}, weights;
  for (const auto& [name, value] : given) {
    if (!name.starts_with(prefix) || !value.defined()) continue;
    expected.emplace_back(name, value);  // any weights: restore() sees whether they are the model's
    weights.emplace_back(name.substr(prefix.size()), value);
  }
  const std::vector<Tensor> ordered = nn::matched(where, given, expected);
  const auto bad = ordered[1].item<std::int64_t>();
  if (bad < 0) fail(where, fmt::format("num_bad_epochs is {}; it must be at least 0", bad));
  best_ = ordered[0].item();
  bad_ = bad;
  weights_ = std::move(weights);
}

}  // namespace xgrad::optim
