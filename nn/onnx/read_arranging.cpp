#include <algorithm>
#include <limits>
#include <numeric>

#include <nn/onnx/graph.hpp>

namespace xgrad::onnx {
namespace {

using Numbers = std::vector<std::int64_t>;

Numbers extents_of(const Tensor& x) { return {x.shape().begin(), x.shape().end()}; }

Results reshape_values(const Call& c) {
  Numbers shape = c.integers_of(1);
  const bool zero_stays = c.integer("allowzero", 0) != 0;
  for (std::size_t i = 0; i < shape.size() && !zero_stays; ++i) {
    if (shape[i] != 0) continue;
    if (static_cast<int>(i) >= c[0].rank()) c.refuse("a 0 of the shape stands for no axis of the input");
    shape[i] = c[0].shape()[static_cast<int>(i)];
  }
  return {reshape(c[0], shape)};
}

Results transpose_values(const Call& c) {
  if (!c.says("perm")) return {transpose(c[0])};
  const Numbers perm = c.integers("perm");
  return {transpose(c[0], std::vector<int>(perm.begin(), perm.end()))};
}

Results flatten_values(const Call& c) {
  const int rank = c[0].rank();
  const std::int64_t given = c.integer("axis", 1);
  if (given < -rank || given > rank) c.refuse("the axis is out of range");
  const auto axis = static_cast<int>(given < 0 ? given + rank : given);
  std::int64_t before = 1, behind = 1;
  for (int i = 0; i < rank; ++i) (i < axis ? before : behind) *= c[0].shape()[i];
  return {reshape(c[0], {before, behind})};
}

Results squeeze_values(const Call& c) {
  const auto axes = c.listed("axes", 1);
  if (!axes) return {squeeze(c[0])};
  Shape shape;
  const std::vector<int> removed = c.axes(*axes, c[0].rank());
  for (int axis = 0; axis < c[0].rank(); ++axis) {
    if (std::ranges::find(removed, axis) == removed.end())
      shape.push_back(c[0].shape()[axis]);
    else if (c[0].shape()[axis] != 1)
      c.refuse("axis " + std::to_string(axis) + " of shape " + to_string(c[0].shape()) + " does not have extent 1");
  }
  return {reshape(c[0], shape)};
}

Results unsqueeze_values(const Call& c) {
  const auto axes = c.listed("axes", 1);
  if (!axes) c.refuse("no axes were given");
  return {expand_dims(c[0], c.axes(*axes, c[0].rank() + static_cast<int>(axes->size())))};
}

Results concat_values(const Call& c) { return {concatenate(c.inputs(), c.axis(c.integer("axis", 0), c[0].rank()))}; }

Results split_values(const Call& c) {
  const int axis = c.axis(c.integer("axis", 0), c[0].rank());
  const std::int64_t extent = c[0].shape()[axis];
  Numbers sizes = c.listed("split", 1).value_or(Numbers());
  if (sizes.empty()) {
    const auto parts = static_cast<std::int64_t>(c.outputs());
    const std::int64_t size = (extent + parts - 1) / parts;
    for (std::int64_t i = 0; i < parts; ++i) sizes.push_back(std::clamp<std::int64_t>(extent - i * size, 0, size));
  }
  if (sizes.size() != c.outputs()) c.refuse("there are not as many parts as outputs");
  std::int64_t start = 0;
  Results parts;
  for (const std::int64_t size : sizes) {
    if (size < 0 || size > extent - start) c.refuse("the parts are not those of shape " + to_string(c[0].shape()));
    parts.push_back(slice(c[0], axis, start, start + size));
    start += size;
  }
  if (start != extent) c.refuse("the parts do not cover axis " + std::to_string(axis));
  return parts;
}

Results slice_values(const Call& c) {
  const bool inputs = c.opset >= 10;
  const Numbers starts = inputs ? c.integers_of(1) : c.integers("starts");
  const Numbers ends = inputs ? c.integers_of(2) : c.integers("ends");
  Numbers axes = inputs ? (c.has(3) ? c.integers_of(3) : Numbers()) : c.integers("axes");
  if (axes.empty()) {
    axes.resize(starts.size());
    std::iota(axes.begin(), axes.end(), 0);
  }
  Numbers steps = inputs && c.has(4) ? c.integers_of(4) : Numbers(starts.size(), 1);
  if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size())
    c.refuse("starts, ends, axes and steps are not equally many");
  std::vector<Slice> ranges(static_cast<std::size_t>(c[0].rank()));
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const int axis = c.axis(axes[i], c[0].rank());
    const std::int64_t extent = c[0].shape()[axis];
    Slice& range = ranges[static_cast<std::size_t>(axis)];
    range.step = steps[i];
    if (steps[i] == 0) c.refuse("a step is 0");
    range.start = std::clamp(starts[i], -extent - 1, extent);
    // An end before the first element is open.
    if (steps[i] > 0 || ends[i] >= -extent) range.stop = std::clamp(ends[i], -extent - 1, extent);
  }
  return {slice(c[0], ranges)};
}

Results gather_values(const Call& c) { return {take(c[0], c[1], c.axis(c.integer("axis", 0), c[0].rank()))}; }

/// Indices counted from the start.
Tensor counted(const Tensor& indices, std::int64_t extent) {
  return where(less(indices, 0), indices + extent, indices);
}

Results gather_elements_values(const Call& c) {
  const int axis = c.axis(c.integer("axis", 0), c[0].rank());
  return {gather(c[0], axis, counted(c[1], c[0].shape()[axis]))};
}

/// The flat indices of the places that the last axis of `indices` names, behind `batch` equal axes.
Tensor flat_places(const Tensor& indices, const Shape& shape, int first) {
  const std::int64_t depth = indices.size(-1);
  Tensor flat;
  for (std::int64_t k = 0; k < depth; ++k) {
    const std::int64_t extent = shape[first + static_cast<int>(k)];
    const Tensor own = counted(select(indices, -1, k), extent);
    flat = flat.defined() ? flat * extent + own : own;
  }
  return flat;
}

Results gather_nd_values(const Call& c) {
  const auto batch = static_cast<int>(c.integer("batch_dims", 0));
  const Tensor &x = c[0], &at = c[1];
  const auto depth = static_cast<int>(at.size(-1));
  if (batch < 0 || batch >= at.rank() || batch + depth > x.rank() || depth == 0)
    c.refuse("the indices have too many places");
  std::int64_t batches = 1, places = 1;
  Shape result;
  for (int i = 0; i < batch; ++i) batches *= x.shape()[i];
  for (int i = 0; i < depth; ++i) places *= x.shape()[batch + i];
  for (int i = 0; i + 1 < at.rank(); ++i) result.push_back(at.shape()[i]);
  for (int i = batch + depth; i < x.rank(); ++i) result.push_back(x.shape()[i]);
  std::int64_t rest = 1;
  for (int i = batch + depth; i < x.rank(); ++i) rest *= x.shape()[i];
  const Tensor flat =
      flat_places(at, x.shape(), batch).reshape({batches, -1}) + expand_dims(arange(batches), 1) * places;
  return {take(x.reshape({batches * places, rest}), flat, 0).reshape(result)};
}

std::optional<ScatterReduction> reduction_of(const Call& c) {
  const std::string name = c.text("reduction", "none");
  if (name == "none") return {};
  if (name == "add") return ScatterReduction::sum;
  if (name == "mul") return ScatterReduction::prod;
  if (name == "max") return ScatterReduction::amax;
  if (name == "min") return ScatterReduction::amin;
  c.refuse("attribute 'reduction' is '" + name + "'; none, add, mul, max or min is expected");
}

Results scatter_elements_values(const Call& c) {
  const int axis = c.axis(c.integer("axis", 0), c[0].rank());
  const Tensor at = counted(c[1], c[0].shape()[axis]);
  const auto reduction = reduction_of(c);
  if (!reduction) return {scatter(c[0], axis, at, c[2])};
  return {scatter_reduce(c[0], axis, at, c[2], *reduction)};
}

Results scatter_nd_values(const Call& c) {
  const Tensor &x = c[0], &at = c[1];
  const auto depth = static_cast<int>(at.size(-1));
  if (depth == 0 || depth > x.rank()) c.refuse("the indices have too many places");
  std::int64_t rest = 1;
  for (int i = depth; i < x.rank(); ++i) rest *= x.shape()[i];
  const Tensor rows = flat_places(at, x.shape(), 0).reshape({-1, 1});
  const Tensor index = broadcast_to(rows, {rows.size(0), rest});
  const Tensor flat = x.reshape({rest == 0 ? 0 : x.size() / rest, rest}), values = c[2].reshape({rows.size(0), rest});
  const auto reduction = reduction_of(c);
  const Tensor result =
      reduction ? scatter_reduce(flat, 0, index, values, *reduction) : scatter(flat, 0, index, values);
  return {result.reshape(x.shape())};
}

Results expand_values(const Call& c) {
  Numbers shape = c.integers_of(1);
  const Numbers own = extents_of(c[0]);
  if (shape.size() < own.size()) shape.insert(shape.begin(), own.size() - shape.size(), 1);
  for (std::size_t i = 0; i < own.size(); ++i) {
    std::int64_t& to = shape[shape.size() - 1 - i];
    if (to == 1) to = own[own.size() - 1 - i];
  }
  return {broadcast_to(c[0], shape)};
}

Results tile_values(const Call& c) { return {tile(c[0], c.integers_of(1))}; }

Results shape_values(const Call& c) {
  const std::int64_t rank = c[0].rank();
  const auto place = [&](std::int64_t i) { return std::clamp<std::int64_t>(i < 0 ? i + rank : i, 0, rank); };
  const std::int64_t start = place(c.integer("start", 0)), end = std::max(start, place(c.integer("end", rank)));
  const Numbers all = extents_of(c[0]);
  const std::span<const std::int64_t> part(all.data() + start, static_cast<std::size_t>(end - start));
  return {tensor(part, {end - start})};
}

Results constant_values(const Call& c) {
  if (c.says("value")) return {c.tensor("value")};
  if (c.says("value_int")) return {full({}, Number(c.integer("value_int", 0)), int64)};
  if (c.says("value_float")) return {full({}, Number(c.number("value_float", 0)), float32)};
  if (c.says("value_ints")) {
    const Numbers values = c.integers("value_ints");
    return {tensor(std::span<const std::int64_t>(values), {std::ssize(values)})};
  }
  c.refuse("its value is of a kind that is not supported");
}

Results constant_of_shape_values(const Call& c) {
  const Tensor value = c.says("value") ? c.tensor("value") : zeros({1});
  if (value.size() != 1) c.refuse("attribute 'value' has shape " + to_string(value.shape()) + "; expected one element");
  return {broadcast_to(value.reshape(Shape()), c.integers_of(0))};
}

Results range_values(const Call& c) {
  if (c[0].dtype() == int64) {
    return {arange(Number(c[0].item<std::int64_t>()), Number(c[1].item<std::int64_t>()),
                   Number(c[2].item<std::int64_t>()))};
  }
  return {arange(Number(c[0].item()), Number(c[1].item()), Number(c[2].item()), c[0].dtype())};
}

Results pad_values(const Call& c) {
  const Numbers pads = c.opset >= 11 ? c.integers_of(1) : c.integers("pads");
  const int rank = c[0].rank();
  std::vector<int> axes(static_cast<std::size_t>(rank));
  std::iota(axes.begin(), axes.end(), 0);
  if (c.has(3)) axes = c.axes(c.integers_of(3), rank);
  if (pads.size() != 2 * axes.size()) c.refuse("there are not two pads for each axis");
  std::vector<std::pair<std::int64_t, std::int64_t>> amounts(static_cast<std::size_t>(rank));
  for (std::size_t i = 0; i < axes.size(); ++i)
    amounts[static_cast<std::size_t>(axes[i])] = {pads[i], pads[axes.size() + i]};
  const std::string mode = c.text("mode", "constant");
  PadOptions options;
  if (mode == "constant") {
    options.value = c.opset < 11            ? Number(c.number("value", 0))
                    : !c.has(2)             ? Number(0)
                    : c[2].dtype() == int64 ? Number(c[2].item<std::int64_t>())
                                            : Number(c[2].item());
  } else if (mode == "reflect" || mode == "edge" || mode == "wrap") {
    options.mode = mode == "reflect" ? PadMode::reflect : mode == "edge" ? PadMode::replicate : PadMode::circular;
  } else {
    c.refuse("attribute 'mode' is '" + mode + "'; constant, reflect, edge or wrap is expected");
  }
  return {pad(c[0], amounts, options)};
}

Results one_hot_values(const Call& c) {
  const auto classes = c[1].to(int64).item<std::int64_t>();
  const int rank = c[0].rank() + 1;
  const int axis = c.axis(c.integer("axis", -1), rank);
  const Tensor labels = counted(c[0].to(int64), classes);
  const Tensor hot = equal(expand_dims(labels, -1), arange(classes));
  const Tensor values = where(hot, slice(c[2], 0, 1, 2), slice(c[2], 0, 0, 1));
  return {movedim(values, -1, axis)};
}

Results depth_to_space_values(const Call& c) {
  const std::int64_t b = c.integer("blocksize", 1);
  if (b < 1 || c[0].rank() != 4 || c[0].size(1) % (b * b) != 0) c.refuse("the input does not consist of such blocks");
  const std::int64_t n = c[0].size(0), d = c[0].size(1) / (b * b), h = c[0].size(2), w = c[0].size(3);
  const Tensor apart = c.text("mode", "DCR") == "DCR" ? transpose(c[0].reshape({n, b, b, d, h, w}), {0, 3, 4, 1, 5, 2})
                                                      : transpose(c[0].reshape({n, d, b, b, h, w}), {0, 1, 4, 2, 5, 3});
  return {apart.reshape({n, d, h * b, w * b})};
}

Results space_to_depth_values(const Call& c) {
  const std::int64_t b = c.integer("blocksize", 1);
  if (b < 1 || c[0].rank() != 4 || c[0].size(2) % b != 0 || c[0].size(3) % b != 0)
    c.refuse("the input does not consist of such blocks");
  const std::int64_t n = c[0].size(0), d = c[0].size(1), h = c[0].size(2) / b, w = c[0].size(3) / b;
  return {transpose(c[0].reshape({n, d, h, b, w, b}), {0, 3, 5, 1, 2, 4}).reshape({n, d * b * b, h, w})};
}

Results topk_values(const Call& c) {
  const std::int64_t k = c.opset >= 10 ? c[1].item<std::int64_t>() : c.integer("k", 1);
  const TopK found =
      topk(c[0], k, c.axis(c.integer("axis", -1), c[0].rank()), {.largest = c.integer("largest", 1) != 0});
  return {found.values, found.indices};
}

Results trilu_values(const Call& c) {
  const int offset =
      c.has(1) ? static_cast<int>(std::clamp<std::int64_t>(c[1].item<std::int64_t>(), -(1 << 30), 1 << 30)) : 0;
  return {c.integer("upper", 1) != 0 ? triu(c[0], offset) : tril(c[0], offset)};
}

Results eye_like_values(const Call& c) {
  if (c[0].rank() != 2) c.refuse("the input has shape " + to_string(c[0].shape()) + "; a matrix is expected");
  const auto dtype = c.says("dtype") ? dtype_here(c.integer("dtype", 0)) : c[0].dtype();
  if (!dtype) c.refuse("attribute 'dtype' is a type that tensors do not have");
  const std::int64_t k = c.integer("k", 0);
  return {cast(equal(expand_dims(arange(c[0].size(0)), 1) + k, arange(c[0].size(1))), *dtype)};
}

Results compress_values(const Call& c) {
  const Tensor x = c.says("axis") ? c[0] : c[0].reshape({-1});
  const int axis = c.says("axis") ? c.axis(c.integer("axis", 0), x.rank()) : 0;
  return {take(x, nonzero(c[1]).reshape({-1}), axis)};
}

}  // namespace

const Operators& arranging_operators() {
  static const Operators operators = {
      {"Reshape", &reshape_values},
      {"Transpose", &transpose_values},
      {"Flatten", &flatten_values},
      {"Squeeze", &squeeze_values},
      {"Unsqueeze", &unsqueeze_values},
      {"Concat", &concat_values},
      {"Split", &split_values},
      {"Slice", &slice_values},
      {"Gather", &gather_values},
      {"GatherElements", &gather_elements_values},
      {"GatherND", &gather_nd_values},
      {"ScatterElements", &scatter_elements_values},
      {"Scatter", &scatter_elements_values},
      {"ScatterND", &scatter_nd_values},
      {"Expand", &expand_values},
      {"Tile", &tile_values},
      {"Shape", &shape_values},
      {"Size", [](const Call& c) -> Results { return {full({}, Number(c[0].size()), int64)}; }},
      {"Constant", &constant_values},
      {"ConstantOfShape", &constant_of_shape_values},
      {"Range", &range_values},
      {"Pad", &pad_values},
      {"OneHot", &one_hot_values},
      {"DepthToSpace", &depth_to_space_values},
      {"SpaceToDepth", &space_to_depth_values},
      {"TopK", &topk_values},
      {"Trilu", &trilu_values},
      {"EyeLike", &eye_like_values},
      {"NonZero", [](const Call& c) -> Results { return {transpose(nonzero(c[0]))}; }},
      {"Compress", &compress_values},
  };
  return operators;
}

}  // namespace xgrad::onnx
