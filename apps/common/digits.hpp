#pragma once

#include <cstdint>
#include <string>

#include <data/synthetic.hpp>

namespace xgrad::apps {

/// What --data says, when it is not a directory, to mean the built-in drawn digits.
inline constexpr const char* synthetic_data = "synthetic";
/// What it says to mean Fashion-MNIST, where Debian's package has it.
inline constexpr const char* fashion_data = "fashion";

/// A number that follows from all images and labels of a dataset, to tell one from another by (64-bit FNV-1a).
std::uint64_t fingerprint(const data::ImageDataset& images);

/// MNIST's split out of a directory with its four IDX files, that of Fashion-MNIST, or as many drawn digits as `sizes`
/// says.
/// Throws Error where files are missing or broken, saying how to get them.
data::Splits load_digits(const std::string& data, std::uint64_t seed, const data::SplitSizes& sizes = {});

}  // namespace xgrad::apps
