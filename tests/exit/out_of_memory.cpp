#include <sys/resource.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <limits>
#include <new>
#include <string>

#include <autograd/autograd.hpp>
#include <autograd/primitive.hpp>
#include <nn/nn.hpp>

// Programs that run out of memory: here operator new refuses what is larger than a limit, and the system what an
// address space of some size has no room for. Nothing but Error may come out of the library, and everything works
// again afterwards.
namespace {
std::size_t limit = std::numeric_limits<std::size_t>::max();

void* allocate(std::size_t bytes, std::size_t alignment) {
  void* memory = nullptr;
  if (bytes > limit || posix_memalign(&memory, alignment, bytes) != 0) throw std::bad_alloc();
  return memory;
}
}  // namespace

[[gnu::noinline]] void* operator new(std::size_t bytes) { return allocate(bytes, sizeof(void*) * 2); }
[[gnu::noinline]] void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return allocate(bytes, static_cast<std::size_t>(alignment));
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace {

using namespace xgrad;

// Sanitizers take twenty times as long.
#ifdef XGRAD_SANITIZED
constexpr std::array<std::size_t, 1> limits{2048};
constexpr int nodes = 3'000;
#else
constexpr std::array<std::size_t, 3> limits{512, 2048, 8192};
constexpr int nodes = 30'000;
#endif

bool failed = false;
int refusals = 0;

void report(const std::string& where, const std::string& what) {
  std::fprintf(stderr, "%s: %s\n", where.c_str(), what.c_str());
  failed = true;
}

/// Runs a call where operator new refuses more than so many bytes; then again without limits, where it must work.
void try_with(std::size_t bytes, const std::string& name, const std::function<void()>& call) {
  limit = bytes;
  try {
    call();
    limit = std::numeric_limits<std::size_t>::max();
  } catch (const Error& error) {
    limit = std::numeric_limits<std::size_t>::max();
    ++refusals;
    const std::string text = error.what();
    if (text.find("no memory for ") == std::string::npos || text.find(" bytes") == std::string::npos)
      report(name, "another error: " + text);
  } catch (const std::exception& error) {
    limit = std::numeric_limits<std::size_t>::max();
    report(name, std::string("threw ") + error.what() + " with at most " + std::to_string(bytes) + " bytes");
  }
  try {
    call();
  } catch (const std::exception& error) {
    report(name, std::string("threw ") + error.what() + " once there was memory again");
  }
}

/// The value and the gradient of every primitive's samples.
void try_primitives() {
  for (const Primitive* primitive : primitives()) {
    if (!primitive->samples) continue;
    for (const Sample& sample : primitive->samples()) {
      for (const std::size_t bytes : limits) {
        try_with(bytes, std::string(primitive->name) + ", " + sample.name, [&] {
          const Tape tape;
          const Tensor y = sample.f(sample.inputs);
          eval(y);
          if (!sample.inputs.empty() && is_floating(sample.inputs.front().dtype()) && is_floating(y.dtype()))
            eval(tape.gradient(sum(y), sample.inputs.front(), {.materialize_grads = true}));
        });
      }
    }
  }
}

/// Work whose memory grows with what it is given.
void try_large() {
  const Tensor x = rand({300, 300}), vector = rand({100'000});
  const Tensor images = rand({2, 3, 40, 40}), kernel = rand({4, 3, 3, 3});
  eval({x, vector, images, kernel});
  const std::pair<const char*, std::function<void()>> calls[] = {
      {"sort", [&] { eval(sort(vector)); }},
      {"topk", [&] { eval(argsort(vector)); }},
      {"cumsum", [&] { eval(cumsum(x, 0)); }},
      {"take", [&] { eval(take(vector, argsort(vector))); }},
      {"solve", [&] { eval(solve(x, x)); }},
      {"qr", [&] { eval(qr(x).q); }},
      {"svd", [&] { eval(svd(x).s); }},
      {"matmul", [&] { eval(matmul(x.T(), x)); }},
      {"conv2d", [&] { eval(conv2d(images, kernel)); }},
      {"max_pool2d", [&] { eval(max_pool2d(images, 2)); }},
      {"sums by columns", [&] { eval(sum(x, 0)); }},
      {"to_vector", [&] { vector.to_vector<double>(); }},
      {"a long list of nodes",
       [&] {
         const Tape tape;
         Tensor y = x;
         for (int i = 0; i < nodes; ++i) y = y + 1;
         eval(sum(y));
       }},
      {"a step of training",
       [&] {
         nn::Sequential model{nn::Linear(300, 200), nn::BatchNorm1d(200), nn::Tanh(), nn::Linear(200, 10)};
         optim::Adam adam(model.parameters());
         const Tape tape;
         const Tensor loss = mean(square(model(x)));
         adam.step(tape.gradient(loss, model.parameters()));
       }},
  };
  for (const auto& [name, call] : calls)
    for (std::size_t bytes = 4096; bytes <= 4 << 20; bytes *= 4) try_with(bytes, name, call);
}

/// The text of the Error where the process may not have more than 3 GB. Sanitizers need more, and end the program where
/// malloc has no memory.
void try_system() {
#ifndef XGRAD_SANITIZED
  const rlimit address_space{3u << 30, 3u << 30};
  setrlimit(RLIMIT_AS, &address_space);
  for (const std::int64_t elements : {std::int64_t{1} << 30, std::int64_t{1} << 43, std::int64_t{1} << 45}) {
    try {
      eval(ones({elements}) + rand({1}));
      report("ones", "there was memory for " + std::to_string(elements) + " numbers");
    } catch (const Error& error) {
      const std::string text = error.what(), bytes = std::to_string(4 * elements) + " bytes";
      if (!text.starts_with("add: ") || text.find(bytes) == std::string::npos) report("ones", text);
    }
  }
#endif
}

}  // namespace

int main() {
  // Planned the first time, so that planning runs out of memory too; then as programs run by default.
  set_planning(Planning::always);
  try_primitives();
  try_large();
  set_planning(Planning::repeated);
  try_large();
  try_system();
  if (refusals < 100) report("limits", "only " + std::to_string(refusals) + " calls were refused");
  return failed ? 1 : 0;
}
