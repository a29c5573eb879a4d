#pragma once

#include <functional>

#include <autograd/tensor.hpp>

namespace xgrad {

/// Vectors first, first + 1, ... of a set, one behind the other along axis 0.
using Seeds = std::function<Tensor(std::int64_t first, std::int64_t count)>;

/// Products with the Jacobian J of y, recorded as a function of x, for `count` vectors, by vmap: u^T J of cotangents
/// that have y's shape, as (count, elements of x), and J v of tangents that have x's, as (count, elements of y).
/// So many at a time as `chunk` says; 0 takes as many as keep a batch below 4 million numbers. Differentiable. The list
/// must have been kept since x was made. y and x have elements, and count is at least 1.
Tensor cotangent_products(const Tensor& y, const Tensor& x, std::int64_t count, const Seeds& cotangents,
                          std::int64_t chunk);
Tensor tangent_products(const Tensor& y, const Tensor& x, std::int64_t count, const Seeds& tangents,
                        std::int64_t chunk);

/// Throws Error, in the name of a function, for a negative chunk.
void check_chunk(const char* op, std::int64_t chunk);

}  // namespace xgrad
