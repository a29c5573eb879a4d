#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>

// kill_kills PROGRAM: runs kill_train, kills it again and again, each time at a random moment, lets it go on from its
// checkpoints, and compares what it comes to with an uninterrupted run, byte for byte. At least XGRAD_KILLS kills, 12
// by default. Prints what the kills met; the exit status says whether all was as it should be.
namespace {

namespace fs = std::filesystem;
using Seconds = std::chrono::duration<double>;
using Clock = std::chrono::steady_clock;

extern "C" char** environ;

std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path.string() + " is not there");
  return {std::istreambuf_iterator<char>(file), {}};
}

pid_t start(const std::string& program, const fs::path& folder, const fs::path& result) {
  std::string arguments[] = {program, folder.string(), result.string()};
  char* list[] = {arguments[0].data(), arguments[1].data(), arguments[2].data(), nullptr};
  pid_t child = 0;
  if (posix_spawn(&child, program.c_str(), nullptr, nullptr, list, environ) != 0)
    throw std::runtime_error(program + " cannot be started");
  return child;
}

void check_end(int status) {
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw std::runtime_error("the training ended with status " + std::to_string(status));
}

/// The number of the newest checkpoint in a folder, and whether a file was being written there.
struct Found {
  long newest = 0;
  bool writing = false;
};
Found look(const fs::path& folder) {
  Found found;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    const std::string name = entry.path().filename();
    if (name.ends_with(".tmp"))
      found.writing = true;
    else if (name.starts_with("checkpoint-"))
      found.newest = std::max(found.newest, std::strtol(name.c_str() + 11, nullptr, 10));
  }
  return found;
}

struct Counts {
  int kills = 0, in_write = 0, before_first = 0, runs = 0;
};

/// One run to its end. A life lasts up to `limit`, longer where it is too short to get on.
void run_to_end(const std::string& program, const fs::path& work, Seconds limit, std::mt19937_64& random,
                Counts& counts) {
  const fs::path folder = work / "run", result = work / "result";
  long newest = 0;
  bool was_writing = false;
  for (double patience = 1;;) {
    const pid_t child = start(program, folder, result);
    std::this_thread::sleep_for(std::uniform_real_distribution<>(0, patience)(random) * limit);
    int status = 0;
    if (::waitpid(child, &status, WNOHANG) == child) {
      check_end(status);
      break;
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status)) {  // on its own, just before
      check_end(status);
      break;
    }
    const Found found = look(folder);
    ++counts.kills;
    // A file that a killed writer left stays until its name is written again.
    if (found.writing && (!was_writing || found.newest != newest)) ++counts.in_write;
    if (found.newest == 0) ++counts.before_first;
    patience = found.newest > newest ? 1 : patience * 1.3;
    newest = found.newest;
    was_writing = found.writing;
  }
  ++counts.runs;
}

}  // namespace

int main(int count, char** arguments) try {
  if (count != 2) return 2;
  const std::string program = arguments[1];
  const char* const given = std::getenv("XGRAD_KILLS");
  const int kills = given ? std::atoi(given) : 12;
  const std::uint64_t seed = std::random_device()();
  std::mt19937_64 random(seed);

  std::string name = (fs::temp_directory_path() / "xgrad-kill-XXXXXX").string();
  const fs::path work = ::mkdtemp(name.data());
  const auto begin = Clock::now();
  int status = 0;
  ::waitpid(start(program, work / "whole", work / "expected"), &status, 0);
  check_end(status);
  const Seconds whole = Clock::now() - begin;
  const std::string expected = bytes_of(work / "expected");

  Counts counts;
  bool same = true;
  while (same && counts.kills < kills) {
    run_to_end(program, work, whole / 4, random, counts);
    same = bytes_of(work / "result") == expected;
    if (!same) break;
    fs::remove_all(work / "run");
    fs::remove(work / "result");
  }
  std::printf("%d kills in %d runs of %.2f s: %d while a file was written, %d before the first checkpoint\n",
              counts.kills, counts.runs, whole.count(), counts.in_write, counts.before_first);
  if (!same) {
    std::fprintf(stderr, "another result than the uninterrupted run's, in %s (seed %llu)\n", work.c_str(),
                 static_cast<unsigned long long>(seed));
    return 1;
  }
  fs::remove_all(work);
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
