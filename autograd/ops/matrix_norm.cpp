#include <cmath>
#include <limits>

#include <autograd/ops/lapack.hpp>
#include <autograd/ops/matrices.hpp>
#include <autograd/ops/scan.hpp>

namespace xgrad {
namespace {

using namespace lapack;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// x with the axes of its matrices, which keep their order, at its end.
struct Moved {
  Tensor x;
  int rows, columns;  ///< the axes where they were

  Moved(const char* op, const Operand& given, const MatrixNormOptions& options) {
    const Tensor matrices = checked_matrices(op, "x", given);
    rows = ops::checked_axis(op, options.axes.first, matrices.shape());
    columns = ops::checked_axis(op, options.axes.second, matrices.shape());
    if (rows == columns) {
      fail(op, "axes " + std::to_string(options.axes.first) + " and " + std::to_string(options.axes.second) +
                   " are the same, for shape " + to_string(matrices.shape()) + "; two are expected");
    }
    std::vector<int> order;
    for (int axis = 0; axis < matrices.rank(); ++axis)
      if (axis != rows && axis != columns) order.push_back(axis);
    order.push_back(rows);
    order.push_back(columns);
    x = transpose(matrices, order);
  }

  /// The norms, with the axes of the matrices where they are to stay.
  Tensor placed(const Tensor& norms, bool keepdims) const {
    return keepdims ? expand_dims(norms, {std::min(rows, columns), std::max(rows, columns)}) : norms;
  }
};

[[noreturn]] void refuse_norm(const char* op, const std::string& given) {
  fail(op, "ord is " + given + R"(; expected "fro", "nuc", 1, -1, 2, -2, infinity or -infinity)");
}

/// The largest or the least of the last axis.
Tensor extreme(const Tensor& values, bool largest) { return largest ? max(values, -1) : min(values, -1); }

Tensor norm_of(const char* op, const Tensor& x, double ord) {
  const double size = std::abs(ord);
  if (size == 1) return extreme(sum(abs(x), -2), ord > 0);
  if (size == infinity) return extreme(sum(abs(x), -1), ord > 0);
  if (size == 2) return extreme(svd(x).s, ord > 0);
  refuse_norm(op, Number(ord).text());
}

Tensor norm_of(const char* op, const Tensor& x, const std::string& ord) {
  if (ord == "fro") return norm(x, 2, {-2, -1});
  if (ord == "nuc") return sum(svd(x).s, -1);
  refuse_norm(op, '"' + ord + '"');
}

template <class Ord>
Tensor condition(const Operand& x, const Ord& ord) {
  const Tensor matrices = checked_square("cond", "x", x);
  const Tensor number = norm_of("cond", matrices, ord) * norm_of("cond", inverse_or_infinity(matrices), ord);
  // Norms of infinities in all entries may be NaN.
  return where(slogdet(stop_gradient(matrices)).sign == 0.0, infinity, number);
}

}  // namespace

Tensor matrix_norm(const Operand& x, const std::string& ord, const MatrixNormOptions& options) {
  const Called called("matrix_norm");
  const Moved moved("matrix_norm", x, options);
  return moved.placed(norm_of("matrix_norm", moved.x, ord), options.keepdims);
}

Tensor matrix_norm(const Operand& x, double ord, const MatrixNormOptions& options) {
  const Called called("matrix_norm");
  const Moved moved("matrix_norm", x, options);
  return moved.placed(norm_of("matrix_norm", moved.x, ord), options.keepdims);
}

Tensor matrix_norm(const Operand& x, const MatrixNormOptions& options) { return matrix_norm(x, "fro", options); }

Tensor vector_norm(const Operand& x, double ord, const Axes& axes, ReduceOptions options) {
  const Called called("vector_norm");
  ops::check_defined("vector_norm", "x", x);
  return norm(x, ord, axes, options);
}

Tensor cond(const Operand& x, double ord) {
  const Called called("cond");
  const Tensor matrices = checked_matrices("cond", "x", x);
  if (std::abs(ord) != 1 && std::abs(ord) != 2 && std::abs(ord) != infinity) refuse_norm("cond", Number(ord).text());
  if (matrices.size(-1) == 0 || matrices.size(-2) == 0) return zeros(of_batch(matrices), matrices.dtype());
  if (std::abs(ord) != 2) return condition(x, ord);
  const Tensor s = svd(matrices).s;
  const Tensor most = squeeze(slice(s, -1, 0, 1), -1), least = squeeze(slice(s, -1, s.size(-1) - 1, s.size(-1)), -1);
  return ord > 0 ? where(most == 0.0, infinity, most / least) : where(most == 0.0, 0.0, least / most);
}

Tensor cond(const Operand& x, const std::string& ord) {
  const Called called("cond");
  const Tensor matrices = checked_square("cond", "x", x);
  if (matrices.size(-1) == 0 && (ord == "fro" || ord == "nuc")) return zeros(of_batch(matrices), matrices.dtype());
  return condition(matrices, ord);
}

namespace {

using Inputs = const std::vector<Tensor>&;

std::vector<Sample> matrix_norm_samples() {
  const Tensor x = ops::sample_values({2, 3, 2}, -1, 2);
  const auto by_number = [](double ord) { return [ord](Inputs in) { return matrix_norm(in[0], ord); }; };
  return {{"fro", [](Inputs in) { return matrix_norm(in[0]); }, {x}},
          {"nuc", [](Inputs in) { return matrix_norm(in[0], "nuc"); }, {x}},
          {"1", by_number(1), {x}},
          {"-1", by_number(-1), {x}},
          {"2", by_number(2), {x}},
          {"-2", by_number(-2), {x}},
          {"infinity", by_number(infinity), {x}},
          {"-infinity", by_number(-infinity), {x}},
          {"other axes, kept",
           [](Inputs in) {
             return matrix_norm(in[0], 1, {.axes = {2, 0}, .keepdims = true});
           },
           {x}}};
}

std::vector<Sample> vector_norm_samples() {
  const Tensor x = ops::sample_values({2, 3}, -1, 2);
  return {{"2", [](Inputs in) { return vector_norm(in[0]); }, {x}},
          {"1", [](Inputs in) { return vector_norm(in[0], 1, 0); }, {x}}};
}

std::vector<Sample> cond_samples() {
  const Tensor x = sample_matrix({2, 2, 2});
  const auto by_number = [](double ord) { return [ord](Inputs in) { return cond(in[0], ord); }; };
  return {{"2", by_number(2), {x}},
          {"-2", by_number(-2), {x}},
          {"1", by_number(1), {x}},
          {"fro", [](Inputs in) { return cond(in[0], "fro"); }, {x}}};
}

constexpr Composition matrix_norm_composition{"matrix_norm", &matrix_norm_samples};
constexpr Composition vector_norm_composition{"vector_norm", &vector_norm_samples};
constexpr Composition cond_composition{"cond", &cond_samples};

}  // namespace

std::span<const Composition* const> matrix_norm_compositions() {
  static constexpr const Composition* list[] = {&matrix_norm_composition, &vector_norm_composition, &cond_composition};
  return list;
}

}  // namespace xgrad
