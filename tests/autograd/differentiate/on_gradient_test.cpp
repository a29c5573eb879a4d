#include <doctest/doctest.h>

#include <algorithm>
#include <memory>

#include <autograd/autograd.hpp>
#include <autograd/primitive.hpp>

#include "../expect.hpp"
#include "../fusing.hpp"

namespace xgrad {

TEST_CASE("a function on a gradient gets the total of it, once, and what it gives goes on") {
  const Tape tape;
  const Tensor x = tensor({1, -2}, float64);
  std::vector<std::vector<double>> seen;
  const Tensor y = on_gradient(x * 3, [&](const Tensor& gradient) {
    seen.push_back(gradient.to_vector<double>());
    return gradient * 10;
  });
  CHECK(test::difference(y, {3, -6}) == "");
  const Tensor loss = sum(y * y) + sum(y);
  const Tensor g = tape.gradient(loss, x);
  REQUIRE(seen.size() == 1);
  CHECK(seen[0] == std::vector<double>{7, -11});
  CHECK(test::difference(g, {210, -330}) == "");
  // Again in another differentiation, and not in one that does not come there.
  tape.gradient(loss, x);
  CHECK(seen.size() == 2);
  tape.gradient(sum(x), x);
  CHECK(seen.size() == 2);
}

TEST_CASE("a function that only looks leaves the gradient as it is") {
  const Tape tape;
  const Tensor x = tensor({1, 2});
  const Tensor y = on_gradient(x, [](const Tensor& gradient) { return gradient; });
  const Tensor z = on_gradient(x, [](const Tensor&) { return Tensor(); });
  CHECK(test::difference(tape.gradient(sum(y * z * z), x), {3, 12}) == "");
}

TEST_CASE("what the function computes is part of the derivative and is differentiated") {
  const auto squared = [](const Tensor& t) {
    return sum(square(on_gradient(t * t, [](const Tensor& gradient) { return gradient * gradient; })));
  };
  // y = x^2 has the gradient 2 y; squared, (2 y)^2; times 2 x, that of x. Differentiated, x in it gives 2 (2 y)^2, and
  // y gets the gradient 8 y * 2 x, which is squared in its turn before it goes on to x.
  const Tensor x = tensor({1, 2}, float64);
  CHECK(test::difference(gradient(squared, x), {8, 256}) == "");
  CHECK(test::difference(gradient([&](const Tensor& t) { return sum(gradient(squared, t)); }, x),
                         {8 + 256 * 2, 128 + 16384 * 4}) == "");
}

TEST_CASE("vmap of a gradient goes through a function on it") {
  const TensorFunction doubled = [](const Tensor& t) {
    return sum(exp(on_gradient(t, [](const Tensor& gradient) { return gradient * 2; })));
  };
  const Tensor batch = linspace(-1, 1, 6, float64).reshape({2, 3});
  const TensorFunction slope = [&](const Tensor& t) { return gradient(doubled, t); };
  CHECK(test::difference(vmap(slope)(batch), 2 * exp(batch), {.rtol = 1e-14}) == "");
  CHECK(test::difference(gradient([&](const Tensor& t) { return sum(vmap(doubled)(t)); }, batch), 2 * exp(batch),
                         {.rtol = 1e-14}) == "");
}

TEST_CASE("a function on a gradient inside a checkpoint runs once") {
  int calls = 0;
  const Tensor x = tensor({1, 2});
  const Tensor g = gradient(
      [&](const Tensor& t) {
        return sum(checkpoint(
            [&](const Tensor& s) {
              return on_gradient(s * s, [&](const Tensor& gradient) {
                ++calls;
                return gradient * 3;
              });
            },
            t));
      },
      x);
  CHECK(test::difference(g, {6, 12}) == "");
  CHECK(calls == 1);
}

TEST_CASE("a gradient of another shape or dtype, and a function that asks for itself, are refused") {
  const Tape tape;
  const Tensor x = tensor({1, 2});
  const auto message = [&](std::function<Tensor(const Tensor&)> f) {
    return test::error_of([&] { tape.gradient(sum(on_gradient(x, std::move(f))), x); });
  };
  CHECK(message([](const Tensor& g) { return sum(g); }).find("on_gradient") != std::string::npos);
  CHECK(message([](const Tensor& g) { return sum(g); }).find("(2,)") != std::string::npos);
  CHECK(message([](const Tensor& g) { return g.to(float64); }).find("float64") != std::string::npos);
  Tensor y;
  const Tensor z = on_gradient(x, [&](const Tensor&) { return tape.gradient(sum(y), x); });
  y = z * z;
  CHECK(test::error_of([&] { tape.gradient(sum(y), x); }).find("on_gradient") != std::string::npos);
  CHECK_THROWS_AS(on_gradient(tensor({1}, int64), [](const Tensor& g) { return g; }), Error);
  CHECK_THROWS_AS(on_gradient(x, nullptr), Error);
  CHECK_THROWS_AS(on_gradient(Tensor(), [](const Tensor& g) { return g; }), Error);
}

TEST_CASE("a function on a gradient lives as long as the recorded call") {
  const auto owned = std::make_shared<int>(0);
  const Tensor x = tensor({1, 2});
  {
    const Tape tape;
    Tensor y = on_gradient(x, [owned](const Tensor& gradient) { return gradient; });
    CHECK(owned.use_count() == 2);
    y = Tensor();
    CHECK(owned.use_count() == 2);
  }
  CHECK(owned.use_count() == 1);
  Tensor kept = on_gradient(x * 2, [owned](const Tensor& gradient) { return gradient; });
  CHECK(owned.use_count() == 2);
  kept = Tensor();
  const Tensor next = exp(x);  // the list is swept when it is full, or by a tape
  { const Tape tape; }
  CHECK(owned.use_count() == 1);
}

TEST_CASE("a function on a gradient costs no run: plans are found again and have no step for it") {
  const test::Fusing planned(true);
  const Tensor x = rand({64});
  eval(x);
  const auto step = [&](bool hooked) {
    const Tape tape;
    const Tensor h = exp(x);
    const Tensor y = hooked ? on_gradient(h, [](const Tensor& gradient) { return gradient; }) : h;
    const Tensor g = tape.gradient(sum(y * y), x);
    const std::string plan = explain(g);
    g.to_vector<float>();
    return plan.substr(plan.find(" steps"));
  };
  const std::string hooked = step(true);
  CHECK(hooked == step(false));
  step(true);
  const std::size_t misses = plan_cache_stats().misses;
  step(true);
  step(true);
  CHECK(plan_cache_stats().misses == misses);
}

TEST_CASE("a function on both ends of a computation knows whether the derivative goes on") {
  const Tape tape;
  const Tensor x = tensor({1, 2}), w = tensor({3, 4});
  std::vector<bool> wanted;
  const Tensor y = on_gradient(x * w, x, [&](const Tensor&, bool goes_on) {
    wanted.push_back(goes_on);
    return Tensor();
  });
  CHECK(test::difference(tape.gradient(sum(y), w), {1, 2}) == "");
  CHECK(test::difference(tape.gradient(sum(y), x), {3, 4}) == "");
  CHECK(wanted == std::vector<bool>{false, true});
}

}  // namespace xgrad
