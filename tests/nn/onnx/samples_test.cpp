#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>
#include <autograd/autograd.hpp>
#include <autograd/io/file.hpp>
#include <autograd/primitive.hpp>
#include <nn/onnx/onnx.hpp>

#include "data/files.hpp"

// Generated from the registry: every sample of every operation, and its derivative, is exported, looked at by ONNX's
// own checker, imported and run.
namespace xgrad::test {
namespace {

using namespace std::string_view_literals;

/// Exports a program, imports it, and compares the results. False where there is no operator for it, which an Error
/// says.
bool is_exchanged(const onnx::Program& program, const std::vector<Tensor>& values, const std::filesystem::path& file) {
  std::vector<onnx::Input> inputs;
  for (std::size_t i = 0; i < values.size(); ++i) inputs.emplace_back(fmt::format("in{}", i), values[i], std::nullopt);
  try {
    onnx::save(program, file, inputs);
  } catch (const Error& error) {
    const std::string text = error.what();
    const bool says_why = text.find("no ONNX operator of opset 17 is known for it") != std::string::npos ||
                          text.find("draws random numbers, which have no place in a file") != std::string::npos;
    CHECK_MESSAGE(says_why, text);
    return false;
  }
  ::onnx::ModelProto model;
  REQUIRE(model.ParseFromString(io::read_file({"test", file.string()})));
  CHECK_NOTHROW(::onnx::checker::check_model(model));
  const std::vector<Tensor> expected = program(values);
  const std::vector<Tensor> given = onnx::load(file).outputs(values);
  REQUIRE(given.size() == expected.size());
  for (std::size_t i = 0; i < given.size(); ++i) {
    REQUIRE(given[i].shape() == expected[i].shape());
    CHECK(given[i].dtype() == expected[i].dtype());
    CHECK(allclose(given[i], expected[i], {.rtol = 1e-5, .atol = 1e-6, .equal_nan = true}));
  }
  return true;
}

}  // namespace

TEST_CASE("onnx: what an operation's sample exports computes the same when it is imported, and so do its derivatives") {
  const TemporaryDirectory folder(in_memory());
  const std::filesystem::path file = folder / "model.onnx";
  int samples = 0, values = 0, gradients = 0;
  const auto each = [&](const char* name, const Sample& sample) {
    INFO(std::string(name), ", sample '", sample.name, "'");
    // ONNX has no erfc, and 1 - Erf(x) is 0 where erfc(x) is 1e-20.
    if (sample.inputs.empty() || (name == "log_ndtr"sv && sample.name == "far below")) return;
    ++samples;
    values += is_exchanged([&](const std::vector<Tensor>& in) { return std::vector<Tensor>{sample.f(in)}; },
                           sample.inputs, file);
    std::vector<std::size_t> floating;
    for (std::size_t i = 0; i < sample.inputs.size(); ++i)
      if (is_floating(sample.inputs[i].dtype())) floating.push_back(i);
    if (floating.empty() || !is_floating(sample.f(sample.inputs).dtype())) return;
    gradients += is_exchanged(
        [&](const std::vector<Tensor>& in) {
          const Tape tape;
          std::vector<Tensor> xs;
          for (const std::size_t i : floating) xs.push_back(in[i]);
          return tape.gradient(sum(tanh(sample.f(in))), xs, {.materialize_grads = true});
        },
        sample.inputs, file);
  };
  for (const Primitive* one : primitives())
    if (one->samples)
      for (const Sample& sample : one->samples()) each(one->name, sample);
  for (const Composition* one : compositions())
    for (const Sample& sample : one->samples()) each(one->name, sample);
  CHECK(values > 2 * samples / 3);
  CHECK(gradients > samples / 2);
}

}  // namespace xgrad::test
