#pragma once

#include <cstdint>
#include <string>

#include <autograd/distributed/communicator.hpp>
#include <nn/linear.hpp>
#include <nn/module.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

struct ColumnParallelLinearOptions {
  bool bias = true;
  /// Whether all ranks get all of the result. Otherwise each keeps its own features, for a RowParallelLinear to take.
  bool gather_output = true;
  DType dtype = float32;
  distributed::Communicator group = distributed::world();
};

/// A Linear whose output features are divided among the ranks of a group (Shoeybi et al., "Megatron-LM", 2019): rank r
/// has rows r out / size to (r + 1) out / size of the weight, and of the bias.
///
/// x: (..., in_features), the same on all ranks; y: (..., out_features), or (..., out_features / size) without
/// gather_output. weight: (out_features / size, in_features), bias: (out_features / size,).
///
/// All ranks compute the same loss, and gradients are those of one rank's: of the weight, each rank's part of the plain
/// layer's; of x, the sum of what each rank's features give. It is written in collectives, so that holds for
/// derivatives of any order.
///
/// Each rank draws the weights of the plain Linear from its default generator and keeps its part: with one seed on all
/// ranks they are those of the plain layer. Throws Error as Linear does, and where the number of ranks does not divide
/// out_features.
class ColumnParallelLinear : public Module {
 public:
  ColumnParallelLinear(std::int64_t in_features, std::int64_t out_features,
                       const ColumnParallelLinearOptions& options = {});

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

  Parameter weight;
  Parameter bias;  ///< undefined where the layer has none

 private:
  std::int64_t in_features_, out_features_;
  bool gather_output_;
  distributed::Communicator group_;
};

struct RowParallelLinearOptions {
  bool bias = true;
  /// Whether each rank's x has its own features only, as a ColumnParallelLinear without gather_output gives them.
  bool input_is_parallel = false;
  DType dtype = float32;
  distributed::Communicator group = distributed::world();
};

/// A Linear whose input features are divided among the ranks of a group: rank r has columns r in / size to
/// (r + 1) in / size of the weight. The ranks' products are added up, and the bias, which all have, comes once.
///
/// x: (..., in_features), the same on all ranks, or (..., in_features / size) with input_is_parallel; y:
/// (..., out_features), the same on all ranks. weight: (out_features, in_features / size), bias: (out_features,).
///
/// Gradients, weights and errors are as a ColumnParallelLinear's; the number of ranks divides in_features.
class RowParallelLinear : public Module {
 public:
  RowParallelLinear(std::int64_t in_features, std::int64_t out_features, const RowParallelLinearOptions& options = {});

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

  Parameter weight;
  Parameter bias;  ///< undefined where the layer has none

 private:
  std::int64_t in_features_, out_features_;
  bool input_is_parallel_;
  distributed::Communicator group_;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
