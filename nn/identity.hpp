#pragma once

#include <nn/module.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

/// The input itself: a place for another module.
class Identity : public Module {
 public:
  Identity() : Module("Identity") {}
  Tensor forward(const Tensor& x) const override;
};

/// One axis as several, of which one extent may be -1: with Unflatten(1, {2, 5}), (N, 10, ...) becomes (N, 2, 5, ...).
/// Throws Error where the extents do not fit.
class Unflatten : public Module {
 public:
  Unflatten(int axis, const std::vector<std::int64_t>& sizes);

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  int axis_;
  std::vector<std::int64_t> sizes_;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
