#pragma once

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include <autograd/io/npz.hpp>
#include <nn/nn.hpp>

#include "autograd/expect.hpp"
#include "test_data.hpp"

/// Values and derivatives of modules and losses in tests/nn/expected, computed with PyTorch 1.13.1 in float64. A file
/// of a module holds its state (`state.<name>`), inputs (`in.<name>`), constants (`const.<name>`), outputs and what
/// they are multiplied with (`out0`, `grad_out0`, ...), and derivatives of the sum in inputs (`d_in.<name>`) and
/// parameters
/// (`d.<name>`); `after.<name>` are buffers after the call.
namespace xgrad::nn::test {

using xgrad::test::difference;

inline std::map<std::string, Tensor> load_expected(const std::string& file) {
  return load_npz(std::string(xgrad::test::test_data) + "/nn/expected/" + file + ".npz");
}

/// What is under a prefix, by the rest of the name.
inline std::map<std::string, Tensor> under(const std::map<std::string, Tensor>& arrays, const std::string& prefix) {
  std::map<std::string, Tensor> found;
  for (const auto& [name, array] : arrays)
    if (name.starts_with(prefix)) found.emplace(name.substr(prefix.size()), array);
  return found;
}

struct Expected {
  std::map<std::string, Tensor> arrays, in, constants;

  explicit Expected(const std::string& file)
      : arrays(load_expected(file)), in(under(arrays, "in.")), constants(under(arrays, "const.")) {}
};

/// Loads the file's state into the module, calls f(inputs, constants), and compares outputs and derivatives.
template <class F>
void agrees(const std::string& file, const Module& module, F&& f) {
  CAPTURE(file);
  const Expected expected(file);
  const xgrad::test::Tolerance tolerance{.rtol = 1e-8, .atol = 1e-10};
  const std::map<std::string, Tensor> state = under(expected.arrays, "state.");
  load_state_dict(module, NamedTensors(state.begin(), state.end()));
  REQUIRE(state.size() == state_dict(module).size());

  const Tape tape;
  const std::vector<Tensor> outputs = f(expected.in, expected.constants);
  Tensor total = tensor(0.0, float64);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::string place = std::to_string(i);
    CHECK_MESSAGE(difference(outputs[i], expected.arrays.at("out" + place), tolerance) == "", "output ", place);
    total = total + sum(outputs[i] * expected.arrays.at("grad_out" + place));
  }
  CHECK_FALSE(expected.arrays.contains("out" + std::to_string(outputs.size())));
  std::vector<Tensor> sources;
  std::vector<std::string> names;
  for (const auto& [name, tensor] : expected.in) {
    sources.push_back(tensor);
    names.push_back("d_in." + name);
  }
  for (const auto& [name, parameter] : module.named_parameters()) {
    sources.push_back(parameter.value());
    names.push_back("d." + name);
  }
  const std::vector<Tensor> gradients = tape.gradient(total, sources);
  for (std::size_t i = 0; i < names.size(); ++i)
    CHECK_MESSAGE(difference(gradients[i], expected.arrays.at(names[i]), tolerance) == "", names[i]);
  const std::map<std::string, Tensor> after = under(expected.arrays, "after.");
  for (const auto& buffer : module.named_buffers())
    CHECK_MESSAGE(difference(buffer.second, after.at(buffer.first), tolerance) == "", buffer.first, " after the call");
}

}  // namespace xgrad::nn::test
