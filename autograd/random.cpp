#include <autograd/random.hpp>

#include <atomic>
#include <mutex>

#include <autograd/kernel/philox.hpp>

namespace xgrad {
namespace {

/// The first stream of the threads that do not seed themselves.
constexpr std::uint64_t first_of_threads = std::uint64_t{1} << 63;

/// The seed that threads follow, and how many streams of it they have taken.
struct Followed {
  std::mutex mutex;
  std::uint64_t seed = 0;
  std::uint64_t taken = 0;
  std::atomic<std::uint64_t> version{1};  ///< moves on with every seed
};
constinit Followed followed;

/// This thread's default generator.
struct Default {
  Generator generator;
  std::uint64_t version = 0;    ///< of the seed that it follows, 0 before it has one
  bool own = false;             ///< whether its thread has seeded it, so that it follows none
  Generator* scoped = nullptr;  ///< the innermost GeneratorScope's
};
constinit thread_local Default this_threads;

/// Static initialization runs on the thread that the program begins on, which has stream 0 from the start.
constinit bool program_began = false;
[[maybe_unused]] const bool first_thread_follows = [] {
  if (this_threads.version == 0) this_threads.version = 1;
  return program_began = true;
}();

void take_stream() {
  if (!program_began) {
    this_threads.version = 1;
    return;
  }
  const std::lock_guard lock(followed.mutex);
  this_threads.generator = Generator(followed.seed, first_of_threads + followed.taken++);
  this_threads.version = followed.version.load(std::memory_order_relaxed);
}

}  // namespace

Generator Generator::fork(std::uint64_t number) const noexcept {
  // With another key than the seed's, whose blocks are what this generator draws.
  constexpr std::uint64_t of_forks = 0x9e3779b97f4a7c15;
  const PhiloxBlock words = philox(seed_ ^ of_forks, number, stream_);
  return Generator(std::uint64_t{words[1]} << 32 | words[0], std::uint64_t{words[3]} << 32 | words[2]);
}

Generator& default_generator() {
  if (this_threads.scoped) return *this_threads.scoped;
  if (!this_threads.own && this_threads.version != followed.version.load(std::memory_order_acquire)) take_stream();
  return this_threads.generator;
}

void manual_seed(std::uint64_t seed, std::uint64_t stream) {
  if (this_threads.scoped) {
    *this_threads.scoped = Generator(seed, stream);
    return;
  }
  this_threads.generator = Generator(seed, stream);
  this_threads.own = true;
  const std::lock_guard lock(followed.mutex);
  followed.seed = seed;
  followed.taken = 0;
  followed.version.fetch_add(1, std::memory_order_release);
}

GeneratorScope::GeneratorScope(Generator& generator) noexcept : outer_(this_threads.scoped) {
  this_threads.scoped = &generator;
}

GeneratorScope::~GeneratorScope() { this_threads.scoped = outer_; }

}  // namespace xgrad
