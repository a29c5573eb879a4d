#include <nn/optim/clip.hpp>

#include <cmath>
#include <span>
#include <utility>

#include <fmt/format.h>

#include <autograd/ops.hpp>
#include <nn/state_dict.hpp>

namespace xgrad::optim {
namespace {

void check_gradients(const char* op, const std::vector<Tensor>& gradients) {
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i].defined()) continue;
    if (!is_floating(gradients[i].dtype())) {
      fail(op, fmt::format("gradient {} is {} {}; float32 or float64 is expected", i, to_string(gradients[i].dtype()),
                           to_string(gradients[i].shape())));
    }
  }
}

Tensor norm_of(const std::vector<Tensor>& gradients, double p) {
  Tensor total;
  for (const Tensor& g : gradients) {
    if (!g.defined()) continue;
    if (!total.defined()) total = zeros({}, g.dtype());
    if (std::isinf(p))
      total = g.size() == 0 ? total : maximum(total, max(abs(g)));
    else
      total = total + (p == 2 ? sum(square(g)) : p == 1 ? sum(abs(g)) : sum(pow(abs(g), p)));
  }
  if (!total.defined()) return zeros({});
  if (std::isinf(p) || p == 1) return total;
  return p == 2 ? sqrt(total) : pow(total, 1 / p);
}

}  // namespace

ClippedGradients clip_grad_norm(const std::vector<Tensor>& gradients, double max_norm, double norm_type) {
  if (!(max_norm >= 0)) fail("clip_grad_norm", fmt::format("max_norm is {}; it must be at least 0", max_norm));
  if (!(norm_type > 0)) fail("clip_grad_norm", fmt::format("norm_type is {}; it must be above 0", norm_type));
  check_gradients("clip_grad_norm", gradients);
  ClippedGradients result{.gradients = {}, .norm = norm_of(gradients, norm_type)};
  const Tensor scale = minimum(max_norm / (result.norm + 1e-6), 1.0);
  for (const Tensor& g : gradients) result.gradients.push_back(g.defined() ? g * cast(scale, g.dtype()) : Tensor());
  return result;
}

std::vector<Tensor> clip_grad_value(const std::vector<Tensor>& gradients, double bound) {
  if (!(bound >= 0)) fail("clip_grad_value", fmt::format("bound is {}; it must be at least 0", bound));
  check_gradients("clip_grad_value", gradients);
  std::vector<Tensor> result;
  for (const Tensor& g : gradients) result.push_back(g.defined() ? clip(g, -bound, bound) : Tensor());
  return result;
}

void GradientAccumulator::add(const std::vector<Tensor>& gradients, double weight) {
  constexpr const char* op = "GradientAccumulator::add";
  if (!(weight > 0) || std::isinf(weight)) fail(op, fmt::format("weight is {}; it must be finite, above 0", weight));
  check_gradients(op, gradients);
  if (weight_ > 0 && gradients.size() != total_.size())
    fail(op, fmt::format("{} gradients were given after {}", gradients.size(), total_.size()));
  for (std::size_t i = 0; weight_ > 0 && i < gradients.size(); ++i) {
    const Tensor &given = gradients[i], &known = total_[i];
    if (!given.defined() || !known.defined()) continue;
    if (given.shape() == known.shape() && given.dtype() == known.dtype()) continue;
    fail(op, fmt::format("gradient {} is {} {}; it was {} {} before", i, to_string(given.dtype()),
                         to_string(given.shape()), to_string(known.dtype()), to_string(known.shape())));
  }
  std::vector<Tensor> next;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const Tensor known = weight_ > 0 ? total_[i] : Tensor();
    if (!gradients[i].defined()) {
      next.push_back(known);
      continue;
    }
    const Tensor weighted = weight == 1 ? gradients[i] : weight * gradients[i];
    next.push_back(stop_gradient(known.defined() ? known + weighted : weighted));
  }
  // The old total is offered to the run, so that it may work in place; a run that fails leaves it as it was.
  std::vector<Tensor> old = std::exchange(total_, {});
  try {
    std::vector<Tensor> waiting;
    for (const Tensor& g : next)
      if (g.defined()) waiting.push_back(g);
    eval(waiting, old);
  } catch (...) {
    total_ = std::move(old);
    throw;
  }
  total_ = std::move(next);
  weight_ += weight;
}

NamedTensors GradientAccumulator::state() const {
  const auto count = std::ssize(total_);
  NamedTensors state{{"weight", tensor(std::span<const double>(&weight_, 1), {})},
                     {"count", Tensor(static_cast<std::int64_t>(count))}};
  for (std::size_t i = 0; i < total_.size(); ++i)
    if (total_[i].defined()) state.emplace_back(fmt::format("total.{}", i), total_[i]);
  return state;
}

void GradientAccumulator::load_state(const NamedTensors& given) {
  constexpr const char* op = "GradientAccumulator::load_state";
  constexpr std::int64_t most = 1 << 24;
  NamedTensors expected{{"weight", zeros({}, float64)}, {"count", zeros({}, int64)}};
  // Sums are any that were added: of those that are there only the names are checked.
  for (const auto& entry : given)
    if (entry.first != "weight" && entry.first != "count" && entry.second.defined()) expected.push_back(entry);
  const std::vector<Tensor> ordered = nn::matched(op, given, expected);
  const double weight = ordered[0].item();
  const auto count = ordered[1].item<std::int64_t>();
  if (!(weight >= 0) || std::isinf(weight))
    fail(op, fmt::format("weight is {}; it must be finite, at least 0", weight));
  if (count < 0 || count > most) fail(op, fmt::format("count is {}; it must lie in [0, {}]", count, most));
  std::vector<Tensor> total(static_cast<std::size_t>(count));
  for (std::size_t i = 2; i < expected.size(); ++i) {
    const auto& [name, tensor] = expected[i];
    std::size_t place = 0;
    while (place < total.size() && name != fmt::format("total.{}", place)) ++place;
    if (place == total.size())
      fail(op, fmt::format("'{}' is unexpected; 'total.<i>' with i below {} was expected", name, count));
    if (!is_floating(tensor.dtype())) fail(op, fmt::format("'{}' has dtype {}", name, to_string(tensor.dtype())));
    total[place] = tensor;
  }
  weight_ = weight;
  total_ = std::move(total);
}

std::vector<Tensor> GradientAccumulator::sum() {
  if (weight_ == 0) fail("GradientAccumulator", "no gradients were added");
  weight_ = 0;
  return std::exchange(total_, {});
}

std::vector<Tensor> GradientAccumulator::mean() {
  const double weight = weight_;
  std::vector<Tensor> result = sum();
  for (Tensor& g : result)
    if (g.defined()) g = g / weight;
  return result;
}

}  // namespace xgrad::optim
