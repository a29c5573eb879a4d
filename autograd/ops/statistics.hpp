#pragma once

#include <cstdint>

#include <autograd/ops.hpp>

#pragma GCC visibility push(default)
/// Statistics, reductions that leave NaN out, differences and counts.
namespace xgrad {

/// What var_mean() gives.
struct VarMean {
  Tensor var, mean;
};
/// What std_mean() gives.
struct StdMean {
  Tensor std, mean;
};
/// var() and mean(), and std() and mean(), of the same elements.
VarMean var_mean(const Operand& x, const Axes& axes = {}, VarOptions options = {});
StdMean std_mean(const Operand& x, const Axes& axes = {}, VarOptions options = {});

/// What aminmax() gives.
struct MinMax {
  Tensor min, max;
};
/// min() and max() of the same elements.
MinMax aminmax(const Operand& x, const Axes& axes = {}, ReduceOptions options = {});

/// sum() and mean() of the elements that are not NaN: 0 and NaN where there are none.
Tensor nansum(const Operand& x, const Axes& axes = {}, ReduceOptions options = {});
Tensor nanmean(const Operand& x, const Axes& axes = {}, ReduceOptions options = {});
/// How many elements are not 0, in int64. NaN is not 0.
Tensor count_nonzero(const Operand& x, const Axes& axes = {}, ReduceOptions options = {});

/// Covariances between the rows of x, (variables, observations), of shape (variables, variables). A vector is one
/// variable: the result is a scalar.
struct CovOptions {
  double correction = 1;  ///< the divisor is the number of observations less this
  Tensor fweights = {};   ///< int64: how often each observation counts
  Tensor aweights = {};   ///< how much each observation weighs
};
Tensor cov(const Operand& x, const CovOptions& options = {});
/// cov() divided by both standard deviations: within [-1, 1], NaN where one is 0.
Tensor corrcoef(const Operand& x);

/// The differences x[i + 1] - x[i] along an axis, `count` times, of x after `prepend` and before `append`, if given. Of
/// bools, whether neighbours differ. Throws Error unless 0 <= count <= 65536.
Tensor diff(const Operand& x, std::int64_t count = 1, int axis = -1, const Operand& prepend = {},
            const Operand& append = {});
/// The integral of y along an axis by the trapezoidal rule, for points dx apart, or at x: a vector for the axis, or a
/// tensor that broadcasts with y. 0 of fewer than two points.
Tensor trapezoid(const Operand& y, double dx = 1, int axis = -1);
Tensor trapezoid(const Operand& y, const Operand& x, int axis = -1);
/// The same up to each point but the first.
Tensor cumulative_trapezoid(const Operand& y, double dx = 1, int axis = -1);
Tensor cumulative_trapezoid(const Operand& y, const Operand& x, int axis = -1);

/// How many elements lie in each of `bins` equal parts of [low, high], whose last includes high; between the least and
/// the largest element where low and high are equal. Elements outside, and NaN, do not count. Has x's dtype, which is
/// floating-point, and no derivative.
Tensor histc(const Operand& x, std::int64_t bins = 100, double low = 0, double high = 0);
/// How often each of 0, 1, ... occurs in x, an int64 vector from 0 on: int64, or the sums of the weights in their dtype
/// (float64 for int64 and bool). It has max(x) + 1 entries, `minlength` at least. Runs x.
Tensor bincount(const Operand& x, const Operand& weights = {}, std::int64_t minlength = 0);

}  // namespace xgrad
#pragma GCC visibility pop
