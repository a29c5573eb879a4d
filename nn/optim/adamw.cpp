#include <nn/optim/adamw.hpp>

namespace xgrad::optim {
namespace {

std::vector<ParameterGroup<AdamOptions>> without_penalty(const std::vector<ParameterGroup<AdamWOptions>>& groups) {
  std::vector<ParameterGroup<AdamOptions>> result;
  for (const auto& [parameters, o] : groups)
    result.push_back(
        {parameters,
         {.lr = o.lr, .beta1 = o.beta1, .beta2 = o.beta2, .eps = o.eps, .amsgrad = o.amsgrad, .maximize = o.maximize}});
  return result;
}

}  // namespace

AdamW::AdamW(const std::vector<ParameterGroup<AdamWOptions>>& groups) : Adam("AdamW", without_penalty(groups)) {
  for (const auto& [parameters, options] : groups) {
    require(options.weight_decay >= 0, "weight_decay", options.weight_decay, "at least 0");
    weight_decay_.push_back(options.weight_decay);
  }
}

Tensor AdamW::update(std::size_t i, const Tensor& parameter, const Tensor& gradient) {
  const double decay = weight_decay_[group(i)];
  return Adam::update(i, decay > 0 ? (1 - rate(i) * decay) * parameter : parameter, gradient);
}

}  // namespace xgrad::optim
