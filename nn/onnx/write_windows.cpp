#include <algorithm>
#include <numeric>

#include <autograd/ops.hpp>
#include <nn/onnx/patterns.hpp>
#include <nn/onnx/writer.hpp>

namespace xgrad::onnx {
namespace {

/// Whether all extents but the first, of the batch, are the same at all batch sizes.
bool fixed_images(const Step& images) {
  return std::all_of(images.shape.begin() + 1, images.shape.end(), [](const Extent& extent) { return extent.fixed(); });
}

/// Kernels (channels field, 1, kernel...) of which each picks one place of a window.
Tensor picking_kernels(std::int64_t channels, const PerAxis& kernel, DType dtype) {
  Shape shape{channels * ops::product(kernel), 1};
  for (int axis = 0; axis < kernel.axes(); ++axis) shape.push_back(kernel[axis]);
  return tile(eye(ops::product(kernel), {}, dtype), {channels, 1}).reshape(shape);
}

/// A convolution with kernels that pick places.
Emission unfold_rule(const Recording& recording, std::size_t index) {
  const Step& step = recording[index];
  const std::size_t x = step.inputs[0];
  if (!fixed_images(recording[x])) return {};
  return {{x}, [=](Writer& writer) {
            const Step &images = writer.recording()[x], &result = writer.recording()[index];
            const auto& windows = result.node->attributes.as<ops::WindowGrid>();
            const std::int64_t channels = images.shape[1].rest;
            NodeAttributes attributes = steps_of(windows);
            attributes.emplace_back("pads", paddings_of(windows, images.shape));
            attributes.emplace_back("group", channels);
            const std::string kernels = writer.constant(picking_kernels(channels, windows.kernel, images.dtype()));
            const std::string picked = writer.add("Conv", {writer.value(x), kernels}, attributes);
            const std::string apart =
                writer.reshaped(picked, {images.shape[0], images.shape[1], result.shape[1], result.shape[3]});
            writer.add_for(index, "Transpose", {apart}, {{"perm", std::vector<std::int64_t>{1, 2, 0, 3}}});
          }};
}

/// The transposed convolution with these kernels.
Emission fold_rule(const Recording& recording, std::size_t index) {
  if (auto transposed = transposed_convolution(recording, index)) return *transposed;
  const Step& step = recording[index];
  const std::size_t x = step.inputs[0];
  if (!fixed_images(step)) return {};
  return {{x}, [=](Writer& writer) {
            const Step &given = writer.recording()[x], &images = writer.recording()[index];
            const auto& windows = images.node->attributes.as<ops::WindowGrid>();
            const std::int64_t channels = images.shape[1].rest;
            Extents shape{images.shape[0], channels * ops::product(windows.kernel)};
            NodeAttributes attributes = steps_of(windows);
            std::vector<std::int64_t> pads = list_of(windows.steps.padding), further;
            for (int axis = 0; axis < windows.axes(); ++axis) {
              shape.emplace_back(windows.grid[axis]);
              const std::int64_t reach = (windows.grid[axis] - 1) * windows.steps.stride[axis] +
                                         windows.steps.dilation[axis] * (windows.kernel[axis] - 1) + 1;
              const std::int64_t behind =
                  reach - windows.steps.padding[axis] - images.shape[static_cast<std::size_t>(2 + axis)].rest;
              pads.push_back(std::max<std::int64_t>(0, behind));
              further.push_back(std::max<std::int64_t>(0, -behind));
            }
            attributes.emplace_back("pads", pads);
            attributes.emplace_back("output_padding", further);
            attributes.emplace_back("group", channels);
            const std::string moved =
                writer.add("Transpose", {writer.value(x)}, {{"perm", std::vector<std::int64_t>{2, 0, 1, 3}}});
            const std::string kernels = writer.constant(picking_kernels(channels, windows.kernel, given.dtype()));
            writer.add_for(index, "ConvTranspose", {writer.reshaped(moved, shape), kernels}, attributes);
          }};
}

/// The convolution, channels first.
Emission window_product_rule(const Recording& recording, std::size_t index) {
  const std::size_t weights = recording[index].inputs[0], x = recording[index].inputs[1];
  if (!fixed_images(recording[x])) return {};
  return {{weights, x}, [=](Writer& writer) {
            const Step& result = writer.recording()[index];
            const auto& windows = result.node->attributes.as<ops::WindowGrid>();
            NodeAttributes attributes = steps_of(windows);
            attributes.emplace_back("pads", paddings_of(windows, writer.recording()[x].shape));
            const std::string images = writer.add("Conv", {writer.value(x), writer.value(weights)}, attributes);
            writer.add_for(index, "Transpose", {images}, {{"perm", first_axes_exchanged(result.shape.size())}});
          }};
}

/// A convolution with images as kernels, where images and channels change places, and so do strides and dilations: as
/// many places as the weights have that it is the derivative by.
std::string correlation(Writer& writer, const ops::WindowGrid& windows, const Extents& images, const std::string& from,
                        const std::string& kernels, std::int64_t groups) {
  std::vector<std::int64_t> pads = list_of(windows.steps.padding), starts, ends, axes;
  for (int axis = 0; axis < windows.axes(); ++axis) {
    const std::int64_t reach = windows.steps.dilation[axis] * (windows.kernel[axis] - 1) +
                               windows.steps.stride[axis] * (windows.grid[axis] - 1) + 1;
    const std::int64_t extent = images[static_cast<std::size_t>(2 + axis)].rest;
    pads.push_back(std::max<std::int64_t>(0, reach - extent - windows.steps.padding[axis]));
    starts.push_back(0);
    ends.push_back(windows.kernel[axis]);
    axes.push_back(2 + axis);
  }
  const std::string sums = writer.add("Conv", {from, kernels},
                                      {{"kernel_shape", list_of(windows.grid)},
                                       {"strides", list_of(windows.steps.dilation)},
                                       {"dilations", list_of(windows.steps.stride)},
                                       {"pads", pads},
                                       {"group", groups}});
  // Windows that leave out the last elements leave room for more places than the kernel has.
  return writer.add("Slice", {sums, writer.integers(starts), writer.integers(ends), writer.integers(axes)});
}

Emission window_correlation_rule(const Recording& recording, std::size_t index) {
  const std::size_t y = recording[index].inputs[0], x = recording[index].inputs[1];
  if (!fixed_images(recording[x])) return {};
  return {{y, x}, [=](Writer& writer) {
            const Step &result = writer.recording()[index], &images = writer.recording()[x];
            const NodeAttributes order{{"perm", first_axes_exchanged(result.shape.size())}};
            const std::string from = writer.add("Transpose", {writer.value(x)}, order);
            const std::string kernels = writer.add("Transpose", {writer.value(y)}, order);
            const std::string own =
                correlation(writer, result.node->attributes.as<ops::WindowGrid>(), images.shape, from, kernels, 1);
            writer.add_for(index, "Transpose", {own}, order);
          }};
}

/// The weights (C, ...) of a depthwise convolution as ONNX has them: (C, 1, ...).
Extents depthwise_weights(const Extents& weights) {
  Extents shape{weights[0], 1};
  shape.insert(shape.end(), weights.begin() + 1, weights.end());
  return shape;
}

Emission channel_product_rule(const Recording& recording, std::size_t index) {
  const std::size_t weights = recording[index].inputs[0], x = recording[index].inputs[1];
  if (!fixed_images(recording[x])) return {};
  return {{weights, x}, [=](Writer& writer) {
            const Step &result = writer.recording()[index], &images = writer.recording()[x];
            const auto& windows = result.node->attributes.as<ops::WindowGrid>();
            NodeAttributes attributes = steps_of(windows);
            attributes.emplace_back("pads", paddings_of(windows, images.shape));
            attributes.emplace_back("group", images.shape[1].rest);
            const std::string kernels =
                writer.reshaped(writer.value(weights), depthwise_weights(writer.recording()[weights].shape));
            writer.add_for(index, "Conv", {writer.value(x), kernels}, attributes);
          }};
}

/// A convolution in one group for each channel, whose images are its inputs.
Emission channel_correlation_rule(const Recording& recording, std::size_t index) {
  const std::size_t y = recording[index].inputs[0], x = recording[index].inputs[1];
  if (!fixed_images(recording[x])) return {};
  return {{y, x}, [=](Writer& writer) {
            const Step &result = writer.recording()[index], &images = writer.recording()[x];
            const NodeAttributes order{{"perm", first_axes_exchanged(images.shape.size())}};
            Extents all{1, images.shape[0] * images.shape[1].rest};
            all.insert(all.end(), images.shape.begin() + 2, images.shape.end());
            const std::string from = writer.reshaped(writer.add("Transpose", {writer.value(x)}, order), all);
            const std::string kernels = writer.add("Transpose", {writer.value(y)}, order);
            const std::string own = correlation(writer, result.node->attributes.as<ops::WindowGrid>(), images.shape,
                                                from, kernels, images.shape[1].rest);
            writer.bind(index, writer.reshaped(own, result.shape));
          }};
}

/// The images (36, 1, side, side) that tiles of one product each are made of, or that give it: of a primitive between
/// images and tiles, which is linear.
Tensor tile_images(const Primitive& primitive, bool splits, std::int64_t side, DType dtype) {
  const ops::TileAttributes one{.down = 1, .across = 1, .top = 0, .left = 0};
  const std::int64_t places = side * side;
  if (!splits) {
    const Tensor tiles = eye(ops::tile_products, {}, dtype).reshape({ops::tile_products, 1, ops::tile_products, 1});
    return record1(primitive, tiles, {ops::tile_products, 1, side, side}, dtype, one);
  }
  const Tensor images = eye(places, {}, dtype).reshape({places, 1, side, side});
  return record1(primitive, images, {ops::tile_products, 1, places, 1}, dtype, one)
      .reshape({ops::tile_products, 1, side, side});
}

/// Tiles out of images: a convolution of each channel with 36 kernels, at steps of a tile. Images out of tiles: the
/// transposed one.
template <bool splits, std::int64_t side>
Emission tiles_rule(const Recording& recording, std::size_t index) {
  if (!splits)
    if (auto whole = winograd_convolution(recording, index)) return *whole;
  const std::size_t x = recording[index].inputs[0];
  if (!fixed_images(recording[splits ? x : index])) return {};
  return {{x}, [=](Writer& writer) {
            const Step &given = writer.recording()[x], &result = writer.recording()[index];
            const Extents& images = splits ? given.shape : result.shape;
            const auto& tiles = result.node->attributes.as<ops::TileAttributes>();
            const std::int64_t channels = images[1].rest, products = ops::tile_products;
            const NodeAttributes attributes{{"kernel_shape", std::vector<std::int64_t>{side, side}},
                                            {"strides", std::vector<std::int64_t>{ops::tile_size, ops::tile_size}},
                                            {"pads", paddings_of(tiles, side, images)},
                                            {"group", channels}};
            const std::string kernels = writer.constant(
                tile(tile_images(*result.node->primitive, splits, side, given.dtype()), {channels, 1, 1, 1}));
            const NodeAttributes order{
                {"perm", splits ? std::vector<std::int64_t>{1, 2, 0, 3} : std::vector<std::int64_t>{2, 0, 1, 3}}};
            if constexpr (splits) {
              const std::string apart = writer.reshaped(writer.add("Conv", {writer.value(x), kernels}, attributes),
                                                        {images[0], images[1], products, tiles.down * tiles.across});
              writer.add_for(index, "Transpose", {apart}, order);
            } else {
              const std::string moved = writer.reshaped(writer.add("Transpose", {writer.value(x)}, order),
                                                        {images[0], products * channels, tiles.down, tiles.across});
              writer.add_for(index, "ConvTranspose", {moved, kernels}, attributes);
            }
          }};
}

/// Tiles (C, products, N, tiles) as matrices (products, C, N tiles), or (products, N tiles, C).
std::string matrices_of(Writer& writer, std::size_t tiles, bool transposed) {
  const Extents& from = writer.recording()[tiles].shape;
  const std::vector<std::int64_t> perm =
      transposed ? std::vector<std::int64_t>{1, 2, 3, 0} : std::vector<std::int64_t>{1, 0, 2, 3};
  const std::string moved = writer.add("Transpose", {writer.value(tiles)}, {{"perm", perm}});
  return writer.reshaped(moved, transposed ? Extents{from[1], from[2] * from[3].rest, from[0]}
                                           : Extents{from[1], from[0], from[2] * from[3].rest});
}

Emission winograd_product_rule(const Recording& recording, std::size_t index) {
  const std::vector<std::size_t>& inputs = recording[index].inputs;
  return {inputs, [=](Writer& writer) {
            const Extents& to = writer.recording()[index].shape;
            const std::string product =
                writer.add("MatMul", {writer.value(inputs[0]), matrices_of(writer, inputs[1], false)});
            writer.add_for(index, "Transpose", {writer.reshaped(product, {to[1], to[0], to[2], to[3]})},
                           {{"perm", std::vector<std::int64_t>{1, 0, 2, 3}}});
          }};
}

Emission winograd_correlation_rule(const Recording& recording, std::size_t index) {
  const std::vector<std::size_t>& inputs = recording[index].inputs;
  return {
      inputs, [=](Writer& writer) {
        writer.add_for(index, "MatMul", {matrices_of(writer, inputs[0], false), matrices_of(writer, inputs[1], true)});
      }};
}

/// Values and places of the largest elements of windows, as ONNX has them; it counts places through all images and
/// channels.
std::vector<std::string> max_pool(Writer& writer, std::size_t x, const ops::WindowGrid& windows, std::size_t results) {
  NodeAttributes attributes = steps_of(windows);
  attributes.emplace_back("pads", paddings_of(windows, writer.recording()[x].shape));
  return writer.add_results("MaxPool", {writer.value(x)}, attributes, results);
}

/// Elements of an image of one channel.
std::int64_t elements_of_image(const Extents& images) {
  std::int64_t elements = 1;
  for (std::size_t axis = 2; axis < images.size(); ++axis) elements *= images[axis].rest;
  return elements;
}

/// Where in its image each window is largest.
std::string largest_places(Writer& writer, std::size_t x, const ops::WindowGrid& windows) {
  const auto places = static_cast<double>(elements_of_image(writer.recording()[x].shape));
  return writer.add("Mod", {max_pool(writer, x, windows, 2)[1], writer.number(places, int64)});
}

/// (N, C, elements of an image).
std::string flat_images(Writer& writer, const std::string& images, const Extents& shape) {
  return writer.reshaped(images, {shape[0], shape[1], elements_of_image(shape)});
}

Emission pick_largest_rule(const Recording& recording, std::size_t index) {
  const std::size_t x = recording[index].inputs[0], values = recording[index].inputs[1];
  if (!fixed_images(recording[x])) return {};
  return {{x, values}, [=](Writer& writer) {
            const Step& result = writer.recording()[index];
            const auto& windows = result.node->attributes.as<ops::WindowGrid>();
            if (x == values) return writer.bind(index, max_pool(writer, x, windows, 1)[0]);
            const std::string places = flat_images(writer, largest_places(writer, x, windows), result.shape);
            const std::string from = flat_images(writer, writer.value(values), writer.recording()[values].shape);
            writer.bind(index,
                        writer.reshaped(writer.add("GatherElements", {from, places}, {{"axis", std::int64_t{2}}}),
                                        result.shape));
          }};
}

Emission spread_to_largest_rule(const Recording& recording, std::size_t index) {
  const std::size_t x = recording[index].inputs[0], values = recording[index].inputs[1];
  if (!fixed_images(recording[x])) return {};
  return {{x, values}, [=](Writer& writer) {
            const Step &result = writer.recording()[index], &given = writer.recording()[values];
            const auto& windows = result.node->attributes.as<ops::WindowGrid>();
            const std::string places = flat_images(writer, largest_places(writer, x, windows), given.shape);
            const Extents flat{result.shape[0], result.shape[1], elements_of_image(result.shape)};
            const std::string zeros = writer.add("Expand", {writer.number(0, result.dtype()), writer.extents(flat)});
            const std::string sums =
                writer.add("ScatterElements", {zeros, places, flat_images(writer, writer.value(values), given.shape)},
                           {{"axis", std::int64_t{2}}, {"reduction", std::string("add")}});
            writer.bind(index, writer.reshaped(sums, result.shape));
          }};
}

Emission window_argmax_rule(const Recording& recording, std::size_t index) {
  const std::size_t x = recording[index].inputs[0];
  if (!fixed_images(recording[x])) return {};
  return {{x}, [=](Writer& writer) {
            const auto& windows = writer.recording()[index].node->attributes.as<ops::WindowGrid>();
            writer.bind(index, largest_places(writer, x, windows));
          }};
}

/// A product with the matrix of the weights.
Emission resample_rule(const Recording& recording, std::size_t index) {
  const std::size_t x = recording[index].inputs[0];
  const auto axis = static_cast<std::size_t>(recording[index].node->attributes.as<ops::ResampleAttributes>().axis);
  const Extents &from = recording[x].shape, &to = recording[index].shape;
  if (!from[axis].fixed() || !to[axis].fixed()) return {};
  return {{x}, [=](Writer& writer) {
            const Step &given = writer.recording()[x], &result = writer.recording()[index];
            const std::int64_t n = given.shape[axis].rest, m = result.shape[axis].rest;
            ops::ResampleAttributes attributes = result.node->attributes.as<ops::ResampleAttributes>();
            attributes.axis = 1;
            const Tensor matrix =
                record1(*result.node->primitive, eye(n, {}, given.dtype()), {n, m}, given.dtype(), attributes);
            const std::size_t behind = given.shape.size() - axis;
            if (behind == 1) return writer.add_for(index, "MatMul", {writer.value(x), writer.constant(matrix)});
            const std::string left = writer.constant(transpose(matrix));
            if (behind == 2) return writer.add_for(index, "MatMul", {left, writer.value(x)});
            // (..., n, rest): the axes behind as one.
            Extents rows(given.shape.begin(), given.shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1);
            std::int64_t rest = 1;
            for (std::size_t i = axis + 1; i < given.shape.size(); ++i) rest *= given.shape[i].rest;
            rows.emplace_back(rest);
            writer.bind(index, writer.reshaped(writer.add("MatMul", {left, writer.reshaped(writer.value(x), rows)}),
                                               result.shape));
          }};
}

}  // namespace

const Rules& window_rules() {
  static const Rules rules = {
      {"unfold", &unfold_rule},
      {"fold", &fold_rule},
      {"window_product", &window_product_rule},
      {"window_correlation", &window_correlation_rule},
      {"channel_product", &channel_product_rule},
      {"channel_correlation", &channel_correlation_rule},
      {"winograd_data", &tiles_rule<true, ops::tile_points>},
      {"winograd_data_adjoint", &tiles_rule<false, ops::tile_points>},
      {"winograd_result", &tiles_rule<false, ops::tile_size>},
      {"winograd_result_adjoint", &tiles_rule<true, ops::tile_size>},
      {"winograd_product", &winograd_product_rule},
      {"winograd_correlation", &winograd_correlation_rule},
      {"window_argmax", &window_argmax_rule},
      {"pick_largest", &pick_largest_rule},
      {"spread_to_largest", &spread_to_largest_rule},
      {"resample", &resample_rule},
  };
  return rules;
}

}  // namespace xgrad::onnx
