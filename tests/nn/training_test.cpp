#include <nn/training.hpp>

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>

#include <autograd/ops.hpp>
#include <nn/linear.hpp>
#include <nn/optim/sgd.hpp>
#include <nn/sequential.hpp>

#include "../autograd/expect.hpp"
#include "training_run.hpp"

namespace xgrad::nn {

using test::difference;
using test::error_of;
using test::lacks;

namespace {

struct File {
  explicit File(const std::string& name)
      : path(std::filesystem::temp_directory_path() /
             ("xgrad_training_" + name + "_" + std::to_string(::getpid()) + ".safetensors")) {
    std::filesystem::remove(path);
  }
  ~File() { std::filesystem::remove(path); }
  std::filesystem::path path;
};

/// Trains, writes a checkpoint in the epoch `epoch`, after its batch number `batch` or behind its last, and goes no
/// further.
void train_to(TrainingRun& run, Training& state, const std::filesystem::path& path, Where where, std::int64_t epoch,
              std::int64_t batch) {
  run.go_on(state, [&](Where now) {
    const bool there =
        now == Where::within ? state.epoch == epoch && state.step == epoch * batches + batch : state.epoch == epoch + 1;
    if (now != where || !there) return false;
    save_checkpoint(path, state);
    return true;
  });
}

}  // namespace

TEST_CASE("a run that goes on from a checkpoint is the uninterrupted one, bit by bit") {
  TrainingRun whole(1);
  Training training = whole.training();
  whole.go_on(training);
  const NamedTensors expected = whole.everything(training);
  CHECK(training.step == epochs * batches);

  struct Stop {
    Where where;
    std::int64_t epoch, batch;
  };
  // In the middle of epochs, between the gradients of a step and behind them, after the last batch within the loop and
  // behind it, and before the end of everything.
  for (const Stop& stop : std::vector<Stop>{{Where::within, 0, 1},
                                            {Where::within, 1, 3},
                                            {Where::within, 1, 4},
                                            {Where::within, 1, batches},
                                            {Where::behind, 0, 0},
                                            {Where::within, 2, batches}}) {
    INFO("epoch ", stop.epoch, ", batch ", stop.batch);
    const File file("resume");
    {
      TrainingRun first(1);
      Training state = first.training();
      train_to(first, state, file.path, stop.where, stop.epoch, stop.batch);
      randn({3});  // what came after the checkpoint does not matter
    }
    TrainingRun second(999);  // other weights, another seed
    Training state = second.training();
    load_checkpoint(file.path, state);
    CHECK(state.epoch == (stop.where == Where::behind ? stop.epoch + 1 : stop.epoch));
    second.mean_loss.update(1.0);
    second.go_on(state);
    const NamedTensors found = second.everything(state);
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      INFO(expected[i].first);
      CHECK(found[i].first == expected[i].first);
      CHECK(difference(found[i].second, expected[i].second) == "");
    }
  }
}

TEST_CASE("a checkpoint that does not fit is refused, names file and part, and changes nothing") {
  const File file("misfit");
  TrainingRun run(1);
  Training training = run.training();
  training.metadata = {{"note", "first"}};
  train_to(run, training, file.path, Where::within, 0, 3);

  TrainingRun other(2);
  const auto refusal = [&](Training state) {
    const NamedTensors before = other.everything(other.training());
    std::string message = error_of([&] { load_checkpoint(file.path, state); });
    const NamedTensors after = other.everything(other.training());
    for (std::size_t i = 0; i < before.size(); ++i) {
      INFO(before[i].first);
      CHECK(difference(after[i].second, before[i].second) == "");
    }
    return message;
  };
  const std::string name = file.path.filename().string();

  Training without = other.training();
  without.average = {};
  CHECK(lacks(refusal(without), {"load_checkpoint", name, "the part average, which was not given"}) == "");

  Mean loss;
  Training more = other.training();
  more.others.emplace_back("loss", loss);
  CHECK(lacks(refusal(more), {"load_checkpoint", name, "no part others.loss"}) == "");

  const Sequential wide{Linear(3, 9), BatchNorm1d(9), Tanh(), Dropout(0.3), Linear(9, 2)};
  Training of_another_shape = other.training();
  of_another_shape.model = wide;
  CHECK(lacks(refusal(of_another_shape), {name, "part 'model'", "'0.weight' has shape (8, 3), (9, 3) was expected"}) ==
        "");

  // Refused by the last part, when the others have been loaded: they are taken back.
  data::Loader larger(points(), {.batch_size = 5, .shuffle = true, .seed = 5});
  Training of_another_loader = other.training();
  of_another_loader.loader = larger;
  CHECK(lacks(refusal(of_another_loader), {name, "part 'loader'", "batch_size 4", "here it is 5"}) == "");
  optim::SGD sgd(other.model.parameters(), {.momentum = 0.9});
  Training of_another_optimizer = other.training();
  of_another_optimizer.optimizer = sgd;
  CHECK(lacks(refusal(of_another_optimizer), {name, "part 'optimizer'", "'momentum_buffer.0.weight' is missing"}) ==
        "");

  // Without strictness parts that are missing stay as they are.
  Training some{.model = other.model, .others = {{"loss", loss}}};
  const LoadResult result = load_checkpoint(file.path, some, {.strict = false});
  CHECK(result.missing_keys == std::vector<std::string>{"others.loss"});
  CHECK(result.unexpected_keys.size() == 8);
  CHECK(difference(other.model.parameters()[0], run.model.parameters()[0]) == "");
  CHECK(some.step == 3);
  CHECK(some.metadata == Metadata{{"note", "first"}});
}

TEST_CASE("a checkpoint is whole or not there, and says what it is not") {
  const File file("atomic");
  Linear layer(2, 1);
  Training training{.model = layer, .epoch = 4, .step = 17};
  save_checkpoint(file.path, training);
  const auto size = std::filesystem::file_size(file.path);

  // A part that throws while its state is taken leaves the file from before.
  struct Failing {
    NamedTensors state() const { fail("Failing", "no state"); }
    void load_state(const NamedTensors&) {}
  } failing;
  training.optimizer = failing;
  training.step = 18;
  CHECK(lacks(error_of([&] { save_checkpoint(file.path, training); }), {"no state"}) == "");
  CHECK(std::filesystem::file_size(file.path) == size);
  Training again{.model = layer};
  load_checkpoint(file.path, again);
  CHECK(again.step == 17);
  CHECK(again.epoch == 4);

  const auto save = [&](const Training& state) { return error_of([&] { save_checkpoint(file.path, state); }); };
  Generator generator;
  CHECK(lacks(save({.model = layer, .others = {{"a.b", generator}}}), {"save_checkpoint", "'a.b'", "without a dot"}) ==
        "");
  CHECK(lacks(save({.model = layer, .others = {{"", generator}}}), {"save_checkpoint", "''"}) == "");
  CHECK(lacks(save({.model = layer, .others = {{"a", generator}, {"a", generator}}}), {"'a' twice"}) == "");
  CHECK(lacks(save({.model = layer, .metadata = {{"xgrad.format", "x"}}}), {"xgrad.format", "reserved"}) == "");
  CHECK(lacks(error_of([] { Stateful().state(); }), {"Stateful::state", "no object"}) == "");
  CHECK(lacks(error_of([] { Stateful().load_state({}); }), {"Stateful::load_state", "no object"}) == "");

  nn::save(layer, file.path);  // a state dict is no checkpoint
  CHECK(lacks(error_of([&] { load_checkpoint(file.path, again); }), {"load_checkpoint", "no checkpoint"}) == "");
  save_safetensors(file.path, {{"epoch", Tensor(std::int64_t{1})}}, {{"xgrad.format", "training-1"}});
  CHECK(lacks(error_of([&] { load_checkpoint(file.path, again); }), {"'step' is missing"}) == "");
  std::filesystem::remove(file.path);
  CHECK(lacks(error_of([&] { load_checkpoint(file.path, again); }), {file.path.filename().string()}) == "");
  CHECK(again.step == 17);
}

TEST_CASE("tied weights are written once, and a model without parameters has no entries") {
  const File file("tied");
  Sequential model{Linear(3, 3), Tanh(), Linear(3, 3)};
  Linear first(3, 3, {.bias = false}), second(3, 3, {.bias = false});
  second.weight = first.weight;
  const Sequential tied{first, second};
  const Training training{.model = tied};
  save_checkpoint(file.path, training);
  CHECK(load_safetensors(file.path).tensors.size() == 4);
  const Tensor before = first.weight;
  eval(before);
  first.weight.set(zeros({3, 3}));
  Training again{.model = tied};
  load_checkpoint(file.path, again);
  CHECK(difference(first.weight, before) == "");

  Training empty{.model = Tanh(), .step = 3};
  save_checkpoint(file.path, empty);
  empty.step = 0;
  load_checkpoint(file.path, empty);
  CHECK(empty.step == 3);
}

}  // namespace xgrad::nn
