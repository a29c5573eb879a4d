#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace xgrad::examples {

/// Draws one of docs/examples.md's pictures to `stem`.svg and `stem`.png, from runs of its example: of full length, or
/// `brief` ones of a few seconds.
using DrawPicture = std::function<void(const std::filesystem::path& stem, bool brief)>;

/// All of them, by name.
std::vector<std::pair<std::string, DrawPicture>> pictures();

}  // namespace xgrad::examples
