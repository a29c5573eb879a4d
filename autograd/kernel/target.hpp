#pragma once

/// The build that a kernel file is part of. A family's file is compiled once for the baseline and, on x86-64, once more
/// for AVX2 with FMA (XGRAD_TARGET_AVX2 is defined then, and only the kernels are compiled). A linker keeps one of
/// several functions of the same name, so none may have the same in both: functors and loops are templates over the
/// instruction set, what they call besides is in an inline namespace of the target, and so is all of xsimd.
/// tests/kernels/check_separate looks that it stays so.
#ifdef XGRAD_TARGET_AVX2
#define XGRAD_TARGET avx2
#define xsimd xsimd_avx2
#else
#define XGRAD_TARGET baseline
#endif

namespace xgrad::kernels {
inline namespace XGRAD_TARGET {}
}  // namespace xgrad::kernels
