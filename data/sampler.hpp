#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#pragma GCC visibility push(default)
namespace xgrad::data {

/// Which samples an epoch of a Loader goes through, and in which order: a function of the number of the epoch, so that
/// epochs can be repeated. A Sampler is a cheap handle. Those below are Samplers by names of their own.
class Sampler {
 public:
  using Order = std::function<std::vector<std::int64_t>(std::int64_t epoch)>;

  /// None: the loader's own order.
  Sampler() = default;
  /// An order of one's own: `size` indices below `samples`, for each epoch. Throws Error unless 0 <= samples and
  /// 0 <= size, and where there is no function.
  Sampler(std::int64_t samples, std::int64_t size, Order order);

  bool defined() const noexcept { return state_ != nullptr; }
  /// The samples that it chooses from.
  std::int64_t samples() const noexcept;
  /// The indices of an epoch.
  std::int64_t size() const noexcept;
  /// The indices of an epoch, in their order. Throws Error where there is no function, on an epoch below 0, where the
  /// function gives another number of indices or one out of range, and where memory does not hold them.
  std::vector<std::int64_t> order(std::int64_t epoch) const;

  /// A number that tells samplers of different kinds, options and data apart: a loader's state has it.
  std::int64_t key() const noexcept;
  /// The batch size that the order is made for; 0 where any will do.
  std::int64_t batch_size() const noexcept;

 protected:
  struct State {
    std::int64_t samples = 0;
    std::int64_t size = 0;
    Order order;
    std::uint64_t key = 0;
    std::int64_t batch_size = 0;
  };
  explicit Sampler(State state);

 private:
  std::shared_ptr<const State> state_;
};

/// 0, 1, 2, ... Throws Error unless samples >= 0.
class SequentialSampler : public Sampler {
 public:
  explicit SequentialSampler(std::int64_t samples);
};

struct RandomSamplerOptions {
  /// Whether samples are drawn independently of each other, and may repeat.
  bool replacement = false;
  /// The indices of an epoch: as many as there are samples where it is not given.
  std::optional<std::int64_t> num_samples = {};
  std::uint64_t seed = 0;
};
/// A random order that is new in each epoch. Without replacement and with more indices than samples, one order follows
/// the other. Throws Error unless samples >= 0 and num_samples >= 0, and where samples are to be drawn from none.
class RandomSampler : public Sampler {
 public:
  explicit RandomSampler(std::int64_t samples, const RandomSamplerOptions& options = {});
};

struct WeightedRandomSamplerOptions {
  /// The indices of an epoch: as many as there are weights where it is not given.
  std::optional<std::int64_t> num_samples = {};
  bool replacement = true;
  std::uint64_t seed = 0;
};
/// Sample i with a probability in proportion to weights[i]. Without replacement each index comes once at most: the
/// first is drawn by the weights, the next by those of the others, and so on (Efraimidis and Spirakis, 2006). Throws
/// Error on a weight that is negative or not finite, on weights that are all 0, and without replacement where fewer of
/// them than num_samples are positive.
class WeightedRandomSampler : public Sampler {
 public:
  explicit WeightedRandomSampler(std::span<const double> weights, const WeightedRandomSamplerOptions& options = {});
};

struct BalancedSamplerOptions {
  /// Samples of each class in an epoch: as many as the most frequent class has where it is not given.
  std::optional<std::int64_t> per_class = {};
  std::uint64_t seed = 0;
};
/// As many samples of each class as of the others, in random order. The samples of a class come in rounds: none comes
/// again before each has come once. labels: one for each sample, any integers. Throws Error unless per_class >= 0.
class BalancedSampler : public Sampler {
 public:
  explicit BalancedSampler(std::span<const std::int64_t> labels, const BalancedSamplerOptions& options = {});
};

struct DistributedSamplerOptions {
  /// The processes that share the samples, and which of them this is, from 0 on.
  std::int64_t world_size = 1;
  std::int64_t rank = 0;
  bool shuffle = true;
  /// The same in all processes.
  std::uint64_t seed = 0;
  /// Whether samples that do not go round evenly are left out; otherwise the first ones come twice.
  bool drop_last = false;
};
/// The part of one process, by PyTorch's rule: of a common order, samples rank, rank + world_size, ... All parts are of
/// one size. Throws Error unless samples >= 0, world_size >= 1 and 0 <= rank < world_size.
class DistributedSampler : public Sampler {
 public:
  explicit DistributedSampler(std::int64_t samples, const DistributedSamplerOptions& options);
  /// The common order is that of another sampler, which must be the same in all processes; shuffle and seed are not
  /// used.
  explicit DistributedSampler(const Sampler& common, const DistributedSamplerOptions& options);
};

struct BucketSamplerOptions {
  /// That of the Loader.
  std::int64_t batch_size = 60;
  /// Batches whose samples are sorted by length together: 1 is a random order, as many as there are batches sorts all.
  std::int64_t pool = 100;
  bool shuffle = true;
  std::uint64_t seed = 0;
};
/// Batches of samples of similar lengths, so that padding adds little (data::padded): samples in random order are
/// sorted by length within each pool of batches, and the batches of all pools come in random order, the partial one
/// last. Without shuffling all samples are sorted. lengths: one for each sample. Throws Error unless batch_size >= 1
/// and pool >= 1.
class BucketSampler : public Sampler {
 public:
  explicit BucketSampler(std::span<const std::int64_t> lengths, const BucketSamplerOptions& options = {});
};

}  // namespace xgrad::data
#pragma GCC visibility pop
