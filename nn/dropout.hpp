#pragma once

#include <string>

#include <nn/module.hpp>

#pragma GCC visibility push(default)
/// Dropout: entries, or whole channels, set to 0 or another value at random while training. Inputs are floating-point,
/// numbers come from the default generator, and everything throws Error unless 0 <= p <= 1.
namespace xgrad::nn {

struct DropoutOptions {
  double p = 0.5;
  bool training = true;
};

/// x with entries set to 0 with probability p, independently, and the others multiplied by 1 / (1 - p), so that the
/// expected value stays (Srivastava et al., 2014); x itself unless `training`. Any shape. With p = 1 everything is 0.
Tensor dropout(const Operand& x, const DropoutOptions& options = {});
/// The same for whole channels (Tompson et al., 2015): of (N, C, L) or (C, L),
Tensor dropout1d(const Operand& x, const DropoutOptions& options = {});
/// of (N, C, H, W) or, as PyTorch has it, (N, C, L),
Tensor dropout2d(const Operand& x, const DropoutOptions& options = {});
/// and of (N, C, D, H, W) or (C, D, H, W).
Tensor dropout3d(const Operand& x, const DropoutOptions& options = {});
/// Dropout that keeps mean 0 and variance 1, for networks of SELU (Klambauer et al., 2017): entries become the value
/// that SELU approaches at -inf with probability p, and everything is scaled and shifted. With p = 1 everything is 0.
Tensor alpha_dropout(const Operand& x, const DropoutOptions& options = {});
/// The same for whole channels of (N, C, ...), of two axes or more.
Tensor feature_alpha_dropout(const Operand& x, const DropoutOptions& options = {});

/// Dropout in training mode, the identity in evaluation mode: nn::dropout.
class Dropout : public Module {
 public:
  explicit Dropout(double p = 0.5) : Dropout("Dropout", p) {}

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 protected:
  Dropout(std::string type_name, double p);

  double p() const noexcept { return p_; }

 private:
  double p_;
};

/// nn::dropout1d.
class Dropout1d : public Dropout {
 public:
  explicit Dropout1d(double p = 0.5) : Dropout("Dropout1d", p) {}
  Tensor forward(const Tensor& x) const override;
};

/// nn::dropout2d.
class Dropout2d : public Dropout {
 public:
  explicit Dropout2d(double p = 0.5) : Dropout("Dropout2d", p) {}
  Tensor forward(const Tensor& x) const override;
};

/// nn::dropout3d.
class Dropout3d : public Dropout {
 public:
  explicit Dropout3d(double p = 0.5) : Dropout("Dropout3d", p) {}
  Tensor forward(const Tensor& x) const override;
};

/// nn::alpha_dropout.
class AlphaDropout : public Dropout {
 public:
  explicit AlphaDropout(double p = 0.5) : Dropout("AlphaDropout", p) {}
  Tensor forward(const Tensor& x) const override;
};

/// nn::feature_alpha_dropout.
class FeatureAlphaDropout : public Dropout {
 public:
  explicit FeatureAlphaDropout(double p = 0.5) : Dropout("FeatureAlphaDropout", p) {}
  Tensor forward(const Tensor& x) const override;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
