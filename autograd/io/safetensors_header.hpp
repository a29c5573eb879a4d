#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <autograd/io/file.hpp>

/// The JSON header of safetensors files.
namespace xgrad::io {

/// The entry of one tensor in the header; nothing of it is checked against the file.
struct HeaderEntry {
  std::string name;
  std::string dtype;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;  ///< where its values lie, counted from the end of the header
};

struct SafetensorsHeader {
  std::vector<HeaderEntry> entries;
  std::map<std::string, std::string> metadata;
};

/// The name in the header under which the metadata stand.
inline constexpr std::string_view metadata_name = "__metadata__";

/// Parses a header in one walk over its text, without recursion and in linear time. Throws Error, naming file and
/// entry, on text that is not JSON, a name given twice in one object, nesting of more than 64 levels, an entry without
/// dtype, shape or data_offsets, and any of these in another form than the format's. Other keys of an entry are passed
/// over.
SafetensorsHeader parse_header(const Place& place, std::string_view text);

}  // namespace xgrad::io
