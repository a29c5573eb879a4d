#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include <autograd/io/safetensors.hpp>
#include <nn/module.hpp>

namespace xgrad::nn {

/// Parameters and buffers of a module with PyTorch's names and layouts, in PyTorch's order. Tensors never change, so
/// this is a snapshot without a copy: later training steps do not show in it.
NamedTensors state_dict(const Module& module);

/// Binds parameters and buffers to the tensors of those names. Throws Error, and changes nothing, where names, shapes
/// or dtypes are not those of state_dict(module); it lists every mismatch.
void load_state_dict(const Module& module, const NamedTensors& state);

/// Writes the state dict to a safetensors file, atomically and with a checksum (see save_safetensors), and reads it
/// back; a byte that has changed since is an Error. Errors name the file.
void save(const Module& module, const std::filesystem::path& path, const Metadata& metadata = {});
void load(const Module& module, const std::filesystem::path& path);

/// The given tensors in the order of the expected ones of the same names. Throws Error, listing every missing,
/// unexpected and repeated name and every other shape or dtype, unless they match one to one.
std::vector<Tensor> matched(std::string_view where, const NamedTensors& given, const NamedTensors& expected);

}  // namespace xgrad::nn
