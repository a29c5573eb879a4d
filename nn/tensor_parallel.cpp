#include <nn/tensor_parallel.hpp>

#include <fmt/format.h>

#include <autograd/autograd.hpp>
#include <autograd/distributed/collectives.hpp>
#include <nn/affine.hpp>

namespace xgrad::nn {
namespace {

using distributed::Communicator;

/// This rank's part of an axis.
Tensor part_of(const Tensor& x, int axis, const Communicator& group) {
  const std::int64_t part = x.size(axis) / group.size(), start = part * group.rank();
  return slice(x, axis, start, start + part);
}

const char* truth(bool value) { return value ? "True" : "False"; }

}  // namespace

ColumnParallelLinear::ColumnParallelLinear(std::int64_t in_features, std::int64_t out_features,
                                           const ColumnParallelLinearOptions& options)
    : Module("ColumnParallelLinear"),
      in_features_(in_features),
      out_features_(out_features),
      gather_output_(options.gather_output),
      group_(options.group) {
  const Linear plain(in_features, out_features, {.bias = options.bias, .dtype = options.dtype});
  if (out_features % group_.size() != 0)
    refuse(fmt::format("{} output features do not divide by the number of ranks, {}", out_features, group_.size()));
  weight = register_parameter("weight", part_of(plain.weight.value(), 0, group_));
  bias = register_parameter("bias", options.bias ? part_of(plain.bias.value(), 0, group_) : Tensor());
}

Tensor ColumnParallelLinear::forward(const Tensor& x) const {
  if (x.rank() == 0 || x.size(-1) != in_features_)
    refuse(fmt::format("the input has shape {}; (..., {}) was expected", to_string(x.shape()), in_features_));
  const Tensor y = Affine(weight, bias)(distributed::copy_to_group(x, group_));
  return gather_output_ ? distributed::gather_from_group(y, -1, group_) : y;
}

std::string ColumnParallelLinear::arguments() const {
  return fmt::format("in_features={}, out_features={}, bias={}, gather_output={}", in_features_, out_features_,
                     truth(bias.defined()), truth(gather_output_));
}

RowParallelLinear::RowParallelLinear(std::int64_t in_features, std::int64_t out_features,
                                     const RowParallelLinearOptions& options)
    : Module("RowParallelLinear"),
      in_features_(in_features),
      out_features_(out_features),
      input_is_parallel_(options.input_is_parallel),
      group_(options.group) {
  const Linear plain(in_features, out_features, {.bias = options.bias, .dtype = options.dtype});
  if (in_features % group_.size() != 0)
    refuse(fmt::format("{} input features do not divide by the number of ranks, {}", in_features, group_.size()));
  weight = register_parameter("weight", part_of(plain.weight.value(), 1, group_));
  bias = register_parameter("bias", options.bias ? plain.bias.value() : Tensor());
}

Tensor RowParallelLinear::forward(const Tensor& x) const {
  const std::int64_t expected = input_is_parallel_ ? in_features_ / group_.size() : in_features_;
  if (x.rank() == 0 || x.size(-1) != expected)
    refuse(fmt::format("the input has shape {}; (..., {}) was expected", to_string(x.shape()), expected));
  const Tensor own = input_is_parallel_ ? x : distributed::scatter_to_group(x, -1, group_);
  const Tensor y = distributed::reduce_from_group(matmul(own, transpose(weight)), group_);
  return bias.defined() ? y + bias : y;
}

std::string RowParallelLinear::arguments() const {
  return fmt::format("in_features={}, out_features={}, bias={}, input_is_parallel={}", in_features_, out_features_,
                     truth(bias.defined()), truth(input_is_parallel_));
}

}  // namespace xgrad::nn
