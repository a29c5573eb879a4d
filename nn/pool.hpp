#pragma once

#include <string>

#include <autograd/ops/pool.hpp>
#include <nn/module.hpp>

#pragma GCC visibility push(default)
/// Pooling layers: the operations of autograd/ops/pool.hpp with options of their own. Inputs have the axis N or lack
/// it, and so do results. Kernels and sizes below 1 are an Error when a layer is made.
namespace xgrad::nn {

/// The largest element of each window of (N, C, L): xgrad::max_pool1d.
class MaxPool1d : public Module {
 public:
  explicit MaxPool1d(std::int64_t kernel_size, const MaxPool1dOptions& options = {});

  Tensor forward(const Tensor& x) const override;
  /// The values with the places that they come from, which MaxUnpool1d takes.
  MaxPooled with_indices(const Operand& x) const;
  std::string arguments() const override;

 private:
  std::int64_t kernel_size_;
  MaxPool1dOptions options_;
};

/// The same of (N, C, H, W): xgrad::max_pool2d.
class MaxPool2d : public Module {
 public:
  explicit MaxPool2d(const Pair& kernel_size, const MaxPool2dOptions& options = {});

  Tensor forward(const Tensor& x) const override;
  MaxPooled with_indices(const Operand& x) const;
  std::string arguments() const override;

 private:
  Pair kernel_size_;
  MaxPool2dOptions options_;
};

/// The same of (N, C, D, H, W): xgrad::max_pool3d.
class MaxPool3d : public Module {
 public:
  explicit MaxPool3d(const Triple& kernel_size, const MaxPool3dOptions& options = {});

  Tensor forward(const Tensor& x) const override;
  MaxPooled with_indices(const Operand& x) const;
  std::string arguments() const override;

 private:
  Triple kernel_size_;
  MaxPool3dOptions options_;
};

struct MaxUnpoolOptions1d {
  std::optional<std::int64_t> stride = {};  ///< the kernel's size by default
  std::int64_t padding = 0;
};
struct MaxUnpoolOptions2d {
  PoolStride stride = {};
  Pair padding = 0;
};
struct MaxUnpoolOptions3d {
  PoolStride3d stride = {};
  Triple padding = 0;
};

/// Elements at the places that a max pool took them from, zeros elsewhere: xgrad::max_unpool1d. Called with the values
/// and the indices, and with the extents of the result where several are possible.
///
///     auto [values, indices] = pool.with_indices(x);
///     Tensor y = unpool(values, indices);
class MaxUnpool1d : public Module {
 public:
  explicit MaxUnpool1d(std::int64_t kernel_size, const MaxUnpoolOptions1d& options = {});

  using Module::operator();
  Tensor operator()(const Operand& x, const Operand& indices, std::int64_t output_size) const;
  Tensor forward(const Tensor& x, const Tensor& indices) const override;
  std::string arguments() const override;

 private:
  std::int64_t kernel_size_;
  MaxUnpoolOptions1d options_;
};

/// The same for (N, C, H, W): xgrad::max_unpool2d.
class MaxUnpool2d : public Module {
 public:
  explicit MaxUnpool2d(const Pair& kernel_size, const MaxUnpoolOptions2d& options = {});

  using Module::operator();
  Tensor operator()(const Operand& x, const Operand& indices, const Pair& output_size) const;
  Tensor forward(const Tensor& x, const Tensor& indices) const override;
  std::string arguments() const override;

 private:
  Pair kernel_size_;
  MaxUnpoolOptions2d options_;
};

/// The same for (N, C, D, H, W): xgrad::max_unpool3d.
class MaxUnpool3d : public Module {
 public:
  explicit MaxUnpool3d(const Triple& kernel_size, const MaxUnpoolOptions3d& options = {});

  using Module::operator();
  Tensor operator()(const Operand& x, const Operand& indices, const Triple& output_size) const;
  Tensor forward(const Tensor& x, const Tensor& indices) const override;
  std::string arguments() const override;

 private:
  Triple kernel_size_;
  MaxUnpoolOptions3d options_;
};

/// The mean of each window of (N, C, L): xgrad::avg_pool1d.
class AvgPool1d : public Module {
 public:
  explicit AvgPool1d(std::int64_t kernel_size, const AvgPool1dOptions& options = {});

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  std::int64_t kernel_size_;
  AvgPool1dOptions options_;
};

/// The same of (N, C, H, W): xgrad::avg_pool2d.
class AvgPool2d : public Module {
 public:
  explicit AvgPool2d(const Pair& kernel_size, const AvgPool2dOptions& options = {});

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  Pair kernel_size_;
  AvgPool2dOptions options_;
};

/// The same of (N, C, D, H, W): xgrad::avg_pool3d.
class AvgPool3d : public Module {
 public:
  explicit AvgPool3d(const Triple& kernel_size, const AvgPool3dOptions& options = {});

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  Triple kernel_size_;
  AvgPool3dOptions options_;
};

/// The norm of each window of (N, C, L): xgrad::lp_pool1d. Throws Error unless norm_type is positive and finite.
class LPPool1d : public Module {
 public:
  LPPool1d(double norm_type, std::int64_t kernel_size, const LPPool1dOptions& options = {});

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  double norm_type_;
  std::int64_t kernel_size_;
  LPPool1dOptions options_;
};

/// The same of (N, C, H, W): xgrad::lp_pool2d.
class LPPool2d : public Module {
 public:
  LPPool2d(double norm_type, const Pair& kernel_size, const LPPool2dOptions& options = {});

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  double norm_type_;
  Pair kernel_size_;
  LPPool2dOptions options_;
};

/// Means over windows that divide (N, C, L) into (N, C, output_size): xgrad::adaptive_avg_pool1d.
class AdaptiveAvgPool1d : public Module {
 public:
  explicit AdaptiveAvgPool1d(std::int64_t output_size);

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  std::int64_t output_size_;
};

/// Means over windows that divide (N, C, H, W) into (N, C) + output_size: xgrad::adaptive_avg_pool2d.
class AdaptiveAvgPool2d : public Module {
 public:
  explicit AdaptiveAvgPool2d(const AdaptiveSize2d& output_size);

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  AdaptiveSize2d output_size_;
};

/// The same of (N, C, D, H, W): xgrad::adaptive_avg_pool3d.
class AdaptiveAvgPool3d : public Module {
 public:
  explicit AdaptiveAvgPool3d(const AdaptiveSize3d& output_size);

  Tensor forward(const Tensor& x) const override;
  std::string arguments() const override;

 private:
  AdaptiveSize3d output_size_;
};

/// The largest elements of these windows: xgrad::adaptive_max_pool1d.
class AdaptiveMaxPool1d : public Module {
 public:
  explicit AdaptiveMaxPool1d(std::int64_t output_size);

  Tensor forward(const Tensor& x) const override;
  /// The values with the places that they come from.
  MaxPooled with_indices(const Operand& x) const;
  std::string arguments() const override;

 private:
  std::int64_t output_size_;
};

/// The same of (N, C, H, W): xgrad::adaptive_max_pool2d.
class AdaptiveMaxPool2d : public Module {
 public:
  explicit AdaptiveMaxPool2d(const AdaptiveSize2d& output_size);

  Tensor forward(const Tensor& x) const override;
  MaxPooled with_indices(const Operand& x) const;
  std::string arguments() const override;

 private:
  AdaptiveSize2d output_size_;
};

/// The same of (N, C, D, H, W): xgrad::adaptive_max_pool3d.
class AdaptiveMaxPool3d : public Module {
 public:
  explicit AdaptiveMaxPool3d(const AdaptiveSize3d& output_size);

  Tensor forward(const Tensor& x) const override;
  MaxPooled with_indices(const Operand& x) const;
  std::string arguments() const override;

 private:
  AdaptiveSize3d output_size_;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
