#include <autograd/tensor.hpp>

#include <cmath>
#include <cstring>

#include <autograd/ops.hpp>
#include <autograd/recorder.hpp>
#include <autograd/run/execute/evaluate.hpp>
#include <autograd/text.hpp>

namespace xgrad {
namespace {

Node& checked(Node* node, const char* where) {
  if (!node) fail(where, "the Tensor is undefined (default-constructed or moved from)");
  return *node;
}

template <class T>
Tensor copy_of(std::span<const T> values, const Shape& shape) {
  detail::check_count(static_cast<std::int64_t>(values.size()), shape);
  return make_tensor<T>(shape, [&](std::span<T> out) { std::copy(values.begin(), values.end(), out.begin()); });
}

/// The shape of a nested list, from its first elements; the rest is checked by flatten.
Shape shape_of(const NestedList& values) {
  Shape shape;
  for (const NestedList* level = &values; level->is_list(); level = &level->items().front()) {
    shape.push_back(static_cast<std::int64_t>(level->items().size()));
    if (level->items().empty()) break;
  }
  return shape;
}

void flatten_into(const NestedList& values, const Shape& shape, int axis, std::vector<Number>& out) {
  const bool leaf = axis == shape.rank();
  if (values.is_list() == leaf || (!leaf && static_cast<std::int64_t>(values.items().size()) != shape[axis])) {
    fail("tensor", "the nested braces are ragged: from its first elements the shape is " + to_string(shape) +
                       ", but at depth " + std::to_string(axis) + " there is " +
                       (values.is_list() ? "a list of " + std::to_string(values.items().size()) : "a number"));
  }
  if (leaf) {
    out.push_back(values.value());
  } else {
    for (const NestedList& item : values.items()) flatten_into(item, shape, axis + 1, out);
  }
}

}  // namespace

constinit const Tensor Operand::none;

Tensor::Tensor(const Tensor& other) noexcept : node_(other.node_) {
  if (node_) node_->retain(Node::one_handle);
}

Tensor& Tensor::operator=(const Tensor& other) & noexcept {
  Tensor copy(other);
  std::swap(node_, copy.node_);
  return *this;
}

void Tensor::give_back(Node* node) noexcept { node->release(Node::one_handle); }

const Shape& Tensor::shape() const { return checked(node_, "Tensor::shape").shape; }
DType Tensor::dtype() const { return checked(node_, "Tensor::dtype").dtype; }

std::int64_t Tensor::size(int axis) const {
  const int wrapped = axis < 0 ? axis + rank() : axis;
  if (wrapped < 0 || wrapped >= rank())
    fail("Tensor::size", "axis " + std::to_string(axis) + " is out of range for shape " + to_string(shape()));
  return shape()[wrapped];
}

Node* Tensor::node_of(const Number& value) {
  Node* node = Node::create(data_primitive, Shape{}, value.dtype(), Node::one_handle);
  node->number = true;
  node->scalar = value.value();
  return node;
}

Number Tensor::item_number() const {
  const Node& node = checked(node_, "Tensor::item");
  if (size() != 1)
    fail("Tensor::item", "the tensor has shape " + to_string(shape()) + "; item() needs exactly one element");
  if (node.number) return node.plain_number();
  run::evaluate(std::span(this, 1));
  const void* const value = node.buffer->data();
  return visit_dtype(node.dtype, [&]<class T>(std::type_identity<T>) {
    using Plain = std::conditional_t<std::is_same_v<T, BFloat16>, float, T>;
    return Number(static_cast<Plain>(*static_cast<const T*>(value)));
  });
}

void Tensor::refuse_item(const Number& value) {
  fail("Tensor::item", "the value " + value.text() + " does not fit the integer type that was asked for");
}

const void* Tensor::data(DType asked) const {
  const Node& node = checked(node_, "Tensor::data");
  if (node.dtype != asked) {
    fail("Tensor::data", "the tensor has dtype " + std::string(to_string(node.dtype)) + ", data of " +
                             std::string(to_string(asked)) + " was asked for; convert with to()");
  }
  run::evaluate(std::span(this, 1));
  return node.buffer->data();
}

template <Element T>
std::vector<T> Tensor::copy_out() const {
  const Tensor converted = to(dtype_of<T>());
  const std::span<const T> values = converted.template data<T>();
  return run::with_memory_for("Tensor::to_vector", values.size_bytes(),
                              [&] { return std::vector<T>(values.begin(), values.end()); });
}
template std::vector<bool> Tensor::copy_out<bool>() const;
template std::vector<std::int64_t> Tensor::copy_out<std::int64_t>() const;
template std::vector<float> Tensor::copy_out<float>() const;
template std::vector<double> Tensor::copy_out<double>() const;

Tensor::operator bool() const {
  if (checked(node_, "Tensor::operator bool").shape.elements() != 1) {
    fail("Tensor::operator bool", "a tensor of shape " + to_string(shape()) +
                                      " is neither true nor false; all() or any() make one bool of it, defined() says "
                                      "whether there is a tensor");
  }
  return item<bool>();
}

RowIterator Tensor::begin() const {
  if (rank() == 0) fail("Tensor::begin", "a tensor of shape () has no rows to go over; item() gives its value");
  return RowIterator(*this, 0);
}

Tensor RowIterator::operator*() const { return tensor_[row_]; }

void detail::check_count(std::int64_t values, const Shape& shape) {
  if (values != shape.elements()) {
    fail("tensor", std::to_string(values) + " values were given for shape " + to_string(shape) + ", which has " +
                       std::to_string(shape.elements()));
  }
}

void detail::fail_ragged(const Shape& shape, int depth, std::int64_t length) {
  fail("tensor", "the containers are ragged: from the first ones the shape is " + to_string(shape) + ", but at depth " +
                     std::to_string(depth) + " there is one of " + std::to_string(length));
}

void detail::fail_beyond_int64(std::uint64_t value) {
  fail("tensor", "the integer " + std::to_string(value) + " does not fit int64");
}

Tensor tensor(const NestedList& values, DType dtype) {
  const Shape shape = shape_of(values);
  std::vector<Number> flat;
  flatten_into(values, shape, 0, flat);
  for (std::size_t i = 0; i < flat.size(); ++i)
    flat[i].check_fits(dtype, "tensor", "value number " + std::to_string(i));
  auto [result, memory] = detail::allocate(shape, dtype);
  auto* out = static_cast<std::byte*>(memory);
  for (std::size_t i = 0; i < flat.size(); ++i) flat[i].write(dtype, out + i * size_of(dtype));
  return result;
}

Tensor tensor(std::span<const float> values, const Shape& shape) { return copy_of(values, shape); }
Tensor tensor(std::span<const double> values, const Shape& shape) { return copy_of(values, shape); }
Tensor tensor(std::span<const std::int64_t> values, const Shape& shape) { return copy_of(values, shape); }
Tensor tensor(std::span<const bool> values, const Shape& shape) { return copy_of(values, shape); }

std::pair<Tensor, void*> detail::allocate(const Shape& shape, DType dtype) {
  if (!is_dtype(dtype)) fail("tensor", "the dtype is unknown; bool, int64, bfloat16, float32 or float64 is expected");
  check_size("tensor", shape);
  const std::size_t bytes = static_cast<std::size_t>(shape.elements()) * size_of(dtype);
  run::BufferHandle buffer(run::with_memory_for("tensor", bytes, [&] { return run::Buffer::allocate(bytes); }));
  Node* node = Node::create(data_primitive, shape, dtype, Node::one_handle);
  node->buffer = buffer.release();
  return {Tensor::adopt(node), node->buffer->data()};
}

void eval(std::span<const Tensor> tensors) { run::evaluate(tensors); }

void eval(std::span<const Tensor> tensors, std::vector<Tensor>& donated) {
  run::evaluate(tensors, donated);
  donated.clear();
}

}  // namespace xgrad
