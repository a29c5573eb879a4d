#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <type_traits>

#include <autograd/call_site.hpp>
#include <autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace xgrad {

namespace detail {
/// How many scopes watch for anomalies (autograd/anomaly.hpp). Kept here because every operand looks at it.
inline constinit std::atomic<int> anomaly_scopes{0};
}  // namespace detail

/// Whether anomalies are looked for.
inline bool detecting_anomaly() noexcept { return detail::anomaly_scopes.load(std::memory_order_relaxed) != 0; }

/// While it is alive and anomalies are looked for, what this thread records is noted to be called from a place.
class CallScope {
 public:
  explicit CallScope(CallSite site) : entered_(site.known() && detecting_anomaly()) {
    if (entered_) [[unlikely]]
      enter(site);
  }
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;
  ~CallScope() {
    if (entered_) [[unlikely]]
      leave();
  }

 private:
  void enter(CallSite site) noexcept;
  void leave() noexcept;

  union {
    CallSite outer_;  ///< once entered
  };
  bool entered_;
};

/// A tensor as the argument of an operation, and where the call stands, for autograd/anomaly.hpp. The call makes it out
/// of a Tensor, a number, or another thing that converts to Tensor, and it refers to that for as long as the call
/// lasts. Operations take it; users write tensors and numbers.
class Operand {
 public:
  Operand(const Tensor& tensor, CallSite where = SourceLocation::current()) : tensor_(tensor), call_(where) {}
  /// `converted` is where the tensor lives: a temporary of the calling expression.
  template <class T>
  requires(!std::derived_from<T, Tensor> && !std::same_as<T, Operand> && std::convertible_to<const T&, Tensor>)
      Operand(const T& value, CallSite where = SourceLocation::current(), Tensor&& converted = Tensor())
      : tensor_(converted = value), call_(where) {}
  /// No tensor, for arguments that may be left out.
  Operand() noexcept : tensor_(none), call_(CallSite()) {}
  Operand(const Operand&) = delete;
  Operand& operator=(const Operand&) = delete;

  operator const Tensor&() const noexcept { return tensor_; }
  const Tensor& tensor() const noexcept { return tensor_; }

  bool defined() const noexcept { return tensor_.defined(); }
  const Shape& shape() const { return tensor_.shape(); }
  DType dtype() const { return tensor_.dtype(); }
  int rank() const { return tensor_.rank(); }
  std::int64_t size() const { return tensor_.size(); }
  std::int64_t size(int axis) const { return tensor_.size(axis); }
  Tensor to(DType dtype) const { return tensor_.to(dtype); }
  Tensor reshape(const NewShape& shape) const { return tensor_.reshape(shape); }
  bool same_as(const Tensor& other) const noexcept { return tensor_.same_as(other); }
  Node* node() const noexcept { return tensor_.node(); }

 private:
  static const Tensor none;

  const Tensor& tensor_;
  CallScope call_;
};

}  // namespace xgrad
#pragma GCC visibility pop
