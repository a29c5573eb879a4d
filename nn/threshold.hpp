#pragma once

#include <nn/module.hpp>

#pragma GCC visibility push(default)
/// Activations that are linear in pieces, cut at a threshold or of a random slope.
namespace xgrad::nn {

/// x above the threshold, `value` elsewhere.
class Threshold : public Module {
 public:
  Threshold(double threshold, double value) : Module("Threshold"), threshold_(threshold), value_(value) {}
  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  double threshold_;
  double value_;
};

/// x where |x| > lambd, 0 elsewhere.
class Hardshrink : public Module {
 public:
  explicit Hardshrink(double lambd = 0.5) : Module("Hardshrink"), lambd_(lambd) {}
  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  double lambd_;
};

/// x - lambd where x > lambd, x + lambd where x < -lambd, 0 elsewhere. Throws Error where lambd is negative.
class Softshrink : public Module {
 public:
  explicit Softshrink(double lambd = 0.5);
  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  double lambd_;
};

/// x from 0 on, slope x below, where in training mode each entry has a slope of its own, uniform between lower and
/// upper, and in evaluation mode (lower + upper) / 2 (Xu et al., 2015). Numbers come from the default generator. Throws
/// Error unless lower <= upper.
class RReLU : public Module {
 public:
  explicit RReLU(double lower = 1.0 / 8, double upper = 1.0 / 3);
  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  double lower_;
  double upper_;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
