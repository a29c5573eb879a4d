// The library's own matrix products beside OpenBLAS's, on one thread: shapes of networks, and with --grid small ones of
// all sorts, to see from which extents on each is faster (autograd/kernel/gemm.cpp, own_is_faster).

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include <autograd/kernel/buffer.hpp>
#include <autograd/kernel/gemm.hpp>

#include "measure.hpp"

extern "C" [[gnu::weak]] void openblas_set_num_threads(int);

namespace {

struct Shape {
  int n, k, m;
  bool transposed_a, transposed_b;
};

std::vector<Shape> networks() {
  return {{60, 784, 100, false, true},     {60, 784, 128, false, false},     {60, 784, 128, false, true},
          {100, 60, 784, true, false},     {60, 100, 100, false, true},      {60, 100, 100, false, false},
          {100, 60, 100, true, false},     {128, 784, 1024, false, true},    {128, 1024, 1024, false, true},
          {128, 1024, 1024, false, false}, {1024, 128, 1024, true, false},   {32, 144, 784, false, false},
          {64, 64, 64, false, false},      {128, 128, 128, false, false},    {256, 256, 256, false, false},
          {512, 512, 512, false, false},   {1024, 1024, 1024, false, false}, {256, 1024, 1024, true, false},
          {1024, 1024, 256, false, true},  {256, 20000, 64, false, false},   {256, 64, 20000, false, true},
          {64, 256, 20000, true, false},   {256, 4096, 4096, false, true},   {256, 4096, 4096, false, false},
          {4096, 256, 4096, true, false}};
}

std::vector<Shape> grid() {
  std::vector<Shape> shapes;
  for (const int n : {4, 8, 16, 32, 64, 128})
    for (const int m : {32, 40, 64, 128, 256})
      for (const int k : {24, 32, 64, 256})
        for (const int layout : {0, 1, 2}) shapes.push_back({n, k, m, layout == 1, layout == 2});
  return shapes;
}

/// Seconds of one call, in a turn of about 0.2 ms.
template <class F>
double once(const F& f) {
  for (int times = 1;; times *= 2) {
    const double taken = bench::seconds([&] {
      for (int i = 0; i < times; ++i) f();
    });
    if (taken > 2e-4) return taken / times;
  }
}

/// Memory as tensors have it: large arrays in huge pages.
template <class T>
class Array {
 public:
  ~Array() {
    if (buffer_) buffer_->release();
  }
  Array() = default;
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;
  void allocate(int rows, int columns) {
    size_ = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
    buffer_ = xgrad::run::Buffer::allocate(size_ * sizeof(T));
    std::fill(begin(), end(), T(0));
  }
  T* data() { return static_cast<T*>(buffer_->data()); }
  T* begin() { return data(); }
  T* end() { return data() + size_; }

 private:
  xgrad::run::Buffer* buffer_ = nullptr;
  std::size_t size_ = 0;
};

template <class T>
class Sides {
 public:
  explicit Sides(const Shape& shape) : shape_(shape) {
    std::mt19937 generator(1);
    std::uniform_real_distribution<T> values(-1, 1);
    a_.allocate(shape.n, shape.k);
    b_.allocate(shape.k, shape.m);
    result_.allocate(shape.n, shape.m);
    for (auto* all : {&a_, &b_})
      for (T& value : *all) value = values(generator);
  }

  void blas() {
    const auto [n, k, m, ta, tb] = shape_;
    const CBLAS_TRANSPOSE a = ta ? CblasTrans : CblasNoTrans, b = tb ? CblasTrans : CblasNoTrans;
    if constexpr (sizeof(T) == sizeof(float))
      cblas_sgemm(CblasRowMajor, a, b, n, m, k, 1, a_.data(), ta ? n : k, b_.data(), tb ? k : m, 0, result_.data(), m);
    else
      cblas_dgemm(CblasRowMajor, a, b, n, m, k, 1, a_.data(), ta ? n : k, b_.data(), tb ? k : m, 0, result_.data(), m);
  }

  void own(xgrad::ops::Gemm<T> gemm) {
    const auto [n, k, m, ta, tb] = shape_;
    gemm({n, m, k, a_.data(), ta ? 1 : k, ta ? n : 1, b_.data(), tb ? 1 : m, tb ? k : 1, result_.data(), m, false});
  }

 private:
  Shape shape_;
  Array<T> a_, b_, result_;
};

template <class T>
void compare(const Shape& shape, int turns) {
  Sides<T> sides(shape);
  const xgrad::ops::Gemm<T> gemm = xgrad::ops::own_gemm<T>();
  std::vector<double> blas, own, ratio;
  for (int i = 0; i < turns; ++i) {
    blas.push_back(once([&] { sides.blas(); }));
    own.push_back(once([&] { sides.own(gemm); }));
    ratio.push_back(blas.back() / own.back());
  }
  const double operations = 2.0 * shape.n * shape.k * shape.m;
  std::printf("| (%d, %d)%s (%d, %d)%s | %s | %.2f us | %.2f us | %.1f | %.1f | %.2f |\n",
              shape.transposed_a ? shape.k : shape.n, shape.transposed_a ? shape.n : shape.k,
              shape.transposed_a ? "^T" : "", shape.transposed_b ? shape.m : shape.k,
              shape.transposed_b ? shape.k : shape.m, shape.transposed_b ? "^T" : "",
              sizeof(T) == sizeof(float) ? "float32" : "float64", 1e6 * bench::median(own), 1e6 * bench::median(blas),
              1e-9 * operations / bench::median(own), 1e-9 * operations / bench::median(blas), bench::median(ratio));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (openblas_set_num_threads) openblas_set_num_threads(1);
  if (!xgrad::ops::own_gemm<float>()) {
    std::printf("This processor has no AVX2, or XGRAD_DISABLE_AVX2 says so: all products are OpenBLAS's.\n");
    return 0;
  }
  const bool all = bench::has_flag(argc, argv, "--grid");
  const int turns = bench::flag(argc, argv, "--turns", all ? 9 : 31);
  std::printf("%s, one thread, medians of %d turns\n\n", bench::processor().c_str(), turns);
  std::printf("| product | dtype | own | OpenBLAS | own, GFLOP/s | OpenBLAS, GFLOP/s | OpenBLAS / own |\n");
  std::printf("| --- | --- | --- | --- | --- | --- | --- |\n");
  for (const Shape& shape : all ? grid() : networks()) compare<float>(shape, turns);
  for (const Shape& shape : all ? grid() : networks()) compare<double>(shape, turns);
  return 0;
}
