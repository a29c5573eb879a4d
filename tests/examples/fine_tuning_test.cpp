#include <examples/fine_tuning.hpp>

#include <doctest/doctest.h>

#include <data/synthetic.hpp>
#include <examples/digits.hpp>

using namespace xgrad;
using namespace xgrad::examples;

TEST_CASE("digits of a range have labels from 0 on") {
  const data::ImageDataset set = data::synthetic_digits(30, 1);
  const Images chosen = digits_between(set, 5, 9);
  CHECK(chosen.images.shape() == Shape{15, 1, 28, 28});
  std::vector<std::int64_t> expected;
  for (std::int64_t i = 0; i < 30; ++i)
    if (set.label(i) >= 5) expected.push_back(set.label(i) - 5);
  CHECK(chosen.labels.to_vector<std::int64_t>() == expected);
}

TEST_CASE("a few of each class are as many of each") {
  const Images few = few_of_each(digits_between(data::synthetic_digits(100, 1), 5, 9), 5, 3);
  CHECK(few.images.size(0) == 15);
  for (int label = 0; label < 5; ++label) CHECK(sum(few.labels == label).item() == 3);
}

TEST_CASE("fine-tuning leaves the pretrained network as it is, and learns") {
  const data::Mnist set = digits("", 400, 200);
  const FineTuningOptions options = {.pretraining_epochs = 1, .steps = 30};
  const Classifier pretrained = pretrain(digits_between(set.train, 0, 4), options);
  const NamedTensors before = nn::state_dict(pretrained);
  const Images few = few_of_each(digits_between(set.train, 5, 9), 5, 10);
  const Accuracies reached = fine_tune(pretrained, few, digits_between(set.test, 5, 9), options);
  for (const auto& entry : nn::state_dict(pretrained)) {
    const auto& name = entry.first;
    const auto& value = entry.second;
    CAPTURE(name);
    bool same = false;
    for (const auto& [old_name, old] : before) same = same || (old_name == name && array_equal(old, value));
    CHECK(same);
  }
  CHECK(reached.from_scratch > 0.5);  // by chance 0.2
  CHECK(reached.head_only > 0.5);
  CHECK(reached.fine_tuned > 0.5);
}

TEST_CASE("a directory without MNIST is refused by its name") {
  CHECK_THROWS_WITH_AS(digits("no/such", 10, 10), doctest::Contains("no/such"), Error);
}
