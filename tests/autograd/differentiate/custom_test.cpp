#include <doctest/doctest.h>

#include <cmath>
#include <memory>

#include <autograd/autograd.hpp>
#include <autograd/primitive.hpp>

#include "../expect.hpp"

namespace xgrad {
namespace {

using test::difference;
using test::error_of;
using test::f64;
using test::i64;
using test::lacks;

/// The sign forwards, the identity within [-1, 1] backwards.
Custom straight_through() {
  return custom(
      "binarize", [](const std::vector<Tensor>& x) { return sign(x[0]); },
      [](const std::vector<Tensor>& x, const Tensor&, const Tensor& g) {
        return std::vector<Tensor>{where(less_equal(abs(x[0]), 1.0), g, 0.0)};
      });
}

/// z = tanh(w z + x), by iteration; its derivative by iteration for the adjoint.
Custom equilibrium() {
  const auto step = [](const Tensor& w, const Tensor& x, const Tensor& z) { return tanh(matmul(w, z) + x); };
  return custom(
      "equilibrium",
      [step](const std::vector<Tensor>& in) {
        Tensor z = zeros_like(in[1]);
        for (int i = 0; i < 200; ++i) {
          const Tensor next = step(in[0], in[1], z);
          if (max(abs(next - z)).item() < 1e-16) break;
          z = next;
        }
        return z;
      },
      [step](const std::vector<Tensor>& in, const Tensor& z, const Tensor& g) {
        // a = g + (d step / dz)^T a, then the cotangents of w and x from one step at z.
        const Tape tape;
        const Tensor next = step(in[0], in[1], z);
        Tensor a = g;
        for (int i = 0; i < 60; ++i) a = g + tape.gradient(next, z, {.cotangent = a});
        return vjp([&](const std::vector<Tensor>& at) { return step(at[0], at[1], z); }, in, a).second;
      });
}

/// x * exp(x) by a loop over raw memory.
Custom foreign(std::string name = "foreign", double scale = 1) {
  return custom({.name = std::move(name),
                 .kernel =
                     [scale](const CustomCall& call) {
                       const auto compute = [&](auto type) {
                         using T = decltype(type);
                         const std::span<const T> x = call.input<T>(0);
                         const std::span<T> y = call.output<T>();
                         for (std::size_t i = 0; i < x.size(); ++i)
                           y[i] = static_cast<T>(scale) * x[i] * std::exp(x[i]);
                       };
                       return call.input_dtype(0) == float64 ? compute(double{}) : compute(float{});
                     },
                 .vjp = [scale](const std::vector<Tensor>& x, const Tensor&,
                                const Tensor& g) { return std::vector<Tensor>{scale * g * exp(x[0]) * (x[0] + 1)}; }});
}

}  // namespace

TEST_CASE("a straight-through estimator has the value of its forward and the derivative of its vjp") {
  const Custom binarize = straight_through();
  const Tensor x = f64({-2, -0.5, 0.5, 3});
  CHECK(difference(binarize(x), {-1, -1, 1, 1}) == "");
  CHECK(difference(gradient(
                       [&](const Tensor& t) {
                         return sum(binarize(t) * f64({1, 2, 3, 4}));
                       },
                       x),
                   {0, 2, 3, 0}) == "");
}

TEST_CASE("an implicit layer: fixed point forwards, adjoint fixed point backwards, first and second order") {
  const Custom solve = equilibrium();
  Generator generator(1);
  const Tensor w = randn({3, 3}, float64, generator) * 0.2, x = randn({3}, float64, generator);
  const Tensor z = solve(w, x);
  CHECK(difference(tanh(matmul(w, z) + x), z, {.atol = 1e-15}) == "");
  const GradcheckResult result =
      gradcheck([&](const std::vector<Tensor>& in) { return solve(in); }, {w, x}, {.order = 2});
  CHECK_MESSAGE(result.passed, result.message);
}

TEST_CASE("what a forward records on its way is not kept for differentiation") {
  const Tape tape;
  const Tensor w = zeros({256, 256}), x = ones({256});
  eval({w, x});
  const std::size_t before = memory_stats().live;
  const Tensor z = equilibrium()(w, x);
  eval(z);
  CHECK(memory_stats().live - before < 16 * 256 * sizeof(float));
}

TEST_CASE("a kernel over raw memory, of either dtype, of views, with derivatives to second order") {
  const Custom f = foreign();
  const Tensor x = f64({{1, 2}, {-1, 0.5}});
  CHECK(difference(f(x), x * exp(x), {.rtol = 1e-14}) == "");
  CHECK(difference(f(x.T()), x.T() * exp(x.T()), {.rtol = 1e-14}) == "");
  CHECK(difference(f(x.to(float32)), (x * exp(x)).to(float32), {.rtol = 1e-6}) == "");
  const GradcheckResult result = gradcheck([&](const Tensor& t) { return f(t); }, x, {.order = 2});
  CHECK_MESSAGE(result.passed, result.message);
}

TEST_CASE("a kernel says shape and dtype of its result") {
  const Custom count = custom({.name = "count",
                               .kernel =
                                   [](const CustomCall& call) {
                                     std::int64_t positive = 0;
                                     for (const double v : call.input<double>(0)) positive += v > 0;
                                     call.output<std::int64_t>()[0] = positive;
                                   },
                               .shape = [](const std::vector<Tensor>&) { return Shape{}; },
                               .dtype = int64});
  const Tensor n = count(f64({1, -1, 2}));
  CHECK(n.dtype() == int64);
  CHECK(n.item<int>() == 2);
}

TEST_CASE("plain numbers, several inputs and an input without a gradient") {
  const Custom weighted = custom({.name = "weighted",
                                  .kernel =
                                      [](const CustomCall& call) {
                                        const auto x = call.input<double>(0);
                                        const auto k = call.input<std::int64_t>(1);
                                        const auto c = call.input<float>(2);
                                        const auto y = call.output<double>();
                                        for (std::size_t i = 0; i < x.size(); ++i)
                                          y[i] = x[i] * static_cast<double>(k[i]) + c[0];
                                      },
                                  .vjp =
                                      [](const std::vector<Tensor>& x, const Tensor&, const Tensor& g) {
                                        return std::vector<Tensor>{g * x[1], Tensor(), Tensor()};
                                      }});
  const Tensor x = f64({1, 2}), k = i64({3, 4});
  CHECK(difference(weighted(x, k, 0.5), {3.5, 8.5}) == "");
  CHECK(difference(gradient([&](const Tensor& t) { return sum(weighted(t, k, 0.5)); }, x), {3, 4}) == "");
}

TEST_CASE("two functions of one name and shape are not taken for each other") {
  const Tensor x = f64({1, 2});
  const Custom one = foreign("twin", 1), three = foreign("twin", 3);
  const Tensor both = three(x) / one(x);
  CHECK(difference(both, {3, 3}, {.rtol = 1e-15}) == "");
  for (const double scale : {1.0, 2.0, 5.0}) {  // one after the other, maybe at one address
    const Tensor y = foreign("twin", scale)(x);
    CHECK(difference(y, scale * x * exp(x), {.rtol = 1e-14}) == "");
  }
}

TEST_CASE("what a function captures lives as long as a recorded call, and no longer") {
  const auto token = std::make_shared<double>(2);
  const std::weak_ptr<double> watched = token;
  Tensor y;
  {
    const Custom scaled = custom({.name = "scaled",
                                  .kernel =
                                      [token](const CustomCall& call) {
                                        const auto x = call.input<double>(0);
                                        const auto out = call.output<double>();
                                        for (std::size_t i = 0; i < x.size(); ++i) out[i] = *token * x[i];
                                      },
                                  .vjp = [token](const std::vector<Tensor>&, const Tensor&,
                                                 const Tensor& g) { return std::vector<Tensor>{*token * g}; }});
    y = scaled(f64({1, 2}));
  }
  CHECK(watched.use_count() == 3);
  CHECK(difference(y, {2, 4}) == "");
  { const Tape sweeps; }  // the end of a tape lets go of what has run
  y = Tensor();
  CHECK(watched.use_count() == 1);
}

TEST_CASE("a call shows its name in the list") {
  const Tape tape;
  const Tensor y = foreign("my_function")(f64({1}));
  CHECK(recorded_primitives().back() == "my_function");
}

TEST_CASE("vmap of custom functions is that of every example, values and gradients") {
  const Custom binarize = straight_through(), f = foreign();
  const Tensor x = f64({{-2, 0.5}, {0.3, 1.5}, {-0.1, 0.2}});
  CHECK(difference(vmap([&](const Tensor& t) { return binarize(t) * sum(t); })(x),
                   sign(x) * sum(x, 1, {.keepdims = true}), {.rtol = 1e-14}) == "");
  CHECK(difference(vmap([&](const Tensor& t) { return f(t); })(x), f(x), {.rtol = 1e-14}) == "");
  const auto slope = [&](const Tensor& t) { return gradient([&](const Tensor& s) { return sum(f(s) * s); }, t); };
  CHECK(difference(vmap(TensorFunction(slope))(x), slope(x), {.rtol = 1e-13}) == "");
}

TEST_CASE("custom functions refuse what does not fit, by name") {
  const auto identity = [](const std::vector<Tensor>& x) { return x[0]; };
  const auto vjp_of = [&](decltype(CustomFunction::vjp) vjp) {
    const Custom f = custom("mine", identity, std::move(vjp));
    return error_of([&] { gradient([&](const Tensor& x) { return sum(f(x)); }, f64({1, 2})); });
  };
  using Tensors = std::vector<Tensor>;
  CHECK(lacks(vjp_of([](const Tensors&, const Tensor&, const Tensor&) {
                return Tensors{f64({1, 2, 3})};
              }),
              {"mine", "vjp", "(3,)", "input number 0", "(2,)"}) == "");
  CHECK(lacks(vjp_of([](const Tensors&, const Tensor&, const Tensor&) { return Tensors{}; }),
              {"mine", "0 cotangents", "1 inputs"}) == "");
  CHECK(lacks(vjp_of([](const Tensors&, const Tensor&, const Tensor&) {
                return Tensors{i64({1, 2})};
              }),
              {"mine", "dtype int64", "float32 or float64"}) == "");
  CHECK(lacks(vjp_of(nullptr), {"mine", "no vjp"}) == "");
  CHECK(lacks(vjp_of([](const Tensors& x, const Tensor& y, const Tensor& g) {
                return gradient(y * x[0], x, {.cotangent = g});
              }),
              {"mine", "own output", "vjp(f, inputs, cotangent)"}) == "");

  CHECK(lacks(error_of([&] { custom({.name = "", .forward = identity}); }), {"custom", "no name"}) == "");
  CHECK(lacks(error_of([&] { custom({.name = "empty"}); }), {"custom", "'empty'", "neither"}) == "");
  CHECK(lacks(error_of([&] { custom({.name = "two", .forward = identity, .kernel = [](const CustomCall&) {}}); }),
              {"custom", "'two'", "both"}) == "");
  CHECK(lacks(error_of([&] { foreign()(Tensor()); }), {"foreign", "undefined"}) == "");
  CHECK(lacks(error_of([&] { foreign()(std::vector<Tensor>{}); }), {"foreign", "no inputs"}) == "");
  CHECK(lacks(error_of([&] {
                custom(
                    "nothing", [](const Tensors&) { return Tensor(); }, nullptr)(f64({1}));
              }),
              {"nothing", "undefined"}) == "");

  const auto kernel_of = [](decltype(CustomFunction::kernel) kernel) {
    return error_of([&] { eval(custom({.name = "raw", .kernel = std::move(kernel)})(f64({1}))); });
  };
  CHECK(lacks(kernel_of([](const CustomCall& call) { call.input<float>(0); }), {"raw", "float32", "float64"}) == "");
  CHECK(lacks(kernel_of([](const CustomCall& call) { call.input<double>(1); }), {"raw", "number 1 of 1"}) == "");
  CHECK(lacks(kernel_of([](const CustomCall& call) { call.output<bool>(); }), {"raw", "output", "bool"}) == "");
}

}  // namespace xgrad
