#include <autograd/kernel/processor.hpp>
#include <autograd/kernel/table_product.hpp>

namespace xgrad::ops {

template <>
const TableKernels<float>& table_kernels<float>() {
#ifdef XGRAD_HAVE_AVX512_LANES
  if (run::has_avx512()) return avx512::table_kernels_float;
#endif
#ifdef XGRAD_HAVE_AVX2_LANES
  if (run::has_avx2()) return avx2::table_kernels_float;
#endif
  return baseline::table_kernels_float;
}

template <>
const TableKernels<double>& table_kernels<double>() {
#ifdef XGRAD_HAVE_AVX512_LANES
  if (run::has_avx512()) return avx512::table_kernels_double;
#endif
#ifdef XGRAD_HAVE_AVX2_LANES
  if (run::has_avx2()) return avx2::table_kernels_double;
#endif
  return baseline::table_kernels_double;
}

}  // namespace xgrad::ops
