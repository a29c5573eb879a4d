#pragma once

#include <nn/module.hpp>

namespace xgrad::nn {

struct DropoutOptions {
  double p = 0.5;
  bool training = true;
};

/// x with entries set to 0 with probability p, independently, and the others multiplied by 1 / (1 - p), so that the
/// expected value stays (Srivastava et al., 2014); x itself unless `training`. Any shape, floating-point. Numbers come
/// from the default generator. Throws Error unless 0 <= p <= 1; with p = 1 everything is 0.
Tensor dropout(const Operand& x, const DropoutOptions& options = {});

/// Dropout in training mode, the identity in evaluation mode. Throws Error unless 0 <= p <= 1.
class Dropout : public Module {
 public:
  explicit Dropout(double p = 0.5);

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  double p_;
};

}  // namespace xgrad::nn
