#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <autograd/autograd.hpp>
#include <nn/onnx/import.hpp>

namespace onnx {
class TensorProto;
}

/// A file's program as it is kept in memory.
namespace xgrad::onnx {

using Results = std::vector<Tensor>;
using Attribute = std::variant<std::int64_t, double, std::string, Tensor, std::vector<std::int64_t>,
                               std::vector<double>, std::vector<std::string>>;

class Call;
/// What an ONNX operator computes: its outputs, or the first of them.
using Operator = Results (*)(const Call& call);
using Operators = std::map<std::string_view, Operator>;

/// A node of the file.
struct Operation {
  Operator compute = nullptr;
  std::string type, name;
  std::vector<std::size_t> inputs, outputs;  ///< values; no_value where there is none
  std::map<std::string, Attribute, std::less<>> attributes;
  std::vector<std::size_t> last_reads;  ///< values that nothing later reads
};
inline constexpr std::size_t no_value = static_cast<std::size_t>(-1);

struct Graph {
  std::string place;  ///< the file, for errors
  std::int64_t opset = 0;
  std::vector<std::string> input_names, output_names;
  std::vector<std::size_t> inputs, outputs;
  std::size_t values = 0;
  /// Tensors of the file: those that are state of the module, and the others.
  struct Stored {
    std::size_t value;
    std::string name;
    Tensor tensor;
    bool trained;
  };
  std::vector<Stored> state;
  std::vector<std::pair<std::size_t, Tensor>> constants;
  std::vector<Operation> operations;
  Metadata metadata;
};

/// A node with the values of its inputs.
class Call {
 public:
  Call(const Operation& operation, std::int64_t version, std::vector<Tensor> values)
      : operation_(operation), opset(version), inputs_(std::move(values)) {}

  std::size_t count() const noexcept { return inputs_.size(); }
  bool has(std::size_t i) const noexcept { return i < inputs_.size() && inputs_[i].defined(); }
  /// Input i. Throws Error where it was left out.
  const Tensor& operator[](std::size_t i) const;
  /// Input i, undefined where it was left out.
  Tensor optional(std::size_t i) const { return has(i) ? inputs_[i] : Tensor(); }
  const std::vector<Tensor>& inputs() const noexcept { return inputs_; }
  /// The values of an integer input, which are computed.
  std::vector<std::int64_t> integers_of(std::size_t i) const;
  std::vector<double> numbers_of(std::size_t i) const;
  std::size_t outputs() const noexcept { return operation_.outputs.size(); }
  bool wants(std::size_t output) const noexcept {
    return output < operation_.outputs.size() && operation_.outputs[output] != no_value;
  }
  const std::string& type() const noexcept { return operation_.type; }

  // Attributes. Throw Error on another type.
  bool says(std::string_view name) const noexcept { return operation_.attributes.contains(name); }
  std::int64_t integer(std::string_view name, std::int64_t otherwise) const;
  double number(std::string_view name, double otherwise) const;
  std::string text(std::string_view name, std::string_view otherwise) const;
  std::vector<std::int64_t> integers(std::string_view name) const;  ///< none where it is not there
  std::vector<std::string> texts(std::string_view name) const;
  Tensor tensor(std::string_view name) const;
  /// An axis counted from the start. Throws Error where it is out of range.
  int axis(std::int64_t given, int rank) const;
  std::vector<int> axes(const std::vector<std::int64_t>& given, int rank) const;
  /// Axes that older operators have as an attribute and newer ones as an input; nothing where neither is there.
  std::optional<std::vector<std::int64_t>> listed(std::string_view name, std::size_t input) const;

  [[noreturn]] void refuse(std::string_view message) const;

 private:
  template <class T>
  const T* find(std::string_view name) const;

  const Operation& operation_;

 public:
  std::int64_t opset;

 private:
  std::vector<Tensor> inputs_;
};

// The tables of operators, by family.
const Operators& elementwise_operators();
const Operators& arranging_operators();
const Operators& reducing_operators();
const Operators& window_operators();
const Operators& recurrent_operators();
Operator operator_of(std::string_view type);

/// A tensor of a file. `place` is the file and the tensor, for errors.
Tensor read_tensor(const ::onnx::TensorProto& proto, const std::string& place);
/// The dtype here of a type of ONNX; nothing for texts and complex numbers.
std::optional<DType> dtype_here(std::int64_t type);

}  // namespace xgrad::onnx
