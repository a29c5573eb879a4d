// NumPy's .npy files. A tensor that is read is written, and read again.
#include "autograd/io/bytes.hpp"
#include "tensor_files.hpp"

namespace xgrad::fuzz {
namespace {

void run(std::string_view bytes) {
  static const Scratch scratch;
  reads(bytes, [](const auto& path) {
    const Tensor x = load_npy(path);
    save_npy(scratch / "again", x);
    expect_equal(x, load_npy(scratch / "again"));
  });
}

std::vector<std::string> seeds() {
  const Scratch scratch;
  std::vector<std::string> list;
  std::map<std::string, Tensor> tensors = example_tensors();
  tensors.emplace("large", zeros({100'000}));
  for (const auto& [name, x] : tensors) {
    save_npy(scratch / "file", x);
    list.push_back(contents(scratch / "file"));
  }
  const std::string data(48, '\1');
  for (const char* dtype : {"|b1", "|i1", "|u1", ">i2", "<u2", ">i4", "<u4", "<i8", ">u8", "<f2", ">f4", "<f8"})
    for (const bool fortran_order : {false, true})
      list.push_back(test::npy_file(dtype, fortran_order, {3, 2}, data.substr(0, 6 * std::stoul(dtype + 2, nullptr))));
  std::string second = test::npy_file("<f4", false, {2}, std::string(8, '\2'));
  second.replace(6, 4, std::string("\2\0", 2) + second.substr(8, 2) + std::string(2, '\0'));
  list.push_back(second);
  list.push_back(test::npy_file("<f4", false, {std::int64_t{1} << 40, 1000}, data));
  return list;
}

const Registered target({.name = "npy", .run = run, .seeds = seeds});

}  // namespace
}  // namespace xgrad::fuzz
