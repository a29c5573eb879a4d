#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <autograd/tensor.hpp>

/// NumPy's array files (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html). A .npy file holds one
/// array, an .npz file is a zip archive of named .npy members.
///
/// Read are format versions 1 to 3, C and Fortran order, little-endian float64, float32, int64 and bool, and int32 and
/// uint8, which become int64. Whatever else a file says, and every inconsistency (a wrong magic string, a size that is
/// not the header's, a truncated member, a wrong checksum, bytes left over), is an Error that names file and member.
///
/// Writing is atomic: a file appears under its name when it is complete, or not at all.
namespace xgrad {

enum class NpzCompression { stored, deflated };

struct NpzOptions {
  NpzCompression compression = NpzCompression::stored;
};

/// The array of a .npy file. Throws Error where the file cannot be read, is damaged or of an unsupported dtype.
Tensor load_npy(const std::filesystem::path& path);
/// The arrays of an .npz file by name (the member's name without ".npy"). Stored and deflated members, no encryption,
/// no zip64 (files of 4 GiB and more). Throws Error as load_npy does, and on two members of one name.
std::map<std::string, Tensor> load_npz(const std::filesystem::path& path);

/// Writes a tensor, in C order. Throws Error where the file cannot be written.
void save_npy(const std::filesystem::path& path, const Tensor& tensor);
/// Writes named tensors; the same tensors give the same bytes. Throws Error where the file cannot be written or would
/// reach 2 GiB, or a name is empty or longer than 65,531 bytes.
void save_npz(const std::filesystem::path& path, const std::map<std::string, Tensor>& tensors,
              const NpzOptions& options = {});

}  // namespace xgrad
