#include <autograd/run/build_info.hpp>

#include <fstream>

#include <fmt/format.h>
#include <unistd.h>
#ifdef __linux__
#include <sched.h>
#endif

#include <autograd/kernel/processor.hpp>
#include <autograd/run/compile/loops.hpp>

extern "C" [[gnu::weak]] char* openblas_get_config();

namespace xgrad {

namespace {

std::string compiler() {
#if defined(__clang__)
  return fmt::format("Clang {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#elif defined(__GNUC__)
  return fmt::format("GCC {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#else
  return "unknown";
#endif
}

std::string architecture() {
#if defined(__x86_64__)
  return "x86_64";
#elif defined(__aarch64__)
  return "aarch64";
#elif defined(__wasm__)
  return "wasm";
#else
  return "unknown";
#endif
}

std::string blas() {
  if (!openblas_get_config) return "not OpenBLAS";
  std::string text = openblas_get_config();
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

/// Linux's name of the processor.
std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name"))
      if (const std::size_t colon = line.find(": "); colon != std::string::npos) return line.substr(colon + 2);
  return "unknown";
}

std::size_t core_count() {
#ifdef __linux__
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) == 0) return static_cast<std::size_t>(CPU_COUNT(&set));
#endif
  const long count = ::sysconf(_SC_NPROCESSORS_ONLN);
  return count > 0 ? static_cast<std::size_t>(count) : 1;
}

[[maybe_unused]] std::size_t configured(int name) {
  const long value = ::sysconf(name);
  return value > 0 ? static_cast<std::size_t>(value) : 0;
}

}  // namespace

std::string version() { return XGRAD_VERSION; }

BuildInfo build_info() {
  BuildInfo info{.version = version(),
                 .compiler = compiler(),
                 .architecture = architecture(),
                 .blas = blas(),
                 .compiles_loops = run::can_compile(),
                 .why_not_compiled = run::why_not_compiled(),
                 .instruction_sets = {},
                 .processor = processor_name(),
                 .cores = core_count()};
  if (run::use_avx2()) info.instruction_sets.emplace_back("AVX2");
  if (run::use_avx512()) info.instruction_sets.emplace_back("AVX-512");
  if (run::use_avx512() && run::has_avx512_bf16()) info.instruction_sets.emplace_back("AVX-512 BF16");
#ifdef _SC_LEVEL1_DCACHE_SIZE
  info.cache_sizes[0] = configured(_SC_LEVEL1_DCACHE_SIZE);
  info.cache_sizes[1] = configured(_SC_LEVEL2_CACHE_SIZE);
  info.cache_sizes[2] = configured(_SC_LEVEL3_CACHE_SIZE);
#endif
#ifdef _SC_PHYS_PAGES
  info.memory = configured(_SC_PHYS_PAGES) * configured(_SC_PAGESIZE);
#endif
  return info;
}

}  // namespace xgrad
