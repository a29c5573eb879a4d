#pragma once

#include <concepts>
#include <memory>

#include <nn/module.hpp>

#pragma GCC visibility push(default)
namespace xgrad::optim {

namespace detail {
/// The input of a model in a batch: the tensor that it is, its images (data::Batch), or the first of a pair.
template <class Batch>
Tensor input_of(const Batch& batch) {
  if constexpr (std::convertible_to<const Batch&, Tensor>)
    return batch;
  else if constexpr (requires { batch.images; })
    return batch.images;
  else
    return batch.first;
}

/// Estimates running statistics anew. They are as before unless finish() is reached, and the modes in any case.
class StatisticsUpdate {
 public:
  explicit StatisticsUpdate(const nn::Module& model);
  StatisticsUpdate(const StatisticsUpdate&) = delete;
  StatisticsUpdate& operator=(const StatisticsUpdate&) = delete;
  ~StatisticsUpdate();

  void see(const Tensor& input);
  void finish();

 private:
  struct Work;
  std::unique_ptr<Work> work_;
};
}  // namespace detail

/// Estimates the running statistics of a model's batch normalizations anew: their averages over all batches, whatever
/// the momentum is (PyTorch's swa_utils.update_bn). An average of weights needs it, as those that were averaged had
/// other statistics:
///
///     optim::update_bn(loader, average.module());
///
/// `batches` is a range of inputs, of data::Batch, or of pairs whose first is the input. The model is applied in
/// training mode, with dropout, without a derivative; afterwards all its modules have the mode from before. Throws
/// Error where there are no batches, and passes on what the model throws; its buffers are as before then.
template <class Batches>
void update_bn(Batches&& batches, const nn::Module& model) {
  detail::StatisticsUpdate update(model);
  for (const auto& batch : batches) update.see(detail::input_of(batch));
  update.finish();
}

}  // namespace xgrad::optim
#pragma GCC visibility pop
