#include <autograd/kernel/narrow_gemm.hpp>

#include <algorithm>
#include <cstddef>

#include <autograd/kernel/pieces_of_product.hpp>
#include <autograd/kernel/processor.hpp>
#include <autograd/kernel/scratch.hpp>
#include <autograd/kernel/threads.hpp>
#include <autograd/per_thread.hpp>

namespace xgrad::ops {
namespace {

/// A block of an operand in float32, row-major in the order of its lines: of the axis with steps of 1.
struct Widened {
  const float* data;
  std::int64_t row, column;
};

/// Element (i, j) of `from` lies at i * row + j * column; one of the steps is 1.
Widened widen(const BFloat16* from, std::int64_t row, std::int64_t column, std::int64_t rows, std::int64_t columns,
              float* out) {
  const bool by_rows = column == 1;
  const std::int64_t lines = by_rows ? rows : columns, length = by_rows ? columns : rows;
  const std::int64_t step = by_rows ? row : column;
  for (std::int64_t i = 0; i < lines; ++i)
    for (std::int64_t j = 0; j < length; ++j) out[i * length + j] = from[i * step + j];
  return by_rows ? Widened{out, length, 1} : Widened{out, 1, length};
}

}  // namespace

void widened_gemm(const NarrowProduct& p) {
  constexpr std::int64_t most = std::int64_t{1} << 20;  // elements of b at once
  const std::int64_t chunk = std::clamp<std::int64_t>(most / p.k / 16 * 16, 16, std::max<std::int64_t>(16, p.m));
  static thread_local constinit PerThread<run::Scratch> scratch;
  auto* const memory = reinterpret_cast<float*>(
      scratch->reserve(static_cast<std::size_t>(p.k * (p.n + std::min(chunk, p.m))) * sizeof(float)));
  const Widened a = widen(p.a, p.row_a, p.column_a, p.n, p.k, memory);
  for (std::int64_t column = 0; column < p.m; column += chunk) {
    const std::int64_t m = std::min(chunk, p.m - column);
    const Widened b = widen(p.b + column * p.column_b, p.row_b, p.column_b, p.k, m, memory + p.n * p.k);
    multiply(Product<float>{.n = p.n,
                            .m = m,
                            .k = p.k,
                            .a = a.data,
                            .row_a = a.row,
                            .column_a = a.column,
                            .b = b.data,
                            .row_b = b.row,
                            .column_b = b.column,
                            .result = p.result + column,
                            .leading = p.leading,
                            .accumulate = p.accumulate});
  }
}

void multiply(const NarrowProduct& product) {
#ifdef XGRAD_HAVE_AVX512_LANES
  if (run::has_avx512_bf16()) {
    const Pieces pieces(product.n, product.m, own_pieces(product.n * product.m * product.k));
    run::parallel_for(static_cast<int>(pieces.count), [&](std::int64_t i) { narrow_gemm(pieces.of(product, i)); });
    return;
  }
#endif
  widened_gemm(product);
}

}  // namespace xgrad::ops
