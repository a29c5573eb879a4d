#include <data/read/find_files.hpp>

#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <autograd/error.hpp>

namespace xgrad::data {

std::vector<std::filesystem::path> find_files(const char* where, const std::filesystem::path& directory,
                                              const std::vector<std::string>& names, const std::string& advice) {
  std::vector<std::filesystem::path> found;
  std::vector<std::string> missing;
  for (const std::string& name : names) {
    const std::filesystem::path plain = directory / name;
    const std::filesystem::path compressed = directory / (name + ".gz");
    std::error_code unreadable;  // counts as missing
    if (exists(plain, unreadable))
      found.push_back(plain);
    else if (exists(compressed, unreadable))
      found.push_back(compressed);
    else
      missing.push_back(name);
  }
  if (!missing.empty())
    fail(where, fmt::format("directory '{}' lacks {}, looked for under these names and with the suffix .gz; {}",
                            directory.string(), fmt::join(missing, ", "), advice));
  return found;
}

}  // namespace xgrad::data
