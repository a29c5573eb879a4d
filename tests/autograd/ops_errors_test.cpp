#include <doctest/doctest.h>

#include <functional>
#include <limits>

#include <autograd/autograd.hpp>

#include "expect.hpp"

// Every refusal names the operation, what was given and what would have been right, at the line that records.
namespace xgrad {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

struct Refusal {
  std::function<void()> call;
  std::vector<std::string> parts;  ///< what the message must contain
};

void check(const std::vector<Refusal>& refusals) {
  for (std::size_t i = 0; i < refusals.size(); ++i) {
    INFO("refusal number ", i);
    CHECK(test::lacks(test::error_of(refusals[i].call), refusals[i].parts) == "");
  }
}

const Tensor x = zeros({2, 3});
const Tensor index = zeros({2, 3}, int64);

using Unary = Tensor (*)(const Operand&);
using Binary = Tensor (*)(const Operand&, const Operand&);
using Reduction = Tensor (*)(const Operand&, const Axes&, ReduceOptions);

const std::vector<std::pair<std::string, Unary>> unary = {
    {"negate", negate}, {"exp", exp},   {"log", log},   {"log1p", log1p}, {"sqrt", sqrt},       {"square", square},
    {"abs", abs},       {"sign", sign}, {"tanh", tanh}, {"relu", relu},   {"sigmoid", sigmoid},
};
const std::vector<std::pair<std::string, Binary>> arithmetic = {
    {"add", add}, {"subtract", subtract}, {"multiply", multiply}, {"divide", divide},
    {"pow", pow}, {"maximum", maximum},   {"minimum", minimum},
};
const std::vector<std::pair<std::string, Reduction>> reductions = {
    {"sum", sum}, {"mean", mean}, {"max", max}, {"min", min}, {"logsumexp", logsumexp},
};

}  // namespace

TEST_CASE("undefined tensors are refused by every operation, by name") {
  const Tensor none;
  std::vector<Refusal> refusals;
  for (const auto& [name, f] : unary) refusals.push_back({[&, f = f] { f(none); }, {name + ":", "undefined"}});
  for (const auto& [name, f] : arithmetic) {
    refusals.push_back({[&, f = f] { f(none, x); }, {name + ":", "undefined"}});
    refusals.push_back({[&, f = f] { f(x, none); }, {name + ":", "undefined"}});
  }
  for (const auto& [name, f] : reductions)
    refusals.push_back({[&, f = f] { f(none, {}, {}); }, {name + ":", "undefined"}});
  for (const Binary f : {equal, not_equal, less, less_equal, greater, greater_equal})
    refusals.push_back({[&, f] { f(none, x); }, {"undefined"}});
  check(refusals);
  check({
      {[&] { clip(none, 0, 1); }, {"clip:", "undefined"}},
      {[&] { where(none, x, x); }, {"where:", "condition", "undefined"}},
      {[&] { where(x > 0, none, x); }, {"where:", "undefined"}},
      {[&] { where(x > 0, x, none); }, {"where:", "undefined"}},
      {[&] { cast(none, float64); }, {"cast:", "undefined"}},
      {[&] { stop_gradient(none); }, {"stop_gradient:", "undefined"}},
      {[&] { var(none); }, {"var:", "undefined"}},
      {[&] { xgrad::std(none); }, {"undefined"}},
      {[&] { argmax(none); }, {"argmax:", "undefined"}},
      {[&] { argmin(none); }, {"argmin:", "undefined"}},
      {[&] { matmul(none, x); }, {"matmul:", "undefined"}},
      {[&] { matmul(x, none); }, {"matmul:", "undefined"}},
      {[&] { reshape(none, {1}); }, {"reshape:", "undefined"}},
      {[&] { transpose(none); }, {"transpose:", "undefined"}},
      {[&] { swapaxes(none, 0, 1); }, {"swapaxes:", "undefined"}},
      {[&] { squeeze(none); }, {"squeeze:", "undefined"}},
      {[&] { expand_dims(none, 0); }, {"expand_dims:", "undefined"}},
      {[&] { broadcast_to(none, {1}); }, {"broadcast_to:", "undefined"}},
      {[&] { flatten(none); }, {"flatten:", "undefined"}},
      {[&] {
         slice(none, {{0, 1}});
       },
       {"slice:", "undefined"}},
      {[&] { slice(none, 0, 0, 1); }, {"slice:", "undefined"}},
      {[&] {
         concatenate({x, none});
       },
       {"concatenate:", "undefined"}},
      {[&] { stack({none}); }, {"stack:", "undefined"}},
      {[&] { take(none, index); }, {"take:", "undefined"}},
      {[&] { take(x, none); }, {"take:", "undefined"}},
      {[&] { gather(none, 0, index); }, {"gather:", "undefined"}},
      {[&] { gather(x, 0, none); }, {"gather:", "undefined"}},
      {[&] {
         scatter_add({2, 3}, 0, none, x);
       },
       {"scatter_add:", "undefined"}},
      {[&] {
         scatter_add({2, 3}, 0, index, none);
       },
       {"scatter_add:", "undefined"}},
      {[&] { one_hot(none, 3); }, {"one_hot:", "undefined"}},
      {[&] { softmax(none); }, {"softmax:", "undefined"}},
      {[&] { log_softmax(none); }, {"log_softmax:", "undefined"}},
      {[&] { zeros_like(none); }, {"undefined"}},
      {[&] { ones_like(none); }, {"undefined"}},
  });
}

TEST_CASE("shapes that do not broadcast are refused with both shapes and the axis") {
  for (const auto& [name, f] : arithmetic)
    check({{[f = f] { f(x, zeros({4})); }, {name + ":", "(2, 3)", "(4,)", "do not broadcast", "axis -1", "3", "4"}}});
  for (const auto& [name, f] : std::vector<std::pair<std::string, Binary>>{
           {"equal", equal}, {"not_equal", not_equal}, {"less", less}, {"less_equal", less_equal}})
    check({{[f = f] { f(x, zeros({3, 3})); }, {name + ":", "(2, 3)", "(3, 3)", "axis -2"}}});
  check({
      {[] { greater(x, zeros({4})); }, {"(2, 3)", "(4,)"}},
      {[] { greater_equal(x, zeros({4})); }, {"(2, 3)", "(4,)"}},
      {[] {
         (void)(x + zeros({0, 3}));
       },
       {"add:", "(2, 3)", "(0, 3)"}},
      {[] { where(x > 0, zeros({4}), x); }, {"where:", "(4,)", "(2, 3)"}},
      {[] { where(zeros({5}, boolean), x, x); }, {"where:", "(5,)", "(2, 3)"}},
      {[] {
         broadcast_to(x, {2, 4});
       },
       {"broadcast_to:", "(2, 3)", "(2, 4)"}},
      {[] { broadcast_to(x, {3}); }, {"broadcast_to:", "(2, 3)", "(3,)"}},
  });
}

TEST_CASE("a condition that is not bool, and bounds the wrong way round, are refused") {
  check({
      {[] { where(x, x, x); }, {"where:", "condition", "float32", "bool"}},
      {[] { clip(x, 2, 1); }, {"clip:", "low", "2", "high", "1"}},
      {[] { clip(x, nan, 1); }, {"clip:", "nan"}},
  });
}

TEST_CASE("axes out of range or given twice are refused with the shape and the range") {
  std::vector<Refusal> refusals;
  for (const auto& [name, f] : reductions) {
    refusals.push_back({[f = f] { f(x, 2, {}); }, {name + ":", "axis 2", "(2, 3)", "-2", "1"}});
    refusals.push_back({[f = f] { f(x, -3, {}); }, {name + ":", "axis -3", "(2, 3)"}});
    refusals.push_back({[f = f] { f(x, {0, -2}, {}); }, {name + ":", "twice", "(2, 3)"}});
    refusals.push_back({[f = f] { f(tensor(1), 0, {}); }, {name + ":", "axis 0", "()"}});
  }
  check(refusals);
  check({
      {[] { var(x, 2); }, {"var:", "axis 2", "(2, 3)"}},
      {[] { xgrad::std(x, 2); }, {"axis 2", "(2, 3)"}},
      {[] { argmax(x, 2); }, {"argmax:", "axis 2", "(2, 3)"}},
      {[] { argmin(x, -3); }, {"argmin:", "axis -3", "(2, 3)"}},
      {[] { softmax(x, 2); }, {"softmax:", "axis 2", "(2, 3)"}},
      {[] { log_softmax(x, -3); }, {"log_softmax:", "axis -3", "(2, 3)"}},
      {[] { softmax(tensor(1)); }, {"softmax:", "()"}},
      {[] { swapaxes(x, 0, 2); }, {"swapaxes:", "axis 2", "(2, 3)"}},
      {[] { squeeze(x, 2); }, {"squeeze:", "axis 2", "(2, 3)"}},
      {[] { squeeze(x, 0); }, {"squeeze:", "axis 0", "(2, 3)", "extent 2", "1"}},
      {[] { expand_dims(x, 3); }, {"expand_dims:", "axis 3"}},
      {[] {
         expand_dims(x, {0, 0});
       },
       {"expand_dims:", "twice"}},
      {[] { expand_dims(x, Axes()); }, {"expand_dims:", "axes"}},
      {[] { flatten(x, 2); }, {"flatten:", "axis 2", "(2, 3)"}},
      {[] { slice(x, 2, 0, 1); }, {"slice:", "axis 2", "(2, 3)"}},
      {[] {
         concatenate({x, x}, 2);
       },
       {"concatenate:", "axis 2", "(2, 3)"}},
      {[] {
         stack({x, x}, 3);
       },
       {"stack:", "axis 3"}},
      {[] { take(x, index, 2); }, {"take:", "axis 2", "(2, 3)"}},
      {[] { gather(x, 2, index); }, {"gather:", "axis 2", "(2, 3)"}},
      {[] {
         scatter_add({2, 3}, 2, index, x);
       },
       {"scatter_add:", "axis 2", "(2, 3)"}},
  });
}

TEST_CASE("an extremum of nothing is refused, one of each of no rows is not") {
  check({
      {[] {
         max(zeros({0, 3}));
       },
       {"max:", "(0, 3)"}},
      {[] {
         max(zeros({0, 3}), 0);
       },
       {"max:", "(0, 3)"}},
      {[] {
         min(zeros({2, 0}), 1);
       },
       {"min:", "(2, 0)"}},
      {[] { argmax(zeros({0})); }, {"argmax:", "(0,)"}},
      {[] {
         argmin(zeros({0, 3}), 0);
       },
       {"argmin:", "(0, 3)"}},
  });
  CHECK(max(zeros({0, 3}), 1).shape() == Shape{0});
  CHECK(argmax(zeros({0, 3}), 1).shape() == Shape{0});
}

TEST_CASE("matrix products refuse operands that do not fit") {
  check({
      {[] {
         matmul(x, zeros({4, 5}));
       },
       {"matmul:", "(2, 3)", "(4, 5)", "3", "4"}},
      {[] {
         matmul(x, zeros({5, 3}));
       },
       {"matmul:", "(2, 3)", "(5, 3)", "transposed"}},
      {[] { matmul(zeros({3}), zeros({4})); }, {"matmul:", "(3,)", "(4,)"}},
      {[] { matmul(zeros({4}), x); }, {"matmul:", "(4,)", "(2, 3)"}},
      {[] {
         matmul(zeros({2, 3, 4}), zeros({5, 4, 6}));
       },
       {"matmul:", "(2, 3, 4)", "(5, 4, 6)"}},
      {[] { matmul(tensor(1), x); }, {"matmul:", "()", "(2, 3)"}},
      {[] {
         matmul(index, zeros({3, 2}, int64));
       },
       {"matmul:", "int64", "float"}},
  });
}

TEST_CASE("shapes that do not hold the elements are refused") {
  check({
      {[] {
         reshape(x, {4, 2});
       },
       {"reshape:", "(2, 3)", "6", "(4, 2)", "8"}},
      {[] {
         reshape(x, {-1, -1});
       },
       {"reshape:", "(2, 3)", "-1"}},
      {[] {
         reshape(x, {4, -1});
       },
       {"reshape:", "(2, 3)", "(4, -1)"}},
      {[] {
         reshape(x, {-2, 3});
       },
       {"reshape:", "(-2, 3)"}},
      {[] {
         reshape(zeros({0, 3}), {0, -1});
       },
       {"reshape:", "(0, 3)", "(0, -1)"}},
      {[] { x.reshape({5}); }, {"reshape:", "(2, 3)", "(5,)"}},
      {[] { transpose(x, {0}); }, {"transpose:", "1", "(2, 3)", "2"}},
      {[] {
         transpose(x, {0, 0});
       },
       {"transpose:", "twice", "(2, 3)"}},
      {[] {
         transpose(x, {0, 2});
       },
       {"transpose:", "axis 2", "(2, 3)"}},
  });
}

TEST_CASE("extents whose product exceeds 64 bits are refused instead of wrapping around") {
  constexpr std::int64_t huge = std::int64_t{1} << 40;
  check({
      {[] {
         zeros({huge, huge});
       },
       {"1099511627776", "64 bits"}},
      {[] {
         reshape(x, {huge, huge});
       },
       {"reshape:", "1099511627776"}},
      {[] {
         broadcast_to(tensor(1), {huge, huge});
       },
       {"1099511627776"}},
      {[] {
         (void)(zeros({huge, 1}) + zeros({1, huge}));
       },
       {"1099511627776"}},
      {[] {
         eval(zeros({huge, 1 << 10}));
       },
       {"memory", "bytes"}},
  });
}

TEST_CASE("slices refuse a step of 0 and more ranges than axes") {
  check({
      {[] {
         slice(x, {{0, 1, 0}});
       },
       {"slice:", "step 0", "axis 0", "(2, 3)"}},
      {[] { slice(x, 1, 0, 2, 0); }, {"slice:", "step 0", "axis 1", "(2, 3)"}},
      {[] {
         slice(x, {{}, {}, {}});
       },
       {"slice:", "3", "(2, 3)"}},
  });
}

TEST_CASE("joining refuses nothing, and shapes that differ elsewhere") {
  check({
      {[] { concatenate({}); }, {"concatenate:", "no tensors"}},
      {[] {
         concatenate({x, zeros({2, 4})}, 0);
       },
       {"concatenate:", "(2, 4)", "(2, 3)", "axis but 0"}},
      {[] {
         concatenate({x, zeros({3})}, 0);
       },
       {"concatenate:", "(3,)", "(2, 3)"}},
      {[] {
         concatenate({tensor(1), tensor(2)});
       },
       {"concatenate:", "()"}},
      {[] { stack({}); }, {"stack:", "no tensors"}},
      {[] {
         stack({x, zeros({3, 2})});
       },
       {"stack:", "(3, 2)", "(2, 3)"}},
  });
}

TEST_CASE("indices of the wrong dtype or shape are refused when recorded") {
  check({
      {[] { take(x, zeros({2})); }, {"take:", "float32", "int64"}},
      {[] {
         gather(x, 1, zeros({2, 3}));
       },
       {"gather:", "float32", "int64"}},
      {[] { gather(x, 1, zeros({2}, int64)); }, {"gather:", "(2,)", "(2, 3)"}},
      {[] {
         gather(x, 1, zeros({5, 3}, int64));
       },
       {"gather:", "(5, 3)", "(2, 3)"}},
      {[] {
         scatter_add({2, 3}, 1, zeros({2, 3}), x);
       },
       {"scatter_add:", "float32", "int64"}},
      {[] {
         scatter_add({2, 3}, 1, zeros({2, 2}, int64), x);
       },
       {"scatter_add:", "(2, 2)", "(2, 3)"}},
      {[] {
         scatter_add({5, 3}, 1, index, x);
       },
       {"scatter_add:", "(2, 3)", "(5, 3)"}},
      {[] { one_hot(zeros({2}), 3); }, {"one_hot:", "float32", "int64"}},
      {[] { one_hot(index, -1); }, {"one_hot:", "-1"}},
  });
}

TEST_CASE("indices out of range are refused when the value is asked for, with index and extent") {
  check({
      {[] {
         eval(take(x, test::i64({0, 2})));
       },
       {"take:", "index 2", "axis of 2"}},
      {[] { eval(take(x, test::i64({-3}))); }, {"take", "-3"}},
      {[] {
         eval(take(zeros({0, 3}), test::i64({0})));
       },
       {"take", "0"}},
      {[] {
         eval(gather(x, 1, test::i64({{3}, {0}})));
       },
       {"gather", "3"}},
      {[] {
         eval(scatter_add({2, 3}, 0, test::i64({{0, 2, 1}}), ones({1, 3})));
       },
       {"scatter_add", "2"}},
      {[] {
         eval(one_hot(test::i64({0, 3}), 3));
       },
       {"one_hot", "3"}},
      {[] { eval(one_hot(test::i64({-1}), 3)); }, {"one_hot", "-1"}},
  });
}

TEST_CASE("a refused value does not keep others from being computed") {
  const Tensor good = ones({2}) + 1;
  const Tensor bad = take(x, test::i64({7}));
  CHECK(test::error_of([&] { eval(bad); }) != "no Error");
  CHECK(test::difference(good, {2, 2}) == "");
  CHECK(test::error_of([&] { eval(bad); }) != "no Error");
}

TEST_CASE("creation refuses what has no meaning") {
  check({
      {[] {
         zeros({2, -1});
       },
       {"-1"}},
      {[] { arange(0, 1, 0); }, {"arange:", "step"}},
      {[] { arange(0, 1, nan); }, {"arange:", "nan"}},
      {[] { arange(0, 1e30); }, {"arange:", "elements"}},
      {[] { arange(0, 1, 0.25); }, {"arange:", "0.25", "int64"}},
      {[] { linspace(0, 1, -1); }, {"linspace:", "-1"}},
      {[] { linspace(0, 1, 3, int64); }, {"linspace:", "int64"}},
      {[] { eye(-1); }, {"eye:", "-1"}},
      {[] { eye(2, -1); }, {"eye:", "-1"}},
  });
}

TEST_CASE("random numbers refuse integer dtypes and impossible probabilities") {
  check({
      {[] { rand({2}, int64); }, {"rand:", "int64"}},
      {[] { randn({2}, boolean); }, {"randn:", "bool"}},
      {[] { bernoulli(1.5, {2}); }, {"bernoulli:", "1.5"}},
      {[] { bernoulli(-0.1, {2}); }, {"bernoulli:", "-0.1"}},
      {[] { bernoulli(nan, {2}); }, {"bernoulli:", "nan"}},
  });
}

TEST_CASE("threads and gradient checks refuse numbers that have no meaning") {
  const TensorFunction f = [](const Tensor& t) { return t; };
  check({
      {[] { set_num_threads(0); }, {"set_num_threads", "0"}},
      {[&] { gradcheck(f, x, {.eps = 0}); }, {"gradcheck:", "eps", "0"}},
      {[&] { gradcheck(f, x, {.eps = -1}); }, {"gradcheck:", "eps", "-1"}},
      {[&] { gradcheck(f, x, {.order = 3}); }, {"gradcheck:", "order", "3"}},
  });
}

}  // namespace xgrad
