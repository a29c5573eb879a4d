#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <numeric>
#include <thread>

#include <autograd/autograd.hpp>
#include <data/combine.hpp>
#include <data/loader.hpp>
#include <data/mixing.hpp>
#include <data/padded.hpp>
#include <data/transform.hpp>

#include "files.hpp"

// Loaders with several workers: the same batches to the bit as without, errors in their places, bounded queues.
namespace xgrad::data {
namespace {

using test::error_of;
using test::holds;
using I = std::int64_t;
/// All numbers of a batch, those of each field behind the other, and their shapes.
using Content = std::vector<double>;

constexpr I samples = 30;

/// Images of noise with labels 0 to 4.
ImageDataset pictures() {
  test::Bytes pixels(samples * 64), labels(samples);
  SplitMix64 random(3);
  for (std::uint8_t& pixel : pixels) pixel = static_cast<std::uint8_t>(random.below(256));
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::uint8_t>(i % 5);
  return ImageDataset(pixels, labels, {.height = 8, .width = 8});
}

std::vector<I> lengths() {
  std::vector<I> all(samples);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<I>(i * 7 % 6 + 1);
  return all;
}

template <Record R>
Content content(const R& batch) {
  Content all;
  for (const Tensor& field : fields_of(batch)) {
    all.push_back(static_cast<double>(field.dtype()));
    for (const I extent : field.shape()) all.push_back(static_cast<double>(extent));
    std::ranges::copy(field.to(float64).template to_vector<double>(), std::back_inserter(all));
  }
  return all;
}

/// What two epochs of a loader give, from its state on.
using Epochs = std::vector<Content>;
using Run = std::function<Epochs(const LoaderOptions&, const NamedTensors* resume)>;

template <Record R>
Run run_of(const Dataset<R>& set) {
  return [set](const LoaderOptions& options, const NamedTensors* resume) {
    manual_seed(11);
    Loader loader(set, options);
    if (resume) loader.load_state(*resume);
    Epochs batches;
    while (loader.epoch() < 2)
      for (const R& batch : loader) batches.push_back(content(batch));
    return batches;
  };
}

struct Kind {
  const char* name;
  Run run;
  std::function<NamedTensors(const LoaderOptions&, I stop)> state;  ///< after so many batches of the first epoch
};

template <Record R>
Kind kind_of(const char* name, const Dataset<R>& set) {
  return {name, run_of(set), [set](const LoaderOptions& options, I stop) {
            manual_seed(11);
            Loader loader(set, options);
            for ([[maybe_unused]] const R& batch : loader)
              if (--stop == 0) return loader.state();
            return loader.state();
          }};
}

std::vector<Kind> kinds() {
  const Dataset<Batch> moved = transformed(
      pictures(), random_affine({.degrees = 20, .translate = {0.2, 0.2}}) | elastic({.alpha = 4, .sigma = 2}) |
                      random_erasing({.p = 0.7, .noise = true}) | random_crop(6) | random_horizontal_flip());
  const Dataset lines(samples, [](I i, SplitMix64& random) {
    return std::pair(full({lengths()[static_cast<std::size_t>(i)]}, random.uniform(0, 1), float32), Tensor(i));
  });
  // From the default generator, and lazy.
  const Dataset noise(samples, [](std::span<const I> indices) { return randn({std::ssize(indices), 2}) * 2 + 1; });
  return {kind_of("transformed", moved), kind_of("mixed", cutmix(mixup(moved, {.num_classes = 5}), {.num_classes = 5})),
          kind_of("padded", padded(lines)),
          kind_of("mapped",
                  map(moved, [](const Batch& b,
                                SplitMix64& random) { return std::pair(b.images * random.uniform(0, 1), b.labels); })),
          kind_of("noise", noise)};
}

/// Orders for batches of so many.
std::vector<Sampler> samplers(I batch_size) {
  std::vector<double> weights(samples);
  std::iota(weights.begin(), weights.end(), 0.0);
  return {{},
          RandomSampler(samples, {.replacement = true, .num_samples = 37, .seed = 2}),
          WeightedRandomSampler(weights, {.seed = 3}),
          DistributedSampler(samples, {.world_size = 2, .rank = 1}),
          BucketSampler(lengths(), {.batch_size = batch_size, .pool = 3})};
}

}  // namespace

TEST_CASE("any number of workers and any prefetch give the same batches to the bit, in any order of samples") {
  constexpr I batch_size = 4;
  for (const Kind& kind : kinds())
    for (const Sampler& sampler : samplers(batch_size))
      for (const bool shuffle : {false, true}) {
        if (shuffle && sampler.defined()) continue;
        CAPTURE(kind.name);
        LoaderOptions options{
            .batch_size = batch_size, .shuffle = shuffle, .seed = 6, .workers = 0, .sampler = sampler};
        const Epochs expected = kind.run(options, nullptr);
        REQUIRE(expected.size() >= 8);
        CHECK(expected[0] != expected[expected.size() / 2]);
        for (const auto& [workers, prefetch] : {std::pair<I, I>{1, 1}, {1, 3}, {2, 2}, {3, 1}, {7, 2}}) {
          options.workers = workers;
          options.prefetch = prefetch;
          CHECK(kind.run(options, nullptr) == expected);
        }
      }
}

TEST_CASE("a loader goes on in the middle of an epoch to the bit, with other workers than before") {
  for (const Kind& kind : kinds()) {
    CAPTURE(kind.name);
    LoaderOptions options{.batch_size = 7, .shuffle = true, .seed = 6};
    const Epochs whole = kind.run(options, nullptr);
    for (const I stop : {1, 2, 4}) {
      options.workers = stop;
      const NamedTensors state = kind.state(options, stop);
      for (const I workers : {0, 1, 3}) {
        options.workers = workers;
        CHECK(kind.run(options, &state) == Epochs(whole.begin() + stop, whole.end()));
      }
    }
  }
}

namespace {

/// Records that count how often they are made, and throw for samples from `broken` on.
struct Counted {
  I broken = samples;
  std::shared_ptr<std::atomic<I>> made = std::make_shared<std::atomic<I>>(0);
  std::shared_ptr<std::atomic<I>> most_ahead = std::make_shared<std::atomic<I>>(0);
  std::shared_ptr<std::atomic<I>> seen = std::make_shared<std::atomic<I>>(0);

  Dataset<Tensor> set() const {
    return Dataset(samples, [*this](I index) {
      const I ahead = ++*made - *seen;
      for (I most = *most_ahead; ahead > most && !most_ahead->compare_exchange_weak(most, ahead);) continue;
      if (index >= broken) throw Error("sample " + std::to_string(index) + " is broken");
      return Tensor(index);
    });
  }
};

void wait_until(const std::atomic<I>& count, I reaches) {
  while (count < reaches) std::this_thread::yield();  // hangs if it is never reached
}

/// Gives threads that would do something the time to do it.
void give_time() {
  for (int i = 0; i < 3000; ++i) std::this_thread::yield();
}

}  // namespace

TEST_CASE("workers fill the queue and no more: so many records are alive at most") {
  for (const auto& entry : {std::pair<I, I>{1, 1}, {1, 4}, {2, 1}, {3, 2}, {5, 100}}) {
    const auto& workers = entry.first;
    const auto& prefetch = entry.second;
    CAPTURE(workers);
    CAPTURE(prefetch);
    const Counted counted;
    Loader loader(counted.set(), {.batch_size = 1, .prefetch = prefetch, .workers = workers});
    const I room = std::min(workers * prefetch, samples);
    for ([[maybe_unused]] const Tensor& record : loader) {
      ++*counted.seen;
      // Slow: the queue is full before each batch but the last ones.
      wait_until(*counted.made, std::min(*counted.seen + room, samples));
      give_time();
      CHECK(*counted.made <= *counted.seen + room);
    }
    CHECK(*counted.made == samples);
    // A place is free as soon as its batch is taken, before the caller counts it.
    CHECK(*counted.most_ahead <= room + 1);
  }
}

TEST_CASE("a batch that failed is reported in its place, after all before it, also where the caller is slow") {
  for (const I workers : {1, 2, 4})
    for (const I prefetch : {1, 3}) {
      CAPTURE(workers);
      CAPTURE(prefetch);
      const Counted counted{.broken = 10};
      Loader loader(counted.set(), {.batch_size = 3, .prefetch = prefetch, .workers = workers});
      for (int round = 0; round < 2; ++round) {
        auto it = loader.begin();
        I first = 0;
        for (; first < 9; first += 3, ++*counted.seen) {
          CHECK(it->to_vector<I>() == std::vector<I>{first, first + 1, first + 2});
          give_time();  // later batches have failed long ago
          if (first < 6) ++it;
        }
        CHECK(holds(error_of([&] { ++it; }), {"sample 10 is broken"}));
        CHECK(it == loader.end());
        CHECK_THROWS_AS(++it, Error);
      }
      CHECK(loader.epoch() == 2);
    }
}

TEST_CASE("after a failure workers make no more batches, and the next epoch is whole") {
  const auto healed = std::make_shared<std::atomic<bool>>(false);
  const Counted counted;
  const Dataset set(samples, [=, inner = counted.set()](I index) {
    if (index == 2 && !*healed) throw Error("not yet");
    return inner[index];
  });
  Loader loader(set, {.batch_size = 1, .prefetch = 2, .workers = 2});
  std::vector<I> seen;
  const auto walk = [&] {
    for (const Tensor& record : loader) seen.push_back(record.to_vector<I>()[0]);
  };
  CHECK_THROWS_WITH_AS(walk(), "not yet", Error);
  CHECK(seen == std::vector<I>{0, 1});
  CHECK(*counted.made < 7);  // two places for each worker at most
  *healed = true;
  seen.clear();
  walk();
  CHECK(seen.size() == samples);
  CHECK(std::ranges::is_sorted(seen));
}

TEST_CASE("leaving a loop with a full queue ends the threads, and nobody holds the set") {
  const Counted counted;
  for (int round = 0; round < 30; ++round)
    for (const I workers : {1, 3}) {
      const I before = *counted.made;
      Loader loader(counted.set(), {.batch_size = 2, .prefetch = 2, .workers = workers});
      auto it = loader.begin();
      if (round % 2 == 0) wait_until(*counted.made, before + 2 * std::min<I>(2 * workers + 1, samples / 2));
      if (round % 3 == 0) it = loader.begin();
    }
  const I made = *counted.made;
  give_time();
  CHECK(*counted.made == made);
  CHECK(counted.made.use_count() == 1);
}

TEST_CASE("an epoch outlives its loader, and ends with its iterator") {
  const Counted counted;
  auto it = Loader(counted.set(), {.batch_size = 10, .workers = 2}).begin();
  std::vector<I> seen;
  for (; it != std::default_sentinel; ++it) std::ranges::copy(it->to_vector<I>(), std::back_inserter(seen));
  CHECK(seen.size() == samples);
  auto left = Loader(counted.set(), {.batch_size = 1, .workers = 2}).begin();
  auto moved = std::move(left);
  moved = Loader(counted.set(), {.batch_size = 30, .workers = 2}).begin();
  CHECK(moved->size(0) == samples);
}

TEST_CASE("several loaders of one set go on at the same time, on several threads") {
  const Dataset<Batch> set = transformed(pictures(), random_affine({.degrees = 20}) | elastic({.alpha = 4}));
  const auto epoch = [&](I workers) {
    Content all;
    for (const Batch& batch : Loader(set, {.batch_size = 4, .shuffle = true, .seed = 2, .workers = workers}))
      std::ranges::copy(content(batch), std::back_inserter(all));
    return all;
  };
  const Content expected = epoch(0);
  std::vector<Content> found(3);
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < found.size(); ++i)
      threads.emplace_back([&, i] { found[i] = epoch(static_cast<I>(i)); });
  }
  for (const Content& content : found) CHECK(content == expected);
}

}  // namespace xgrad::data
