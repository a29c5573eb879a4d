// Files of named tensors, with and without a checksum. What is read is written, and read again.
#include <autograd/io/safetensors.hpp>

#include "autograd/io/bytes.hpp"
#include "tensor_files.hpp"

namespace xgrad::fuzz {
namespace {

void run(std::string_view bytes) {
  static const Scratch scratch;
  reads(bytes, [](const auto& path) {
    // A checksum that is not looked at, since no fuzzer would find one.
    const Safetensors file = load_safetensors(path, {.verify_checksum = false});
    try {
      save_safetensors(scratch / "again", file.tensors, file.metadata);
    } catch (const Error&) {
      return;  // metadata that may be read and not written
    }
    const Safetensors again = load_safetensors(scratch / "again");
    if (again.tensors.size() != file.tensors.size() || again.metadata != file.metadata || !again.checked)
      found("another file after it was written again");
    for (std::size_t i = 0; i < file.tensors.size(); ++i) {
      if (again.tensors[i].first != file.tensors[i].first) found("another name after it was written again");
      expect_equal(file.tensors[i].second, again.tensors[i].second);
    }
  });
  reads(bytes, [](const auto& path) { load_safetensors(path); });
}

std::vector<std::string> seeds() {
  const Scratch scratch;
  std::vector<std::string> list;
  const std::map<std::string, Tensor> all = example_tensors();
  for (const bool checksum : {false, true}) {
    save_safetensors(scratch / "file", {all.begin(), all.end()}, {{"epoch", "3"}, {"note", "\"\\\n\u00e9"}},
                     {.dtypes = {{"x", StoredDType::bfloat16}}, .checksum = checksum});
    list.push_back(contents(scratch / "file"));
  }
  const std::string four(4, '\1');
  for (const char* dtype : {"BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2"})
    list.push_back(test::safetensors_file({{"a", dtype, "[2,2]", four}, {"b", dtype, "[]", "\1"}}));
  for (const char* dtype : {"U16", "I16", "F16", "BF16"})
    list.push_back(test::safetensors_file({{"a", dtype, "[2]", four}, {"b", dtype, "[0,7]", ""}}));
  for (const char* dtype : {"U32", "I32", "F32"}) list.push_back(test::safetensors_file({{"a", dtype, "[1,1]", four}}));
  for (const char* dtype : {"U64", "I64", "F64"})
    list.push_back(test::safetensors_file({{"a", dtype, "[1]", four + four}}));
  list.push_back(test::safetensors_file({{"large", "U8", "[500000]", std::string(500'000, '\2')}}));
  list.push_back(test::safetensors_file({{"huge", "F32", "[1000000,1000000]", four}}));
  return list;
}

const Registered target({.name = "safetensors", .run = run, .seeds = seeds});

}  // namespace
}  // namespace xgrad::fuzz
