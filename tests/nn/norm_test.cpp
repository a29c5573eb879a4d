#include <doctest/doctest.h>

#include <cmath>

#include <autograd/differentiate/gradcheck.hpp>
#include <autograd/ops.hpp>
#include <nn/batchnorm.hpp>
#include <nn/norm.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {

using test::difference;
using test::error_of;
using test::f64;
using test::lacks;
using test::Tolerance;

namespace {

constexpr Tolerance rounding{.rtol = 1e-12, .atol = 1e-12};

/// Checks first and second derivatives in x, the weight and, where there is one, the bias.
template <class Layer>
void check_gradients(Layer layer, const Shape& shape, Generator& generator) {
  std::vector<Tensor> inputs{randn(shape, float64, generator)};
  const ParameterList parameters = layer.parameters();
  for (const Parameter& parameter : parameters) inputs.push_back(randn(parameter.shape(), float64, generator));
  const auto f = [&](const std::vector<Tensor>& in) {
    for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i].set(in[i + 1]);
    return layer(in[0]);
  };
  const auto check = gradcheck(f, inputs, {.order = 2});
  INFO(to_string(layer), ": ", check.message);
  CHECK(check.passed);
}

}  // namespace

TEST_CASE("layer norm brings every sample to mean 0 and biased variance 1, then scales and shifts entries") {
  const LayerNorm layer(3, {.dtype = float64});
  const double s = std::sqrt(14.0 / 3 + 1e-5), t = std::sqrt(32.0 / 3 + 1e-5);
  const Tensor x = f64({{1, 2, 6}, {0, 4, 8}});
  CHECK(difference(layer(x), {{-2 / s, -1 / s, 3 / s}, {-4 / t, 0, 4 / t}}, rounding) == "");
  layer.weight.set(f64({1, 2, 3}));
  layer.bias.set(f64({10, 20, 30}));
  const NestedList expected{{10 - 2 / s, 20 - 2 / s, 30 + 9 / s}, {10 - 4 / t, 20, 30 + 12 / t}};
  CHECK(difference(layer(x), expected, rounding) == "");
  CHECK(difference(layer(x.reshape({2, 1, 3})), tensor(expected, float64).reshape({2, 1, 3}), rounding) == "");
  CHECK(difference(layer(f64({0, 4, 8})), {10 - 4 / t, 20, 30 + 12 / t}, rounding) == "");
}

TEST_CASE("layer norm over two axes is layer norm of them as one") {
  Generator generator(1);
  const Tensor x = randn({4, 2, 3}, float64, generator), weight = randn({2, 3}, float64, generator);
  const LayerNorm two({2, 3}, {.eps = 1e-3, .dtype = float64}), one(6, {.eps = 1e-3, .dtype = float64});
  two.weight.set(weight);
  one.weight.set(weight.reshape({6}));
  CHECK(difference(two(x).reshape({4, 6}), one(x.reshape({4, 6})), rounding) == "");
}

TEST_CASE("layer norm has the parameters that it is asked for") {
  CHECK(LayerNorm(4).parameters().size() == 2);
  CHECK(LayerNorm(4, {.bias = false}).parameters().size() == 1);
  CHECK(LayerNorm(4, {.elementwise_affine = false}).parameters().empty());
  const LayerNorm plain(3, {.elementwise_affine = false});
  CHECK(difference(plain(f64({0, 4, 8})), LayerNorm(3, {.dtype = float64})(f64({0, 4, 8})), rounding) == "");
}

TEST_CASE("root mean square norm divides by the root of the mean of squares") {
  const RMSNorm layer(2, {.eps = 0.5, .dtype = float64});
  layer.weight.set(f64({2, 3}));
  const double s = std::sqrt(12.5 + 0.5);
  CHECK(difference(layer(f64({{3, -4}, {0, 0}})), {{6 / s, -12 / s}, {0, 0}}, rounding) == "");
}

TEST_CASE("the epsilon of root mean square norm is by default the input's machine epsilon") {
  const RMSNorm layer(1, {.elementwise_affine = false});
  CHECK(layer.parameters().empty());
  const double x = 1e-4, e32 = std::ldexp(1.0, -23), e64 = std::ldexp(1.0, -52);
  CHECK(difference(layer(tensor({x})), tensor({x / std::sqrt(x * x + e32)}), Tolerance{.rtol = 1e-6}) == "");
  CHECK(difference(layer(f64({x})), f64({x / std::sqrt(x * x + e64)}), rounding) == "");
}

TEST_CASE("group norm normalizes each group of channels, and scales channels") {
  Generator generator(2);
  const Tensor x = randn({3, 4, 2, 5}, float64, generator);
  const GroupNorm layer(2, 4, {.dtype = float64});
  const Tensor groups = LayerNorm(20, {.dtype = float64})(x.reshape({3, 2, 20}));
  CHECK(difference(layer(x), groups.reshape({3, 4, 2, 5}), rounding) == "");
  const Tensor plain = layer(x);
  layer.weight.set(f64({1, 2, 3, 4}));
  layer.bias.set(f64({-1, 0, 1, 2}));
  const Tensor weight = f64({1, 2, 3, 4}).reshape({4, 1, 1}), bias = f64({-1, 0, 1, 2}).reshape({4, 1, 1});
  CHECK(difference(layer(x), plain * weight + bias, rounding) == "");
}

TEST_CASE("group norm of one group is layer norm, and takes inputs without places") {
  Generator generator(3);
  const Tensor x = randn({3, 4}, float64, generator);
  CHECK(difference(GroupNorm(1, 4, {.dtype = float64})(x), LayerNorm(4, {.dtype = float64})(x), rounding) == "");
}

TEST_CASE("instance norm is group norm of single channels, for one sample and several") {
  Generator generator(4);
  const Tensor images = randn({2, 3, 4, 5}, float64, generator), rows = randn({2, 3, 7}, float64, generator);
  const GroupNorm groups(3, 3, {.affine = false});
  CHECK(difference(InstanceNorm2d(3)(images), groups(images), rounding) == "");
  CHECK(difference(InstanceNorm1d(3)(rows), groups(rows), rounding) == "");
  const Tensor first = slice(rows, 0, 0, 1);
  CHECK(difference(InstanceNorm1d(3)(squeeze(first, 0)), squeeze(groups(first), 0), rounding) == "");
  const InstanceNorm2d affine(3, {.affine = true, .dtype = float64});
  affine.weight.set(f64({1, 2, 3}));
  affine.bias.set(f64({3, 2, 1}));
  CHECK(difference(affine(images),
                   groups(images) * f64({1, 2, 3}).reshape({3, 1, 1}) + f64({3, 2, 1}).reshape({3, 1, 1}),
                   rounding) == "");
}

TEST_CASE("instance norm of volumes is that of images with as many places, for one sample and several") {
  Generator generator(9);
  const Tensor x = randn({2, 3, 2, 4, 5}, float32, generator);
  CHECK(test::difference(InstanceNorm3d(3)(x), InstanceNorm2d(3)(x.reshape({2, 3, 8, 5})).reshape(x.shape())) == "");
  CHECK(test::difference(InstanceNorm3d(3)(x[0]), InstanceNorm3d(3)(x)[0]) == "");
}

TEST_CASE("local response norm applies the operation, and prints as PyTorch's") {
  Generator generator(10);
  const Tensor x = randn({2, 5, 3}, float32, generator);
  CHECK(test::difference(LocalResponseNorm(3, {.alpha = 0.5, .beta = 0.6, .k = 2})(x),
                         local_response_norm(x, 3, {.alpha = 0.5, .beta = 0.6, .k = 2})) == "");
  CHECK(to_string(LocalResponseNorm(3)) == "LocalResponseNorm(3, alpha=0.0001, beta=0.75, k=1.0)");
  CHECK(to_string(InstanceNorm3d(2)) ==
        "InstanceNorm3d(2, eps=1e-05, momentum=0.1, affine=False, track_running_stats=False)");
}

TEST_CASE("instance norm tracks averages over samples, and uses them in evaluation") {
  InstanceNorm1d layer(1, {.momentum = 0.25, .track_running_stats = true, .dtype = float64});
  CHECK(layer.named_buffers().size() == 3);
  const Tensor x = f64({{{1, 2, 6}}, {{0, 4, 8}}});  // means 3 and 4, unbiased variances 7 and 16
  const Tensor in_training = layer(x);
  CHECK(difference(in_training, InstanceNorm1d(1)(x), rounding) == "");
  CHECK(difference(layer.running_mean, f64({0.25 * 3.5}), rounding) == "");
  CHECK(difference(layer.running_var, f64({0.75 + 0.25 * 11.5}), rounding) == "");
  layer.eval();
  const double s = std::sqrt(0.75 + 0.25 * 11.5 + 1e-5);
  CHECK(difference(layer(f64({{{1}}})), {{{(1 - 0.875) / s}}}, rounding) == "");
  CHECK(difference(layer.running_mean, f64({0.875}), rounding) == "");
}

TEST_CASE("no gradient flows through the running statistics of instance norm") {
  const InstanceNorm1d layer(1, {.track_running_stats = true, .dtype = float64});
  const Tape tape;
  const Tensor x = f64({{{1, 2, 6}}});
  layer(x);
  CHECK(difference(tape.gradient(sum(layer.running_mean + layer.running_var), x, {.materialize_grads = true}),
                   {{{0, 0, 0}}}) == "");
}

TEST_CASE("normalizations of samples have right gradients of first and second order") {
  Generator generator(5);
  check_gradients(LayerNorm(3, {.dtype = float64}), {2, 3}, generator);
  check_gradients(LayerNorm({2, 3}, {.dtype = float64}), {2, 2, 3}, generator);
  check_gradients(RMSNorm(3, {.dtype = float64}), {2, 3}, generator);
  check_gradients(GroupNorm(2, 4, {.dtype = float64}), {2, 4, 2}, generator);
  check_gradients(InstanceNorm1d(2, {.affine = true, .dtype = float64}), {2, 2, 3}, generator);
  check_gradients(InstanceNorm2d(2, {.dtype = float64}), {2, 2, 2}, generator);
}

TEST_CASE("a constant sample becomes 0, with finite gradients") {
  const Tape tape;
  const Tensor x = f64({{5, 5, 5}});
  const Tensor y = LayerNorm(3, {.dtype = float64})(x);
  CHECK(difference(y, {{0, 0, 0}}) == "");
  const std::vector<double> gradient = tape.gradient(sum(y * f64({1, 2, 4})), x).to_vector<double>();
  for (const double value : gradient) CHECK(std::isfinite(value));
}

TEST_CASE("an empty batch of samples stays one, with gradients of 0") {
  const Tape tape;
  const LayerNorm rows(3);
  const GroupNorm groups(2, 4);
  CHECK(rows(zeros({0, 3})).shape() == Shape{0, 3});
  CHECK(groups(zeros({0, 4, 5})).shape() == Shape{0, 4, 5});
  CHECK(difference(tape.gradient(sum(rows(zeros({0, 3}))), rows.weight), {0, 0, 0}) == "");
  const InstanceNorm1d tracked(2, {.track_running_stats = true});
  CHECK(tracked(zeros({0, 2, 3})).shape() == Shape{0, 2, 3});
  CHECK(difference(tracked.running_mean, {0, 0}) == "");
}

TEST_CASE("normalizations of samples print as PyTorch's") {
  CHECK(to_string(LayerNorm(4)) == "LayerNorm((4,), eps=1e-05, elementwise_affine=True)");
  CHECK(to_string(LayerNorm({3, 4}, {.eps = 0.001, .elementwise_affine = false})) ==
        "LayerNorm((3, 4), eps=0.001, elementwise_affine=False)");
  CHECK(to_string(LayerNorm(4, {.bias = false})) == "LayerNorm((4,), eps=1e-05, elementwise_affine=True, bias=False)");
  CHECK(to_string(RMSNorm(4)) == "RMSNorm((4,), eps=None, elementwise_affine=True)");
  CHECK(to_string(RMSNorm(4, {.eps = 1e-6})) == "RMSNorm((4,), eps=1e-06, elementwise_affine=True)");
  CHECK(to_string(GroupNorm(2, 4)) == "GroupNorm(2, 4, eps=1e-05, affine=True)");
  CHECK(to_string(InstanceNorm1d(3)) ==
        "InstanceNorm1d(3, eps=1e-05, momentum=0.1, affine=False, track_running_stats=False)");
  CHECK(to_string(InstanceNorm2d(3, {.affine = true})) ==
        "InstanceNorm2d(3, eps=1e-05, momentum=0.1, affine=True, track_running_stats=False)");
}

TEST_CASE("normalizations of samples refuse inputs of another shape or dtype") {
  const auto call = [](const Module& layer, const Tensor& x) { return error_of([&] { layer(x); }); };
  CHECK(lacks(call(LayerNorm(3), zeros({3, 4})), {"LayerNorm", "float32 (3, 4)", "(..., 3)"}) == "");
  CHECK(lacks(call(LayerNorm({2, 3}), zeros({3})), {"float32 (3,)", "(..., 2, 3)"}) == "");
  CHECK(lacks(call(LayerNorm(3), zeros({2, 3}, int64)), {"int64 (2, 3)", "floating-point"}) == "");
  CHECK(lacks(call(RMSNorm(3), zeros({4})), {"RMSNorm", "(4,)", "(..., 3)"}) == "");
  CHECK(lacks(call(GroupNorm(2, 4), zeros({3, 5})), {"GroupNorm", "(3, 5)", "(N, 4, ...)"}) == "");
  CHECK(lacks(call(GroupNorm(2, 4), zeros({4})), {"(4,)"}) == "");
  CHECK(lacks(call(InstanceNorm1d(3), zeros({3})), {"InstanceNorm1d", "(3,)", "(N, 3, L) or (3, L)"}) == "");
  CHECK(lacks(call(InstanceNorm2d(3), zeros({4, 3, 2})), {"InstanceNorm2d", "(4, 3, 2)", "(3, H, W)"}) == "");
  CHECK(lacks(call(InstanceNorm2d(3), zeros({2, 3, 1, 1})), {"more than one place per channel", "(2, 3, 1, 1)"}) == "");
}

TEST_CASE("normalizations of samples refuse arguments out of range") {
  CHECK(lacks(error_of([] { LayerNorm(Shape{}); }), {"LayerNorm", "normalized_shape is ()"}) == "");
  CHECK(lacks(error_of([] { LayerNorm(3, {.eps = -1}); }), {"LayerNorm", "eps is -1"}) == "");
  CHECK(lacks(error_of([] { LayerNorm(-3); }), {"-3"}) == "");
  CHECK(lacks(error_of([] { RMSNorm(3, {.eps = -1}); }), {"RMSNorm", "eps is -1"}) == "");
  CHECK(lacks(error_of([] { RMSNorm(Shape{}); }), {"RMSNorm", "normalized_shape is ()"}) == "");
  CHECK(lacks(error_of([] { GroupNorm(3, 4); }), {"GroupNorm", "3 groups of 4 channels"}) == "");
  CHECK(lacks(error_of([] { GroupNorm(0, 4); }), {"0 groups"}) == "");
  CHECK(lacks(error_of([] { GroupNorm(2, 4, {.eps = NAN}); }), {"eps is nan"}) == "");
  CHECK(lacks(error_of([] { InstanceNorm1d(-1); }), {"InstanceNorm1d", "-1 features"}) == "");
  CHECK(lacks(error_of([] { InstanceNorm1d(3, {.momentum = 2}); }), {"momentum is 2", "[0, 1]"}) == "");
  CHECK(lacks(error_of([] { InstanceNorm2d(3, {.eps = -1}); }), {"eps is -1"}) == "");
}

}  // namespace xgrad::nn
