#pragma once

#include <nn/module.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

/// Joins the axes from start_axis on: with start_axis 1, (N, C, H, W) becomes (N, C * H * W).
class Flatten : public Module {
 public:
  explicit Flatten(int start_axis = 1);

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  int start_axis_;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
