#include <autograd/autograd.hpp>

#include "descent.hpp"

namespace gradbench {

using namespace xgrad;

Tensor slope(Mode mode, const TensorFunction& f, const Tensor& x) {
  if (mode == Mode::reverse) return gradient(f, x);
  return vmap([&](const Tensor& direction) { return jvp(f, x, direction).second; })(eye(x.size(), x.size(), float64));
}

}  // namespace gradbench
