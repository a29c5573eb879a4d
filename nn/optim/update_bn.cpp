#include <nn/optim/update_bn.hpp>

#include <utility>
#include <vector>

#include <autograd/ops.hpp>
#include <nn/cumulative_statistics.hpp>

namespace xgrad::optim::detail {

namespace {

/// A module and all in it, each before its submodules, with their modes.
void collect_modes(const nn::Module& module, std::vector<std::pair<nn::Module, bool>>& modes) {
  modes.emplace_back(module, module.is_training());
  for (const auto& [name, child] : module.children()) collect_modes(child, modes);
}

}  // namespace

struct StatisticsUpdate::Work {
  explicit Work(const nn::Module& module) : model(module) {}

  const nn::Module& model;  ///< not a copy: that would be a slice, without the class's forward
  std::vector<std::pair<nn::Module, bool>> modes;
  std::vector<std::pair<nn::Buffer, Tensor>> buffers;
  nn::detail::CumulativeStatistics statistics;
  bool seen = false, finished = false;
};

StatisticsUpdate::StatisticsUpdate(const nn::Module& model) : work_(std::make_unique<Work>(model)) {
  collect_modes(model, work_->modes);
  for (const auto& [name, buffer] : model.named_buffers()) work_->buffers.emplace_back(buffer, buffer.value());
  work_->modes.front().first.train();
}

StatisticsUpdate::~StatisticsUpdate() {
  // A mode is that of all submodules, so those come later.
  for (auto& [module, training] : work_->modes) training ? module.train() : module.eval();
  if (work_->finished) return;
  for (const auto& [buffer, value] : work_->buffers) buffer.set(value);
}

void StatisticsUpdate::see(const Tensor& input) {
  work_->model(input);
  work_->seen = true;
}

void StatisticsUpdate::finish() {
  if (!work_->seen) fail("update_bn", "there are no batches");
  std::vector<Tensor> values;
  for (const auto& [buffer, former] : work_->buffers) values.push_back(buffer.value());
  eval(values);
  work_->finished = true;
}

}  // namespace xgrad::optim::detail
