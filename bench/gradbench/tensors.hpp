#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#ifdef GRADBENCH_TORCH
#include <torch/autograd.h>
#include <torch/types.h>
#include <torch/utils.h>
#else
#include <autograd/ops.hpp>
#endif

#include "protocol.hpp"

/// What programs share that compute with tensors: those of xgrad, or of libtorch where GRADBENCH_TORCH is defined. A
/// file that uses no more than this, and operations that have the same name in both, is compiled for both. Each side
/// defines the functions from make_tensor() to computed() (xgrad/tensors.cpp, torch/tensors.cpp).
namespace gradbench {

#ifdef GRADBENCH_TORCH
using torch::Tensor;

inline Tensor concatenate(const std::vector<Tensor>& parts) { return torch::cat(parts); }
#else
using xgrad::Tensor;
#endif

using TensorsFunction = std::function<Tensor(const std::vector<Tensor>&)>;
using TensorFunction = std::function<Tensor(const Tensor&)>;
using Extents = std::vector<std::int64_t>;

/// Numbers, row by row, as a tensor of float64 or of int64.
Tensor make_tensor(const std::vector<double>& numbers, const Extents& extents);
Tensor make_integers(const std::vector<std::int64_t>& integers, const Extents& extents);
/// The numbers of a tensor of float64, row by row.
std::vector<double> numbers_of(const Tensor& tensor);
/// The integers of a tensor of int64 that make_integers() made.
std::span<const std::int64_t> integers_of(const Tensor& tensor);
Extents extents_of(const Tensor& tensor);
/// The value of a tensor of one element.
double number(const Tensor& tensor);
/// The gradients of a scalar function.
Tensor gradient_of(const TensorFunction& f, const Tensor& x);
std::vector<Tensor> gradients_of(const TensorsFunction& f, const std::vector<Tensor>& xs);
/// The results of a function, with their values. What it computes is recorded only as far as it asks for it.
std::vector<Tensor> computed(const std::function<std::vector<Tensor>()>& compute);

/// A program that computes tensors and nothing else. Results of the run before are given back first, so that a run
/// finds their memory.
Program program(std::function<std::vector<Tensor>()> compute, std::function<Json(const std::vector<Tensor>&)> output);
/// The same for one tensor, given back as it is.
Program program(std::function<Tensor()> compute);

/// float64 numbers in nested lists of any depth as a tensor of the given extents.
Tensor read_numbers(const Json& numbers, const Extents& extents);
/// A list of numbers as a vector, and a list of lists as a matrix.
Tensor read_vector(const Json& numbers);
Tensor read_rows(const Json& rows);
/// A tensor as a number, or as nested lists of its shape.
Json write_numbers(const Tensor& tensor);

}  // namespace gradbench
