// Reads every .npy, .npz and .safetensors file of a folder and writes its tensors to another folder, for check_files.
#include <filesystem>
#include <iostream>

#include <autograd/io/npz.hpp>
#include <autograd/io/safetensors.hpp>

int main(int argc, char** argv) {
  using namespace xgrad;
  namespace fs = std::filesystem;
  if (argc != 3) {
    std::cerr << "copy_files FROM TO\n";
    return 2;
  }
  try {
    for (const auto& entry : fs::directory_iterator(argv[1])) {
      const fs::path from = entry.path(), to = fs::path(argv[2]) / from.filename();
      if (from.extension() == ".npy") save_npy(to, load_npy(from));
      if (from.extension() == ".npz") save_npz(to, load_npz(from));
      if (from.extension() == ".safetensors") {
        const Safetensors read = load_safetensors(from);
        save_safetensors(to, read.tensors, read.metadata, {.dtypes = read.dtypes});
      }
    }
  } catch (const Error& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
