#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include <onnx/onnx_pb.h>
#include <nn/onnx/onnx.hpp>

#include <nn/onnx/graph.hpp>
#include "test_data.hpp"

// ONNX's own tests of each operator (Debian: libonnx-testdata): a model of one node, inputs and outputs.
namespace xgrad::test {
namespace {

namespace fs = std::filesystem;

const fs::path data = "/usr/share/libonnx-testdata/data/node";

::onnx::TensorProto read_proto(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  ::onnx::TensorProto proto;
  if (!proto.ParseFromIstream(&in)) throw Error("no tensor: " + path.string());
  return proto;
}

/// What is wrong with a result; empty where nothing is. The tolerances of ONNX's own runner are 1e-3 and 1e-7; these
/// are closer.
std::string difference(const Tensor& given, const Tensor& expected) {
  if (given.shape() != expected.shape())
    return "shape " + to_string(given.shape()) + ", not " + to_string(expected.shape());
  const auto a = given.to(float64).to_vector<double>(), b = expected.to(float64).to_vector<double>();
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
    if (!(std::abs(a[i] - b[i]) <= 1e-5 + 1e-5 * std::abs(b[i]))) {
      std::ostringstream text;
      text << "element " << i << " is " << a[i] << ", not " << b[i];
      return text.str();
    }
  }
  return {};
}

/// What is wrong with a test; empty where it passes.
std::string run(const fs::path& folder) {
  try {
    const onnx::Model model = onnx::load(folder / "model.onnx");
    for (int set = 0; fs::exists(folder / ("test_data_set_" + std::to_string(set))); ++set) {
      const fs::path of_set = folder / ("test_data_set_" + std::to_string(set));
      std::vector<Tensor> inputs;
      for (std::size_t i = 0; i < model.input_names().size(); ++i) {
        const fs::path file = of_set / ("input_" + std::to_string(i) + ".pb");
        inputs.push_back(onnx::read_tensor(read_proto(file), file.string()));
      }
      const std::vector<Tensor> outputs = model.outputs(inputs);
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        const fs::path file = of_set / ("output_" + std::to_string(i) + ".pb");
        const std::string wrong = difference(outputs[i], onnx::read_tensor(read_proto(file), file.string()));
        if (!wrong.empty()) return "output " + std::to_string(i) + ": " + wrong;
      }
    }
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

TEST_CASE("onnx: the tests of ONNX that passed go on passing") {
  if (!fs::exists(data)) {
    MESSAGE("skipped: " << data.string() << " is not there (Debian: libonnx-testdata)");
    return;
  }
  std::set<std::string> expected;
  std::ifstream list(fs::path(test_data) / "nn" / "onnx" / "node_tests.txt");
  REQUIRE(list);
  for (std::string line; std::getline(list, line);)
    if (!line.empty() && line[0] != '#') expected.insert(line);
  REQUIRE(expected.size() > 400);

  std::set<std::string> all;
  for (const auto& entry : fs::directory_iterator(data)) all.insert(entry.path().filename().string());
  std::size_t passed = 0;
  // XGRAD_ONNX_NODE_TESTS=FILE writes which tests pass, and why others do not.
  const char* report = std::getenv("XGRAD_ONNX_NODE_TESTS");
  std::ofstream out;
  if (report) out.open(report);
  for (const std::string& name : all) {
    const std::string wrong = run(data / name);
    passed += wrong.empty() ? 1 : 0;
    out << name << (wrong.empty() ? "" : "  # " + wrong) << "\n";
    if (expected.contains(name)) CHECK_MESSAGE(wrong.empty(), name << ": " << wrong);
  }
  for (const std::string& name : expected) CHECK_MESSAGE(all.contains(name), name << " is no test");
  MESSAGE(passed << " of " << all.size() << " tests of ONNX pass; " << expected.size() << " must");
}

}  // namespace
}  // namespace xgrad::test
