#pragma once

#include <concepts>
#include <cstdint>

#include <autograd/tensor.hpp>

namespace xgrad {

/// A stream of random numbers: a seed and a position in it. The numbers are Philox 4x32-10 of seed and position (Salmon
/// et al., "Parallel random numbers: as easy as 1, 2, 3", 2011), so they depend on nothing else: not on threads, tile
/// sizes or the machine. Drawing moves the position, on the thread that draws.
class Generator {
 public:
  explicit Generator(std::uint64_t seed = 0) noexcept : seed_(seed) {}

  std::uint64_t seed() const noexcept { return seed_; }
  std::uint64_t position() const noexcept { return position_; }
  void set_position(std::uint64_t position) noexcept { position_ = position; }

  /// Reserves `blocks` positions, each a block of four 32-bit words, and gives the first.
  std::uint64_t advance(std::uint64_t blocks) noexcept {
    const std::uint64_t first = position_;
    position_ += blocks;
    return first;
  }

 private:
  std::uint64_t seed_;
  std::uint64_t position_ = 0;
};

/// The generator of this thread that is used where none is given.
Generator& default_generator();
/// Restarts this thread's default generator from a seed.
void manual_seed(std::uint64_t seed);

/// Uniform numbers in [0, 1). Floating-point dtypes.
Tensor rand(const Shape& shape, DType dtype = float32, Generator& generator = default_generator());
/// Standard normal numbers (Box-Muller). Floating-point dtypes.
Tensor randn(const Shape& shape, DType dtype = float32, Generator& generator = default_generator());
/// The same for extents in a row: randn(2, 3) is randn({2, 3}).
template <std::integral... N>
requires(sizeof...(N) > 1) Tensor rand(N... extents) { return rand(Shape{static_cast<std::int64_t>(extents)...}); }
template <std::integral... N>
requires(sizeof...(N) > 1) Tensor randn(N... extents) { return randn(Shape{static_cast<std::int64_t>(extents)...}); }
/// 1 with the given probability, else 0, in the given dtype. Throws Error unless 0 <= probability <= 1.
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
/// Normal numbers given that they lie in [low, high], by the inverse of the distribution function. Floating-point
/// dtypes. Throws Error unless std > 0 and low < high, or where float64 finds no probability between the bounds.
Tensor truncated_normal(const Shape& shape, const TruncatedNormalOptions& options = {}, DType dtype = float32,
                        Generator& generator = default_generator());
/// Integers low..high - 1, each as likely (to one part in 2^64 / (high - low)), in int64. Throws Error unless low <
/// high.
Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, Generator& generator = default_generator());
/// Integers 0..high - 1.
Tensor randint(std::int64_t high, const Shape& shape, Generator& generator = default_generator());
/// 0..n - 1 in a random order, in int64.
Tensor permutation(std::int64_t n, Generator& generator = default_generator());
/// Classes drawn with probabilities softmax(logits), by the largest of logits plus Gumbel noise: int64 of shape
/// samples + S for logits (S, classes). A logit of -inf is never drawn, unless all are. Throws Error on no classes.
Tensor categorical(const Tensor& logits, const Shape& samples = {}, Generator& generator = default_generator());

}  // namespace xgrad
