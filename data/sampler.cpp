#include <data/sampler.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <exception>
#include <limits>
#include <map>
#include <numeric>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <autograd/error.hpp>
#include <data/splitmix.hpp>

namespace xgrad::data {
namespace {

using Indices = std::vector<std::int64_t>;

/// A number for a kind of sampler and what it was made of.
class Key {
 public:
  explicit Key(std::string_view kind) {
    for (const char letter : kind) add(static_cast<std::uint64_t>(letter));
  }
  template <class T>
  Key& add(T value) {
    key_ = SplitMix64(key_, std::bit_cast<std::uint64_t>(static_cast<Wide<T>>(value)))();
    return *this;
  }
  template <class T>
  Key& add_all(std::span<const T> values) {
    add(values.size());
    for (const T value : values) add(value);
    return *this;
  }
  std::uint64_t value() const { return key_; }

 private:
  template <class T>
  using Wide = std::conditional_t<std::floating_point<T>, double, std::uint64_t>;

  std::uint64_t key_ = 0;
};

void check_samples(const char* where, std::int64_t samples) {
  if (samples < 0) fail(where, fmt::format("{} samples; expected 0 or more", samples));
}

std::int64_t count_of(const char* where, const std::optional<std::int64_t>& wanted, std::int64_t samples) {
  const std::int64_t count = wanted.value_or(samples);
  if (count < 0) fail(where, fmt::format("num_samples is {}; expected 0 or more", count));
  if (count > 0 && samples == 0) fail(where, fmt::format("num_samples is {}, of no samples", count));
  return count;
}

Indices counted(std::int64_t count) {
  Indices indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), std::int64_t{0});
  return indices;
}

std::uint64_t stream(std::int64_t epoch) { return static_cast<std::uint64_t>(epoch); }

void shuffle(Indices& indices, SplitMix64& random) {
  for (std::size_t left = indices.size(); left > 1; --left)
    std::swap(indices[left - 1], indices[static_cast<std::size_t>(random.below(left))]);
}

/// `count` of these indices in random rounds: none comes again before each has come once.
void append_rounds(Indices& order, Indices indices, std::int64_t count, SplitMix64& random) {
  while (count > 0) {
    shuffle(indices, random);
    const auto some = std::min<std::int64_t>(count, std::ssize(indices));
    order.insert(order.end(), indices.begin(), indices.begin() + some);
    count -= some;
  }
}

}  // namespace

Sampler::Sampler(State state) : state_(std::make_shared<const State>(std::move(state))) {}

Sampler::Sampler(std::int64_t samples, std::int64_t size, Order order) {
  check_samples("Sampler", samples);
  if (size < 0) fail("Sampler", fmt::format("{} indices in an epoch; expected 0 or more", size));
  if (!order) fail("Sampler", "no function; expected one from the number of an epoch to indices");
  const std::uint64_t key = Key("Sampler").add(samples).add(size).value();
  state_ = std::make_shared<const State>(State{samples, size, std::move(order), key, 0});
}

std::int64_t Sampler::samples() const noexcept { return state_ ? state_->samples : 0; }
std::int64_t Sampler::size() const noexcept { return state_ ? state_->size : 0; }
std::int64_t Sampler::key() const noexcept { return state_ ? std::bit_cast<std::int64_t>(state_->key) : 0; }
std::int64_t Sampler::batch_size() const noexcept { return state_ ? state_->batch_size : 0; }

std::vector<std::int64_t> Sampler::order(std::int64_t epoch) const {
  if (!state_) fail("Sampler.order", "the sampler has no function: it is the loader's own order");
  if (epoch < 0) fail("Sampler.order", fmt::format("epoch {}; expected 0 or more", epoch));
  Indices indices;
  try {
    indices = state_->order(epoch);
  } catch (const std::bad_alloc&) {
    fail("Sampler.order", fmt::format("no memory for {} indices", state_->size));
  } catch (const std::length_error&) {
    fail("Sampler.order", fmt::format("no memory for {} indices", state_->size));
  }
  if (std::ssize(indices) != state_->size)
    fail("Sampler.order", fmt::format("the function gave {} indices; expected {}", indices.size(), state_->size));
  for (const std::int64_t index : indices)
    if (index < 0 || index >= state_->samples)
      fail("Sampler.order", fmt::format("the function gave index {} of {} samples", index, state_->samples));
  return indices;
}

SequentialSampler::SequentialSampler(std::int64_t samples)
    : Sampler((check_samples("SequentialSampler", samples),
               State{samples, samples, [samples](std::int64_t) { return counted(samples); },
                     Key("SequentialSampler").add(samples).value(), 0})) {}

RandomSampler::RandomSampler(std::int64_t samples, const RandomSamplerOptions& options)
    : Sampler([&] {
        check_samples("RandomSampler", samples);
        const std::int64_t count = count_of("RandomSampler", options.num_samples, samples);
        const auto order = [samples, count, options](std::int64_t epoch) {
          if (!options.replacement && count == samples) return permutation(samples, options.seed, stream(epoch));
          SplitMix64 random(options.seed, stream(epoch));
          Indices indices;
          indices.reserve(static_cast<std::size_t>(count));
          if (!options.replacement) {
            append_rounds(indices, counted(samples), count, random);
          } else {
            for (std::int64_t i = 0; i < count; ++i)
              indices.push_back(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(samples))));
          }
          return indices;
        };
        const std::uint64_t key =
            Key("RandomSampler").add(samples).add(count).add(options.replacement).add(options.seed).value();
        return State{samples, count, order, key, 0};
      }()) {}

WeightedRandomSampler::WeightedRandomSampler(std::span<const double> weights,
                                             const WeightedRandomSamplerOptions& options)
    : Sampler([&] {
        constexpr const char* where = "WeightedRandomSampler";
        const std::int64_t count = count_of(where, options.num_samples, std::ssize(weights));
        std::vector<double> sums;
        double total = 0;
        std::int64_t positive = 0;
        for (std::size_t i = 0; i < weights.size(); ++i) {
          if (!(weights[i] >= 0) || !std::isfinite(weights[i]))
            fail(where, fmt::format("weight {} is {}; expected a finite number of 0 or more", i, weights[i]));
          positive += weights[i] > 0 ? 1 : 0;
          sums.push_back(total += weights[i]);
        }
        if (count > 0 && (positive == 0 || !std::isfinite(total)))
          fail(where, fmt::format("the weights add up to {}; expected a positive finite sum", total));
        if (!options.replacement && count > positive)
          fail(where,
               fmt::format("num_samples is {} without replacement, and {} weights are positive", count, positive));
        Sampler::Order order;
        if (options.replacement) {
          order = [sums, count, seed = options.seed](std::int64_t epoch) {
            SplitMix64 random(seed, stream(epoch));
            // Rounding may reach the total, and weights of 0 at the end must not be drawn.
            const auto last = std::ranges::lower_bound(sums, sums.empty() ? 0 : sums.back());
            Indices indices(static_cast<std::size_t>(count));
            for (std::int64_t& index : indices) {
              const auto place = std::upper_bound(sums.begin(), last, random.uniform(0, sums.back()));
              index = place - sums.begin();
            }
            return indices;
          };
        } else {
          order = [given = std::vector<double>(weights.begin(), weights.end()), count,
                   seed = options.seed](std::int64_t epoch) {
            SplitMix64 random(seed, stream(epoch));
            std::vector<std::pair<double, std::int64_t>> keys;
            for (std::size_t i = 0; i < given.size(); ++i) {
              const double wait = -std::log1p(-random.uniform(0, 1)) / given[i];
              if (given[i] > 0) keys.emplace_back(wait, static_cast<std::int64_t>(i));
            }
            std::ranges::partial_sort(keys, keys.begin() + count);
            Indices indices(static_cast<std::size_t>(count));
            for (std::size_t i = 0; i < indices.size(); ++i) indices[i] = keys[i].second;
            return indices;
          };
        }
        const std::uint64_t key =
            Key(where).add_all(weights).add(count).add(options.replacement).add(options.seed).value();
        return State{std::ssize(weights), count, std::move(order), key, 0};
      }()) {}

BalancedSampler::BalancedSampler(std::span<const std::int64_t> labels, const BalancedSamplerOptions& options)
    : Sampler([&] {
        std::map<std::int64_t, Indices> classes;
        std::int64_t most = 0;
        for (std::size_t i = 0; i < labels.size(); ++i) {
          Indices& members = classes[labels[i]];
          members.push_back(static_cast<std::int64_t>(i));
          most = std::max<std::int64_t>(most, std::ssize(members));
        }
        const std::int64_t per_class = options.per_class.value_or(most);
        if (per_class < 0) fail("BalancedSampler", fmt::format("per_class is {}; expected 0 or more", per_class));
        std::int64_t count = 0;
        if (__builtin_mul_overflow(per_class, std::ssize(classes), &count))
          fail("BalancedSampler", fmt::format("per_class is {}, more than can be counted", per_class));
        const std::uint64_t key = Key("BalancedSampler").add_all(labels).add(per_class).add(options.seed).value();
        const auto order = [classes = std::move(classes), per_class, count, seed = options.seed](std::int64_t epoch) {
          SplitMix64 random(seed, stream(epoch));
          Indices indices;
          indices.reserve(static_cast<std::size_t>(count));
          for (const auto& [label, members] : classes) append_rounds(indices, members, per_class, random);
          shuffle(indices, random);
          return indices;
        };
        return State{std::ssize(labels), count, order, key, 0};
      }()) {}

DistributedSampler::DistributedSampler(std::int64_t samples, const DistributedSamplerOptions& options)
    : DistributedSampler((check_samples("DistributedSampler", samples),
                          options.shuffle ? Sampler(RandomSampler(samples, {.seed = options.seed}))
                                          : Sampler(SequentialSampler(samples))),
                         options) {}

DistributedSampler::DistributedSampler(const Sampler& common, const DistributedSamplerOptions& options)
    : Sampler([&] {
        constexpr const char* where = "DistributedSampler";
        const auto [world, rank, shuffled, seed, drop_last] = options;
        if (!common.defined()) fail(where, "a sampler without a function; expected the order that is common to all");
        if (world < 1) fail(where, fmt::format("world_size is {}; expected at least 1", world));
        if (rank < 0 || rank >= world)
          fail(where, fmt::format("rank is {} of {}; expected 0 <= rank < world_size", rank, world));
        const std::int64_t all = common.size();
        const std::int64_t count = all / world + (all % world != 0 && !drop_last ? 1 : 0);
        const auto order = [common, count, world = world, rank = rank](std::int64_t epoch) {
          const Indices whole = common.order(epoch);
          Indices indices(static_cast<std::size_t>(count));
          for (std::int64_t i = 0; i < count; ++i)  // from the start again behind the end
            indices[static_cast<std::size_t>(i)] = whole[static_cast<std::size_t>((i * world + rank) % common.size())];
          return indices;
        };
        const std::uint64_t key = Key(where).add(common.key()).add(world).add(rank).add(drop_last).value();
        return State{common.samples(), count, order, key, 0};
      }()) {}

BucketSampler::BucketSampler(std::span<const std::int64_t> lengths, const BucketSamplerOptions& options)
    : Sampler([&] {
        constexpr const char* where = "BucketSampler";
        if (options.batch_size < 1)
          fail(where, fmt::format("batch_size is {}; expected at least 1", options.batch_size));
        if (options.pool < 1) fail(where, fmt::format("pool is {}; expected at least 1", options.pool));
        const std::uint64_t key = Key(where)
                                      .add_all(lengths)
                                      .add(options.batch_size)
                                      .add(options.pool)
                                      .add(options.shuffle)
                                      .add(options.seed)
                                      .value();
        const auto order = [lengths = Indices(lengths.begin(), lengths.end()), options](std::int64_t epoch) {
          const std::int64_t count = std::ssize(lengths);
          const auto shorter = [&](std::int64_t a, std::int64_t b) {
            return lengths[static_cast<std::size_t>(a)] < lengths[static_cast<std::size_t>(b)];
          };
          Indices indices = counted(count);
          if (!options.shuffle) {
            std::ranges::stable_sort(indices, shorter);
            return indices;
          }
          SplitMix64 random(options.seed, stream(epoch));
          shuffle(indices, random);
          const std::int64_t batch = std::min(options.batch_size, std::max<std::int64_t>(count, 1));
          const std::int64_t pool = batch * std::min(options.pool, count / batch + 1);
          for (std::int64_t first = 0; first < count; first += pool)
            std::stable_sort(indices.begin() + first, indices.begin() + std::min(first + pool, count), shorter);
          Indices batches = counted(count / batch), sorted;
          shuffle(batches, random);
          sorted.reserve(indices.size());
          for (const std::int64_t which : batches)
            sorted.insert(sorted.end(), indices.begin() + which * batch, indices.begin() + (which + 1) * batch);
          sorted.insert(sorted.end(), indices.begin() + std::ssize(batches) * batch, indices.end());
          return sorted;
        };
        return State{std::ssize(lengths), std::ssize(lengths), order, key, options.batch_size};
      }()) {}

}  // namespace xgrad::data
