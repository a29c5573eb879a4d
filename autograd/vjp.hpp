#pragma once

#include <array>
#include <optional>
#include <span>

#include <autograd/node.hpp>
#include <autograd/ops.hpp>

#pragma GCC visibility push(default)
namespace xgrad {

/// The view that a primitive's derivative has of its call: one node, the cotangent of its output, and where to leave
/// the cotangents of its inputs.
class Vjp {
 public:
  Vjp(const Node& node, const Tensor& cotangent, std::uint32_t wanted, std::span<Tensor> given,
      std::span<const Tensor> sources) noexcept
      : node_(node), cotangent_(cotangent), wanted_(wanted), given_(given), sources_(sources) {}

  Tensor input(std::size_t i) const;
  Tensor output() const;
  /// The cotangent of the output, of its shape and dtype.
  const Tensor& cotangent() const noexcept { return cotangent_; }
  const Attributes& attributes() const noexcept { return node_.attributes; }
  const Shape& input_shape(std::size_t i) const noexcept { return node_.input(i)->shape; }
  std::size_t input_count() const noexcept { return node_.input_count; }
  std::span<Node* const> inputs() const noexcept { return node_.inputs(); }
  /// The tensors in which the derivative is taken.
  std::span<const Tensor> sources() const noexcept { return sources_; }

  /// Whether input i leads to a source. Cotangents of other inputs need not be given.
  bool wants(std::size_t i) const noexcept { return i < 32 ? (wanted_ >> i & 1u) != 0 : wanted_ >> 31 != 0; }
  /// The cotangent of input i; axes along which the input was broadcast are summed here.
  void give(std::size_t i, const Tensor& cotangent);

  /// A cotangent of an input that is zero but for the entries of one axis from `start` on, which are `values`.
  struct Part {
    int axis;
    std::int64_t start;
    Tensor values;
    std::size_t input = 0;
  };
  /// The same for a cotangent that is zero elsewhere. Parts of one tensor are joined before they are added, so that the
  /// gradient of many slices costs what the tensor does, not that many times as much.
  void give_part(Part part) { part_ = std::move(part); }
  const std::optional<Part>& part() const noexcept { return part_; }

 private:
  const Node& node_;
  const Tensor& cotangent_;
  std::uint32_t wanted_;
  std::span<Tensor> given_;
  std::span<const Tensor> sources_;
  std::optional<Part> part_;
};

/// x summed over the axes along which `shape` broadcasts to x's shape.
Tensor sum_to(const Tensor& x, const Shape& shape);

}  // namespace xgrad
#pragma GCC visibility pop
