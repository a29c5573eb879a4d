#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <numeric>
#include <ranges>
#include <set>
#include <thread>

#include <autograd/ops.hpp>
#include <autograd/primitive.hpp>
#include <autograd/tape.hpp>
#include <data/image_dataset.hpp>
#include <data/loader.hpp>
#include <data/splitmix.hpp>

#include "files.hpp"

namespace xgrad::data {
namespace {

using Labels = std::vector<std::int64_t>;

static_assert(std::ranges::input_range<Loader<>>);
static_assert(std::movable<Loader<>> && std::movable<Loader<>::Iterator>);

/// Images of one pixel, where image i has the label i and the pixel i.
ImageDataset ramp(std::int64_t count) {
  test::Bytes values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), std::uint8_t{0});
  return ImageDataset(values, values, {.height = 1, .width = 1});
}

/// The labels of the next epoch, batch by batch.
std::vector<Labels> epoch_of(Loader<>& loader) {
  std::vector<Labels> batches;
  for (auto [images, labels] : loader) batches.push_back(labels.to_vector<std::int64_t>());
  return batches;
}

std::vector<Labels> epoch_of(Loader<>&& loader) { return epoch_of(loader); }

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

#if !defined(__clang__) || __clang_major__ >= 16  // earlier ones do not compile the views of libstdc++
TEST_CASE("a loader is a range for the standard views") {
  Labels labels;
  for (auto [images, y] : Loader(ramp(100), {.batch_size = 5}) | std::views::drop(1) | std::views::take(2))
    std::ranges::copy(y.data<std::int64_t>(), std::back_inserter(labels));
  CHECK(labels == Labels{5, 6, 7, 8, 9, 10, 11, 12, 13, 14});
}
#endif

TEST_CASE("loading records nothing on the caller's tape") {
  Tape tape;
  const std::size_t before = tape.size();
  for (const std::int64_t prefetch : {0, 2})
    for ([[maybe_unused]] auto [images, labels] : Loader(ramp(10), {.batch_size = 5, .prefetch = prefetch})) continue;
  CHECK(tape.size() == before);
}

// ---------------------------------------------------------------------------------------------- random numbers

/// Ten samples whose images are noise from the default generator.
BatchSource noise() {
  return {.size = 10, .batch = [](std::span<const std::int64_t> indices) {
            const auto count = static_cast<std::int64_t>(indices.size());
            return Batch{randn({count, 2}), tensor(indices, {count})};
          }};
}

using Images = std::vector<std::vector<float>>;

/// The images of the next epoch, batch by batch.
Images images_of(Loader<>& loader) {
  Images batches;
  for (auto [images, labels] : loader) batches.push_back(images.to_vector<float>());
  return batches;
}

/// Epochs 0 to 2 of noise.
Images noise_of(std::uint64_t global_seed, const LoaderOptions& options) {
  manual_seed(global_seed);
  Loader loader(noise(), options);
  Images all;
  for (int epoch = 0; epoch < 3; ++epoch)
    for (std::vector<float>& batch : images_of(loader)) all.push_back(std::move(batch));
  return all;
}

TEST_CASE("a source's random numbers are the same for any prefetch, and others in every batch and epoch") {
  const Images expected = noise_of(7, {.batch_size = 4, .prefetch = 0});
  CHECK(std::set(expected.begin(), expected.end()).size() == 9);
  for (const std::int64_t prefetch : {1, 2, 5, 100}) {
    CAPTURE(prefetch);
    CHECK(noise_of(7, {.batch_size = 4, .prefetch = prefetch}) == expected);
  }
}

TEST_CASE("a source's random numbers follow from manual_seed and from the loader's seed") {
  for (const std::int64_t prefetch : {0, 2}) {
    CAPTURE(prefetch);
    const Images first = noise_of(7, {.batch_size = 4, .seed = 1, .prefetch = prefetch});
    CHECK(noise_of(7, {.batch_size = 4, .seed = 1, .prefetch = prefetch}) == first);
    CHECK(noise_of(8, {.batch_size = 4, .seed = 1, .prefetch = prefetch})[0] != first[0]);
    CHECK(noise_of(7, {.batch_size = 4, .seed = 2, .prefetch = prefetch})[0] != first[0]);
  }
}

TEST_CASE("an epoch's random numbers do not depend on the epochs before it, on other draws or on the thread") {
  for (const std::int64_t prefetch : {0, 2}) {
    CAPTURE(prefetch);
    const LoaderOptions options{.batch_size = 4, .prefetch = prefetch};
    const Images all = noise_of(7, options);
    const Images last(all.begin() + 6, all.end());

    Loader resumed(noise(), options);
    eval(rand({100}));
    resumed.set_epoch(2);
    CHECK(images_of(resumed) == last);

    Images elsewhere;
    std::thread([&] {
      Loader loader(noise(), options);
      loader.set_epoch(2);
      elsewhere = images_of(loader);
    }).join();
    CHECK(elsewhere == last);
  }
}

TEST_CASE("a loader leaves the caller's default generator where it is, also when a source seeds its own") {
  for (const std::int64_t prefetch : {0, 2}) {
    CAPTURE(prefetch);
    manual_seed(7);
    eval(rand({3}));
    const Generator before = default_generator();
    const auto unmoved = [&] {
      const Generator now = default_generator();
      return now.seed() == before.seed() && now.stream() == before.stream() && now.position() == before.position();
    };
    for (auto it = Loader(noise(), {.batch_size = 4, .prefetch = prefetch}).begin(); it != std::default_sentinel; ++it)
      CHECK(unmoved());
    const auto seeding = [](std::span<const std::int64_t>) {
      manual_seed(3);
      return Batch{rand({2}), {}};
    };
    Loader loader(BatchSource{.size = 2, .batch = seeding}, {.batch_size = 1, .prefetch = prefetch});
    const Images same = images_of(loader);
    CHECK(same[0] == same[1]);
    CHECK(unmoved());
    std::vector<float> other;
    std::thread([&] { other = rand({2}).to_vector<float>(); }).join();
    CHECK(other != same[0]);  // other threads go on following seed 7
  }
}

// ---------------------------------------------------------------------------------------------- lazy sources

TEST_CASE("a source may return what still waits, and hold what still waits") {
  for (const std::int64_t prefetch : {0, 1, 3}) {
    CAPTURE(prefetch);
    const Tensor images = reshape(arange(0, 20, 1, float32), {10, 2}) * 2.0;
    Loader loader(BatchSource{.size = 10,
                              .batch =
                                  [images](std::span<const std::int64_t> indices) {
                                    const Tensor at = tensor(indices, {static_cast<std::int64_t>(indices.size())});
                                    return Batch{take(images, at) + 1.0, at * 10};
                                  }},
                  {.batch_size = 4, .prefetch = prefetch});
    Labels labels;
    for (auto [x, y] : loader) {
      CHECK(recorded_primitives().empty());  // the values are there
      for (const std::int64_t label : y.to_vector<std::int64_t>()) labels.push_back(label);
      CHECK(x.to_vector<float>()[0] == static_cast<float>(4 * y.data<std::int64_t>()[0] / 10 + 1));
    }
    CHECK(labels == Labels{0, 10, 20, 30, 40, 50, 60, 70, 80, 90});
  }
}

TEST_CASE("values that a lazy batch refuses are an Error in the place of that batch") {
  for (const std::int64_t prefetch : {0, 2}) {
    CAPTURE(prefetch);
    Loader loader(BatchSource{.size = 3,
                              .batch =
                                  [](std::span<const std::int64_t> i) {
                                    return Batch{one_hot(tensor(i, {1}), 2), {}};
                                  }},
                  {.batch_size = 1, .prefetch = prefetch});
    auto it = loader.begin();
    ++it;
    CHECK(it->images.to_vector<float>() == std::vector<float>{0, 1});
    const std::string text = test::error_of([&] { ++it; });
    CHECK_MESSAGE(test::holds(text, {"label 2"}), text);
    CHECK(it == loader.end());
  }
}

TEST_CASE("no gradient flows into a source, on a tape or not, for any prefetch") {
  for (const std::int64_t prefetch : {0, 2}) {
    CAPTURE(prefetch);
    const Tensor scale = tensor({2, 3});
    eval(scale);
    const Tape tape;
    Loader loader(BatchSource{.size = 1,
                              .batch =
                                  [=](std::span<const std::int64_t>) {
                                    return Batch{scale * 2.0, {}};
                                  }},
                  {.batch_size = 1, .prefetch = prefetch});
    for (auto [images, labels] : loader) {
      const Tensor y = sum(square(images) * scale);
      CHECK(tape.gradient(y, images).to_vector<float>() == std::vector<float>{16, 36});
      CHECK(tape.gradient(y, scale).to_vector<float>() == std::vector<float>{16, 36});
    }
  }
}

// ---------------------------------------------------------------------------------------------- misuse

TEST_CASE("an iterator at its end, and one or a loader that was moved from, refuse to go on") {
  for (const std::int64_t prefetch : {0, 2}) {
    CAPTURE(prefetch);
    Loader loader(ramp(2), {.batch_size = 2, .prefetch = prefetch});
    auto it = loader.begin();
    auto moved = std::move(it);
    CHECK(test::holds(test::error_of([&] { ++it; }), {"Loader.Iterator", "moved from"}));
    ++moved;
    CHECK(moved == loader.end());
    CHECK(!moved->images.defined());
    CHECK(test::holds(test::error_of([&] { ++moved; }), {"Loader.Iterator", "end"}));
    const Loader taken = std::move(loader);
    CHECK(test::holds(test::error_of([&] { loader.begin(); }), {"Loader.begin", "moved from"}));
  }
}

TEST_CASE("more samples than memory can order are an Error") {
  const auto batch = [](std::span<const std::int64_t>) { return Batch{}; };
  for (const std::int64_t size : {std::int64_t{1} << 60, std::numeric_limits<std::int64_t>::max()})
    for (const bool shuffle : {false, true}) {
      Loader loader(BatchSource{.size = size, .batch = batch}, {.shuffle = shuffle});
      CHECK(test::holds(test::error_of([&] { loader.begin(); }), {"Loader.begin", std::to_string(size), "memory"}));
    }
}

TEST_CASE("a loader goes on from its state in the middle of an epoch, for any prefetch") {
  for (const std::int64_t prefetch : {0, 1, 3}) {
    const LoaderOptions options{.batch_size = 3, .shuffle = true, .seed = 4, .prefetch = prefetch};
    Loader whole(ramp(11), options);
    epoch_of(whole);
    const std::vector<Labels> second = epoch_of(whole), third = epoch_of(whole);
    REQUIRE(second.size() == 4);
    for (std::size_t stop = 0; stop <= 4; ++stop) {
      Loader first(ramp(11), options), resumed(ramp(11), options);
      epoch_of(first);
      NamedTensors state = first.state();  // before the second epoch
      CHECK(state[0].second.item<std::int64_t>() == 1);
      std::size_t seen = 0;
      for (const Batch& batch : first) {
        CHECK(batch.images.defined());
        if (++seen == stop) state = first.state();
      }
      resumed.load_state(state);
      CHECK(resumed.state()[1].second.item<std::int64_t>() == static_cast<std::int64_t>(stop));
      CHECK(epoch_of(resumed) == std::vector<Labels>(second.begin() + static_cast<std::ptrdiff_t>(stop), second.end()));
      CHECK(resumed.epoch() == 2);
      CHECK(epoch_of(resumed) == third);
    }
  }
}

TEST_CASE("an epoch that was left is over, and set_epoch starts a whole one") {
  Loader loader(ramp(6), {.batch_size = 2});
  for (const Batch& batch : loader) {
    CHECK(batch.labels.size() == 2);
    break;
  }
  CHECK(loader.state()[0].second.item<std::int64_t>() == 1);
  CHECK(loader.state()[1].second.item<std::int64_t>() == 0);
  NamedTensors state = loader.state();
  state[1].second = Tensor(std::int64_t{2});
  loader.load_state(state);
  loader.set_epoch(5);
  CHECK(epoch_of(loader).size() == 3);
}

TEST_CASE("a loader refuses the state of another one, and changes nothing") {
  Loader loader(ramp(6), {.batch_size = 2, .seed = ~std::uint64_t{0}});
  const NamedTensors state = loader.state();
  loader.load_state(state);
  const auto refuses = [&](std::size_t entry, const Tensor& value, const std::string& text) {
    NamedTensors wrong = state;
    wrong[entry].second = value;
    try {
      loader.load_state(wrong);
      FAIL("not refused: ", text);
    } catch (const Error& error) {
      const std::string message = error.what();
      CHECK_MESSAGE(message.starts_with("Loader.load_state"), message);
      CHECK_MESSAGE(message.find(text) != std::string::npos, message);
    }
  };
  refuses(0, Tensor(std::int64_t{-1}), "epoch is -1");
  refuses(1, Tensor(std::int64_t{4}), "batch is 4; an epoch has 3");
  refuses(2, Tensor(std::int64_t{7}), "samples 7; here it is 6");
  refuses(3, Tensor(std::int64_t{3}), "batch_size 3; here it is 2");
  refuses(4, Tensor(std::int64_t{3}), "seed 3; here it is -1");
  refuses(5, Tensor(std::int64_t{1}), "shuffle 1; here it is 0");
  refuses(6, Tensor(1.0), "'drop_last' is float32 ()");
  refuses(1, Tensor(), "an undefined Tensor");
  NamedTensors fewer = state;
  fewer.pop_back();
  CHECK_THROWS_AS(loader.load_state(fewer), Error);
  NamedTensors more = state;
  more.emplace_back("x", Tensor(1));
  CHECK_THROWS_AS(loader.load_state(more), Error);
  CHECK(loader.epoch() == 0);
}

}  // namespace
}  // namespace xgrad::data
