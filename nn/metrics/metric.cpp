#include <nn/metrics/metric.hpp>

#include <limits>
#include <typeinfo>
#include <utility>

#include <fmt/format.h>

#include <autograd/ops.hpp>
#include <nn/state_dict.hpp>

namespace xgrad::nn {

Metric::Metric(std::string name, std::string options, const NamedTensors& zero)
    : name_(std::move(name)), options_(std::move(options)) {
  for (const auto& [entry, tensor] : zero) {
    names_.push_back(entry);
    zero_.push_back(tensor);
  }
  totals_ = zero_;
}

std::string Metric::in(std::string_view method) const {
  return fmt::format("{}::{}", name_.empty() ? "Metric" : name_, method);
}

void Metric::check_alive(std::string_view method) const {
  if (totals_.empty()) fail(in(method), "the metric was moved from");
}

void Metric::check_inside(std::string_view method) const {
  const auto count = outside_.defined() ? outside_.item<std::int64_t>() : 0;
  if (count > 0)
    fail(in(method), fmt::format("{} of the values that update() was given {} out of range (labels outside the "
                                 "classes, scores that are none); reset() starts anew",
                                 count, count == 1 ? "is" : "are"));
}

void Metric::reset() {
  check_alive("reset");
  totals_ = zero_;
  outside_ = {};
  samples_ = 0;
}

void Metric::add(std::int64_t samples, const std::vector<Tensor>& totals, const Tensor& outside) {
  check_alive("update");
  if (samples == 0) return;
  if (samples > std::numeric_limits<std::int64_t>::max() - samples_)
    fail(in("update"), "the number of samples is at its largest");
  std::vector<Tensor> next = samples_ == 0 ? totals : joined(totals_, samples_, totals, samples);
  for (Tensor& total : next) total = stop_gradient(total);
  Tensor next_outside = outside_;
  if (outside.defined()) next_outside = stop_gradient(outside_.defined() ? outside_ + outside : outside);
  totals_ = std::move(next);
  outside_ = std::move(next_outside);
  samples_ += samples;
}

std::vector<Tensor> Metric::joined(const std::vector<Tensor>& a, std::int64_t, const std::vector<Tensor>& b,
                                   std::int64_t) const {
  std::vector<Tensor> result;
  for (std::size_t i = 0; i < a.size(); ++i) result.push_back(a[i] + b[i]);
  return result;
}

std::vector<Tensor> Metric::totals() const {
  check_alive("compute");
  if (samples_ == 0) fail(in("compute"), "there are no samples; update() comes first");
  check_inside("compute");
  return settled();
}

void Metric::merge(const Metric& other) {
  check_alive("merge");
  other.check_alive("merge");
  if (typeid(*this) != typeid(other))
    fail(in("merge"), fmt::format("the other is of class {}; {} was expected", other.name_, name_));
  if (options_ != other.options_)
    fail(in("merge"), fmt::format("the other has {}; {} was expected", other.options_, options_));
  check_inside("merge");
  other.check_inside("merge");
  add(other.samples_, other.settled());
  eval(totals_);
}

NamedTensors Metric::state() const {
  check_alive("state");
  check_inside("state");
  NamedTensors state{{"samples", tensor(std::span<const std::int64_t>(&samples_, 1), {})}};
  const std::vector<Tensor> totals = samples_ == 0 ? zero_ : settled();
  eval(totals);
  for (std::size_t i = 0; i < names_.size(); ++i) state.emplace_back(names_[i], totals[i]);
  return state;
}

void Metric::check_totals(const std::string& where, const NamedTensors& given) const {
  NamedTensors expected{{"samples", zeros({}, int64)}};
  for (std::size_t i = 0; i < names_.size(); ++i) expected.emplace_back(names_[i], zero_[i]);
  matched(where, given, expected);
}

void Metric::load_state(const NamedTensors& given) {
  check_alive("load_state");
  const std::string where = in("load_state");
  check_totals(where, given);
  std::vector<Tensor> totals(names_.size());
  std::int64_t samples = 0;
  for (const auto& [entry, tensor] : given) {
    if (entry == "samples") samples = tensor.item<std::int64_t>();
    for (std::size_t i = 0; i < names_.size(); ++i)
      if (entry == names_[i]) totals[i] = tensor;
  }
  if (samples < 0) fail(where, fmt::format("samples is {}; it must be at least 0", samples));
  eval(totals);
  totals_ = samples == 0 ? zero_ : std::move(totals);
  outside_ = {};
  samples_ = samples;
}

}  // namespace xgrad::nn
