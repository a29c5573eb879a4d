#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <autograd/dtype.hpp>
#include <autograd/primitive.hpp>
#include <autograd/run/compile/code_memory.hpp>

namespace xgrad::run {

/// Machine code of one loop over n elements, or over n rows. What it reads and writes lies at `pointers`, by operand.
class Code {
 public:
  using Function = void (*)(std::byte* const* pointers, std::int64_t n);

  /// The function at the beginning of memory that can be executed.
  explicit Code(CodeMemory memory) noexcept
      : memory_(std::move(memory)), function_(reinterpret_cast<Function>(memory_.data())) {}

  void operator()(std::byte* const* pointers, std::int64_t n) const { function_(pointers, n); }

 private:
  CodeMemory memory_;
  Function function_;
};

/// The text of a loop: operations on each element in order, on operands by number.
struct LoopText {
  struct Operation {
    MachineOp op;
    int out;
    int inputs;
    std::array<int, 3> in;
    std::array<std::int64_t, 3> step;  ///< 1, or 0 for an operand that is the same for the whole loop
    DType from;                        ///< of a copy's operand: bool, bfloat16 or the loop's type
    bool narrows = false;              ///< whether the result of a copy is bfloat16
    bool stored = false;               ///< whether the result is written to memory
    bool padded = false;               ///< whether there is room behind it for a whole vector
  };
  /// total[i] = op(total[i], x[i]).
  struct Total {
    MachineOp op;  ///< add; over rows, maximum or minimum too
    int operand;
    int pointer;
  };

  /// All x[i] combined to one value, in the order of kernel::reduce_block, as far as whole vectors go: a vector that is
  /// left to be combined, and after it, at FoldResult::rest, the elements behind the last whole vector.
  struct Fold {
    MachineOp op;  ///< add, maximum or minimum
    int operand;
    int pointer;
  };

  /// How a loop over rows of so many columns goes, which it does strip by strip: down a few columns, then the next
  /// ones.
  struct Rows {
    std::int64_t columns = 0;  ///< 0: the loop is over elements
    std::int64_t block = 1;    ///< rows whose total is taken before it joins the others', as in kernel::combine_columns
    std::vector<int> repeated;   ///< operands that are one row for all rows
    std::vector<int> one_a_row;  ///< operands that are one value for each row
  };

  DType type = DType::float32;
  std::vector<Operation> operations;
  std::vector<Total> totals;
  std::vector<Fold> folds;  ///< none over rows
  Rows rows = {};
};

/// The rest that a fold leaves to combine, for float32 or float64.
template <class T>
struct FoldResult {
  static constexpr std::int64_t width = 32 / sizeof(T);
  alignas(32) T lanes[width];
  alignas(32) T rest[width];
};

/// Whether this build makes machine code.
bool code_is_supported() noexcept;

/// How many loops were made to code so far.
std::size_t codes_made() noexcept;

/// The code of a loop; loops of the same text share it. Null where the system gives no memory to execute, or none to
/// write the code in.
std::shared_ptr<const Code> code_for(const LoopText& text);

/// Forgets the texts of loops whose code is gone.
void forget_unused_code();

}  // namespace xgrad::run
