#include <autograd/frozen_function.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <mutex>
#include <string>
#include <utility>

#include <autograd/differentiate/batching.hpp>
#include <autograd/differentiate/folding.hpp>
#include <autograd/ops.hpp>
#include <autograd/out_of_memory.hpp>
#include <autograd/recorder.hpp>
#include <autograd/run/execute/evaluate.hpp>
#include <autograd/run/execute/executable.hpp>

namespace xgrad {
namespace {

/// Programs beyond these are not kept: calls with further shapes are calls of the function.
constexpr std::size_t most_programs = 128;
/// Memory for so many calls at once stays; further calls have memory of their own.
constexpr std::size_t most_frames = 16;

/// Where this thread begins to look for memory, so that threads do not look in the same place.
std::size_t first_place() noexcept {
  static std::atomic<std::size_t> next{0};
  static thread_local constinit std::size_t own = 0;
  if (own == 0) own = ++next;
  return own;
}

/// The memory of one call at a time.
struct Frame {
  run::Executable::Frame run;
  run::BufferHandle input;   ///< a copy of a caller's values
  run::BufferHandle result;  ///< for callers with memory of their own, which may have no room behind
  std::vector<std::byte*> addresses;
};

/// A program for inputs of these shapes and dtypes.
struct KnownProgram {
  struct Input {
    bool defined;
    Shape shape;
    DType dtype;
  };
  std::vector<Input> inputs;
  bool parallel;  ///< planned for several threads
  Shape shape;    ///< of the result
  DType dtype;
  Tensor constant;  ///< the result, where it depends on no input
  std::unique_ptr<run::Executable> executable;
  std::array<std::atomic<Frame*>, most_frames> frames{};
  KnownProgram* next = nullptr;

  KnownProgram() = default;
  KnownProgram(const KnownProgram&) = delete;
  KnownProgram& operator=(const KnownProgram&) = delete;
  ~KnownProgram() {
    for (std::atomic<Frame*>& place : frames) delete place.load();
  }

  std::size_t bytes() const noexcept { return static_cast<std::size_t>(shape.elements()) * size_of(dtype); }

  bool takes(std::span<const Tensor> given) const {
    return std::ranges::equal(inputs, given, [](const Input& own, const Tensor& x) {
      return own.defined ? x.defined() && x.dtype() == own.dtype && x.shape() == own.shape : !x.defined();
    });
  }
  bool takes(const RawValues& x) const {
    return inputs.size() == 1 && inputs[0].defined && x.dtype == inputs[0].dtype && x.shape == inputs[0].shape;
  }
};

/// Memory for a call of a program, as long as it lasts.
class LentFrame {
 public:
  explicit LentFrame(KnownProgram& program) : program_(program) {
    for (std::size_t i = 0; i < most_frames && !frame_; ++i) {
      std::atomic<Frame*>& place = place_of(i);
      if (place.load(std::memory_order_relaxed)) frame_ = place.exchange(nullptr, std::memory_order_acquire);
    }
    if (!frame_)
      frame_ = new Frame{
          run::Executable::Frame(*program.executable), {}, {}, std::vector<std::byte*>(program.inputs.size())};
  }
  LentFrame(const LentFrame&) = delete;
  LentFrame& operator=(const LentFrame&) = delete;
  ~LentFrame() {
    for (std::size_t i = 0; i < most_frames; ++i) {
      Frame* none = nullptr;
      std::atomic<Frame*>& place = place_of(i);
      if (!place.load(std::memory_order_relaxed) &&
          place.compare_exchange_strong(none, frame_, std::memory_order_release, std::memory_order_relaxed))
        return;
    }
    delete frame_;
  }

  Frame* operator->() const noexcept { return frame_; }

  void run(std::byte* result) const { program_.executable->run(frame_->run, frame_->addresses, result); }
  /// Runs it in memory of the frame, and copies the result.
  void run_and_copy(void* result) const {
    const std::size_t bytes = program_.bytes();
    if (!frame_->result) frame_->result = run::BufferHandle(run::Buffer::allocate(bytes));
    run(static_cast<std::byte*>(frame_->result->data()));
    if (bytes > 0) std::memcpy(result, frame_->result->data(), bytes);
  }

 private:
  std::atomic<Frame*>& place_of(std::size_t i) const noexcept {
    return program_.frames[(first_place() + i) % most_frames];
  }

  KnownProgram& program_;
  Frame* frame_ = nullptr;
};

void set_addresses(std::span<const Tensor> inputs, std::vector<std::byte*>& addresses) {
  for (std::size_t i = 0; i < inputs.size(); ++i)
    addresses[i] = inputs[i].defined() ? static_cast<std::byte*>(inputs[i].node()->buffer->data()) : nullptr;
}

/// Stands for an input while its program is planned, with a value that is never read.
Tensor stand_in(const Shape& shape, DType dtype) {
  run::BufferHandle buffer(run::Buffer::allocate(1));
  Node* const node = Node::create(data_primitive, shape, dtype, Node::one_handle);
  node->buffer = buffer.release();
  return Tensor::adopt(node);
}

/// Restores, at its end, what waits on a list.
class WaitingStays {
 public:
  explicit WaitingStays(Recorder& list) noexcept : list_(list), guard_(list), first_pending_(list.first_pending) {}
  WaitingStays(const WaitingStays&) = delete;
  WaitingStays& operator=(const WaitingStays&) = delete;
  ~WaitingStays() { list_.first_pending = first_pending_; }

 private:
  Recorder& list_;
  ListGuard guard_;
  std::size_t first_pending_;
};

bool any_unknown(std::span<const Tensor> inputs) {
  return std::ranges::any_of(inputs, [](const Tensor& x) { return x.defined() && x.node()->unknown; });
}

/// Gives inputs their values.
void compute(std::span<const Tensor> inputs) {
  for (const Tensor& x : inputs)
    if (x.defined()) eval(x);
}

}  // namespace

struct FrozenFunction::Programs {
  const char* name;
  Function f;
  std::atomic<KnownProgram*> first{nullptr};
  std::size_t count = 0;
  std::mutex recording;  ///< of what follows, of count, and of calls of f
  mutable run::SharedConstants constants;

  Programs(const char* of, Function function) : name(of), f(std::move(function)) {}
  Programs(const Programs&) = delete;
  Programs& operator=(const Programs&) = delete;
  ~Programs() {
    for (KnownProgram* known = first; known;) delete std::exchange(known, known->next);
  }

  template <class Given>
  KnownProgram* find(const Given& given) const {
    const bool parallel = num_threads() > 1;
    for (KnownProgram* known = first.load(std::memory_order_acquire); known; known = known->next)
      if (known->parallel == parallel && known->takes(given)) return known;
    return nullptr;
  }

  /// The program for inputs like these; null where there are too many already.
  template <class Given>
  KnownProgram* program(const Given& given) {
    if (KnownProgram* known = find(given)) return known;
    const std::lock_guard lock(recording);
    if (KnownProgram* known = find(given)) return known;
    if (count == most_programs) return nullptr;
    std::unique_ptr<KnownProgram> made = record(given);
    ++count;
    made->next = first.load(std::memory_order_relaxed);
    first.store(made.get(), std::memory_order_release);
    return made.release();
  }

  std::unique_ptr<KnownProgram> record(std::span<const Tensor> given) const {
    auto made = std::make_unique<KnownProgram>();
    for (const Tensor& x : given)
      made->inputs.push_back(x.defined() ? KnownProgram::Input{true, x.shape(), x.dtype()}
                                         : KnownProgram::Input{false, {}, float32});
    record(*made);
    return made;
  }
  std::unique_ptr<KnownProgram> record(const RawValues& given) const {
    auto made = std::make_unique<KnownProgram>();
    made->inputs.push_back({true, given.shape, given.dtype});
    record(*made);
    return made;
  }

  void record(KnownProgram& made) const {
    made.parallel = num_threads() > 1;
    const WaitingStays scope(recorder());
    std::vector<Tensor> given, placeholders, inputs, all_inputs;
    for (const KnownProgram::Input& input : made.inputs) {
      given.emplace_back();
      all_inputs.emplace_back();
      if (!input.defined) continue;
      given.back() = placeholder(name, "", input.shape, input.dtype);
      all_inputs.back() = stand_in(input.shape, input.dtype);
      placeholders.push_back(given.back());
      inputs.push_back(all_inputs.back());
    }
    Tensor y = f(given);
    if (!y.defined()) fail(name, "the result is an undefined Tensor");
    made.shape = y.shape();
    made.dtype = y.dtype();
    y = folded(y, placeholders, inputs);
    const auto is_result = [&](const Tensor& x) { return x.same_as(y); };
    if (!y.node()->unknown && std::ranges::none_of(inputs, is_result)) {
      eval(y);
      made.constant = y;
    } else {
      made.executable = std::make_unique<run::Executable>(all_inputs, y, constants);
    }
  }

  void check_result(const KnownProgram& known, DType dtype, std::size_t elements) const {
    if (known.dtype == dtype && static_cast<std::size_t>(known.shape.elements()) == elements) return;
    fail(name, "memory for " + std::to_string(elements) + " numbers, " + std::string(to_string(dtype)) +
                   ", was given; the result is " + std::string(to_string(known.dtype)) + " of shape " +
                   to_string(known.shape));
  }

  /// Where no program is kept.
  void call(const std::vector<Tensor>& inputs, void* result, DType dtype, std::size_t elements) {
    const Tensor y = call(inputs);
    KnownProgram as_known;
    as_known.shape = y.shape();
    as_known.dtype = y.dtype();
    check_result(as_known, dtype, elements);
    if (as_known.bytes() > 0) std::memcpy(result, y.node()->buffer->data(), as_known.bytes());
  }
  Tensor call(const std::vector<Tensor>& inputs) {
    const Tensor y = recorded(inputs);
    eval(y);
    return y;
  }
  Tensor recorded(const std::vector<Tensor>& inputs) {
    const std::lock_guard lock(recording);
    return stop_gradient(f(inputs));
  }
};

FrozenFunction::FrozenFunction(const char* name, Function f)
    : programs_(std::make_unique<Programs>(name, std::move(f))) {}
FrozenFunction::~FrozenFunction() = default;

Tensor FrozenFunction::operator()(const std::vector<Tensor>& inputs) const try {
  if (any_unknown(inputs)) return programs_->recorded(inputs);
  compute(inputs);
  KnownProgram* const known = programs_->program(std::span<const Tensor>(inputs));
  if (!known) return programs_->call(inputs);
  if (known->constant.defined()) return known->constant;
  auto [result, memory] = detail::allocate(known->shape, known->dtype);
  const LentFrame frame(*known);
  set_addresses(inputs, frame->addresses);
  frame.run(static_cast<std::byte*>(memory));
  return result;
} catch (const std::bad_alloc&) {
  refuse_lists(programs_->name);
}

void FrozenFunction::write(std::span<const Tensor> inputs, void* result, DType dtype, std::size_t count) const try {
  compute(inputs);
  KnownProgram* const known = programs_->program(inputs);
  if (!known) return programs_->call({inputs.begin(), inputs.end()}, result, dtype, count);
  programs_->check_result(*known, dtype, count);
  if (known->constant.defined()) {
    if (known->bytes() > 0) std::memcpy(result, known->constant.node()->buffer->data(), known->bytes());
    return;
  }
  const LentFrame frame(*known);
  set_addresses(inputs, frame->addresses);
  frame.run_and_copy(result);
} catch (const std::bad_alloc&) {
  refuse_lists(programs_->name);
}

void FrozenFunction::write(const RawValues& input, void* result, DType dtype, std::size_t count) const try {
  const std::size_t bytes = static_cast<std::size_t>(input.shape.elements()) * size_of(input.dtype);
  KnownProgram* const known = programs_->program(input);
  if (!known || known->constant.defined()) {
    auto [x, memory] = detail::allocate(input.shape, input.dtype);
    if (bytes > 0) std::memcpy(memory, input.data, bytes);
    return write(std::span<const Tensor>(&x, 1), result, dtype, count);
  }
  programs_->check_result(*known, dtype, count);
  const LentFrame frame(*known);
  if (!frame->input) frame->input = run::BufferHandle(run::Buffer::allocate(bytes));
  if (bytes > 0) std::memcpy(frame->input->data(), input.data, bytes);
  frame->addresses[0] = static_cast<std::byte*>(frame->input->data());
  frame.run_and_copy(result);
} catch (const std::bad_alloc&) {
  refuse_lists(programs_->name);
}

}  // namespace xgrad
