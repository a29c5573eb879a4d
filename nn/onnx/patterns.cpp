#include <nn/onnx/patterns.hpp>

#include <algorithm>

namespace xgrad::onnx {
namespace {

bool all_fixed(std::span<const Extent> extents) {
  return std::ranges::all_of(extents, [](const Extent& extent) { return extent.fixed(); });
}

/// A matrix operand: the step to read, and whether it is read transposed.
struct MatrixOperand {
  std::size_t step;
  std::int64_t transposed = 0;

  MatrixOperand(const Recording& recording, std::size_t operand) : step(operand) {
    const Step& given = recording[operand];
    if (given.literal || given.rank() != 2 || !exchanges(given, 0, 1)) return;
    step = given.inputs[0];
    transposed = 1;
  }
};

/// Whether a shape broadcasts to a matrix of another.
bool broadcasts_to(const Extents& shape, const Extents& matrix) {
  if (shape.size() > matrix.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const Extent& own = shape[shape.size() - 1 - i];
    if (!own.is(1) && own != matrix[matrix.size() - 1 - i]) return false;
  }
  return true;
}

/// The parts of a product of weights and columns, with a bias or without, which becomes (O, N, ...) by reshapes.
struct WeightedColumns {
  std::size_t weights = 0, columns = 0;
  std::optional<std::size_t> bias;
  std::int64_t groups = 1;
};

std::optional<WeightedColumns> weighted_columns(const Recording& recording, std::size_t from, const Extent& rows) {
  WeightedColumns found;
  std::size_t place = reshaped_from(recording, from);
  if (recording[place].is("add")) {
    // y + bias.reshape({O, 1})
    const Step& sum = recording[place];
    const std::size_t bias = sum.inputs[1];
    if (recording[bias].shape != Extents{rows, 1}) return {};
    found.bias = reshaped_from(recording, bias);
    place = reshaped_from(recording, sum.inputs[0]);
  }
  const Step& product = recording[place];
  if (!product.is("matmul") || product.rank() > 3) return {};
  if (product.rank() == 3) {
    if (!product.shape[0].fixed()) return {};
    found.groups = product.shape[0].rest;
  }
  found.weights = product.inputs[0];
  found.columns = product.inputs[1];
  return found;
}

/// The value of weights as (rows, channels, kernel...).
std::string weights_as(Writer& writer, std::size_t weights, const Extents& shape) {
  const std::size_t source = reshaped_from(writer.recording(), weights);
  const std::string value = writer.value(source);
  return writer.recording()[source].shape == shape ? value : writer.reshaped(value, shape);
}

}  // namespace

std::size_t reshaped_from(const Recording& recording, std::size_t step) {
  while (recording[step].is("reshape") && !recording[step].literal) step = recording[step].inputs[0];
  return step;
}

bool exchanges(const Step& step, int axis1, int axis2) {
  if (!step.is("transpose")) return false;
  const auto& order = step.node->attributes.as<ops::PermutationAttributes>();
  for (int axis = 0; axis < step.rank(); ++axis)
    if (order[axis] != (axis == axis1 ? axis2 : axis == axis2 ? axis1 : axis)) return false;
  return true;
}

std::vector<std::int64_t> list_of(const PerAxis& numbers) {
  std::vector<std::int64_t> list;
  for (int axis = 0; axis < numbers.axes(); ++axis) list.push_back(numbers[axis]);
  return list;
}

NodeAttributes steps_of(const ops::WindowGrid& windows) {
  return {{"kernel_shape", list_of(windows.kernel)},
          {"strides", list_of(windows.steps.stride)},
          {"dilations", list_of(windows.steps.dilation)}};
}

std::vector<std::int64_t> paddings_of(const ops::WindowGrid& windows, const Extents& images) {
  std::vector<std::int64_t> pads = list_of(windows.steps.padding);
  for (int axis = 0; axis < windows.axes(); ++axis) {
    const std::int64_t last = (windows.grid[axis] - 1) * windows.steps.stride[axis] +
                              windows.steps.dilation[axis] * (windows.kernel[axis] - 1) + 1;
    const std::int64_t extent = images[static_cast<std::size_t>(2 + axis)].rest;
    pads.push_back(std::max<std::int64_t>(0, last - extent - windows.steps.padding[axis]));
  }
  return pads;
}

std::vector<std::int64_t> paddings_of(const ops::TileAttributes& tiles, std::int64_t side, const Extents& images) {
  const std::int64_t down = ops::tile_size * (tiles.down - 1) + side,
                     across = ops::tile_size * (tiles.across - 1) + side;
  return {tiles.top, tiles.left, down - images[2].rest - tiles.top, across - images[3].rest - tiles.left};
}

std::vector<std::int64_t> first_axes_exchanged(std::size_t rank) {
  std::vector<std::int64_t> perm{1, 0};
  for (std::size_t axis = 2; axis < rank; ++axis) perm.push_back(static_cast<std::int64_t>(axis));
  return perm;
}

std::optional<Emission> product_with_bias(const Recording& recording, std::size_t add) {
  const Step& sum = recording[add];
  if (sum.rank() != 2 || !is_floating(sum.dtype())) return {};
  for (std::size_t k = 0; k < 2; ++k) {
    const Step& product = recording[sum.inputs[k]];
    const std::size_t bias = sum.inputs[1 - k];
    if (!product.is("matmul") || product.literal || product.rank() != 2 || product.uses != 1) continue;
    if (product.shape != sum.shape || !broadcasts_to(recording[bias].shape, sum.shape)) continue;
    const MatrixOperand a(recording, product.inputs[0]), b(recording, product.inputs[1]);
    return Emission{{a.step, b.step, bias}, [=](Writer& writer) {
                      const DType dtype = writer.recording()[add].dtype();
                      writer.add_for(add, "Gemm",
                                     {writer.computed(a.step), writer.computed(b.step), writer.value(bias, dtype)},
                                     {{"transA", a.transposed}, {"transB", b.transposed}});
                    }};
  }
  return {};
}

std::optional<Emission> batched_product(const Recording& recording, std::size_t reshape) {
  const Step& result = recording[reshape];
  const Step& product = recording[result.inputs[0]];
  if (!product.is("matmul") || product.literal || product.rank() != 2 || result.rank() < 3) return {};
  const Step& rows = recording[product.inputs[0]];
  if (!rows.is("reshape") || rows.literal) return {};
  const std::size_t batch = rows.inputs[0], matrix = product.inputs[1];
  Extents shape = recording[batch].shape;
  if (shape.size() != result.shape.size() || shape.back() != rows.shape[1]) return {};
  shape.back() = product.shape[1];
  if (shape != result.shape) return {};
  return Emission{{batch, matrix}, [=](Writer& writer) {
                    writer.add_for(reshape, "MatMul", {writer.computed(batch), writer.computed(matrix)});
                  }};
}

std::optional<Emission> convolution(const Recording& recording, std::size_t transpose) {
  const Step& images = recording[transpose];
  if (images.rank() < 3 || images.rank() > 5 || !exchanges(images, 0, 1) || !is_floating(images.dtype())) return {};
  const Step& swapped = recording[images.inputs[0]];
  if (!swapped.is("reshape") || !all_fixed(std::span(images.shape).subspan(1))) return {};
  const auto parts = weighted_columns(recording, images.inputs[0], images.shape[1]);
  if (!parts) return {};

  const std::size_t columns = reshaped_from(recording, parts->columns);
  const Step& source = recording[columns];
  Extents kernel(images.shape.size() - 2, 1);
  std::size_t x = 0;
  NodeAttributes attributes;
  if (source.is("unfold")) {
    const auto& windows = source.node->attributes.as<ops::WindowGrid>();
    x = source.inputs[0];
    if (!all_fixed(std::span(recording[x].shape).subspan(1)) || recording[x].shape.size() != images.shape.size())
      return {};
    for (int axis = 0; axis < windows.axes(); ++axis) {
      kernel[static_cast<std::size_t>(axis)] = windows.kernel[axis];
      if (!images.shape[static_cast<std::size_t>(2 + axis)].is(windows.grid[axis])) return {};
    }
    attributes = steps_of(windows);
    attributes.emplace_back("pads", paddings_of(windows, recording[x].shape));
  } else if (exchanges(source, 0, 1) && source.rank() == images.rank()) {
    x = source.inputs[0];
    const Extents& from = recording[x].shape;
    if (!std::equal(from.begin() + 2, from.end(), images.shape.begin() + 2)) return {};
  } else {
    return {};
  }
  const Extents& from = recording[x].shape;
  if (from[0] != images.shape[0] || !from[1].fixed() || from[1].rest % parts->groups != 0) return {};
  Extents shape{images.shape[1], from[1].rest / parts->groups};
  shape.insert(shape.end(), kernel.begin(), kernel.end());
  std::int64_t elements = 1;
  for (const Extent& extent : shape) elements *= extent.rest;
  if (recording[parts->weights].elements() != elements) return {};
  attributes.emplace_back("group", parts->groups);

  std::vector<std::size_t> reads{x, reshaped_from(recording, parts->weights)};
  if (parts->bias) reads.push_back(*parts->bias);
  return Emission{reads, [=, parts = *parts](Writer& writer) {
                    std::vector<std::string> in{writer.value(x), weights_as(writer, parts.weights, shape)};
                    if (parts.bias) in.push_back(weights_as(writer, *parts.bias, {shape[0]}));
                    writer.add_for(transpose, "Conv", in, attributes);
                  }};
}

std::optional<Emission> direct_convolution(const Recording& recording, std::size_t transpose) {
  const Step& images = recording[transpose];
  if (!exchanges(images, 0, 1)) return {};
  std::size_t product = images.inputs[0];
  std::optional<std::size_t> bias;
  if (recording[product].is("add") && !recording[product].literal) {
    const std::vector<std::size_t>& terms = recording[product].inputs;
    const bool first = recording[terms[0]].is("window_product");
    bias = reshaped_from(recording, terms[first ? 1 : 0]);
    product = terms[first ? 0 : 1];
    if (!images.shape[1].fixed() || recording[*bias].elements() != images.shape[1].rest) return {};
  }
  const Step& own = recording[product];
  if (!own.is("window_product") || own.literal || own.rank() != images.rank()) return {};
  const std::size_t weights = own.inputs[0], x = own.inputs[1];
  if (!all_fixed(std::span(recording[x].shape).subspan(1))) return {};
  std::vector<std::size_t> reads{x, weights};
  if (bias) reads.push_back(*bias);
  return Emission{reads, [=](Writer& writer) {
                    const auto& windows = writer.recording()[product].node->attributes.as<ops::WindowGrid>();
                    NodeAttributes attributes = steps_of(windows);
                    attributes.emplace_back("pads", paddings_of(windows, writer.recording()[x].shape));
                    std::vector<std::string> in{writer.value(x), writer.value(weights)};
                    if (bias) in.push_back(weights_as(writer, *bias, {writer.recording()[transpose].shape[1]}));
                    writer.add_for(transpose, "Conv", in, attributes);
                  }};
}

std::optional<Emission> winograd_convolution(const Recording& recording, std::size_t result) {
  const Step& images = recording[result];
  const Step& product = recording[images.inputs[0]];
  if (!product.is("winograd_product") || product.literal) return {};
  const Step& data = recording[product.inputs[1]];
  const Step& transformed = recording[reshaped_from(recording, product.inputs[0])];
  if (!data.is("winograd_data") || !transformed.is("matmul") || transformed.literal) return {};
  const Step& matrix = recording[transformed.inputs[1]];
  if (!exchanges(matrix, 0, 1)) return {};
  const std::size_t x = data.inputs[0], weights = reshaped_from(recording, matrix.inputs[0]);
  const Extents& from = recording[x].shape;
  if (!all_fixed(std::span(from).subspan(1)) || from[0] != images.shape[0]) return {};
  const Extents shape{images.shape[1], from[1], 3, 3};
  if (recording[weights].elements() != 9 * shape[0].rest * shape[1].rest) return {};
  const auto& tiles = data.node->attributes.as<ops::TileAttributes>();
  const std::vector<std::int64_t> pads{tiles.top, tiles.left, images.shape[2].rest + 2 - from[2].rest - tiles.top,
                                       images.shape[3].rest + 2 - from[3].rest - tiles.left};
  return Emission{{x, weights}, [=](Writer& writer) {
                    writer.add_for(result, "Conv", {writer.value(x), weights_as(writer, weights, shape)},
                                   {{"kernel_shape", std::vector<std::int64_t>{3, 3}}, {"pads", pads}});
                  }};
}

std::optional<Emission> transposed_convolution(const Recording& recording, std::size_t fold) {
  const Step& images = recording[fold];
  const auto& windows = images.node->attributes.as<ops::WindowGrid>();
  const auto parts = weighted_columns(recording, images.inputs[0], -1);
  if (!parts || parts->bias) return {};
  // The weights (C, O / groups, kernel...) as a matrix of (C, O / groups field), transposed.
  const Step& transposed = recording[parts->weights];
  const Step& pixels = recording[reshaped_from(recording, parts->columns)];
  if (!exchanges(transposed, transposed.rank() - 2, transposed.rank() - 1) || !exchanges(pixels, 0, 1)) return {};
  const std::size_t x = pixels.inputs[0], weights = transposed.inputs[0];
  const Extents& from = recording[x].shape;
  if (!all_fixed(std::span(from).subspan(1)) || !all_fixed(std::span(images.shape).subspan(1))) return {};
  if (from.size() != images.shape.size() || from[0] != images.shape[0]) return {};
  Extents shape{from[1], images.shape[1].rest / parts->groups};
  NodeAttributes attributes = steps_of(windows);
  std::vector<std::int64_t> pads = list_of(windows.steps.padding), further;
  std::int64_t elements = shape[0].rest * shape[1].rest;
  for (int axis = 0; axis < windows.axes(); ++axis) {
    const auto place = static_cast<std::size_t>(2 + axis);
    if (!from[place].is(windows.grid[axis])) return {};
    shape.emplace_back(windows.kernel[axis]);
    elements *= windows.kernel[axis];
    const std::int64_t padding = windows.steps.padding[axis];
    pads.push_back(padding);
    further.push_back(images.shape[place].rest -
                      ((from[place].rest - 1) * windows.steps.stride[axis] +
                       windows.steps.dilation[axis] * (windows.kernel[axis] - 1) + 1 - 2 * padding));
    if (further.back() < 0) return {};
  }
  if (recording[weights].elements() != elements) return {};
  attributes.emplace_back("pads", pads);
  attributes.emplace_back("output_padding", further);
  attributes.emplace_back("group", parts->groups);
  return Emission{
      {x, reshaped_from(recording, weights)}, [=](Writer& writer) {
        writer.add_for(fold, "ConvTranspose", {writer.value(x), weights_as(writer, weights, shape)}, attributes);
      }};
}

}  // namespace xgrad::onnx
