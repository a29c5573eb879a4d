#include <autograd/kernel/processor.hpp>

#include <cstdlib>

namespace xgrad::run {

#if defined(__x86_64__)
namespace {

bool disabled(const char* name) noexcept {
  const char* value = std::getenv(name);
  return value && *value == '1';
}

}  // namespace

bool has_avx2() noexcept {
  static const bool has =
      !disabled("XGRAD_DISABLE_AVX2") && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return has;
}

bool has_avx512() noexcept {
  static const bool has = has_avx2() && !disabled("XGRAD_DISABLE_AVX512") && __builtin_cpu_supports("avx512f") &&
                          __builtin_cpu_supports("avx512vl");
  return has;
}

bool has_avx512_bf16() noexcept {
  static const bool has = has_avx512() && !disabled("XGRAD_DISABLE_AVX512_BF16") &&
                          __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512bf16");
  return has;
}
#else
bool has_avx2() noexcept { return false; }
bool has_avx512() noexcept { return false; }
bool has_avx512_bf16() noexcept { return false; }
#endif

bool use_avx512() noexcept {
#ifdef XGRAD_HAVE_AVX512_LANES
  return has_avx512();
#else
  return false;
#endif
}

bool use_avx2() noexcept {
#ifdef XGRAD_HAVE_AVX2
  return has_avx2();
#else
  return false;
#endif
}

}  // namespace xgrad::run
