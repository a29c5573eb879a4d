#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <autograd/io/safetensors.hpp>
#include <nn/module.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

/// Parameters and buffers of a module with PyTorch's names and layouts, in PyTorch's order. Tensors never change, so
/// this is a snapshot without a copy: later training steps do not show in it.
NamedTensors state_dict(const Module& module);

struct LoadStateOptions {
  /// Whether the names must be those of the module. Otherwise entries that the state lacks stay as they are, and
  /// tensors that the module lacks are ignored.
  bool strict = true;
};

/// The names that did not match; none with LoadStateOptions::strict.
struct LoadResult {
  std::vector<std::string> missing_keys;     ///< of entries that the state lacks
  std::vector<std::string> unexpected_keys;  ///< of tensors that the module lacks
};

/// Binds parameters and buffers to the tensors of those names. For entries that are tied one of the names will do.
/// Throws Error, and changes nothing, where names (unless strict is off), shapes or dtypes are not those of
/// state_dict(module), and where entries that are tied are given different values; it lists every mismatch.
LoadResult load_state_dict(const Module& module, const NamedTensors& state, const LoadStateOptions& options = {});

/// Writes the state dict to a safetensors file, atomically and with a checksum (see save_safetensors), and reads it
/// back; a byte that has changed since is an Error. Tied entries are written once, under the first name; the metadata
/// have an entry for each other name, which holds the first, as Python's safetensors.torch.save_model writes them.
/// Errors name the file.
void save(const Module& module, const std::filesystem::path& path, const Metadata& metadata = {});
LoadResult load(const Module& module, const std::filesystem::path& path, const LoadStateOptions& options = {});

/// The given tensors in the order of the expected ones of the same names. Throws Error, listing every missing,
/// unexpected and repeated name and every other shape or dtype, unless they match one to one.
std::vector<Tensor> matched(std::string_view where, const NamedTensors& given, const NamedTensors& expected);

}  // namespace xgrad::nn
#pragma GCC visibility pop
