#pragma once

#include <string>
#include <vector>

#include <autograd/differentiate/gradient.hpp>

#pragma GCC visibility push(default)
namespace xgrad {

struct GradcheckOptions {
  /// Step of the central difference (f(x + eps) - f(x - eps)) / (2 eps).
  double eps = 1e-6;
  /// An entry passes where |analytic - numeric| <= atol + rtol * |numeric|.
  double atol = 1e-6;
  double rtol = 1e-5;
  /// 1 compares the gradient of f with differences of f. 2 also compares the gradient of that gradient with
  /// differences of the gradient.
  int order = 1;
  /// Seed of the fixed random weights that turn a tensor-valued f into a scalar.
  std::uint64_t seed = 0;
};

/// The findings of gradcheck: whether every entry passed, and the worst one.
struct GradcheckResult {
  bool passed = true;
  int order = 1;                      ///< order of the worst entry
  int input = -1;                     ///< position of the input it belongs to; -1 where nothing was compared
  std::vector<std::int64_t> indices;  ///< its place in that input
  double analytic = 0;
  double numeric = 0;
  std::string message;  ///< all of this in one line

  explicit operator bool() const noexcept { return passed; }
};

/// Compares derivatives of f with central differences, entry by entry, in float64. Inputs that are not floating-point
/// are passed on as they are; float32 inputs are converted to float64. f may be tensor-valued: the check is made on the
/// sum of its entries times fixed random weights. f must be deterministic. Throws Error on an order other than 1 or 2
/// or on a non-positive eps.
GradcheckResult gradcheck(const TensorsFunction& f, const std::vector<Tensor>& inputs,
                          const GradcheckOptions& options = {});
GradcheckResult gradcheck(const TensorFunction& f, const Tensor& input, const GradcheckOptions& options = {});

}  // namespace xgrad
#pragma GCC visibility pop
