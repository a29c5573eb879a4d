#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <autograd/node.hpp>
#include <autograd/ops/attributes.hpp>
#include <autograd/recorder.hpp>
#include <autograd/tape.hpp>
#include <nn/onnx/export.hpp>

/// A program as it is recorded at several batch sizes.
namespace xgrad::onnx {

/// An extent, or another whole number of a program, at batch size N: factor N + rest.
struct Extent {
  std::int64_t factor = 0;
  std::int64_t rest = 0;

  Extent() = default;
  Extent(std::int64_t number) noexcept : rest(number) {}
  Extent(std::int64_t times, std::int64_t plus) noexcept : factor(times), rest(plus) {}

  bool fixed() const noexcept { return factor == 0; }
  bool is(std::int64_t number) const noexcept { return fixed() && rest == number; }
  friend bool operator==(const Extent&, const Extent&) = default;
  friend Extent operator+(Extent a, Extent b) noexcept { return {a.factor + b.factor, a.rest + b.rest}; }
  friend Extent operator-(Extent a, Extent b) noexcept { return {a.factor - b.factor, a.rest - b.rest}; }
  friend Extent operator*(Extent a, std::int64_t b) noexcept { return {a.factor * b, a.rest * b}; }
};
using Extents = std::vector<Extent>;

/// "4", "N", "2N + 1".
std::string to_string(const Extent& extent);

/// A value of the program.
struct Step {
  enum class Kind { computed, input, named, constant, number };

  Kind kind = Kind::computed;
  Node* node = nullptr;             ///< in the first recording
  std::vector<std::size_t> inputs;  ///< the steps that it reads
  Extents shape;
  std::string name;  ///< of an input or of a named tensor
  /// Whether it depends on nothing: no input, no named tensor, and not on the batch size.
  bool literal = false;
  std::size_t uses = 0;  ///< by other steps and as output
  /// Of a number that depends on the batch size: it, or 1 / it, is this.
  std::optional<Extent> varying = {};
  bool inverse = false;
  Extent start;  ///< of slice, embed and arange

  bool is(std::string_view primitive) const noexcept {
    return kind == Kind::computed && node->primitive->name == primitive;
  }
  DType dtype() const noexcept { return node->dtype; }
  int rank() const noexcept { return static_cast<int>(shape.size()); }
  /// Elements; nothing where they depend on the batch size.
  std::optional<std::int64_t> elements() const noexcept;
};

/// The steps that compute the outputs, each behind what it reads.
class Recording {
 public:
  /// Records the program. Throws Error as save does.
  Recording(const Program& program, const std::vector<Input>& inputs, const NamedTensors& named);

  const std::vector<Step>& steps() const noexcept { return steps_; }
  const Step& operator[](std::size_t i) const noexcept { return steps_[i]; }
  const std::vector<std::size_t>& outputs() const noexcept { return outputs_; }
  /// The shape of input i.
  const Extents& input_shape(std::size_t i) const noexcept { return input_shapes_[i]; }

 private:
  /// The program at one batch size.
  struct Take {
    std::int64_t batch = 0;
    std::vector<Tensor> inputs, outputs;
    std::vector<Node*> nodes;
    std::unordered_map<const Node*, std::size_t> places;
  };

  void take(Take& take, const Program& program, const std::vector<Input>& inputs) const;
  void list(Take& take) const;
  void compare_structure() const;
  void add_step(std::size_t i, const std::vector<Input>& inputs);
  void find_number(Step& step, std::size_t i) const;
  std::optional<Extent> extent_of(std::span<const std::int64_t> at_batches) const;
  bool ends_at(const Take& take, const Node& node) const;

  Tape tape_;  ///< keeps the recipes
  std::vector<Take> takes_;
  std::unordered_map<const Node*, std::string> names_;
  std::vector<Step> steps_;
  std::vector<std::size_t> outputs_;
  std::vector<Extents> input_shapes_;
};

/// Where a step was recorded, for errors: "primitive 'det', recorded in '1.attention'".
std::string described(const Node& node);

}  // namespace xgrad::onnx
