#include <autograd/kernel/processor.hpp>
#include <autograd/kernel/winograd.hpp>

namespace xgrad::ops {

template <class T>
SplitTiles<T> split_tiles() {
#ifdef XGRAD_HAVE_AVX512_LANES
  if (run::has_avx512()) return &avx512::split_tiles;
#endif
#ifdef XGRAD_HAVE_AVX2_LANES
  if (run::has_avx2()) return &avx2::split_tiles;
#endif
  return &baseline::split_tiles;
}

template <class T>
JoinTiles<T> join_tiles() {
#ifdef XGRAD_HAVE_AVX512_LANES
  if (run::has_avx512()) return &avx512::join_tiles;
#endif
#ifdef XGRAD_HAVE_AVX2_LANES
  if (run::has_avx2()) return &avx2::join_tiles;
#endif
  return &baseline::join_tiles;
}

template SplitTiles<float> split_tiles<float>();
template SplitTiles<double> split_tiles<double>();
template JoinTiles<float> join_tiles<float>();
template JoinTiles<double> join_tiles<double>();

}  // namespace xgrad::ops
