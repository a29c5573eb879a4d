#include <apps/common/checkpoint_files.hpp>

#include <doctest/doctest.h>

#include <autograd/error.hpp>

#include "scratch.hpp"

using namespace xgrad;
using namespace xgrad::apps;

namespace {

/// The checkpoints in a folder, "newest, previous, best", where - stands for none.
std::string files(const Scratch& scratch) {
  std::string text;
  for (const char* name : {model_file, previous_file, best_file})
    text += (text.empty() ? "" : ", ") + (std::filesystem::exists(scratch / name) ? contents(scratch / name) : "-");
  return text;
}

/// A run whose checkpoints are texts, in the scratch folder.
class Run {
 public:
  explicit Run(const Scratch& scratch) : folder_("kind", scratch / "", Start::replacing, {}) {}

  void save(std::string_view text, bool is_best = false) {
    files_.save([&](const std::filesystem::path& path) { put_file(path, text); }, is_best);
  }
  /// Saves, and fails while the file of this name is written.
  void fail_in(const char* name, std::string_view text, bool is_best) {
    const auto write = [&](const std::filesystem::path& path) {
      if (path.filename() == name) fail("disk", "full");
      put_file(path, text);
    };
    CHECK_THROWS_WITH_AS(files_.save(write, is_best), "disk: full", Error);
  }
  /// What the run goes on from. Texts that begin with '!' are damaged.
  std::string resume() {
    std::string text;
    files_.resume([&](const std::filesystem::path& path) {
      const std::string found = contents(path);
      if (found.starts_with('!')) fail(path.filename().string(), "is damaged");
      text = found;
    });
    return text;
  }

 private:
  RunFolder folder_;
  CheckpointFiles files_{folder_};
};

}  // namespace

TEST_CASE("the newest checkpoint, the one before it and the best one stay") {
  const Scratch scratch;
  Run run(scratch);
  run.save("1", true);
  CHECK(files(scratch) == "1, -, 1");
  run.save("2", true);
  CHECK(files(scratch) == "2, 1, 2");
  run.save("3");
  CHECK(files(scratch) == "3, 2, 2");
  run.save("4");
  CHECK(files(scratch) == "4, 3, 2");
}

TEST_CASE("a run goes on from the newest checkpoint, or from the one before where that is damaged") {
  const Scratch scratch;
  CHECK_THROWS_AS(Run(scratch).resume(), Error);
  Run(scratch).save("1", true);
  CHECK(Run(scratch).resume() == "1");
  put_file(scratch / model_file, "!");
  CHECK_THROWS_WITH_AS(Run(scratch).resume(), "model.safetensors: is damaged", Error);

  put_file(scratch / previous_file, "1");
  Run run(scratch);
  CHECK(run.resume() == "1");
  CHECK(files(scratch) == "!, 1, 1");
  run.save("2");  // what is damaged is not kept as the one before
  CHECK(files(scratch) == "2, 1, 1");
  run.save("3", true);
  CHECK(files(scratch) == "3, 2, 3");

  put_file(scratch / model_file, "!");
  put_file(scratch / previous_file, "!");
  CHECK_THROWS_WITH_AS(Run(scratch).resume(), "model.safetensors: is damaged", Error);
}

TEST_CASE("a run that takes another one's place leaves none of its checkpoints") {
  const Scratch scratch;
  for (const char* name : {model_file, previous_file, best_file}) put_file(scratch / name, "another run's");
  Run(scratch).save("1");
  CHECK(files(scratch) == "1, -, -");
}

TEST_CASE("where a checkpoint cannot be written, there is one to go on from") {
  const Scratch scratch;
  Run run(scratch);
  run.save("1", true);
  run.fail_in(best_file, "2", true);
  CHECK(files(scratch) == "1, -, 1");
  run.fail_in(model_file, "2", true);
  CHECK(files(scratch) == "1, 1, 2");
  CHECK(Run(scratch).resume() == "1");
  run.save("2", true);
  CHECK(files(scratch) == "2, 1, 2");
}

TEST_CASE("a checkpoint behind a symbolic link is kept as a file") {
  const Scratch scratch;
  put_file(scratch / "elsewhere", "1");
  std::filesystem::create_symlink("elsewhere", scratch / model_file);
  Run run(scratch);
  CHECK(run.resume() == "1");
  run.save("2");
  CHECK(files(scratch) == "2, 1, -");
  CHECK(contents(scratch / "elsewhere") == "2");
}
