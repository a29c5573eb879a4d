#pragma once

#include <vector>

#include <autograd/distributed/communicator.hpp>
#include <autograd/operand.hpp>

#pragma GCC visibility push(default)
/// Operations between the ranks of a group. They are recorded like all others and run when a value is asked for. They
/// run in the order in which they were recorded, each once, whoever reads their values, and with them whatever else a
/// run computes: so ranks that record the same collectives in the same order run them in the same order, even where one
/// of them asks for more values than the others.
///
/// Derivatives are those of the sum of all ranks' results: a rank's gradient has what every rank's result depends on
/// its x by. They are collectives themselves, of any order. So all ranks have to take the same derivatives: where one
/// rank's loss does not depend on a collective's result, or its x on what the gradient is taken in, the others wait for
/// it.
///
/// All throw Error where x is undefined or of a shape that they do not take. A run throws Error where a rank does not
/// come within the deadline, or calls another collective.
namespace xgrad::distributed {

enum class ReduceOp { sum, mean };

/// The sum, or the mean, over all ranks of their x, on all of them. x: any shape, the same on all ranks; int64
/// (sum only), float32 or float64. Throws Error on bool, and on the mean of integers.
Tensor all_reduce(const Operand& x, ReduceOp op = ReduceOp::sum, const Communicator& group = world());

/// The sum over all ranks on rank `root`, zeros on the others. Throws Error as all_reduce does, and where there is no
/// such rank.
Tensor reduce(const Operand& x, int root = 0, const Communicator& group = world());

/// Rank `root`'s x on all ranks. x: any shape and dtype, the same on all ranks; values count on `root` only. Throws
/// Error where there is no such rank.
Tensor broadcast(const Operand& x, int root = 0, const Communicator& group = world());

/// All ranks' x, in the order of the ranks, joined along an axis: (..., n, ...) becomes (..., size n, ...). x: any
/// dtype, the same shape on all ranks; a scalar counts as one entry. Throws Error where there is no such axis.
Tensor all_gather(const Operand& x, int axis = 0, const Communicator& group = world());

/// The sum over all ranks, of which each gets its part of an axis: (..., size n, ...) becomes (..., n, ...). Throws
/// Error as all_reduce does, and where the axis does not divide by the number of ranks.
Tensor reduce_scatter(const Operand& x, int axis = 0, const Communicator& group = world());

/// Part r of x along split_axis goes to rank r, and what the ranks give this one is joined along concat_axis:
/// split_axis is divided by the number of ranks and concat_axis multiplied. x: any dtype, the same shape on all ranks.
/// Throws Error where there is no such axis, and where split_axis does not divide by the number of ranks.
Tensor all_to_all(const Operand& x, int split_axis = 0, int concat_axis = 0, const Communicator& group = world());

/// x, which is the same on all ranks, such as parameters: the mean of all ranks' x. Its value is x, and nothing is
/// exchanged for it. Its derivative is that of the mean, so that a gradient in x is the average of all ranks'. x:
/// floating-point.
Tensor replicated(const Operand& x, const Communicator& group = world());

/// The same for several tensors of one dtype, whose gradients are averaged together, by one all_reduce: what each is
/// given are the values of xs, in their order. A gradient that one of them has none of counts as zeros.
std::vector<Tensor> bucketed(const std::vector<Tensor>& xs, const Communicator& group = world());

// What follows is for layers that ranks compute together (tensor parallelism), where all ranks have the same loss, and
// it counts once. Some tensors are the same on all ranks then, others are parts; derivatives of the former are the same
// on all ranks again, those of parts belong to each rank's part, to any order (the functions f and g of Shoeybi et al.,
// "Megatron-LM", 2019). x is floating-point.

/// x, which is the same on all ranks, for each of them to use. Its derivative is reduce_from_group.
Tensor copy_to_group(const Operand& x, const Communicator& group = world());

/// The sum over all ranks of what each contributes. Its derivative is copy_to_group.
Tensor reduce_from_group(const Operand& x, const Communicator& group = world());

/// This rank's part of an axis of x, which is the same on all ranks. Its derivative is gather_from_group. Throws Error
/// where there is no such axis, and where it does not divide by the number of ranks.
Tensor scatter_to_group(const Operand& x, int axis = -1, const Communicator& group = world());

/// All ranks' parts, joined along an axis. Its derivative is scatter_to_group. Throws Error where there is no such
/// axis.
Tensor gather_from_group(const Operand& x, int axis = -1, const Communicator& group = world());

}  // namespace xgrad::distributed
#pragma GCC visibility pop
