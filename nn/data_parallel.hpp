#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <autograd/distributed/communicator.hpp>
#include <nn/module.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

struct DataParallelOptions {
  /// Gradients of about so many bytes are averaged together. A message costs its latency, whatever its size; one of
  /// everything could not begin before the last gradient.
  std::int64_t bucket_bytes = std::int64_t{25} << 20;
  /// Whether each forward in training mode gives all ranks rank 0's floating-point buffers, such as running statistics,
  /// which differ otherwise unless they are synchronized (convert_sync_batchnorm).
  bool broadcast_buffers = true;
  distributed::Communicator group = distributed::world();
};

/// Data-parallel training (PyTorch's DistributedDataParallel): every rank has the model, takes a part of each batch,
/// and gradients are averages over all ranks, so that all make the same steps.
///
///     nn::DistributedDataParallel parallel(model);
///     for (auto [x, y] : data::Loader(train, {.batch_size = 15, .sampler = data::DistributedSampler(...)})) {
///       Tape tape;
///       Tensor loss = nn::cross_entropy(parallel(x), y);
///       sgd.step(tape.gradient(loss, model.parameters()));
///     }
///
/// With losses that are means over parts of one size, the gradient is that of the mean over the whole batch. It is that
/// for any derivative through the module, of any order: parameters go through distributed::bucketed, whose derivative
/// is the average. Buckets are filled in the order in which gradients become ready: in the first forward the reverse of
/// that of the parameters, from then on the reverse of the order in which the first forward used them.
///
/// All ranks have to use the same parameters, and take the same derivatives. A parameter that the loss does not depend
/// on has a gradient of zeros, where plain models have none. Gradients of the plain model (`model(x)`) are this rank's
/// own, as for accumulation.
///
/// Its parameters are the model's, under "module.<name>"; checkpoints of the model itself are independent of the number
/// of ranks.
class DistributedDataParallel : public Module {
 public:
  /// Gives all ranks the parameters and buffers of rank 0. A collective. Throws Error where the model has no
  /// parameters, where ranks have models of other names, shapes or dtypes, and unless bucket_bytes > 0.
  explicit DistributedDataParallel(Module module, const DataParallelOptions& options = {});

  Tensor forward(const Tensor& x) const override { return forward(std::vector<Tensor>{x}); }
  Tensor forward(const Tensor& a, const Tensor& b) const override { return forward(std::vector<Tensor>{a, b}); }
  Tensor forward(const Tensor& a, const Tensor& b, const Tensor& c) const override {
    return forward(std::vector<Tensor>{a, b, c});
  }
  Tensor forward(const std::vector<Tensor>& inputs) const override;
  std::string arguments() const override;

  const Module& module() const noexcept { return module_; }
  /// The names of the parameters in each bucket, in the order in which buckets are averaged.
  std::vector<std::vector<std::string>> buckets() const;

 private:
  struct State;
  void broadcast_buffers() const;

  std::shared_ptr<State> state_;
  Module module_;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
