#include <nn/checkpoints.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include <autograd/error.hpp>
#include <autograd/io/background.hpp>
#include <autograd/io/folder.hpp>
#include <nn/training_file.hpp>

namespace xgrad::nn {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = "checkpoint-", suffix = ".safetensors";
constexpr const char* best_name = "best.safetensors";

/// The number in a checkpoint's name, as this class writes it.
std::optional<std::int64_t> number_of(const fs::path& path) {
  const std::string name = path.filename().string();
  if (!name.starts_with(prefix) || !name.ends_with(suffix)) return std::nullopt;
  const char* const end = name.data() + name.size() - suffix.size();
  std::int64_t number = 0;
  const auto [stop, error] = std::from_chars(name.data() + prefix.size(), end, number);
  const bool is_ours = error == std::errc() && name == fmt::format("{}{}{}", prefix, number, suffix);
  return is_ours && number > 0 ? std::optional(number) : std::nullopt;
}

bool is_there(const fs::path& path) {
  std::error_code unknown;
  return fs::exists(path, unknown);
}

using Snapshot = std::shared_ptr<const TrainingFile>;

}  // namespace

struct Checkpoints::State {
  State(fs::path of, const CheckpointsOptions& with) : folder(std::move(of)), options(with) {}

  const fs::path folder;
  const CheckpointsOptions options;
  bool own = false;  ///< whether what is in the folder is this run's
  std::unique_ptr<const io::FolderLock> lock;
  std::thread writer;

  // What the writer takes from the training thread, and gives it.
  std::mutex mutex;
  std::condition_variable changed;
  Snapshot newest, best;  ///< to be written
  bool writing = false, ending = false;
  std::exception_ptr error;

  // The writer's, and the training thread's while nothing is to be written.
  std::vector<std::int64_t> numbers;  ///< of the files of this run, ascending, without damaged ones
  bool knows_best = false;
  std::optional<double> best_metric;  ///< of the file

  fs::path file(std::int64_t number) const { return folder / fmt::format("{}{}{}", prefix, number, suffix); }

  /// The numbers of the checkpoints in the folder, ascending.
  std::vector<std::int64_t> listed() const {
    std::vector<std::int64_t> found;
    std::error_code error_code;
    fs::directory_iterator entries(folder, error_code);
    for (; !error_code && entries != fs::directory_iterator(); entries.increment(error_code))
      if (const std::optional<std::int64_t> number = number_of(entries->path())) found.push_back(*number);
    if (error_code && error_code != std::errc::no_such_file_or_directory)
      fail(fmt::format("Checkpoints '{}'", folder.string()),
           fmt::format("the folder cannot be read ({})", error_code.message()));
    std::ranges::sort(found);
    return found;
  }

  bool is_better(double metric, std::optional<double> than) const {
    if (std::isnan(metric)) return false;
    if (!than) return true;
    return options.mode == optim::PlateauMode::min ? metric < *than : metric > *than;
  }

  /// The metric of the best file of this run's earlier part. None where it is damaged: then the next one replaces it.
  void read_best() {
    if (std::exchange(knows_best, true) || !is_there(folder / best_name)) return;
    try {
      best_metric = read_training(folder / best_name).metric;
    } catch (const Error&) {
    }
  }

  void write_newest(const TrainingFile& snapshot) {
    std::int64_t number = numbers.empty() ? 1 : numbers.back() + 1;
    while (is_there(file(number))) ++number;
    write_training(file(number), snapshot);
    numbers.push_back(number);
  }

  void write_best(const TrainingFile& snapshot) {
    read_best();
    if (!is_better(*snapshot.metric, best_metric)) return;
    write_training(folder / best_name, snapshot);
    best_metric = snapshot.metric;
  }

  /// Older files go when what is to be written is on the disk.
  void write(const Snapshot& latest, const Snapshot& best_one) {
    std::exception_ptr failure;
    try {
      if (latest) write_newest(*latest);
    } catch (...) {
      failure = std::current_exception();
    }
    if (best_one) write_best(*best_one);
    if (failure) std::rethrow_exception(failure);
    while (std::ssize(numbers) > options.keep) {
      io::remove_file({"Checkpoints", file(numbers.front()).string()});
      numbers.erase(numbers.begin());
    }
  }

  /// The writer, until there is nothing to write and the object goes.
  void work() {
    io::work_in_background();
    std::unique_lock guard(mutex);
    for (;;) {
      changed.wait(guard, [&] { return newest || best || ending; });
      if (!newest && !best) return;
      writing = true;
      Snapshot latest = std::exchange(newest, nullptr), best_one = std::exchange(best, nullptr);
      guard.unlock();
      std::exception_ptr failure;
      try {
        write(latest, best_one);
      } catch (...) {
        failure = std::current_exception();
      }
      latest = best_one = nullptr;
      guard.lock();
      if (failure) error = failure;
      writing = false;
      changed.notify_all();
    }
  }

  /// Starts the writer, where a thread can be had.
  bool has_writer() {
    if (!options.background) return false;
    if (writer.joinable()) return true;
    try {
      writer = std::thread([this] { work(); });
    } catch (const std::system_error&) {
      return false;
    }
    return true;
  }

  /// Waits until nothing is to be written, and throws the error of what could not be.
  void finish() {
    std::unique_lock guard(mutex);
    changed.wait(guard, [&] { return !writing && !newest && !best; });
    if (error) std::rethrow_exception(std::exchange(error, nullptr));
  }

  void begin(const std::string& where) {
    if (lock) return;
    const io::Place place{"Checkpoints.save", folder.string()};
    io::make_folder(place);
    auto taken = std::make_unique<const io::FolderLock>(place);
    const std::vector<std::int64_t> others = own ? std::vector<std::int64_t>() : listed();
    if (!others.empty() || (!own && is_there(folder / best_name)))
      fail(where, fmt::format("the folder has a checkpoint already ({}); go on from it with resume(), or name another "
                              "folder",
                              others.empty() ? best_name : file(others.back()).filename().string()));
    own = true;
    lock = std::move(taken);
  }
};

Checkpoints::Checkpoints(fs::path folder, const CheckpointsOptions& options)
    : state_(std::make_unique<State>(std::move(folder), options)) {
  if (state_->folder.empty()) fail("Checkpoints", "the folder has no name");
  if (state_->folder.native().find('\0') != fs::path::string_type::npos)
    fail("Checkpoints", "the folder's name has a zero byte");
  if (options.keep < 1) fail("Checkpoints", fmt::format("keep is {}; 1 or more were expected", options.keep));
}

Checkpoints::~Checkpoints() {
  {
    const std::lock_guard guard(state_->mutex);
    state_->ending = true;
  }
  state_->changed.notify_all();
  if (state_->writer.joinable()) state_->writer.join();
}

void Checkpoints::save(const Training& training, std::optional<double> metric) {
  const std::string where = fmt::format("Checkpoints.save '{}'", state_->folder.string());
  const auto snapshot = std::make_shared<const TrainingFile>(file_of(where, training, metric));
  state_->begin(where);
  const bool counts = metric && !std::isnan(*metric);
  if (!state_->has_writer()) {
    state_->write(snapshot, counts ? snapshot : nullptr);
    return;
  }
  std::exception_ptr former;
  {
    const std::lock_guard guard(state_->mutex);
    former = std::exchange(state_->error, nullptr);
    state_->newest = snapshot;
    if (counts && (!state_->best || state_->is_better(*metric, state_->best->metric))) state_->best = snapshot;
  }
  state_->changed.notify_all();
  if (former) std::rethrow_exception(former);
}

std::optional<Resumed> Checkpoints::resume(Training& training) {
  wait();
  const std::string where = fmt::format("Checkpoints.resume '{}'", state_->folder.string());
  std::vector<std::int64_t> numbers = state_->listed();
  std::vector<fs::path> candidates;
  for (auto number = numbers.rbegin(); number != numbers.rend(); ++number) candidates.push_back(state_->file(*number));
  if (is_there(best())) candidates.push_back(best());

  Resumed result;
  for (const fs::path& path : candidates) {
    TrainingFile file;
    try {
      file = read_training(path);
    } catch (const Error& error) {
      result.damaged.emplace_back(error.what());
      continue;
    }
    restore(fmt::format("Checkpoints.resume '{}'", path.string()), std::move(file), training);
    result.file = path;
    numbers.resize(numbers.size() - std::min(numbers.size(), result.damaged.size()));
    state_->numbers = numbers;
    state_->own = true;
    return result;
  }
  if (!result.damaged.empty())
    fail(where, fmt::format("none of the checkpoints is whole:\n  {}", fmt::join(result.damaged, "\n  ")));
  state_->own = true;
  return std::nullopt;
}

void Checkpoints::wait() { state_->finish(); }

std::vector<fs::path> Checkpoints::files() const {
  std::vector<fs::path> files;
  for (const std::int64_t number : state_->listed()) files.insert(files.begin(), state_->file(number));
  return files;
}

fs::path Checkpoints::best() const { return state_->folder / best_name; }
const fs::path& Checkpoints::folder() const noexcept { return state_->folder; }

}  // namespace xgrad::nn
