#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include <autograd/autograd.hpp>
#include <autograd/node.hpp>
#include <autograd/primitive.hpp>

#include "../autograd/errors/wrong_calls.hpp"
#include "test_data.hpp"

const char* const xgrad::test::test_data = "";

// Prints what the registry, its samples and the tables of wrong calls tell about each operation, for the reference that
// docs/site/ writes. One line each, with tabs between the parts:
//
//   primitive    name  kind  meaning  whether its derivative exists ("yes"), is "zero" or "stops"
//   composition  name  whether it is differentiable ("yes", "no")
//   shapes       name  sample  dtypes and shapes of the inputs  those of the result
//   dtype        name  dtype of the floating-point inputs  that of the result, or "refused"
//   derivative   name  operands  input  what is recorded for its cotangent, given g, that of the result y
//   records      name  the primitives that a composition records
//   error        name  kind  text
namespace xgrad {
namespace {

using test::Kind;

void print(std::initializer_list<std::string> parts) {
  std::string line;
  for (std::string part : parts) {
    std::replace(part.begin(), part.end(), '\t', ' ');
    for (std::size_t at; (at = part.find('\n')) != std::string::npos;) part.replace(at, 1, "\\n");
    line += (line.empty() ? "" : "\t") + part;
  }
  std::cout << line << "\n";
}

std::string described(const Tensor& x) { return std::string(to_string(x.dtype())) + " " + to_string(x.shape()); }

std::string described(const std::vector<Tensor>& all) {
  std::string text;
  for (const Tensor& x : all) text += (text.empty() ? "" : ", ") + described(x);
  return text;
}

// ---------------------------------------------------------------------------------------------- derivatives

/// Writes what was recorded as an expression of named tensors.
class Expression {
 public:
  explicit Expression(std::unordered_map<const Node*, std::string> names) : names_(std::move(names)) {}

  /// The expression of a node, or none where it is longer than a reader can take in, or has an operand without a name.
  std::optional<std::string> operator()(const Node& node) {
    operations_ = 0;
    readable_ = true;
    const std::string text = write(node, 0);
    if (!readable_ || operations_ > most) return {};
    return text;
  }

 private:
  static constexpr int most = 9;                        // operations
  static constexpr int sum = 1, product = 2, sign = 3;  // how strongly operators bind

  std::string write(const Node& node, int inside) {
    if (const auto name = names_.find(&node); name != names_.end()) return name->second;
    if (node.number) return node.plain_number().text();
    if (node.input_count == 0) readable_ = false;
    if (++operations_ > most || !readable_) return "";
    const std::string name = node.primitive->name;
    if ((name == "broadcast_to" || name == "cast") && is_number(*node.input(0))) return write(*node.input(0), inside);
    const auto infix = [&](const char* symbol, int strength) {
      const std::string text =
          write(*node.input(0), strength) + " " + symbol + " " + write(*node.input(1), strength + 1);
      return strength < inside ? "(" + text + ")" : text;
    };
    if (name == "add") return infix("+", sum);
    if (name == "subtract") return infix("-", sum);
    if (name == "multiply") return infix("*", product);
    if (name == "divide") return infix("/", product);
    if (name == "negate") return "-" + write(*node.input(0), sign);
    std::string text = name + "(";
    for (std::uint32_t i = 0; i < node.input_count; ++i) text += (i ? ", " : "") + write(*node.input(i), 0);
    if (name == "broadcast_to" || name == "reshape")
      text += ", " + to_string(node.shape);
    else if (name == "cast")
      text += ", " + std::string(to_string(node.dtype));
    else if (!node.attributes.empty())
      text += ", ...";
    return text + ")";
  }

  /// Whether it is a plain number, in some dtype.
  static bool is_number(const Node& node) {
    return node.number || (std::string(node.primitive->name) == "cast" && node.input(0)->number);
  }

  std::unordered_map<const Node*, std::string> names_;
  int operations_ = 0;
  bool readable_ = true;
};

Tensor handle_of(Node* node) {
  node->retain(Node::one_handle);
  return Tensor::adopt(node);
}

/// A node of a primitive that a tensor is computed from.
Node* find(Node* node, const Primitive& primitive) {
  std::vector<Node*> waiting{node};
  std::unordered_set<const Node*> seen;
  while (!waiting.empty()) {
    Node* next = waiting.back();
    waiting.pop_back();
    if (!seen.insert(next).second) continue;
    if (next->primitive == &primitive) return next;
    for (Node* input : next->inputs()) waiting.push_back(input);
  }
  return nullptr;
}

std::string name_of_input(std::size_t i, std::size_t count) {
  return count == 1 ? "x" : std::string(1, static_cast<char>('a' + static_cast<int>(i)));
}

/// The cotangents of the inputs of a primitive's call in a sample, as expressions. None where the result is empty, or
/// the call is in a function that has a derivative of its own, as a checkpoint.
std::vector<std::pair<std::size_t, std::string>> derivatives(const Primitive& primitive, const Sample& sample,
                                                             std::size_t& operands) {
  const Tape tape;
  const Tensor result = sample.f(sample.inputs);
  Node* node = result.node() ? find(result.node(), primitive) : nullptr;
  if (!node) return {};
  operands = node->input_count;
  if (operands > 4 || node->shape.elements() == 0) return {};
  const Tensor y = handle_of(node);
  const Tensor g = tensor(std::vector<double>(static_cast<std::size_t>(y.size()), 0.5), y.shape()).to(y.dtype());
  eval(g);
  std::unordered_map<const Node*, std::string> names{{node, "y"}, {g.node(), "g"}};
  std::vector<Tensor> sources;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < operands; ++i) {
    Node* input = node->input(i);
    if (!names.emplace(input, name_of_input(i, operands)).second) return {};  // an operand that is another one too
    if (input->number || !is_floating(input->dtype)) continue;
    sources.push_back(handle_of(input));
    places.push_back(i);
  }
  std::vector<std::pair<std::size_t, std::string>> found;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    Tensor cotangent;
    try {
      cotangent = tape.gradient(y, sources[i], {.cotangent = g, .allow_unused = true});
    } catch (const Error&) {
      return {};
    }
    if (!cotangent.defined()) continue;
    Expression expression(names);
    const std::optional<std::string> text = expression(*cotangent.node());
    if (!text) return {};
    found.emplace_back(places[i], *text);
  }
  return found;
}

/// Those of the sample in which they are shortest to write.
void print_derivatives(const Primitive& primitive) {
  std::vector<std::pair<std::size_t, std::string>> shortest;
  std::size_t operands_of_it = 0, length_of_it = 0;
  for (const Sample& sample : primitive.samples()) {
    std::size_t operands = 0, length = 0;
    const auto found = derivatives(primitive, sample, operands);
    // More cotangents first, then fewer characters; extents of 1 hide sums and broadcasts in reshapes.
    for (const auto& [input, text] : found)
      length += text.size() + (text.find("reshape") != std::string::npos ? 100 : 0);
    if (found.size() < shortest.size() || (found.size() == shortest.size() && length >= length_of_it)) continue;
    shortest = found;
    operands_of_it = operands;
    length_of_it = length;
  }
  for (const auto& [input, text] : shortest)
    print({"derivative", primitive.name, std::to_string(operands_of_it), name_of_input(input, operands_of_it), text});
}

// ---------------------------------------------------------------------------------------------- samples

/// Whether a sample's function is the call of the operation and nothing else, as far as can be told.
bool is_call(const Tensor& result, const Primitive* primitive) {
  return !primitive || (result.node() && result.node()->primitive == primitive);
}

void print_shapes(const std::string& name, const std::vector<Sample>& samples, const Primitive* primitive = nullptr) {
  std::set<std::string> printed;
  for (const Sample& sample : samples) {
    const Tensor result = sample.f(sample.inputs);
    if (!is_call(result, primitive)) continue;
    const std::string text = described(sample.inputs) + described(result);
    if (printed.insert(text).second) print({"shapes", name, sample.name, described(sample.inputs), described(result)});
  }
}

/// The dtypes of results for floating-point inputs of the first sample in other dtypes.
void print_dtypes(const std::string& name, const Sample& sample, const Primitive* primitive = nullptr) {
  if (!is_call(sample.f(sample.inputs), primitive)) return;
  if (std::none_of(sample.inputs.begin(), sample.inputs.end(),
                   [](const Tensor& input) { return is_floating(input.dtype()); }))
    return;
  for (const DType dtype : {float32, float64, bfloat16, int64, boolean}) {
    std::vector<Tensor> inputs = sample.inputs;
    for (Tensor& input : inputs)
      if (is_floating(input.dtype())) input = cast(input, dtype);
    std::string result = "refused";
    try {
      result = std::string(to_string(sample.f(inputs).dtype()));
    } catch (const Error&) {
    }
    // Then the sample has a constant in float64, or casts to it.
    if (dtype == float32 && result == "float64") return;
    print({"dtype", name, std::string(to_string(dtype)), result});
  }
}

void print_recorded(const std::string& name, const Sample& sample) {
  const Tensor result = sample.f(sample.inputs);
  std::set<std::string> names;
  std::vector<const Node*> waiting{result.node()};
  std::unordered_set<const Node*> seen;
  while (!waiting.empty()) {
    const Node* next = waiting.back();
    waiting.pop_back();
    if (!next || !seen.insert(next).second || next->input_count == 0) continue;
    names.insert(next->primitive->name);
    for (const Node* input : next->inputs()) waiting.push_back(input);
  }
  std::string text;
  for (const std::string& one : names) text += (text.empty() ? "" : ", ") + one;
  if (!text.empty()) print({"records", name, text});
}

// ---------------------------------------------------------------------------------------------- errors

const char* name_of(Kind kind) {
  switch (kind) {
    case Kind::undefined:
      return "undefined";
    case Kind::shape:
      return "shape";
    case Kind::axis:
      return "axis";
    case Kind::dtype:
      return "dtype";
    case Kind::range:
      return "range";
    case Kind::value:
      break;
  }
  return "value";
}

void print_errors() {
  for (const auto table :
       {test::wrong_elementwise_calls, test::wrong_reductions, test::wrong_shape_calls, test::wrong_index_calls,
        test::wrong_products, test::wrong_systems, test::wrong_matrix_calls, test::wrong_transforms_of_numbers,
        test::wrong_window_calls, test::wrong_creations, test::wrong_aliases, test::wrong_arrangements,
        test::wrong_functions, test::wrong_scatters, test::wrong_statistics, test::wrong_transform_calls}) {
    std::set<std::string> printed;
    for (const test::WrongCall& row : table()) {
      const std::string text = test::error_of(row.call);
      if (printed.insert(text).second) print({"error", row.op, name_of(row.kind), text});
    }
  }
}

}  // namespace
}  // namespace xgrad

int main() {
  using namespace xgrad;
  for (const Primitive* primitive : primitives()) {
    const char* kind = primitive->elementwise() ? "elementwise" : primitive->view() ? "view" : "block";
    print({"primitive", primitive->name, kind, primitive->doc,
           primitive->vjp              ? "yes"
           : primitive->stops_gradient ? "stops"
                                       : "zero"});
    if (!primitive->samples) continue;
    const std::vector<Sample> samples = primitive->samples();
    print_shapes(primitive->name, samples, primitive);
    print_dtypes(primitive->name, samples.front(), primitive);
    if (primitive->vjp) print_derivatives(*primitive);
  }
  for (const Composition* composition : compositions()) {
    print({"composition", composition->name, composition->differentiable ? "yes" : "no"});
    const std::vector<Sample> samples = composition->samples();
    print_shapes(composition->name, samples);
    print_dtypes(composition->name, samples.front());
    print_recorded(composition->name, samples.front());
  }
  print_errors();
}
