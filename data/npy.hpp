#pragma once

#include <filesystem>
#include <string>

#include <autograd/io/npz.hpp>
#include <data/dataset.hpp>

#pragma GCC visibility push(default)
namespace xgrad::data {

/// The names of an .npz file's arrays.
struct NpzNames {
  std::string data = "x";
  std::string target = "y";
};

/// Two arrays of NumPy's .npy files as Examples, the entries along their first axis. Dtypes are those of load_npy:
/// integers of any width become int64, and bytes of images stay 0 to 255.
///
/// Throws Error as load_npy does, and, naming the files, where an array has no axis or lengths differ.
Dataset<Example> npy_dataset(const std::filesystem::path& data, const std::filesystem::path& target,
                             const LoadOptions& options = {});

/// Two arrays of one .npz file:
///
///     auto train = data::npz_dataset("mnist.npz", {.data = "x_train", .target = "y_train"});
///
/// Throws Error as load_npz and npy_dataset do, and where the file has no array of a name, naming those that it has.
Dataset<Example> npz_dataset(const std::filesystem::path& path, const NpzNames& names = {},
                             const LoadOptions& options = {});

}  // namespace xgrad::data
#pragma GCC visibility pop
