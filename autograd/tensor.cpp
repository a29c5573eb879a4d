#include <autograd/tensor.hpp>

#include <cmath>
#include <cstring>

#include <autograd/ops.hpp>
#include <autograd/recorder.hpp>
#include <autograd/run/execute.hpp>

namespace xgrad {
namespace {

Node& checked(Node* node, const char* where) {
  if (!node) fail(where, "the Tensor is undefined (default-constructed or moved from)");
  return *node;
}

Tensor make_number(DType dtype, double value) {
  Node* node = Node::create(data_primitive, Shape{}, dtype, Node::one_handle);
  node->number = true;
  node->scalar = value;
  return Tensor::adopt(node);
}

template <class T>
Tensor copy_of(std::span<const T> values, const Shape& shape) {
  if (static_cast<std::int64_t>(values.size()) != shape.elements()) {
    fail("tensor", std::to_string(values.size()) + " values were given for shape " + to_string(shape) + ", which has " +
                       std::to_string(shape.elements()));
  }
  return make_tensor<T>(shape, [&](std::span<T> out) { std::copy(values.begin(), values.end(), out.begin()); });
}

/// Calls f with a value of the C++ type of a dtype.
template <class F>
decltype(auto) with_type(DType dtype, F&& f) {
  switch (dtype) {
    case DType::boolean:
      return f(bool{});
    case DType::int64:
      return f(std::int64_t{});
    case DType::float32:
      return f(float{});
    case DType::float64:
      break;
  }
  return f(double{});
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

void flatten_into(const NestedList& values, const Shape& shape, int axis, std::vector<double>& out) {
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

Tensor& Tensor::operator=(const Tensor& other) noexcept {
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

Tensor Tensor::scalar_bool(bool value) { return make_number(DType::boolean, value ? 1.0 : 0.0); }
Tensor Tensor::scalar_int(std::int64_t value) {
  constexpr std::int64_t exact = std::int64_t{1} << 53;
  if (value < -exact || value > exact) return copy_of(std::span<const std::int64_t>(&value, 1), Shape{});
  return make_number(DType::int64, static_cast<double>(value));
}
Tensor Tensor::scalar_float(double value) { return make_number(DType::float32, value); }

double Tensor::item_float() const {
  const Node& node = checked(node_, "Tensor::item");
  if (size() != 1)
    fail("Tensor::item", "the tensor has shape " + to_string(shape()) + "; item() needs exactly one element");
  if (node.number) return node.scalar;
  run::evaluate(std::span(this, 1));
  return with_type(node.dtype, [&](auto type) {
    return static_cast<double>(*static_cast<const decltype(type)*>(node.buffer->data()));
  });
}

std::int64_t Tensor::item_int() const {
  if (defined() && dtype() == DType::int64 && size() == 1 && !node_->number) {
    run::evaluate(std::span(this, 1));
    return *static_cast<const std::int64_t*>(node_->buffer->data());
  }
  const double value = item_float();
  if (std::isnan(value) || std::abs(value) >= 9.3e18)
    fail("Tensor::item", "the value " + std::to_string(value) + " does not fit an integer");
  return static_cast<std::int64_t>(value);
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
std::vector<T> Tensor::to_vector() const {
  const Tensor converted = to(dtype_of<T>());
  const std::span<const T> values = converted.template data<T>();
  return std::vector<T>(values.begin(), values.end());
}
template std::vector<bool> Tensor::to_vector<bool>() const;
template std::vector<std::int64_t> Tensor::to_vector<std::int64_t>() const;
template std::vector<float> Tensor::to_vector<float>() const;
template std::vector<double> Tensor::to_vector<double>() const;

Tensor Tensor::to(DType dtype) const { return cast(*this, dtype); }
Tensor Tensor::transpose() const { return xgrad::transpose(*this); }

Tensor tensor(const NestedList& values, DType dtype) {
  const Shape shape = shape_of(values);
  std::vector<double> flat;
  flatten_into(values, shape, 0, flat);
  auto [result, memory] = detail::allocate(shape, dtype);
  with_type(dtype, [&, out = memory](auto type) {
    using T = decltype(type);
    for (std::size_t i = 0; i < flat.size(); ++i) static_cast<T*>(out)[i] = static_cast<T>(flat[i]);
  });
  return result;
}

Tensor tensor(std::span<const float> values, const Shape& shape) { return copy_of(values, shape); }
Tensor tensor(std::span<const double> values, const Shape& shape) { return copy_of(values, shape); }
Tensor tensor(std::span<const std::int64_t> values, const Shape& shape) { return copy_of(values, shape); }
Tensor tensor(std::span<const bool> values, const Shape& shape) { return copy_of(values, shape); }

std::pair<Tensor, void*> detail::allocate(const Shape& shape, DType dtype) {
  if (!is_dtype(dtype)) fail("tensor", "the dtype is unknown; bool, int64, float32 or float64 is expected");
  run::BufferHandle buffer(run::Buffer::allocate(static_cast<std::size_t>(shape.elements()) * size_of(dtype)));
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
