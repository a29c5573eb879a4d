#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <numeric>

#include <autograd/error.hpp>
#include <autograd/ops.hpp>
#include <data/combine.hpp>
#include <data/loader.hpp>

namespace xgrad::data {
namespace {

using I = std::int64_t;

/// n records, each its own number.
Dataset<Tensor> numbers(I n, I from = 0) {
  return Dataset(n, [from](I index) { return Tensor(from + index); });
}

std::vector<I> values(const Dataset<Tensor>& set) {
  std::vector<I> result;
  for (I i = 0; i < set.size(); ++i) result.push_back(set[i].item<I>());
  return result;
}

}  // namespace

TEST_CASE("entries of tensors are records, and batches are gathered") {
  const Tensor x = tensor({{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}}), y = tensor({7, 8, 9}, int64);
  const TensorDataset set(x, y);
  CHECK(set.size() == 3);
  const auto [row, label] = set[1];
  CHECK(row.to_vector<double>() == std::vector<double>{3, 4});
  CHECK(label.item<I>() == 8);
  const auto [rows, labels] = set.batch(std::vector<I>{2, 0, 2});
  CHECK(rows.to_vector<double>() == std::vector<double>{5, 6, 1, 2, 5, 6});
  CHECK(labels.to_vector<I>() == std::vector<I>{9, 7, 9});
  I seen = 0;
  for (const auto& [a, b] : Loader(set, {.batch_size = 2})) seen += a.size(0) + b.size(0);
  CHECK(seen == 6);
  CHECK_THROWS_WITH_AS(TensorDataset(x, ones({2})), doctest::Contains("tensor 1 has shape (2,)"), Error);
  CHECK_THROWS_WITH_AS(TensorDataset(Tensor(1.0)), doctest::Contains("tensor 0 has no axis"), Error);
  CHECK_THROWS_WITH_AS(TensorDataset(x, Tensor()), doctest::Contains("tensor 1 is undefined"), Error);
}

TEST_CASE("subsets and concatenations have the records of their sets") {
  const Dataset<Tensor> some = subset(numbers(10), {7, 0, 7});
  CHECK(values(some) == std::vector<I>{7, 0, 7});
  CHECK(some.batch(std::vector<I>{1, 2}).to_vector<I>() == std::vector<I>{0, 7});
  CHECK_THROWS_WITH_AS(subset(numbers(10), {10}), doctest::Contains("index 10 of 10"), Error);
  const Dataset<Tensor> all = concat<Tensor>({numbers(2), numbers(0), numbers(3, 10)});
  CHECK(values(all) == std::vector<I>{0, 1, 10, 11, 12});
  CHECK(all.batch(std::vector<I>{4, 1}).to_vector<I>() == std::vector<I>{12, 1});
  CHECK(values(subset(all, {3})) == std::vector<I>{11});
  CHECK_THROWS_WITH_AS(concat<Tensor>({}), doctest::Contains("expected one or more"), Error);
}

TEST_CASE("functions of records are applied when a record is asked for, with its random numbers") {
  std::atomic<int> calls = 0;
  const auto doubled = map(numbers(4), [&](const Tensor& x) {
    ++calls;
    return std::pair(x * 2, x);
  });
  CHECK(calls == 0);
  CHECK(doubled[3].first.item<I>() == 6);
  CHECK(calls == 1);
  const auto noisy = map(numbers(4), [](const Tensor& x, SplitMix64& random) { return x + random.uniform(0, 1); });
  const double first = noisy.get(2, {.seed = 1, .epoch = 5}).item();
  CHECK(first > 2);
  CHECK(noisy.get(2, {.seed = 1, .epoch = 5}).item() == first);
  CHECK(noisy.get(2, {.seed = 1, .epoch = 6}).item() != first);
  std::vector<double> by_one, by_three;
  for (const Tensor& batch : Loader(noisy, {.batch_size = 2, .seed = 3}))
    for (const double value : batch.to_vector<double>()) by_one.push_back(value);
  for (const Tensor& batch : Loader(noisy, {.batch_size = 2, .seed = 3, .workers = 3}))
    for (const double value : batch.to_vector<double>()) by_three.push_back(value);
  CHECK(by_one == by_three);
}

TEST_CASE("a cache makes each record once") {
  std::atomic<int> calls = 0;
  const Dataset<Tensor> kept = cache(map(numbers(6), [&](const Tensor& x, SplitMix64& random) {
    ++calls;
    return x.to(float64) + random.uniform(0, 1);
  }));
  const double first = kept.get(4, {.epoch = 0}).item();
  CHECK(kept.get(4, {.epoch = 1}).item() == first);
  CHECK(calls == 1);
  for (int epoch = 0; epoch < 3; ++epoch) kept.all();
  CHECK(calls == 6);
}

TEST_CASE("lengths follow fractions, and what is left over goes round") {
  CHECK(lengths_of(10, {0.8, 0.2}) == std::vector<I>{8, 2});
  CHECK(lengths_of(11, {0.5, 0.5}) == std::vector<I>{6, 5});
  CHECK(lengths_of(7, {0.3, 0.3, 0.4}) == std::vector<I>{3, 2, 2});
  CHECK(lengths_of(0, {1.0}) == std::vector<I>{0});
  CHECK_THROWS_WITH_AS(lengths_of(10, {0.5, 0.4}), doctest::Contains("add up to 0.9"), Error);
  CHECK_THROWS_WITH_AS(lengths_of(10, {1.5, -0.5}), doctest::Contains("a fraction is 1.5"), Error);
  CHECK_THROWS_WITH_AS(lengths_of(10, {}), doctest::Contains("add up to 0"), Error);
}

TEST_CASE("random parts are disjoint, have all records, and repeat with the seed") {
  const auto parts = random_split(numbers(20), {12, 0, 8}, 3);
  REQUIRE(parts.size() == 3);
  std::vector<I> all = values(parts[0]);
  CHECK(all.size() == 12);
  CHECK(parts[1].size() == 0);
  for (const I value : values(parts[2])) all.push_back(value);
  CHECK(values(random_split(numbers(20), {12, 0, 8}, 3)[0]) == values(parts[0]));
  CHECK(values(random_split(numbers(20), {12, 0, 8}, 4)[0]) != values(parts[0]));
  std::ranges::sort(all);
  std::vector<I> expected(20);
  std::iota(expected.begin(), expected.end(), I{0});
  CHECK(all == expected);
  CHECK_THROWS_WITH_AS(random_split(numbers(20), {12, 7}), doctest::Contains("1 of 20 samples are in no part"), Error);
  CHECK_THROWS_WITH_AS(random_split(numbers(20), {12, 9}), doctest::Contains("9 of 8"), Error);
  CHECK_THROWS_WITH_AS(random_split(numbers(20), {-1, 21}), doctest::Contains("-1 of 20"), Error);
}

TEST_CASE("stratified parts have their share of every class") {
  std::vector<I> labels;
  for (I i = 0; i < 50; ++i) labels.push_back(i < 40 ? 5 : -2);
  const auto parts = stratified_split(numbers(50), std::span<const I>(labels), {0.7, 0.3}, 1);
  REQUIRE(parts.size() == 2);
  std::vector<I> all;
  for (const auto& [part, of_five, of_other] : {std::tuple(0, 28, 7), std::tuple(1, 12, 3)}) {
    const std::vector<I> found = values(parts[static_cast<std::size_t>(part)]);
    CHECK(std::ranges::count_if(found, [](I i) { return i < 40; }) == of_five);
    CHECK(std::ranges::count_if(found, [](I i) { return i >= 40; }) == of_other);
    all.insert(all.end(), found.begin(), found.end());
  }
  std::ranges::sort(all);
  CHECK(std::ranges::adjacent_find(all) == all.end());
  CHECK(all.size() == 50);
  CHECK_THROWS_WITH_AS(stratified_split(numbers(5), std::span<const I>(labels), {1.0}),
                       doctest::Contains("50 labels for 5 samples"), Error);
}

}  // namespace xgrad::data
