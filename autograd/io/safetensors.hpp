#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <autograd/io/load_options.hpp>
#include <autograd/io/stored_dtype.hpp>
#include <autograd/tensor.hpp>

#pragma GCC visibility push(default)
/// Files of named tensors in the safetensors format (https://github.com/huggingface/safetensors): eight bytes with the
/// length of a header, the header in JSON, then the values.
///
/// Read are BOOL, U8 to U64, I8 to I64, F8_E4M3, F8_E5M2, F16, BF16, F32 and F64 (stored_dtype.hpp says what becomes of
/// each); other dtypes are refused by name.
///
/// A file carries a checksum unless it is told not to: the first two entries of its metadata are "xgrad.checksum",
/// which says "crc32", and "xgrad.crc32", the CRC-32 of the whole file in eight hexadecimal digits, computed with zeros
/// in their place. Other readers take them for texts like all others.
namespace xgrad {

/// Named tensors in their order.
using NamedTensors = std::vector<std::pair<std::string, Tensor>>;
/// Texts that go with them.
using Metadata = std::map<std::string, std::string>;

/// What a file holds.
struct Safetensors {
  NamedTensors tensors;
  Metadata metadata;  ///< without the checksum
  /// The types of elements in the file, for SafetensorsOptions::dtypes where the file is to be written again.
  std::map<std::string, StoredDType> dtypes;
  bool checked = false;  ///< whether the file has a checksum and it was verified
};

struct SafetensorsOptions {
  /// The types of elements in the file, by name; a tensor that is not named keeps its own.
  std::map<std::string, StoredDType> dtypes = {};
  bool checksum = true;
};

/// Writes tensors and metadata. Every tensor's values start at a multiple of its element size; the same tensors give
/// the same bytes. The file appears under its name when it is complete, or not at all. Throws Error, naming file and
/// entry, on a repeated name, the reserved name "__metadata__" and the reserved metadata "xgrad.checksum" and
/// "xgrad.crc32", text that is not UTF-8, an undefined tensor, a tensor that cannot be stored as .dtypes says or a name
/// there that is no tensor's, and where the file cannot be written.
void save_safetensors(const std::filesystem::path& path, const NamedTensors& tensors, const Metadata& metadata = {},
                      const SafetensorsOptions& options = {});

/// Reads a file, with the tensors in the order of its header. All of it is checked: lengths against the file's size,
/// the header's form, names given twice, dtypes, shapes against the number of bytes, and that the entries cover the
/// values without overlap or gap. In a file with a checksum no byte can differ from what was written; a file without
/// one, as other programs write them, is taken as it is. Throws Error that names the file and the entry, also where
/// memory cannot be had or options.max_bytes does not suffice. Takes time in proportion to the file, but for sorting
/// its entries.
///
/// A program that copies the metadata of a file into another copies a checksum that is not the new file's. Such a file
/// loads with {.verify_checksum = false}.
Safetensors load_safetensors(const std::filesystem::path& path, const LoadOptions& options = {});

}  // namespace xgrad
#pragma GCC visibility pop
