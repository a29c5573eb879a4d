#pragma once

#include <cstdint>
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

/// Those of the instruction sets that this processor has.
template <class Kernels>
std::vector<OfInstructionSet<Kernels>> instruction_sets(const Kernels& baseline, [[maybe_unused]] const Kernels& avx2,
                                                        [[maybe_unused]] const Kernels& avx512) {
  std::vector<OfInstructionSet<Kernels>> all{{"baseline", &baseline}};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) all.push_back({"AVX2", &avx2});
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")) all.push_back({"AVX-512", &avx512});
#endif
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
