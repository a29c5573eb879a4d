#include <doctest/doctest.h>

#include <array>
#include <tuple>

#include <autograd/ops.hpp>
#include <autograd/tape.hpp>
#include <data/dataset.hpp>
#include <data/loader.hpp>

#include "files.hpp"

namespace xgrad::data {
namespace {

using Ints = std::vector<std::int64_t>;

struct Word {
  Tensor letters;
  Tensor length;
};
struct WithText {
  Tensor letters;
  std::string text;
};
struct Seven {
  Tensor a, b, c, d, e, f, g;
};

static_assert(Record<Tensor> && Record<Batch> && Record<Word> && Record<std::tuple<Tensor, Tensor, Tensor>> &&
              Record<std::pair<Tensor, Tensor>> && Record<std::array<Tensor, 2>>);
static_assert(!Record<int> && !Record<WithText> && !Record<Seven> && !Record<std::tuple<>> &&
              !Record<std::tuple<Tensor, int>> && !Record<std::vector<Tensor>>);
static_assert(field_count<Word>() == 2 && field_count<Tensor>() == 1 && field_count<std::array<Tensor, 3>>() == 3);

/// Word i has the letters (i, 10i) and the length i.
Dataset<Word> words(std::int64_t size = 5) {
  return Dataset(size, [](std::int64_t index) { return Word{tensor(Ints{index, 10 * index}), Tensor(index)}; });
}

TEST_CASE("a struct of tensors is a record, and batches are the same struct") {
  const Dataset<Word> set = words();
  CHECK(set.size() == 5);
  CHECK(set[3].letters.to_vector<std::int64_t>() == Ints{3, 30});
  const auto [letters, length] = set.batch(Ints{4, 0, 4});
  CHECK(letters.shape() == Shape{3, 2});
  CHECK(letters.to_vector<std::int64_t>() == Ints{4, 40, 0, 0, 4, 40});
  CHECK(length.to_vector<std::int64_t>() == Ints{4, 0, 4});
  CHECK(set.all().length.to_vector<std::int64_t>() == Ints{0, 1, 2, 3, 4});
  std::vector<Ints> seen;
  for (const auto& [l, n] : Loader(set, {.batch_size = 2})) seen.push_back(n.to_vector<std::int64_t>());
  CHECK(seen == std::vector<Ints>{{0, 1}, {2, 3}, {4}});
}

TEST_CASE("tensors, tuples, pairs and arrays of tensors are records") {
  const Dataset numbers(3, [](std::int64_t i) { return Tensor(static_cast<double>(i)) * 2; });
  static_assert(std::same_as<decltype(numbers), const Dataset<Tensor>>);
  CHECK(numbers.all().to_vector<float>() == std::vector<float>{0, 2, 4});
  float sum = 0;
  for (const Tensor& x : Loader(numbers, {.batch_size = 2})) sum += xgrad::sum(x).item<float>();
  CHECK(sum == 6);
  const Dataset triples(3, [](std::int64_t i) { return std::tuple(Tensor(i), Tensor(i + 1), Tensor(i + 2)); });
  const auto [a, b, c] = triples.batch(Ints{1, 2});
  CHECK(c.to_vector<std::int64_t>() == Ints{3, 4});
  const Dataset both(2, [](std::int64_t i) { return std::array{Tensor(i), Tensor(-i)}; });
  CHECK(both.all()[1].to_vector<std::int64_t>() == Ints{0, -1});
}

TEST_CASE("a function of a span of indices makes whole batches, and single records of them") {
  int calls = 0;
  const Dataset set(6, [&](std::span<const std::int64_t> indices) {
    ++calls;
    const Tensor at = tensor(indices, {std::ssize(indices)});
    return std::pair(stack({at, at * 2}, 1), at);
  });
  const auto [x, y] = set.batch(Ints{5, 1});
  CHECK(calls == 1);
  CHECK(x.to_vector<std::int64_t>() == Ints{5, 10, 1, 2});
  CHECK(set[4].first.to_vector<std::int64_t>() == Ints{4, 8});
  CHECK(set[4].second.shape() == Shape{});
}

TEST_CASE("random numbers of a record follow from seed, epoch and index, however it is reached") {
  const Dataset noisy(8, [](std::int64_t, SplitMix64& random) { return Tensor(random.uniform(0, 1)); });
  const float third = noisy.get(3, {.seed = 4, .epoch = 2}).item<float>();
  CHECK(noisy.get(3, {.seed = 4, .epoch = 2}).item<float>() == third);
  CHECK(noisy.get(3, {.seed = 5, .epoch = 2}).item<float>() != third);
  CHECK(noisy.get(3, {.seed = 4, .epoch = 1}).item<float>() != third);
  CHECK(noisy.get(2, {.seed = 4, .epoch = 2}).item<float>() != third);
  CHECK(noisy.batch(Ints{7, 3}, {.seed = 4, .epoch = 2}).to_vector<float>()[1] == third);
  for (const std::int64_t batch_size : {1, 3, 8})
    for (const std::int64_t workers : {0, 1, 3}) {
      Loader loader(noisy, {.batch_size = batch_size, .seed = 4, .workers = workers});
      loader.set_epoch(2);
      std::vector<float> all;
      for (const Tensor& x : loader)
        for (const float value : x.to_vector<float>()) all.push_back(value);
      CHECK(all == noisy.all({.seed = 4, .epoch = 2}).to_vector<float>());
    }
}

TEST_CASE("a subset counts from its own first record") {
  const Dataset<Word> part = words(10).subset(2, 9).subset(3, 5);
  CHECK(part.size() == 2);
  CHECK(part[1].length.item<std::int64_t>() == 6);
  CHECK(part.all().length.to_vector<std::int64_t>() == Ints{5, 6});
  CHECK(test::holds(test::error_of([&] { part.subset(1, 3); }), {"Dataset.subset", "[1, 3) of 2"}));
  CHECK(test::holds(test::error_of([&] { part.subset(1, 0); }), {"Dataset.subset", "[1, 0)"}));
}

TEST_CASE("batches are values on no tape") {
  const Tensor scale = tensor({2, 3});
  const Dataset set(4, [scale](std::int64_t i) { return scale * static_cast<double>(i); });
  const Tape tape;
  const Tensor batch = set.batch(Ints{1, 2});
  CHECK(batch.to_vector<float>() == std::vector<float>{2, 3, 4, 6});
  CHECK(tape.gradient(sum(square(batch)), batch).to_vector<float>() == std::vector<float>{4, 6, 8, 12});
}

TEST_CASE("what does not fit is refused with the place") {
  CHECK(test::holds(test::error_of([] { words().get(5); }), {"Dataset.get", "index 5 of 5 samples"}));
  CHECK(test::holds(test::error_of([] { words().batch(Ints{0, -1}); }), {"Dataset.batch", "index -1"}));
  CHECK(test::holds(test::error_of([] { words().batch(Ints{}); }), {"Dataset.batch", "no indices"}));
  CHECK(test::holds(test::error_of([] { words(-2); }), {"Dataset", "-2 samples"}));
  const Dataset uneven(3, [](std::int64_t i) { return std::pair(Tensor(i), ones({i})); });
  const std::string text = test::error_of([&] { uneven.all(); });
  CHECK_MESSAGE(test::holds(text, {"Dataset.batch", "field 1", "float32 (0,)", "float32 (1,)", "data::padded"}), text);
  const Dataset mixed(2, [](std::int64_t i) { return i == 0 ? Tensor(1.0) : Tensor(std::int64_t{1}); });
  CHECK(test::holds(test::error_of([&] { mixed.all(); }), {"field 0", "float32 ()", "int64 ()"}));
  const Dataset some(2, [](std::int64_t i) { return i == 0 ? Tensor(1.0) : Tensor(); });
  CHECK(test::holds(test::error_of([&] { some.all(); }), {"field 0", "undefined Tensor in 1 of 2"}));
  CHECK(test::holds(test::error_of([] { Dataset<Batch>(BatchSource{.size = 3, .batch = {}}); }), {"batch function"}));
  const Dataset odd(2, [](std::span<const std::int64_t>) { return ones({3}); });
  CHECK(test::holds(test::error_of([&] { odd.get(0); }), {"Dataset.get", "(3,)", "first axis of 1"}));
  CHECK(test::holds(test::error_of([] { record_of<Word>({ones({1})}); }), {"record_of", "1 tensors", "has 2"}));
}

TEST_CASE("a data set that was moved from still has its records") {
  Dataset<Word> set = words();
  const Dataset<Word> moved = std::move(set);
  CHECK(set.size() == 5);
  CHECK(set[2].length.item<std::int64_t>() == moved[2].length.item<std::int64_t>());
}

}  // namespace
}  // namespace xgrad::data
