#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include <autograd/autograd.hpp>

namespace xgrad::test {

/// A program drawn from a seed: operations on tensors whose shapes all broadcast to (rows, columns) or (2, rows,
/// columns). Values stay of order 1, so that errors do not grow.
class RandomProgram {
 public:
  /// Whether stop_gradient is among the operations, which makes gradients differ from difference quotients.
  enum class Operations { all, differentiable };

  RandomProgram(unsigned seed, std::int64_t rows, std::int64_t columns, Operations operations = Operations::all)
      : random_(seed), rows_(rows), columns_(columns), operations_(operations) {}

  std::vector<Tensor> inputs(DType dtype) {
    Generator generator(random_());
    const auto draw = [&](const Shape& shape) { return randn(shape, dtype, generator); };
    std::vector<Tensor> result = {draw({rows_, columns_}), draw({columns_}), draw({rows_, 1}), draw({}), draw({1, 1}),
                                  draw({2, 1, columns_})};
    eval(result);
    return result;
  }

  /// The results of `count` operations on the inputs. Every call draws anew; copy the program to repeat one.
  std::vector<Tensor> operator()(std::vector<Tensor> pool, int count) {
    for (int i = 0; i < count; ++i) {
      const Tensor x = pick(pool), y = pick(pool);
      pool.push_back(operation(x, y));
    }
    return {pool.end() - count, pool.end()};
  }

  std::size_t below(std::size_t count) { return random_() % count; }

 private:
  const Tensor& pick(const std::vector<Tensor>& pool) {
    // Mostly what is recent, so that chains grow.
    const std::size_t recent = std::min<std::size_t>(pool.size(), 6);
    return below(3) > 0 ? pool[pool.size() - 1 - below(recent)] : pool[below(pool.size())];
  }

  Tensor operation(const Tensor& x, const Tensor& y) {
    const int axis = x.rank() == 0 ? 0 : static_cast<int>(below(x.shape().size()));
    const Axes axes = x.rank() == 0 ? Axes() : Axes(axis);
    switch (below(operations_ == Operations::all ? 30 : 29)) {
      case 0:
        return tanh(x + y);
      case 1:
        return x - 0.5 * y;
      case 2:
        return tanh(x) * sigmoid(y);
      case 3:
        return x / (1.5 + square(y));
      case 4:
        return relu(x);
      case 5:
        return maximum(x, y);
      case 6:
        return where(x > y, 0.5 * x, y);
      case 7:
        return clip(x, -1, 0.7);
      case 8:
        return exp(-square(x)) + y;
      case 9:
        return log1p(square(x));
      case 10:
        return sqrt(1 + square(x + y));
      case 11:
        return abs(x) * 0.5;
      case 12:
        return mean(x, axes, {.keepdims = true});
      case 13:
        return tanh(sum(x, axes, {.keepdims = true}));
      case 14:
        return max(x, axes, {.keepdims = true});
      case 15:
        return mean(x);
      case 16:
        return x.rank() == 0 ? x : softmax(x, axis) + y;
      case 17:
        return x.rank() == 0 ? x : log_softmax(x, axis) * 0.1;
      case 18:
        return x - mean(x, axes, {.keepdims = true});
      case 19:
        return x.rank() == 0 ? x : flip(x, axis);
      case 20:
        return transpose(tanh(transpose(x)));
      case 21:
        return reshape(flatten(x) * 0.9, x.shape());
      case 22:
        return dense(x);
      case 23:
        return minimum(x, y) + (x == y);
      case 24:
        return x.rank() == 0 ? x : slice(concatenate({x, x}, axis), axis, 1, 1 + x.size(axis));
      case 25:
        return broadcast_to(x, (x + y).shape());
      case 26: {
        const Tensor wide = broadcast_to(x, (x + y).shape());
        return wide.rank() == 0 ? x : 0.5 * sum(wide, 0, {.keepdims = true});
      }
      case 27:
        return x.rank() < 2 ? y : tanh(sum(x + y, {-1, -2}, {.keepdims = true}));
      case 28:
        return x.rank() < 2 ? y : var(x, x.rank() == 3 ? Axes{0, 2} : Axes{0}, {.correction = 0, .keepdims = true});
      default:
        return stop_gradient(x) * y;
    }
  }

  static Tensor flip(const Tensor& x, int axis) {
    std::vector<Slice> ranges(static_cast<std::size_t>(axis) + 1);
    ranges.back().step = -1;
    return slice(x, ranges);
  }

  /// tanh(x x^T x) for matrices, the identity for the rest.
  static Tensor dense(const Tensor& x) {
    return x.rank() < 2 ? x : tanh(0.1 * matmul(matmul(x, swapaxes(x, -1, -2)), x));
  }

  std::mt19937 random_;
  std::int64_t rows_;
  std::int64_t columns_;
  Operations operations_;
};

}  // namespace xgrad::test
