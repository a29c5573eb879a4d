#include <apps/common/run_files.hpp>

#include <fmt/format.h>

#include <apps/common/files.hpp>
#include <autograd/error.hpp>

namespace xgrad::apps {

std::filesystem::path log_path(const std::filesystem::path& checkpoint) {
  return std::filesystem::path(checkpoint).replace_extension(".csv");
}

void check_run_files(const std::filesystem::path& checkpoint, Start start) {
  const std::filesystem::path log = log_path(checkpoint);
  if (log == checkpoint)
    fail("--checkpoint",
         fmt::format("'{}' is what the log of a run is called; expected a name that does not end in .csv, such as '{}'",
                     checkpoint.string(), std::filesystem::path(log).replace_extension(".safetensors").string()));
  for (const std::filesystem::path& file : {checkpoint, log}) {
    check_file(file);
    if (start == Start::anew && std::filesystem::exists(file))
      fail("--checkpoint", fmt::format("'{}' is there already; go on with its run (--resume), begin anew in its place "
                                       "(--overwrite), or name another file",
                                       file.string()));
  }
}

}  // namespace xgrad::apps
