#pragma once

#include <nn/module.hpp>

namespace xgrad::nn {

/// In training mode sets entries to 0 with probability p, independently, and multiplies the others by 1 / (1 - p), so
/// that the expected value stays (Srivastava et al., 2014). In evaluation mode the identity. Any shape, floating-point.
/// Numbers come from the default generator. Throws Error unless 0 <= p <= 1; with p = 1 everything is 0.
class Dropout : public Module {
 public:
  explicit Dropout(double p = 0.5);

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  double p_;
};

}  // namespace xgrad::nn
