#pragma once

#include <concepts>
#include <cstdint>
#include <optional>

#include <autograd/operand.hpp>
#include <autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace xgrad {

/// A stream of random numbers: a seed, one of its 2^64 streams, and a position in that. Block i of four 32-bit words is
/// Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011) with the seed as its key and
/// (position i, stream) as its counter. So numbers depend on nothing else: not on threads, tile sizes or the machine.
/// Philox maps counters one to one, so the streams of a seed never share a block. Drawing moves the position, on the
/// thread that draws.
class Generator {
 public:
  constexpr explicit Generator(std::uint64_t seed = 0, std::uint64_t stream = 0) noexcept
      : seed_(seed), stream_(stream) {}

  constexpr std::uint64_t seed() const noexcept { return seed_; }
  constexpr std::uint64_t stream() const noexcept { return stream_; }
  constexpr std::uint64_t position() const noexcept { return position_; }
  void set_position(std::uint64_t position) noexcept { position_ = position; }

  /// Reserves `blocks` positions, each a block of four 32-bit words, and gives the first.
  std::uint64_t advance(std::uint64_t blocks) noexcept {
    const std::uint64_t first = position_;
    position_ += blocks;
    return first;
  }

  /// A generator at its start whose seed and stream follow from this one's, wherever it is, and from a number (as JAX's
  /// fold_in): for epoch 3, for sample 17, for rank 2. Forks of one seed differ for different streams or numbers; they
  /// coincide with a generator of another seed by chance only (2^-64).
  Generator fork(std::uint64_t number) const noexcept;

 private:
  std::uint64_t seed_;
  std::uint64_t stream_;
  std::uint64_t position_ = 0;
};

/// The generator of this thread that is used where none is given.
///
/// Threads draw from different streams of one seed, which is 0 until manual_seed gives another. The thread that the
/// program begins on has stream 0. Others have streams 2^63, 2^63 + 1, ... in the order in which they first draw, so
/// threads that draw one after the other draw the same in every run. Where threads that run side by side are to repeat
/// their numbers, each calls manual_seed with a stream of its own, or draws from a generator of its own.
Generator& default_generator();

/// Restarts this thread's default generator, on a stream of a seed. Other threads take on the seed as well, those that
/// run by now too: when they next draw, each starts a stream of its own as said above, unless it has called manual_seed
/// itself. A thread that seeds itself keeps its stream until it calls again. While a GeneratorScope is alive on this
/// thread, only its generator is restarted.
void manual_seed(std::uint64_t seed, std::uint64_t stream = 0);

/// While it is alive, a generator is this thread's default, and moves as numbers are drawn. Afterwards the default is
/// the one before, where it was. Scopes nest; a scope ends on its thread, before its generator does.
class GeneratorScope {
 public:
  explicit GeneratorScope(Generator& generator) noexcept;
  GeneratorScope(const GeneratorScope&) = delete;
  GeneratorScope& operator=(const GeneratorScope&) = delete;
  ~GeneratorScope();

 private:
  Generator* outer_;
};

/// Uniform numbers in [0, 1): multiples of 2^-24 in float32, of 2^-53 in float64. Floating-point dtypes. To do
/// something with a small probability use bernoulli: `rand(shape) < 1e-9` holds with probability 2^-24, that of 0.
Tensor rand(const Shape& shape, DType dtype = float32, Generator& generator = default_generator());
/// Standard normal numbers (Box-Muller), of at most 5.8 in magnitude in float32 and 8.6 in float64. Floating-point
/// dtypes.
Tensor randn(const Shape& shape, DType dtype = float32, Generator& generator = default_generator());
/// The same for extents in a row: randn(2, 3) is randn({2, 3}).
template <std::integral... N>
requires(sizeof...(N) > 1) Tensor rand(N... extents) { return rand(Shape{static_cast<std::int64_t>(extents)...}); }
template <std::integral... N>
requires(sizeof...(N) > 1) Tensor randn(N... extents) { return randn(Shape{static_cast<std::int64_t>(extents)...}); }
/// The same of x's shape, and of its dtype where none is given. Throws Error unless the dtype is floating-point.
Tensor rand_like(const Operand& x, std::optional<DType> dtype = {}, Generator& generator = default_generator());
Tensor randn_like(const Operand& x, std::optional<DType> dtype = {}, Generator& generator = default_generator());

/// 1 with the given probability, rounded to a multiple of 2^-64, else 0, in the given dtype. 0 and 1 are exact. Throws
/// Error unless 0 <= probability <= 1.
Tensor bernoulli(double probability, const Shape& shape, DType dtype = float32,
                 Generator& generator = default_generator());

/// Normal numbers of a mean and a standard deviation. Floating-point dtypes. Throws Error on std < 0.
Tensor normal(double mean, double std, const Shape& shape, DType dtype = float32,
              Generator& generator = default_generator());
/// Uniform numbers in [low, high), where rounding may reach high. Floating-point dtypes. Throws Error unless
/// low <= high and the range is finite.
Tensor uniform(double low, double high, const Shape& shape, DType dtype = float32,
               Generator& generator = default_generator());

struct TruncatedNormalOptions {
  double mean = 0;
  double std = 1;
  /// The bounds, as values: not in units of std.
  double low = -2;
  double high = 2;
};
/// Normal numbers given that they lie in [low, high], by the inverse of the distribution function at one of
/// 2^52 steps of the probability between the bounds, computed in float64. Floating-point dtypes. Throws Error unless
/// std > 0 and low < high, or where float64 finds no probability between the bounds.
Tensor truncated_normal(const Shape& shape, const TruncatedNormalOptions& options = {}, DType dtype = float32,
                        Generator& generator = default_generator());
/// Integers low..high - 1, each as likely (to one part in 2^128 / (high - low)), in int64. Throws Error unless low <
/// high.
Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, Generator& generator = default_generator());
/// Integers 0..high - 1.
Tensor randint(std::int64_t high, const Shape& shape, Generator& generator = default_generator());
/// 0..n - 1 in a random order, in int64.
Tensor permutation(std::int64_t n, Generator& generator = default_generator());
/// Classes drawn with probabilities softmax(logits), by the largest of logits plus Gumbel noise: int64 of shape
/// samples + S for logits (S, classes). Noise is float64, from uniform numbers at multiples of 2^-53: what is less
/// likely than that compared with another class is not drawn. A logit of -inf is never drawn, unless all are. Throws
/// Error on no classes.
Tensor categorical(const Tensor& logits, const Shape& samples = {}, Generator& generator = default_generator());

}  // namespace xgrad
#pragma GCC visibility pop
