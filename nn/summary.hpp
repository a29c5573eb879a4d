#pragma once

#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <nn/module.hpp>
#include <nn/parameter.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

/// An input to record a module with: a shape and a dtype, or a tensor, whose values are there where the module's
/// forward asks for them. An undefined Tensor is an input that is left out.
class ExampleInput {
 public:
  ExampleInput(std::initializer_list<std::int64_t> shape) : shape_(shape) {}
  ExampleInput(const Shape& shape, DType dtype = float32) : shape_(shape), dtype_(dtype) {}
  ExampleInput(const Tensor& tensor) : given_(true), tensor_(tensor) {}

  bool is_tensor() const noexcept { return given_; }
  const Tensor& tensor() const noexcept { return tensor_; }
  const Shape& shape() const noexcept { return shape_; }
  DType dtype() const noexcept { return dtype_; }

 private:
  bool given_ = false;
  Tensor tensor_;
  Shape shape_;
  DType dtype_ = float32;
};

/// The inputs of a module by their shapes, or as tensors:
///
///     {64, 1, 28, 28}              one of float32
///     {{64, 20}, int64}            one of int64
///     {{10, 64, 8}, {12, 64, 8}}   two of float32
///     {{{10, 64}, int64}, mask}    one of int64, and a tensor
class ExampleInputs {
 public:
  ExampleInputs(std::initializer_list<std::int64_t> shape) : inputs_{ExampleInput(shape)} {}
  ExampleInputs(std::initializer_list<ExampleInput> inputs) : inputs_(inputs) {}
  ExampleInputs(const Shape& shape, DType dtype = float32) : inputs_{ExampleInput(shape, dtype)} {}
  ExampleInputs(const Tensor& tensor) : inputs_{ExampleInput(tensor)} {}
  ExampleInputs(const std::vector<Tensor>& tensors) : inputs_(tensors.begin(), tensors.end()) {}
  ExampleInputs(std::vector<ExampleInput> inputs) : inputs_(std::move(inputs)) {}

  const std::vector<ExampleInput>& list() const noexcept { return inputs_; }

 private:
  std::vector<ExampleInput> inputs_;
};

struct SummaryOptions {
  /// Rows for submodules down to this depth, from 0, the module itself. What lies deeper is part of the row of the
  /// module around it.
  int depth = std::numeric_limits<int>::max();
  /// The parameters that an optimizer is given; the module's other ones count as frozen. All of them by default.
  std::optional<ParameterList> trained = {};
};

/// A module in a Summary. What belongs to its submodules, or to an earlier row, is not counted again, so the rows add
/// up to the totals.
struct SummaryRow {
  std::string name;                     ///< its place: "layers.0"; empty for the module itself
  std::string type;                     ///< its class: "Linear"
  int depth = 0;                        ///< how many modules are around it
  bool recursive = false;               ///< whether it is the module of an earlier row, registered a second time
  std::int64_t calls = 0;               ///< how often it is applied under this name
  std::vector<Shape> inputs;            ///< of the first call; an input that is left out is no part of it
  std::optional<Shape> output;          ///< of the first call; nothing where the module isn't applied
  std::int64_t parameters = 0;          ///< numbers in parameters
  std::int64_t trained_parameters = 0;  ///< and of these, in trained ones
  std::int64_t buffers = 0;             ///< numbers in buffers
  std::int64_t multiply_adds = 0;       ///< of all calls
  std::int64_t state_bytes = 0;         ///< of parameters and buffers
  std::int64_t output_bytes = 0;        ///< see Summary::output_bytes
};

/// What nn::summary finds out about a module.
struct Summary {
  std::vector<SummaryRow> rows;  ///< the module, then its submodules, each before those in it
  std::int64_t parameters = 0;
  std::int64_t trained_parameters = 0;
  std::int64_t buffers = 0;
  /// Of the operations that the output depends on: n m k for a product of (n, k) and (k, m), and for convolutions what
  /// their definition takes. Other arithmetic, as of activations, sums and norms, has none.
  std::int64_t multiply_adds = 0;
  std::int64_t input_bytes = 0;
  /// Of the outputs of all calls of modules that have no submodules, but for those that share memory with another. Two
  /// times this estimates what a step of training needs for activations and their gradients; runs keep what derivatives
  /// read, which can be less, as fused operations keep nothing, or more, where a module computes much in its own
  /// forward.
  std::int64_t output_bytes = 0;
  std::int64_t state_bytes = 0;

  std::int64_t frozen_parameters() const noexcept { return parameters - trained_parameters; }
  /// 2 * output_bytes.
  std::int64_t forward_backward_bytes() const noexcept { return 2 * output_bytes; }
  /// Of input, outputs and their gradients, parameters and buffers. Gradients of parameters and an optimizer's state
  /// come on top.
  std::int64_t total_bytes() const noexcept { return input_bytes + forward_backward_bytes() + state_bytes; }

  /// A table: the modules as a tree, their outputs' shapes, parameters and multiply-adds; below it the totals.
  std::string text() const;
};

/// Prints text().
std::ostream& operator<<(std::ostream& out, const Summary& summary);

/// The modules in a module, their shapes, parameters and arithmetic (as the Python package torchinfo). It records a
/// call of the module in the mode that it is in, without running it: inputs that are given by shape have no values, and
/// a forward that asks for values (lengths of sequences, say) needs tensors that have them. The module does not change:
/// what a call would change, running statistics and the default generator, is as before. Hooks do not run.
///
///     std::cout << nn::summary(model, {64, 1, 28, 28});
///
/// A module that the forward applies without having registered it has no row; its arithmetic belongs to the module that
/// applies it. Throws Error where no inputs are given, the first is left out, the depth is negative, and as the call
/// does: with the module that refuses its input, and what it expected.
Summary summary(const Module& module, const ExampleInputs& inputs, const SummaryOptions& options = {});

}  // namespace xgrad::nn
#pragma GCC visibility pop
