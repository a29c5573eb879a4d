#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <nn/onnx/recording.hpp>

namespace onnx {
class GraphProto;
class NodeProto;
}  // namespace onnx

/// From the steps of a recording to the nodes of an ONNX graph.
namespace xgrad::onnx {

class Writer;

/// An attribute of an ONNX node.
using AttributeValue = std::variant<std::int64_t, float, std::vector<std::int64_t>, std::string>;
using NodeAttributes = std::vector<std::pair<std::string, AttributeValue>>;

/// How a step is written: the steps whose values that reads, and the function that does it.
struct Emission {
  std::vector<std::size_t> reads;
  std::function<void(Writer& writer)> write;
};

/// Appends nodes to a graph. Names of values are unique.
class Writer {
 public:
  Writer(const Recording& recording, const std::vector<Input>& inputs, ::onnx::GraphProto& graph);

  const Recording& recording() const noexcept { return recording_; }

  /// The name of a step's value. Of a plain number: as a scalar of the given dtype.
  std::string value(std::size_t step, DType dtype);
  std::string value(std::size_t step) { return value(step, recording_[step].dtype()); }
  /// The same for an operand that is read as float32 where it is bfloat16: ONNX gives a result its operands' type.
  std::string computed(std::size_t step, DType dtype);
  std::string computed(std::size_t step) { return computed(step, recording_[step].dtype()); }

  /// Adds a node of one result, and gives the result's name.
  std::string add(std::string_view op, const std::vector<std::string>& inputs, const NodeAttributes& attributes = {});
  /// The same, for the result of a step.
  void add_for(std::size_t step, std::string_view op, const std::vector<std::string>& inputs,
               const NodeAttributes& attributes = {});
  /// The same of several results.
  std::vector<std::string> add_results(std::string_view op, const std::vector<std::string>& inputs,
                                       const NodeAttributes& attributes, std::size_t results);
  /// Makes a value that is there the step's.
  void bind(std::size_t step, std::string value);

  /// A value in another dtype.
  std::string cast(const std::string& value, DType dtype);

  /// A constant with the values of a tensor.
  std::string constant(const Tensor& tensor);
  std::string integers(const std::vector<std::int64_t>& values);
  /// A scalar.
  std::string number(double value, DType dtype);

  /// Extents as a vector of int64, computed where they depend on the batch size.
  std::string extents(const Extents& extents);
  /// A value in another shape of as many elements.
  std::string reshaped(const std::string& value, const Extents& shape);

  /// While it writes this step, nodes are named by it.
  void begin(std::size_t step) noexcept { current_ = step; }
  /// Makes the values of the steps the graph's outputs.
  void finish(const std::vector<std::string>& names);

 private:
  std::string fresh(std::string_view stem);
  std::string reserved(const std::string& name, std::string_view what);
  std::string extent(const Extent& extent);
  std::string batch_size();

  const Recording& recording_;
  const std::vector<Input>& inputs_;
  ::onnx::GraphProto& graph_;
  std::map<std::size_t, std::string> values_;
  std::map<std::string, std::string> constants_;  ///< by dtype, shape and bytes, where they are few
  std::map<std::pair<std::int64_t, std::int64_t>, std::string> extents_;
  std::map<std::string, std::size_t, std::less<>> taken_;
  std::size_t current_ = 0;
};

/// How the primitive of a step becomes ONNX nodes, by the primitive's name; null where no operator is known.
using Rule = Emission (*)(const Recording& recording, std::size_t step);
using Rules = std::map<std::string_view, Rule>;

/// The tables of rules, by family.
const Rules& elementwise_rules();
const Rules& arranging_rules();
const Rules& reducing_rules();
const Rules& window_rules();

Rule rule_of(std::string_view primitive);

/// The dtype in which a step reads its operands: that of those which are no plain numbers.
DType operand_dtype(const Recording& recording, const Step& step);

}  // namespace xgrad::onnx
