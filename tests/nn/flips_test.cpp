#include <doctest/doctest.h>

#include <functional>
#include <random>
#include <string>
#include <vector>

#include <autograd/io/events.hpp>
#include <autograd/io/file.hpp>
#include <autograd/io/npz.hpp>
#include <nn/checkpoints.hpp>
#include <nn/logger.hpp>

#include "../apps/scratch.hpp"
#include "../autograd/expect.hpp"
#include "../autograd/io/bytes.hpp"
#include "training_run.hpp"

// One byte that has changed, anywhere in a file that the library writes and reads back. Files of other programs'
// formats without room for a checksum (npy, CSV, JSONL, ONNX) are not among them.
namespace xgrad::nn {
namespace {

namespace fs = std::filesystem;

struct Kind {
  std::string name;
  std::function<void(const fs::path&)> save, load;
};

std::vector<Kind> kinds(TrainingRun& run, Training& training, Sequential& narrow) {
  const auto tensors = [&run] {
    std::map<std::string, Tensor> named;
    for (const auto& [name, tensor] : state_dict(run.model)) named.emplace(name, tensor);
    return named;
  };
  const auto load_archive = [](const fs::path& path) { load_npz(path); };
  return {
      {"a checkpoint", [&](const fs::path& path) { save_checkpoint(path, training); },
       [&](const fs::path& path) { load_checkpoint(path, training); }},
      {"the best of Checkpoints",
       [&](const fs::path& path) {
         const Scratch scratch;
         Checkpoints checkpoints(scratch / "run", {.background = false});
         checkpoints.save(training, 0.5);
         fs::rename(checkpoints.best(), path);
       },
       [&](const fs::path& path) { load_checkpoint(path, training); }},
      {"a model", [&](const fs::path& path) { save(narrow, path); }, [&](const fs::path& path) { load(narrow, path); }},
      {"tensors in float16",
       [&](const fs::path& path) {
         save_safetensors(path, state_dict(run.model), {{"note", "x"}},
                          {.dtypes = {{"0.weight", StoredDType::float16}}});
       },
       [](const fs::path& path) { load_safetensors(path); }},
      {"npz", [=](const fs::path& path) { save_npz(path, tensors()); }, load_archive},
      {"deflated npz",
       [=](const fs::path& path) { save_npz(path, tensors(), {.compression = NpzCompression::deflated}); },
       load_archive}};
}

/// Whether the checksums of all records of an events file are right, and nothing is left over.
bool whole_records(const std::string& bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    constexpr std::size_t around = 16;
    if (bytes.size() - at < around) return false;
    const auto length = io::number_at<std::uint64_t>(bytes, at);
    if (length > bytes.size() - at - around) return false;
    const std::string record = bytes.substr(at, length + around);
    if (record != io::framed(record.substr(12, length))) return false;
    at += length + around;
  }
  return true;
}

}  // namespace

TEST_CASE("each of 1,000 random flips of a byte is an Error that names the file") {
  TrainingRun run(1);
  Training training = run.training();
  training.metadata = {{"batch", "4"}, {"name", "flips"}};
  run.go_on(training, [&](Where) { return training.step == 5; });
  Sequential narrow{Linear(5, 3), Tanh(), Linear(3, 2)};
  narrow.to(bfloat16);

  std::mt19937_64 random(20261130);
  const std::vector<Kind> all = kinds(run, training, narrow);
  int flips = 0;
  for (const Kind& kind : all) {
    INFO(kind.name);
    const Scratch scratch;
    const fs::path path = scratch / "flipped.file";
    kind.save(path);
    kind.load(path);  // whole, it loads
    const std::string bytes = contents(path);
    for (std::size_t i = 0; i < 1 + 1000 / all.size(); ++i, ++flips) {
      const std::size_t at = random() % bytes.size();
      const char flipped = static_cast<char>(bytes[at] ^ static_cast<char>(1 + random() % 255));
      test::spill(path, std::string(bytes).replace(at, 1, 1, flipped));
      const std::string error = test::error_of([&] { kind.load(path); });
      if (error.find("flipped.file") == std::string::npos)
        FAIL_CHECK("byte ", at, " of ", bytes.size(), " as ", static_cast<int>(flipped), ": ", error);
    }
  }
  CHECK(flips >= 1000);
}

TEST_CASE("a flipped byte of TensorBoard's file is found by the checksum of its record") {
  const Scratch scratch;
  {
    Logger log((scratch / "run").string(), {.csv = false, .jsonl = false});
    for (int step = 0; step < 20; ++step) log.scalar("loss", step, 1.0 / (step + 1));
    log.text("notes", 3, "some words");
  }
  std::string bytes;
  for (const auto& entry : fs::directory_iterator(scratch / "run")) bytes = contents(entry.path());
  REQUIRE(whole_records(bytes));
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ 1 << at % 8);
    if (whole_records(flipped)) FAIL_CHECK("byte ", at);
  }
}

}  // namespace xgrad::nn
