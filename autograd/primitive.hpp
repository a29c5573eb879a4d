#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <autograd/tensor.hpp>

namespace xgrad {

class Batch;
class Node;
class Vjp;

/// What a primitive's rule and kernel need beside its inputs: axes, extents, steps. Plain words, compared bit by bit.
using Attributes = std::array<std::int64_t, 4>;

namespace run {
struct Array;
struct Call;
}  // namespace run

/// One vectorised loop: out[i] = f(in[0][i * step[0]], ...) for i < n. A step is 1, or 0 for an operand that is the
/// same for the whole loop.
using TileKernel = void (*)(void* out, const void* const* in, const std::int64_t* step, std::int64_t n);

/// Elementwise functions that a few machine instructions compute. Those that follow each other in a pass can be
/// compiled to one loop, whose values stay in registers (autograd/run/compile.hpp).
enum class MachineOp : std::uint8_t {
  none,
  copy,
  add,
  subtract,
  multiply,
  divide,
  maximum,
  minimum,
  negate,
  absolute,
  square,
  square_root,
  relu,
  equal,
  not_equal,
  less,
  less_equal,
  select,
  exp,  ///< from here on formulas of some twenty instructions (autograd/run/formulas.hpp)
  tanh,
  sigmoid,
};

/// Whether it is a few machine instructions.
constexpr bool is_simple(MachineOp op) { return op != MachineOp::none && op < MachineOp::exp; }

/// Reductions of columns add up so many rows before these join the total.
inline constexpr std::int64_t rows_of_block = 32;

/// How a reduction goes on the fly, for float32 and float64.
struct Reduction {
  double identity;
  /// What combines two values, where few machine instructions do it.
  MachineOp machine;
  /// total[i] = combine(total[i], x[i]), as an elementwise loop of two operands.
  TileKernel (*combine)(DType operand, DType result);
  /// *out = the reduction of x[0 .. n).
  void (*(*row)(DType dtype))(void* out, const void* x, std::int64_t n);
  /// totals[j] = combine(totals[j], the reduction of x[0][j], x[1][j], ...), for rows of `columns` elements.
  void (*(*columns)(DType dtype))(void* totals, const void* x, std::int64_t rows, std::int64_t columns);
};

/// A call that tests a primitive, and from which its checks are generated.
struct Sample {
  std::string name;
  std::function<Tensor(const std::vector<Tensor>&)> f;
  std::vector<Tensor> inputs;
  /// The value of f(inputs), for primitives without a derivative, where no finite difference can check them.
  std::optional<Tensor> expected = {};
  /// Tolerances of the gradient check, relaxed where a primitive's sample needs it.
  double atol = 1e-6;
  double rtol = 1e-5;
};

/// How a primitive runs.
enum class Execution : std::uint8_t {
  data,         ///< holds its value; nothing to run
  elementwise,  ///< one value out of one value of each (broadcast) input
  view,         ///< other strides over its input's memory
  block,        ///< a kernel of its own over whole arrays
};

/// An operation that recording, differentiation and running know: its name and meaning, its derivative, its kernel and
/// its tests, all in the file of its family (autograd/ops/).
struct Primitive {
  const char* name;
  const char* doc;
  Execution execution;

  /// The derivative, written in public operations; null where it is zero everywhere or does not exist.
  void (*vjp)(Vjp&) = nullptr;
  /// What the derivative reads: bit i for input i, bit 31 for the output.
  std::uint32_t reads = 0;

  /// Elementwise: the loop for operands of one dtype and results of another.
  TileKernel (*tile)(DType operand, DType result) = nullptr;
  /// Elementwise: the same on float32 or float64 operands, where few machine instructions do it, to the last bit.
  MachineOp machine = MachineOp::none;
  /// View: the result's view of the input's memory, or nothing where a copy is needed.
  bool (*view)(const Attributes& attributes, const run::Array& input, run::Array& result) = nullptr;
  /// View: whether the result is input 0 as it is, whatever the attributes and the other inputs are. Runs skip it.
  bool identity = false;
  /// Block: the kernel. It writes all of a contiguous result.
  void (*kernel)(const run::Call& call) = nullptr;
  /// Block: whether the kernel can also write a result of rows that do not lie next to each other, or whose last two
  /// axes are exchanged in memory.
  bool any_layout = false;
  /// Block: what of input k gives a part of the result along one of its axes: the part of the same extents along the
  /// axis of the input that is returned, or all of it (`all_of_it`). For the axis `added_up`: along which axes parts of
  /// the inputs give results that add up to the whole, which the kernel does (Call::accumulate). Nothing where the
  /// result can only be computed as a whole. With it, blocks and passes run part by part, one after the other on each
  /// part.
  std::optional<int> (*part)(std::size_t k, int axis, const Shape& input, const Shape& result) = nullptr;
  /// Block: whether the result is the input's elements in another order, or repeated. A derivative that reads it
  /// computes it again from the input, which is kept instead.
  bool rearranges = false;
  /// Block: where it reduces the axes of attributes[0], how; the planner may then compute it on the fly.
  const Reduction* (*reduction)() = nullptr;

  /// The result for a batch of examples at once, for vmap (autograd/batch.hpp). Null where the rule follows from the
  /// above (elementwise, reductions), or where examples are recorded one by one.
  Tensor (*batch)(const Batch&) = nullptr;
  /// For primitives whose attributes refer to something shared: counts the nodes that do, by 1 or -1.
  void (*hold)(const Attributes& attributes, int change) = nullptr;

  /// Calls that record this primitive.
  std::vector<Sample> (*samples)() = nullptr;
};

inline constexpr std::uint32_t reads_output = 1u << 31;
// Of Primitive::part.
inline constexpr int all_of_it = -1;
inline constexpr int added_up = -2;

/// Every primitive that can be recorded, by family.
std::span<const Primitive* const> primitives();

/// Names of the primitives of the nodes that are kept on this thread's list, in record order.
std::vector<std::string> recorded_primitives();

}  // namespace xgrad
