#include <sys/mman.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <tuple>
#include <vector>

#include <autograd/autograd.hpp>
#include <autograd/run/execute/plan_cache.hpp>
#include <data/combine.hpp>
#include <data/loader.hpp>
#include <nn/freeze.hpp>
#include <nn/nn.hpp>

// Every allocation fails in turn: through a training step, through a call of a frozen network, through an epoch of a
// loader. Each time an Error comes out, nothing is leaked, parameters are what they were, and once there is memory
// again the same bits come out as if nothing had happened. Allocations are those by operator new, and what the library
// and asmjit ask the C library and the system for: the linker leads these calls to functions here.
namespace {

std::atomic<long> countdown{0};          ///< allocations until one fails; 0 and less: none does
std::atomic<bool> stays_refused{false};  ///< whether all after that one fail too
std::atomic<long> living{0};             ///< allocations that have not been freed

/// Where to stop to see which allocation fails.
[[gnu::noinline]] bool refused_here() noexcept {
  if (!stays_refused.load()) countdown = 0;
  return true;
}

/// Whether the allocation at hand is to fail.
bool is_refused() noexcept {
  const long left = countdown.load();
  if (left == 1) return refused_here();
  if (left > 1) countdown = left - 1;
  return false;
}

void* counted(void* memory) noexcept {
  if (memory) ++living;
  return memory;
}

}  // namespace

extern "C" {
void* __real_malloc(std::size_t);
void* __real_calloc(std::size_t, std::size_t);
void* __real_realloc(void*, std::size_t);
void* __real_aligned_alloc(std::size_t, std::size_t);
void __real_free(void*);
void* __real_mmap(void*, std::size_t, int, int, int, off_t);
int __real_munmap(void*, std::size_t);

void* __wrap_malloc(std::size_t bytes) { return is_refused() ? nullptr : counted(__real_malloc(bytes)); }
void* __wrap_calloc(std::size_t count, std::size_t bytes) {
  return is_refused() ? nullptr : counted(__real_calloc(count, bytes));
}
void* __wrap_realloc(void* memory, std::size_t bytes) {
  if (is_refused()) return nullptr;
  void* const moved = __real_realloc(memory, bytes);
  return memory ? moved : counted(moved);
}
void* __wrap_aligned_alloc(std::size_t alignment, std::size_t bytes) {
  return is_refused() ? nullptr : counted(__real_aligned_alloc(alignment, bytes));
}
void __wrap_free(void* memory) {
  if (memory) --living;
  __real_free(memory);
}
void* __wrap_mmap(void* address, std::size_t bytes, int rights, int flags, int file, off_t offset) {
  if (is_refused()) return MAP_FAILED;
  void* const memory = __real_mmap(address, bytes, rights, flags, file, offset);
  if (memory != MAP_FAILED) ++living;
  return memory;
}
int __wrap_munmap(void* memory, std::size_t bytes) {
  --living;
  return __real_munmap(memory, bytes);
}
}

namespace {
void* allocate(std::size_t bytes, std::size_t alignment) {
  void* memory = nullptr;
  if (is_refused() || posix_memalign(&memory, alignment, bytes) != 0) throw std::bad_alloc();
  return counted(memory);
}
void give_back(void* memory) noexcept { __wrap_free(memory); }
}  // namespace

[[gnu::noinline]] void* operator new(std::size_t bytes) { return allocate(bytes, sizeof(void*) * 2); }
[[gnu::noinline]] void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return allocate(bytes, static_cast<std::size_t>(alignment));
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { give_back(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { give_back(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept { give_back(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { give_back(memory); }

namespace {

using namespace xgrad;

bool failed = false;
int errors = 0;

void report(const std::string& where, long n, const std::string& what) {
  std::fprintf(stderr, "%s, allocation %ld: %s\n", where.c_str(), n, what.c_str());
  failed = true;
}

std::string bytes_of(const Tensor& tensor) {
  const std::vector<float> values = tensor.to_vector<float>();
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

/// What is done while allocations fail, and what comes of it.
class Scenario {
 public:
  virtual ~Scenario() = default;
  virtual void work() = 0;
  /// What must be as before where the work fails.
  virtual std::string kept() = 0;
  /// What came of the work.
  virtual std::string result() = 0;
  /// The work, undisturbed, and its result.
  std::string worked() {
    work();
    return result();
  }
};

struct Seeded {
  Seeded() { manual_seed(3); }
};

/// A step of training of a network with convolution, batch normalization and dropout.
class Step : public Scenario {
 public:
  void work() override {
    Generator generator(5);
    const GeneratorScope scope(generator);
    const Tape tape;
    const Tensor loss = nn::cross_entropy(model_(x_), y_);
    adam_.step(tape.gradient(loss, model_.parameters()));
    loss_ = loss.item();
  }
  std::string result() override { return std::to_string(loss_) + kept(); }
  std::string kept() override {
    std::string all;
    for (const nn::Parameter& parameter : model_.parameters()) all += bytes_of(parameter.value());
    for (const auto& [name, tensor] : adam_.state())
      if (tensor.dtype() == float32) all += bytes_of(tensor);
    return all + std::to_string(adam_.steps());
  }

 private:
  Seeded seeded_;
  Tensor x_ = evaluated(rand({12, 1, 8, 8})), y_ = evaluated(randint(0, 4, {12}));
  nn::Sequential model_{nn::Conv2d(1, 3, 3), nn::BatchNorm2d(3),  nn::ReLU(), nn::Flatten(),    nn::Dropout(0.3),
                        nn::Linear(108, 10), nn::BatchNorm1d(10), nn::Tanh(), nn::Linear(10, 4)};
  optim::Adam adam_{model_.parameters(), {.lr = 0.01}};
  double loss_ = 0;

  static Tensor evaluated(const Tensor& tensor) {
    eval(tensor);
    return tensor;
  }
};

/// The first call of a frozen network, for which its program is made, and one of the module itself.
class Inference : public Scenario {
 public:
  Inference() { eval(x_); }
  void work() override {
    answer_ = frozen_(x_);
    again_ = model_(x_);
    eval(answer_);
    eval(again_);
  }
  std::string kept() override {
    std::string all;
    for (const nn::Parameter& parameter : model_.parameters()) all += bytes_of(parameter.value());
    return all;
  }
  std::string result() override { return bytes_of(answer_) + bytes_of(again_); }

 private:
  Seeded seeded_;
  Tensor x_ = rand({3, 20});
  nn::Sequential model_{nn::Linear(20, 12), nn::BatchNorm1d(12), nn::Tanh(), nn::Linear(12, 4)};
  nn::FrozenModule frozen_ = frozen_of(model_);
  Tensor answer_, again_;

  static nn::FrozenModule frozen_of(nn::Sequential& model) {
    model.eval();
    return nn::freeze(model);
  }
};

/// An epoch of a loader, on the thread that asks.
class Epoch : public Scenario {
 public:
  Epoch() { eval({x_, y_}); }
  void work() override {
    loader_.set_epoch(0);
    std::size_t batch = 0;
    for (const auto& [x, y] : loader_) sums_[batch++] = sum(x).item<double>() + sum(y).item<double>();
  }
  std::string kept() override { return bytes_of(x_); }
  std::string result() override {
    std::string all;
    for (const double sum : sums_) all += std::to_string(sum) + " ";
    return all;
  }

 private:
  Seeded seeded_;
  Tensor x_ = rand({10, 6}), y_ = rand({10});
  data::Loader<std::tuple<Tensor, Tensor>> loader_{data::TensorDataset(x_, y_),
                                                   {.batch_size = 4, .shuffle = true, .seed = 1, .workers = 0}};
  std::array<double, 3> sums_{};
};

using Make = std::function<std::unique_ptr<Scenario>()>;

template <class T>
std::unique_ptr<Scenario> make() {
  return std::make_unique<T>();
}

/// Lets go of all that is kept for later.
void settle() {
  run::forget_plans();
  empty_pool();
}

/// Does the work with one allocation, or with all from that one on, refused; then again with memory. How many more
/// allocations there are in the end.
long try_one(const std::string& name, const Make& make_scenario, long n, bool lasting, const std::string& before,
             const std::string& expected) {
  settle();
  const long living_before = living;
  std::unique_ptr<Scenario> scenario = make_scenario();
  stays_refused = lasting;
  countdown = n;
  bool refused = false;
  try {
    scenario->work();
    countdown = 0;
  } catch (const Error&) {
    countdown = 0;
    refused = true;
    ++errors;
  } catch (const std::exception& error) {
    countdown = 0;
    refused = true;
    report(name, n, std::string("threw ") + error.what());
  }
  try {
    if (!refused && scenario->result() != expected) report(name, n, "other bits, and no Error");
    if (refused && scenario->kept() != before) report(name, n, "it failed, and changed something");
    if (refused && scenario->worked() != expected) report(name, n, "other bits when it was done again");
  } catch (const std::exception& error) {
    report(name, n, std::string("done again it threw ") + error.what());
  }
  scenario = nullptr;
  settle();
  return living - living_before;
}

/// How many allocations the work takes.
long allocations_of(const Make& make_scenario) {
  settle();
  const std::unique_ptr<Scenario> scenario = make_scenario();
  constexpr long many = 1'000'000'000;
  countdown = many;
  scenario->work();
  return many - countdown.exchange(0);
}

void try_all(const std::string& name, const Make& make_scenario, bool lasting) {
  std::string expected, before;
  for (int i = 0; i < 3; ++i) {
    const std::unique_ptr<Scenario> scenario = make_scenario();
    before = scenario->kept();
    expected = scenario->worked();
  }
  const long total = allocations_of(make_scenario);
  errors = 0;
  for (long n = 1; n <= total; ++n) {
    // What is made once and stays, as free nodes or places for plans, may be made where a step fails: not twice.
    if (try_one(name, make_scenario, n, lasting, before, expected) == 0) continue;
    const long left = try_one(name, make_scenario, n, lasting, before, expected);
    if (left != 0) report(name, n, std::to_string(left) + " allocations are left");
  }
  if (errors < 20) report(name, total, "only " + std::to_string(errors) + " Errors");
  std::printf("%s: %ld allocations refused: %d Errors\n", name.c_str(), total, errors);
}

}  // namespace

int main() {
  for (const bool lasting : {false, true}) {
    const std::string way = lasting ? ", and all after it" : "";
    set_planning(Planning::always);
    set_compiling(Compiling::always);
    try_all("a step, planned and compiled" + way, make<Step>, lasting);
    try_all("inference, planned and compiled" + way, make<Inference>, lasting);
    set_compiling(Compiling::never);
    set_planning(Planning::repeated);
    try_all("a step, node by node" + way, make<Step>, lasting);
    try_all("an epoch, node by node" + way, make<Epoch>, lasting);
  }
  return failed ? 1 : 0;
}
