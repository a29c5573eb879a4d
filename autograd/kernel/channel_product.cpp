#include <autograd/kernel/channel_product.hpp>
#include <autograd/kernel/processor.hpp>

namespace xgrad::ops {

template <>
const ChannelKernels<float>& channel_kernels<float>() {
#ifdef XGRAD_HAVE_AVX512_LANES
  if (run::has_avx512()) return avx512::channel_kernels_float;
#endif
#ifdef XGRAD_HAVE_AVX2_LANES
  if (run::has_avx2()) return avx2::channel_kernels_float;
#endif
  return baseline::channel_kernels_float;
}

template <>
const ChannelKernels<double>& channel_kernels<double>() {
#ifdef XGRAD_HAVE_AVX512_LANES
  if (run::has_avx512()) return avx512::channel_kernels_double;
#endif
#ifdef XGRAD_HAVE_AVX2_LANES
  if (run::has_avx2()) return avx2::channel_kernels_double;
#endif
  return baseline::channel_kernels_double;
}

}  // namespace xgrad::ops
