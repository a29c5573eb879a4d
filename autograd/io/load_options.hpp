#pragma once

#include <cstdint>
#include <optional>

#pragma GCC visibility push(default)
namespace xgrad {

/// How files of tensors are read.
struct LoadOptions {
  /// The most bytes that the tensors of a file may have together, as they lie in memory; a file of more is an Error,
  /// thrown before they are asked for. Unset: 4 GiB in load_npz, where a few deflated bytes may stand for a thousand
  /// times as many; elsewhere what the file holds, which conversion makes at most eight times as much.
  std::optional<std::int64_t> max_bytes = {};
  /// Whether the checksum of a safetensors or npz file is verified where it has one.
  bool verify_checksum = true;
};

}  // namespace xgrad
#pragma GCC visibility pop
