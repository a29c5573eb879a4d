#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <autograd/dtype.hpp>
#include <autograd/error.hpp>
#include <autograd/members.hpp>
#include <autograd/number.hpp>
#include <autograd/shape.hpp>

#pragma GCC visibility push(default)
namespace xgrad {

class Node;
class RowIterator;

/// A multi-dimensional array: a cheap handle to one node of the tape. Copying a Tensor copies the handle; the values
/// behind it never change. Operations on tensors are recorded and run when a value is asked for: by item(), data(),
/// printing, eval() or an optimizer's step.
///
/// A plain C++ number becomes a scalar tensor that takes on the dtype of what it is combined with: `x * 2` is float32
/// where x is, and float64 where x is.
///
/// The operations of ops.hpp are members as well (members.hpp): x.sum(0) is sum(x, 0).
class Tensor : public Members<Tensor> {
 public:
  /// No tensor at all; defined() is false, and every use of it is refused.
  Tensor() noexcept = default;

  /// A scalar, shape (). Floating-point numbers become float32, integers int64, bools bool, until they are combined
  /// with a tensor of another dtype (see above). Integers are kept exactly; Error for those that int64 does not hold.
  template <class T>
  requires std::is_arithmetic_v<T> Tensor(T value) : node_(node_of(value)) {}

  Tensor(const Tensor& other) noexcept;
  Tensor(Tensor&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  Tensor& operator=(const Tensor& other) & noexcept;
  Tensor& operator=(Tensor&& other) & noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  /// A handle that ends with the expression can hold nothing: x[i] = y would change nothing.
  Tensor& operator=(const Tensor&) && = delete;  // x[i] = y is written x = index_put(x, {i}, y)
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
  std::span<const T> data() const&& = delete;  // the values would be gone: give the tensor a variable first

  /// A copy of the values, converted to T.
  template <class T>
  requires std::is_arithmetic_v<T> std::vector<T> to_vector()
  const {
    if constexpr (Element<T>) {
      return copy_out<T>();
    } else {
      using Held = std::conditional_t<std::floating_point<T>, double, std::int64_t>;
      const std::vector<Held> values = copy_out<Held>();
      return std::vector<T>(values.begin(), values.end());
    }
  }

  /// PyTorch's names for rank() and size().
  int dim() const { return rank(); }
  std::int64_t numel() const { return size(); }

  /// Whether the one element is not 0, as in `if (loss < best)`; runs what it needs. Throws Error where there are more
  /// elements or none: all() and any() say what is meant.
  explicit operator bool() const;

  /// The rows x[0], x[1], ... in turn: `for (Tensor row : x)`. Throws Error on a scalar.
  RowIterator begin() const;
  RowIterator end() const;

  // Members that PyTorch has and a tensor cannot have.
  void backward() const = delete;              // write gradients = tape.gradient(loss, {w, b}), before it a Tape tape;
  Tensor grad() const = delete;                // write gradient = tape.gradient(loss, x)
  Tensor requires_grad_(bool) const = delete;  // not needed: a Tape alive records, tape.gradient(y, x) names x

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
  template <Element T>
  std::vector<T> copy_out() const;

  Node* node_ = nullptr;
};

/// Goes over the entries of a tensor's first axis.
class RowIterator {
 public:
  using difference_type = std::ptrdiff_t;
  using value_type = Tensor;
  using reference = Tensor;
  using pointer = void;
  using iterator_category = std::input_iterator_tag;

  RowIterator(const Tensor& tensor, std::int64_t row) : tensor_(tensor), row_(row) {}

  Tensor operator*() const;
  RowIterator& operator++() noexcept {
    ++row_;
    return *this;
  }
  RowIterator operator++(int) noexcept {
    RowIterator before(*this);
    ++row_;
    return before;
  }
  friend bool operator==(const RowIterator& a, const RowIterator& b) noexcept { return a.row_ == b.row_; }

 private:
  Tensor tensor_;
  std::int64_t row_;
};

inline RowIterator Tensor::end() const { return RowIterator(*this, rank() == 0 ? 0 : size(0)); }

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
/// A C++ container of numbers: std::vector, std::array, std::span, an array, and those nested. Containers with a shape
/// of their own (xtensor's, autograd/xtensor.hpp) and text are left out.
template <class R>
concept HasShape = requires(const R& r) {
  r.shape();
};
template <class R>
concept Iterable = requires(const R& r) {
  std::begin(r);
  std::end(r);
};
template <class R>
concept Sequence = Iterable<R> && !HasShape<R> && !std::convertible_to<const R&, Tensor> &&
                   !std::convertible_to<const R&, std::string_view>;
template <class R>
struct NumberOf {
  using type = R;
};
template <Sequence R>
struct NumberOf<R> : NumberOf<std::remove_cvref_t<decltype(*std::begin(std::declval<const R&>()))>> {};
template <class R>
concept Numbers =
    Sequence<R> && std::is_arithmetic_v<typename NumberOf<R>::type> && !std::same_as<typename NumberOf<R>::type, char>;

/// The element type for a C++ number: bool, float and double stay, integers become int64.
template <class T>
using Held = std::conditional_t<Element<T>, T, std::conditional_t<std::integral<T>, std::int64_t, double>>;

/// Throws the Error of nested containers of unequal lengths.
[[noreturn]] void fail_ragged(const Shape& shape, int depth, std::int64_t length);
[[noreturn]] void fail_beyond_int64(std::uint64_t value);
/// Throws Error unless a shape has so many elements.
void check_count(std::int64_t values, const Shape& shape);

template <class R>
void add_extents(const R& values, Shape& shape) {
  if constexpr (Sequence<R>) {
    const auto first = std::begin(values);
    shape.push_back(static_cast<std::int64_t>(std::distance(first, std::end(values))));
    if constexpr (Sequence<std::remove_cvref_t<decltype(*first)>>) {
      if (first != std::end(values))
        add_extents(*first, shape);
      else
        shape.push_back(0);
    }
  }
}

template <class T, class R>
T* copy_numbers(const R& values, const Shape& shape, int depth, T* out) {
  if constexpr (Sequence<R>) {
    const auto length = static_cast<std::int64_t>(std::distance(std::begin(values), std::end(values)));
    if (length != shape[depth]) fail_ragged(shape, depth, length);
    for (const auto& value : values) out = copy_numbers<T>(value, shape, depth + 1, out);
    return out;
  } else {
    if constexpr (std::unsigned_integral<R> && !std::same_as<R, bool>)
      if (!std::in_range<std::int64_t>(values)) fail_beyond_int64(values);
    *out = static_cast<T>(values);
    return out + 1;
  }
}

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

/// A tensor that copies the numbers of a std::vector, std::array, std::span or array, or of such of these, as in
/// tensor(std::vector<std::vector<float>>{{1, 2}, {3, 4}}). float, double and bool stay what they are, integers become
/// int64; or all become `dtype`. Throws Error on rows of unequal lengths, and on integers beyond int64.
template <detail::Numbers R>
Tensor tensor(const R& values) {
  Shape shape;
  detail::add_extents(values, shape);
  using T = detail::Held<typename detail::NumberOf<R>::type>;
  return make_tensor<T>(shape, [&](std::span<T> out) { detail::copy_numbers(values, shape, 0, out.data()); });
}
template <detail::Numbers R, std::same_as<DType> D>  // a parameter of its own, so that {} is a shape
Tensor tensor(const R& values, D dtype) {
  return tensor(values).to(dtype);
}
/// The same row-major in another shape. Throws Error where the number of values is not the shape's.
template <detail::Numbers R>
Tensor tensor(const R& values, const Shape& shape) {
  Shape own;
  detail::add_extents(values, own);
  detail::check_count(own.elements(), shape);
  using T = detail::Held<typename detail::NumberOf<R>::type>;
  return make_tensor<T>(shape, [&](std::span<T> out) { detail::copy_numbers(values, own, 0, out.data()); });
}

/// Runs what the given tensors still wait for, so that their values are there. Other handles' pending values run along.
void eval(std::span<const Tensor> tensors);
inline void eval(std::initializer_list<Tensor> tensors) { eval(std::span(tensors.begin(), tensors.size())); }
inline void eval(const Tensor& tensor) { eval(std::span(&tensor, 1)); }
/// The same, where results may take the memory of `donated` tensors that nothing else holds or waits for (as JAX's
/// donated arguments): an update then happens in place. `donated` is empty afterwards; where the run throws, it and all
/// its values are left as they were. Tensors on a tape that could still be differentiated must not be given.
void eval(std::span<const Tensor> tensors, std::vector<Tensor>& donated);

/// Prints as NumPy does: nested brackets, long axes elided, then shape and dtype.
std::ostream& operator<<(std::ostream& out, const Tensor& tensor);
std::string to_string(const Tensor& tensor);
std::ostream& operator<<(std::ostream& out, DType dtype);

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
#pragma GCC visibility pop
