#pragma once

#include <vector>

#include <autograd/number.hpp>
#include <autograd/operand.hpp>
#include <autograd/tensor.hpp>

#pragma GCC visibility push(default)
/// Sequences of several lengths as one batch, and back: torch.nn.utils.rnn's functions.
namespace xgrad::nn {

struct PadSequenceOptions {
  /// Whether batches are (N, L, ...) rather than (L, N, ...).
  bool batch_first = false;
  /// What stands behind the end of a sequence.
  Number padding_value = 0;
};

/// Sequences (L_i, ...) as a batch (L, N, ...), where L is the largest L_i. Throws Error where there are none, and
/// unless they have one dtype, and one shape but for axis 0.
Tensor pad_sequence(const std::vector<Tensor>& sequences, const PadSequenceOptions& options = {});

struct UnpadSequenceOptions {
  bool batch_first = false;
};

/// The sequences of a batch, without what stands behind their ends. lengths: int64 (N,), from 0 to L; they are run.
std::vector<Tensor> unpad_sequence(const Operand& padded, const Operand& lengths,
                                   const UnpadSequenceOptions& options = {});

}  // namespace xgrad::nn
#pragma GCC visibility pop
