#include <cmath>
#include <ostream>
#include <utility>

#include <fmt/format.h>

#include <autograd/tensor.hpp>

namespace xgrad {
namespace {

/// Long tensors show this many entries at either end of an axis.
constexpr std::int64_t edge_items = 3;
constexpr std::int64_t elide_above = 1000;

std::string number_text(double value) {
  return std::isnan(value) ? "nan" : fmt::format("{:.6g}", value);  // without the sign of NaN
}

class Printer {
 public:
  explicit Printer(const Tensor& tensor)
      : shape_(tensor.shape()), boolean_(tensor.dtype() == boolean), elide_(tensor.size() > elide_above) {
    if (is_floating(tensor.dtype()))
      reals_ = tensor.to_vector<double>();
    else
      integers_ = tensor.to_vector<std::int64_t>();
    each_shown(0, 0, [&](std::int64_t place) { width_ = std::max(width_, entry(place).size()); });
  }

  std::string text() const {
    std::string out;
    print_axis(out, 0, 0);
    return out;
  }

 private:
  std::string entry(std::int64_t place) const {
    const auto i = static_cast<std::size_t>(place);
    if (integers_.empty()) return number_text(reals_[i]);
    if (boolean_) return integers_[i] != 0 ? "True" : "False";
    return std::to_string(integers_[i]);
  }

  std::int64_t stride(int axis) const {
    std::int64_t step = 1;
    for (int i = axis + 1; i < shape_.rank(); ++i) step *= shape_[i];
    return step;
  }

  bool elided(int axis, std::int64_t i) const {
    return elide_ && shape_[axis] > 2 * edge_items && i >= edge_items && i < shape_[axis] - edge_items;
  }

  template <class F>
  void each_shown(int axis, std::int64_t place, F&& f) const {
    if (axis == shape_.rank()) return f(place);
    for (std::int64_t i = 0; i < shape_[axis]; ++i)
      if (!elided(axis, i)) each_shown(axis + 1, place + i * stride(axis), f);
  }

  void print_axis(std::string& out, int axis, std::int64_t place) const {
    if (axis == shape_.rank()) {
      const std::string text = entry(place);
      out += std::string(axis == 0 ? 0 : width_ - text.size(), ' ') + text;
      return;
    }
    const bool innermost = axis + 1 == shape_.rank();
    const std::string separator = innermost ? ", " : ",\n" + std::string(static_cast<std::size_t>(axis) + 1, ' ');
    out += '[';
    bool dots = false;
    for (std::int64_t i = 0; i < shape_[axis]; ++i) {
      if (elided(axis, i)) {
        if (!std::exchange(dots, true)) out += separator + "...";
        continue;
      }
      if (i > 0) out += separator;
      print_axis(out, axis + 1, place + i * stride(axis));
    }
    out += ']';
  }

  Shape shape_;
  bool boolean_, elide_;
  std::vector<double> reals_;           ///< the values of a floating-point tensor
  std::vector<std::int64_t> integers_;  ///< of any other
  std::size_t width_ = 0;
};

}  // namespace

std::ostream& operator<<(std::ostream& out, DType dtype) { return out << to_string(dtype); }

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) { return out << to_string(tensor); }

std::string to_string(const Tensor& tensor) {
  if (!tensor.defined()) return "Tensor()";
  return fmt::format("{}\n{} {}", Printer(tensor).text(), to_string(tensor.shape()), to_string(tensor.dtype()));
}

}  // namespace xgrad
