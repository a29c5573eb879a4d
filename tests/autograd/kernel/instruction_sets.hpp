#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

namespace xgrad::test {

/// The kernels of one instruction set.
template <class Kernels>
struct OfInstructionSet {
  std::string name;
  const Kernels* kernels;
};

/// What a build has of a name for an instruction set; null where it has none.
#ifdef XGRAD_HAVE_AVX2_LANES
#define XGRAD_OF_AVX2(name) (&avx2::name)
#else
#define XGRAD_OF_AVX2(name) nullptr
#endif
#ifdef XGRAD_HAVE_AVX512_LANES
#define XGRAD_OF_AVX512(name) (&avx512::name)
#else
#define XGRAD_OF_AVX512(name) nullptr
#endif

/// Whether this build and this processor have it.
inline bool has_avx2() {
#ifdef XGRAD_HAVE_AVX2_LANES
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return false;
#endif
}
inline bool has_avx512() {
#ifdef XGRAD_HAVE_AVX512_LANES
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl");
#else
  return false;
#endif
}

/// Whether products of all extents are the library's own, which have the same bits in any order of work: with AVX2,
/// unless the environment forbids it. Others are BLAS's.
inline bool has_own_products() {
  const char* disabled = std::getenv("XGRAD_DISABLE_AVX2");
  return has_avx2() && !(disabled && *disabled == '1');
}

/// Those of the instruction sets that this build and this processor have.
template <class Kernels>
std::vector<OfInstructionSet<Kernels>> instruction_sets(const Kernels* baseline, const Kernels* avx2,
                                                        const Kernels* avx512) {
  std::vector<OfInstructionSet<Kernels>> all{{"baseline", baseline}};
  if (has_avx2()) all.push_back({"AVX2", avx2});
  if (has_avx512()) all.push_back({"AVX-512", avx512});
  return all;
}

template <class T>
std::vector<T> random_numbers(std::int64_t count, std::mt19937& generator) {
  std::uniform_real_distribution<T> values(-1, 1);
  std::vector<T> all(static_cast<std::size_t>(count));
  for (T& value : all) value = values(generator);
  return all;
}

}  // namespace xgrad::test
