#include <nn/optim/averaged_model.hpp>

#include <string>
#include <utility>

#include <fmt/format.h>

#include <autograd/ops.hpp>
#include <nn/state_dict.hpp>

namespace xgrad::optim {
namespace {

const std::string prefix = "module.";

/// The values, as averages hold them.
NamedTensors values_of(const nn::NamedParameters& entries) {
  NamedTensors values;
  for (const auto& [name, entry] : entries) values.emplace_back(name, entry.value().to(computed_in(entry.dtype())));
  return values;
}

/// Parameters, then buffers, each once.
nn::NamedParameters entries_of(const nn::Module& module) {
  nn::NamedParameters entries = module.named_parameters();
  for (auto& buffer : module.named_buffers()) entries.push_back(std::move(buffer));
  return entries;
}

}  // namespace

void AveragedModel::start() {
  for (const auto& [name, entry] : entries_of(module_)) entry.convert(computed_in(entry.dtype()));
  if (options_.decay && !(*options_.decay >= 0 && *options_.decay <= 1))
    fail("AveragedModel", fmt::format("decay is {}; it must lie in [0, 1]", *options_.decay));
  if (options_.warmup && !options_.decay) fail("AveragedModel", "a warmup was given without a decay; expected both");
}

void AveragedModel::update_parameters(const nn::Module& model) {
  const nn::NamedParameters own = entries_of(module_);
  const std::size_t parameters = module_.named_parameters().size();
  std::vector<Tensor> values =
      nn::matched("AveragedModel::update_parameters", values_of(entries_of(model)), values_of(own));
  const auto n = static_cast<double>(n_averaged_);
  const double decay = options_.warmup ? std::min(*options_.decay, (1 + n) / (10 + n)) : options_.decay.value_or(0);
  std::vector<Tensor> old, results;
  for (std::size_t i = 0; i < own.size(); ++i) {
    const Tensor average = own[i].second.value();
    const bool averages = i < parameters || (options_.use_buffers && is_floating(average.dtype()));
    Tensor next = values[i];
    if (averages && n_averaged_ > 0)
      next = options_.decay ? decay * average + (1 - decay) * values[i] : average + (values[i] - average) / (n + 1);
    results.push_back(stop_gradient(next));
    old.push_back(average);
  }
  // The old averages are offered to the run, so that it may work in place; a run that fails leaves them.
  values.clear();
  for (std::size_t i = 0; i < own.size(); ++i) own[i].second.set(results[i]);
  try {
    xgrad::eval(results, old);
  } catch (...) {
    for (std::size_t i = 0; i < own.size(); ++i) own[i].second.set(old[i]);
    throw;
  }
  ++n_averaged_;
}

NamedTensors AveragedModel::state() const {
  NamedTensors state{{"n_averaged", Tensor(n_averaged_)}};
  for (const auto& [name, tensor] : nn::state_dict(module_)) state.emplace_back(prefix + name, tensor);
  return state;
}

void AveragedModel::load_state(const NamedTensors& given) {
  constexpr const char* where = "AveragedModel::load_state";
  std::vector<Tensor> ordered = nn::matched(where, given, state());
  const auto count = ordered[0].item<std::int64_t>();
  if (count < 0) fail(where, fmt::format("n_averaged is {}; it must be at least 0", count));
  NamedTensors values;
  std::size_t next = 1;
  for (const auto& [name, entry] : module_.named_state()) values.emplace_back(name, ordered[next++]);
  nn::load_state_dict(module_, values);
  n_averaged_ = count;
}

AverageScope::AverageScope(const AveragedModel& average, const nn::Module& model) : entries_(entries_of(model)) {
  for (const auto& [name, entry] : entries_) former_.push_back(entry.value());
  const std::vector<Tensor> averages =
      nn::matched("AverageScope", values_of(entries_of(average.module())), values_of(entries_));
  for (std::size_t i = 0; i < averages.size(); ++i) entries_[i].second.set(averages[i].to(entries_[i].second.dtype()));
}

AverageScope::~AverageScope() {
  for (std::size_t i = 0; i < former_.size(); ++i)
    entries_[i].second.set(former_[i].to(entries_[i].second.dtype()));  // of another dtype after Module::to
}

}  // namespace xgrad::optim
