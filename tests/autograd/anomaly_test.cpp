#include <doctest/doctest.h>

#include <cstdlib>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <thread>

#include <autograd/autograd.hpp>

#include "expect.hpp"

namespace xgrad {
namespace {

using test::difference;
using test::error_of;
using test::f64;
using test::lacks;

constexpr double inf = std::numeric_limits<double>::infinity();

/// A line of this file, as messages show it.
std::string at_line(int line) { return std::string(__FILE__) + ":" + std::to_string(line); }

/// The message of the anomaly that asking for a value finds.
std::string anomaly_in(const std::function<Tensor()>& f) {
  const DetectAnomaly detect;
  return error_of([&] { eval(f()); });
}

/// Whether the environment turns detection on for all tests.
bool always() {
  const char* text = std::getenv("XGRAD_DETECT_ANOMALY");
  return text && std::string(text) == "1";
}

// ------------------------------------------------------------------------------------------------- forward

TEST_CASE("the message names operation, shapes, the first index, the inputs there and the line of the call") {
  const Tensor x = tensor({{1, 2, 3}, {4, 0, 0}});
  const DetectAnomaly detect;
  const NameScope scope("encoder");
  const Tensor y = log(x);
  const int line = __LINE__ - 1;
  CHECK(error_of([&] { eval(y); }) ==
        "log: made -inf out of finite inputs at [1, 1], the first of 2 elements that are not finite\n"
        "  result    float32 (2, 3)\n"
        "  input 0   float32 (2, 3), 0 at [1, 1]\n"
        "  module    encoder\n"
        "  line      " +
            at_line(line));
}

TEST_CASE("operations that make NaN or Inf out of finite inputs are found, in float32 and float64") {
  for (const DType dtype : {float32, float64}) {
    const Tensor zero = tensor({1, 0}, dtype), large = tensor({1, 1e30}, dtype);
    const std::string type = std::string(to_string(dtype));
    CHECK(lacks(anomaly_in([&] { return log(zero); }), {"log: made -inf", "[1]", type + " (2,), 0 at [1]"}) == "");
    CHECK(lacks(anomaly_in([&] { return 1.0 / zero; }), {"divide: made inf", "the number 1\n", "0 at [1]"}) == "");
    CHECK(lacks(anomaly_in([&] { return zero / zero; }), {"divide: made nan", "input 0", "input 1"}) == "");
    CHECK(lacks(anomaly_in([&] { return sqrt(zero - 0.5); }), {"sqrt: made nan", "-0.5 at [1]"}) == "");
    CHECK(lacks(anomaly_in([&] { return exp(large); }), {"exp: made inf", "1e+30 at [1]"}) == "");
    CHECK(lacks(anomaly_in([&] { return pow(zero, -2.0); }), {"pow: made inf", "the number -2"}) == "");
  }
  CHECK(lacks(anomaly_in([] { return cast(f64({1, 1e300}), float32); }), {"cast: made inf", "1e+300 at [1]"}) == "");
}

TEST_CASE("a matrix product and a sum that overflow are found") {
  const Tensor large = tensor({{1e30, 1}, {2, 3}}), huge = tensor({{1, 2}, {3e38, 3e38}});
  CHECK(lacks(anomaly_in([&] { return matmul(large, large); }),
              {"matmul: made inf", "at [0, 0]", "float32 (2, 2), from 1 to 1e+30"}) == "");
  CHECK(lacks(anomaly_in([&] { return sum(huge, 1); }), {"sum: made inf", "at [1]", "(2, 2), from 1 to 3e+38"}) == "");
  CHECK(lacks(anomaly_in([&] { return einsum("ij,jk->ik", {large, large}); }), {"made inf", at_line(__LINE__)}) == "");
  CHECK(lacks(anomaly_in([] { return mean(zeros({0})); }), {"made nan"}) == "");
}

TEST_CASE("an index and operands that broadcast are shown as each of them has them") {
  const Tensor rows = tensor({{1}, {0}}), columns = tensor({2, 0, 0});
  CHECK(lacks(anomaly_in([&] { return rows / columns; }),
              {"made inf", "at [0, 1]", "(2, 3)", "input 0   float32 (2, 1), 1 at [0, 0]",
               "input 1   float32 (3,), 0 at [1]"}) == "");
}

TEST_CASE("a plain number is finite in every dtype") {
  const std::string text = anomaly_in([] { return tensor({1, 2}) * 1e300; });
  CHECK(lacks(text, {"multiply: made inf", "the number 1e+300"}) == "");
}

TEST_CASE("the first in record order is blamed, and not those that pass it on") {
  const Tensor x = tensor({0, 1});
  const DetectAnomaly detect;
  const Tensor y = log(x);
  const Tensor z = sum(exp(y * 2.0 - y)) / 0.0;
  CHECK(lacks(error_of([&] { eval(z); }), {"log:", at_line(__LINE__ - 2)}) == "");
}

TEST_CASE("of several elements the first that was made is named, not the first that was passed on") {
  const Tensor x = tensor({inf, 1.0, 0.0}, float32);
  CHECK(lacks(anomaly_in([&] { return 1.0 / x; }), {"divide: made inf", "at [2]"}) == "");
  CHECK(lacks(anomaly_in([] { return sum(tensor({{inf, 1}, {3e38, 3e38}}), -1); }), {"sum: made inf", "at [1]"}) == "");
  CHECK(lacks(anomaly_in([] {
                return sum(tensor({{inf, 3e38}, {1, 3e38}}), 0, {.keepdims = true});
              }),
              {"sum: made inf", "at [0, 1]"}) == "");
}

// ------------------------------------------------------------------------------------------------- no anomalies

TEST_CASE("data, numbers and masks that are not finite are nobody's fault") {
  const Tensor x = tensor({{1, 2}, {3, 4}}), mask = tensor({{0, 1}, {0, 0}}, boolean);
  const Tensor bad = tensor({inf, -inf, std::numeric_limits<double>::quiet_NaN()});
  CHECK(anomaly_in([&] { return sum(log(bad) - bad) * 0.0; }) == "no Error");
  CHECK(anomaly_in([&] { return matmul(reshape(bad, {1, 3}), reshape(bad, {3, 1})); }) == "no Error");
  CHECK(anomaly_in([&] { return full({2, 2}, inf) - x * inf; }) == "no Error");
  CHECK(anomaly_in([&] { return softmax(masked_fill(x, mask, -inf)); }) == "no Error");
  CHECK(anomaly_in([&] { return log_softmax(where(mask, -inf, x)); }) == "no Error");
  CHECK(anomaly_in([&] { return logsumexp(masked_fill(x, mask, -inf), 1); }) == "no Error");
  CHECK(anomaly_in([&] { return max(masked_fill(x, mask, -inf), 0); }) == "no Error");
  CHECK(anomaly_in([&] { return max_pool2d(reshape(x, {1, 1, 2, 2}), 2, {.padding = 1}); }) == "no Error");
}

TEST_CASE("derivatives that mask what is not defined are no anomalies") {
  const auto gradient_in = [](const TensorFunction& f, const Tensor& x) {
    return anomaly_in([&] { return test::gradient_of(f, x); });
  };
  const Tensor zero = tensor({0, 0}), x = tensor({{1, 2}, {3, 4}}), mask = tensor({{0, 1}, {0, 0}}, boolean);
  CHECK(gradient_in([](const Tensor& y) { return std(y); }, zero) == "no Error");
  CHECK(gradient_in([](const Tensor& y) { return norm(y); }, zero) == "no Error");
  CHECK(gradient_in([](const Tensor& y) { return pow(y, 3.0); }, zero) == "no Error");
  CHECK(gradient_in([](const Tensor& y) { return xlogy(y, y + 1.0); }, zero) == "no Error");
  CHECK(gradient_in([](const Tensor& y) { return prod(y); }, zero) == "no Error");
  CHECK(gradient_in([&](const Tensor& y) { return softmax(masked_fill(y, mask, -inf)); }, x) == "no Error");
  CHECK(gradient_in([&](const Tensor& y) { return logsumexp(masked_fill(y, mask, -inf), 1); }, x) == "no Error");
}

TEST_CASE("integers and bools are never anomalies") {
  CHECK(anomaly_in([] { return cast(tensor({1, 2}) * 2.0, int64) + less(tensor({1, 0}), inf); }) == "no Error");
}

// ------------------------------------------------------------------------------------------------- backward

TEST_CASE("in the backward pass the forward operation and its line are named") {
  const Tensor x = tensor({4, 0});
  const DetectAnomaly detect;
  const Tape tape;
  const NameScope scope("head");
  const Tensor y = sqrt(x);
  const int line = __LINE__ - 1;
  const Tensor loss = sum(y);
  const Tensor gradient = tape.gradient(loss, x);
  CHECK(error_of([&] { eval(loss); }) != "no Error");  // the gradient's handle waits, and runs along
  const std::string text = error_of([&] { eval(gradient); });
  CHECK(lacks(text, {"divide: made inf", "at [1]", "module    head", "backward  of sqrt", at_line(line)}) == "");
  CHECK(lacks(text, {"\n  line"}) != "");
}

TEST_CASE("a derivative of a derivative names the operation of the forward pass") {
  const Tensor x = tensor({4, 0}, float64);
  const DetectAnomaly detect;
  const Tape tape;
  const Tensor y = sum(pow(x, 1.5));
  const int line = __LINE__ - 1;
  const Tensor slope = tape.gradient(y, x);
  CHECK(difference(slope, f64({3, 0})) == "");
  const Tensor curvature = tape.gradient(sum(slope), x);
  CHECK(lacks(error_of([&] { eval(curvature); }), {"pow: made inf", "backward  of order 2 of pow", at_line(line)}) ==
        "");
}

TEST_CASE("Jacobian-vector products and vmap name the lines of the function") {
  const Tensor x = tensor({{4, 1}, {1, 0}});
  const DetectAnomaly detect;
  const auto root = [](const Tensor& y) { return sqrt(y); };
  const int line = __LINE__ - 1;
  const Tensor product = jvp(root, x, x + 1.0).second;
  CHECK(lacks(error_of([&] { eval(product); }), {"made inf", "at [1, 1]", "of sqrt", at_line(line)}) == "");
  const Tensor examples = vmap(TensorFunction([](const Tensor& y) { return log(y); }))(x);
  CHECK(lacks(error_of([&] { eval(examples); }), {"log: made -inf", "at [1, 1]", at_line(__LINE__ - 1)}) == "");
  const Tensor gradients =
      vmap(TensorFunction([&](const Tensor& y) { return gradient(TensorFunction(root), y); }))(tensor({{4}, {0}}));
  CHECK(lacks(error_of([&] { eval(gradients); }), {"made inf", "of sqrt", at_line(line)}) == "");
}

// ------------------------------------------------------------------------------------------------- lines

TEST_CASE("operators have lines, also over several lines") {
  const Tensor x = tensor({1, 0});
  const DetectAnomaly detect;
  const Tensor y = abs(x)  //
                   / x;
  const std::string text = error_of([&] { eval(y); });
  // GCC places an operator's operands where the operator stands or where the expression begins.
  CHECK((lacks(text, {at_line(__LINE__ - 3)}) == "" || lacks(text, {at_line(__LINE__ - 4)}) == ""));
}

TEST_CASE("what a library function records has the line of its call") {
  const Tensor x = tensor({{1, 2}, {3, 4}});
  const DetectAnomaly detect;
  const Tensor y = var(x, 0, {.correction = 2});
  CHECK(lacks(error_of([&] { eval(y); }), {"divide: made", at_line(__LINE__ - 1)}) == "");
  const Tensor z = logaddexp(x, 1.0) + std(x * 1e30);
  CHECK(lacks(error_of([&] { eval(z); }), {"square: made inf", at_line(__LINE__ - 1)}) == "");
}

TEST_CASE("a function given to the library has lines of its own") {
  const DetectAnomaly detect;
  const TensorFunction f = [](const Tensor& x) {
    const Tensor y = x * x;
    return sum(sqrt(y));
  };
  const Tensor y = gradient(f, tensor({0, 1}));
  CHECK(lacks(error_of([&] { eval(y); }), {"divide: made", at_line(__LINE__ - 3)}) == "");
}

TEST_CASE("what a checkpoint computes again has the lines of the function") {
  const Tensor x = tensor({4, 0});
  const DetectAnomaly detect;
  const Tape tape;
  const TensorFunction f = [](const Tensor& y) {
    const Tensor root = sqrt(y * 1.0);
    return tanh(root);
  };
  const Tensor y = checkpoint(f, x);
  CHECK(difference(y, tanh(tensor({2, 0}))) == "");
  const Tensor gradient = tape.gradient(sum(on_gradient(y, [](const Tensor& g) { return g * 2.0; })), x);
  CHECK(lacks(error_of([&] { eval(gradient); }), {"made inf", "backward  of sqrt", at_line(__LINE__ - 6)}) == "");
  const Tensor z = checkpoint(TensorFunction([](const Tensor& at) { return log(at); }), x);
  CHECK(lacks(error_of([&] { eval(z); }), {"log: made -inf", at_line(__LINE__ - 1)}) == "");
}

TEST_CASE("a line ends with its expression") {
  const Tensor x = tensor({1, 0});
  const DetectAnomaly detect;
  eval(exp(x));
  const Custom quotient = custom({.name = "quotient", .kernel = [](const CustomCall& call) {
                                    for (std::size_t i = 0; i < 2; ++i)
                                      call.output<float>()[i] = 1 / call.input<float>(0)[i];
                                  }});
  const Tensor y = quotient(x);  // through a template of the library's
  CHECK(lacks(error_of([&] { eval(y); }), {"quotient: made inf", "line      unknown"}) == "");
  const Tensor z = quotient(std::vector<Tensor>{x});
  CHECK(lacks(error_of([&] { eval(z); }), {"quotient: made inf", at_line(__LINE__ - 1)}) == "");
}

TEST_CASE("a node from before is found, and the message says why its line is unknown") {
  if (always()) return;
  const Tensor x = tensor({1, 0});
  const Tape tape;
  const Tensor y = sqrt(x), z = log(x);
  const DetectAnomaly detect;
  CHECK(lacks(error_of([&] { eval(z); }), {"log: made -inf", "unknown, recorded before"}) == "");
  const Tensor gradient = tape.gradient(sum(y), x);
  CHECK(lacks(error_of([&] { eval(gradient); }), {"divide: made inf", "backward  of sqrt, recorded before"}) == "");
}

TEST_CASE("functions can still be passed as values") {
  const std::function<Tensor(const Tensor&)> f = xgrad::exp;
  const TensorFunction g = sigmoid;
  CHECK(difference(f(f64({0})), f64({1})) == "");
  CHECK(difference(gradient(g, f64({0})), f64({0.25})) == "");
  const auto twice = [](const auto& x) { return 2.0 * x + x * 0 - -x; };
  CHECK(difference(twice(f64({1, 2})), f64({3, 6})) == "");
}

// ------------------------------------------------------------------------------------------------- scopes and runs

TEST_CASE("scopes nest, and nothing is looked for after the last") {
  const Tensor x = tensor({0, 1});
  CHECK(detecting_anomaly() == always());
  {
    const DetectAnomaly outer;
    {
      const DetectAnomaly inner;
      CHECK(detecting_anomaly());
    }
    CHECK(detecting_anomaly());
    CHECK(error_of([&] { eval(log(x)); }) != "no Error");
  }
  CHECK(detecting_anomaly() == always());
  CHECK((error_of([&] { eval(log(x)); }) == "no Error") == !always());
}

TEST_CASE("after an anomaly handles, tape and memory are as before") {
  if (always()) return;
  const Tensor x = tensor({4, 0});
  const std::size_t before = memory_stats().live;
  {
    const Tape tape;
    Tensor fine = x * 2.0;
    Tensor bad = log(fine);
    Tensor after = bad + 1.0;
    const std::size_t recorded = tape.size();
    {
      const DetectAnomaly detect;
      CHECK(error_of([&] { eval(after); }) != "no Error");
      CHECK(error_of([&] { eval(after); }) != "no Error");
      CHECK(memory_stats().live == before);
      CHECK(tape.size() == recorded);
      CHECK(difference(fine, tensor({8, 0})) == "");
      CHECK(difference(tape.gradient(sum(fine), x), tensor({2, 2})) == "");
      CHECK(difference(sqrt(fine + 1.0), tensor({3, 1})) == "");
    }
    CHECK(difference(after, tensor({std::log(8.0) + 1, -inf}), {.rtol = 1e-6}) == "");
  }
  CHECK(memory_stats().live == before);
}

TEST_CASE("what is donated stays where a run finds an anomaly") {
  const DetectAnomaly detect;
  std::vector<Tensor> donated{zeros({2}) + 1.0};
  eval(donated);
  const Tensor y = log(donated[0] - 1.0);
  CHECK(error_of([&] { eval({&y, 1}, donated); }) != "no Error");
  REQUIRE(donated.size() == 1);
  CHECK(difference(donated[0], tensor({1, 1})) == "");
}

TEST_CASE("the results are those of runs that go node by node") {
  const Tensor x = rand({7, 9}), w = rand({9, 5});
  const auto compute = [&] {
    const Tape tape;
    const Tensor loss = sum(square(softmax(tanh(matmul(x, w)) * 3.0)));
    const Tensor slope = tape.gradient(loss, w);
    eval(slope);
    return slope;
  };
  const bool fuse = fusing();
  set_fusing(false);
  const Tensor expected = compute();
  set_fusing(fuse);
  const DetectAnomaly detect;
  CHECK(difference(compute(), expected) == "");
}

TEST_CASE("runs of other threads are checked, with their own lines") {
  const DetectAnomaly detect;
  std::string text;
  std::thread([&] {
    const Tensor y = log(tensor({0}));
    text = error_of([&] { eval(y); });
  }).join();
  CHECK(lacks(text, {"log: made -inf", at_line(__LINE__ - 3)}) == "");
}

}  // namespace
}  // namespace xgrad
