#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <autograd/io/disk.hpp>
#include <autograd/ops.hpp>
#include <nn/checkpoints.hpp>
#include <nn/linear.hpp>

#include "../apps/scratch.hpp"
#include "../autograd/expect.hpp"
#include "../autograd/io/bytes.hpp"

// What a disk may hold after a power loss at any moment of a run that writes checkpoints. The operations of such a run
// are recorded, and a model of a disk says what each prefix of them may leave: bytes that no fsync followed are there,
// in part, or not; names that no fsync of their folder followed have changed, some of them, or not.
namespace xgrad::nn {
namespace {

namespace fs = std::filesystem;
namespace disk = io::disk;
using Kind = disk::Operation::Kind;

struct Recorded {
  Kind kind;
  std::string path, bytes, to;
  std::int64_t saved = 0;  ///< the last step that was saved before
};

/// What became of bytes that were written and not synced.
enum class Bytes { none, all, first_part, some_blocks };

struct State {
  std::map<std::string, std::string> files;
  std::set<std::string> folders;
  bool operator<(const State& other) const { return std::tie(files, folders) < std::tie(other.files, other.folders); }
};

/// A disk that has got operations. Names are those of paths; each belongs to the folder that it is in.
class Disk {
 public:
  void add(const Recorded& operation) {
    switch (operation.kind) {
      case Kind::create: {
        const auto known = now_.find(operation.path);
        if (known == now_.end()) {
          now_[operation.path] = contents_.size();
          pending_.push_back({operation.kind, operation.path, {}, contents_.size()});
          contents_.emplace_back();
        } else {
          contents_[known->second].now.clear();
        }
        return;
      }
      case Kind::write:
        contents_[now_.at(operation.path)].now += operation.bytes;
        return;
      case Kind::sync: {
        Content& content = contents_[now_.at(operation.path)];
        content.synced = content.now;
        return;
      }
      case Kind::rename:
        pending_.push_back({operation.kind, operation.path, operation.to, now_.at(operation.path)});
        apply(now_, pending_.back());
        return;
      case Kind::remove:
      case Kind::make_folder:
        pending_.push_back({operation.kind, operation.path, {}, 0});
        apply(now_, pending_.back());
        return;
      case Kind::sync_folder:
        for (auto change = pending_.begin(); change != pending_.end();) {
          if (fs::path(change->path).parent_path() != operation.path) {
            ++change;
            continue;
          }
          if (change->kind == Kind::make_folder) folders_.insert(change->path);
          apply(durable_, *change);
          change = pending_.erase(change);
        }
        return;
    }
  }

  /// All that may be there after a power loss now.
  std::set<State> after_power_loss(std::mt19937& random) const {
    std::set<State> states;
    REQUIRE(pending_.size() < 8);
    for (unsigned kept = 0; kept < 1U << pending_.size(); ++kept) {
      std::map<std::string, std::size_t> names = durable_;
      std::set<std::string> folders = folders_;
      for (std::size_t i = 0; i < pending_.size(); ++i) {
        if ((kept >> i & 1U) == 0) continue;
        if (pending_[i].kind == Kind::make_folder) folders.insert(pending_[i].path);
        apply(names, pending_[i]);
      }
      for (const Bytes bytes : {Bytes::none, Bytes::all, Bytes::first_part, Bytes::some_blocks}) {
        State state;
        for (const std::string& folder : folders)
          if (has_parents(folders, folder)) state.folders.insert(folder);
        for (const auto& [name, content] : names)
          if (has_parents(folders, name)) state.files[name] = left_of(contents_[content], bytes, random);
        states.insert(std::move(state));
      }
    }
    return states;
  }

 private:
  struct Content {
    std::string synced, now;
  };
  struct Change {
    Kind kind;
    std::string path, to;
    std::size_t content;
  };

  static void apply(std::map<std::string, std::size_t>& names, const Change& change) {
    if (change.kind == Kind::create) names[change.path] = change.content;
    if (change.kind == Kind::rename) names[change.to] = change.content;
    if (change.kind == Kind::rename || change.kind == Kind::remove) names.erase(change.path);
  }

  /// Whether the folders of a path, as far as the run has made them, are there.
  bool has_parents(const std::set<std::string>& folders, const fs::path& path) const {
    for (fs::path parent = path.parent_path(); parent != parent.parent_path(); parent = parent.parent_path()) {
      const bool made = folders_.contains(parent.string()) || std::ranges::any_of(pending_, [&](const Change& change) {
                          return change.kind == Kind::make_folder && change.path == parent.string();
                        });
      if (made && !folders.contains(parent.string())) return false;
    }
    return true;
  }

  static std::string left_of(const Content& content, Bytes bytes, std::mt19937& random) {
    if (content.now == content.synced || bytes == Bytes::none) return content.synced;
    if (bytes == Bytes::all) return content.now;
    if (bytes == Bytes::first_part) return content.now.substr(0, random() % (content.now.size() + 1));
    constexpr std::size_t block = 512;
    std::string left = content.now;
    for (std::size_t at = 0; at < left.size(); at += block)
      if (random() % 2 == 0) left.replace(at, block, std::min(block, left.size() - at), '\0');
    return left;
  }

  std::vector<Content> contents_;
  std::map<std::string, std::size_t> now_, durable_;
  std::set<std::string> folders_;
  std::vector<Change> pending_;  ///< of names, in order
};

/// A run whose weights are its step.
struct Stepping {
  void set(std::int64_t step) {
    training.step = step;
    layer.weight.set(full({40, 40}, static_cast<double>(step)));
  }
  /// "" where all is of the same step.
  std::string check() const {
    return test::difference(layer.weight.value(), full({40, 40}, static_cast<double>(training.step)));
  }

  Linear layer{40, 40};
  Training training{.model = layer};
};

/// Two processes' worth of checkpoints, the second of which goes on from the first.
constexpr std::int64_t first_steps = 4, steps = 7;
constexpr double metrics[] = {0, 0.5, 0.9, 0.4, 0.7, 0.8, 0.3, 0.6};  // by step

std::vector<Recorded> recorded_run(const fs::path& folder, bool background) {
  std::vector<Recorded> operations;
  std::int64_t saved = 0;
  disk::observe([&](const disk::Operation& operation) {
    operations.push_back(
        {operation.kind, std::string(operation.path), std::string(operation.bytes), std::string(operation.to), saved});
    return 0;
  });
  Stepping run;
  for (const auto& [from, to] : {std::pair(std::int64_t{1}, first_steps), std::pair(first_steps + 1, steps)}) {
    Checkpoints checkpoints(folder, {.keep = 2, .background = background});
    checkpoints.resume(run.training);
    for (std::int64_t step = from; step <= to; ++step) {
      run.set(step);
      checkpoints.save(run.training, metrics[step]);
      checkpoints.wait();
      saved = step;
    }
  }
  disk::observe({});
  return operations;
}

std::int64_t best_step(std::int64_t up_to) {
  return std::min_element(std::begin(metrics) + 1, std::begin(metrics) + up_to + 1) - std::begin(metrics);
}

/// Puts a state on the real disk, under another folder.
void put(const State& state, const fs::path& recorded, const fs::path& root) {
  for (const std::string& folder : state.folders) fs::create_directories(root / fs::relative(folder, recorded));
  for (const auto& [path, bytes] : state.files) test::spill(root / fs::relative(path, recorded), bytes);
}

/// "" where the run goes on from what a power loss left as it should.
std::string check(const fs::path& folder, std::int64_t saved) try {
  Stepping run;
  {
    Checkpoints checkpoints(folder, {.keep = 2, .background = false});
    const std::optional<Resumed> resumed = checkpoints.resume(run.training);
    if (!resumed && saved > 0) return "nothing is there";
    if (run.training.step != saved && run.training.step != saved + 1)
      return "it goes on from step " + std::to_string(run.training.step);
    if (resumed && run.check() != "") return run.check();
    if (saved > 0) {
      Stepping best;
      load_checkpoint(checkpoints.best(), best.training);
      const std::int64_t step = best.training.step;
      if (step != best_step(saved) && (saved == steps || step != best_step(saved + 1))) return "another best";
      if (best.check() != "") return best.check();
    }
    // What is left over is in nobody's way.
    run.set(100);
    checkpoints.save(run.training, 0.0);
  }
  Stepping again;
  Checkpoints(folder).resume(again.training);
  return again.training.step == 100 && again.check() == "" ? "" : "the next checkpoint is not the newest";
} catch (const Error& error) {
  return error.what();
}

struct Outcome {
  std::size_t states = 0;
  std::vector<std::string> wrong;
};

/// Tries each moment of a run whose disk never got operations of the kind `lost`.
Outcome try_all(const std::vector<Recorded>& operations, const fs::path& recorded, std::optional<Kind> lost = {}) {
  Outcome outcome;
  std::mt19937 random(20261130);
  Disk model;
  std::set<std::pair<State, std::int64_t>> tried;
  for (std::size_t done = 0; done <= operations.size(); ++done) {
    const std::int64_t saved = done < operations.size() ? operations[done].saved : steps;
    for (const State& state : model.after_power_loss(random)) {
      if (!tried.emplace(state, saved).second) continue;
      ++outcome.states;
      const Scratch scratch;
      put(state, recorded, scratch / "");
      if (const std::string text = check(scratch / "deep/run", saved); text != "")
        outcome.wrong.push_back("after operation " + std::to_string(done) + ", " + std::to_string(saved) +
                                " saved: " + text);
    }
    if (done < operations.size() && operations[done].kind != lost) model.add(operations[done]);
    if (lost && !outcome.wrong.empty()) break;
  }
  return outcome;
}

}  // namespace

TEST_CASE("after a power loss at any moment the newest checkpoint loads, or the one before it") {
  for (const bool background : {false, true}) {
    const Scratch scratch;
    const std::vector<Recorded> operations = recorded_run(scratch / "deep/run", background);
    const auto count = [&](Kind kind) { return std::ranges::count(operations, kind, &Recorded::kind); };
    CHECK(count(Kind::rename) == 7 + 3);  // best: steps 1, 3, 6
    CHECK(count(Kind::remove) == 7 - 2);  // all but the last two
    CHECK(count(Kind::make_folder) == 2);
    CHECK(count(Kind::sync) == count(Kind::rename));
    CHECK(count(Kind::sync_folder) == count(Kind::rename) + 2);
    if (background) continue;  // the same operations
    const Outcome outcome = try_all(operations, scratch / "");
    MESSAGE(operations.size() << " operations, " << outcome.states << " states");
    CHECK(outcome.states > 200);
    CHECK_MESSAGE(outcome.wrong.empty(), outcome.wrong.size() << " states, first: " << outcome.wrong.front());
  }
}

TEST_CASE("the model of a power loss finds what a missing fsync would cost") {
  for (const Kind lost : {Kind::sync, Kind::sync_folder}) {
    const Scratch scratch;
    CHECK(!try_all(recorded_run(scratch / "deep/run", false), scratch / "", lost).wrong.empty());
  }
}

}  // namespace xgrad::nn
