#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include <autograd/autograd.hpp>
#include <data/combine.hpp>
#include <data/loader.hpp>
#include <data/padded.hpp>
#include <nn/nn.hpp>

#include "files.hpp"

namespace xgrad::data {
namespace {

using test::error_of;
using test::holds;
using I = std::int64_t;

struct Sentence {
  Tensor words, label;
};
struct Sentences {
  Tensor words, label, lengths, padding;
};

/// Sentence i has i % 4 + 1 words, all i, and the label 10 i.
Dataset<Sentence> sentences(I count) {
  return Dataset(count, [](I i) { return Sentence{full({i % 4 + 1}, i, int64), Tensor(10 * i)}; });
}

/// Pairs whose sides have lengths of their own.
Dataset<std::pair<Tensor, Tensor>> pairs() {
  return Dataset(3, [](I i) { return std::pair(ones({i + 1}), ones({3 - i, 2})); });
}

}  // namespace

TEST_CASE("sequences of a batch are padded to the longest, with their lengths and the padding mask") {
  const Dataset<Sentences> set = padded<Sentences>(sentences(8), {.padding_value = -1});
  const Sentences batch = set.batch(std::vector<I>{2, 0, 5});
  CHECK(batch.words.to_vector<I>() == std::vector<I>{2, 2, 2, 0, -1, -1, 5, 5, -1});
  CHECK(batch.words.shape() == Shape{3, 3});
  CHECK(batch.label.to_vector<I>() == std::vector<I>{20, 0, 50});
  CHECK(batch.lengths.to_vector<I>() == std::vector<I>{3, 1, 2});
  CHECK(batch.lengths.dtype() == int64);
  CHECK(batch.padding.shape() == Shape{3, 3});
  CHECK(batch.padding.to_vector<bool>() ==
        std::vector<bool>{false, false, false, false, true, true, false, false, true});
  const Sentences one = set[6];
  CHECK(one.words.to_vector<I>() == std::vector<I>{6, 6, 6});
  CHECK(one.lengths.item<I>() == 3);
  CHECK(one.padding.to_vector<bool>() == std::vector<bool>(3, false));
}

TEST_CASE("the padded record is a tuple, or a type of one's own with lengths and a mask or with lengths only") {
  struct Lengths {
    Tensor words, label, lengths;
  };
  const auto [words, label, lengths, mask] = padded(sentences(4)).all();
  CHECK(words.to_vector<I>() == std::vector<I>{0, 0, 0, 0, 1, 1, 0, 0, 2, 2, 2, 0, 3, 3, 3, 3});
  CHECK(padded<Lengths>(sentences(4)).all().lengths.to_vector<I>() == std::vector<I>{1, 2, 3, 4});
  const auto [x, of_x, mask_of_x] = padded(Dataset(3, [](I i) { return ones({i, 2}); })).all();
  CHECK(x.shape() == Shape{3, 2, 2});
  CHECK(of_x.to_vector<I>() == std::vector<I>{0, 1, 2});
  CHECK(sum(x).item() == 6);
}

TEST_CASE("several fields of one length are padded together, of several lengths one after the other") {
  const Dataset tagged(3, [](I i) { return std::pair(ones({i + 1}), full({i + 1, 2}, i, int64)); });
  const auto [words, tags, lengths, mask] = padded(tagged, {.fields = {0, 1}}).all();
  CHECK(words.shape() == Shape{3, 3});
  CHECK(tags.shape() == Shape{3, 3, 2});
  CHECK(tags.dtype() == int64);
  CHECK(tags.to_vector<I>() == std::vector<I>{0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 2, 2, 2, 2, 2, 2});

  const auto [source, target, source_lengths, source_mask, target_lengths, target_mask] =
      padded(padded(pairs()), {.padding_value = 5, .fields = {1}}).all();
  CHECK(source.shape() == Shape{3, 3});
  CHECK(sum(source).item() == 6);
  CHECK(target.shape() == Shape{3, 3, 2});
  CHECK(sum(target).item() == 12 + 6 * 5);
  CHECK(source_lengths.to_vector<I>() == std::vector<I>{1, 2, 3});
  CHECK(target_lengths.to_vector<I>() == std::vector<I>{3, 2, 1});
  CHECK(target_mask.to_vector<bool>()[8]);
}

TEST_CASE("subsets, runs, concatenations and caches of a padded set are padded, for any loader") {
  const Dataset<Sentences> set = padded<Sentences>(sentences(16));
  CHECK(subset(set, {0, 3, 4, 5}).batch(std::vector<I>{1, 2}).words.shape() == Shape{2, 4});
  CHECK(set.subset(4, 8).all().words.shape() == Shape{4, 4});
  CHECK(concat<Sentences>({set, set}).batch(std::vector<I>{0, 17}).words.shape() == Shape{2, 2});
  CHECK(cache(set).all().lengths.to_vector<I>()[3] == 4);
  const auto words_of = [&](const LoaderOptions& options) {
    std::vector<I> all;
    for (const auto& [words, label, lengths, padding] : Loader(cache(set), options))
      std::ranges::copy(words.data<I>(), std::back_inserter(all));
    return all;
  };
  const auto expected = words_of({.batch_size = 3, .shuffle = true, .seed = 1, .workers = 0});
  CHECK(words_of({.batch_size = 3, .shuffle = true, .seed = 1, .workers = 3}) == expected);
  // Sorted by length, batches have nothing to pad.
  std::vector<I> lengths(16);
  for (I i = 0; i < 16; ++i) lengths[static_cast<std::size_t>(i)] = i % 4 + 1;
  for (const auto& batch : Loader(set, {.batch_size = 4, .sampler = BucketSampler(lengths, {.batch_size = 4})}))
    CHECK_FALSE(any(batch.padding).item<bool>());
}

TEST_CASE("a padded batch trains an LSTM and masks attention: what stands behind an end changes nothing") {
  manual_seed(1);
  const auto lines = cache(Dataset(20, [](I i) { return std::pair(randn({i % 5 + 1, 3}), Tensor(i % 2)); }));
  const auto set = padded(lines, {.padding_value = 7});
  const auto other = padded(lines.subset(0, 5), {.padding_value = -100});
  nn::LSTM lstm(3, 4, {.batch_first = true});
  nn::MultiheadAttention attention(3, 1, {.batch_first = true});
  nn::Linear head(4, 2);
  const auto first = set.batch(std::vector<I>{0, 1, 2, 3, 4}), second = other.all();
  const auto last = [&](const auto& batch) { return lstm(std::get<0>(batch), {}, std::get<2>(batch)).state.h[0]; };
  CHECK(last(first).to_vector<float>() == last(second).to_vector<float>());
  const auto attended = [&](const auto& batch) {
    const Tensor query = ones({5, 1, 3}), x = std::get<0>(batch);
    return attention(query, x, x, {.key_padding_mask = std::get<3>(batch)}).output;
  };
  CHECK(attended(first).to_vector<float>() == attended(second).to_vector<float>());

  const nn::ParameterList parameters = lstm.parameters() + head.parameters();
  optim::Adam adam(parameters, {.lr = 0.02});
  Loader loader(set, {.batch_size = 10, .shuffle = true});
  double before = 0, after = 0;
  for (int epoch = 0; epoch < 40; ++epoch) {
    double total = 0;
    for (const auto& [x, y, lengths, mask] : loader) {
      Tape tape;
      const Tensor loss = nn::cross_entropy(head(lstm(x, {}, lengths).state.h[0]), y);
      adam.step(tape.gradient(loss, parameters));
      total += loss.item();
    }
    (epoch == 0 ? before : after) = total;
  }
  CHECK(after < 0.7 * before);
}

TEST_CASE("sequences that cannot be padded are refused") {
  CHECK(holds(error_of([] { padded(sentences(2), {.fields = {2}}); }), {"padded", "field 2", "2 fields", "0 to 1"}));
  CHECK(holds(error_of([] { padded(sentences(2), {.fields = {}}); }), {"padded", "no fields"}));
  CHECK(holds(error_of([] { padded(sentences(2), {.fields = {1}}).all(); }), {"padded", "field 1", "int64 ()"}));
  CHECK(holds(error_of([] { padded(pairs(), {.fields = {0, 1}}).all(); }), {"padded", "1 entries", "has 3", "twice"}));
  CHECK(
      holds(error_of([] { padded(sentences(2), {.padding_value = 0.5}).all(); }), {"padded", "padding_value", "0.5"}));
  const Dataset uneven(2, [](I i) { return ones({2, i + 1}); });
  CHECK(holds(error_of([&] { padded(uneven).all(); }), {"padded", "(2, 1)", "(2, 2)", "axis 0"}));
  // Fields that are not padded must be alike, as ever.
  CHECK(holds(error_of([] { padded(pairs()).all(); }), {"Dataset.batch", "field 1"}));
}

}  // namespace xgrad::data
