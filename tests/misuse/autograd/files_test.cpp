#include <doctest/doctest.h>

#include <filesystem>

#include <autograd/io/npz.hpp>
#include <autograd/io/safetensors.hpp>

#include "misuse/file_options.hpp"
#include "misuse/lists.hpp"

namespace xgrad {

inline auto fields(NpyOptions& o) {
  auto& [dtype] = o;
  return std::tie(dtype);
}
inline auto fields(NpzOptions& o) {
  auto& [compression, dtypes] = o;
  return std::tie(compression, dtypes);
}
inline auto fields(SafetensorsOptions& o) {
  auto& [dtypes, checksum] = o;
  return std::tie(dtypes, checksum);
}

}  // namespace xgrad

namespace xgrad::test {
namespace {

namespace fs = std::filesystem;

/// A path in a folder of its own, which the last user removes.
struct Folder {
  fs::path path =
      fs::temp_directory_path() / ("xgrad-misuse-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)));
  Folder() { fs::create_directories(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

}  // namespace

Probes file_probes() {
  const auto folder = std::make_shared<Folder>();
  const auto at = [folder](const std::string& name) { return folder->path / name; };
  const Tensor x = tensor({1, 2});
  const auto small = [](const Tensor& t) { return !t.defined() || t.size() < 1000; };
  return {
      probe(
          {"save_npy", "load_npy"},
          [=](const std::string& name, const Tensor& t, const NpyOptions& saved, const LoadOptions& loaded) {
            if (!small(t)) return t;
            save_npy(at(name), t, saved);
            return load_npy(at(name), loaded);
          },
          std::string("x.npy"), x, NpyOptions{StoredDType::float16}, LoadOptions{1000, true}),
      probe(
          {"save_npz", "load_npz"},
          [=](const std::string& name, const std::map<std::string, Tensor>& tensors, const NpzOptions& saved,
              const LoadOptions& loaded) {
            save_npz(at(name), tensors, saved);
            return load_npz(at(name), loaded).size();
          },
          std::string("x.npz"), std::map<std::string, Tensor>{{"x", x}},
          NpzOptions{NpzCompression::deflated, {{"x", StoredDType::float16}}}, LoadOptions{1000, true}),
      probe(
          {"save_safetensors", "load_safetensors"},
          [=](const std::string& name, const NamedTensors& tensors, const Metadata& metadata,
              const SafetensorsOptions& saved, const LoadOptions& loaded) {
            save_safetensors(at(name), tensors, metadata, saved);
            return load_safetensors(at(name), loaded).tensors.size();
          },
          std::string("x.safetensors"), NamedTensors{{"x", x}, {"y", x}}, Metadata{{"a", "b"}},
          SafetensorsOptions{{{"x", StoredDType::bfloat16}}, true}, LoadOptions{1000, true}),
      probe(
          {"stored_dtype_of", "size_of", "dtype_of", "is_stored_dtype"},
          [](StoredDType stored, DType dtype) {
            return size_of(stored) + to_string(stored).size() + static_cast<std::size_t>(dtype_of(stored)) +
                   size_of(stored_dtype_of(dtype)) + (is_stored_dtype(stored) ? 1 : 0);
          },
          StoredDType::float16, float32),
  };
}

TEST_CASE("files stand wrong names and wrong tensors") { run(file_probes()); }

}  // namespace xgrad::test
