#include <apps/common/run_folder.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <apps/common/files.hpp>
#include <apps/common/numbers.hpp>
#include <autograd/error.hpp>

namespace xgrad::apps {

namespace {

const std::filesystem::path runs = "runs";

/// The number of the last run of a kind; 0 where there is none.
std::int64_t last_number(std::string_view kind) {
  const std::string prefix = fmt::format("{}-", kind);
  std::int64_t last = 0;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(runs, none)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix)) continue;
    if (const auto number = parse_number<std::int64_t>(std::string_view(name).substr(prefix.size())))
      last = std::max(last, *number);
  }
  return last;
}

std::filesystem::path numbered(std::string_view kind, std::int64_t number) {
  return runs / fmt::format("{}-{}", kind, number);
}

}  // namespace

std::filesystem::path newest_run(std::string_view kind) {
  const std::int64_t last = last_number(kind);
  return last == 0 ? std::filesystem::path() : numbered(kind, last);
}

RunFolder::RunFolder(std::string_view kind, const std::filesystem::path& out, Start start,
                     const std::vector<std::string>& results)
    : path_(out), kind_(kind), numbered_(out.empty() && start != Start::resumed) {
  if (numbered_ && start == Start::replacing) fail("--overwrite", "expected --out as well, the folder to replace");
  if (out.empty()) path_ = numbered_ ? numbered(kind, last_number(kind) + 1) : newest_run(kind);
  if (path_.empty())
    fail("--resume", fmt::format("there is no run {}-N in the folder runs; name its folder with --out", kind));
  check_directory(path_);
  for (const std::string& name : results) {
    check_file(path_ / name);
    if (start == Start::anew && std::filesystem::exists(path_ / name))
      fail("--out", fmt::format("there is a run in '{}' already ({}); go on with it (--resume, where the command has "
                                "that), replace it (--overwrite), or name another folder",
                                path_.string(), name));
  }
}

void RunFolder::make() {
  if (!numbered_) return make_directory(path_);
  make_directory(runs);
  // Another process may have taken the number meanwhile.
  std::error_code error;
  for (std::int64_t number = last_number(kind_) + 1; !std::filesystem::create_directory(path_, error); ++number) {
    if (std::filesystem::exists(path_ / run_file) || !std::filesystem::is_empty(path_, error))
      path_ = numbered(kind_, number);
    else
      return;
    if (error) fail("--out", fmt::format("'{}' cannot be made: {}", path_.string(), error.message()));
  }
}

void RunFolder::remove_empty() const noexcept {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);  // which leaves a folder with files alone
}

std::filesystem::path model_of_run(std::string_view kind, const std::filesystem::path& run, std::string_view maker) {
  const std::filesystem::path path = run.empty() ? newest_run(kind) : run;
  if (path.empty())
    fail("--run",
         fmt::format("there is no run {}-N in the folder runs; `xgrad {}` makes one, --run names another folder", kind,
                     maker));
  const std::filesystem::path file = std::filesystem::is_directory(path) ? path / model_file : path;
  if (!std::filesystem::exists(file))
    fail(file.string(), fmt::format("there is no such model; `xgrad {}` makes one", maker));
  return file;
}

}  // namespace xgrad::apps
