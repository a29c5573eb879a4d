#include <doctest/doctest.h>

#include <fstream>

#include <autograd/ops.hpp>
#include <nn/nn.hpp>

#include "../apps/scratch.hpp"
#include "../autograd/expect.hpp"

namespace xgrad::nn {

using test::difference;
using test::error_of;
using test::lacks;

namespace {

Sequential network(std::uint64_t seed) {
  manual_seed(seed);
  return Sequential{Linear(3, 4), BatchNorm1d(4), Tanh(), Linear(4, 2)};
}

/// A few training steps, so that running statistics are not what they began as.
void train(const Sequential& model) {
  optim::SGD sgd(model.parameters(), {.lr = 0.1});
  for (int step = 0; step < 3; ++step) {
    const Tape tape;
    sgd.step(tape.gradient(cross_entropy(model(randn({8, 3})), zeros({8}, int64)), model.parameters()));
  }
}

void check_equal(const Module& a, const Module& b) {
  const NamedTensors left = state_dict(a), right = state_dict(b);
  REQUIRE(left.size() == right.size());
  for (std::size_t i = 0; i < left.size(); ++i) {
    CHECK(left[i].first == right[i].first);
    CHECK(difference(left[i].second, right[i].second) == "");
  }
}

}  // namespace

TEST_CASE("a state dict has PyTorch's names, order and layouts") {
  std::vector<std::pair<std::string, std::string>> entries;
  for (const auto& [name, tensor] : state_dict(network(1))) entries.emplace_back(name, to_string(tensor.shape()));
  CHECK(entries == std::vector<std::pair<std::string, std::string>>{{"0.weight", "(4, 3)"},
                                                                    {"0.bias", "(4,)"},
                                                                    {"1.weight", "(4,)"},
                                                                    {"1.bias", "(4,)"},
                                                                    {"1.running_mean", "(4,)"},
                                                                    {"1.running_var", "(4,)"},
                                                                    {"1.num_batches_tracked", "()"},
                                                                    {"3.weight", "(2, 4)"},
                                                                    {"3.bias", "(2,)"}});
}

TEST_CASE("a state dict is a snapshot, and brings a module back to it") {
  const Sequential model = network(1), reference = network(1);
  const NamedTensors saved = state_dict(model);
  train(model);
  CHECK(difference(model.parameters()[0], reference.parameters()[0]) != "");
  CHECK(difference(saved[0].second, reference.parameters()[0]) == "");
  load_state_dict(model, saved);
  check_equal(model, reference);
}

TEST_CASE("the order of the entries does not matter when they are loaded") {
  const Sequential model = network(1), other = network(2);
  const NamedTensors saved = state_dict(model);
  load_state_dict(other, NamedTensors(saved.rbegin(), saved.rend()));
  check_equal(model, other);
}

TEST_CASE("a model that is saved and loaded predicts the same bits") {
  const Scratch scratch;
  Sequential model = network(1), other = network(2);
  train(model);
  save(model, scratch / "model.safetensors", {{"epoch", "3"}});
  load(other, scratch / "model.safetensors");
  check_equal(model, other);
  model.eval();
  other.eval();
  const Tensor x = randn({5, 3});
  CHECK(difference(model(x), other(x)) == "");
  CHECK(load_safetensors(scratch / "model.safetensors").metadata == Metadata{{"epoch", "3"}});
}

TEST_CASE("float64 models round-trip, too") {
  const Scratch scratch;
  Sequential model = network(1), other = network(2);
  model.to(float64);
  other.to(float64);
  save(model, scratch / "model.safetensors");
  load(other, scratch / "model.safetensors");
  check_equal(model, other);
}

TEST_CASE("every mismatch is listed at once, and nothing is loaded") {
  const Sequential model = network(1), reference = network(1);
  NamedTensors given = state_dict(network(2));
  given[0].second = zeros({4, 5});                    // shape
  given[1].second = zeros({4}, float64);              // dtype
  given[2].second = zeros({5}, int64);                // both
  given[3].first = "1.offset";                        // missing and unexpected
  given.emplace_back("3.bias", given.back().second);  // twice
  const std::string error = error_of([&] { load_state_dict(model, given); });
  CHECK(
      lacks(error, {"load_state_dict", "7 mismatches", "'0.weight' has shape (4, 5), (4, 3) was expected",
                    "'0.bias' has dtype float64, float32 was expected", "'1.weight' has shape (5,), (4,) was expected",
                    "'1.weight' has dtype int64, float32 was expected", "'1.bias' is missing, float32 (4,)",
                    "'1.offset' is unexpected, float32 (4,)", "'3.bias' is given twice"}) == "");
  check_equal(model, reference);
}

TEST_CASE("what is tied is written once, and read back from files with one of the names or all of them") {
  const Scratch scratch;
  const auto tied = [](std::uint64_t seed) {
    manual_seed(seed);
    Linear first(2, 2), second(2, 2);
    second.weight = first.weight;
    return Sequential{first, Tanh(), second};
  };
  const Sequential model = tied(1), other = tied(2), third = tied(3);
  save(model, scratch / "tied.safetensors", {{"epoch", "3"}});
  const auto file = load_safetensors(scratch / "tied.safetensors");
  CHECK(file.tensors.size() == 3);
  CHECK(file.metadata == Metadata{{"epoch", "3"}, {"2.weight", "0.weight"}});
  CHECK(load(other, scratch / "tied.safetensors").missing_keys.empty());
  check_equal(model, other);
  CHECK(other.parameters().size() == 3);
  save_safetensors(scratch / "all.safetensors", state_dict(model));
  load(third, scratch / "all.safetensors");
  check_equal(model, third);
  NamedTensors apart = state_dict(tied(4));
  apart.erase(apart.begin());  // only under the second name
  load_state_dict(third, apart);
  CHECK(difference(third.parameters()[0], apart[1].second) == "");
  NamedTensors differing = state_dict(model);
  differing[2].second = differing[2].second + 1;
  CHECK(lacks(error_of([&] { load_state_dict(third, differing); }), {"'0.weight' and '2.weight'", "tied"}) == "");
}

TEST_CASE("loading another model's file names the file and what differs") {
  const Scratch scratch;
  save(Linear(3, 2, {.bias = false}), scratch / "linear.safetensors");
  const Linear layer(3, 2);
  CHECK(lacks(error_of([&] { load(layer, scratch / "linear.safetensors"); }),
              {"linear.safetensors", "1 mismatch:", "'bias' is missing"}) == "");
  CHECK(lacks(error_of([&] { load(layer, scratch / "none.safetensors"); }), {"none.safetensors", "opened"}) == "");
}

}  // namespace xgrad::nn
