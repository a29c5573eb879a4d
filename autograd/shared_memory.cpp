#include <autograd/shared_memory.hpp>

#include <optional>
#include <vector>

#include <autograd/node.hpp>
#include <autograd/recorder.hpp>
#include <autograd/run/execute/evaluate.hpp>

namespace xgrad::detail {
namespace {

void check(const char* where, const Tensor& tensor, DType dtype) {
  if (!tensor.defined()) fail(where, "the Tensor is undefined (default-constructed or moved from)");
  if (tensor.dtype() != dtype) {
    fail(where, "the tensor has dtype " + std::string(to_string(tensor.dtype())) + ", values of " +
                    std::string(to_string(dtype)) + " were asked for; convert with to()");
  }
}

SharedValues values_of(Node& node) {
  node.buffer->retain();
  return {run::Array(node.buffer->data(), node.dtype, node.shape), run::BufferHandle(node.buffer)};
}

/// The views from a tensor down to what they look at, if it waits on this thread for nothing but views.
std::vector<const Node*> views_below(const Tensor& tensor) {
  std::vector<const Node*> views;
  const Node* node = tensor.node();
  while (!node->has_value() && !node->unknown && node->primitive->view() && node->input_count > 0 &&
         recorder().holds(*node) && node->input(0)->dtype == node->dtype) {
    views.push_back(node);
    node = node->input(0);
  }
  return views;
}

/// The strides of views over the values of `base`, or nothing where strides cannot express them.
std::optional<run::Array> through(const std::vector<const Node*>& views, run::Array array) {
  for (auto node = views.rbegin(); node != views.rend(); ++node) {
    run::Array view;
    view.dtype = (*node)->dtype;
    view.shape = (*node)->shape;
    if (!(*node)->primitive->view()->view((*node)->attributes, array, view)) return {};
    array = view;
  }
  return array;
}

}  // namespace

SharedValues contiguous_values(const char* where, const Tensor& tensor, DType dtype) {
  check(where, tensor, dtype);
  run::evaluate(std::span(&tensor, 1));
  return values_of(*tensor.node());
}

SharedValues strided_values(const char* where, const Tensor& tensor, DType dtype) {
  check(where, tensor, dtype);
  if (const std::vector<const Node*> views = views_below(tensor); !views.empty()) {
    Node* base = views.back()->input(0);
    if (base->buffer) {
      SharedValues values = values_of(*base);
      if (const std::optional<run::Array> array = through(views, values.array))
        return {*array, std::move(values.memory)};
    }
  }
  return contiguous_values(where, tensor, dtype);
}

Tensor tensor_of_memory(const Shape& shape, DType dtype, run::BufferHandle buffer) {
  check_size("tensor", shape);
  const std::size_t bytes = static_cast<std::size_t>(shape.elements()) * size_of(dtype);
  if (!buffer || buffer->capacity < bytes)
    fail("tensor", "memory of fewer bytes than the values of shape " + to_string(shape) + " need");
  Node* node = Node::create(data_primitive, shape, dtype, Node::one_handle);
  node->buffer = buffer.release();
  return Tensor::adopt(node);
}

run::Buffer* buffer_of(void* data) noexcept {
  return reinterpret_cast<run::Buffer*>(static_cast<std::byte*>(data) - sizeof(run::Buffer));
}

}  // namespace xgrad::detail
