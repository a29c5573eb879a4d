#include <apps/common/checkpoint_files.hpp>

#include <system_error>

#include <fmt/format.h>

#include <apps/common/output.hpp>
#include <autograd/error.hpp>
#include <autograd/io/file.hpp>
#include <autograd/io/folder.hpp>

namespace xgrad::apps {

namespace {

bool is_read(const CheckpointFiles::Use& read, const std::filesystem::path& path) {
  try {
    read(path);
    return true;
  } catch (const Error&) {
    return false;
  }
}

void discard(const std::filesystem::path& path) { io::remove_file({"train", path.string()}); }

}  // namespace

void CheckpointFiles::resume(const Use& read) {
  const std::filesystem::path previous = folder_ / previous_file;
  try {
    read(folder_ / model_file);
    is_whole_ = true;
  } catch (const Error& damage) {
    if (!std::filesystem::exists(previous) || !is_read(read, previous)) throw;
    note(fmt::format("note: {}\nnote: the run goes on from the checkpoint before, {}\n", damage.what(),
                     previous.string()));
  }
  is_own_ = true;
}

void CheckpointFiles::save(const Use& write, bool is_best) {
  if (is_own_) {
    // The best one comes first: where the process ends after it, the run goes on from before this one and finds it
    // again.
    if (is_best) write(folder_ / best_file);
    if (is_whole_) keep_newest();
    write(folder_ / model_file);
  } else {
    discard(folder_ / previous_file);
    discard(folder_ / best_file);
    write(folder_ / model_file);
    if (is_best) write(folder_ / best_file);
  }
  is_own_ = is_whole_ = true;
}

/// Gives the newest one the other name besides, without a copy of its bytes: they are never written again. Whatever
/// happens meanwhile, the newest one is there.
void CheckpointFiles::keep_newest() const {
  const std::filesystem::path newest = folder_ / model_file, previous = folder_ / previous_file;
  discard(previous);
  std::error_code error;
  const std::filesystem::path file = std::filesystem::canonical(newest, error);
  if (!error) std::filesystem::create_hard_link(file, previous, error);
  // File systems without hard links.
  if (error) io::write_file({"train", previous.string()}, io::read_file({"train", newest.string()}));
}

}  // namespace xgrad::apps
