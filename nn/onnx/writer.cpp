#include <nn/onnx/writer.hpp>

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include <autograd/ops.hpp>
#include <nn/onnx/proto.hpp>

namespace xgrad::onnx {
namespace {

constexpr const char* save_name = "onnx::save";

::onnx::TensorProto::DataType type_of(DType dtype) {
  switch (dtype) {
    case DType::boolean:
      return ::onnx::TensorProto::BOOL;
    case DType::int64:
      return ::onnx::TensorProto::INT64;
    case DType::bfloat16:
      return ::onnx::TensorProto::BFLOAT16;
    case DType::float32:
      return ::onnx::TensorProto::FLOAT;
    case DType::float64:
      break;
  }
  return ::onnx::TensorProto::DOUBLE;
}

std::string_view bytes_of(const Tensor& tensor) {
  return visit_dtype(tensor.dtype(), [&]<class T>(std::type_identity<T>) {
    const std::span<const T> values = tensor.data<T>();
    return std::string_view(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  });
}

void fill(::onnx::TensorProto& proto, const std::string& name, const Tensor& tensor) {
  proto.set_name(name);
  proto.set_data_type(type_of(tensor.dtype()));
  for (const std::int64_t extent : tensor.shape()) proto.add_dims(extent);
  const std::string_view bytes = bytes_of(tensor);
  proto.set_raw_data(bytes.data(), bytes.size());
}

void fill(::onnx::ValueInfoProto& proto, const std::string& name, DType dtype, const Extents& shape) {
  proto.set_name(name);
  auto& type = *proto.mutable_type()->mutable_tensor_type();
  type.set_elem_type(type_of(dtype));
  type.mutable_shape();  // present also for a scalar
  for (const Extent& extent : shape) {
    auto& dim = *type.mutable_shape()->add_dim();
    if (extent.fixed())
      dim.set_dim_value(extent.rest);
    else
      dim.set_dim_param(to_string(extent));
  }
}

void add_attribute(::onnx::NodeProto& node, const std::string& name, const AttributeValue& value) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    attribute.set_type(::onnx::AttributeProto::INT);
    attribute.set_i(*whole);
  } else if (const auto* real = std::get_if<float>(&value)) {
    attribute.set_type(::onnx::AttributeProto::FLOAT);
    attribute.set_f(*real);
  } else if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value)) {
    attribute.set_type(::onnx::AttributeProto::INTS);
    for (const std::int64_t entry : *list) attribute.add_ints(entry);
  } else {
    attribute.set_type(::onnx::AttributeProto::STRING);
    attribute.set_s(std::get<std::string>(value));
  }
}

}  // namespace

Writer::Writer(const Recording& recording, const std::vector<Input>& inputs, ::onnx::GraphProto& graph)
    : recording_(recording), inputs_(inputs), graph_(graph) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    values_[i] = reserved(inputs[i].name, "an input");
    fill(*graph.add_input(), inputs[i].name, recording[i].dtype(), recording.input_shape(i));
  }
}

std::string Writer::reserved(const std::string& name, std::string_view what) {
  if (name.empty()) fail(save_name, fmt::format("{} has an empty name", what));
  if (!taken_.try_emplace(name, 0).second)
    fail(save_name, fmt::format("the name '{}' of {} is taken by another value of the file", name, what));
  return name;
}

std::string Writer::fresh(std::string_view stem) {
  auto found = taken_.find(stem);
  if (found == taken_.end()) found = taken_.emplace(stem, 0).first;
  for (;;) {
    std::string name = fmt::format("{}_{}", stem, found->second++);
    if (taken_.try_emplace(name, 0).second) return name;
  }
}

std::string Writer::value(std::size_t index, DType dtype) {
  const Step& step = recording_[index];
  if (step.kind == Step::Kind::number) {
    if (!step.varying) return number(step.node->plain_number().to_double(), dtype);
    const std::string size = cast(reshaped(extent(*step.varying), {}), dtype);
    return step.inverse ? add("Reciprocal", {size}) : size;
  }
  const auto found = values_.find(index);
  if (found != values_.end()) return found->second;
  const Tensor tensor = handle(step.node);
  if (step.kind != Step::Kind::named) return values_[index] = constant(tensor);
  fill(*graph_.add_initializer(), reserved(step.name, "a named tensor"), tensor);
  return values_[index] = step.name;
}

std::vector<std::string> Writer::add_results(std::string_view op, const std::vector<std::string>& inputs,
                                             const NodeAttributes& attributes, std::size_t results) {
  ::onnx::NodeProto& node = *graph_.add_node();
  const std::string& scope = scope_name(recording_[current_].node->scope);
  const std::string name = fresh(fmt::format("{}{}{}", scope, scope.empty() ? "" : "/", op));
  node.set_name(name);
  node.set_op_type(std::string(op));
  for (const std::string& input : inputs) node.add_input(input);
  for (const auto& [key, value] : attributes) add_attribute(node, key, value);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < results; ++i) {
    names.push_back(results == 1 ? name + "_value" : fmt::format("{}_value_{}", name, i));
    if (!taken_.try_emplace(names.back(), 0).second) names.back() = fresh(names.back());
    node.add_output(names.back());
  }
  return names;
}

std::string Writer::add(std::string_view op, const std::vector<std::string>& inputs, const NodeAttributes& attributes) {
  return add_results(op, inputs, attributes, 1).front();
}

void Writer::add_for(std::size_t step, std::string_view op, const std::vector<std::string>& inputs,
                     const NodeAttributes& attributes) {
  bind(step, add(op, inputs, attributes));
}

void Writer::bind(std::size_t step, std::string value) { values_[step] = std::move(value); }

std::string Writer::computed(std::size_t index, DType dtype) {
  const std::string name = value(index, dtype);
  return recording_[index].dtype() == bfloat16 ? cast(name, float32) : name;
}

std::string Writer::cast(const std::string& value, DType dtype) {
  return add("Cast", {value}, {{"to", std::int64_t{type_of(dtype)}}});
}

std::string Writer::constant(const Tensor& tensor) {
  const std::string_view bytes = bytes_of(tensor);
  constexpr std::size_t few = 256;
  std::string key;
  if (bytes.size() <= few) {
    key = fmt::format("{} {} ", to_string(tensor.dtype()), to_string(tensor.shape())) + std::string(bytes);
    const auto found = constants_.find(key);
    if (found != constants_.end()) return found->second;
  }
  const std::string name = fresh("constant");
  fill(*graph_.add_initializer(), name, tensor);
  if (!key.empty()) constants_.emplace(key, name);
  return name;
}

std::string Writer::integers(const std::vector<std::int64_t>& values) {
  return constant(tensor(std::span<const std::int64_t>(values), {std::ssize(values)}));
}

std::string Writer::number(double value, DType dtype) {
  return constant(dtype == int64 ? full({}, Number(static_cast<std::int64_t>(value)), int64)
                                 : full({}, Number(value), dtype));
}

std::string Writer::batch_size() {
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (!inputs_[i].batch_axis) continue;
    const int rank = recording_[i].rank();
    const std::int64_t axis = *inputs_[i].batch_axis < 0 ? *inputs_[i].batch_axis + rank : *inputs_[i].batch_axis;
    return add("Gather", {add("Shape", {values_.at(i)}), integers({axis})}, {{"axis", std::int64_t{0}}});
  }
  fail(save_name, "an extent depends on a batch size that no input has");
}

/// As a vector of one element.
std::string Writer::extent(const Extent& extent) {
  if (extent.fixed()) return integers({extent.rest});
  const auto [found, added] = extents_.try_emplace({extent.factor, extent.rest});
  if (!added) return found->second;
  std::string value = extent == Extent(1, 0) ? batch_size() : this->extent({1, 0});
  if (extent.factor != 1) value = add("Mul", {value, integers({extent.factor})});
  if (extent.rest != 0) value = add("Add", {value, integers({extent.rest})});
  return found->second = value;
}

std::string Writer::extents(const Extents& extents) {
  std::vector<std::string> parts;
  std::vector<std::int64_t> fixed;
  const auto flush = [&] {
    if (!fixed.empty()) parts.push_back(integers(std::exchange(fixed, {})));
  };
  for (const Extent& extent : extents) {
    if (extent.fixed()) {
      fixed.push_back(extent.rest);
    } else {
      flush();
      parts.push_back(this->extent(extent));
    }
  }
  if (parts.empty()) return integers(fixed);
  flush();
  return parts.size() == 1 ? parts.front() : add("Concat", parts, {{"axis", std::int64_t{0}}});
}

std::string Writer::reshaped(const std::string& value, const Extents& shape) {
  const auto varying = std::ranges::count_if(shape, [](const Extent& extent) { return !extent.fixed(); });
  const bool empty = std::ranges::any_of(shape, [](const Extent& extent) { return extent.is(0); });
  // A 0 in the shape stands for the input's extent unless allowzero says otherwise.
  const NodeAttributes attributes = empty ? NodeAttributes{{"allowzero", std::int64_t{1}}} : NodeAttributes{};
  if (varying != 1 || empty) return add("Reshape", {value, extents(shape)}, attributes);
  std::vector<std::int64_t> numbers;
  for (const Extent& extent : shape) numbers.push_back(extent.fixed() ? extent.rest : -1);
  return add("Reshape", {value, integers(numbers)});
}

void Writer::finish(const std::vector<std::string>& names) {
  const std::vector<std::size_t>& outputs = recording_.outputs();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Step& step = recording_[outputs[i]];
    current_ = outputs[i];
    reserved(names[i], "an output");
    ::onnx::NodeProto& node = *graph_.add_node();
    node.set_op_type("Identity");
    node.set_name(fresh("output/Identity"));
    node.add_input(value(outputs[i]));
    node.add_output(names[i]);
    fill(*graph_.add_output(), names[i], step.dtype(), step.shape);
  }
}

DType operand_dtype(const Recording& recording, const Step& step) {
  const auto* traits = step.node->primitive->elementwise();
  for (std::size_t k = 0; k < step.inputs.size(); ++k) {
    const Step& input = recording[step.inputs[k]];
    if (input.kind != Step::Kind::number && !(traits && traits->is_mask(k))) return input.dtype();
  }
  return traits ? traits->number_dtype(step.dtype()) : step.dtype();
}

Rule rule_of(std::string_view primitive) {
  for (const Rules* rules : {&elementwise_rules(), &arranging_rules(), &reducing_rules(), &window_rules()}) {
    const auto found = rules->find(primitive);
    if (found != rules->end()) return found->second;
  }
  return nullptr;
}

}  // namespace xgrad::onnx
