#include <doctest/doctest.h>

#include <autograd/autograd.hpp>
#include <autograd/primitive.hpp>

#include "expect.hpp"

namespace xgrad {

using test::difference;
using test::error_of;
using test::f64;
using test::lacks;

TEST_CASE("recording runs nothing, and a tape keeps what it records") {
  const Tape tape;
  const std::size_t before = tape.size();
  const Tensor x = ones({3}), y = x * x + x;
  CHECK(tape.size() > before);
  const std::vector<std::string> names = recorded_primitives();
  CHECK(names.size() == tape.size());
  CHECK(names.back() == "add");
  CHECK(names[names.size() - 2] == "multiply");
}

TEST_CASE("leaving the scope frees the list") {
  const std::size_t before = recorded_primitives().size();
  {
    const Tape tape;
    Tensor y = ones({3});
    for (int i = 0; i < 100; ++i) y = y + 1;
    CHECK(tape.size() >= 100);
  }
  CHECK(recorded_primitives().size() <= before);
}

TEST_CASE("x times x counts both uses") {
  const Tape tape;
  const Tensor x = f64({1, -2, 3});
  CHECK(difference(tape.gradient(sum(x * x), x), {2, -4, 6}) == "");
}

TEST_CASE("a diamond adds up both ways") {
  const Tape tape;
  const Tensor x = f64({0.5}), a = 2 * x, left = exp(a), right = a * a;
  const double value = 2 * std::exp(1.0) + 4;
  CHECK(difference(tape.gradient(left + right, x), f64({value}), {.rtol = 1e-15}) == "");
}

TEST_CASE("one tensor used a thousand times gets a thousand contributions") {
  const Tape tape;
  const Tensor x = f64({2, 3});
  Tensor y = zeros({2}, float64);
  for (int i = 1; i <= 1000; ++i) y = y + i * x;
  CHECK(difference(tape.gradient(sum(y), x), {500500, 500500}) == "");
}

TEST_CASE("a thousand inputs of one operation each get their own gradient") {
  const Tape tape;
  std::vector<Tensor> xs;
  for (int i = 0; i < 1000; ++i) xs.push_back(full({1, 2}, i, float64));
  const std::vector<Tensor> gradients = tape.gradient(sum(square(concatenate(xs))), xs);
  CHECK(difference(gradients[0], f64({{0, 0}})) == "");
  CHECK(difference(gradients[40], f64({{80, 80}})) == "");
  CHECK(difference(gradients[999], f64({{1998, 1998}})) == "");
}

TEST_CASE("the same source given twice gets the same gradient twice") {
  const Tape tape;
  const Tensor x = f64({3});
  const std::vector<Tensor> gradients = tape.gradient(x * x, {x, x});
  CHECK(difference(gradients[0], f64({6})) == "");
  CHECK(difference(gradients[1], f64({6})) == "");
}

TEST_CASE("the gradient of a tensor with respect to itself is its cotangent") {
  const Tape tape;
  const Tensor x = f64({3}), y = x * x;
  CHECK(difference(tape.gradient(x, x), f64({1})) == "");
  CHECK(difference(tape.gradient(y, {y, x})[0], f64({1})) == "");
  CHECK(difference(tape.gradient(y, {y, x})[1], f64({6})) == "");
}

TEST_CASE("an intermediate tensor can be a source") {
  const Tape tape;
  const Tensor x = f64({2}), h = x * x, y = h * h * h;
  const std::vector<Tensor> gradients = tape.gradient(y, {h, x});
  CHECK(difference(gradients[0], f64({48})) == "");
  CHECK(difference(gradients[1], f64({192})) == "");
}

TEST_CASE("a source that the result does not reach is an Error, unless undefined gradients or zeros are asked for") {
  const Tape tape;
  const Tensor x = f64({{1, 2}}), unused = zeros({3, 4});
  const Tensor y = sum(x);
  const std::string text = error_of([&] { tape.gradient(y, {x, unused}); });
  CHECK(lacks(text, {"gradient", "number 1", "(3, 4)", "allow_unused", "materialize_grads"}) == "");
  CHECK(difference(tape.gradient(y, x), {{1, 1}}) == "");
  const std::vector<Tensor> allowed = tape.gradient(y, {x, unused}, {.allow_unused = true});
  CHECK(difference(allowed[0], {{1, 1}}) == "");
  CHECK(!allowed[1].defined());
  for (const bool allow : {false, true}) {
    const Tensor gradient = tape.gradient(y, unused, {.allow_unused = allow, .materialize_grads = true});
    CHECK(difference(gradient, zeros({3, 4})) == "");
  }
}

TEST_CASE("what a result depends on with a derivative of zero has zeros, not an Error") {
  const Tape tape;
  const Tensor x = f64({1.5, -2}), h = x * 2;
  const std::vector<Tensor> results{sum(floor(x)), sum(sign(h)), sum(round(h) + trunc(x)), sum(where(x > 5, h, 1.0))};
  for (const Tensor& y : results) CHECK(difference(tape.gradient(y, x), f64({0, 0})) == "");
  CHECK(difference(tape.gradient(results[1], h), f64({0, 0})) == "");
  for (const Tensor& y : {sum(stop_gradient(x) * 2), sum(cast(x > 0, float64)), sum(cast(argmax(h), float64))})
    CHECK(lacks(error_of([&] { tape.gradient(y, x); }), {"does not depend on x"}) == "");
}

TEST_CASE("transforms of functions give zeros in inputs that a function does not use") {
  const Tensor x = f64({1, 2});
  const TensorFunction constant = [](const Tensor&) { return Tensor(f64(3)); };
  const TensorsFunction first = [](const std::vector<Tensor>& t) { return sum(t[0]); };
  CHECK(difference(gradient(constant, x), f64({0, 0})) == "");
  CHECK(difference(gradient(first, {x, x})[1], f64({0, 0})) == "");
  CHECK(difference(value_and_gradient(first, {x, x}).second[1], f64({0, 0})) == "");
  CHECK(difference(vjp(first, {x, x}, f64(1)).second[1], f64({0, 0})) == "");
  CHECK(difference(jvp(constant, x, x).second, f64(0)) == "");
  CHECK(difference(hvp(first, {x, x}, {x, x})[0], f64({0, 0})) == "");
  CHECK(difference(jacobian(constant, x), f64({0, 0})) == "");
  CHECK(difference(hessian(constant, x), zeros({2, 2}, float64)) == "");
}

TEST_CASE("what is recorded after the result does not count") {
  const Tape tape;
  const Tensor x = f64({2}), y = x * x, later = x * y;
  CHECK(difference(tape.gradient(y, later, {.materialize_grads = true}), f64({0})) == "");
  CHECK(difference(tape.gradient(y, x), f64({4})) == "");
}

TEST_CASE("the gradient of a constant is zeros where that is asked for") {
  const Tape tape;
  const Tensor x = f64({1, 2});
  CHECK(difference(tape.gradient(sum(ones({2}, float64)), x, {.materialize_grads = true}), {0, 0}) == "");
  CHECK(difference(tape.gradient(sum(stop_gradient(x)), x, {.materialize_grads = true}), {0, 0}) == "");
  CHECK(difference(tape.gradient(sum(stop_gradient(x) * x), x), {1, 2}) == "");
  CHECK(difference(tape.gradient(sum(cast(x > 1, float64)), x, {.materialize_grads = true}), {0, 0}) == "");
}

TEST_CASE("a result of several elements needs a cotangent of its shape") {
  const Tape tape;
  const Tensor x = f64({{1, 2}, {3, 4}}), y = x * x;
  CHECK(lacks(error_of([&] { tape.gradient(y, x); }), {"gradient", "(2, 2)", "cotangent"}) == "");
  CHECK(lacks(error_of([&] { tape.gradient(y, x, {.cotangent = ones({2})}); }), {"cotangent", "(2,)", "(2, 2)"}) == "");
  CHECK(difference(tape.gradient(y, x, {.cotangent = f64({{1, 0}, {0, 10}})}), {{2, 0}, {0, 80}}) == "");
  CHECK(difference(tape.gradient(sum(x, {}, {.keepdims = true}), x), {{1, 1}, {1, 1}}) == "");
}

TEST_CASE("a cotangent may itself be broadcast, and stays as it was") {
  const Tape tape;
  const Tensor x = f64({{1, 2}, {3, 4}});
  const Tensor seed = f64({5}), cotangent = broadcast_to(seed, {2, 2});
  CHECK(difference(tape.gradient(x * x, x, {.cotangent = cotangent}), {{10, 20}, {30, 40}}) == "");
  CHECK(difference(tape.gradient(x, x, {.cotangent = cotangent}), {{5, 5}, {5, 5}}) == "");
  CHECK(difference(cotangent, {{5, 5}, {5, 5}}) == "");
  CHECK(difference(seed, f64({5})) == "");
}

TEST_CASE("gradients can be differentiated through their cotangent") {
  const Tape tape;
  const Tensor x = f64({1, 2}), u = f64({3, 4});
  const Tensor product = tape.gradient(x * x * x, x, {.cotangent = u});
  CHECK(difference(tape.gradient(sum(product), u), {3, 12}) == "");
}

TEST_CASE("integers and bools have no gradients") {
  const Tape tape;
  const Tensor x = f64({1, 2}), labels = test::i64({1, 0});
  CHECK(lacks(error_of([&] { tape.gradient(sum(x), labels); }), {"gradient", "x", "int64", "float"}) == "");
  CHECK(lacks(error_of([&] { tape.gradient(argmax(x), x); }), {"gradient", "y", "int64"}) == "");
  CHECK(lacks(error_of([&] { tape.gradient(Tensor(), x); }), {"gradient", "y", "undefined"}) == "");
  CHECK(lacks(error_of([&] { tape.gradient(sum(x), Tensor()); }), {"gradient", "x", "undefined"}) == "");
}

TEST_CASE("a gradient has shape and dtype of its source, across dtypes") {
  const Tape tape;
  const Tensor narrow = tensor({1, 2}), wide = f64({3, 4});
  const std::vector<Tensor> gradients = tape.gradient(sum(narrow * wide), {narrow, wide});
  CHECK(difference(gradients[0], tensor({3, 4}, float32)) == "");
  CHECK(difference(gradients[1], f64({1, 2})) == "");
}

TEST_CASE("without a tape nothing is kept, and the error says what to do") {
  const Tensor x = f64({3});
  const Tensor y = x * x;
  eval(y);
  const std::string text = error_of([&] { gradient(y, x); });
  CHECK(lacks(text, {"gradient", "Tape", "(1,)"}) == "");
}

TEST_CASE("after the scope of its tape a result has no gradient any more") {
  const Tensor x = f64({3});
  Tensor y;
  {
    const Tape tape;
    y = x * x;
    eval(y);
  }
  CHECK(y.item() == 9);
  CHECK(lacks(error_of([&] { gradient(y, x); }), {"gradient", "Tape"}) == "");
}

TEST_CASE("values and gradients that were not asked for yet outlive their tape") {
  const Tensor x = f64({3});
  Tensor y, slope;
  {
    const Tape tape;
    y = x * x;
    slope = tape.gradient(y, x);
  }
  CHECK(slope.item() == 6);
  CHECK(y.item() == 9);
}

TEST_CASE("tapes nest: the inner one's end takes nothing from the outer one") {
  const Tape outer;
  const Tensor x = f64({2});
  Tensor y;
  {
    const Tape inner;
    y = x * x * x;
    CHECK(difference(inner.gradient(y, x), f64({12})) == "");
  }
  CHECK(difference(outer.gradient(y, x), f64({12})) == "");
}

TEST_CASE("a gradient inside a function is differentiated by an outer tape") {
  const auto slope = [](const Tensor& x) {
    const Tape tape;
    return tape.gradient(x * x * x, x);
  };
  const Tape tape;
  const Tensor x = f64({2});
  CHECK(difference(tape.gradient(slope(x), x), f64({12})) == "");
}

TEST_CASE("asking for a value between recording and differentiating changes nothing") {
  const Tape tape;
  const Tensor x = f64({0.5, -1.5});
  Tensor y = x;
  for (int i = 0; i < 4; ++i) {
    y = tanh(y * x) + y;
    CHECK(sum(y).item() == sum(y).item());
  }
  const Tensor with_values = tape.gradient(sum(y), x);
  eval(with_values);
  Tensor z = x;
  for (int i = 0; i < 4; ++i) z = tanh(z * x) + z;
  CHECK(difference(tape.gradient(sum(z), x), with_values) == "");
}

TEST_CASE("the same gradient can be taken again, before and after running") {
  const Tape tape;
  const Tensor x = f64({1, 2, 3}), y = sum(exp(x) * x);
  const Tensor first = tape.gradient(y, x);
  const Tensor second = tape.gradient(y, x);
  CHECK(difference(first, second) == "");
  CHECK(difference(tape.gradient(y, x), second) == "");
}

TEST_CASE("gradients of gradients, to the fourth order") {
  const Tape tape;
  const Tensor x = f64({0.3, -1.2});
  const auto derivatives = [&](Tensor y) {
    for (int order = 0; order < 4; ++order) y = tape.gradient(sum(y), x);
    return y.to_vector<double>();
  };
  const std::vector<double> of_exp = derivatives(exp(x)), of_power = derivatives(pow(x, 5)),
                            of_product = derivatives(x * x * x * x * x), of_tanh = derivatives(tanh(x));
  for (std::size_t i = 0; i < 2; ++i) {
    const double v = x.data<double>()[i], t = std::tanh(v), c = 1 - t * t;
    CHECK(of_exp[i] == doctest::Approx(std::exp(v)).epsilon(1e-14));
    CHECK(of_power[i] == doctest::Approx(120 * v).epsilon(1e-12));
    CHECK(of_product[i] == doctest::Approx(120 * v).epsilon(1e-12));
    CHECK(of_tanh[i] == doctest::Approx(8 * t * c * (2 - 3 * t * t)).epsilon(1e-12));
  }
}

TEST_CASE("derivatives at 0 and of high order: x^4 and 1/x") {
  const Tape tape;
  const Tensor zero = f64({0});
  const Tensor quartic = zero * zero * zero * zero;
  CHECK(tape.gradient(tape.gradient(quartic, zero), zero).item() == 0);
  CHECK(tape.gradient(tape.gradient(pow(zero, 4), zero), zero).item() == 0);
  const Tensor four = f64({4});
  Tensor y = 1 / four;
  for (int order = 0; order < 6; ++order) y = tape.gradient(y, four);
  CHECK(y.item() == doctest::Approx(0.0439453125).epsilon(1e-12));
}

TEST_CASE("sibling gradients do not share memory that one of them changes") {
  const Tape tape;
  const Tensor a = f64({1, 2}), b = f64({3, 4});
  const std::vector<Tensor> gradients = tape.gradient(sum(a + b), {a, b});
  const Tensor scaled = gradients[0] * 5;
  eval({scaled, gradients[0], gradients[1]});
  CHECK(difference(gradients[0], {1, 1}) == "");
  CHECK(difference(gradients[1], {1, 1}) == "");
  CHECK(difference(scaled, {5, 5}) == "");
}

TEST_CASE("names of scopes join with dots and end with their scope") {
  const Tape tape;
  const NameScope outer("net");
  const Tensor x = ones({2});
  {
    const NameScope inner("layers.0");
    CHECK(difference(x + 1, {2, 2}) == "");
  }
  CHECK(difference(x + 2, {3, 3}) == "");
}

}  // namespace xgrad
