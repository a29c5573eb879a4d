#include <nn/checkpoints.hpp>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <limits>
#include <mutex>

#include <autograd/io/disk.hpp>
#include <nn/optim/sgd.hpp>
#include <nn/training_file.hpp>

#include "../apps/scratch.hpp"
#include "../autograd/expect.hpp"
#include "training_run.hpp"

namespace xgrad::nn {
namespace {

namespace fs = std::filesystem;
namespace disk = io::disk;
using test::difference;
using test::error_of;
using test::lacks;
using Names = std::vector<std::string>;

Names names_in(const fs::path& folder) {
  Names names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
  std::ranges::sort(names);
  return names;
}

/// An observer of the disk until it goes.
struct Observed {
  explicit Observed(disk::Observer observer) { disk::observe(std::move(observer)); }
  ~Observed() { disk::observe({}); }
};

void damage(const fs::path& path) {
  std::string bytes = contents(path);
  bytes[bytes.size() / 2] ^= 1;
  put_file(path, bytes);
}

/// A model of one weight, which is its step.
struct Tiny {
  Tiny() { training.model = layer; }

  void set(std::int64_t step) {
    training.step = step;
    layer.weight.set(full({1, 1}, static_cast<double>(step)));
  }
  double weight() const { return layer.weight.value().item(); }
  /// The step of a file.
  std::int64_t step_in(const fs::path& path) {
    Tiny other;
    load_checkpoint(path, other.training);
    CHECK(other.weight() == static_cast<double>(other.training.step));
    return other.training.step;
  }

  Linear layer{1, 1};
  Training training{.model = layer};
};

}  // namespace

TEST_CASE("a run that goes on from a folder of checkpoints is the uninterrupted one, bit by bit") {
  TrainingRun whole(1);
  Training uninterrupted = whole.training();
  whole.go_on(uninterrupted);
  const NamedTensors expected = whole.everything(uninterrupted);

  for (const bool background : {true, false}) {
    INFO("background ", background);
    const Scratch scratch;
    // Each part saves every second step, and ends in other places than where it saved.
    for (const std::int64_t last : {5, 12, 13, 1000}) {
      TrainingRun part(last == 5 ? 1 : static_cast<std::uint64_t>(last));
      Training training = part.training();
      Checkpoints checkpoints(scratch / "run", {.keep = 2, .background = background});
      const std::optional<Resumed> resumed = checkpoints.resume(training);
      CHECK(resumed.has_value() == (last != 5));
      if (resumed) CHECK(resumed->damaged.empty());
      part.mean_loss.update(1.0);
      part.go_on(training, [&](Where) {
        if (training.step % 2 == 0) checkpoints.save(training);
        return training.step == last;
      });
      checkpoints.wait();
      const std::size_t files = checkpoints.files().size();  // one where the second snapshot took the first's place
      CHECK((files == 2 || (background && files == 1)));
      if (last != 1000) continue;
      const NamedTensors found = part.everything(training);
      REQUIRE(found.size() == expected.size());
      for (std::size_t i = 0; i < expected.size(); ++i) {
        INFO(expected[i].first);
        CHECK(difference(found[i].second, expected[i].second) == "");
      }
    }
  }
}

TEST_CASE("the newest checkpoints and the best one stay, and other files are let be") {
  for (const optim::PlateauMode mode : {optim::PlateauMode::min, optim::PlateauMode::max}) {
    const Scratch scratch;
    const double sign = mode == optim::PlateauMode::min ? 1 : -1;
    const Names others{"checkpoint-.safetensors", "checkpoint-007.safetensors", "checkpoint-2.safetensors.old",
                       "checkpoint--3.safetensors", "notes"};
    Tiny tiny;
    {
      Checkpoints checkpoints(scratch / "run", {.keep = 3, .mode = mode, .background = false});
      const std::vector<std::optional<double>> metrics{sign * 5, sign * 2, std::nullopt, sign * 3,
                                                       std::numeric_limits<double>::quiet_NaN()};
      for (std::size_t i = 0; i < metrics.size(); ++i) {
        tiny.set(static_cast<std::int64_t>(i) + 1);
        checkpoints.save(tiny.training, metrics[i]);
        if (i == 0)
          for (const std::string& name : others) put_file(scratch / "run" / name, "another's");
      }
      CHECK(tiny.step_in(checkpoints.best()) == 2);
      REQUIRE(checkpoints.files().size() == 3);
      CHECK(checkpoints.files()[0] == checkpoints.folder() / "checkpoint-5.safetensors");
      for (std::size_t i = 0; i < 3; ++i) CHECK(tiny.step_in(checkpoints.files()[i]) == 5 - static_cast<int>(i));
    }
    Names expected = others;
    for (const char* name :
         {"best.safetensors", "checkpoint-3.safetensors", "checkpoint-4.safetensors", "checkpoint-5.safetensors"})
      expected.push_back(name);
    std::ranges::sort(expected);
    CHECK(names_in(scratch / "run") == expected);

    // The run that goes on knows the best metric, and takes the older files away.
    Checkpoints checkpoints(scratch / "run", {.keep = 1, .mode = mode, .background = false});
    REQUIRE(checkpoints.resume(tiny.training));
    tiny.set(6);
    checkpoints.save(tiny.training, sign * 2.5);
    CHECK(tiny.step_in(checkpoints.best()) == 2);
    tiny.set(7);
    checkpoints.save(tiny.training, sign * 1.5);
    CHECK(tiny.step_in(checkpoints.best()) == 7);
    CHECK(checkpoints.files() == std::vector<fs::path>{scratch / "run" / "checkpoint-7.safetensors"});
    put_file(scratch / "run" / "checkpoint-8.safetensors", "another's");  // meanwhile, by another program
    tiny.set(9);
    checkpoints.save(tiny.training);
    CHECK(contents(scratch / "run" / "checkpoint-8.safetensors") == "another's");
    CHECK(tiny.step_in(scratch / "run" / "checkpoint-9.safetensors") == 9);
    CHECK(names_in(scratch / "run").size() == others.size() + 3);
  }
}

TEST_CASE("a damaged checkpoint is passed over and named, one that does not fit is not") {
  const Scratch scratch;
  Tiny tiny;
  const auto fresh = [&] { return Checkpoints(scratch / "run", {.keep = 3, .background = false}); };
  {
    Checkpoints checkpoints = fresh();
    for (int step = 1; step <= 4; ++step) {
      tiny.set(step);
      checkpoints.save(tiny.training, step == 1 ? 0.5 : 0.7);
    }
  }
  const auto file = [&](int number) {
    return scratch / "run" / ("checkpoint-" + std::to_string(number) + ".safetensors");
  };
  const auto resumed = [&] {
    Tiny other;
    Checkpoints checkpoints = fresh();
    const std::optional<Resumed> result = checkpoints.resume(other.training);
    REQUIRE(result);
    CHECK(other.weight() == static_cast<double>(other.training.step));
    CHECK(tiny.step_in(result->file) == other.training.step);
    return std::pair(other.training.step, result->damaged);
  };
  CHECK(resumed() == std::pair<std::int64_t, Names>(4, {}));
  damage(file(4));
  CHECK(resumed().first == 3);
  REQUIRE(resumed().second.size() == 1);
  CHECK(lacks(resumed().second[0], {"load_safetensors", "checkpoint-4.safetensors"}) == "");

  // A new one takes a number of its own, and counts the whole ones.
  {
    Tiny other;
    Checkpoints checkpoints = fresh();
    checkpoints.resume(other.training);
    other.set(5);
    checkpoints.save(other.training);
    CHECK(names_in(scratch / "run") == Names{"best.safetensors", "checkpoint-2.safetensors", "checkpoint-3.safetensors",
                                             "checkpoint-4.safetensors", "checkpoint-5.safetensors"});
    CHECK(resumed().first == 5);
  }

  const Linear wide(2, 1);
  Training misfit{.model = wide};
  Checkpoints checkpoints = fresh();
  CHECK(lacks(error_of([&] { checkpoints.resume(misfit); }),
              {"Checkpoints.resume", "checkpoint-5.safetensors", "part 'model'", "(1, 1)"}) == "");
  CHECK(misfit.step == 0);

  fs::resize_file(file(5), 100);
  put_file(file(3), "");
  damage(file(2));
  CHECK(resumed().first == 1);  // the best
  CHECK(resumed().second.size() == 4);
  // Without its checksum a file is not taken for whole.
  const Safetensors best = load_safetensors(scratch / "run" / "best.safetensors");
  save_safetensors(scratch / "run" / "best.safetensors", best.tensors, best.metadata, {.checksum = false});
  const std::string error = error_of([&] { checkpoints.resume(tiny.training); });
  CHECK(lacks(error, {"Checkpoints.resume", "none of the checkpoints is whole", "checkpoint-5", "checkpoint-4",
                      "checkpoint-3", "checkpoint-2", "best.safetensors", "no checksum"}) == "");
  CHECK(lacks(error_of([&] { checkpoints.save(tiny.training); }), {"Checkpoints.save", "checkpoint-5", "resume()"}) ==
        "");
}

TEST_CASE("a folder with a run is not begun anew, and has one writer at a time") {
  const Scratch scratch;
  Tiny tiny;
  const auto save_with = [&](Checkpoints& checkpoints) {
    return error_of([&] {
      checkpoints.save(tiny.training);
      checkpoints.wait();
    });
  };
  std::optional<Checkpoints> third(std::in_place, scratch / "deep" / "run");
  {
    Checkpoints first(scratch / "deep" / "run"), second(scratch / "deep" / "run");
    CHECK(!second.resume(tiny.training));
    CHECK(save_with(first) == "no Error");
    for (Checkpoints* other : {&second, &*third})
      CHECK(lacks(save_with(*other), {"Checkpoints.save", "deep/run", "another one writes"}) == "");
    const pid_t child = fork();
    if (child == 0) {
      Checkpoints fourth(scratch / "deep" / "run", {.background = false});
      fourth.resume(tiny.training);
      std::_Exit(lacks(save_with(fourth), {"another one writes"}) == "" ? 0 : 1);
    }
    int status = 1;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
  }
  CHECK(lacks(save_with(*third), {"Checkpoints.save", "checkpoint-1.safetensors", "resume()"}) == "");
  REQUIRE(third->resume(tiny.training));
  CHECK(save_with(*third) == "no Error");
  fs::remove(third->files()[0]);
  fs::rename(third->files()[0], third->best());
  third.reset();
  Checkpoints fourth(scratch / "deep" / "run");
  CHECK(lacks(save_with(fourth), {"best.safetensors", "resume()"}) == "");

  CHECK(lacks(error_of([] { Checkpoints("", {}); }), {"Checkpoints", "no name"}) == "");
  CHECK(lacks(error_of([] { Checkpoints(std::string("a\0b", 3), {}); }), {"Checkpoints", "zero byte"}) == "");
  CHECK(lacks(error_of([] { Checkpoints("a", {.keep = 0}); }), {"Checkpoints", "keep is 0"}) == "");
  put_file(scratch / "file", "");
  Checkpoints in_a_file(scratch / "file");
  CHECK(lacks(error_of([&] { in_a_file.resume(tiny.training); }), {"Checkpoints", "file", "cannot be read"}) == "");
  Checkpoints below_a_file(scratch / "file" / "run");
  CHECK(lacks(save_with(below_a_file), {"Checkpoints", "file"}) == "");
}

TEST_CASE("a snapshot is of its moment, whatever is trained while it waits, and the newest and the best are written") {
  const Scratch scratch;
  std::mutex mutex;
  std::condition_variable changed;
  bool held = true, reached = false;
  Tiny tiny;
  {
    // The writer is held in its first operation.
    const Observed observed([&](const disk::Operation& operation) {
      if (operation.kind != disk::Operation::Kind::create) return 0;
      std::unique_lock guard(mutex);
      reached = true;
      changed.notify_all();
      changed.wait(guard, [&] { return !held; });
      return 0;
    });
    Checkpoints checkpoints(scratch / "run", {.keep = 9});
    optim::SGD sgd(tiny.training.model.parameters(), {.lr = 1});
    tiny.set(1);
    checkpoints.save(tiny.training);
    {
      std::unique_lock guard(mutex);
      changed.wait(guard, [&] { return reached; });
    }
    for (int step = 2; step <= 5; ++step) {
      // A step in place, if the weight were not held.
      {
        const Tape tape;
        const Tensor loss = sum(tiny.layer(ones({1, 1})));
        sgd.step(tape.gradient(loss, tiny.training.model.parameters()));
      }
      CHECK(tiny.weight() != static_cast<double>(step));
      tiny.set(step);
      checkpoints.save(tiny.training, step == 3 ? 0.5 : 0.7);
    }
    CHECK(names_in(scratch / "run").empty());
    {
      const std::lock_guard guard(mutex);
      held = false;
    }
    changed.notify_all();
  }  // the destructor waits
  CHECK(names_in(scratch / "run") == Names{"best.safetensors", "checkpoint-1.safetensors", "checkpoint-2.safetensors"});
  CHECK(tiny.step_in(scratch / "run" / "checkpoint-1.safetensors") == 1);
  CHECK(tiny.step_in(scratch / "run" / "checkpoint-2.safetensors") == 5);
  CHECK(tiny.step_in(scratch / "run" / "best.safetensors") == 3);
}

TEST_CASE("steps that update large parameters in place leave a snapshot as it is") {
  const Linear layer(300, 300);
  optim::AdamW adam(layer.parameters(), {.lr = 0.1});
  const Training training{.model = layer, .optimizer = adam};
  const auto steps = [&] {
    for (int i = 0; i < 8; ++i) {  // past planning and compiling
      const Tape tape;
      adam.step(tape.gradient(sum(square(layer(ones({4, 300})))), layer.parameters()));
    }
  };
  steps();
  const TrainingFile snapshot = file_of("test", training);
  std::vector<std::vector<double>> before;
  for (const auto& [name, tensor] : snapshot.entries) before.push_back(tensor.to_vector<double>());
  steps();
  for (std::size_t i = 0; i < before.size(); ++i) {
    INFO(snapshot.entries[i].first);
    CHECK(snapshot.entries[i].second.to_vector<double>() == before[i]);
  }
  CHECK(layer.weight.value().to_vector<double>() !=
        std::ranges::find(snapshot.entries, "model.weight", [](const auto& entry) {
          return entry.first;
        })->second.to_vector<double>());
}

TEST_CASE("an error of the writing comes with the next call, once, and takes no older checkpoint away") {
  for (const bool background : {true, false}) {
    for (const disk::Operation::Kind failing :
         {disk::Operation::Kind::create, disk::Operation::Kind::write, disk::Operation::Kind::sync,
          disk::Operation::Kind::rename, disk::Operation::Kind::sync_folder}) {
      INFO("background ", background, ", operation ", static_cast<int>(failing));
      const Scratch scratch;
      Tiny tiny;
      Checkpoints checkpoints(scratch / "run", {.keep = 1, .background = background});
      tiny.set(1);
      checkpoints.save(tiny.training);
      checkpoints.wait();
      std::string error;
      {
        const Observed observed(
            [&](const disk::Operation& operation) { return operation.kind == failing ? ENOSPC : 0; });
        tiny.set(2);
        error = error_of([&] {
          checkpoints.save(tiny.training);
          checkpoints.wait();
        });
        CHECK(lacks(error, {"save_safetensors", "run/checkpoint-2.safetensors", "No space left"}) == "");
        CHECK(error_of([&] { checkpoints.wait(); }) == "no Error");
        CHECK(tiny.step_in(scratch / "run" / "checkpoint-1.safetensors") == 1);
        if (background) {  // with the next save, which is taken all the same
          checkpoints.save(tiny.training);
          error_of([&] { checkpoints.wait(); });
        }
      }
      tiny.set(3);
      checkpoints.save(tiny.training);
      checkpoints.wait();
      REQUIRE(!checkpoints.files().empty());
      CHECK(tiny.step_in(checkpoints.files()[0]) == 3);
      CHECK(!fs::exists(scratch / "run" / "checkpoint-1.safetensors"));
    }
  }
}

}  // namespace xgrad::nn
