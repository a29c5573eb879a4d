#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <nn/nn.hpp>
#include <nn/onnx/onnx.hpp>

#include "misuse/probe.hpp"

namespace xgrad::onnx {

inline auto fields(ExportOptions& o) {
  auto& [output_names, named, metadata] = o;
  return std::tie(output_names, named, metadata);
}
inline auto fields(ImportOptions& o) {
  auto& [buffers] = o;
  return std::tie(buffers);
}

}  // namespace xgrad::onnx

namespace xgrad::test {
namespace {

const std::filesystem::path file = "onnx_misuse_test.onnx";

/// Whether a file of these tensors is one for a test.
bool small(const std::vector<Tensor>& tensors) {
  return std::ranges::all_of(tensors, [](const Tensor& t) { return !t.defined() || t.size() < 1000; });
}

Probes onnx_probes() {
  manual_seed(3);
  const nn::Sequential model{nn::Linear(3, 2), nn::BatchNorm1d(2), nn::ReLU()};
  const Tensor x = randn({2, 3}), weight = randn({3, 2});
  onnx::save(model, "onnx_misuse_model.onnx", {{"x", x}});
  std::ifstream stream("onnx_misuse_model.onnx", std::ios::binary);
  const std::string right{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  const onnx::Model loaded = onnx::load("onnx_misuse_model.onnx");
  return {
      probe(
          {"onnx::save", "Linear", "Module"},
          [=](const std::string& name, const Tensor& example, std::optional<int> axis,
              const onnx::ExportOptions& options) {
            if (small({example})) onnx::save(model, file, {{name, example, axis}}, options);
          },
          std::string("x"), x, std::optional<int>(0), onnx::ExportOptions{{"y"}, {{"extra", weight}}, {{"a", "b"}}}),
      probe(
          {"onnx::save", "matmul"},
          [=](const onnx::Program& program, const Tensor& example, const onnx::ExportOptions& options) {
            if (small({example})) onnx::save(program, file, {{"x", example}}, options);
          },
          onnx::Program([=](const std::vector<Tensor>& in) { return std::vector<Tensor>{matmul(in[0], weight)}; }), x,
          onnx::ExportOptions{{"y"}, {{"w", weight}}, {}}),
      probe(
          "onnx::load",
          [](const std::string& path, const onnx::ImportOptions& options) {
            return onnx::load(path, options).parameters().size();
          },
          std::string("onnx_misuse_model.onnx"), onnx::ImportOptions{{"0.weight"}}),
      probe(
          "onnx::load",
          [](const std::string& bytes, const std::string& name) {
            return onnx::parse(bytes, name).input_names().size();
          },
          right, std::string("model")),
      probe(
          {"onnx::Model", "Gemm"}, [=](const Tensor& input) { return loaded(input); }, x),
      probe(
          {"onnx::Model", "Gemm"}, [=](const std::vector<Tensor>& inputs) { return loaded(inputs); },
          std::vector<Tensor>{x}),
      probe(
          {"onnx::Model.outputs", "Gemm"}, [=](const std::vector<Tensor>& inputs) { return loaded.outputs(inputs); },
          std::vector<Tensor>{x}),
      probe(
          {"onnx::Model.run", "Gemm"}, [=](const NamedTensors& inputs) { return loaded.run(inputs); },
          NamedTensors{{"x", x}}),
  };
}

TEST_CASE("onnx: calls with wrong arguments return, or throw an Error that names them") { run(onnx_probes()); }

}  // namespace
}  // namespace xgrad::test
