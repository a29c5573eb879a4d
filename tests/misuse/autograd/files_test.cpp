#include <doctest/doctest.h>

#include <filesystem>

#include <autograd/io/npz.hpp>
#include <autograd/io/safetensors.hpp>

#include "misuse/lists.hpp"

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
          [=](const std::string& name, const Tensor& t) {
            if (!small(t)) return t;
            save_npy(at(name), t);
            return load_npy(at(name));
          },
          std::string("x.npy"), x),
      probe(
          {"save_npz", "load_npz"},
          [=](const std::string& name, const std::map<std::string, Tensor>& tensors, int compression) {
            save_npz(at(name), tensors, {.compression = static_cast<NpzCompression>(compression)});
            return load_npz(at(name)).size();
          },
          std::string("x.npz"), std::map<std::string, Tensor>{{"x", x}}, 1),
      probe(
          {"save_safetensors", "load_safetensors"},
          [=](const std::string& name, const NamedTensors& tensors, const Metadata& metadata) {
            save_safetensors(at(name), tensors, metadata);
            return load_safetensors(at(name)).tensors.size();
          },
          std::string("x.safetensors"), NamedTensors{{"x", x}, {"y", x}}, Metadata{{"a", "b"}}),
  };
}

TEST_CASE("files stand wrong names and wrong tensors") { run(file_probes()); }

}  // namespace xgrad::test
