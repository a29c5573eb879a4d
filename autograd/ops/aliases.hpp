#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <autograd/ops.hpp>

#pragma GCC visibility push(default)
/// Other names of operations, where NumPy and PyTorch disagree or where our name is a third one. They take the same
/// arguments and do the same. Errors name the function that was called. docs/names.md has the table.
namespace xgrad {

// ---------------------------------------------------------------------------------------------- shape

Tensor cat(const std::vector<Tensor>& tensors, int axis = 0);
Tensor concat(const std::vector<Tensor>& tensors, int axis = 0);
Tensor unsqueeze(const Operand& x, const Axes& axes);
Tensor permute(const Operand& x, const std::vector<int>& order);
Tensor swapdims(const Operand& x, int axis1, int axis2);
Tensor moveaxis(const Operand& x, const std::vector<int>& axes_from, const std::vector<int>& axes_to);
Tensor moveaxis(const Operand& x, int axis_from, int axis_to);
Tensor view_as(const Operand& x, const Operand& other);
Tensor row_stack(const std::vector<Tensor>& tensors);
std::vector<Tensor> unbind(const Operand& x, int axis = 0);
/// PyTorch's repeat is tile.
Tensor repeat_interleave(const Operand& x, std::int64_t count, std::optional<int> axis = {});
Tensor take_along_dim(const Operand& x, const Operand& indices, int axis);

// ---------------------------------------------------------------------------------------------- elementwise

Tensor clamp(const Operand& x, std::optional<Number> low, std::optional<Number> high);
Tensor mul(const Operand& a, const Operand& b);
Tensor sub(const Operand& a, const Operand& b);
Tensor div(const Operand& a, const Operand& b);
Tensor neg(const Operand& x);
Tensor negative(const Operand& x);
Tensor absolute(const Operand& x);
Tensor power(const Operand& a, const Operand& b);
Tensor mod(const Operand& a, const Operand& b);
Tensor arcsin(const Operand& x);
Tensor arccos(const Operand& x);
Tensor arctan(const Operand& x);
Tensor arctan2(const Operand& a, const Operand& b);
Tensor arcsinh(const Operand& x);
Tensor arccosh(const Operand& x);
Tensor arctanh(const Operand& x);
/// PyTorch's equal, one bool for both tensors, is array_equal.
Tensor eq(const Operand& a, const Operand& b);
Tensor ne(const Operand& a, const Operand& b);
Tensor lt(const Operand& a, const Operand& b);
Tensor le(const Operand& a, const Operand& b);
Tensor gt(const Operand& a, const Operand& b);
Tensor ge(const Operand& a, const Operand& b);
Tensor detach(const Operand& x);

// ---------------------------------------------------------------------------------------------- reductions, algebra

Tensor amax(const Operand& x, const Axes& axes = {}, ReduceOptions options = {});
Tensor amin(const Operand& x, const Axes& axes = {}, ReduceOptions options = {});
Tensor inverse(const Operand& x);

}  // namespace xgrad
#pragma GCC visibility pop
