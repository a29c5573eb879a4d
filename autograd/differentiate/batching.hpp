#pragma once

#include <span>
#include <vector>

#include <autograd/tensor.hpp>

namespace xgrad {

/// A tensor that is recorded with and has no value: asking for one is an Error in the name of the transform, which may
/// say which part of an input it stands for (" for one example").
Tensor placeholder(const char* transform, const char* part, const Shape& shape, DType dtype);

/// One that stands for an example within vmap.
Tensor example_placeholder(const Shape& shape, DType dtype);

/// Records again what outputs compute from placeholders, for a batch: `values` have, for each placeholder, its shape
/// behind a batch axis of `size`. Results have the outputs' shapes behind the batch axis. The list must have been kept
/// (by a Tape or ListGuard) since the placeholders were made.
std::vector<Tensor> batched(const std::vector<Tensor>& outputs, const std::vector<Tensor>& placeholders,
                            const std::vector<Tensor>& values, std::int64_t size);

}  // namespace xgrad
