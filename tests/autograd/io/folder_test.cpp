#include <autograd/io/folder.hpp>

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include <autograd/io/disk.hpp>

#include "../../apps/scratch.hpp"
#include "../expect.hpp"

namespace xgrad::io {
namespace {

namespace fs = std::filesystem;
using Kind = disk::Operation::Kind;
using test::error_of;
using test::lacks;

/// The operations that a call asks the system for, in order, as texts; those of `failing` fail.
template <class F>
std::vector<std::string> operations_of(F&& call, std::optional<Kind> failing = {}) {
  static const char* const names[] = {"create", "write", "sync", "rename", "remove", "make folder", "sync folder"};
  std::vector<std::string> texts;
  disk::observe([&](const disk::Operation& operation) {
    std::string text = names[static_cast<int>(operation.kind)];
    text += " " + fs::path(operation.path).filename().string();
    if (!operation.to.empty()) text += " to " + fs::path(operation.to).filename().string();
    texts.push_back(text);
    return operation.kind == failing ? EIO : 0;
  });
  try {
    call();
  } catch (const Error& error) {
    texts.push_back(error.what());
  }
  disk::observe({});
  return texts;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a file's bytes are synced before it gets its name, and the name with its folder") {
  const Scratch scratch;
  const std::string folder = fs::path(scratch / "a").parent_path().filename().string();
  const auto write = [&] { put_file(scratch / "a", "bytes"); };
  CHECK(operations_of(write) == Texts{"create a.xgrad-0.tmp", "write a.xgrad-0.tmp", "sync a.xgrad-0.tmp",
                                      "rename a.xgrad-0.tmp to a", "sync folder " + folder});
  for (const Kind failing : {Kind::create, Kind::write, Kind::sync, Kind::rename, Kind::sync_folder}) {
    fs::remove(scratch / "a");
    const Texts texts = operations_of(write, failing);
    CHECK(lacks(texts.back(), {"test", (scratch / "a").string(), "Input/output error"}) == "");
    CHECK(fs::exists(scratch / "a") == (failing == Kind::sync_folder));
    CHECK(!fs::exists(scratch / "a.xgrad-0.tmp"));
  }
}

TEST_CASE("folders are made from above, each synced with the one above it") {
  const Scratch scratch;
  const std::string above = fs::path(scratch / "a").parent_path().filename().string();
  const auto make = [&] { make_folder({"test", (scratch / "a/b/c").string()}); };
  CHECK(operations_of(make) == Texts{"make folder a", "sync folder " + above, "make folder b", "sync folder a",
                                     "make folder c", "sync folder b"});
  CHECK(fs::is_directory(scratch / "a/b/c"));
  CHECK(operations_of(make).empty());
  CHECK(operations_of([&] { make_folder({"test", (scratch / "d/./e/").string()}); }).size() == 4);
  CHECK(fs::is_directory(scratch / "d/e"));
  for (const Kind failing : {Kind::make_folder, Kind::sync_folder}) {
    fs::remove_all(scratch / "a");
    CHECK(lacks(operations_of(make, failing).back(), {"test", "a/b/c", "Input/output error"}) == "");
  }
  put_file(scratch / "file", "");
  CHECK(lacks(error_of([&] {
                make_folder({"test", (scratch / "file/a").string()});
              }),
              {"file/a", "/file' cannot be made", "File exists"}) == "");
  CHECK(lacks(error_of([&] {
                make_folder({"test", (scratch / "file").string()});
              }),
              {"file", "cannot be made", "File exists"}) == "");
}

TEST_CASE("a file is removed where it is there") {
  const Scratch scratch;
  put_file(scratch / "a", "");
  remove_file({"test", (scratch / "a").string()});
  CHECK(!fs::exists(scratch / "a"));
  remove_file({"test", (scratch / "a").string()});
  fs::create_directory(scratch / "folder");
  CHECK(lacks(error_of([&] {
                remove_file({"test", (scratch / "folder").string()});
              }),
              {"test", "folder", "cannot be removed"}) == "");
}

TEST_CASE("a folder has one lock, in all processes, until its holder goes or is killed") {
  const Scratch scratch;
  const Place place{"test", (scratch / "").string()};
  const auto refusal = [&] { return error_of([&] { const FolderLock lock(place); }); };
  {
    const FolderLock lock(place);
    CHECK(lacks(refusal(), {"test", "another one writes to this folder"}) == "");
  }
  CHECK(refusal() == "no Error");

  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = fork();
  if (child == 0) {
    const FolderLock lock(place);
    if (::write(ready[1], "x", 1) != 1) std::_Exit(1);
    for (;;) ::pause();
  }
  char byte;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  CHECK(lacks(refusal(), {"another one writes"}) == "");
  ::kill(child, SIGKILL);
  int status;
  ::waitpid(child, &status, 0);
  CHECK(refusal() == "no Error");
  ::close(ready[0]);
  ::close(ready[1]);
  CHECK(lacks(error_of([&] {
                FolderLock({"test", (scratch / "none").string()});
              }),
              {"none", "cannot be opened"}) == "");
}

}  // namespace xgrad::io
