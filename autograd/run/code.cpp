#include <autograd/run/code.hpp>
#include <autograd/run/formulas.hpp>

#ifdef XGRAD_HAVE_ASMJIT

#include <asmjit/x86.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <map>
#include <mutex>
#include <optional>

namespace xgrad::run {
namespace {

using namespace asmjit;
namespace Id = asmjit::x86::Inst;

JitRuntime& runtime() {
  static JitRuntime& instance = *new JitRuntime;
  return instance;
}

/// Comparison predicates of vcmpps and vcmppd; none signals.
enum Predicate : int { equal = 0, unordered = 3, not_equal = 4, less = 17, less_equal = 18, greater = 30 };

/// Masks for the first k of eight lanes begin k before the middle.
alignas(64) constexpr std::array<std::int32_t, 16> lanes_mask{-1, -1, -1, -1, -1, -1, -1, -1};

/// Writes the code of one loop: vectors of eight float32 or four float64 elements, the last one in part.
class Writer {
 public:
  Writer(const LoopText& text, CodeHolder& holder) : text_(text), double_(text.type == DType::float64), cc_(&holder) {}

  void write() {
    FuncNode* function = cc_.addFunc(FuncSignatureT<void, std::byte* const*, std::int64_t>());
    function->frame().setAvxEnabled();
    function->frame().setAvxCleanup();
    const x86::Gp pointers = cc_.newIntPtr(), n = cc_.newInt64();
    function->setArg(0, pointers);
    function->setArg(1, n);
    load_bases(pointers);
    load_constants();

    i_ = cc_.newInt64();
    cc_.xor_(i_, i_);
    if (!text_.folds.empty()) loop_of(n, fold_lanes);
    loop_of(n, 1);
    leave_folds();
    const Label done = cc_.newLabel();
    cc_.sub(n, i_);
    cc_.jz(done);
    // The mask of the n elements that are left.
    const x86::Gp table = cc_.newIntPtr();
    cc_.mov(table, imm(reinterpret_cast<std::uintptr_t>(lanes_mask.data() + 8)));
    cc_.neg(n);
    mask_ = cc_.newYmm();
    cc_.vmovups(*mask_, x86::ptr(table, n, double_ ? 3 : 2));
    body();
    cc_.bind(done);
    cc_.endFunc();
    cc_.finalize();
  }

 private:
  /// Vectors in flight of a fold, as in kernel::reduce_block.
  static constexpr int fold_lanes = 4;

  std::int64_t width() const { return double_ ? 4 : 8; }

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
        const int operand = operation.in[static_cast<std::size_t>(k)];
        if (made.contains(operand) || fixed_.contains(operand)) continue;
        const bool truth = is_truth(operation, k);
        if (operation.step[static_cast<std::size_t>(k)] == 0) {
          const x86::Gp address = cc_.newIntPtr();
          cc_.mov(address, x86::ptr(pointers, 8 * operand));
          fixed_[operand] = truth ? repeated_truth(address) : repeated(x86::ptr(address));
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

  static bool is_truth(const LoopText::Operation& operation, int k) {
    return (operation.op == MachineOp::select && k == 0) || (operation.op == MachineOp::copy && operation.truth);
  }

  x86::Ymm repeated(const x86::Mem& from) {
    const x86::Ymm value = cc_.newYmm();
    if (double_)
      cc_.vbroadcastsd(value, from);
    else
      cc_.vbroadcastss(value, from);
    return value;
  }

  x86::Ymm repeated_truth(const x86::Gp& address) {
    const x86::Gp bits = cc_.newInt64();
    const x86::Xmm low = cc_.newXmm();
    const x86::Ymm value = cc_.newYmm();
    cc_.movzx(bits.r32(), x86::byte_ptr(address));
    cc_.neg(bits);
    cc_.vmovq(low, bits);
    cc_.vpbroadcastq(value, low);
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
    if (needs([](const auto& operation) { return operation.op == MachineOp::copy && operation.truth; }))
      one_ = pattern(double_ ? std::bit_cast<std::uint64_t>(1.0) : std::bit_cast<std::uint32_t>(1.0f));
    const bool reads_truth = needs([](const auto& operation) {
      for (int k = 0; k < operation.inputs; ++k)
        if (is_truth(operation, k) && operation.step[static_cast<std::size_t>(k)] != 0) return true;
      return false;
    });
    if (uses(MachineOp::relu) || reads_truth) zero_ = pattern(0);
    for (const LoopText::Fold& fold : text_.folds) {
      auto& lanes = folds_.emplace_back();
      for (x86::Ymm& lane : lanes) lane = pattern(identity_of(fold.op));
    }
  }

  std::uint64_t identity_of(MachineOp op) const {
    const double value = op == MachineOp::add       ? 0
                         : op == MachineOp::maximum ? -std::numeric_limits<double>::infinity()
                                                    : std::numeric_limits<double>::infinity();
    return double_ ? std::bit_cast<std::uint64_t>(value) : std::bit_cast<std::uint32_t>(static_cast<float>(value));
  }

  x86::Mem at(int pointer, int shift) {
    return x86::ptr(bases_.at(pointer), i_, static_cast<std::uint32_t>(shift),
                    static_cast<std::int32_t>((vector_ * width()) << shift));
  }
  x86::Mem at(int pointer) { return at(pointer, double_ ? 3 : 2); }

  /// All operations, on one vector.
  void body() {
    values_.clear();
    for (const LoopText::Operation& operation : text_.operations) {
      values_[operation.out] = result_of(operation);
      if (operation.stored) store(operation.out, values_[operation.out], operation.padded);
    }
    for (const LoopText::Total& total : text_.totals) {
      const x86::Ymm x = value(total.operand, false);
      const x86::Ymm sum = cc_.newYmm();
      if (double_)
        cc_.vaddpd(sum, x, at(total.pointer));
      else
        cc_.vaddps(sum, x, at(total.pointer));
      store(total.pointer, sum, false);
    }
    for (std::size_t f = 0; f < text_.folds.size(); ++f) {
      const LoopText::Fold& fold = text_.folds[f];
      const x86::Ymm x = value(fold.operand, false);
      if (mask_) {
        cc_.vmovups(x86::ptr(bases_.at(fold.pointer), 32), x);
      } else {
        x86::Ymm& total = folds_[f][static_cast<std::size_t>(vector_)];
        cc_.vmovaps(total, combined(fold.op, total, x));
      }
    }
  }

  x86::Ymm value(int operand, bool truth) {
    if (const auto known = fixed_.find(operand); known != fixed_.end()) return known->second;
    if (const auto known = values_.find(operand); known != values_.end()) return known->second;
    const x86::Ymm loaded = cc_.newYmm();
    if (!truth) {
      cc_.vmovups(loaded, at(operand));
    } else if (double_) {
      cc_.vpmovzxbq(loaded, at(operand, 0));
      cc_.vpcmpgtq(loaded, loaded, *zero_);
    } else {
      cc_.vpmovzxbd(loaded, at(operand, 0));
      cc_.vpcmpgtd(loaded, loaded, *zero_);
    }
    return values_[operand] = loaded;
  }

  /// Buffers end on multiples of 64 bytes, so a whole vector can be read anywhere; written is only what belongs there.
  void store(int pointer, const x86::Ymm& from, bool padded) {
    if (!mask_ || padded)
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
    const auto in = [&](int k) { return value(operation.in[static_cast<std::size_t>(k)], is_truth(operation, k)); };
    const x86::Ymm a = in(0);
    const x86::Ymm b = operation.inputs > 1 ? in(1) : a;
    switch (operation.op) {
      case MachineOp::copy:
        return operation.truth ? with(Id::kIdVandps, Id::kIdVandpd, a, *one_) : a;
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
        return registers.negate(a);
      case MachineOp::absolute:
        return registers.absolute(a);
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
        return formulas::exp(registers, a);
      case MachineOp::tanh:
        return formulas::tanh(registers, a);
      case MachineOp::sigmoid:
        return formulas::sigmoid(registers, a);
      case MachineOp::none:
        break;
    }
    return a;
  }

  /// The registers of the processor, for the formulas of autograd/run/formulas.hpp.
  template <class T>
  struct Registers {
    using Value = x86::Ymm;
    using Element = T;

    x86::Ymm constant(double value) {
      const x86::Ymm result = writer.cc_.newYmm();
      writer.cc_.vmovaps(result, writer.lanes(value));
      return result;
    }
    x86::Ymm add(const x86::Ymm& a, const x86::Ymm& b) { return writer.with(Id::kIdVaddps, Id::kIdVaddpd, a, b); }
    x86::Ymm subtract(const x86::Ymm& a, const x86::Ymm& b) { return writer.with(Id::kIdVsubps, Id::kIdVsubpd, a, b); }
    x86::Ymm multiply(const x86::Ymm& a, const x86::Ymm& b) { return writer.with(Id::kIdVmulps, Id::kIdVmulpd, a, b); }
    x86::Ymm divide(const x86::Ymm& a, const x86::Ymm& b) { return writer.with(Id::kIdVdivps, Id::kIdVdivpd, a, b); }
    x86::Ymm fma(const x86::Ymm& a, const x86::Ymm& b, const x86::Ymm& c) {
      const x86::Ymm result = writer.cc_.newYmm();
      writer.cc_.vmovaps(result, a);
      writer.cc_.emit(writer.double_ ? Id::kIdVfmadd213pd : Id::kIdVfmadd213ps, result, b, c);
      return result;
    }
    x86::Ymm negate(const x86::Ymm& x) { return masked(Id::kIdVxorps, Id::kIdVxorpd, x, writer.sign_bit()); }
    x86::Ymm absolute(const x86::Ymm& x) { return masked(Id::kIdVandps, Id::kIdVandpd, x, ~writer.sign_bit()); }
    x86::Ymm at_most(const x86::Ymm& x, double bound) {
      return writer.with(Id::kIdVminps, Id::kIdVminpd, constant(bound), x);  // the second one, where either is NaN
    }
    x86::Ymm at_least(const x86::Ymm& x, double bound) {
      return writer.with(Id::kIdVmaxps, Id::kIdVmaxpd, constant(bound), x);
    }
    x86::Ymm with_sign(const x86::Ymm& magnitude, const x86::Ymm& x) {
      return writer.either(magnitude, masked(Id::kIdVandps, Id::kIdVandpd, x, writer.sign_bit()));
    }
    x86::Ymm power_of_two(const x86::Ymm& shifted) {
      constexpr std::uint64_t bias = std::numeric_limits<T>::max_exponent - 1;
      const x86::Ymm result = masked(Id::kIdVpaddd, Id::kIdVpaddq, shifted, bias);
      writer.cc_.emit(writer.double_ ? Id::kIdVpsllq : Id::kIdVpslld, result, result,
                      imm(std::numeric_limits<T>::digits - 1));
      return result;
    }

    /// An instruction whose second operand has the same bits in every lane.
    x86::Ymm masked(InstId single, InstId twice, const x86::Ymm& x, std::uint64_t bits) {
      const x86::Ymm result = writer.cc_.newYmm();
      writer.cc_.emit(writer.double_ ? twice : single, result, x, writer.lanes_of_bits(bits));
      return result;
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
  std::vector<std::array<x86::Ymm, fold_lanes>> folds_;
  int vector_ = 0;  ///< which of the vectors that a loop takes at a time is written
  std::optional<x86::Ymm> mask_, one_, zero_;
};

std::vector<std::int64_t> key_of(const LoopText& text) {
  std::vector<std::int64_t> key{static_cast<std::int64_t>(text.type),
                                static_cast<std::int64_t>(text.operations.size())};
  for (const LoopText::Operation& operation : text.operations) {
    const std::int64_t flags = (operation.truth ? 1 : 0) | (operation.stored ? 2 : 0) | (operation.padded ? 4 : 0);
    key.insert(key.end(), {static_cast<std::int64_t>(operation.op), operation.out, operation.inputs, flags});
    for (int k = 0; k < operation.inputs; ++k)
      key.push_back(std::int64_t{operation.in[static_cast<std::size_t>(k)]} << 1 |
                    operation.step[static_cast<std::size_t>(k)]);
  }
  key.push_back(static_cast<std::int64_t>(text.totals.size()));
  for (const LoopText::Total& total : text.totals) key.insert(key.end(), {total.operand, total.pointer});
  for (const LoopText::Fold& fold : text.folds)
    key.insert(key.end(), {static_cast<std::int64_t>(fold.op), fold.operand, fold.pointer});
  return key;
}

std::shared_ptr<const Code> make(const LoopText& text) {
  CodeHolder holder;
  if (holder.init(runtime().environment()) != kErrorOk) return nullptr;
  Writer(text, holder).write();
  Code::Function function = nullptr;
  if (runtime().add(&function, &holder) != kErrorOk) return nullptr;
  return std::make_shared<const Code>(function);
}

}  // namespace

Code::~Code() { runtime().release(function_); }

bool code_is_supported() noexcept { return true; }

std::shared_ptr<const Code> code_for(const LoopText& text) {
  static std::mutex mutex;
  static auto& known = *new std::map<std::vector<std::int64_t>, std::weak_ptr<const Code>>;
  const std::lock_guard lock(mutex);
  std::weak_ptr<const Code>& entry = known[key_of(text)];
  if (std::shared_ptr<const Code> code = entry.lock()) return code;
  std::erase_if(known, [&](const auto& other) { return other.second.expired() && &other.second != &entry; });
  std::shared_ptr<const Code> code = make(text);
  entry = code;
  return code;
}

}  // namespace xgrad::run

#else

namespace xgrad::run {

Code::~Code() = default;
bool code_is_supported() noexcept { return false; }
std::shared_ptr<const Code> code_for(const LoopText&) { return nullptr; }

}  // namespace xgrad::run

#endif
