#pragma once

#include <nn/module.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

/// Joins the axes from start_axis to end_axis: by default (N, C, H, W) becomes (N, C * H * W). Throws Error on inputs
/// that lack one of them, and where start_axis comes after end_axis.
class Flatten : public Module {
 public:
  explicit Flatten(int start_axis = 1, int end_axis = -1);

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  int start_axis_;
  int end_axis_;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
