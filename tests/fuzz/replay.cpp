// The targets without a fuzzer, in every build:
//
//   test_fuzz TARGET FOLDER...         runs a target on its seeds, on damaged copies of them, and on the files in those
//   of
//                                      the folders that are there (past findings); the input that runs lies in
//                                      TARGET.input, for the case that it ends the program
//   test_fuzz --seeds TARGET FOLDER    writes the seeds there
//   test_fuzz --run TARGET FILE        runs one input
//   test_fuzz --show TARGET FILE       says what it says
//   test_fuzz --list                   names the targets

#include <algorithm>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "target.hpp"

namespace {

namespace fs = std::filesystem;
using xgrad::fuzz::Target;

void write(const fs::path& path, std::string_view bytes) {
  std::ofstream out(path, std::ios::binary);
  out << bytes;
  if (!out.flush()) throw std::runtime_error("cannot write " + path.string());
}

/// Runs the target and says which inputs are findings.
class Runs {
 public:
  /// `keep`: whether an input lies in a file while it runs.
  Runs(const Target& target, bool keep) : target_(target), keep_(keep) {}

  void operator()(std::string_view bytes, const std::string& input) {
    ++count_;
    if (keep_) write(target_.name + ".input", bytes);
    try {
      target_.run(bytes);
    } catch (const std::exception& error) {
      ++findings_;
      std::cerr << target_.name << ", " << input << ": " << error.what() << '\n';
    }
  }

  int count() const noexcept { return count_; }
  int findings() const noexcept { return findings_; }

 private:
  const Target& target_;
  bool keep_;
  int count_ = 0, findings_ = 0;
};

std::string bytes_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A seed cut off, with bytes changed, or with a piece of it twice, 40 times.
void run_damaged(Runs& runs, const std::string& seed, const std::string& name) {
  std::mt19937 random(7);
  const auto below = [&](std::size_t n) { return n == 0 ? 0 : random() % n; };
  for (int i = 0; i < 40; ++i) {
    std::string bytes = seed;
    const std::size_t at = below(bytes.size());
    if (i % 4 == 0)
      bytes.resize(at);
    else if (i % 4 == 1)
      bytes.insert(at, bytes.substr(below(bytes.size()), below(64)));
    else
      for (std::size_t k = 0; k <= below(4) && !bytes.empty(); ++k)
        bytes[below(bytes.size())] = static_cast<char>(i % 4 == 2 ? 0xff : random());
    runs(bytes, name + ", damaged for the " + std::to_string(i + 1) + ". time");
  }
}

int replay(const Target& target, std::span<char*> folders) {
  Runs runs(target, true);
  runs("", "no bytes");
  const std::vector<std::string> seeds = target.seeds();
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    runs(seeds[i], "seed " + std::to_string(i));
    run_damaged(runs, seeds[i], "seed " + std::to_string(i));
  }
  std::vector<fs::path> files;
  for (const char* folder : folders)
    if (fs::is_directory(folder))
      for (const fs::directory_entry& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::ranges::sort(files);
  for (const fs::path& file : files) runs(bytes_of(file), file.string());
  std::cout << target.name << ": " << runs.count() << " inputs, " << runs.findings() << " findings\n";
  return runs.findings() == 0 ? 0 : 1;
}

int write_seeds(const Target& target, const fs::path& folder) {
  fs::create_directories(folder);
  const std::vector<std::string> seeds = target.seeds();
  for (std::size_t i = 0; i < seeds.size(); ++i) write(folder / ("seed-" + std::to_string(i)), seeds[i]);
  return 0;
}

int run_one(const Target& target, const fs::path& file) {
  Runs runs(target, false);
  runs(bytes_of(file), file.string());
  return runs.findings() == 0 ? 0 : 1;
}

int show(const Target& target, const fs::path& file) {
  const std::string bytes = bytes_of(file);
  std::cout << (target.shown ? target.shown(bytes) : bytes) << '\n';
  return 0;
}

int usage() {
  std::cerr << "test_fuzz TARGET FOLDER...\ntest_fuzz --seeds TARGET FOLDER\ntest_fuzz --run TARGET FILE\n"
               "test_fuzz --show TARGET FILE\ntest_fuzz --list\n";
  return 2;
}

}  // namespace

int main(int argc, char** argv) try {
  const std::span<char*> arguments(argv + 1, static_cast<std::size_t>(argc - 1));
  if (arguments.empty()) return usage();
  const std::vector<Target> targets = xgrad::fuzz::targets();
  if (arguments[0] == std::string("--list")) {
    for (const Target& target : targets) std::cout << target.name << '\n';
    return 0;
  }
  const std::string first = arguments[0];
  const bool asks = first == "--seeds" || first == "--run" || first == "--show";
  if (asks && arguments.size() != 3) return usage();
  const std::string name = arguments[asks ? 1 : 0];
  const auto target = std::ranges::find(targets, name, &Target::name);
  if (target == targets.end()) {
    std::cerr << "test_fuzz: there is no target '" << name << "'\n";
    return 2;
  }
  if (first == "--seeds") return write_seeds(*target, arguments[2]);
  if (first == "--run") return run_one(*target, arguments[2]);
  if (first == "--show") return show(*target, arguments[2]);
  const int code = replay(*target, arguments.subspan(1));
  if (code == 0) fs::remove(name + ".input");
  return code;
} catch (const std::exception& error) {
  std::cerr << "test_fuzz: " << error.what() << '\n';
  return 1;
}
