#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <version>

#include <autograd/tensor.hpp>

#ifdef __cpp_lib_source_location
#include <source_location>
#endif

namespace xgrad {

#ifdef __cpp_lib_source_location
using SourceLocation = std::source_location;
#else
/// Stands in where the compiler lacks std::source_location (Clang before 16): no line is known.
struct SourceLocation {
  static constexpr SourceLocation current() noexcept { return {}; }
  static constexpr const char* file_name() noexcept { return ""; }
  static constexpr std::uint_least32_t line() noexcept { return 0; }
};
#endif

namespace detail {
/// How many scopes watch for anomalies (autograd/anomaly.hpp). Kept here because every operand looks at it.
inline constinit std::atomic<int> anomaly_scopes{0};
}  // namespace detail

/// Whether anomalies are looked for.
inline bool detecting_anomaly() noexcept { return detail::anomaly_scopes.load(std::memory_order_relaxed) != 0; }

/// Where an operation is called. Calls within the library's own sources have no place: what a composition records
/// belongs to the line that called the composition.
class CallSite {
 public:
  constexpr CallSite() noexcept = default;
  /// Implicit, so that `CallSite where = SourceLocation::current()` as a default argument gives the caller's
  /// line. Evaluated by the compiler, so that the library's binary holds no paths.
  consteval CallSite(SourceLocation here) noexcept {
    if (here.line() == 0 || in_library(here.file_name())) return;
    file_ = here.file_name();
    line_ = here.line();
  }

  constexpr bool known() const noexcept { return line_ != 0; }
  const char* file() const noexcept { return file_; }
  std::uint32_t line() const noexcept { return line_; }

 private:
  static consteval bool in_library(std::string_view file) noexcept {
    std::string_view root = SourceLocation::current().file_name();
    root.remove_suffix(std::string_view("autograd/operand.hpp").size());
    if (!file.starts_with(root)) return false;
    file.remove_prefix(root.size());
    return file.starts_with("autograd/") || file.starts_with("nn/") || file.starts_with("data/");
  }

  const char* file_ = "";
  std::uint32_t line_ = 0;
};

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
  Tensor reshape(const Shape& shape) const { return tensor_.reshape(shape); }
  bool same_as(const Tensor& other) const noexcept { return tensor_.same_as(other); }
  Node* node() const noexcept { return tensor_.node(); }

 private:
  static const Tensor none;

  const Tensor& tensor_;
  CallScope call_;
};

}  // namespace xgrad
