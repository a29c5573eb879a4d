#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <autograd/dtype.hpp>
#include <autograd/error.hpp>
#include <autograd/number.hpp>
#include <autograd/shape.hpp>

namespace xgrad {

class Node;

/// A multi-dimensional array: a cheap handle to one node of the tape. Copying a Tensor copies the handle; the values
/// behind it never change. Operations on tensors are recorded and run when a value is asked for: by item(), data(),
/// printing, eval() or an optimizer's step.
///
/// A plain C++ number becomes a scalar tensor that takes on the dtype of what it is combined with: `x * 2` is float32
/// where x is, and float64 where x is.
class Tensor {
 public:
  /// No tensor at all; defined() is false, and every use of it is refused.
  Tensor() noexcept = default;

  /// A scalar, shape (). Floating-point numbers become float32, integers int64, bools bool, until they are combined
  /// with a tensor of another dtype (see above). Integers are kept exactly; Error for those that int64 does not hold.
  template <class T>
  requires std::is_arithmetic_v<T> Tensor(T value) : node_(node_of(value)) {}

  Tensor(const Tensor& other) noexcept;
  Tensor(Tensor&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  Tensor& operator=(const Tensor& other) noexcept;
  Tensor& operator=(Tensor&& other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~Tensor() {
    if (node_) give_back(node_);
  }

  bool defined() const noexcept { return node_ != nullptr; }

  const Shape& shape() const;
  DType dtype() const;
  int rank() const { return shape().rank(); }
  /// Number of elements.
  std::int64_t size() const { return shape().elements(); }
  /// Extent of an axis, which may be negative. Throws Error where it is out of range.
  std::int64_t size(int axis) const;

  /// The value of a tensor of one element, converted to T; runs what it needs. An integer T is exact where the tensor
  /// is int64, else the value truncated towards 0; bool is whether it is not 0. Throws Error where there are more
  /// elements or none, and where an integer T does not hold the value.
  template <class T = double>
  requires std::is_arithmetic_v<T> T item()
  const {
    const Number value = item_number();
    if constexpr (std::same_as<T, bool>) {
      return value.integral() ? value.value().whole != 0 : value.value().real != 0;
    } else if constexpr (std::floating_point<T>) {
      return value.integral() ? static_cast<T>(value.value().whole) : static_cast<T>(value.value().real);
    } else {
      if (!value.fits<T>()) refuse_item(value);
      return static_cast<T>(value.truncated());
    }
  }

  /// The values, row-major; runs what it needs. The span lives as long as a handle to this tensor does.
  /// Throws Error where T is not the tensor's element type.
  template <Element T>
  std::span<const T> data() const& {
    return {static_cast<const T*>(data(dtype_of<T>())), static_cast<std::size_t>(size())};
  }
  template <Element T>
  std::span<const T> data() const&& = delete;

  /// A copy of the values, converted to T.
  template <Element T>
  std::vector<T> to_vector() const;

  /// The tensor converted to a dtype; itself where it has it already. Differentiable between float32 and float64.
  Tensor to(DType dtype) const;

  // The operations below are those of ops.hpp, as members where that reads better.
  Tensor reshape(const Shape& shape) const;
  Tensor transpose() const;
  Tensor T() const { return transpose(); }

  /// Whether two handles refer to the same node.
  bool same_as(const Tensor& other) const noexcept { return node_ == other.node_; }

  /// The node behind the handle; for the library's own passes.
  Node* node() const noexcept { return node_; }
  /// The tensor of a plain number, as the constructor makes it.
  static Tensor of(const Number& value) { return adopt(node_of(value)); }
  /// Takes over one handle count of a node; for the library's own passes.
  static Tensor adopt(Node* node) noexcept {
    Tensor tensor;
    tensor.node_ = node;
    return tensor;
  }

 private:
  static void give_back(Node* node) noexcept;
  static Node* node_of(const Number& value);
  Number item_number() const;
  [[noreturn]] static void refuse_item(const Number& value);
  const void* data(DType dtype) const;

  Node* node_ = nullptr;
};

/// Numbers in nested braces, as in `tensor({{1, 2}, {3, 4}})`.
class NestedList {
 public:
  template <class T>
  requires std::is_arithmetic_v<T> NestedList(T value) : value_(value) {}
  NestedList(std::initializer_list<NestedList> items) : items_(items), list_(true) {}

  bool is_list() const noexcept { return list_; }
  const Number& value() const noexcept { return value_; }
  const std::vector<NestedList>& items() const noexcept { return items_; }

 private:
  std::vector<NestedList> items_;
  Number value_ = 0;
  bool list_ = false;
};

/// A tensor of the numbers in nested braces: integers are exact in int64, numbers are rounded to float32 and float64,
/// and bool is whether a number is not 0. Throws Error where the braces are ragged, and in int64 on numbers that are
/// not whole or do not fit.
Tensor tensor(const NestedList& values, DType dtype = float32);

/// A tensor that copies row-major values. Throws Error where their number is not the shape's.
Tensor tensor(std::span<const float> values, const Shape& shape);
Tensor tensor(std::span<const double> values, const Shape& shape);
Tensor tensor(std::span<const std::int64_t> values, const Shape& shape);
Tensor tensor(std::span<const bool> values, const Shape& shape);

namespace detail {
/// A tensor of uninitialised values and the memory to write them to, once, before anything reads the tensor.
std::pair<Tensor, void*> allocate(const Shape& shape, DType dtype);
}  // namespace detail

/// A new tensor whose values `fill(std::span<T>)` writes, without a copy. For loaders and bridges to other libraries.
template <Element T, class Fill>
requires std::invocable<Fill&, std::span<T>> Tensor make_tensor(const Shape& shape, Fill&& fill) {
  auto [result, memory] = detail::allocate(shape, dtype_of<T>());
  fill(std::span<T>(static_cast<T*>(memory), static_cast<std::size_t>(shape.elements())));
  return result;
}

/// Runs what the given tensors still wait for, so that their values are there. Other handles' pending values run along.
void eval(std::span<const Tensor> tensors);
inline void eval(std::initializer_list<Tensor> tensors) { eval(std::span(tensors.begin(), tensors.size())); }
inline void eval(const Tensor& tensor) { eval(std::span(&tensor, 1)); }
/// The same, where results may take the memory of `donated` tensors that nothing else holds or waits for (as JAX's
/// donated arguments): an update then happens in place. `donated` is empty afterwards; where the run throws, it and all
/// its values are left as they were. What is on a tape and could still be differentiated must not be given.
void eval(std::span<const Tensor> tensors, std::vector<Tensor>& donated);

/// Prints as NumPy does: nested brackets, long axes elided, then shape and dtype.
std::ostream& operator<<(std::ostream& out, const Tensor& tensor);
std::string to_string(const Tensor& tensor);

/// Names what is recorded while it is alive: "layers.0" inside "net" gives "net.layers.0". Modules set it; profiles,
/// graphs and error messages show it.
class NameScope {
 public:
  explicit NameScope(std::string_view name);
  NameScope(const NameScope&) = delete;
  NameScope& operator=(const NameScope&) = delete;
  ~NameScope();

 private:
  std::uint32_t outer_;
};

}  // namespace xgrad
