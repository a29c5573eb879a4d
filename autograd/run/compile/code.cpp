#include <autograd/kernel/formulas.hpp>
#include <autograd/kernel/processor.hpp>
#include <autograd/run/compile/code.hpp>

#ifdef XGRAD_HAVE_ASMJIT

#include <asmjit/x86.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <limits>
#include <map>
#include <mutex>
#include <optional>

#include <autograd/run/plan/ids.hpp>

namespace xgrad::run {
namespace {

using namespace asmjit;
namespace Id = asmjit::x86::Inst;

/// Remembers whether anything failed: the writer goes on, and asks in the end.
struct Failures : ErrorHandler {
  void handleError(asmjit::Error, const char*, BaseEmitter*) override { any = true; }
  bool any = false;
};

/// Comparison predicates of vcmpps and vcmppd; none signals.
enum Predicate : int { equal = 0, unordered = 3, not_equal = 4, less = 17, less_equal = 18, greater = 30 };

/// Masks for the first k of eight lanes begin k before the middle.
alignas(64) constexpr std::array<std::int32_t, 16> lanes_mask{-1, -1, -1, -1, -1, -1, -1, -1};

/// Rows that a strip goes down at least, where there are as many: what repeats is read once for them.
constexpr std::int64_t rows_of_strip = 8;

/// Writes the code of one loop: vectors of eight float32 or four float64 elements, the last one in part.
class Writer {
 public:
  explicit Writer(const LoopText& text) : text_(text), double_(text.type == DType::float64) {}

  /// False where there is no memory for it.
  bool write(CodeHolder& holder) {
    if (holder.attach(&cc_) != kErrorOk) {
      cc_._code = nullptr;  // asmjit leaves the holder there, which knows nothing of the emitter
      return false;
    }
    FuncNode* function = cc_.addFunc(FuncSignatureT<void, std::byte* const*, std::int64_t>());
    if (!function) return false;
    function->frame().setAvxEnabled();
    function->frame().setAvxCleanup();
    const x86::Gp pointers = cc_.newIntPtr(), n = cc_.newInt64();
    function->setArg(0, pointers);
    function->setArg(1, n);
    load_bases(pointers);
    load_constants();
    index_ = i_ = cc_.newInt64();
    if (text_.rows.columns > 0)
      write_rows(n);
    else
      write_elements(n);
    return cc_.endFunc() == kErrorOk && cc_.finalize() == kErrorOk;
  }

 private:
  /// Vectors in flight of a fold, as in kernel::reduce_block.
  static constexpr int fold_lanes = 4;

  std::int64_t width() const { return double_ ? 4 : 8; }

  // ------------------------------------------------------------------------------------------- over elements

  void write_elements(const x86::Gp& n) {
    cc_.xor_(i_, i_);
    if (!text_.folds.empty()) loop_of(n, fold_lanes);
    loop_of(n, 1);
    leave_folds();
    const Label done = cc_.newLabel();
    cc_.sub(n, i_);
    cc_.jz(done);
    if (narrows()) cc_.mov(left_ = cc_.newInt64(), n);
    // The mask of the n elements that are left.
    const x86::Gp table = cc_.newIntPtr();
    cc_.mov(table, imm(reinterpret_cast<std::uintptr_t>(lanes_mask.data() + 8)));
    cc_.neg(n);
    mask_ = cc_.newYmm();
    cc_.vmovups(*mask_, x86::ptr(table, n, double_ ? 3 : 2));
    body();
    cc_.bind(done);
  }

  /// A loop over so many whole vectors at a time, as far as these go.
  void loop_of(const x86::Gp& n, int vectors) {
    const std::int64_t stride = vectors * width();
    const Label loop = cc_.newLabel(), done = cc_.newLabel();
    const x86::Gp end = cc_.newInt64();
    cc_.lea(end, x86::ptr(n, static_cast<std::int32_t>(-stride)));
    cc_.cmp(i_, end);
    cc_.jg(done);
    cc_.bind(loop);
    for (vector_ = 0; vector_ < vectors; ++vector_) body();
    vector_ = 0;
    cc_.add(i_, stride);
    cc_.cmp(i_, end);
    cc_.jle(loop);
    cc_.bind(done);
  }

  // ------------------------------------------------------------------------------------------- over rows

  /// Some rows at a time, so that what strips share of a cache line is still there: all strips of these.
  void write_rows(const x86::Gp& rows) {
    const std::int64_t columns = text_.rows.columns, block = text_.rows.block;
    const std::int64_t some = (rows_of_strip + block - 1) / block * block;
    const x86::Gp end = cc_.newInt64();
    const Label next = cc_.newLabel();
    start_ = cc_.newInt64(), stop_ = cc_.newInt64(), column_ = cc_.newInt64();
    first_row_ = cc_.newInt64(), row_ = cc_.newInt64();
    cc_.imul(end, rows, imm(columns));
    cc_.xor_(start_, start_);
    if (!text_.rows.one_a_row.empty()) cc_.xor_(first_row_, first_row_);
    cc_.bind(next);
    limited(stop_, start_, some, end);
    write_strips(some > block);
    if (!text_.rows.one_a_row.empty()) cc_.add(first_row_, some);
    cc_.mov(start_, stop_);
    cc_.cmp(start_, end);
    cc_.jl(next);
  }

  void write_strips(bool several_blocks) {
    const std::int64_t columns = text_.rows.columns;
    const std::int64_t vectors = vectors_of_strip();
    const std::int64_t whole = columns / (vectors * width()), rest = columns % (vectors * width());
    cc_.xor_(column_, column_);
    if (whole > 0) {
      const Label next = cc_.newLabel();
      cc_.bind(next);
      write_strip(vectors, 0, several_blocks);
      if (whole > 1 || rest > 0) cc_.add(column_, vectors * width());
      if (whole > 1) {
        cc_.cmp(column_, whole * vectors * width());
        cc_.jl(next);
      }
    }
    if (rest > 0) write_strip((rest + width() - 1) / width(), rest % width(), several_blocks);
  }

  /// As many as leave room for what a strip keeps in registers, and for what it computes.
  std::int64_t vectors_of_strip() const {
    const std::size_t kept = text_.rows.repeated.size() + text_.totals.size();
    const std::size_t passing = text_.operations.empty() ? 1 : 4;
    std::int64_t vectors = 4;
    while (vectors > 1 &&
           (as_size(vectors) * kept + fixed_.size() + passing > 16 || as_size(vectors) * text_.operations.size() > 16))
      vectors /= 2;
    return vectors;
  }

  /// The rows from start_ to stop_ in some vectors of columns, of the last of which only so many lanes count (0: all).
  void write_strip(std::int64_t vectors, std::int64_t last_lanes, bool several_blocks) {
    const auto each_vector = [&](auto&& f) {
      for (vector_ = 0; vector_ < vectors; ++vector_) {
        lanes_ = vector_ + 1 == vectors ? last_lanes : 0;
        f(as_size(vector_));
      }
      vector_ = lanes_ = 0;
    };
    std::array<std::map<int, x86::Ymm>, 4> repeated;
    each_vector([&](std::size_t v) {
      values_.clear();
      index_ = column_;
      for (const int operand : text_.rows.repeated) value(operand, type_of(operand));
      repeated[v] = values_;
    });
    cc_.lea(i_, x86::ptr(start_, column_));
    if (!text_.rows.one_a_row.empty()) cc_.mov(row_, first_row_);

    const Label block = cc_.newLabel(), row = cc_.newLabel();
    const bool by_blocks = several_blocks && !text_.totals.empty();
    x86::Gp block_stop = stop_;
    cc_.bind(block);
    if (by_blocks) limited(block_stop = cc_.newInt64(), i_, text_.rows.block, stop_);
    totals_.clear();
    each_vector([&](std::size_t) {
      for (const LoopText::Total& total : text_.totals) totals_.push_back(identity(total.op));
    });
    cc_.bind(row);
    const std::map<int, x86::Ymm> spread = spread_values();
    each_vector([&](std::size_t v) {
      values_ = repeated[v];
      values_.insert(spread.begin(), spread.end());
      index_ = i_;
      body();
    });
    cc_.add(i_, text_.rows.columns);
    if (!text_.rows.one_a_row.empty()) cc_.inc(row_);
    cc_.cmp(i_, block_stop);
    cc_.jl(row);
    // The result of the block joins the totals.
    each_vector([&](std::size_t v) {
      index_ = column_;
      for (std::size_t t = 0; t < text_.totals.size(); ++t) {
        const LoopText::Total& total = text_.totals[t];
        const x86::Ymm before = load(total.pointer);
        store(total.pointer, combined(total.op, before, totals_[v * text_.totals.size() + t]), false);
      }
    });
    if (by_blocks) {
      cc_.cmp(i_, stop_);
      cc_.jl(block);
    }
  }

  /// to = from, so many rows on, or the end where that comes first.
  void limited(const x86::Gp& to, const x86::Gp& from, std::int64_t rows, const x86::Gp& end) {
    cc_.lea(to, x86::ptr(from, static_cast<std::int32_t>(rows * text_.rows.columns)));
    cc_.cmp(to, end);
    cc_.cmovg(to, end);
  }

  /// The values of operands that have one for each row, in all lanes.
  std::map<int, x86::Ymm> spread_values() {
    std::map<int, x86::Ymm> spread;
    for (const int operand : text_.rows.one_a_row) {
      const x86::Gp address = cc_.newIntPtr();
      cc_.lea(address, x86::ptr(bases_.at(operand), row_, shift_of(type_of(operand))));
      spread[operand] = repeated(address, type_of(operand));
    }
    return spread;
  }

  x86::Ymm identity(MachineOp op) {
    const x86::Ymm value = cc_.newYmm();
    if (op == MachineOp::add)
      cc_.vxorps(value, value, value);
    else
      cc_.vmovaps(value, lanes_of_bits(identity_of(op)));
    return value;
  }

  // ------------------------------------------------------------------------------------------- both

  /// The four vectors of each fold as one.
  void leave_folds() {
    for (std::size_t f = 0; f < text_.folds.size(); ++f) {
      const auto& lanes = folds_[f];
      const MachineOp op = text_.folds[f].op;
      const x86::Ymm all = combined(op, combined(op, lanes[0], lanes[1]), combined(op, lanes[2], lanes[3]));
      cc_.vmovups(x86::ptr(bases_.at(text_.folds[f].pointer)), all);
    }
  }

  /// total combined with x; NaN wins.
  x86::Ymm combined(MachineOp op, const x86::Ymm& total, const x86::Ymm& x) {
    if (op == MachineOp::add) return with(Id::kIdVaddps, Id::kIdVaddpd, total, x);
    const Predicate wins = op == MachineOp::maximum ? Predicate::greater : Predicate::less;
    return chosen(either(compared(x, total, wins), compared(x, x, Predicate::unordered)), x, total);
  }

  /// Addresses of what is walked through; what is the same throughout is read before the loop.
  void load_bases(const x86::Gp& pointers) {
    const auto base = [&](int pointer) -> x86::Gp& {
      const auto [entry, added] = bases_.try_emplace(pointer);
      if (added) {
        entry->second = cc_.newIntPtr();
        cc_.mov(entry->second, x86::ptr(pointers, 8 * pointer));
      }
      return entry->second;
    };
    std::map<int, bool> made;
    for (const LoopText::Operation& operation : text_.operations) {
      for (int k = 0; k < operation.inputs; ++k) {
        const int operand = operation.in[as_size(k)];
        if (made.contains(operand) || fixed_.contains(operand)) continue;
        types_.try_emplace(operand, type_read(operation, k));
        if (operation.step[as_size(k)] == 0) {
          const x86::Gp address = cc_.newIntPtr();
          cc_.mov(address, x86::ptr(pointers, 8 * operand));
          fixed_[operand] = repeated(address, type_of(operand));
        } else {
          base(operand);
        }
      }
      made[operation.out] = true;
      if (operation.stored) base(operation.out);
    }
    for (const LoopText::Total& total : text_.totals) {
      if (!made.contains(total.operand)) base(total.operand);
      base(total.pointer);
    }
    for (const LoopText::Fold& fold : text_.folds) {
      if (!made.contains(fold.operand)) base(fold.operand);
      base(fold.pointer);
    }
  }

  /// The type that an operation reads an operand as, where that comes from memory.
  DType type_read(const LoopText::Operation& operation, int k) const {
    if (operation.op == MachineOp::select && k == 0) return DType::boolean;
    return operation.op == MachineOp::copy ? operation.from : text_.type;
  }
  DType type_of(int operand) const {
    const auto known = types_.find(operand);
    return known == types_.end() ? text_.type : known->second;
  }
  static std::uint32_t shift_of(DType type) { return static_cast<std::uint32_t>(std::countr_zero(size_of(type))); }

  /// Whether a result is written as bfloat16.
  bool narrows() const {
    return std::ranges::any_of(text_.operations,
                               [](const auto& operation) { return operation.narrows && operation.stored; });
  }

  /// The element at an address, in all lanes.
  x86::Ymm repeated(const x86::Gp& address, DType type) {
    const x86::Ymm value = cc_.newYmm();
    if (type == DType::float64) {
      cc_.vbroadcastsd(value, x86::ptr(address));
    } else if (type == DType::float32) {
      cc_.vbroadcastss(value, x86::ptr(address));
    } else {
      const x86::Gp bits = cc_.newInt64();
      const x86::Xmm low = cc_.newXmm();
      if (type == DType::boolean) {
        cc_.movzx(bits.r32(), x86::byte_ptr(address));
        cc_.neg(bits);
      } else {
        cc_.movzx(bits.r32(), x86::word_ptr(address));
        cc_.shl(bits.r32(), 16);
      }
      cc_.vmovq(low, bits);
      if (type == DType::boolean)
        cc_.vpbroadcastq(value, low);
      else
        cc_.vpbroadcastd(value, low);
    }
    return value;
  }

  /// All bits of one pattern, in every lane.
  x86::Ymm pattern(std::uint64_t bits) {
    const x86::Gp word = cc_.newInt64();
    const x86::Xmm low = cc_.newXmm();
    const x86::Ymm value = cc_.newYmm();
    cc_.mov(word, imm(bits));
    cc_.vmovq(low, word);
    if (double_)
      cc_.vpbroadcastq(value, low);
    else
      cc_.vpbroadcastd(value, low);
    return value;
  }

  void load_constants() {
    const auto needs = [&](auto condition) { return std::ranges::any_of(text_.operations, condition); };
    const auto uses = [&](MachineOp op) { return needs([&](const auto& operation) { return operation.op == op; }); };
    if (needs([](const auto& operation) { return operation.op == MachineOp::copy && operation.from == boolean; }))
      one_ = pattern(double_ ? std::bit_cast<std::uint64_t>(1.0) : std::bit_cast<std::uint32_t>(1.0f));
    const bool reads_truth = needs([&](const auto& operation) {
      for (int k = 0; k < operation.inputs; ++k)
        if (operation.step[as_size(k)] != 0 && type_read(operation, k) == DType::boolean) return true;
      return false;
    });
    if (uses(MachineOp::relu) || reads_truth) zero_ = pattern(0);
    for (const LoopText::Fold& fold : text_.folds) {
      auto& lanes = folds_.emplace_back();
      for (x86::Ymm& lane : lanes) lane = pattern(identity_of(fold.op));
    }
  }

  /// Of a reduction (is_reduction).
  std::uint64_t identity_of(MachineOp op) const {
    const double infinity = std::numeric_limits<double>::infinity();
    const double value = op == MachineOp::add ? 0 : op == MachineOp::maximum ? -infinity : infinity;
    return double_ ? std::bit_cast<std::uint64_t>(value) : std::bit_cast<std::uint32_t>(static_cast<float>(value));
  }

  x86::Mem at(int pointer, int shift) {
    return x86::ptr(bases_.at(pointer), index_, static_cast<std::uint32_t>(shift),
                    static_cast<std::int32_t>((vector_ * width()) << shift));
  }
  x86::Mem at(int pointer) { return at(pointer, double_ ? 3 : 2); }

  /// All operations, on one vector.
  void body() {
    if (text_.rows.columns == 0) values_.clear();
    for (const LoopText::Operation& operation : text_.operations) {
      values_[operation.out] = result_of(operation);
      if (!operation.stored) continue;
      if (operation.narrows)
        store_narrow(operation.out, values_[operation.out], operation.padded);
      else
        store(operation.out, values_[operation.out], operation.padded);
    }
    for (std::size_t t = 0; t < text_.totals.size(); ++t) {
      const LoopText::Total& total = text_.totals[t];
      const x86::Ymm x = value(total.operand, text_.type);
      if (text_.rows.columns > 0) {
        add_to(totals_[as_size(vector_) * text_.totals.size() + t], total.op, x);
        continue;
      }
      const x86::Ymm sum = cc_.newYmm();
      if (double_)
        cc_.vaddpd(sum, x, at(total.pointer));
      else
        cc_.vaddps(sum, x, at(total.pointer));
      store(total.pointer, sum, false);
    }
    for (std::size_t f = 0; f < text_.folds.size(); ++f) {
      const LoopText::Fold& fold = text_.folds[f];
      const x86::Ymm x = value(fold.operand, text_.type);
      if (mask_) {
        cc_.vmovups(x86::ptr(bases_.at(fold.pointer), 32), x);
      } else {
        add_to(folds_[f][as_size(vector_)], fold.op, x);
      }
    }
  }

  /// total = op(total, x).
  void add_to(const x86::Ymm& total, MachineOp op, const x86::Ymm& x) {
    if (op == MachineOp::add)
      cc_.emit(double_ ? Id::kIdVaddpd : Id::kIdVaddps, total, total, x);
    else
      cc_.vmovaps(total, combined(op, total, x));
  }

  x86::Ymm value(int operand, DType type) {
    if (const auto known = fixed_.find(operand); known != fixed_.end()) return known->second;
    if (const auto known = values_.find(operand); known != values_.end()) return known->second;
    return values_[operand] = type == DType::boolean    ? load_truth(operand)
                              : type == DType::bfloat16 ? load_narrow(operand)
                                                        : load(operand);
  }

  /// Buffers end on multiples of 64 bytes, so that a whole vector can be read at any multiple of its size; the last one
  /// of a row stands anywhere.
  x86::Ymm load(int pointer) {
    const x86::Ymm loaded = cc_.newYmm();
    const std::int64_t bytes = lanes_ * (double_ ? 8 : 4);
    if (bytes == 0) {
      cc_.vmovups(loaded, at(pointer));
    } else if (bytes == 16) {
      cc_.vmovups(loaded.xmm(), at(pointer));
    } else if (bytes == 8) {
      cc_.vmovsd(loaded.xmm(), at(pointer));
    } else if (bytes == 4) {
      cc_.vmovss(loaded.xmm(), at(pointer));
    } else {
      std::array<std::uint64_t, 4> bits{};
      std::memset(bits.data(), 0xFF, as_size(bytes));
      const x86::Ymm mask = cc_.newYmm();
      cc_.vmovaps(mask, cc_.newConst(ConstPoolScope::kLocal, bits.data(), sizeof(bits)));
      cc_.emit(double_ ? Id::kIdVmaskmovpd : Id::kIdVmaskmovps, loaded, mask, at(pointer));
    }
    return loaded;
  }

  /// A vector's lanes from elements of one or two bytes.
  x86::Ymm widened(int pointer, InstId widen, DType type) {
    const x86::Ymm loaded = cc_.newYmm();
    const std::uint32_t shift = shift_of(type);
    if (lanes_ == 0) {
      cc_.emit(widen, loaded, at(pointer, static_cast<int>(shift)));
      return loaded;
    }
    const x86::Xmm elements = cc_.newXmm();
    cc_.vpxor(elements, elements, elements);
    for (std::int64_t k = 0; k < lanes_; ++k) {
      x86::Mem from = at(pointer, static_cast<int>(shift)).cloneAdjusted(k << shift);
      from.setSize(1u << shift);
      cc_.emit(shift == 0 ? Id::kIdVpinsrb : Id::kIdVpinsrw, elements, elements, from, imm(k));
    }
    cc_.emit(widen, loaded, elements);
    return loaded;
  }

  x86::Ymm load_narrow(int pointer) {
    const x86::Ymm loaded = widened(pointer, Id::kIdVpmovzxwd, DType::bfloat16);
    cc_.vpslld(loaded, loaded, imm(16));
    return loaded;
  }

  x86::Ymm load_truth(int pointer) {
    const x86::Ymm loaded = widened(pointer, double_ ? Id::kIdVpmovzxbq : Id::kIdVpmovzxbd, DType::boolean);
    cc_.emit(double_ ? Id::kIdVpcmpgtq : Id::kIdVpcmpgtd, loaded, loaded, *zero_);
    return loaded;
  }

  /// The first lanes of a vector only, in pieces of a half, a quarter and an eighth: processors take their time for
  /// masks.
  void store_lanes(const x86::Mem& to, const x86::Ymm& from) {
    const std::int64_t bytes = lanes_ * (double_ ? 8 : 4);
    x86::Mem here = to;
    x86::Xmm left = from.xmm();
    if (bytes & 16) {
      cc_.vmovups(here, left);
      here = here.cloneAdjusted(16);
      if (bytes == 16) return;
      left = cc_.newXmm();
      cc_.vextractf128(left, from, imm(1));
    }
    if (bytes & 8) {
      cc_.vmovlps(here, left);
      here = here.cloneAdjusted(8);
      if (!(bytes & 4)) return;
      const x86::Xmm upper = cc_.newXmm();
      cc_.vmovhlps(upper, left, left);
      left = upper;
    }
    if (bytes & 4) cc_.vmovss(here, left);
  }

  /// Float32 lanes rounded to the nearest bfloat16, of two to the even one; NaN stays, and is quiet then.
  x86::Ymm narrowed(const x86::Ymm& x) {
    const x86::Ymm odd = cc_.newYmm(), rounded = cc_.newYmm(), quiet = cc_.newYmm(), result = cc_.newYmm();
    cc_.vpslld(odd, x, imm(15));
    cc_.vpsrld(odd, odd, imm(31));
    cc_.vpaddd(rounded, x, lanes_of_bits(0x7fff));
    cc_.vpaddd(rounded, rounded, odd);
    cc_.vpor(quiet, x, lanes_of_bits(0x400000));
    cc_.vpand(result, chosen(compared(x, x, Predicate::unordered), quiet, rounded), lanes_of_bits(0xffff0000));
    return result;
  }

  /// Writes only the lanes that count, which are bfloat16 numbers, as such.
  void store_narrow(int pointer, const x86::Ymm& from, bool padded) {
    const x86::Ymm upper = cc_.newYmm();
    cc_.vpsrld(upper, from, imm(16));
    cc_.vpackusdw(upper, upper, upper);
    cc_.vpermq(upper, upper, imm(0x08));
    const x86::Mem to = at(pointer, 1);
    if (lanes_ > 0) {
      for (std::int64_t k = 0; k < lanes_; ++k) {
        x86::Mem here = to.cloneAdjusted(2 * k);
        here.setSize(2);
        cc_.vpextrw(here, upper.xmm(), imm(k));
      }
    } else if (!mask_ || padded) {
      cc_.vmovups(to, upper.xmm());
    } else {
      // By way of the stack, one by one.
      x86::Mem stack = cc_.newStack(16, 16);
      cc_.vmovups(stack, upper.xmm());
      const x86::Gp k = cc_.newInt64(), element = cc_.newInt32(), start = cc_.newIntPtr(), copy = cc_.newIntPtr();
      const Label next = cc_.newLabel();
      cc_.lea(start, to);
      cc_.lea(copy, stack);
      cc_.xor_(k, k);
      cc_.bind(next);
      cc_.movzx(element, x86::word_ptr(copy, k, 1));
      cc_.mov(x86::word_ptr(start, k, 1), element.r16());
      cc_.inc(k);
      cc_.cmp(k, left_);
      cc_.jl(next);
    }
  }

  /// Writes only the lanes that count.
  void store(int pointer, const x86::Ymm& from, bool padded) {
    if (lanes_ > 0)
      store_lanes(at(pointer), from);
    else if (!mask_ || padded)
      cc_.vmovups(at(pointer), from);
    else if (double_)
      cc_.vmaskmovpd(at(pointer), *mask_, from);
    else
      cc_.vmaskmovps(at(pointer), *mask_, from);
  }

  x86::Ymm result_of(const LoopText::Operation& operation) {
    if (double_) {
      Registers<double> registers{*this};
      return result_of(operation, registers);
    }
    Registers<float> registers{*this};
    return result_of(operation, registers);
  }

  template <class Machine>
  x86::Ymm result_of(const LoopText::Operation& operation, Machine& registers) {
    const auto in = [&](int k) { return value(operation.in[as_size(k)], type_read(operation, k)); };
    const x86::Ymm a = in(0);
    const x86::Ymm b = operation.inputs > 1 ? in(1) : a;
    switch (operation.op) {
      case MachineOp::copy:
        if (operation.from == DType::boolean) return with(Id::kIdVandps, Id::kIdVandpd, a, *one_);
        return operation.narrows && operation.from != DType::bfloat16 ? narrowed(a) : a;
      case MachineOp::add:
        return with(Id::kIdVaddps, Id::kIdVaddpd, a, b);
      case MachineOp::subtract:
        return with(Id::kIdVsubps, Id::kIdVsubpd, a, b);
      case MachineOp::multiply:
        return with(Id::kIdVmulps, Id::kIdVmulpd, a, b);
      case MachineOp::divide:
        return with(Id::kIdVdivps, Id::kIdVdivpd, a, b);
      case MachineOp::maximum:
        return chosen(either(compared(a, b, Predicate::greater), compared(a, a, Predicate::unordered)), a, b);
      case MachineOp::minimum:
        return chosen(either(compared(a, b, Predicate::less), compared(a, a, Predicate::unordered)), a, b);
      case MachineOp::negate:
        return registers.in_register(registers.negate(a));
      case MachineOp::absolute:
        return registers.in_register(registers.absolute(a));
      case MachineOp::square:
        return with(Id::kIdVmulps, Id::kIdVmulpd, a, a);
      case MachineOp::square_root: {
        const x86::Ymm root = cc_.newYmm();
        cc_.emit(double_ ? Id::kIdVsqrtpd : Id::kIdVsqrtps, root, a);
        return root;
      }
      case MachineOp::relu:
        return with(Id::kIdVandnps, Id::kIdVandnpd, compared(a, *zero_, Predicate::less_equal), a);
      case MachineOp::equal:
        return compared(a, b, Predicate::equal);
      case MachineOp::not_equal:
        return compared(a, b, Predicate::not_equal);
      case MachineOp::less:
        return compared(a, b, Predicate::less);
      case MachineOp::less_equal:
        return compared(a, b, Predicate::less_equal);
      case MachineOp::select:
        return chosen(a, b, in(2));
      case MachineOp::exp:
        return registers.in_register(formulas::exp(registers, {a}));
      case MachineOp::tanh:
        return registers.in_register(formulas::tanh(registers, {a}));
      case MachineOp::sigmoid:
        return registers.in_register(formulas::sigmoid(registers, {a}));
      case MachineOp::none:
        break;
    }
    return a;
  }

  /// The registers of the processor, for the formulas of autograd/kernel/formulas.hpp.
  template <class T>
  struct Registers {
    /// A register, or a constant that instructions read from memory as their last operand.
    class Value {
     public:
      Value(const x86::Ymm& own) : operand_(own) {}
      explicit Value(const x86::Mem& constant) : operand_(constant) {}
      bool is_constant() const { return operand_.isMem(); }
      const asmjit::Operand& last() const { return operand_; }

     private:
      asmjit::Operand operand_;
    };
    using Element = T;

    Value constant(double value) { return Value(writer.lanes(value)); }
    Value add(const Value& a, const Value& b) {
      return a.is_constant() ? add(b, a) : with(Id::kIdVaddps, Id::kIdVaddpd, a, b);
    }
    Value subtract(const Value& a, const Value& b) { return with(Id::kIdVsubps, Id::kIdVsubpd, a, b); }
    Value multiply(const Value& a, const Value& b) {
      return a.is_constant() ? multiply(b, a) : with(Id::kIdVmulps, Id::kIdVmulpd, a, b);
    }
    Value divide(const Value& a, const Value& b) { return with(Id::kIdVdivps, Id::kIdVdivpd, a, b); }
    Value fma(const Value& a, const Value& b, const Value& c) {
      const x86::Ymm result = writer.cc_.newYmm();
      // One constant is read from memory: the addend, or else a factor.
      const bool reads_factor = b.is_constant() && !c.is_constant();
      const Value& first = b.is_constant() && c.is_constant() ? b : a;
      const Value& second = &first == &a ? b : a;
      writer.cc_.emit(Id::kIdVmovaps, result, first.last());
      if (reads_factor)
        writer.cc_.emit(writer.double_ ? Id::kIdVfmadd132pd : Id::kIdVfmadd132ps, result, in_register(c), b.last());
      else
        writer.cc_.emit(writer.double_ ? Id::kIdVfmadd213pd : Id::kIdVfmadd213ps, result, in_register(second),
                        c.last());
      return result;
    }
    Value negate(const Value& x) { return masked(Id::kIdVxorps, Id::kIdVxorpd, x, writer.sign_bit()); }
    Value absolute(const Value& x) { return masked(Id::kIdVandps, Id::kIdVandpd, x, ~writer.sign_bit()); }
    Value at_most(const Value& x, double bound) {
      return with(Id::kIdVminps, Id::kIdVminpd, constant(bound), x);  // the second one, where either is NaN
    }
    Value at_least(const Value& x, double bound) { return with(Id::kIdVmaxps, Id::kIdVmaxpd, constant(bound), x); }
    Value with_sign(const Value& magnitude, const Value& x) {
      return with(Id::kIdVorps, Id::kIdVorpd, magnitude, masked(Id::kIdVandps, Id::kIdVandpd, x, writer.sign_bit()));
    }
    Value power_of_two(const Value& shifted) {
      constexpr std::uint64_t bias = std::numeric_limits<T>::max_exponent - 1;
      const x86::Ymm result = in_register(masked(Id::kIdVpaddd, Id::kIdVpaddq, shifted, bias));
      writer.cc_.emit(writer.double_ ? Id::kIdVpsllq : Id::kIdVpslld, result, result,
                      imm(std::numeric_limits<T>::digits - 1));
      return result;
    }
    /// x 2^n for a whole number n, rounded once, in one instruction where the processor has one.
    bool scales() const { return has_avx512(); }
    Value scale(const Value& x, const Value& n) { return with(Id::kIdVscalefps, Id::kIdVscalefpd, x, n); }

    x86::Ymm in_register(const Value& value) {
      if (!value.is_constant()) return value.last().template as<x86::Ymm>();
      const x86::Ymm loaded = writer.cc_.newYmm();
      writer.cc_.vmovaps(loaded, value.last().template as<x86::Mem>());
      return loaded;
    }
    Value with(InstId single, InstId twice, const Value& a, const Value& b) {
      const x86::Ymm result = writer.cc_.newYmm();
      writer.cc_.emit(writer.double_ ? twice : single, result, in_register(a), b.last());
      return result;
    }

    /// An instruction whose second operand has the same bits in every lane.
    Value masked(InstId single, InstId twice, const Value& x, std::uint64_t bits) {
      return with(single, twice, x, Value(writer.lanes_of_bits(bits)));
    }

    Writer& writer;
  };

  std::uint64_t sign_bit() const { return double_ ? std::uint64_t{1} << 63 : std::uint64_t{1} << 31; }

  x86::Mem lanes(double value) {
    return lanes_of_bits(double_ ? std::bit_cast<std::uint64_t>(value)
                                 : std::bit_cast<std::uint32_t>(static_cast<float>(value)));
  }

  /// The same bits in every lane, in memory beside the code.
  x86::Mem lanes_of_bits(std::uint64_t bits) {
    std::array<std::uint64_t, 4> all;
    all.fill(double_ ? bits : (bits & 0xFFFFFFFFu) | bits << 32);
    return cc_.newConst(ConstPoolScope::kLocal, all.data(), sizeof(all));
  }

  x86::Ymm with(InstId single, InstId twice, const x86::Ymm& a, const x86::Ymm& b) {
    const x86::Ymm result = cc_.newYmm();
    cc_.emit(double_ ? twice : single, result, a, b);
    return result;
  }

  x86::Ymm compared(const x86::Ymm& a, const x86::Ymm& b, Predicate predicate) {
    const x86::Ymm truth = cc_.newYmm();
    cc_.emit(double_ ? Id::kIdVcmppd : Id::kIdVcmpps, truth, a, b, imm(static_cast<int>(predicate)));
    return truth;
  }

  x86::Ymm either(const x86::Ymm& a, const x86::Ymm& b) { return with(Id::kIdVorps, Id::kIdVorpd, a, b); }

  /// mask ? a : b.
  x86::Ymm chosen(const x86::Ymm& mask, const x86::Ymm& a, const x86::Ymm& b) {
    const x86::Ymm result = cc_.newYmm();
    cc_.emit(double_ ? Id::kIdVblendvpd : Id::kIdVblendvps, result, b, a, mask);
    return result;
  }

  const LoopText& text_;
  const bool double_;
  x86::Compiler cc_;
  x86::Gp i_;
  std::map<int, x86::Gp> bases_;    ///< by pointer
  std::map<int, x86::Ymm> fixed_;   ///< by operand, the same throughout
  std::map<int, x86::Ymm> values_;  ///< by operand, of the vector at hand
  std::map<int, DType> types_;      ///< of operands in memory
  x86::Gp left_;                    ///< elements behind the last whole vector
  std::vector<std::array<x86::Ymm, fold_lanes>> folds_;
  std::vector<x86::Ymm> totals_;  ///< of a strip: by vector, then by total
  std::int64_t vector_ = 0;       ///< which of the vectors that a loop takes at a time is written
  std::int64_t lanes_ = 0;        ///< of that vector, those that count; 0: all
  x86::Gp index_;                 ///< of the element at hand: i_, or within a row
  // Over rows: elements from the start of the first row of a strip to behind its last, the column where it begins, the
  // number of its first row and of the one at hand.
  x86::Gp start_, stop_, column_, first_row_, row_;
  std::optional<x86::Ymm> mask_, one_, zero_;
};

std::vector<std::int64_t> key_of(const LoopText& text) {
  std::vector<std::int64_t> key{static_cast<std::int64_t>(text.type),
                                static_cast<std::int64_t>(text.operations.size())};
  for (const LoopText::Operation& operation : text.operations) {
    const std::int64_t flags = (operation.narrows ? 1 : 0) | (operation.stored ? 2 : 0) | (operation.padded ? 4 : 0) |
                               static_cast<std::int64_t>(operation.from) << 3;
    key.insert(key.end(), {static_cast<std::int64_t>(operation.op), operation.out, operation.inputs, flags});
    for (int k = 0; k < operation.inputs; ++k)
      key.push_back(std::int64_t{operation.in[as_size(k)]} << 1 | operation.step[as_size(k)]);
  }
  key.push_back(static_cast<std::int64_t>(text.totals.size()));
  for (const LoopText::Total& total : text.totals)
    key.insert(key.end(), {static_cast<std::int64_t>(total.op), total.operand, total.pointer});
  for (const LoopText::Fold& fold : text.folds)
    key.insert(key.end(), {static_cast<std::int64_t>(fold.op), fold.operand, fold.pointer});
  key.insert(key.end(), {text.rows.columns, text.rows.block, static_cast<std::int64_t>(text.rows.repeated.size())});
  key.insert(key.end(), text.rows.repeated.begin(), text.rows.repeated.end());
  key.insert(key.end(), text.rows.one_a_row.begin(), text.rows.one_a_row.end());
  return key;
}

/// Whether every operation is one that the writer knows. What it does not know is never compiled as something else.
bool is_known(const LoopText& text) {
  return std::ranges::all_of(text.operations,
                             [](const auto& o) { return o.op != MachineOp::none && arity(o.op) == o.inputs; }) &&
         std::ranges::all_of(text.totals, [](const auto& t) { return is_reduction(t.op); }) &&
         std::ranges::all_of(text.folds, [](const auto& f) { return is_reduction(f.op); });
}

std::atomic<std::size_t> made = 0;

std::shared_ptr<const Code> make(const LoopText& text) {
  if (!is_known(text)) return nullptr;
  CodeHolder holder;
  if (holder.init(Environment::host()) != kErrorOk) return nullptr;
  Failures failures;
  holder.setErrorHandler(&failures);
  if (!Writer(text).write(holder) || failures.any || holder.flatten() != kErrorOk ||
      holder.resolveUnresolvedLinks() != kErrorOk)
    return nullptr;
  const std::size_t bytes = holder.codeSize();
  CodeMemory memory(bytes);
  if (!memory || holder.relocateToBase(reinterpret_cast<std::uintptr_t>(memory.data())) != kErrorOk ||
      holder.copyFlattenedData(memory.data(), bytes) != kErrorOk || !memory.make_executable())
    return nullptr;
  ++made;
  return std::make_shared<const Code>(std::move(memory));
}

/// The code that there is, by text.
class Codes {
 public:
  std::shared_ptr<const Code> of(const LoopText& text) {
    const std::lock_guard lock(mutex_);
    std::weak_ptr<const Code>& entry = known_[key_of(text)];
    if (std::shared_ptr<const Code> code = entry.lock()) return code;
    if (known_.size() > most_known_) {
      forget_unused_but(&entry);
      most_known_ = std::max<std::size_t>(64, 2 * known_.size());
    }
    std::shared_ptr<const Code> code = make(text);
    entry = code;
    return code;
  }

  void forget_unused() {
    const std::lock_guard lock(mutex_);
    forget_unused_but(nullptr);
  }

 private:
  using Entry = std::weak_ptr<const Code>;

  void forget_unused_but(const Entry* entry) {
    std::erase_if(known_, [&](const auto& other) { return other.second.expired() && &other.second != entry; });
  }

  std::mutex mutex_;
  std::map<std::vector<std::int64_t>, Entry> known_;
  /// Entries of code that is gone are looked for whenever there are twice as many as were left the last time.
  std::size_t most_known_ = 64;
};

Codes& codes() {
  static Codes& instance = *new Codes;
  return instance;
}

}  // namespace

bool code_is_supported() noexcept { return true; }

std::size_t codes_made() noexcept { return made; }

std::shared_ptr<const Code> code_for(const LoopText& text) { return codes().of(text); }

void forget_unused_code() { codes().forget_unused(); }

}  // namespace xgrad::run

#else

namespace xgrad::run {

bool code_is_supported() noexcept { return false; }
std::size_t codes_made() noexcept { return 0; }
std::shared_ptr<const Code> code_for(const LoopText&) { return nullptr; }
void forget_unused_code() {}

}  // namespace xgrad::run

#endif
