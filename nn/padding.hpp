#pragma once

#include <string>
#include <vector>

#include <autograd/ops/rearrange.hpp>
#include <nn/module.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

/// Layers that add places before and after each spatial axis: xgrad::pad. The base of the classes below, which differ
/// in the axes and in what they add. Inputs are (N, C, ...) or (C, ...), and may be of any dtype.
///
/// The padding is one number for all sides, or a pair of numbers for each spatial axis, the last axis first, as
/// PyTorch's: (left, right), (left, right, top, bottom) or (left, right, top, bottom, front, back). Negative numbers
/// take places away, in the constant mode. Throws Error on as many numbers as do not fit the axes, and on inputs of
/// another rank.
class PaddingLayer : public Module {
 public:
  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 protected:
  PaddingLayer(std::string type_name, int axes, std::vector<std::int64_t> padding, PadOptions options);
  PaddingLayer(std::string type_name, int axes, std::int64_t all_sides, PadOptions options)
      : PaddingLayer(std::move(type_name), axes,
                     std::vector<std::int64_t>(2 * static_cast<std::size_t>(axes), all_sides), options) {}

 private:
  int axes_;
  std::vector<std::int64_t> padding_;
  PadOptions options_;
};

/// A number on all sides. Of (N, C, L).
class ConstantPad1d : public PaddingLayer {
 public:
  ConstantPad1d(std::int64_t padding, Number value) : PaddingLayer("ConstantPad1d", 1, padding, {.value = value}) {}
  ConstantPad1d(const std::vector<std::int64_t>& padding, Number value)
      : PaddingLayer("ConstantPad1d", 1, padding, {.value = value}) {}
};

/// The same of (N, C, H, W).
class ConstantPad2d : public PaddingLayer {
 public:
  ConstantPad2d(std::int64_t padding, Number value) : PaddingLayer("ConstantPad2d", 2, padding, {.value = value}) {}
  ConstantPad2d(const std::vector<std::int64_t>& padding, Number value)
      : PaddingLayer("ConstantPad2d", 2, padding, {.value = value}) {}
};

/// The same of (N, C, D, H, W).
class ConstantPad3d : public PaddingLayer {
 public:
  ConstantPad3d(std::int64_t padding, Number value) : PaddingLayer("ConstantPad3d", 3, padding, {.value = value}) {}
  ConstantPad3d(const std::vector<std::int64_t>& padding, Number value)
      : PaddingLayer("ConstantPad3d", 3, padding, {.value = value}) {}
};

/// Zeros on all sides. Of (N, C, L).
class ZeroPad1d : public PaddingLayer {
 public:
  explicit ZeroPad1d(std::int64_t padding) : PaddingLayer("ZeroPad1d", 1, padding, {}) {}
  explicit ZeroPad1d(const std::vector<std::int64_t>& padding) : PaddingLayer("ZeroPad1d", 1, padding, {}) {}
};

/// The same of (N, C, H, W).
class ZeroPad2d : public PaddingLayer {
 public:
  explicit ZeroPad2d(std::int64_t padding) : PaddingLayer("ZeroPad2d", 2, padding, {}) {}
  explicit ZeroPad2d(const std::vector<std::int64_t>& padding) : PaddingLayer("ZeroPad2d", 2, padding, {}) {}
};

/// The same of (N, C, D, H, W).
class ZeroPad3d : public PaddingLayer {
 public:
  explicit ZeroPad3d(std::int64_t padding) : PaddingLayer("ZeroPad3d", 3, padding, {}) {}
  explicit ZeroPad3d(const std::vector<std::int64_t>& padding) : PaddingLayer("ZeroPad3d", 3, padding, {}) {}
};

/// The input mirrored at its edges, which are not repeated. Of (N, C, L).
class ReflectionPad1d : public PaddingLayer {
 public:
  explicit ReflectionPad1d(std::int64_t padding)
      : PaddingLayer("ReflectionPad1d", 1, padding, {.mode = PadMode::reflect}) {}
  explicit ReflectionPad1d(const std::vector<std::int64_t>& padding)
      : PaddingLayer("ReflectionPad1d", 1, padding, {.mode = PadMode::reflect}) {}
};

/// The same of (N, C, H, W).
class ReflectionPad2d : public PaddingLayer {
 public:
  explicit ReflectionPad2d(std::int64_t padding)
      : PaddingLayer("ReflectionPad2d", 2, padding, {.mode = PadMode::reflect}) {}
  explicit ReflectionPad2d(const std::vector<std::int64_t>& padding)
      : PaddingLayer("ReflectionPad2d", 2, padding, {.mode = PadMode::reflect}) {}
};

/// The same of (N, C, D, H, W).
class ReflectionPad3d : public PaddingLayer {
 public:
  explicit ReflectionPad3d(std::int64_t padding)
      : PaddingLayer("ReflectionPad3d", 3, padding, {.mode = PadMode::reflect}) {}
  explicit ReflectionPad3d(const std::vector<std::int64_t>& padding)
      : PaddingLayer("ReflectionPad3d", 3, padding, {.mode = PadMode::reflect}) {}
};

/// The edges repeated. Of (N, C, L).
class ReplicationPad1d : public PaddingLayer {
 public:
  explicit ReplicationPad1d(std::int64_t padding)
      : PaddingLayer("ReplicationPad1d", 1, padding, {.mode = PadMode::replicate}) {}
  explicit ReplicationPad1d(const std::vector<std::int64_t>& padding)
      : PaddingLayer("ReplicationPad1d", 1, padding, {.mode = PadMode::replicate}) {}
};

/// The same of (N, C, H, W).
class ReplicationPad2d : public PaddingLayer {
 public:
  explicit ReplicationPad2d(std::int64_t padding)
      : PaddingLayer("ReplicationPad2d", 2, padding, {.mode = PadMode::replicate}) {}
  explicit ReplicationPad2d(const std::vector<std::int64_t>& padding)
      : PaddingLayer("ReplicationPad2d", 2, padding, {.mode = PadMode::replicate}) {}
};

/// The same of (N, C, D, H, W).
class ReplicationPad3d : public PaddingLayer {
 public:
  explicit ReplicationPad3d(std::int64_t padding)
      : PaddingLayer("ReplicationPad3d", 3, padding, {.mode = PadMode::replicate}) {}
  explicit ReplicationPad3d(const std::vector<std::int64_t>& padding)
      : PaddingLayer("ReplicationPad3d", 3, padding, {.mode = PadMode::replicate}) {}
};

/// The input repeated. Of (N, C, L).
class CircularPad1d : public PaddingLayer {
 public:
  explicit CircularPad1d(std::int64_t padding)
      : PaddingLayer("CircularPad1d", 1, padding, {.mode = PadMode::circular}) {}
  explicit CircularPad1d(const std::vector<std::int64_t>& padding)
      : PaddingLayer("CircularPad1d", 1, padding, {.mode = PadMode::circular}) {}
};

/// The same of (N, C, H, W).
class CircularPad2d : public PaddingLayer {
 public:
  explicit CircularPad2d(std::int64_t padding)
      : PaddingLayer("CircularPad2d", 2, padding, {.mode = PadMode::circular}) {}
  explicit CircularPad2d(const std::vector<std::int64_t>& padding)
      : PaddingLayer("CircularPad2d", 2, padding, {.mode = PadMode::circular}) {}
};

/// The same of (N, C, D, H, W).
class CircularPad3d : public PaddingLayer {
 public:
  explicit CircularPad3d(std::int64_t padding)
      : PaddingLayer("CircularPad3d", 3, padding, {.mode = PadMode::circular}) {}
  explicit CircularPad3d(const std::vector<std::int64_t>& padding)
      : PaddingLayer("CircularPad3d", 3, padding, {.mode = PadMode::circular}) {}
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
