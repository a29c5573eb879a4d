#pragma once

#include <span>

#include <autograd/node.hpp>
#include <autograd/ops.hpp>

#pragma GCC visibility push(default)
namespace xgrad {

/// The view that a primitive's batching rule (Primitive::batch) has of a call: a node that was recorded for one
/// example, and its inputs for a batch of them. The rule gives the node's result for the batch, in front of whose axes
/// is the batch axis: written in public operations, or recorded as the same primitive with other shapes and attributes.
class BatchedCall {
 public:
  /// `mapped` has the inputs that have a batch axis; the others in it are undefined.
  BatchedCall(const Node& node, std::span<const Tensor> mapped, std::int64_t size) noexcept
      : node_(node), mapped_(mapped), size_(size) {}

  /// Number of examples.
  std::int64_t size() const noexcept { return size_; }
  std::size_t input_count() const noexcept { return node_.input_count; }
  const Attributes& attributes() const noexcept { return node_.attributes; }
  DType dtype() const noexcept { return node_.dtype; }
  /// Shapes for one example.
  const Shape& shape() const noexcept { return node_.shape; }
  const Shape& input_shape(std::size_t i) const noexcept { return node_.input(i)->shape; }

  /// Whether examples have inputs i of their own.
  bool maps(std::size_t i) const noexcept { return mapped_[i].defined(); }
  /// Input i: behind a batch axis where it is mapped, else as it was recorded.
  Tensor input(std::size_t i) const;
  /// Input i behind a batch axis in any case, along which it is repeated where it is not mapped.
  Tensor mapped(std::size_t i) const;
  /// Input i, with axes of extent 1 behind the batch axis so that `rank` follow it; as recorded where it is not mapped.
  Tensor aligned(std::size_t i, int rank) const;

  /// A shape behind the batch axis. Throws Error where there is no room for it.
  Shape behind_batch(const Shape& shape) const;
  /// The same primitive of other inputs; the result has behind_batch(shape()).
  Tensor record(std::span<const Tensor> inputs, const Attributes& attributes) const;

  const Node& node() const noexcept { return node_; }

 private:
  const Node& node_;
  std::span<const Tensor> mapped_;
  std::int64_t size_;
};

/// Rules that primitives share.
namespace batch {
/// One value out of one value of each (broadcast) input.
Tensor elementwise(const BatchedCall& b);
/// The same primitive behind the batch axis, for what does not count axes from the start.
Tensor behind(const BatchedCall& b);
/// The same, with other attributes.
Tensor behind(const BatchedCall& b, const Attributes& attributes);
/// The same primitive where its attributes have an axis.
template <class A>
Tensor along_axis(const BatchedCall& b) {
  A attributes = b.attributes().as<A>();
  ++attributes.axis;
  return behind(b, attributes);
}
/// The same primitive where its attributes are ReducedAxes.
Tensor over_axes(const BatchedCall& b);
/// The primitive once for each example, and the results stacked: right for every primitive.
Tensor one_by_one(const BatchedCall& b);
}  // namespace batch

}  // namespace xgrad
#pragma GCC visibility pop
