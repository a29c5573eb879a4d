#include <nn/batchnorm.hpp>

#include <utility>

#include <fmt/format.h>

#include <autograd/distributed/collectives.hpp>
#include <autograd/ops.hpp>
#include <nn/cumulative_statistics.hpp>
#include <nn/module_state.hpp>

namespace xgrad::nn {

namespace detail {
namespace {
thread_local constinit CumulativeStatistics* innermost = nullptr;
}

CumulativeStatistics::CumulativeStatistics() noexcept : outer_(innermost) { innermost = this; }
CumulativeStatistics::~CumulativeStatistics() { innermost = outer_; }
CumulativeStatistics* CumulativeStatistics::current() noexcept { return innermost; }

}  // namespace detail

BatchNorm::BatchNorm(std::string type_name, std::int64_t features, const BatchNormOptions& options)
    : ChannelNorm(std::move(type_name), features,
                  {.eps = options.eps,
                   .momentum = options.momentum,
                   .affine = options.affine,
                   .track_running_stats = options.track_running_stats,
                   .dtype = options.dtype}),
      running_variance_(options.running_variance) {}

Tensor BatchNorm::forward(const Tensor& x) const {
  check_input(x);
  // The input is viewed as a matrix with the channels as one axis, so that means and operations on values of each
  // channel fuse into single passes.
  const bool places = x.rank() != 2;
  const std::int64_t count = features() == 0 ? 0 : x.size() / features();
  const Tensor channels_first = places ? swapaxes(x, 0, 1) : x;
  const Tensor rows = places ? channels_first.reshape({features(), count}) : x;
  const auto finished = [&](const Tensor& normalized) {
    const Tensor y = scaled(normalized, places);
    return places ? swapaxes(y.reshape(channels_first.shape()), 0, 1) : y;
  };

  if (uses_running_statistics()) return finished(normalized_by_running(rows, places));

  if (count == 1 && !synchronized())
    refuse(fmt::format("more than one value per channel is needed in training, the input has shape {}",
                       to_string(x.shape())));
  const int batch = places ? 1 : 0;
  Count values{.own = count};
  // A float32 sum of numbers far from 0 is rounded more than its mean needs to be; the mean of what is left sets it
  // right.
  const Tensor about = stop_gradient(mean_over_batch(rows, batch, values));
  const Tensor mu = about + mean_over_batch(rows - spread(about, places), batch, values);
  const Tensor centred = rows - spread(mu, places);
  const Tensor variance = mean_over_batch(square(centred), batch, values);
  if (tracks() && (count > 0 || synchronized())) update_running_statistics(mu, variance, values);
  return finished(centred / sqrt(spread(variance, places) + eps()));
}

/// Over all ranks' batches the sums and the number of values go together; the second time the number is known.
Tensor BatchNorm::mean_over_batch(const Tensor& rows, int batch, Count& count) const {
  if (!synchronized()) return mean(rows, batch);
  const distributed::Communicator& group = sync_group_[0];
  const Tensor sums = sum(rows, batch);
  if (count.all.defined()) return distributed::all_reduce(sums, distributed::ReduceOp::sum, group) / count.all;
  const Tensor own = full({1}, static_cast<double>(count.own), sums.dtype());
  const Tensor total = distributed::all_reduce(concatenate({sums, own}, 0), distributed::ReduceOp::sum, group);
  count.all = slice(total, 0, features(), features() + 1).reshape({});
  return slice(total, 0, 0, features()) / count.all;
}

void BatchNorm1d::check_input(const Tensor& x) const {
  if ((x.rank() == 2 || x.rank() == 3) && x.size(1) == features()) return;
  refuse(fmt::format("the input has shape {}; (N, {}) or (N, {}, L) was expected", to_string(x.shape()), features(),
                     features()));
}

void BatchNorm2d::check_input(const Tensor& x) const {
  if (x.rank() == 4 && x.size(1) == features()) return;
  refuse(fmt::format("the input has shape {}; (N, {}, H, W) was expected", to_string(x.shape()), features()));
}

void BatchNorm3d::check_input(const Tensor& x) const {
  if (x.rank() == 5 && x.size(1) == features()) return;
  refuse(fmt::format("the input has shape {}; (N, {}, D, H, W) was expected", to_string(x.shape()), features()));
}

void BatchNorm::update_running_statistics(const Tensor& mean, const Tensor& variance, const Count& count) const {
  const auto n = static_cast<double>(count.own);
  const double weight_of_new = momentum().value_or(BatchNormOptions().momentum.value());
  const bool unbiased = running_variance_ == RunningVariance::unbiased;
  const double correction = unbiased && !synchronized() ? n / (n - 1) : 1;
  detail::CumulativeStatistics* const anew = detail::CumulativeStatistics::current();
  if (anew && num_batches_tracked.defined() && anew->begins(num_batches_tracked.id())) {
    running_mean.set(zeros_like(running_mean));
    running_var.set(ones_like(running_var));
    num_batches_tracked.set(zeros({}, int64));
  }
  const auto include = [&](const Buffer& running, const Tensor& batch, double factor) {
    const Tensor value = stop_gradient(batch);
    if ((momentum() && !anew) || !num_batches_tracked.defined())
      return move_towards(value, running, factor, weight_of_new);
    const DType dtype = running.dtype();
    running.set(running + (value.to(dtype) * factor - running) / static_cast<Tensor>(num_batches_tracked).to(dtype));
  };
  if (num_batches_tracked.defined()) num_batches_tracked.set(num_batches_tracked + 1);
  include(running_mean, mean, 1);
  include(running_var, unbiased && synchronized() ? variance * (count.all / (count.all - 1)) : variance, correction);
}

void convert_sync_batchnorm(const Module& module, const distributed::Communicator& group) {
  if (!ModuleAccess::state(module)) fail("convert_sync_batchnorm", "the module was moved from");
  if (const auto* norm = dynamic_cast<const BatchNorm*>(&ModuleAccess::concrete(module))) {
    norm->sync_group_->clear();
    if (group.size() > 1) norm->sync_group_->push_back(group);
  }
  for (const auto& [name, child] : module.children()) convert_sync_batchnorm(child, group);
}

std::string BatchNorm::arguments() const {
  return ChannelNorm::arguments() + (running_variance_ == RunningVariance::biased ? ", running_variance=biased" : "");
}

}  // namespace xgrad::nn
