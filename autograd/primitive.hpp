#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include <autograd/attributes.hpp>
#include <autograd/fingerprint.hpp>
#include <autograd/kernel/loops.hpp>
#include <autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace xgrad {

class BatchedCall;
class Node;
class Vjp;

namespace run {
struct Array;
struct Call;
}  // namespace run

/// Elementwise functions that a compiled loop computes in registers (autograd/run/compile). Functions that follow each
/// other in a pass become one loop.
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
  exp,  ///< from here on formulas of some twenty instructions (autograd/kernel/formulas.hpp)
  tanh,
  sigmoid,
};

/// Whether it is a few machine instructions.
constexpr bool is_simple(MachineOp op) { return op != MachineOp::none && op < MachineOp::exp; }
/// Whether it gives a bool.
constexpr bool is_comparison(MachineOp op) { return op >= MachineOp::equal && op <= MachineOp::less_equal; }
/// Whether a compiled loop can reduce with it. Reductions with another one run in loops of their own.
constexpr bool is_reduction(MachineOp op) {
  return op == MachineOp::add || op == MachineOp::maximum || op == MachineOp::minimum;
}
/// Operands that it takes.
constexpr int arity(MachineOp op) {
  switch (op) {
    case MachineOp::none:
      return 0;
    case MachineOp::add:
    case MachineOp::subtract:
    case MachineOp::multiply:
    case MachineOp::divide:
    case MachineOp::maximum:
    case MachineOp::minimum:
    case MachineOp::equal:
    case MachineOp::not_equal:
    case MachineOp::less:
    case MachineOp::less_equal:
      return 2;
    case MachineOp::select:
      return 3;
    default:
      return 1;
  }
}

/// A step of an elementwise function that takes several: an operation on operands of the function (0, 1, ...) or on
/// results of earlier steps (step(0), step(1), ...).
struct MachineStep {
  MachineOp op = MachineOp::none;
  std::array<int, 3> operands{};

  static constexpr int first_step = 16;
};
constexpr int step(int index) { return MachineStep::first_step + index; }

/// How a pass reduces as it goes, for float32 and float64.
struct ReductionLoops {
  double identity;
  /// total[i] = combine(total[i], x[i]), as an elementwise loop of two operands.
  TileKernel (*combine)(DType operand, DType result);
  /// *out = the reduction of x[0 .. n).
  void (*(*row)(DType dtype))(void* out, const void* x, std::int64_t n);
  /// totals[j] = combine(totals[j], the reduction of x[0][j], x[1][j], ...), for rows of `columns` elements.
  void (*(*columns)(DType dtype))(void* totals, const void* x, std::int64_t rows, std::int64_t columns);
  /// The operation that combines two values, where a compiled loop is to do it (is_reduction), to the last bit.
  MachineOp machine = MachineOp::none;
};

/// A call that tests a primitive, and from which its checks are generated.
struct Sample {
  std::string name;
  /// With inputs of other shapes and dtypes, which the fuzzer gives it, it returns something or throws an Error.
  std::function<Tensor(const std::vector<Tensor>&)> f;
  std::vector<Tensor> inputs;
  /// The value of f(inputs), for primitives without a derivative, where no finite difference can check them.
  std::optional<Tensor> expected = {};
  /// Tolerances of the gradient check, relaxed where a primitive's sample needs it.
  double atol = 1e-6;
  double rtol = 1e-5;
};

// --------------------------------------------------------------------------------------------------------------------
// A primitive is of one of four kinds, each with its own traits. A run knows operations by these only.

/// Holds its value; nothing to run.
struct DataTraits {};

/// One value out of one value of each (broadcast) input.
struct ElementwiseTraits {
  /// The loop for operands of one dtype and results of another.
  TileKernel (*tile)(DType operand, DType result) = nullptr;
  /// Operands that are bool, whatever dtype the others have: bit i for input i.
  std::uint32_t masks = 0;
  /// The same on float32 or float64 operands in a compiled loop, to the last bit, where one operation does it,
  MachineOp machine = MachineOp::none;
  /// or the steps that do.
  std::span<const MachineStep> machine_steps = {};

  // Identities that keep every bit, by which programs are simplified.
  /// The number c, 0 or 1, with f(x, c) = x for all x; and with f(c, x) = x.
  std::optional<int> right_identity = {};
  std::optional<int> left_identity = {};
  /// f(f(x)) is x.
  bool involution = false;
  /// f(x) is x, in another dtype.
  bool copies = false;

  bool is_mask(std::size_t input) const noexcept { return input < 32 && (masks >> input & 1u) != 0; }
  /// The dtype in which operands are read that are plain numbers, all but the masks: the result's, or where that is
  /// bool (comparisons, without a mask to choose by) float64.
  DType number_dtype(DType result) const noexcept { return result == boolean && masks == 0 ? float64 : result; }
};

/// Other strides over its input's memory.
struct ViewTraits {
  /// The result's view of the input's memory; false where strides cannot express it, and a copy is needed.
  bool (*view)(const Attributes& attributes, const run::Array& input, run::Array& result) = nullptr;
  /// Whether the result is input 0 as it is, whatever the attributes and the other inputs are. Runs skip it.
  bool identity = false;
  /// Whether it depends on the shapes of input and result alone. Then it is nothing where they are equal, and such a
  /// view of a result of the same primitive reads that one's input.
  bool by_shape = false;
  /// Whether one call undoes another of the same primitive, on tensors of so many axes.
  bool (*undoes)(const Attributes& outer, const Attributes& inner, int rank) = nullptr;
};

/// A kernel of its own over whole arrays.
struct BlockTraits {
  /// Writes all of a contiguous result.
  void (*kernel)(const run::Call& call) = nullptr;
  /// Whether the kernel can also write a result of rows that do not lie next to each other, or whose last two axes are
  /// exchanged in memory.
  bool any_layout = false;
  /// Which part of input k gives a part of the result along one of its axes: the part of the same extents along the
  /// axis of the input that is returned, or all of it (`all_of_it`). For the axis `added_up`: along which axes parts of
  /// the inputs give results that add up to the whole, which the kernel does (Call::accumulate). Nothing where the
  /// result can only be computed as a whole. With it, blocks and passes run part by part, one after the other on each
  /// part.
  std::optional<int> (*part)(std::size_t k, int axis, const Shape& input, const Shape& result) = nullptr;
  /// Axes of the result, bit i for axis i, along which parts take more time than they save, though `part` knows them:
  /// each would be a product of few rows or columns.
  std::uint32_t thin_axes = 0;
  /// Whether the kernel, told to add to what is there (Call::accumulate), gives the same bits as an addition of its
  /// result would: by the result's dtype and the shapes of the first input and the result. Null where it does not.
  bool (*adds)(DType dtype, const Shape& input, const Shape& result) = nullptr;
  /// The inputs in which it is linear while the others stay as they are: bit i for input i. With `part`, a factor for
  /// each place of an axis can move from the result to an input.
  std::uint32_t linear = 0;
  /// Whether the result is input 0 changed in some places. Where its value ends, the kernel is given a result that lies
  /// in its memory, and writes these places only; it refuses what it refuses before it writes.
  bool updates = false;
  /// Whether the kernel reads inputs of bfloat16 as they are. Where it does not, they are converted before.
  bool reads_bfloat16 = false;
  /// Whether the result is the input's elements in another order, or repeated. A derivative that reads it computes it
  /// again from the input, which is kept instead.
  bool rearranges = false;
  /// Whether a call has an effect beside its value, as what exchanges values with other processes has. It is recorded
  /// by record_ordered. Calls run in record order, each once, on the thread that runs them, whoever reads their values.
  bool ordered = false;
  /// Where it reduces axes of its input, with attributes ReducedAxes: how. A pass may compute it as it goes.
  const ReductionLoops* (*reduction)() = nullptr;
  /// Floating-point operations of a call, by the shapes of its first input and its result; null: one for each element
  /// of the result.
  std::int64_t (*flops)(const Shape& input, const Shape& result) = nullptr;
};

/// An operation that recording, differentiation and running know: its name and meaning, its derivative, its kernel and
/// its tests, all in the file of its family (autograd/ops/).
struct Primitive {
  const char* name;
  const char* doc;

  /// The derivative, written in public operations; null where it is zero everywhere or does not exist.
  void (*vjp)(Vjp&) = nullptr;
  /// The values that the derivative reads: bit i for input i, bit 31 for the output.
  std::uint32_t reads = 0;

  /// Whether its result is a constant to derivatives, on which nothing depends. Where it is not, and there is no rule,
  /// the derivative is 0.
  bool stops_gradient = false;

  std::variant<DataTraits, ElementwiseTraits, ViewTraits, BlockTraits> traits;

  /// The result for a batch of examples at once, for vmap (autograd/batched_call.hpp). Null where the rule follows from
  /// the above (elementwise, reductions), or where examples are recorded one by one.
  Tensor (*batch)(const BatchedCall&) = nullptr;

  /// Calls that record this primitive.
  std::vector<Sample> (*samples)() = nullptr;

  /// Of the name that it is made with: the same in every process, where the address is another.
  std::uint64_t fingerprint = Fingerprint().add(name ? name : "").value();

  bool is_data() const noexcept { return std::holds_alternative<DataTraits>(traits); }
  // The traits of its kind, or null.
  const ElementwiseTraits* elementwise() const noexcept { return std::get_if<ElementwiseTraits>(&traits); }
  const ViewTraits* view() const noexcept { return std::get_if<ViewTraits>(&traits); }
  const BlockTraits* block() const noexcept { return std::get_if<BlockTraits>(&traits); }

  /// Whether it takes inputs of bfloat16 as they are.
  bool reads_bfloat16() const noexcept {
    return view() || (elementwise() && elementwise()->copies) || (block() && block()->reads_bfloat16);
  }
  bool is_identity() const noexcept { return view() && view()->identity; }
  bool is_ordered() const noexcept { return block() && block()->ordered; }
  bool reduces() const noexcept { return block() && block()->reduction; }
  /// Floating-point operations of a call.
  std::int64_t flops(const Shape& first_input, const Shape& result) const {
    if (block() && block()->flops) return block()->flops(first_input, result);
    return view() ? 0 : result.elements();
  }
};

inline constexpr std::uint32_t reads_output = 1u << 31;
// Of BlockTraits::part.
inline constexpr int all_of_it = -1;
inline constexpr int added_up = -2;

/// Every primitive that can be recorded, by family.
std::span<const Primitive* const> primitives();

/// A public operation that records others, under its public name. Its samples get the checks that a primitive's get.
struct Composition {
  const char* name;
  std::vector<Sample> (*samples)();
  /// Whether it has a derivative. One without gives what its samples expect.
  bool differentiable = true;
};

/// Every composition, by family.
std::span<const Composition* const> compositions();

/// Names of the primitives of the nodes that are kept on this thread's list, in record order.
std::vector<std::string> recorded_primitives();

}  // namespace xgrad
#pragma GCC visibility pop
