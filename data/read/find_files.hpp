#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace xgrad::data {

/// The files of these names in a directory, each plain or else with the suffix .gz. Where some are missing, throws an
/// Error of the function `where` that names them and ends with `advice`: "get them with ...".
std::vector<std::filesystem::path> find_files(const char* where, const std::filesystem::path& directory,
                                              const std::vector<std::string>& names, const std::string& advice);

}  // namespace xgrad::data
