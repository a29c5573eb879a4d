#pragma once

#include <string>
#include <string_view>

/// Texts in files: names of members and entries.
namespace xgrad::io {

/// Whether bytes are UTF-8 (RFC 3629: shortest forms, no surrogates, up to U+10FFFF).
bool is_utf8(std::string_view bytes);

bool is_ascii(std::string_view bytes);

/// Bytes in IBM's code page 437, the alphabet of zip archives before UTF-8, as UTF-8.
std::string from_cp437(std::string_view bytes);

/// The form in which an error shows a text of the file, which may be of any length and hold any bytes: its first
/// characters.
std::string shown(std::string_view text);

}  // namespace xgrad::io
