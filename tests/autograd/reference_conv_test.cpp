#include <doctest/doctest.h>

#include "reference.hpp"

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

/// An attribute of newer cases, and what the others stand for.
Pair pair_or(const Case& one, const std::string& name, std::int64_t otherwise) {
  return one.given(name) ? pair(one, name) : Pair(otherwise);
}

Tensor bias_of(const Inputs& in) { return in.has("bias") ? in["bias"] : Tensor(); }

Outputs max_pool(const Case& one, const Inputs& in) {
  return max_pool2d(in["x"], pair(one, "kernel"),
                    {.stride = pair(one, "stride"),
                     .padding = pair(one, "padding"),
                     .dilation = pair(one, "dilation"),
                     .ceil_mode = one.flag("ceil_mode")});
}

Outputs avg_pool(const Case& one, const Inputs& in) {
  return avg_pool2d(
      in["x"], pair(one, "kernel"),
      {.stride = pair(one, "stride"),
       .padding = pair(one, "padding"),
       .ceil_mode = one.flag("ceil_mode"),
       .count_include_pad = one.flag("count_include_pad"),
       .divisor_override = one.given("divisor_override") ? std::optional<std::int64_t>(one.integer("divisor_override"))
                                                         : std::nullopt});
}

}  // namespace

Checks convolutions() {
  return derivatives_of({
      {"conv2d",
       [](const Case& one, const Inputs& in) {
         return conv2d(in["x"], in["weight"], bias_of(in),
                       {.stride = pair(one, "stride"),
                        .padding = pair(one, "padding"),
                        .dilation = pair(one, "dilation"),
                        .groups = one.integer("groups")});
       }},
      {"conv1d",
       [](const Case& one, const Inputs& in) {
         return conv1d(in["x"], in["weight"], bias_of(in),
                       {.stride = one.integer("stride"),
                        .padding = one.integer("padding"),
                        .dilation = one.integer("dilation"),
                        .groups = one.integer("groups")});
       }},
      {"conv_transpose2d",
       [](const Case& one, const Inputs& in) {
         return conv_transpose2d(in["x"], in["weight"], bias_of(in),
                                 {.stride = pair(one, "stride"),
                                  .padding = pair(one, "padding"),
                                  .output_padding = pair(one, "output_padding"),
                                  .dilation = pair_or(one, "dilation", 1),
                                  .groups = one.given("groups") ? one.integer("groups") : 1});
       }},
      {"conv3d",
       [](const Case& one, const Inputs& in) {
         return conv3d(in["x"], in["weight"], bias_of(in),
                       {.stride = triple(one, "stride"),
                        .padding = triple(one, "padding"),
                        .dilation = triple(one, "dilation"),
                        .groups = one.integer("groups")});
       }},
      {"conv3d_same_single",
       [](const Case&, const Inputs& in) { return conv3d(in["x"], in["weight"], {}, {.padding = Padding::same}); }},
      {"conv_transpose1d",
       [](const Case& one, const Inputs& in) {
         return conv_transpose1d(in["x"], in["weight"], bias_of(in),
                                 {.stride = one.integer("stride"),
                                  .padding = one.integer("padding"),
                                  .output_padding = one.integer("output_padding"),
                                  .dilation = one.integer("dilation"),
                                  .groups = one.integer("groups")});
       }},
      {"conv_transpose3d",
       [](const Case& one, const Inputs& in) {
         return conv_transpose3d(in["x"], in["weight"], bias_of(in),
                                 {.stride = triple(one, "stride"),
                                  .padding = triple(one, "padding"),
                                  .output_padding = triple(one, "output_padding"),
                                  .dilation = triple(one, "dilation"),
                                  .groups = one.integer("groups")});
       }},
      {"im2col",
       [](const Case& one, const Inputs& in) {
         return unfold(
             in["x"], pair(one, "kernel"),
             {.dilation = pair(one, "dilation"), .padding = pair(one, "padding"), .stride = pair(one, "stride")});
       }},
      {"max_pool2d", max_pool},
      {"edge_max_pool_ties", [](const Case&, const Inputs& in) { return max_pool2d(in["x"], 2); }},
      {"avg_pool2d", avg_pool},
      {"adaptive_avg_pool2d",
       [](const Case& one, const Inputs& in) { return adaptive_avg_pool2d(in["x"], pair(one, "output_size")); }},
      {"upsample", [](const Case& one, const Inputs& in) { return upsample_nearest2d(in["x"], one.integer("scale")); }},
  });
}

TEST_CASE("convolutions and pooling agree with the reference") { run(convolutions()); }

}  // namespace xgrad::reference
