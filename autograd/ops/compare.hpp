#pragma once

#include <autograd/ops.hpp>

#pragma GCC visibility push(default)
/// Whether tensors agree.
namespace xgrad {

struct CloseOptions {
  double rtol = 1e-5;      ///< allowed distance for each unit of |b|
  double atol = 1e-8;      ///< allowed distance beside that
  bool equal_nan = false;  ///< whether NaN is close to NaN
};

/// A bool tensor: |a - b| <= atol + rtol |b|, computed in float64; a and b broadcast. Infinities are close to
/// themselves only. Distances of int64 tensors are exact. Throws Error on tolerances below 0 or NaN.
Tensor isclose(const Operand& a, const Operand& b, const CloseOptions& options = {});
/// Whether that holds everywhere, and for tensors without elements. Runs both.
bool allclose(const Operand& a, const Operand& b, const CloseOptions& options = {});

struct EqualOptions {
  bool equal_nan = false;  ///< whether NaN equals NaN
};
/// Whether both have the same shape and equal elements, of one dtype or another (NumPy's array_equal, PyTorch's equal).
/// Runs both where the shapes agree.
bool array_equal(const Operand& a, const Operand& b, const EqualOptions& options = {});

}  // namespace xgrad
#pragma GCC visibility pop
