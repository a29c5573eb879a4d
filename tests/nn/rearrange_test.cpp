#include <doctest/doctest.h>

#include <autograd/ops.hpp>
#include <nn/rearrange.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {

using test::difference;
using test::f64;

TEST_CASE("layers that take images apart apply their operation") {
  Generator generator(1);
  const Tensor x = randn({2, 8, 4, 6}, float32, generator);
  const UnfoldOptions options{.dilation = {1, 2}, .padding = 1, .stride = 2};
  CHECK(difference(Unfold({2, 3}, options)(x), unfold(x, {2, 3}, options)) == "");
  const Tensor columns = unfold(x, {2, 3}, options);
  CHECK(difference(Fold({4, 6}, {2, 3}, options)(columns), fold(columns, {4, 6}, {2, 3}, options)) == "");
  CHECK(difference(PixelShuffle(2)(x), pixel_shuffle(x, 2)) == "");
  CHECK(difference(PixelUnshuffle(2)(PixelShuffle(2)(x)), x) == "");
  CHECK(difference(ChannelShuffle(4)(x), channel_shuffle(x, 4)) == "");
  CHECK(difference(Upsample({.size = {5, 3}, .mode = InterpolationMode::bicubic})(x),
                   interpolate(x, {.size = {5, 3}, .mode = InterpolationMode::bicubic})) == "");
  CHECK(difference(UpsamplingNearest2d({.scale_factor = {2, 3}})(x), upsample_nearest2d(x, {2, 3})) == "");
  CHECK(difference(UpsamplingBilinear2d({.size = {7}})(x),
                   interpolate(x, {.size = {7, 7}, .mode = InterpolationMode::bilinear, .align_corners = true})) == "");
}

TEST_CASE("a single image gives what it gives in a batch") {
  Generator generator(2);
  const Tensor image = randn({4, 4, 6}, float32, generator), columns = randn({8, 15}, float32, generator);
  const auto check = [](const Module& layer, const Tensor& x) {
    CAPTURE(layer.type_name());
    CHECK(difference(expand_dims(layer(x), 0), layer(expand_dims(x, 0))) == "");
  };
  check(Unfold(2), image);
  check(Fold({4, 6}, 2), columns);
  check(PixelShuffle(2), image);
  check(PixelUnshuffle(2), image);
}

TEST_CASE("a channel shuffle deals the channels of the groups in turns") {
  // Channels 0 1 2 of one group and 3 4 5 of another.
  CHECK(difference(ChannelShuffle(2)(arange(0, 6, 1, float64).reshape({1, 6, 1})),
                   f64({{{0}, {3}, {1}, {4}, {2}, {5}}})) == "");
}

TEST_CASE("layers that take images apart print as PyTorch's") {
  CHECK(to_string(Unfold({2, 3})) == "Unfold(kernel_size=(2, 3), dilation=1, padding=0, stride=1)");
  CHECK(to_string(Fold({4, 5}, 2)) == "Fold(output_size=(4, 5), kernel_size=2, dilation=1, padding=0, stride=1)");
  CHECK(to_string(PixelShuffle(2)) == "PixelShuffle(upscale_factor=2)");
  CHECK(to_string(PixelUnshuffle(3)) == "PixelUnshuffle(downscale_factor=3)");
  CHECK(to_string(ChannelShuffle(2)) == "ChannelShuffle(groups=2)");
  CHECK(to_string(Upsample({.scale_factor = {2}})) == "Upsample(scale_factor=2.0, mode=nearest)");
  CHECK(to_string(Upsample({.scale_factor = {2, 1.5}})) == "Upsample(scale_factor=(2.0, 1.5), mode=nearest)");
  CHECK(to_string(Upsample({.size = {3, 4}, .mode = InterpolationMode::bilinear})) ==
        "Upsample(size=(3, 4), mode=bilinear)");
  CHECK(to_string(UpsamplingNearest2d({.scale_factor = {2}})) == "UpsamplingNearest2d(scale_factor=2.0, mode=nearest)");
  CHECK(to_string(UpsamplingBilinear2d({.size = {2, 3}})) == "UpsamplingBilinear2d(size=(2, 3), mode=bilinear)");
}

}  // namespace xgrad::nn
