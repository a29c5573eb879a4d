#pragma once

namespace xgrad::run {

/// Instruction sets that this processor has and the environment allows: XGRAD_DISABLE_AVX2=1 rules out both,
/// XGRAD_DISABLE_AVX512=1 the second.
bool has_avx2() noexcept;    ///< AVX2 with FMA
bool has_avx512() noexcept;  ///< AVX-512 F and VL
/// AVX-512 BF16 and BW as well; XGRAD_DISABLE_AVX512_BF16=1 rules them out alone.
bool has_avx512_bf16() noexcept;

/// Whether it has AVX-512, and the library kernels for it.
bool use_avx512() noexcept;
/// Whether it has AVX2, and the library kernels for it.
bool use_avx2() noexcept;

}  // namespace xgrad::run
