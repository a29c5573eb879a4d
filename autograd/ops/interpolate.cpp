#include <autograd/ops/interpolate.hpp>

#include <cmath>
#include <optional>

#include <autograd/ops/window.hpp>

namespace xgrad {
namespace {

using ops::Resampling;
using Kind = Resampling::Kind;

const char* const op = "interpolate";

struct ModeTraits {
  const char* name;
  Kind kind;
  std::optional<int> axes;  ///< where it is of one number of spatial axes
  bool aligns;              ///< whether align_corners means something
};

ModeTraits traits_of(InterpolationMode mode) {
  switch (mode) {
    case InterpolationMode::nearest:
      return {"nearest", Kind::nearest, {}, false};
    case InterpolationMode::linear:
      return {"linear", Kind::linear, 1, true};
    case InterpolationMode::bilinear:
      return {"bilinear", Kind::linear, 2, true};
    case InterpolationMode::bicubic:
      return {"bicubic", Kind::cubic, 2, true};
    case InterpolationMode::trilinear:
      return {"trilinear", Kind::linear, 3, true};
    case InterpolationMode::area:
      return {"area", Kind::divide, {}, false};
    case InterpolationMode::nearest_exact:
      return {"nearest-exact", Kind::nearest_exact, {}, false};
  }
  fail(op, "mode is " + std::to_string(static_cast<int>(mode)) + ", which is no InterpolationMode");
}

template <class T>
std::string text_of(const std::vector<T>& numbers) {
  std::string text = "{";
  for (const T& number : numbers) text += (text.size() == 1 ? "" : ", ") + Number(number).text();
  return text + "}";
}

/// Number `axis` of a list that has one for each axis, or one for all.
template <class T>
T of_axis(const std::vector<T>& numbers, int axis) {
  return numbers[numbers.size() == 1 ? 0 : static_cast<std::size_t>(axis)];
}

template <class T>
void check_count(const char* argument, const std::vector<T>& numbers, const Tensor& x) {
  const auto axes = static_cast<std::size_t>(x.rank() - 2);
  if (numbers.size() == 1 || numbers.size() == axes) return;
  fail(op, std::string(argument) + " is " + text_of(numbers) + " for shape " + to_string(x.shape()) +
               "; expected one number, or one for each of " + std::to_string(axes) + " spatial axes");
}

/// The spatial extents of the result.
PerAxis output_size(const Tensor& x, const InterpolateOptions& options) {
  PerAxis size = ops::extents_of(x);
  if (options.size.empty() == options.scale_factor.empty()) {
    fail(op, options.size.empty() ? "neither size nor scale_factor is given; expected one of them"
                                  : "size and scale_factor are both given; expected one of them");
  }
  if (!options.size.empty()) {
    check_count("size", options.size, x);
    for (int axis = 0; axis < size.axes(); ++axis) size[axis] = of_axis(options.size, axis);
    ops::check_numbers(op, "size", size, 1);
    return size;
  }
  check_count("scale_factor", options.scale_factor, x);
  for (int axis = 0; axis < size.axes(); ++axis) {
    const double extent = std::floor(static_cast<double>(size[axis]) * of_axis(options.scale_factor, axis));
    if (!(extent >= 1 && extent < 0x1p31)) {
      fail(op, "scale_factor is " + text_of(options.scale_factor) + " for shape " + to_string(x.shape()) +
                   "; expected extents of 1 to 2^31 - 1 from it");
    }
    size[axis] = static_cast<std::int64_t>(extent);
  }
  return size;
}

/// Throws Error unless a shuffle's factor is positive and x has the axes (..., C, H, W).
void check_shuffle(const char* name, const char* argument, std::int64_t factor, const Tensor& x) {
  ops::check_defined(name, "x", x);
  if (x.rank() < 3) fail(name, "argument 'x' has shape " + to_string(x.shape()) + "; expected (..., C, H, W)");
  if (x.rank() + 2 > Shape::max_rank) {
    fail(name, "argument 'x' has shape " + to_string(x.shape()) + "; expected at most " +
                   std::to_string(Shape::max_rank - 2) + " axes");
  }
  ops::check_numbers(name, argument, factor, 1);
}

/// A shape with others in place of its last three extents.
Shape ending(const Shape& shape, std::initializer_list<std::int64_t> last) {
  Shape result;
  for (int axis = 0; axis + 3 < shape.rank(); ++axis) result.push_back(shape[axis]);
  for (const std::int64_t extent : last) result.push_back(extent);
  return result;
}

/// The order of so many axes in which the last ones have another order, counted from the first of them.
std::vector<int> ending_order(int rank, std::initializer_list<int> last) {
  std::vector<int> order;
  const int before = rank - static_cast<int>(last.size());
  for (int axis = 0; axis < before; ++axis) order.push_back(axis);
  for (const int axis : last) order.push_back(before + axis);
  return order;
}

}  // namespace

Tensor interpolate(const Operand& x, const InterpolateOptions& options) {
  const Called called(op);
  ops::check_floating(op, "x", x);
  if (x.rank() < 3 || x.rank() > 5) {
    fail(op,
         "argument 'x' has shape " + to_string(x.shape()) + "; expected (N, C, L), (N, C, H, W) or (N, C, D, H, W)");
  }
  const ModeTraits mode = traits_of(options.mode);
  if (mode.axes && *mode.axes != x.rank() - 2) {
    fail(op, std::string("mode is '") + mode.name + "' for shape " + to_string(x.shape()) + "; expected " +
                 ops::images_layout(*mode.axes));
  }
  if (options.align_corners && !mode.aligns) {
    fail(op, std::string("align_corners is given for the mode '") + mode.name +
                 "'; expected one of linear, bilinear, bicubic and trilinear");
  }
  const PerAxis extents = ops::extents_of(x), size = output_size(x, options);
  for (int axis = 0; axis < extents.axes(); ++axis) {
    if (extents[axis] == 0)
      fail(op, "argument 'x' has shape " + to_string(x.shape()) + "; expected images with elements");
  }
  std::vector<Resampling> resamplings;
  for (int axis = 0; axis < size.axes(); ++axis) {
    const bool by_factor =
        !options.scale_factor.empty() && !options.recompute_scale_factor && mode.kind != Kind::divide;
    resamplings.push_back({.kind = mode.kind,
                           .from = extents[axis],
                           .to = size[axis],
                           .align_corners = options.align_corners ? 1 : 0,
                           .scale_factor = by_factor ? of_axis(options.scale_factor, axis) : 0});
  }
  return ops::resampled_places(x, resamplings);
}

Tensor upsample_nearest2d(const Operand& x, const Pair& scale) {
  const Called called("upsample_nearest2d");
  ops::check_layout("upsample_nearest2d", "x", x, "(N, C, H, W)");
  ops::check_numbers("upsample_nearest2d", "scale", scale, 1);
  const std::int64_t n = x.size(0), c = x.size(1), height = x.size(2), width = x.size(3);
  const Tensor repeated =
      broadcast_to(x.reshape({n, c, height, 1, width, 1}), {n, c, height, scale.height, width, scale.width});
  return repeated.reshape({n, c, height * scale.height, width * scale.width});
}

Tensor pixel_shuffle(const Operand& x, std::int64_t upscale_factor) {
  const Called called("pixel_shuffle");
  const std::int64_t r = upscale_factor;
  check_shuffle("pixel_shuffle", "upscale_factor", r, x);
  const Shape& shape = x.shape();
  const std::int64_t channels = x.size(-3), height = x.size(-2), width = x.size(-1);
  if (channels % (r * r) != 0) {
    fail("pixel_shuffle", "argument 'x' has shape " + to_string(shape) + "; expected a multiple of " +
                              std::to_string(r * r) + " channels, for the upscale_factor " + std::to_string(r));
  }
  const Tensor split = x.reshape(ending(shape, {channels / (r * r), r, r, height, width}));
  return transpose(split, ending_order(split.rank(), {0, 3, 1, 4, 2}))
      .reshape(ending(shape, {channels / (r * r), extent_product("pixel_shuffle", height, r),
                              extent_product("pixel_shuffle", width, r)}));
}

Tensor pixel_unshuffle(const Operand& x, std::int64_t downscale_factor) {
  const Called called("pixel_unshuffle");
  const std::int64_t r = downscale_factor;
  check_shuffle("pixel_unshuffle", "downscale_factor", r, x);
  const Shape& shape = x.shape();
  const std::int64_t channels = x.size(-3), height = x.size(-2), width = x.size(-1);
  if (height % r != 0 || width % r != 0) {
    fail("pixel_unshuffle", "argument 'x' has shape " + to_string(shape) + "; expected multiples of the " +
                                "downscale_factor " + std::to_string(r) + " as height and width");
  }
  const Tensor split = x.reshape(ending(shape, {channels, height / r, r, width / r, r}));
  return transpose(split, ending_order(split.rank(), {0, 2, 4, 1, 3}))
      .reshape(ending(shape, {extent_product("pixel_unshuffle", channels, r * r), height / r, width / r}));
}

Tensor channel_shuffle(const Operand& x, std::int64_t groups) {
  const Called called("channel_shuffle");
  ops::check_defined("channel_shuffle", "x", x);
  const Shape& shape = x.shape();
  if (x.rank() < 3) fail("channel_shuffle", "argument 'x' has shape " + to_string(shape) + "; expected (N, C, ...)");
  ops::check_numbers("channel_shuffle", "groups", groups, 1);
  const std::int64_t channels = shape[1];
  if (channels % groups != 0) {
    fail("channel_shuffle", "argument 'x' has shape " + to_string(shape) + "; expected a multiple of " +
                                std::to_string(groups) + " channels, for as many groups");
  }
  std::int64_t places = 1;
  for (int axis = 2; axis < shape.rank(); ++axis) places *= shape[axis];
  return swapaxes(x.reshape({shape[0], groups, channels / groups, places}), 1, 2).reshape(shape);
}

namespace {

using Inputs = const std::vector<Tensor>&;

Sample sample(const char* name, const Shape& shape, Tensor (*f)(Inputs)) {
  return {name, f, {ops::sample_values(shape, -1, 1)}};
}

const Composition family[] = {
    {"interpolate",
     [] {
       return std::vector<Sample>{
           sample("nearest", {2, 1, 3}, [](Inputs in) { return interpolate(in[0], {.size = {5}}); }),
           sample("nearest-exact", {1, 2, 3, 2},
                  [](Inputs in) {
                    return interpolate(in[0], {.scale_factor = {1.7}, .mode = InterpolationMode::nearest_exact});
                  }),
           sample("linear", {1, 2, 5},
                  [](Inputs in) { return interpolate(in[0], {.size = {3}, .mode = InterpolationMode::linear}); }),
           sample("bilinear", {1, 2, 3, 4},
                  [](Inputs in) {
                    return interpolate(in[0], {.size = {5, 3}, .mode = InterpolationMode::bilinear});
                  }),
           sample("bicubic", {1, 1, 3, 4},
                  [](Inputs in) {
                    return interpolate(
                        in[0], {.scale_factor = {1.5, 2}, .mode = InterpolationMode::bicubic, .align_corners = true});
                  }),
           sample("trilinear", {1, 1, 2, 3, 2},
                  [](Inputs in) {
                    return interpolate(in[0], {.size = {3, 2, 4}, .mode = InterpolationMode::trilinear});
                  }),
           sample("area", {1, 2, 3, 5}, [](Inputs in) {
             return interpolate(in[0], {.size = {2, 3}, .mode = InterpolationMode::area});
           })};
     }},
    {"upsample_nearest2d",
     [] {
       return std::vector<Sample>{sample("both axes", {2, 1, 2, 3}, [](Inputs in) {
         return upsample_nearest2d(in[0], {2, 3});
       })};
     }},
    {"pixel_shuffle",
     [] {
       return std::vector<Sample>{
           sample("a batch", {2, 4, 2, 1}, [](Inputs in) { return pixel_shuffle(in[0], 2); }),
           sample("a single image", {8, 1, 2}, [](Inputs in) { return pixel_shuffle(in[0], 2); })};
     }},
    {"pixel_unshuffle",
     [] {
       return std::vector<Sample>{sample("a batch", {1, 2, 4, 2}, [](Inputs in) { return pixel_unshuffle(in[0], 2); })};
     }},
    {"channel_shuffle",
     [] {
       return std::vector<Sample>{sample("images", {2, 6, 1, 2}, [](Inputs in) { return channel_shuffle(in[0], 3); })};
     }},
};

}  // namespace

std::span<const Composition* const> interpolate_compositions() {
  static const auto list = ops::pointers_to(family);
  return list;
}

}  // namespace xgrad
