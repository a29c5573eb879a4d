#include <doctest/doctest.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <thread>
#include <vector>

#include <autograd/io/file.hpp>
#include <autograd/io/npz.hpp>
#include <autograd/io/safetensors.hpp>

#include "../../apps/scratch.hpp"
#include "../address_limit.hpp"
#include "../expect.hpp"
#include "bytes.hpp"

// What writing leaves in a directory, whatever happens, and what becomes of memory that cannot be had.
namespace xgrad::io {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::lacks;

std::vector<std::string> names_in(const fs::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory)) names.push_back(entry.path().filename());
  std::ranges::sort(names);
  return names;
}

using Names = std::vector<std::string>;

/// A process that writes a file through write_file, endlessly, until it is killed in the middle of it.
void kill_while_writing(const fs::path& path) {
  const std::string large(std::size_t{1} << 22, 'x');
  const pid_t child = fork();
  if (child == 0) {
    for (;;) write_file({"test", path.string()}, large);
  }
  const auto writes = [&] {
    for (const std::string& name : names_in(path.parent_path()))
      if (name.ends_with(".tmp")) return true;
    return false;
  };
  while (!writes()) std::this_thread::yield();
  ::kill(child, SIGKILL);
  int status;
  ::waitpid(child, &status, 0);
}

}  // namespace

TEST_CASE("writers that are killed leave nothing behind once the file is written again") {
  const Scratch scratch;
  for (int round = 0; round < 10; ++round) {
    kill_while_writing(scratch / "a");
    const Names names = names_in(scratch / "");
    CHECK(names.size() <= 2);
    put_file(scratch / "a", "new");
    CHECK(names_in(scratch / "") == Names{"a"});
    CHECK(contents(scratch / "a") == "new");
  }
}

TEST_CASE("what killed writers of several names and numbers left goes with the next write of that name alone") {
  const Scratch scratch;
  for (const char* name : {"a.xgrad-0.tmp", "a.xgrad-3.tmp", "b.xgrad-0.tmp", "a.tmp", "a.xgrad-.tmp"})
    put_file(scratch / name, "left");
  put_file(scratch / "a", "new");
  CHECK(contents(scratch / "a") == "new");
  CHECK(names_in(scratch / "") == Names{"a", "a.tmp", "a.xgrad-.tmp", "b.xgrad-0.tmp"});
}

TEST_CASE("a temporary file that another writer holds is not touched") {
  const Scratch scratch;
  put_file(scratch / "a.xgrad-0.tmp", "in the making");
  const int other = ::open((scratch / "a.xgrad-0.tmp").c_str(), O_WRONLY);
  REQUIRE(::flock(other, LOCK_EX) == 0);
  put_file(scratch / "a", "new");
  CHECK(contents(scratch / "a") == "new");
  CHECK(contents(scratch / "a.xgrad-0.tmp") == "in the making");
  ::close(other);
  put_file(scratch / "a", "newer");
  CHECK(names_in(scratch / "") == Names{"a"});
}

TEST_CASE("threads that write one file at a time leave one of their files, whole, and nothing else") {
  const Scratch scratch;
  std::vector<std::thread> threads;
  for (char letter = 'a'; letter < 'g'; ++letter)
    threads.emplace_back([&, letter] {
      for (int round = 0; round < 20; ++round) put_file(scratch / "file", std::string(100'000, letter));
    });
  for (std::thread& thread : threads) thread.join();
  const std::string bytes = contents(scratch / "file");
  CHECK(bytes == std::string(100'000, bytes[0]));
  CHECK(names_in(scratch / "") == Names{"file"});
}

TEST_CASE("a symbolic link stays and the file behind it is replaced; pipes are written into") {
  const Scratch scratch;
  put_file(scratch / "real", "old");
  fs::create_symlink("real", scratch / "link");
  put_file(scratch / "link", "new");
  CHECK(fs::is_symlink(scratch / "link"));
  CHECK(contents(scratch / "real") == "new");
  CHECK(names_in(scratch / "") == Names{"link", "real"});

  REQUIRE(::mkfifo((scratch / "pipe").c_str(), 0600) == 0);
  std::string read;
  std::thread reader([&] { read = contents(scratch / "pipe"); });
  put_file(scratch / "pipe", std::string(200'000, 'x'));
  reader.join();
  CHECK(read == std::string(200'000, 'x'));
  CHECK(fs::is_fifo(scratch / "pipe"));
}

TEST_CASE("a write that fails is an Error with the reason, leaves the old file and nothing beside it") {
  const Scratch scratch;
  put_file(scratch / "a", "old");
  rlimit before;
  ::getrlimit(RLIMIT_FSIZE, &before);
  rlimit limit = before;
  limit.rlim_cur = 1000;
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &limit);
  const std::string error = error_of([&] { put_file(scratch / "a", std::string(5000, 'x')); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, handler);
  CHECK(lacks(error, {"'" + (scratch / "a").string() + "'", "cannot be written", "File too large"}) == "");
  CHECK(contents(scratch / "a") == "old");
  CHECK(names_in(scratch / "") == Names{"a"});
}

TEST_CASE("files whose length is not known before are read whole") {
  const std::string status = contents("/proc/self/status");
  CHECK(status.starts_with("Name:"));
  CHECK(status.find("\nThreads:") != std::string::npos);
}

TEST_CASE("memory that cannot be had is an Error that names file and bytes") {
  if (!test::can_limit_addresses()) return;
  const Scratch scratch;
  constexpr std::size_t size = std::size_t{1} << 31;
  constexpr std::size_t room = std::size_t{300} << 20;
  put_file(scratch / "large", "");
  fs::resize_file(scratch / "large", size);  // a hole: takes no space
  const std::string ones(40'000'000, '\1');
  put_file(scratch / "small.npy", test::npy_file("|u1", false, {40'000'000}, ones));
  put_file(scratch / "small", test::safetensors_file({{"x", "I8", "[40000000]", ones}}));
  const auto limited = [&](auto&& f) {
    const test::AddressLimit limit(room);
    return error_of(f);
  };
  for (const auto& [function, load] : std::vector<std::pair<std::string, void (*)(const fs::path&)>>{
           {"load_npy", [](const fs::path& path) { load_npy(path); }},
           {"load_npz", [](const fs::path& path) { load_npz(path); }},
           {"load_safetensors", [](const fs::path& path) { load_safetensors(path); }}}) {
    const std::string error = limited([&, load = load] { load(scratch / "large"); });
    CHECK(lacks(error, {function, "large", "memory for 214748364", "bytes cannot be had"}) == "");
  }
  CHECK(lacks(limited([&] { load_npy(scratch / "small.npy"); }), {"small.npy", "memory for 320000000 bytes"}) == "");
  CHECK(lacks(limited([&] { load_safetensors(scratch / "small"); }), {"'x'", "memory for 320000000 bytes"}) == "");
}

}  // namespace xgrad::io
