#pragma once

#include <autograd/ops/activations.hpp>
#include <nn/module.hpp>

#pragma GCC visibility push(default)
/// The activation functions of ops.hpp as modules, for inputs of any shape unless said otherwise.
namespace xgrad::nn {

/// tanh().
class Tanh : public Module {
 public:
  Tanh() : Module("Tanh") {}
  Tensor forward(const Tensor& x) const override;
};

/// relu().
class ReLU : public Module {
 public:
  ReLU() : Module("ReLU") {}
  Tensor forward(const Tensor& x) const override;
};

/// sigmoid().
class Sigmoid : public Module {
 public:
  Sigmoid() : Module("Sigmoid") {}
  Tensor forward(const Tensor& x) const override;
};

/// log_sigmoid().
class LogSigmoid : public Module {
 public:
  LogSigmoid() : Module("LogSigmoid") {}
  Tensor forward(const Tensor& x) const override;
};

/// silu().
class SiLU : public Module {
 public:
  SiLU() : Module("SiLU") {}
  Tensor forward(const Tensor& x) const override;
};

/// mish().
class Mish : public Module {
 public:
  Mish() : Module("Mish") {}
  Tensor forward(const Tensor& x) const override;
};

/// selu().
class SELU : public Module {
 public:
  SELU() : Module("SELU") {}
  Tensor forward(const Tensor& x) const override;
};

/// relu6().
class ReLU6 : public Module {
 public:
  ReLU6() : Module("ReLU6") {}
  Tensor forward(const Tensor& x) const override;
};

/// hardsigmoid().
class Hardsigmoid : public Module {
 public:
  Hardsigmoid() : Module("Hardsigmoid") {}
  Tensor forward(const Tensor& x) const override;
};

/// hardswish().
class Hardswish : public Module {
 public:
  Hardswish() : Module("Hardswish") {}
  Tensor forward(const Tensor& x) const override;
};

/// softsign().
class Softsign : public Module {
 public:
  Softsign() : Module("Softsign") {}
  Tensor forward(const Tensor& x) const override;
};

/// tanhshrink().
class Tanhshrink : public Module {
 public:
  Tanhshrink() : Module("Tanhshrink") {}
  Tensor forward(const Tensor& x) const override;
};

/// gelu(), exact or by the approximation with tanh.
class GELU : public Module {
 public:
  explicit GELU(GeluApproximation approximate = GeluApproximation::none) : Module("GELU"), approximate_(approximate) {}
  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  GeluApproximation approximate_;
};

/// softplus(). Throws Error unless beta > 0.
class Softplus : public Module {
 public:
  explicit Softplus(double beta = 1, double threshold = 20);
  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  double beta_;
  double threshold_;
};

/// elu().
class ELU : public Module {
 public:
  explicit ELU(double alpha = 1) : Module("ELU"), alpha_(alpha) {}
  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  double alpha_;
};

/// celu(). Throws Error where alpha is 0.
class CELU : public Module {
 public:
  explicit CELU(double alpha = 1);
  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  double alpha_;
};

/// leaky_relu().
class LeakyReLU : public Module {
 public:
  explicit LeakyReLU(double negative_slope = 0.01) : Module("LeakyReLU"), negative_slope_(negative_slope) {}
  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  double negative_slope_;
};

/// hardtanh(). Throws Error unless min < max.
class Hardtanh : public Module {
 public:
  explicit Hardtanh(double min = -1, double max = 1);
  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  double min_;
  double max_;
};

/// x above 0, weight * x elsewhere. The parameter weight: (num_parameters,) is one number, or one for each channel of
/// x: (N, C, ...), and starts as `init`. Throws Error unless num_parameters > 0.
class PReLU : public Module {
 public:
  explicit PReLU(std::int64_t num_parameters = 1, double init = 0.25);
  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

  Parameter weight;
};

/// The first half of an axis times the sigmoid of the second.
class GLU : public Module {
 public:
  explicit GLU(int axis = -1) : Module("GLU"), axis_(axis) {}
  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  int axis_;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
