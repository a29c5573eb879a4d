#pragma once

#include <cblas.h>

#include <vector>

#include "networks.hpp"

namespace bench {

/// The matrix products of a training step through cblas_sgemm and nothing else: the floor that a step stands on.
/// Forward y = x w^T; backward dw = dy^T x and, except for the first layer, dx = dy w. Every layer has its own memory.
class Products {
 public:
  Products(const std::vector<Layer>& layers, std::int64_t batch) : batch_(static_cast<int>(batch)) {
    for (const Layer& layer : layers) memory_.emplace_back(layer, batch);
  }

  void step() {
    for (Memory& m : memory_) product(CblasNoTrans, CblasTrans, batch_, m.out, m.in, m.x, m.w, m.y);
    for (auto m = memory_.rbegin(); m != memory_.rend(); ++m) {
      product(CblasTrans, CblasNoTrans, m->out, m->in, batch_, m->y, m->x, m->dw);
      if (m + 1 != memory_.rend()) product(CblasNoTrans, CblasNoTrans, batch_, m->in, m->out, m->y, m->w, m->dx);
    }
  }

 private:
  using Matrix = std::vector<float>;

  /// One layer's x (batch, in), w (out, in), y (batch, out) and the gradients of x and w; y is its own gradient.
  struct Memory {
    Memory(const Layer& layer, std::int64_t batch)
        : in(static_cast<int>(layer.in)),
          out(static_cast<int>(layer.out)),
          x(static_cast<std::size_t>(batch * layer.in), 0.01f),
          w(static_cast<std::size_t>(layer.out * layer.in), 0.01f),
          y(static_cast<std::size_t>(batch * layer.out)),
          dx(x.size()),
          dw(w.size()) {}

    int in;
    int out;
    Matrix x, w, y, dx, dw;
  };

  /// c (n, m) = op(a) op(b) with an inner extent of k.
  static void product(CBLAS_TRANSPOSE op_a, CBLAS_TRANSPOSE op_b, int n, int m, int k, const Matrix& a, const Matrix& b,
                      Matrix& c) {
    cblas_sgemm(CblasRowMajor, op_a, op_b, n, m, k, 1, a.data(), op_a == CblasTrans ? n : k, b.data(),
                op_b == CblasTrans ? k : m, 0, c.data(), m);
  }

  int batch_;
  std::vector<Memory> memory_;
};

}  // namespace bench
