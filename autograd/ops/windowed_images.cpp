#include <autograd/ops/windowed_images.hpp>

#include <autograd/vjp.hpp>

namespace xgrad::ops {
namespace {

struct Sampled {
  const char* name;
  std::int64_t out;
  Shape images;
  WindowGrid grid;
};

std::vector<Sampled> sampled() {
  return {{"windows side by side", 3, {2, 2, 3, 4}, {Pair(2), Pair(2, 3), {Pair(1), Pair(0), Pair(1)}}},
          {"all options", 2, {1, 2, 4, 5}, {Pair(2, 3), Pair(3, 2), {Pair(2, 3), Pair(1), Pair(1, 2)}}},
          {"windows in the padding only", 1, {1, 1, 1, 2}, {Pair(1), Pair(3, 3), {Pair(2), Pair(2), Pair(1)}}},
          {"signals", 2, {2, 3, 5}, {2, 2, {.stride = 2, .padding = 0, .dilation = 1}}},
          {"volumes", 2, {1, 1, 2, 2, 3}, {Triple(1, 2, 2), Triple(2, 1, 2), {Triple(1), Triple(0), Triple(1)}}},
          {"no images", 2, {0, 1, 3, 3}, {Pair(2), Pair(2), {Pair(1), Pair(0), Pair(1)}}}};
}

Shape operand_shape(const Sampled& of, WindowedOperand operand, bool by_channel) {
  const std::int64_t channels = of.images[1], out = by_channel ? channels : of.out;
  if (operand == WindowedOperand::results) return images_shape(of.images[0], out, of.grid.grid);
  if (!by_channel) return images_shape(out, channels, of.grid.kernel);
  Shape shape{channels};
  for (int axis = 0; axis < of.grid.axes(); ++axis) shape.push_back(of.grid.kernel[axis]);
  return shape;
}

}  // namespace

std::int64_t window_product_flops(const Shape& weights, const Shape& result) {
  return 2 * result.elements() * weights.elements() / std::max<std::int64_t>(1, weights[0]);
}

std::int64_t window_correlation_flops(const Shape& y, const Shape& weights) {
  return 2 * y.elements() * weights.elements() / std::max<std::int64_t>(1, weights[0]);
}

std::vector<Sample> windowed_samples(Tensor (*record)(const Tensor&, const Tensor&, const WindowGrid&),
                                     WindowedOperand operand, bool by_channel) {
  using Inputs = const std::vector<Tensor>&;
  std::vector<Sample> samples;
  for (const Sampled& of : sampled())
    samples.push_back(
        {of.name,
         [record, grid = of.grid](Inputs in) { return record(in[0], in[1], grid); },
         {sample_values(operand_shape(of, operand, by_channel), -1, 1), sample_values(of.images, -1, 2)}});
  const Sampled of = sampled().front();
  // Both come as transposes of others.
  const Shape own = operand_shape(of, operand, by_channel);
  samples.push_back({"transposed operands",
                     [record, grid = of.grid](Inputs in) {
                       const Tensor turned = swapaxes(in[0], 0, -1), images = transpose(in[1], {1, 0, 3, 2});
                       return record(turned, images, grid);
                     },
                     {swapaxes(sample_values(own, -1, 1), 0, -1), sample_values({2, 2, 4, 3}, -1, 2)}});
  return samples;
}

}  // namespace xgrad::ops
