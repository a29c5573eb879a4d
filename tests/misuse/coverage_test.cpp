#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "lists.hpp"
#include "test_data.hpp"

// What the public headers declare, against the probes: a function, class or method that is added without one fails.
namespace xgrad::test {
namespace {

const std::filesystem::path& root() {
  static const std::filesystem::path path = std::filesystem::path(test_data).parent_path();
  return path;
}

std::string text_of(const std::string& header) {
  std::ifstream file(root() / header);
  REQUIRE_MESSAGE(file, header);
  std::ostringstream text;
  text << file.rdbuf();
  return std::regex_replace(text.str(), std::regex("//[^\n]*"), "");
}

/// The headers that users include, and what these include, but for those that only the library's own files and
/// primitives of the user's own read.
std::set<std::string> public_headers() {
  static const std::set<std::string> inner = {"autograd/operand.hpp",      "autograd/dtype.hpp",
                                              "autograd/error.hpp",        "autograd/attributes.hpp",
                                              "autograd/kernel/array.hpp", "autograd/kernel/buffer.hpp"};
  std::vector<std::string> waiting{"autograd/autograd.hpp", "autograd/xtensor.hpp", "autograd/io/npz.hpp",
                                   "autograd/io/safetensors.hpp", "nn/nn.hpp"};
  for (const auto& entry : std::filesystem::directory_iterator(root() / "data"))
    if (entry.path().extension() == ".hpp") waiting.push_back("data/" + entry.path().filename().string());
  std::set<std::string> found;
  const std::regex include("#include <((?:autograd|nn|data)/[\\w/]+\\.hpp)>");
  while (!waiting.empty()) {
    const std::string header = waiting.back();
    waiting.pop_back();
    if (inner.contains(header) || !found.insert(header).second) continue;
    const std::string text = text_of(header);
    for (auto match = std::sregex_iterator(text.begin(), text.end(), include); match != std::sregex_iterator(); ++match)
      waiting.push_back((*match)[1]);
  }
  return found;
}

/// Functions that take something, classes with a constructor, and methods of classes ("Class::method") that take
/// something, of a header.
std::set<std::string> declared(const std::string& header) {
  static const std::regex function("^(?:inline |constexpr )*(?:[A-Za-z][\\w:<>, ]*[&*]* ?[&*]*) ?[ &*](\\w+)\\((.*)");
  static const std::regex member(
      "^  (?:virtual |static |constexpr |inline |explicit )*"
      "(?:[A-Za-z][\\w:<>, ]*[ &*]+)?(\\w+)\\((.*)");
  static const std::regex type("^(?:class|struct) ([\\w:]+)[^;]*\\{");
  std::istringstream lines(text_of(header));
  std::set<std::string> names;
  std::string current, access;
  bool inner = false;
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (line.starts_with("namespace")) inner = line.find("detail") != std::string::npos;
    if (line.starts_with("}")) {
      inner = inner && line != "}  ";  // what "}  // namespace detail" is without its comment
      current.clear();
    }
    if (inner) continue;
    if (line.find("= delete") != std::string::npos || line.find("operator") != std::string::npos) continue;
    if (std::regex_search(line, match, type)) {
      current = match[1];
      access = line.starts_with("class") ? "private" : "public";
      continue;
    }
    if (line.find("public:") != std::string::npos) access = "public";
    if (line.find("private:") != std::string::npos) access = "private";
    if (line.find("protected:") != std::string::npos) access = "protected";
    if (current.empty() ? std::regex_search(line, match, function)
                        : access == "public" && std::regex_search(line, match, member)) {
      const std::string name = match[1], rest = match[2];
      // A module's forward is what calling it does.
      if (rest.starts_with(")") || name == "forward" || name == "requires" || name == "if" || name == "return")
        continue;
      const std::string plain = current.substr(current.rfind(':') + 1);
      if (current.empty())
        names.insert(name);
      else
        names.insert(name == plain ? plain : plain + "::" + name);
    }
  }
  return names;
}

/// The names that probes answer for; of "schedule::step" and "ImageDataset.image" also the last part. A member that
/// forwards to a function (`Members`, autograd/members.hpp, written from the functions' declarations) has the name of
/// that, so the probe of the function is one of the member: what the member adds is no check.
std::set<std::string> probed() {
  std::set<std::string> names;
  for (const auto list :
       {elementwise_probes, reduction_probes, shape_probes,     indexing_probes,       product_probes,
        matrix_probes,      fft_probes,       window_probes,    creation_probes,       object_probes,
        transform_probes,   file_probes,      arrange_probes,   function_probes,       scatter_probes,
        statistics_probes,  layer_probes,     attention_probes, small_layer_probes,    container_probes,
        margin_loss_probes, loss_probes,      optimizer_probes, module_probes,         metric_probes,
        training_probes,    data_probes,      data_file_probes, data_transform_probes, set_probes,
        distributed_probes}) {
    for (const Probe& probe : list())
      for (std::string name : probe.names) {
        if (const std::size_t dot = name.find('.'); dot != std::string::npos) name.replace(dot, 1, "::");
        names.insert(name);
        names.insert(name.substr(name.rfind(':') + 1));
      }
  }
  return names;
}

/// What others stand for: copies of a declaration for other types, options, plain holders of numbers, and what only
/// reads the library's state.
const std::set<std::string> exempt = {
    "SourceLocation::current",
    "Pair",
    "Triple",
    "PerAxis",
    "PerAxis::of",
    "PerAxis::of_volume",
    "Padding1d",
    "Padding2d",
    "Padding3d",
    "PoolStride",
    "PoolStride3d",
    "AdaptiveSize2d",
    "AdaptiveSize3d",
    "NestedList",
    "CustomCall",
    "Node",
    "Operand",
    // Constructors and methods that the probes of what they belong to call.
    "Iterator",
    "CallSite",
    "MemberCall",
    "Flag",
    "NewShape",
    "NewShape::one_",  // its constructor's
    "CustomCall::input",
    "CustomCall::input_dtype",
    "CustomCall::input_shape",
    "Tensor::adopt",
    "idx_header_bytes",
    "GradientOptions",
    "BatchSource",
    "Custom",
    "Recurrent",
    "InstanceNorm",
    // An allocator throws std::bad_alloc, as containers expect.
    "PoolAllocator",
    "PoolAllocator::allocate",
    "PoolAllocator::deallocate",
    "BatchNorm",
    "RecurrentCell",
    "Convolution",
    "PaddingLayer",
    // What an implementation of ranks overrides, and what its collectives look up.
    "Transport::run",
    "Transport::split",
    "Communicator::attributes",
};

}  // namespace

TEST_CASE("the headers' functions, classes and methods are found") {
  CHECK(public_headers().size() > 60);
  CHECK(public_headers().contains("nn/optim/sgd.hpp"));
  const auto finds = [](const std::string& header, const std::string& name) { return declared(header).contains(name); };
  CHECK(finds("autograd/ops.hpp", "take"));
  CHECK(finds("autograd/ops/linalg.hpp", "einsum"));
  CHECK(finds("autograd/shape.hpp", "Shape::insert"));
  CHECK(finds("autograd/shape.hpp", "Shape"));
  CHECK_FALSE(finds("autograd/shape.hpp", "Shape::rank"));
  CHECK(finds("nn/linear.hpp", "Linear"));
  CHECK(finds("nn/optim/optimizer.hpp", "Optimizer::set_lr"));
  CHECK(finds("data/loader.hpp", "Loader::set_epoch"));
}

TEST_CASE("every public function, class and method has a probe") {
  const std::set<std::string> names = probed();
  for (const std::string& header : public_headers()) {
    CAPTURE(header);
    for (const std::string& name : declared(header)) {
      const std::string last = name.substr(name.rfind(':') + 1);
      CHECK_MESSAGE((names.contains(name) || names.contains(last) || exempt.contains(name)), name);
    }
  }
}

}  // namespace xgrad::test
