#pragma once

#include <autograd/dtype.hpp>
#include <autograd/kernel/gemm.hpp>

/// Products of two bfloat16 matrices, summed up in float32.
namespace xgrad::ops {

using NarrowProduct = Product<float, BFloat16>;

/// Computes it: with the processor's instructions for it (AVX-512 BF16), or by the product of the float32 matrices of
/// the same values. The first adds up products two at a time and takes denormal numbers for 0, so that results differ
/// in their last bits.
void multiply(const NarrowProduct& product);

/// The kernel for AVX-512 BF16. Rows from four on are computed alike, however many there are.
void narrow_gemm(const NarrowProduct& product);
/// The product of float32 matrices of the same values, some columns at a time.
void widened_gemm(const NarrowProduct& product);

}  // namespace xgrad::ops
