#include <doctest/doctest.h>

#include <algorithm>

#include "reference.hpp"

// Pooling over one and three axes and with indices, interpolation, sampling and shuffles.
namespace xgrad::reference {
namespace {

Pair pair(const Case& one, const std::string& name) {
  const std::vector<int> numbers = one.integers(name);
  return {numbers.front(), numbers.back()};
}

Triple triple(const Case& one, const std::string& name) {
  const std::vector<int> numbers = one.integers(name);
  return numbers.size() == 1 ? Triple(numbers[0]) : Triple(numbers[0], numbers[1], numbers[2]);
}

template <class T>
std::vector<T> list(const Case& one, const std::string& name) {
  const std::vector<int> numbers = one.integers(name);
  return {numbers.begin(), numbers.end()};
}

/// The values, once the indices are those of the case.
Tensor checked(const MaxPooled& pooled, const Inputs& in) {
  CHECK(test::difference(pooled.indices, in["indices"]) == "");
  return pooled.values;
}

std::optional<std::int64_t> divisor(const Case& one) {
  return one.given("divisor_override") ? std::optional<std::int64_t>(one.integer("divisor_override")) : std::nullopt;
}

InterpolationMode interpolation_mode(const std::string& name) {
  const std::vector<std::string> names = {"nearest",   "linear", "bilinear",     "bicubic",
                                          "trilinear", "area",   "nearest-exact"};
  const auto found = std::find(names.begin(), names.end(), name);
  REQUIRE(found != names.end());
  return static_cast<InterpolationMode>(found - names.begin());
}

Outputs interpolated(const Case& one, const Inputs& in) {
  return interpolate(in["x"],
                     {.size = one.given("size") ? list<std::int64_t>(one, "size") : std::vector<std::int64_t>{},
                      .scale_factor = one.given("scale_factor") ? one.numbers("scale_factor") : std::vector<double>{},
                      .mode = interpolation_mode(one.text("mode")),
                      .align_corners = one.given("align_corners") && one.flag("align_corners"),
                      .recompute_scale_factor = one.given("recompute_scale_factor")});
}

Outputs sampled(const Case& one, const Inputs& in) {
  const std::string mode = one.text("mode"), padding = one.text("padding_mode");
  return grid_sample(in["x"], in["grid"],
                     {.mode = mode == "bilinear"  ? GridSampleMode::bilinear
                              : mode == "nearest" ? GridSampleMode::nearest
                                                  : GridSampleMode::bicubic,
                      .padding_mode = padding == "zeros"    ? GridPadding::zeros
                                      : padding == "border" ? GridPadding::border
                                                            : GridPadding::reflection,
                      .align_corners = one.flag("align_corners")});
}

}  // namespace

Checks windows() {
  return derivatives_of({
      {"max_pool1d_with_indices",
       [](const Case& one, const Inputs& in) {
         return checked(max_pool1d_with_indices(in["x"], one.integer("kernel"),
                                                {.stride = one.integer("stride"),
                                                 .padding = one.integer("padding"),
                                                 .dilation = one.integer("dilation"),
                                                 .ceil_mode = one.flag("ceil_mode")}),
                        in);
       }},
      {"max_pool2d_with_indices",
       [](const Case& one, const Inputs& in) {
         return checked(max_pool2d_with_indices(in["x"], pair(one, "kernel"),
                                                {.stride = pair(one, "stride"),
                                                 .padding = pair(one, "padding"),
                                                 .dilation = pair(one, "dilation"),
                                                 .ceil_mode = one.flag("ceil_mode")}),
                        in);
       }},
      {"max_pool3d_with_indices",
       [](const Case& one, const Inputs& in) {
         return checked(max_pool3d_with_indices(in["x"], triple(one, "kernel"),
                                                {.stride = triple(one, "stride"),
                                                 .padding = triple(one, "padding"),
                                                 .dilation = triple(one, "dilation"),
                                                 .ceil_mode = one.flag("ceil_mode")}),
                        in);
       }},
      {"adaptive_max_pool1d_with_indices",
       [](const Case& one, const Inputs& in) {
         return checked(adaptive_max_pool1d_with_indices(in["x"], one.integer("output_size")), in);
       }},
      {"adaptive_max_pool2d_with_indices",
       [](const Case& one, const Inputs& in) {
         return checked(adaptive_max_pool2d_with_indices(in["x"], pair(one, "output_size")), in);
       }},
      {"adaptive_max_pool3d_with_indices",
       [](const Case& one, const Inputs& in) {
         return checked(adaptive_max_pool3d_with_indices(in["x"], triple(one, "output_size")), in);
       }},
      {"max_unpool1d",
       [](const Case& one, const Inputs& in) { return max_unpool1d(in["x"], in["indices"], one.integer("kernel")); }},
      {"max_unpool2d",
       [](const Case& one, const Inputs& in) {
         return max_unpool2d(in["x"], in["indices"], pair(one, "kernel"), {.output_size = pair(one, "output_size")});
       }},
      {"max_unpool3d",
       [](const Case& one, const Inputs& in) { return max_unpool3d(in["x"], in["indices"], triple(one, "kernel")); }},
      {"avg_pool1d",
       [](const Case& one, const Inputs& in) {
         return avg_pool1d(in["x"], one.integer("kernel"),
                           {.stride = one.integer("stride"),
                            .padding = one.integer("padding"),
                            .ceil_mode = one.flag("ceil_mode"),
                            .count_include_pad = one.flag("count_include_pad")});
       }},
      {"avg_pool3d",
       [](const Case& one, const Inputs& in) {
         return avg_pool3d(in["x"], triple(one, "kernel"),
                           {.stride = triple(one, "stride"),
                            .padding = triple(one, "padding"),
                            .ceil_mode = one.flag("ceil_mode"),
                            .count_include_pad = one.flag("count_include_pad"),
                            .divisor_override = divisor(one)});
       }},
      {"adaptive_avg_pool1d",
       [](const Case& one, const Inputs& in) { return adaptive_avg_pool1d(in["x"], one.integer("output_size")); }},
      {"adaptive_avg_pool3d",
       [](const Case& one, const Inputs& in) { return adaptive_avg_pool3d(in["x"], triple(one, "output_size")); }},
      {"lp_pool1d",
       [](const Case& one, const Inputs& in) {
         return lp_pool1d(in["x"], one.number("norm_type"), one.integer("kernel"),
                          {.stride = one.integer("stride"), .ceil_mode = one.flag("ceil_mode")});
       }},
      {"lp_pool2d",
       [](const Case& one, const Inputs& in) {
         return lp_pool2d(in["x"], one.number("norm_type"), pair(one, "kernel"),
                          {.stride = pair(one, "stride"), .ceil_mode = one.flag("ceil_mode")});
       }},
      {"local_response_norm",
       [](const Case& one, const Inputs& in) {
         return local_response_norm(in["x"], one.integer("size"),
                                    {.alpha = one.number("alpha"), .beta = one.number("beta"), .k = one.number("k")});
       }},
      {"interpolate", interpolated},
      {"grid_sample", sampled},
      {"affine_grid",
       [](const Case& one, const Inputs& in) {
         const std::vector<std::int64_t> size = list<std::int64_t>(one, "size");
         return affine_grid(in["theta"], Shape(std::span<const std::int64_t>(size)),
                            {.align_corners = one.flag("align_corners")});
       }},
      {"pixel_shuffle",
       [](const Case& one, const Inputs& in) { return pixel_shuffle(in["x"], one.integer("factor")); }},
      {"pixel_unshuffle",
       [](const Case& one, const Inputs& in) { return pixel_unshuffle(in["x"], one.integer("factor")); }},
  });
}

TEST_CASE("windows over any axes, interpolation and sampling agree with the reference") { run(windows()); }

}  // namespace xgrad::reference
