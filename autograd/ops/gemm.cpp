#include <autograd/ops/gemm.hpp>

#include <cblas.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>

namespace xgrad::ops {
namespace {

[[maybe_unused]] bool disabled(const char* name) {
  const char* value = std::getenv(name);
  return value && *value == '1';
}

/// Whether the own kernel is at least as fast as OpenBLAS's: `bench_matmul` measures both.
template <class T>
bool own_is_faster(const Product<T>& p) {
  constexpr std::int64_t most = std::int64_t{1} << 27;
  const bool packs_b = p.column_b != 1;
  return p.m >= 32 && p.k >= 24 && p.n >= (packs_b ? 32 : 4) && p.n * p.m * p.k <= most;
}

/// The layout of an operand of `rows` and `columns`, as BLAS is told it.
struct Layout {
  CBLAS_TRANSPOSE transpose;
  blasint leading;

  Layout(std::int64_t row, std::int64_t column, std::int64_t rows, std::int64_t columns)
      : transpose(column == 1 ? CblasNoTrans : CblasTrans),
        leading(static_cast<blasint>(column == 1 ? std::max(row, columns) : std::max(column, rows))) {}
};

template <class T>
void blas(const Product<T>& p) {
  const Layout a(p.row_a, p.column_a, p.n, p.k), b(p.row_b, p.column_b, p.k, p.m);
  const auto n = static_cast<blasint>(p.n), m = static_cast<blasint>(p.m), k = static_cast<blasint>(p.k);
  const auto leading = static_cast<blasint>(p.leading);
  const T beta = p.accumulate ? T(1) : T(0);
  if constexpr (sizeof(T) == sizeof(float))
    cblas_sgemm(CblasRowMajor, a.transpose, b.transpose, n, m, k, 1, p.a, a.leading, p.b, b.leading, beta, p.result,
                leading);
  else
    cblas_dgemm(CblasRowMajor, a.transpose, b.transpose, n, m, k, 1, p.a, a.leading, p.b, b.leading, beta, p.result,
                leading);
}

}  // namespace

template <class T>
Gemm<T> own_gemm() {
  static const Gemm<T> kernel = []() -> Gemm<T> {
#ifdef XGRAD_HAVE_GEMM
    if (disabled("XGRAD_DISABLE_AVX2")) return nullptr;
    if (!disabled("XGRAD_DISABLE_AVX512") && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl"))
      return &gemm_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &gemm_avx2;
#endif
    return nullptr;
  }();
  return kernel;
}

template <class T>
void multiply(const Product<T>& product) {
  const Gemm<T> own = own_is_faster(product) ? own_gemm<T>() : nullptr;
  own ? own(product) : blas(product);
}

template Gemm<float> own_gemm<float>();
template Gemm<double> own_gemm<double>();
template void multiply(const Product<float>&);
template void multiply(const Product<double>&);

void* gemm_workspace(std::size_t bytes) {
  static constexpr std::align_val_t line{64};
  struct Free {
    void operator()(std::byte* memory) const { ::operator delete(memory, line); }
  };
  thread_local std::unique_ptr<std::byte, Free> memory;
  thread_local std::size_t size = 0;
  if (bytes > size) {
    size = 0;
    memory.reset();
    memory.reset(static_cast<std::byte*>(::operator new(bytes, line)));
    size = bytes;
  }
  return memory.get();
}

}  // namespace xgrad::ops
