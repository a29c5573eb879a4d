#include <autograd/batched_call.hpp>

#include <autograd/recorder.hpp>

namespace xgrad {

Tensor BatchedCall::input(std::size_t i) const {
  if (maps(i)) return mapped_[i];
  return handle(node_.input(i));
}

Tensor BatchedCall::mapped(std::size_t i) const {
  const Tensor x = input(i);
  if (maps(i)) return x;
  // A plain number takes a dtype here, which elementwise operations alone would adapt.
  return broadcast_to(cast(x, x.dtype()), behind_batch(x.shape()));
}

Tensor BatchedCall::aligned(std::size_t i, int rank) const {
  const Tensor x = input(i);
  if (!maps(i)) return x;
  Shape shape{size_};
  for (int extra = rank - input_shape(i).rank(); extra > 0; --extra) shape.push_back(1);
  for (const std::int64_t extent : input_shape(i)) shape.push_back(extent);
  return x.reshape(shape);
}

Shape BatchedCall::behind_batch(const Shape& shape) const {
  if (shape.rank() == Shape::max_rank) {
    fail("vmap", std::string(node_.primitive->name) + " has shape " + to_string(shape) +
                     " for one example, which leaves no room for a batch axis; tensors have " +
                     std::to_string(Shape::max_rank) + " axes at most");
  }
  Shape result{size_};
  for (const std::int64_t extent : shape) result.push_back(extent);
  return result;
}

Tensor BatchedCall::record(std::span<const Tensor> inputs, const Attributes& attributes) const {
  return xgrad::record(*node_.primitive, inputs, behind_batch(shape()), dtype(), attributes);
}

namespace {

std::vector<Tensor> all_mapped(const BatchedCall& b) {
  std::vector<Tensor> inputs;
  for (std::size_t i = 0; i < b.input_count(); ++i) inputs.push_back(b.mapped(i));
  return inputs;
}

}  // namespace

Tensor batch::elementwise(const BatchedCall& b) {
  std::vector<Tensor> inputs;
  for (std::size_t i = 0; i < b.input_count(); ++i) inputs.push_back(b.aligned(i, b.shape().rank()));
  return b.record(inputs, b.attributes());
}

Tensor batch::behind(const BatchedCall& b) { return behind(b, b.attributes()); }
Tensor batch::behind(const BatchedCall& b, const Attributes& attributes) { return b.record(all_mapped(b), attributes); }
Tensor batch::over_axes(const BatchedCall& b) {
  return behind(b, ReducedAxes{b.attributes().as<ReducedAxes>().mask << 1});
}

Tensor batch::one_by_one(const BatchedCall& b) {
  if (b.size() == 0) return zeros(b.behind_batch(b.shape()), b.dtype());
  std::vector<Tensor> results;
  for (std::int64_t example = 0; example < b.size(); ++example) {
    std::vector<Tensor> inputs;
    for (std::size_t i = 0; i < b.input_count(); ++i) {
      const Tensor x = b.input(i);
      inputs.push_back(b.maps(i) ? slice(x, 0, example, example + 1).reshape(b.input_shape(i)) : x);
    }
    results.push_back(xgrad::record(*b.node().primitive, inputs, b.shape(), b.dtype(), b.attributes()));
  }
  return stack(results);
}

}  // namespace xgrad
