// What the cases cannot do without: their matrix products through cblas_sgemm, a copy of as many bytes, or loops that
// were fused by hand and touch memory as few times as they can.
#include <cblas.h>

#include <cmath>
#include <cstring>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "../products.hpp"
#include "cases.hpp"
#include "side.hpp"

namespace {

using bench::columns;
using bench::rows;
using Floats = std::vector<float>;

auto products(const std::string& name) {
  const auto make = [name] {
    const bench::Training training = bench::training(name);
    auto work = std::make_shared<bench::Products>(training.network.layers, training.batch);
    return bench::Work{[work] { work->step(); }, [] { return 0.0; }};
  };
  return std::pair(name, make);
}

/// Adam reads parameter, gradient and two moments, and writes three of them back: 28 bytes each. A copy of n bytes
/// reads n and writes n, so the copy of the same traffic is one of 14 bytes for each parameter.
bench::Work copy() {
  constexpr std::size_t bytes = 14 * bench::adam_matrices * bench::adam_extent * bench::adam_extent;
  auto from = std::make_shared<std::vector<char>>(bytes, 'x');
  auto to = std::make_shared<std::vector<char>>(bytes, 'y');
  return {[=] { std::memcpy(to->data(), from->data(), bytes); }, [] { return 0.0; }};
}

/// Sum of squares, as the frameworks' sides give it.
double squares(const Floats& x) {
  return std::inner_product(
      x.begin(), x.end(), x.begin(), 0.0, [](double sum, double square) { return sum + square; },
      [](double a, double b) { return a * b; });
}

struct Arrays {
  Floats x = bench::values(rows * columns, 1);
  Floats dy = bench::values(rows * columns, 2);
  Floats y = Floats(x.size());
  Floats dx = Floats(x.size());
  Floats weight = Floats(columns, 1.0f);
  Floats bias = Floats(columns, 0.0f);
  Floats dweight = Floats(columns);
  Floats dbias = Floats(columns);

  template <class F>
  void each_row(F&& f) {
    for (std::int64_t r = 0; r < rows; ++r) f(&x[r * columns], &dy[r * columns], &y[r * columns], &dx[r * columns]);
  }
};

/// Arrays read or written: forward 2 + 1 (statistics in one pass, from sums of x and of x^2), backward 4 + 1.
void batch_norm_step(Arrays& a) {
  const auto n = static_cast<float>(rows);
  Floats sum(columns), sum2(columns), mean(columns), scale(columns), slope(columns), shift(columns);
  a.each_row([&](const float* x, const float*, float*, float*) {
    for (std::int64_t c = 0; c < columns; ++c) {
      sum[c] += x[c];
      sum2[c] += x[c] * x[c];
    }
  });
  for (std::int64_t c = 0; c < columns; ++c) {
    mean[c] = sum[c] / n;
    scale[c] = 1 / std::sqrt(sum2[c] / n - mean[c] * mean[c] + 1e-5f);
  }
  a.each_row([&](const float* x, const float*, float* y, float*) {
    for (std::int64_t c = 0; c < columns; ++c) y[c] = (x[c] - mean[c]) * scale[c] * a.weight[c] + a.bias[c];
  });
  std::fill(a.dweight.begin(), a.dweight.end(), 0.0f);
  std::fill(a.dbias.begin(), a.dbias.end(), 0.0f);
  a.each_row([&](const float* x, const float* dy, float*, float*) {
    for (std::int64_t c = 0; c < columns; ++c) {
      a.dbias[c] += dy[c];
      a.dweight[c] += dy[c] * (x[c] - mean[c]) * scale[c];
    }
  });
  for (std::int64_t c = 0; c < columns; ++c) {
    slope[c] = a.dweight[c] / n * scale[c];
    shift[c] = a.dbias[c] / n;
  }
  a.each_row([&](const float* x, const float* dy, float*, float* dx) {
    for (std::int64_t c = 0; c < columns; ++c)
      dx[c] = (dy[c] - shift[c] - (x[c] - mean[c]) * slope[c]) * scale[c] * a.weight[c];
  });
}

/// Arrays read or written: forward 1 + 1, backward 2 + 1; a row stays in the first-level cache.
void layer_norm_step(Arrays& a) {
  const auto n = static_cast<float>(columns);
  Floats means(rows), scales(rows);
  std::size_t row = 0;
  a.each_row([&](const float* x, const float*, float* y, float*) {
    float mean = 0, variance = 0;
    for (std::int64_t c = 0; c < columns; ++c) mean += x[c];
    mean /= n;
    for (std::int64_t c = 0; c < columns; ++c) variance += (x[c] - mean) * (x[c] - mean);
    const float scale = 1 / std::sqrt(variance / n + 1e-5f);
    for (std::int64_t c = 0; c < columns; ++c) y[c] = (x[c] - mean) * scale * a.weight[c] + a.bias[c];
    means[row] = mean;
    scales[row++] = scale;
  });
  std::fill(a.dweight.begin(), a.dweight.end(), 0.0f);
  std::fill(a.dbias.begin(), a.dbias.end(), 0.0f);
  row = 0;
  a.each_row([&](const float* x, const float* dy, float*, float* dx) {
    const float mean = means[row], scale = scales[row];
    ++row;
    float sum = 0, product = 0;
    for (std::int64_t c = 0; c < columns; ++c) {
      const float normalized = (x[c] - mean) * scale, g = dy[c] * a.weight[c];
      a.dbias[c] += dy[c];
      a.dweight[c] += dy[c] * normalized;
      sum += g;
      product += g * normalized;
    }
    for (std::int64_t c = 0; c < columns; ++c)
      dx[c] = (dy[c] * a.weight[c] - sum / n - (x[c] - mean) * scale * (product / n)) * scale;
  });
}

/// Arrays read or written: forward 1, backward 1 + 1.
void cross_entropy_step(Arrays& a, const std::vector<std::int64_t>& labels, Floats& sums) {
  std::size_t row = 0;
  a.each_row([&](const float* x, const float*, float*, float*) {
    float largest = x[0], sum = 0;
    for (std::int64_t c = 0; c < columns; ++c) largest = std::max(largest, x[c]);
    for (std::int64_t c = 0; c < columns; ++c) sum += std::exp(x[c] - largest);
    sums[row++] = largest + std::log(sum);
  });
  row = 0;
  a.each_row([&](const float* x, const float*, float*, float* dx) {
    const float sum = sums[row];
    for (std::int64_t c = 0; c < columns; ++c) dx[c] = std::exp(x[c] - sum) * (1 / static_cast<float>(rows));
    dx[labels[row++]] -= 1 / static_cast<float>(rows);
  });
}

/// The products of a convolution over its windows, side by side: the result, and the gradients of windows and weights.
bench::Work conv() {
  using namespace bench;
  constexpr std::int64_t places = (conv_extent - conv_kernel + 1) * (conv_extent - conv_kernel + 1) * conv_batch;
  constexpr std::int64_t field = conv_in * conv_kernel * conv_kernel;
  struct Matrices {
    Floats windows = values(field * places, 1), weight = values(conv_out * field, 2), y = values(conv_out * places, 3);
    Floats dwindows = Floats(windows.size()), dweight = Floats(weight.size());
  };
  auto m = std::make_shared<Matrices>();
  const auto gemm = [](CBLAS_TRANSPOSE a, CBLAS_TRANSPOSE b, std::int64_t n, std::int64_t k, std::int64_t inner,
                       const Floats& x, std::int64_t ldx, const Floats& w, std::int64_t ldw, Floats& out) {
    cblas_sgemm(CblasRowMajor, a, b, static_cast<blasint>(n), static_cast<blasint>(k), static_cast<blasint>(inner), 1,
                x.data(), static_cast<blasint>(ldx), w.data(), static_cast<blasint>(ldw), 0, out.data(),
                static_cast<blasint>(k));
  };
  return {[=] {
            gemm(CblasNoTrans, CblasNoTrans, conv_out, places, field, m->weight, field, m->windows, places, m->y);
            gemm(CblasTrans, CblasNoTrans, field, places, conv_out, m->weight, field, m->y, places, m->dwindows);
            gemm(CblasNoTrans, CblasTrans, conv_out, field, places, m->y, places, m->windows, places, m->dweight);
          },
          [] { return 0.0; }};
}

bench::Work loops(void (*step)(Arrays&)) {
  auto arrays = std::make_shared<Arrays>();
  return {[=] { step(*arrays); }, [=] { return squares(arrays->dx); }};
}

bench::Work cross_entropy() {
  auto arrays = std::make_shared<Arrays>();
  arrays->x = bench::values(rows * columns, 1, 4);
  return {[=, labels = bench::labels(rows, columns), sums = Floats(rows)]() mutable {
            cross_entropy_step(*arrays, labels, sums);
          },
          [=] { return squares(arrays->dx); }};
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run_side(argc, argv,
                         {.version = "floor",
                          .set_threads = &openblas_set_num_threads,
                          .warm_up = [] {},
                          .cases = {products("tanh-bn"),
                                    products("relu-bn"),
                                    products("tanh"),
                                    products("wide-adam"),
                                    products("mlp-4096"),
                                    {"batch-norm", [] { return loops(&batch_norm_step); }},
                                    {"layer-norm", [] { return loops(&layer_norm_step); }},
                                    {"cross-entropy", &cross_entropy},
                                    {"conv", &conv},
                                    {"adam", &copy}}});
}
