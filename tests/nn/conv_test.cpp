#include <doctest/doctest.h>

#include <cmath>

#include <autograd/differentiate/gradcheck.hpp>
#include <autograd/ops.hpp>
#include <nn/activations.hpp>
#include <nn/conv.hpp>
#include <nn/flatten.hpp>
#include <nn/linear.hpp>
#include <nn/pool.hpp>
#include <nn/sequential.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {

using test::difference;
using test::error_of;
using test::lacks;

namespace {

/// How far from its bound 1 / sqrt(fan_in) the largest entry of a parameter is, as a fraction of it.
double part_of_bound(const Parameter& parameter, double fan_in) {
  return max(abs(parameter)).item() * std::sqrt(fan_in);
}

template <class Layer>
void check_gradients(const Layer& layer, const Shape& input) {
  Generator generator(1);
  const auto f = [&](const std::vector<Tensor>& in) {
    layer.weight.set(in[1]);
    layer.bias.set(in[2]);
    return layer(in[0]);
  };
  const auto draw = [&](const Shape& shape) { return randn(shape, float64, generator); };
  const auto check = gradcheck(f, {draw(input), draw(layer.weight.shape()), draw(layer.bias.shape())}, {.order = 2});
  INFO(check.message);
  CHECK(check.passed);
}

}  // namespace

TEST_CASE("convolution layers apply the operation with their options") {
  Generator generator(2);
  const Tensor x = randn({2, 4, 7, 6}, float32, generator), signal = randn({2, 4, 9}, float32, generator);
  const Conv2d plane(4, 6, {3, 2}, {.stride = {2, 1}, .padding = {1, 0}, .dilation = {1, 2}, .groups = 2});
  CHECK(plane.weight.shape() == Shape{6, 2, 3, 2});
  CHECK(plane.bias.shape() == Shape{6});
  CHECK(difference(plane(x), conv2d(x, plane.weight, plane.bias,
                                    {.stride = {2, 1}, .padding = {1, 0}, .dilation = {1, 2}, .groups = 2})) == "");
  const Conv1d line(4, 6, 3, {.stride = 2, .padding = 1, .dilation = 2, .groups = 2});
  CHECK(line.weight.shape() == Shape{6, 2, 3});
  CHECK(difference(line(signal), conv1d(signal, line.weight, line.bias,
                                        {.stride = 2, .padding = 1, .dilation = 2, .groups = 2})) == "");
  const ConvTranspose2d back(4, 6, {3, 2}, {.stride = 2, .padding = 1, .output_padding = {1, 0}, .groups = 2});
  CHECK(back.weight.shape() == Shape{4, 3, 3, 2});
  CHECK(difference(back(x), conv_transpose2d(x, back.weight, back.bias,
                                             {.stride = 2, .padding = 1, .output_padding = {1, 0}, .groups = 2})) ==
        "");
  CHECK(Conv2d(4, 5, 3, {.padding = Padding::same})(x).shape() == Shape{2, 5, 7, 6});
  CHECK(Conv1d(4, 5, 4, {.padding = Padding::same})(signal).shape() == Shape{2, 5, 9});
}

TEST_CASE("convolutions of volumes, and transposed ones of signals and volumes, apply the operation") {
  Generator generator(5);
  const Tensor volume = randn({2, 4, 3, 5, 4}, float32, generator), signal = randn({2, 4, 5}, float32, generator);
  const Conv3d solid(4, 6, {2, 3, 1}, {.stride = {1, 2, 1}, .padding = {1, 0, 2}, .dilation = {2, 1, 1}, .groups = 2});
  CHECK(solid.weight.shape() == Shape{6, 2, 2, 3, 1});
  CHECK(difference(solid(volume),
                   conv3d(volume, solid.weight, solid.bias,
                          {.stride = {1, 2, 1}, .padding = {1, 0, 2}, .dilation = {2, 1, 1}, .groups = 2})) == "");
  CHECK(Conv3d(4, 2, {2, 3, 4}, {.padding = Padding::same})(volume).shape() == Shape{2, 2, 3, 5, 4});
  const ConvTranspose1d line(4, 6, 3, {.stride = 2, .padding = 1, .output_padding = 1, .groups = 2});
  CHECK(line.weight.shape() == Shape{4, 3, 3});
  CHECK(difference(line(signal), conv_transpose1d(signal, line.weight, line.bias,
                                                  {.stride = 2, .padding = 1, .output_padding = 1, .groups = 2})) ==
        "");
  const ConvTranspose3d back(4, 2, {1, 2, 3}, {.stride = {1, 2, 1}, .dilation = {1, 1, 2}, .bias = false});
  CHECK(back.weight.shape() == Shape{4, 2, 1, 2, 3});
  CHECK(difference(back(volume),
                   conv_transpose3d(volume, back.weight, {}, {.stride = {1, 2, 1}, .dilation = {1, 1, 2}})) == "");
}

TEST_CASE("a single image gives what it gives in a batch") {
  Generator generator(6);
  const auto check = [&](const Module& layer, const Shape& shape) {
    const Tensor x = randn(shape, float32, generator);
    CAPTURE(layer.type_name());
    CHECK(difference(expand_dims(layer(x), 0), layer(expand_dims(x, 0))) == "");
  };
  check(Conv1d(2, 3, 2), {2, 5});
  check(Conv2d(2, 3, 2, {.padding = 1}), {2, 4, 3});
  check(Conv2d(2, 3, 3, {.padding = Padding::same, .padding_mode = PaddingMode::reflect}), {2, 4, 3});
  check(Conv3d(2, 3, 2), {2, 4, 3, 2});
  check(ConvTranspose1d(2, 3, 2), {2, 5});
  check(ConvTranspose2d(2, 3, 2), {2, 4, 3});
  check(ConvTranspose3d(2, 3, 2), {2, 4, 3, 2});
}

TEST_CASE("padding modes are pads before the convolution") {
  Generator generator(7);
  const Tensor x = randn({2, 3, 5, 6}, float32, generator);
  for (const auto& [mode, pads] :
       {std::pair(PaddingMode::reflect, PadMode::reflect), std::pair(PaddingMode::replicate, PadMode::replicate),
        std::pair(PaddingMode::circular, PadMode::circular)}) {
    const Conv2d layer(3, 2, 3, {.stride = 2, .padding = {1, 2}, .padding_mode = mode});
    const Tensor padded = pad(x, {{0, 0}, {0, 0}, {1, 1}, {2, 2}}, {.mode = pads});
    CHECK(difference(layer(x), conv2d(padded, layer.weight, layer.bias, {.stride = 2})) == "");
    // An even kernel gets one place more at the end, as with zeros.
    const Conv1d same(3, 2, 4, {.padding = Padding::same, .padding_mode = mode});
    const Tensor signal = x.reshape({2, 3, 30}), around = pad(signal, {{0, 0}, {0, 0}, {1, 2}}, {.mode = pads});
    CHECK(difference(same(signal), conv1d(around, same.weight, same.bias)) == "");
    CHECK(Conv2d(3, 2, 3, {.padding = Padding::valid, .padding_mode = mode})(x).shape() == Shape{2, 2, 3, 4});
  }
}

TEST_CASE("convolution layers without bias have one parameter") {
  const Conv2d layer(1, 2, 2, {.bias = false});
  CHECK(layer.parameters().size() == 1);
  CHECK_FALSE(layer.bias.defined());
  CHECK(layer(zeros({1, 1, 2, 2})).shape() == Shape{1, 2, 1, 1});
  CHECK(Conv1d(1, 2, 2, {.bias = false})(zeros({1, 1, 2})).shape() == Shape{1, 2, 1});
  CHECK(ConvTranspose2d(1, 2, 2, {.bias = false})(zeros({1, 1, 1, 1})).shape() == Shape{1, 2, 2, 2});
}

TEST_CASE("convolution layers start as PyTorch's do: uniform within 1 / sqrt(fan_in)") {
  manual_seed(1);
  const Conv2d plane(32, 64, {3, 5}, {.groups = 2});
  const Conv1d line(32, 64, 5);
  const ConvTranspose2d back(32, 64, 3);
  for (const auto& [part, tolerance] :
       {std::pair(part_of_bound(plane.weight, 16 * 15), 0.01), std::pair(part_of_bound(plane.bias, 16 * 15), 0.1),
        std::pair(part_of_bound(line.weight, 32 * 5), 0.01), std::pair(part_of_bound(line.bias, 32 * 5), 0.1),
        std::pair(part_of_bound(back.weight, 64 * 9), 0.01), std::pair(part_of_bound(back.bias, 64 * 9), 0.1)}) {
    CHECK(part <= 1);
    CHECK(part > 1 - tolerance);
  }
}

TEST_CASE("convolution layers have right gradients in input, weight and bias") {
  check_gradients(Conv2d(2, 4, {2, 1}, {.padding = {1, 0}, .groups = 2, .dtype = float64}), {2, 2, 2, 3});
  check_gradients(Conv1d(2, 3, 3, {.stride = 2, .padding = 1, .dtype = float64}), {2, 2, 4});
  check_gradients(ConvTranspose2d(2, 2, 2, {.stride = 2, .dtype = float64}), {1, 2, 2, 2});
}

TEST_CASE("convolution layers print as PyTorch's") {
  CHECK(to_string(Conv2d(1, 6, 5)) == "Conv2d(1, 6, kernel_size=(5, 5), stride=(1, 1))");
  CHECK(to_string(
            Conv2d(4, 8, {3, 1}, {.stride = 2, .padding = {1, 0}, .dilation = {1, 2}, .groups = 4, .bias = false})) ==
        "Conv2d(4, 8, kernel_size=(3, 1), stride=(2, 2), padding=(1, 0), dilation=(1, 2), groups=4, bias=False)");
  CHECK(to_string(Conv2d(1, 1, 3, {.padding = Padding::same})) ==
        "Conv2d(1, 1, kernel_size=(3, 3), stride=(1, 1), padding=same)");
  CHECK(to_string(Conv1d(2, 3, 4, {.padding = 1})) == "Conv1d(2, 3, kernel_size=(4,), stride=(1,), padding=(1,))");
  CHECK(to_string(Conv1d(2, 2, 4, {.dilation = 2, .groups = 2})) ==
        "Conv1d(2, 2, kernel_size=(4,), stride=(1,), dilation=(2,), groups=2)");
  CHECK(to_string(ConvTranspose2d(3, 6, 2, {.stride = 2, .output_padding = 1, .groups = 3})) ==
        "ConvTranspose2d(3, 6, kernel_size=(2, 2), stride=(2, 2), output_padding=(1, 1), groups=3)");
  CHECK(to_string(Conv3d(1, 2, 3)) == "Conv3d(1, 2, kernel_size=(3, 3, 3), stride=(1, 1, 1))");
  CHECK(to_string(Conv2d(1, 2, 3, {.padding = 1, .padding_mode = PaddingMode::circular})) ==
        "Conv2d(1, 2, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), padding_mode=circular)");
  CHECK(to_string(Conv1d(1, 2, 3, {.padding = Padding::same, .bias = false, .padding_mode = PaddingMode::reflect})) ==
        "Conv1d(1, 2, kernel_size=(3,), stride=(1,), padding=same, bias=False, padding_mode=reflect)");
  CHECK(to_string(ConvTranspose1d(1, 2, 3, {.stride = 2, .output_padding = 1})) ==
        "ConvTranspose1d(1, 2, kernel_size=(3,), stride=(2,), output_padding=(1,))");
  CHECK(to_string(ConvTranspose3d(2, 4, 3, {.groups = 2})) ==
        "ConvTranspose3d(2, 4, kernel_size=(3, 3, 3), stride=(1, 1, 1), groups=2)");
}

TEST_CASE("convolution layers refuse inputs and arguments that do not fit") {
  const auto refusal = [](const auto& layer, const Shape& shape) { return error_of([&] { layer(zeros(shape)); }); };
  CHECK(lacks(refusal(Conv2d(3, 4, 2), {2, 4, 5, 5}), {"Conv2d", "(2, 4, 5, 5)", "(N, 3, H, W)", "(4, 3, 2, 2)"}) ==
        "");
  CHECK(lacks(refusal(Conv2d(3, 4, 2), {2, 5, 5}), {"Conv2d", "(2, 5, 5)", "(N, 3, H, W) or (3, H, W)"}) == "");
  CHECK(lacks(refusal(Conv2d(3, 4, 2), {2, 3, 1, 5}), {"conv2d", "(2, 2)", "larger than the padded input"}) == "");
  CHECK(lacks(refusal(Conv1d(3, 4, 2), {2, 4, 5}), {"Conv1d", "(2, 4, 5)", "(N, 3, L)"}) == "");
  CHECK(lacks(refusal(ConvTranspose2d(3, 4, 2), {2, 4, 5, 5}), {"ConvTranspose2d", "(N, 3, H, W)"}) == "");
  CHECK(lacks(error_of([] { Conv2d(-1, 2, 3); }), {"Conv2d", "(-1, 2)", "negative"}) == "");
  CHECK(lacks(error_of([] { Conv2d(3, 4, 3, {.groups = 2}); }), {"Conv2d", "2 groups", "divide (3, 4)"}) == "");
  CHECK(lacks(error_of([] { Conv2d(4, 4, 3, {.groups = 0}); }), {"Conv2d", "0 groups"}) == "");
  CHECK(lacks(error_of([] { Conv2d(4, 4, {3, 0}); }), {"Conv2d", "kernel_size is (3, 0)"}) == "");
  CHECK(lacks(error_of([] { Conv2d(4, 4, 3, {.stride = 0}); }), {"Conv2d", "stride is (0, 0)"}) == "");
  CHECK(lacks(error_of([] { Conv2d(4, 4, 3, {.dilation = 0}); }), {"Conv2d", "dilation is (0, 0)"}) == "");
  CHECK(lacks(error_of([] { Conv2d(4, 4, 3, {.padding = -1}); }), {"Conv2d", "padding is (-1, -1)"}) == "");
  CHECK(lacks(error_of([] { Conv1d(4, 4, 0); }), {"Conv1d", "kernel_size"}) == "");
  CHECK(lacks(error_of([] { Conv1d(4, 4, 1, {.padding = -1}); }), {"Conv1d", "padding is -1"}) == "");
  CHECK(lacks(error_of([] { ConvTranspose2d(4, 4, 1, {.padding = -1}); }), {"ConvTranspose2d", "padding"}) == "");
}

TEST_CASE("a transposed convolution undoes the extents of a convolution, whichever they were") {
  const Conv2d down(1, 1, 3, {.stride = {3, 2}, .padding = 1, .dtype = float64});
  const ConvTranspose2d up(1, 1, 3, {.stride = {3, 2}, .padding = 1, .dtype = float64});
  for (const Pair size : {Pair(7, 9), Pair(8, 10), Pair(9, 9)}) {
    const Tensor x = ones({2, 1, size.height, size.width}, float64);
    CHECK(up(down(x), size).shape() == x.shape());
  }
  // By hand: 2 numbers at places 0 and 2, each times (1, 10, 100); one place more at the end is the bias.
  const ConvTranspose1d line(1, 1, 3, {.stride = 2, .dtype = float64});
  line.weight.set(tensor({{{1, 10, 100}}}, float64));
  line.bias.set(tensor({0.5}, float64));
  const Tensor x = tensor({{2, 3}}, float64);
  CHECK(difference(line(x, 5), tensor({{2.5, 20.5, 203.5, 30.5, 300.5}}, float64)) == "");
  CHECK(difference(line(x, 6), tensor({{2.5, 20.5, 203.5, 30.5, 300.5, 0.5}}, float64)) == "");
  const ConvTranspose3d volume(1, 1, 2, {.stride = 2, .dtype = float64});
  CHECK(volume(ones({1, 1, 2, 2, 2}, float64), {4, 5, 4}).shape() == Shape{1, 1, 4, 5, 4});
  CHECK(lacks(error_of([&] { line(x, 7); }), {"ConvTranspose1d", "output_size is 7", "5 to 6", "(1, 2)"}) == "");
  CHECK(lacks(error_of([&] { line(x, 4); }), {"output_size is 4"}) == "");
  CHECK(lacks(error_of([&] { line(ones({2, 2}), 5); }), {"ConvTranspose1d", "(2, 2)"}) == "");
  CHECK(lacks(error_of([&] { volume(ones({1, 2, 2, 2}), {4, 6, 4}); }), {"(4, 6, 4)", "(4, 4, 4) to (5, 5, 5)"}) == "");
}

TEST_CASE("a network of convolutions learns") {
  // One step down the gradient of a loss lowers it.
  manual_seed(2);
  Generator generator(3);
  const Sequential model{Conv2d(1, 4, 3, {.padding = 1}), ReLU(), MaxPool2d(2), Flatten(), Linear(4 * 4 * 4, 2)};
  const Tensor x = randn({6, 1, 8, 8}, float32, generator);
  const auto loss = [&] { return mean(square(model(x) - 1)); };
  const double before = loss().item();
  const Tape tape;
  const std::vector<Tensor> gradients = tape.gradient(loss(), model.parameters());
  for (std::size_t i = 0; i < gradients.size(); ++i)
    model.parameters()[i].set(model.parameters()[i] - 0.01 * gradients[i]);
  CHECK(loss().item() < before);
  CHECK(model.named_parameters().front().first == "0.weight");
}

}  // namespace xgrad::nn
