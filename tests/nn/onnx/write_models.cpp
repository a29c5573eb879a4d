// Writes every exported model to a folder, NAME.onnx, with inputs and outputs at batch sizes 1, 2 and 7 in
// NAME.SIZE.safetensors, for tests/nn/onnx/run_onnxruntime.mjs.
#include <filesystem>
#include <iostream>

#include <autograd/io/safetensors.hpp>
#include <nn/onnx/onnx.hpp>

#include "models.hpp"

int main(int argc, char** argv) {
  using namespace xgrad;
  if (argc != 2) {
    std::cerr << "write_models FOLDER\n";
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  std::filesystem::create_directories(folder);
  for (const test::ExportedModel& model : test::exported_models()) {
    onnx::save(model.module, folder / (model.name + ".onnx"), {{"x", model.input(2), model.batch_axis}});
    for (const std::int64_t batch : {1, 2, 7}) {
      const Tensor x = model.input(batch);
      save_safetensors(folder / (model.name + "." + std::to_string(batch) + ".safetensors"),
                       {{"x", x}, {"output", model.module(x)}});
    }
  }
}
