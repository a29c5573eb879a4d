// ONNX files. A model that is read is recorded on inputs of a few shapes, and run where its results are small.
#include <autograd/error.hpp>
#include <autograd/ops.hpp>
#include <nn/onnx/onnx.hpp>
#include <nn/state_dict.hpp>

#include "apps/scratch.hpp"
#include "fuzz/target.hpp"
#include "nn/onnx/models.hpp"

namespace xgrad::fuzz {
namespace {

void record(const onnx::Model& model, const Shape& shape, DType dtype) {
  try {
    const std::vector<Tensor> inputs(model.input_names().size(), ones(shape, dtype));
    for (const Tensor& output : model.outputs(inputs))
      if (output.defined() && to_string(output.shape()).empty()) found("a shape without text");
  } catch (const Error&) {
  }
}

void run(std::string_view bytes) {
  try {
    const onnx::Model model = onnx::parse(bytes);
    for (const auto& [name, value] : nn::state_dict(model)) value.to_vector<double>();
    record(model, {2, 3, 4, 4}, float32);
    record(model, {2, 6}, float32);
    record(model, {3}, int64);
  } catch (const Error& error) {
    if (std::string_view(error.what()).find("model") == std::string_view::npos)
      found(std::string("an Error that does not name the model: ") + error.what());
  }
}

std::vector<std::string> seeds() {
  const Scratch scratch;
  std::vector<std::string> list;
  for (const test::ExportedModel& model : test::exported_models()) {
    onnx::save(model.module, scratch / "file", {{"x", model.input(2), model.batch_axis}});
    if (std::string bytes = contents(scratch / "file"); bytes.size() < 20000) list.push_back(std::move(bytes));
  }
  onnx::save(nn::Linear(300, 300), scratch / "file", {{"x", ones({2, 300})}});
  list.push_back(contents(scratch / "file"));
  onnx::save(
      [](const std::vector<Tensor>& x) {
        return std::vector{sum(tanh(x[0]) * x[1], 1), where(x[0] > 0, x[1], 0)};
      },
      scratch / "file", {{"a", ones({2, 3})}, {"b", ones({2, 3})}}, {.metadata = {{"note", "text"}}});
  list.push_back(contents(scratch / "file"));
  return list;
}

const Registered target({.name = "onnx", .run = run, .seeds = seeds});

}  // namespace
}  // namespace xgrad::fuzz
