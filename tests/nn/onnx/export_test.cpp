#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <onnx/checker.h>
#include <onnx/onnx_pb.h>
#include <autograd/io/safetensors.hpp>
#include <nn/onnx/onnx.hpp>

#include "models.hpp"

namespace xgrad::test {
namespace {

const std::filesystem::path file = "export_test.onnx";

::onnx::ModelProto read_model() {
  std::ifstream in(file, std::ios::binary);
  ::onnx::ModelProto model;
  REQUIRE(model.ParseFromIstream(&in));
  return model;
}

std::map<std::string, int> operators(const ::onnx::ModelProto& model) {
  std::map<std::string, int> counts;
  for (const auto& node : model.graph().node()) ++counts[node.op_type()];
  return counts;
}

std::string message_of(const auto& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST_CASE("onnx: every model is accepted by the checker of ONNX, with the names of its state") {
  for (const ExportedModel& model : exported_models()) {
    CAPTURE(model.name);
    onnx::save(model.module, file, {{"x", model.input(2), model.batch_axis}});
    const ::onnx::ModelProto proto = read_model();
    CHECK_NOTHROW(::onnx::checker::check_model(proto));
    CHECK(proto.opset_import(0).version() == 17);

    std::set<std::string> initializers;
    for (const auto& initializer : proto.graph().initializer()) initializers.insert(initializer.name());
    for (const auto& parameter : model.module.named_parameters()) {
      CAPTURE(parameter.first);
      CHECK(initializers.contains(parameter.first));
    }
    REQUIRE(proto.graph().input_size() == 1);
    const auto& shape = proto.graph().input(0).type().tensor_type().shape();
    CHECK(shape.dim(model.batch_axis).dim_param() == "N");
    CHECK(shape.dim(1 - model.batch_axis).has_dim_value());
  }
}

TEST_CASE("onnx: compositions that ONNX has an operator for become one node") {
  const std::vector<ExportedModel> models = exported_models();
  const auto exported = [&](const std::string& name) {
    const auto& model = *std::ranges::find(models, name, &ExportedModel::name);
    onnx::save(model.module, file, {{"x", model.input(2), model.batch_axis}});
    return operators(read_model());
  };
  auto mlp = exported("mlp");
  CHECK(mlp["Gemm"] == 2);
  CHECK(mlp["MatMul"] == 0);
  CHECK(mlp["Transpose"] == 0);
  auto cnn = exported("cnn");
  CHECK(cnn["Conv"] == 2);
  CHECK(cnn["MaxPool"] == 1);
  CHECK(cnn["GatherElements"] == 0);
  auto resnet = exported("resnet");
  CHECK(resnet["Conv"] == 3);
  CHECK(resnet["MatMul"] == 0);
  auto winograd = exported("winograd");
  CHECK(winograd["Conv"] == 2);
  CHECK(winograd["MatMul"] == 0);
  CHECK(exported("decoder")["ConvTranspose"] == 1);
}

TEST_CASE("onnx: functions, several inputs and outputs, extents that depend on the batch") {
  const Tensor w = tensor({{1, 2}, {3, 4}});
  onnx::save(
      [&](const std::vector<Tensor>& in) {
        return std::vector<Tensor>{concatenate({matmul(in[0], w), in[1]}, 0), mean(in[0], 0)};
      },
      file, {{"a", ones({4, 2})}, {"b", ones({3, 2}), std::nullopt}},
      {.output_names = {"joined", "mean"}, .named = {{"w", w}}, .metadata = {{"author", "test"}}});
  const ::onnx::ModelProto model = read_model();
  CHECK_NOTHROW(::onnx::checker::check_model(model));
  CHECK(model.graph().output(0).name() == "joined");
  CHECK(model.graph().output(0).type().tensor_type().shape().dim(0).dim_param() == "N + 3");
  CHECK(model.graph().output(1).type().tensor_type().shape().dim(0).dim_value() == 2);
  CHECK(model.graph().initializer(0).name() == "w");
  CHECK(model.metadata_props(0).key() == "author");
}

TEST_CASE("onnx: gradients are programs like any other") {
  const nn::Linear linear(3, 2);
  onnx::save(
      [&](const std::vector<Tensor>& in) {
        Tape tape;
        const Tensor loss = sum(square(tanh(linear(in[0]))));
        return std::vector<Tensor>{tape.gradient(loss, in[0]), loss};
      },
      file, {{"x", randn({2, 3})}});
  CHECK_NOTHROW(::onnx::checker::check_model(read_model()));
}

TEST_CASE("onnx: a module comes out of the export in the mode in which it was") {
  nn::Sequential model{nn::Linear(2, 2), nn::Dropout(), nn::BatchNorm1d(2)};
  model.train();
  onnx::save(model, file, {{"x", ones({4, 2})}});
  CHECK(model.is_training());
  CHECK(model.children()[1].second.is_training());
  const auto counts = operators(read_model());
  CHECK_FALSE(counts.contains("Mod"));  // no random numbers
}

TEST_CASE("onnx: what cannot be exported is an Error that says why") {
  const auto text_of = [](const onnx::Program& program, const std::vector<onnx::Input>& inputs,
                          const onnx::ExportOptions& options = {}) {
    return message_of([&] { onnx::save(program, file, inputs, options); });
  };
  const auto one = [](Tensor (*f)(const Tensor&)) {
    return [f](const std::vector<Tensor>& in) { return std::vector<Tensor>{f(in[0])}; };
  };
  const Tensor x = ones({2, 2});
  std::filesystem::remove(file);
  CHECK(text_of(one([](const Tensor& t) {
                  const NameScope scope("layer");
                  return lgamma(t);
                }),
                {{"x", x}}) ==
        "onnx::save: primitive 'lgamma' of shape (2, 2), recorded in 'layer' cannot be exported: no ONNX operator of "
        "opset 17 is known for it");
  CHECK(text_of(one([](const Tensor& t) { return t * rand(t.shape()); }), {{"x", x}}).find("'random_uniform'") !=
        std::string::npos);
  CHECK(text_of(one([](const Tensor& t) { return sum(t).item() > 4.5 ? t * 2 : exp(t) + 1; }), {{"x", x}})
            .find("depends on the batch size") != std::string::npos);
  CHECK(
      text_of(one([](const Tensor& t) { return t; }), {{"x", x, 2}}) ==
      "onnx::save: the example of input 'x' has shape (2, 2) and batch axis 2; expected an axis of it, of at least one "
      "entry, or std::nullopt for an input without a batch");
  CHECK(text_of(one([](const Tensor& t) { return t; }), {{"", x}}) == "onnx::save: an input has an empty name");
  CHECK(text_of(one([](const Tensor& t) { return t; }), {{"x", Tensor()}}) ==
        "onnx::save: the example of input 'x' is undefined");
  CHECK(text_of(one([](const Tensor& t) { return t; }), {{"x", x}}, {.output_names = {"x"}}) ==
        "onnx::save: the name 'x' of an output is taken by another value of the file");
  CHECK(text_of(one([](const Tensor& t) { return t; }), {{"x", x}}, {.output_names = {"a", "b"}}) ==
        "onnx::save: 2 output_names were given for a program of 1 outputs; expected as many");
  CHECK(text_of(nullptr, {{"x", x}}) == "onnx::save: the program is an empty function");
  CHECK(text_of([](const std::vector<Tensor>&) { return std::vector<Tensor>(); }, {{"x", x}}) ==
        "onnx::save: the program has no outputs; expected at least one");
  CHECK(message_of([] { onnx::save(nn::Linear(2, 2), file, {}); }) ==
        "onnx::save: no inputs were given; expected as many as the module takes");
  CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE("onnx: the primitives that can be exported") {
  const std::vector<std::string> names = onnx::exported_primitives();
  for (const char* name : {"matmul", "unfold", "add", "sum", "concatenate", "where"})
    CHECK(std::ranges::find(names, name) != names.end());
}

}  // namespace
}  // namespace xgrad::test
