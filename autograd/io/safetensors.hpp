#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <autograd/tensor.hpp>

/// Files of named tensors in the safetensors format (https://github.com/huggingface/safetensors): eight bytes with the
/// length of a header, the header in JSON, then the values. Every dtype of the library is stored: F32, F64, I64, BOOL.
namespace xgrad {

/// Named tensors in their order.
using NamedTensors = std::vector<std::pair<std::string, Tensor>>;
/// Texts that go with them.
using Metadata = std::map<std::string, std::string>;

struct Safetensors {
  NamedTensors tensors;
  Metadata metadata;
};

/// Writes tensors and metadata. Every tensor's values start at a multiple of its element size; the same tensors give
/// the same bytes. The file appears under its name when it is complete, or not at all. Throws Error, naming file and
/// entry, on a repeated name, the reserved name "__metadata__", text that is not UTF-8, an undefined tensor, and where
/// the file cannot be written.
void save_safetensors(const std::filesystem::path& path, const NamedTensors& tensors, const Metadata& metadata = {});

/// Reads a file, with the tensors in the order of its header. All of it is checked: lengths against the file's size,
/// the header's form, names given twice, dtypes, shapes against the number of bytes, and that the entries cover the
/// values without overlap or gap. Throws Error that names the file and the entry.
Safetensors load_safetensors(const std::filesystem::path& path);

}  // namespace xgrad
