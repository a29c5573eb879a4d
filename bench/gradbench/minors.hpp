#pragma once

#include "tensors.hpp"

namespace gradbench {

/// Expansion by minors, of each minor once: the minors of the last m rows come out of those of the last m - 1, for all
/// sets of m columns in one tensor. The reference computes a minor anew wherever it occurs: n! e products instead of
/// n 2^(n - 1).
///
/// For each term of each minor of the last m rows, (m, minors): the column of its factor in the row above the smaller
/// minors, its smaller minor, and its sign, (m, 1).
struct Minors {
  Tensor columns, smaller, signs;
};

/// The minors of 2, 3, ..., n rows of an n x n matrix.
std::vector<Minors> minors(std::int64_t n);

struct DetInput {
  Tensor a;  ///< (n, n)
  std::vector<Minors> levels;

  explicit DetInput(const Json& input);

 private:
  DetInput(const Json& input, std::int64_t n);
};

}  // namespace gradbench
