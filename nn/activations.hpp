#pragma once

#include <nn/module.hpp>

namespace xgrad::nn {

/// The elementwise functions of ops.hpp as modules, for inputs of any shape.
class Tanh : public Module {
 public:
  Tanh() : Module("Tanh") {}
  Tensor forward(const Tensor& x) const override;
};

class ReLU : public Module {
 public:
  ReLU() : Module("ReLU") {}
  Tensor forward(const Tensor& x) const override;
};

class Sigmoid : public Module {
 public:
  Sigmoid() : Module("Sigmoid") {}
  Tensor forward(const Tensor& x) const override;
};

}  // namespace xgrad::nn
