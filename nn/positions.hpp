#pragma once

#include <nn/module.hpp>

#pragma GCC visibility push(default)
/// Positions of the entries of sequences, for layers that do not know them (attention). Inputs are (..., L, E) unless
/// said otherwise, floating-point. Entries are numbered from 0; a second input gives other positions, as for what
/// continues a sequence: of a shape that broadcasts to (..., L), any dtype but bool.
namespace xgrad::nn {

struct SinusoidalPositionsOptions {
  double base = 10000;
  /// The axis of positions; 0 for (L, N, E).
  int axis = -2;
};

/// x plus sines and cosines (Vaswani et al., 2017): sin(p / base^(2 i / E)) at entry 2 i and the cosine at 2 i + 1, for
/// position p. Throws Error unless features is positive and even, base positive and finite; and on inputs of another
/// number of features.
class SinusoidalPositions : public Module {
 public:
  explicit SinusoidalPositions(std::int64_t features, const SinusoidalPositionsOptions& options = {});

  using Module::operator();
  Tensor forward(const Tensor& x) const override;
  Tensor forward(const Tensor& x, const Tensor& positions) const override;
  std::string arguments() const override;

 private:
  std::int64_t features_;
  SinusoidalPositionsOptions options_;
};

struct LearnedPositionsOptions {
  /// The standard deviation of the initial weight.
  double std = 0.02;
  /// The axis of positions; 0 for (L, N, E).
  int axis = -2;
  DType dtype = float32;
};

/// x plus the rows of a parameter, weight: (max_length, features), which starts as N(0, std^2). Positions given are
/// int64. Throws Error on a negative size, and on inputs of another number of features, or longer than max_length.
class LearnedPositions : public Module {
 public:
  LearnedPositions(std::int64_t max_length, std::int64_t features, const LearnedPositionsOptions& options = {});

  using Module::operator();
  Tensor forward(const Tensor& x) const override;
  Tensor forward(const Tensor& x, const Tensor& positions) const override;
  std::string arguments() const override;

  Parameter weight;

 private:
  std::int64_t max_length_;
  std::int64_t features_;
  LearnedPositionsOptions options_;
};

/// Which entries of a vector are the two coordinates of a pair.
enum class RotaryStyle {
  interleaved,  ///< 2 i and 2 i + 1 (RoFormer, GPT-J)
  half,         ///< i and E / 2 + i (GPT-NeoX, Llama)
};

struct RotaryPositionsOptions {
  double base = 10000;
  RotaryStyle style = RotaryStyle::interleaved;
};

/// Rotary embedding of the queries and keys of an attention head (Su et al., "RoFormer", 2021): pair i of the entries
/// is turned by the angle p / base^(2 i / E), for position p. So scores depend on differences of positions only.
/// x: (..., L, features), usually (N, heads, L, features). Throws Error as SinusoidalPositions does.
class RotaryPositions : public Module {
 public:
  explicit RotaryPositions(std::int64_t features, const RotaryPositionsOptions& options = {});

  using Module::operator();
  Tensor forward(const Tensor& x) const override;
  Tensor forward(const Tensor& x, const Tensor& positions) const override;
  std::string arguments() const override;

 private:
  std::int64_t features_;
  RotaryPositionsOptions options_;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
