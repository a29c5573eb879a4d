#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <numeric>
#include <ranges>
#include <set>
#include <thread>

#include <autograd/ops.hpp>
#include <autograd/tape.hpp>
#include <data/loader.hpp>
#include <data/splitmix.hpp>

#include "files.hpp"

namespace xgrad::data {
namespace {

using Labels = std::vector<std::int64_t>;

static_assert(std::ranges::input_range<Loader>);
static_assert(std::movable<Loader> && std::movable<Loader::Iterator>);

/// Images of one pixel, where image i has the label i and the pixel i.
Dataset ramp(std::int64_t count) {
  test::Bytes values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), std::uint8_t{0});
  return Dataset(values, values, {.height = 1, .width = 1});
}

/// The labels of the next epoch, batch by batch.
std::vector<Labels> epoch_of(Loader& loader) {
  std::vector<Labels> batches;
  for (auto [images, labels] : loader) batches.push_back(labels.to_vector<std::int64_t>());
  return batches;
}

std::vector<Labels> epoch_of(Loader&& loader) { return epoch_of(loader); }

Labels joined(const std::vector<Labels>& batches) {
  Labels all;
  for (const Labels& batch : batches) all.insert(all.end(), batch.begin(), batch.end());
  return all;
}

Labels sorted(Labels labels) {
  std::ranges::sort(labels);
  return labels;
}

Labels zero_to(std::int64_t count) {
  Labels labels(static_cast<std::size_t>(count));
  std::iota(labels.begin(), labels.end(), 0);
  return labels;
}

TEST_CASE("without shuffling batches follow the order of the images, the last one smaller") {
  for (const std::int64_t prefetch : {0, 1, 2, 100}) {
    CAPTURE(prefetch);
    Loader loader(ramp(7), {.batch_size = 3, .prefetch = prefetch});
    CHECK(loader.batches() == 3);
    CHECK(epoch_of(loader) == std::vector<Labels>{{0, 1, 2}, {3, 4, 5}, {6}});
    CHECK(epoch_of(loader) == std::vector<Labels>{{0, 1, 2}, {3, 4, 5}, {6}});
  }
}

TEST_CASE("images come with their own labels, as evaluated tensors") {
  for (auto [images, labels] : Loader(ramp(200), {.batch_size = 7, .shuffle = true, .seed = 3})) {
    CHECK(images.shape() == Shape{labels.size(), 1});
    CHECK(images.dtype() == float32);
    CHECK(labels.dtype() == int64);
    for (std::size_t i = 0; i < labels.data<std::int64_t>().size(); ++i)
      CHECK(images.data<float>()[i] == static_cast<float>(labels.data<std::int64_t>()[i]) / 255.0F);
  }
}

TEST_CASE("drop_last leaves out the smaller batch, and only that") {
  Loader partial(ramp(7), {.batch_size = 3, .drop_last = true});
  CHECK(partial.batches() == 2);
  CHECK(epoch_of(partial) == std::vector<Labels>{{0, 1, 2}, {3, 4, 5}});
  CHECK(epoch_of(Loader(ramp(6), {.batch_size = 3, .drop_last = true})) == std::vector<Labels>{{0, 1, 2}, {3, 4, 5}});
  CHECK(epoch_of(Loader(ramp(2), {.batch_size = 3, .drop_last = true})).empty());
}

TEST_CASE("drop_last with shuffling leaves out other images each epoch") {
  Loader loader(ramp(50), {.batch_size = 49, .shuffle = true, .drop_last = true});
  std::set<std::int64_t> left_out;
  for (int epoch = 0; epoch < 8; ++epoch) {
    const Labels seen = joined(epoch_of(loader));
    for (const std::int64_t label : zero_to(50))
      if (std::ranges::find(seen, label) == seen.end()) left_out.insert(label);
  }
  CHECK(left_out.size() > 1);
}

TEST_CASE("an epoch shuffles all images, in an order that is new each time") {
  Loader loader(ramp(100), {.batch_size = 8, .shuffle = true, .seed = 5});
  const Labels first = joined(epoch_of(loader));
  const Labels second = joined(epoch_of(loader));
  CHECK(sorted(first) == zero_to(100));
  CHECK(sorted(second) == zero_to(100));
  CHECK(first != zero_to(100));
  CHECK(first != second);
}

TEST_CASE("the order follows from seed and epoch") {
  const LoaderOptions options = {.batch_size = 8, .shuffle = true, .seed = 5};
  Loader loader(ramp(100), options);
  const std::vector<Labels> epochs[] = {epoch_of(loader), epoch_of(loader), epoch_of(loader)};

  Loader again(ramp(100), options);
  CHECK(epoch_of(again) == epochs[0]);
  again.set_epoch(2);
  CHECK(again.epoch() == 2);
  CHECK(epoch_of(again) == epochs[2]);
  CHECK(again.epoch() == 3);

  LoaderOptions other = options;
  other.seed = 6;
  CHECK(epoch_of(Loader(ramp(100), other)) != epochs[0]);
}

TEST_CASE("prefetching changes no batch") {
  LoaderOptions options = {.batch_size = 9, .shuffle = true, .seed = 1, .prefetch = 0};
  Loader plain(ramp(100), options);
  options.prefetch = 3;
  Loader prefetching(ramp(100), options);
  for (int epoch = 0; epoch < 3; ++epoch) CHECK(epoch_of(plain) == epoch_of(prefetching));
}

TEST_CASE("permutations are the same on every machine") {
  // Worked out apart from this code, from the definitions of SplitMix64 and of the Fisher-Yates shuffle.
  CHECK(permutation(10, 0, 0) == Labels{6, 3, 2, 9, 8, 1, 4, 7, 0, 5});
  CHECK(permutation(10, 42, 7) == Labels{0, 2, 4, 1, 5, 3, 8, 7, 6, 9});
  CHECK(permutation(0, 1).empty());
  CHECK(permutation(1, 1) == Labels{0});
}

TEST_CASE("every order of three is as likely as the others") {
  std::vector<int> counts(27);
  for (std::uint64_t stream = 0; stream < 6000; ++stream) {
    const Labels order = permutation(3, 9, stream);
    ++counts[static_cast<std::size_t>(order[0] * 9 + order[1] * 3 + order[2])];
  }
  CHECK(std::ranges::count_if(counts, [](int count) { return count > 0; }) == 6);
  for (const int count : counts)
    if (count > 0) CHECK(std::abs(count - 1000) < 150);  // five standard deviations of a fair draw
}

TEST_CASE("a loader of nothing has no batches") {
  for (const std::int64_t prefetch : {0, 2}) {
    Loader loader(ramp(0), {.prefetch = prefetch});
    CHECK(loader.batches() == 0);
    CHECK(loader.begin() == loader.end());
  }
}

TEST_CASE("options out of range are refused with their names and values") {
  CHECK(test::holds(test::error_of([] { Loader(ramp(3), {.batch_size = 0}); }), {"Loader", "batch_size is 0", "1"}));
  CHECK(test::holds(test::error_of([] { Loader(ramp(3), {.prefetch = -1}); }), {"Loader", "prefetch is -1", "0"}));
  CHECK(test::holds(test::error_of([] { Loader(BatchSource{.size = 3, .batch = {}}); }), {"Loader", "batch function"}));
  CHECK(test::holds(test::error_of([] { Loader(ramp(3)).set_epoch(-2); }), {"Loader.set_epoch", "-2"}));
  const auto batch = [](std::span<const std::int64_t>) { return Batch{}; };
  CHECK(test::holds(test::error_of([&] { Loader(BatchSource{.size = -3, .batch = batch}); }), {"Loader", "-3"}));
}

/// A source of 10 samples that counts its calls and throws when asked for sample `broken`.
struct Source {
  std::int64_t broken = -1;
  std::shared_ptr<std::atomic<int>> calls = std::make_shared<std::atomic<int>>(0);

  operator BatchSource() const {
    return {.size = 10, .batch = [data = ramp(10), *this](std::span<const std::int64_t> indices) {
              ++*calls;
              for (const std::int64_t index : indices)
                if (index == broken) throw Error("sample " + std::to_string(broken) + " is broken");
              return data.batch(indices);
            }};
  }
};

TEST_CASE("what the source throws reaches the caller in the place of its batch") {
  for (const std::int64_t prefetch : {0, 1, 2, 100}) {
    CAPTURE(prefetch);
    Loader loader(Source{.broken = 5}, {.batch_size = 2, .prefetch = prefetch});
    auto it = loader.begin();
    CHECK(it->labels.to_vector<std::int64_t>() == Labels{0, 1});
    ++it;
    CHECK(it->labels.to_vector<std::int64_t>() == Labels{2, 3});
    CHECK_THROWS_WITH_AS(++it, "sample 5 is broken", Error);
    CHECK(it == loader.end());
    CHECK(epoch_of(Loader(Source{}, {.batch_size = 2, .prefetch = prefetch})).size() == 5);
  }
}

TEST_CASE("what the source throws for the first batch comes out of begin, and the loader goes on") {
  for (const std::int64_t prefetch : {0, 2}) {
    auto healed = std::make_shared<std::atomic<bool>>(false);
    Loader loader(BatchSource{.size = 4,
                              .batch =
                                  [=, data = ramp(4)](std::span<const std::int64_t> indices) {
                                    if (!*healed) throw std::length_error("not yet");
                                    return data.batch(indices);
                                  }},
                  {.batch_size = 4, .prefetch = prefetch});
    CHECK_THROWS_AS(loader.begin(), std::length_error);
    *healed = true;
    CHECK(epoch_of(loader) == std::vector<Labels>{{0, 1, 2, 3}});
  }
}

TEST_CASE("without prefetching batches are made by the thread that asks, when it asks") {
  const Source source;
  Loader loader(source, {.batch_size = 2, .prefetch = 0});
  CHECK(*source.calls == 0);
  auto it = loader.begin();
  CHECK(*source.calls == 1);
  ++it;
  CHECK(*source.calls == 2);

  std::set<std::thread::id> threads;
  Loader watched(BatchSource{.size = 4,
                             .batch =
                                 [&](std::span<const std::int64_t>) {
                                   threads.insert(std::this_thread::get_id());
                                   return Batch{};
                                 }},
                 {.batch_size = 2, .prefetch = 0});
  for ([[maybe_unused]] const Batch& batch : watched) continue;
  CHECK(threads == std::set{std::this_thread::get_id()});
}

TEST_CASE("prefetching makes no more batches ahead than it was allowed to") {
  const Source source;
  int seen = 0;
  for ([[maybe_unused]] auto& batch : Loader(source, {.batch_size = 1, .prefetch = 2})) {
    ++seen;
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();
    CHECK(*source.calls <= seen + 2);
  }
  CHECK(seen == 10);
  CHECK(*source.calls == 10);
}

TEST_CASE("the background thread makes batches while the caller does something else") {
  const Source source;
  Loader loader(source, {.batch_size = 1, .prefetch = 3});
  const auto it = loader.begin();
  while (*source.calls < 4) std::this_thread::yield();  // hangs if nothing is made ahead
  CHECK(*source.calls == 4);
}

TEST_CASE("leaving an epoch early ends its thread") {
  const Source source;
  for (int round = 0; round < 50; ++round)
    for ([[maybe_unused]] auto& batch : Loader(source, {.batch_size = 1, .prefetch = 4})) break;
  const int calls = *source.calls;
  for (int i = 0; i < 1000; ++i) std::this_thread::yield();
  CHECK(*source.calls == calls);         // nobody goes on making batches
  CHECK(source.calls.use_count() == 1);  // and nobody holds the source
}

TEST_CASE("two epochs of one loader do not disturb each other") {
  Loader loader(ramp(6), {.batch_size = 2});
  auto first = loader.begin();
  auto second = loader.begin();
  ++first;
  CHECK(first->labels.to_vector<std::int64_t>() == Labels{2, 3});
  CHECK(second->labels.to_vector<std::int64_t>() == Labels{0, 1});
  first = std::move(second);
  CHECK(first->labels.to_vector<std::int64_t>() == Labels{0, 1});
}

TEST_CASE("a loader is a range for the standard views") {
  Labels labels;
  for (auto [images, y] : Loader(ramp(100), {.batch_size = 5}) | std::views::drop(1) | std::views::take(2))
    std::ranges::copy(y.data<std::int64_t>(), std::back_inserter(labels));
  CHECK(labels == Labels{5, 6, 7, 8, 9, 10, 11, 12, 13, 14});
}

TEST_CASE("loading records nothing on the caller's tape") {
  Tape tape;
  for (const std::int64_t prefetch : {0, 2})
    for ([[maybe_unused]] auto [images, labels] : Loader(ramp(10), {.batch_size = 5, .prefetch = prefetch})) continue;
  CHECK(tape.size() == 0);
}

}  // namespace
}  // namespace xgrad::data
