#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include <autograd/io/load_options.hpp>
#include <autograd/io/stored_dtype.hpp>
#include <autograd/tensor.hpp>

#pragma GCC visibility push(default)
/// NumPy's array files (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html). A .npy file holds one
/// array, an .npz file is a zip archive of named .npy members.
///
/// Read are format versions 1 to 3, C and Fortran order, either byte order, bool, int8 to int64, uint8 to uint64,
/// float16, float32 and float64 (stored_dtype.hpp says what becomes of each). Whatever else a file says, and every
/// inconsistency (a wrong magic string, a size that is not the header's, a truncated member, a wrong checksum, bytes
/// left over), is an Error that names file and member. So is memory that cannot be had.
///
/// Writing is atomic: a file appears under its name when it is complete, or not at all. An archive that is written here
/// has a checksum of the whole file as its comment, "xgrad.crc32 " and eight hexadecimal digits, which other readers
/// pass over: no byte can differ from what was written. A .npy file has no room for one.
namespace xgrad {

/// Whether the members of an archive are compressed.
enum class NpzCompression { stored, deflated };

struct NpyOptions {
  /// The type of the elements in the file; the tensor's own where it is not given. NumPy has no bfloat16 and no float8.
  std::optional<StoredDType> dtype = {};
};

struct NpzOptions {
  NpzCompression compression = NpzCompression::stored;
  /// The types of elements in the file, by name; a tensor that is not named keeps its own.
  std::map<std::string, StoredDType> dtypes = {};
};

/// The array of a .npy file. Throws Error where the file cannot be read, is damaged, of an unsupported dtype, or takes
/// more than options.max_bytes.
Tensor load_npy(const std::filesystem::path& path, const LoadOptions& options = {});

/// The arrays of an .npz file by name (the member's name without ".npy"). Stored and deflated members, no encryption,
/// also zip64 (files of 4 GiB and more, and more than 65,534 members). A name that is neither marked as UTF-8 nor valid
/// UTF-8 is read in code page 437, as zip archives have it.
///
/// Throws Error as load_npy does, and on two members of one name. Members that share bytes of the file are refused;
/// neither what the members inflate to nor the tensors may take more than options.max_bytes, which is looked at before
/// anything is inflated. Deflated members are read to their verified end.
std::map<std::string, Tensor> load_npz(const std::filesystem::path& path, const LoadOptions& options = {});

/// Writes a tensor, in C order. Throws Error where the file cannot be written or the tensor not as that dtype.
void save_npy(const std::filesystem::path& path, const Tensor& tensor, const NpyOptions& options = {});

/// Writes named tensors; the same tensors give the same bytes. Throws Error where the file cannot be written,
/// where a name is empty, not UTF-8 or longer than 65,531 bytes, or .dtypes names no tensor, and as save_npy does.
void save_npz(const std::filesystem::path& path, const std::map<std::string, Tensor>& tensors,
              const NpzOptions& options = {});

}  // namespace xgrad
#pragma GCC visibility pop
