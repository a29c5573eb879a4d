#include <autograd/run/inspect/finite.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <autograd/provenance.hpp>
#include <autograd/recorder.hpp>
#include <autograd/run/plan/ids.hpp>

namespace xgrad::run {
namespace {

using Index = std::vector<std::int64_t>;

double value_at(const Array& array, std::int64_t offset) {
  switch (array.dtype) {
    case DType::boolean:
      return array.as<bool>()[offset] ? 1 : 0;
    case DType::int64:
      return static_cast<double>(array.as<std::int64_t>()[offset]);
    case DType::bfloat16:
      return static_cast<double>(array.as<BFloat16>()[offset]);
    case DType::float32:
      return static_cast<double>(array.as<float>()[offset]);
    case DType::float64:
      break;
  }
  return array.as<double>()[offset];
}

/// The value at an index of a shape that the array broadcasts to.
double value_at(const Array& array, const Index& index) {
  const std::size_t extra = index.size() - array.shape.size();
  std::int64_t offset = 0;
  for (std::size_t axis = 0; axis < array.shape.size(); ++axis)
    if (array.shape[static_cast<int>(axis)] != 1) offset += index[extra + axis] * array.strides[axis];
  return value_at(array, offset);
}

Index index_of(std::int64_t element, const Shape& shape) {
  Index index(shape.size());
  for (int axis = shape.rank(); axis-- > 0; element /= shape[axis]) index[as_size(axis)] = element % shape[axis];
  return index;
}

/// The value of an input, as the user wrote it where it is a plain number: 1e300 is finite, also in float32.
double value_of(const Node& node, std::size_t k, const Array& input, const Index& index) {
  return node.input(k)->number ? node.input(k)->plain_number().to_double() : value_at(input, index);
}

/// f(value, index) of all elements, in row-major order.
template <class F>
void for_each(const Array& array, F&& f) {
  const std::int64_t count = array.shape.elements();
  for (std::int64_t i = 0; i < count; ++i) {
    const Index index = index_of(i, array.shape);
    f(value_at(array, index), index);
  }
}

bool all_finite(const Array& array) {
  if (!is_floating(array.dtype)) return true;
  bool finite = true;
  if (array.contiguous()) {
    const std::int64_t count = array.shape.elements();
    for (std::int64_t i = 0; finite && i < count; ++i) finite = std::isfinite(value_at(array, i));
    return finite;
  }
  for_each(array, [&](double value, const Index&) { finite = finite && std::isfinite(value); });
  return finite;
}

/// For each element of a reduction over axes of its input whether what it reduces is finite.
std::vector<bool> finite_slices(const Node& node, const Array& input, const Shape& result) {
  const auto& axes = node.attributes.as<ReducedAxes>();
  const bool keepdims = result.rank() == input.shape.rank();
  std::vector<bool> finite(as_size(result.elements()), true);
  for_each(input, [&](double value, const Index& index) {
    if (std::isfinite(value)) return;
    std::int64_t element = 0;
    for (int axis = 0, kept = 0; axis < input.shape.rank(); ++axis) {
      const bool reduced = axes.contains(axis);
      if (reduced && !keepdims) continue;
      element = element * result[kept++] + (reduced ? 0 : index[as_size(axis)]);
    }
    finite[as_size(element)] = false;
  });
  return finite;
}

/// The first element that is not finite although all that it is computed from is.
std::optional<std::int64_t> first_made(const Node& node, std::span<const Array> inputs, const Array& result,
                                       const std::vector<std::int64_t>& suspects) {
  if (node.primitive->elementwise()) {
    for (const std::int64_t element : suspects) {
      const Index index = index_of(element, result.shape);
      bool finite = true;
      for (std::size_t k = 0; k < inputs.size(); ++k)
        finite = finite && std::isfinite(value_of(node, k, inputs[k], index));
      if (finite) return element;
    }
    return {};
  }
  if (node.primitive->reduces()) {
    const std::vector<bool> finite = finite_slices(node, inputs[0], result.shape);
    for (const std::int64_t element : suspects)
      if (finite[as_size(element)]) return element;
    return {};
  }
  return std::ranges::all_of(inputs, all_finite) ? std::optional(suspects.front()) : std::nullopt;
}

// ------------------------------------------------------------------------------------------------- the message

std::string number_text(double value, DType dtype) {
  if (std::isnan(value)) return "nan";  // whatever its sign
  return dtype == DType::float32 ? fmt::format("{}", static_cast<float>(value)) : fmt::format("{}", value);
}

std::string index_text(const Index& index) { return fmt::format("[{}]", fmt::join(index, ", ")); }

std::string array_text(const Array& array) {
  return fmt::format("{} {}", to_string(array.dtype), to_string(array.shape));
}

std::string range_text(const Array& array) {
  if (array.shape.elements() == 0) return "without elements";
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for_each(array, [&](double value, const Index&) {
    low = std::min(low, value);
    high = std::max(high, value);
  });
  return fmt::format("from {} to {}", number_text(low, array.dtype), number_text(high, array.dtype));
}

std::string input_text(const Node& node, std::size_t k, const Array& input, const Index& index) {
  if (node.input(k)->number) return fmt::format("the number {}", node.input(k)->plain_number().text());
  if (!node.primitive->elementwise()) return fmt::format("{}, {}", array_text(input), range_text(input));
  Index own(index.end() - input.shape.rank(), index.end());
  for (int axis = 0; axis < input.shape.rank(); ++axis)
    if (input.shape[axis] == 1) own[as_size(axis)] = 0;
  return fmt::format("{}, {} at {}", array_text(input), number_text(value_at(input, index), input.dtype),
                     index_text(own));
}

constexpr const char* too_early = "recorded before anomaly detection began";

std::string line_text(const CallSite& call) {
  return call.known() ? fmt::format("{}:{}", call.file(), call.line()) : "unknown";
}

std::string origin_text(const Origin& origin) {
  std::string text = origin.order > 1 ? fmt::format("of order {} of ", origin.order) : "of ";
  text += origin.primitive->name;
  if (origin.scope != 0) text += " in module " + scope_name(origin.scope);
  return text + ", " + (origin.noted ? "line " + line_text(origin.call) : too_early);
}

[[noreturn]] void report(const Node& node, std::span<const Array> inputs, const Array& result, std::int64_t element,
                         std::size_t suspects) {
  const Index index = index_of(element, result.shape);
  std::string text = fmt::format("made {} out of finite inputs at {}",
                                 number_text(value_at(result, index), result.dtype), index_text(index));
  if (suspects > 1) text += fmt::format(", the first of {} elements that are not finite", suspects);
  const auto line = [&](const std::string& name, const std::string& value) {
    text += fmt::format("\n  {:<9} {}", name, value);
  };
  line("result", array_text(result));
  for (std::size_t k = 0; k < inputs.size(); ++k)
    line(fmt::format("input {}", k), input_text(node, k, inputs[k], index));
  if (node.scope != 0) line("module", scope_name(node.scope));
  const Provenance* provenance = provenance_of(node);
  const bool derived = provenance && provenance->origin.primitive;
  if (!provenance)
    line("line", fmt::format("unknown, {}", too_early));
  else if (!derived || provenance->call.known())
    line("line", line_text(provenance->call));
  if (derived) line("backward", origin_text(provenance->origin));
  fail(node.primitive->name, text);
}

}  // namespace

void check_finite(const Node& node, std::span<const Array> inputs, const Array& result) {
  if (!is_floating(result.dtype)) return;
  std::vector<std::int64_t> suspects;
  const std::int64_t count = result.shape.elements();
  for (std::int64_t i = 0; i < count; ++i)
    if (!std::isfinite(value_at(result, i))) suspects.push_back(i);
  if (suspects.empty()) return;
  if (const std::optional<std::int64_t> element = first_made(node, inputs, result, suspects))
    report(node, inputs, result, *element, suspects.size());
}

}  // namespace xgrad::run
