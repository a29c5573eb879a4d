#include "wrong_calls.hpp"

namespace xgrad::test {

WrongCalls wrong_creations() {
  constexpr std::int64_t huge = std::int64_t{1} << 40;
  constexpr double nan = not_a_number;
  const Tensor x = zeros({2, 3});
  const auto truncated = [](TruncatedNormalOptions options) { truncated_normal({2}, options); };
  return {
      {"full", Kind::range, [] { full({2}, nan, int64); }, {"value is nan", "int64", "expected"}},
      {"full", Kind::range, [] { full({2}, 1e30, int64); }, {"value is 1", "int64", "expected"}},
      {"arange", Kind::range, [] { arange(0, 1, 0); }, {"0 to 1", "by 0", "expected a step other than 0"}},
      {"arange", Kind::range, [] { arange(0, 1, nan); }, {"by nan", "expected"}},
      {"arange", Kind::range, [] { arange(0, 1, nan, float32); }, {"by nan", "expected"}},
      {"arange", Kind::range, [] { arange(0, nan, 1, float32); }, {"to nan", "expected"}},
      {"arange", Kind::range, [] { arange(nan, 1, 1, float32); }, {"nan to", "expected"}},
      {"arange", Kind::range, [] { arange(0, infinity, 1, float32); }, {"to inf", "expected"}},
      {"arange", Kind::range, [] { arange(infinity, 0, 1, float32); }, {"inf to", "expected"}},
      {"arange", Kind::range, [] { arange(0, 1e30); }, {"to 1e+30", "more elements"}},
      {"arange", Kind::range, [] { arange(0, 1, 0.25); }, {"by 0.25", "must be whole for int64"}},
      {"linspace", Kind::range, [] { linspace(0, 1, -1); }, {"count is -1", "expected 0 or more"}},
      {"linspace", Kind::dtype, [] { linspace(0, 1, 3, int64); }, {"int64", "float32 or float64 is expected"}},
      {"eye", Kind::range, [] { eye(-1); }, {"-1 rows", "expected 0 or more"}},
      {"eye", Kind::range, [] { eye(2, -1); }, {"2 rows and -1 columns", "expected 0 or more"}},
      {"eye", Kind::range, [=] { eye(huge, huge); }, {"1099511627776 rows", "more elements than a tensor may have"}},
      {"eye", Kind::range, [] { eye(most_int, 1); }, {"9223372036854775807 rows", "more elements"}},
      {"rand", Kind::dtype, [] { rand({2}, int64); }, {"dtype int64", "float32 or float64 is expected"}},
      {"randn", Kind::dtype, [] { randn({2}, boolean); }, {"dtype bool", "float32 or float64 is expected"}},
      without("rand_like", "x", [](const Tensor& t) { rand_like(t); }),
      {"rand_like", Kind::dtype, [=] { rand_like(x.to(int64)); }, {"dtype int64", "float32 or float64 is expected"}},
      without("randn_like", "x", [](const Tensor& t) { randn_like(t); }),
      {"randn_like", Kind::dtype, [=] { randn_like(x, boolean); }, {"dtype bool", "float32 or float64 is expected"}},
      without("full_like", "x", [](const Tensor& t) { full_like(t, 1); }),
      without("full_like", "value", [=](const Tensor& t) { full_like(x, t); }),
      {"full_like", Kind::shape, [=] { full_like(x, zeros({2})); }, {"'value'", "(2,)", "expected one element"}},
      {"full_like", Kind::range, [=] { full_like(x, nan, int64); }, {"nan", "int64", "expected"}},
      {"bernoulli", Kind::range, [] { bernoulli(1.5, {2}); }, {"probability is 1.5", "expected 0 to 1"}},
      {"bernoulli", Kind::range, [] { bernoulli(-0.1, {2}); }, {"probability is -0.1", "expected 0 to 1"}},
      {"bernoulli", Kind::range, [] { bernoulli(nan, {2}); }, {"probability is nan", "expected 0 to 1"}},
      {"normal", Kind::range, [] { normal(0, -1, {2}); }, {"std is -1", "expected"}},
      {"normal", Kind::range, [] { normal(0, nan, {2}); }, {"std is nan", "expected"}},
      {"normal", Kind::range, [] { normal(nan, 1, {2}); }, {"mean is nan", "expected"}},
      {"normal", Kind::range, [] { normal(0, infinity, {2}); }, {"std is inf", "expected"}},
      {"normal", Kind::dtype, [] { normal(0, 1, {2}, int64); }, {"dtype int64", "float32 or float64 is expected"}},
      {"uniform", Kind::range, [] { uniform(1, 0, {2}); }, {"low is 1", "high is 0", "expected low <= high"}},
      {"uniform", Kind::range, [] { uniform(nan, 0, {2}); }, {"low is nan", "expected low <= high"}},
      {"uniform", Kind::range, [] { uniform(0, infinity, {2}); }, {"high is inf", "a finite range"}},
      {"uniform", Kind::dtype, [] { uniform(0, 1, {2}, int64); }, {"dtype int64", "float32 or float64 is expected"}},
      {"truncated_normal", Kind::range, [=] { truncated({.std = 0}); }, {"std 0", "expected std > 0"}},
      {"truncated_normal", Kind::range, [=] { truncated({.std = nan}); }, {"std nan", "expected std > 0"}},
      {"truncated_normal", Kind::range, [=] { truncated({.mean = nan}); }, {"mean is nan", "expected"}},
      {"truncated_normal", Kind::range, [=] { truncated({.low = 3}); }, {"low 3", "high 2", "low < high"}},
      {"truncated_normal", Kind::range, [=] { truncated({.low = 60, .high = 61}); }, {"low 60", "some probability"}},
      {"truncated_normal", Kind::dtype, [] { truncated_normal({2}, {}, int64); }, {"dtype int64", "float32 or float"}},
      {"randint", Kind::range, [] { randint(3, 3, {2}); }, {"low is 3", "high is 3", "expected low < high"}},
      {"randint", Kind::range, [] { randint(0, {2}); }, {"low is 0", "high is 0", "expected low < high"}},
      {"randint", Kind::range, [] { randint(most_int, least_int, {2}); }, {"low is 922", "expected low < high"}},
      {"permutation", Kind::range, [] { permutation(-1); }, {"n is -1", "expected 0 or more"}},
      without("categorical", "logits", [](const Tensor& t) { categorical(t); }),
      {"categorical", Kind::dtype, [=] { categorical(x.to(int64)); }, {"'logits'", "int64", "float32 or float64"}},
      {"categorical",
       Kind::shape,
       [] {
         categorical(zeros({2, 0}));
       },
       {"'logits'", "(2, 0)", "one class or more"}},
      {"categorical", Kind::shape, [] { categorical(tensor(1)); }, {"'logits'", "()", "one class or more"}},
      {"Shape",
       Kind::range,
       [] {
         zeros({2, -1});
       },
       {"axis 1 was given -1", "0 or more"}},
      {"Shape", Kind::range, [] { ones({least_int}); }, {"axis 0 was given -9223372036854775808", "0 or more"}},
      {"Shape",
       Kind::range,
       [=] {
         zeros({huge, huge});
       },
       {"(1099511627776, 1099511627776)", "64 bits"}},
      {"Shape",
       Kind::shape,
       [] {
         zeros({1, 1, 1, 1, 1, 1, 1, 1, 1});
       },
       {"at most 8 axes"}},
      {"Axes",
       Kind::axis,
       [=] {
         sum(x, {0, 1, 2, 3, 4, 5, 6, 7, 8});
       },
       {"9 axes", "at most 8"}},
      {"broadcast_to",
       Kind::value,
       [=] {
         eval(zeros({huge, 1 << 5}));
       },
       {"memory", "140737488355328 bytes"}},
  };
}

TEST_CASE("tensors and random numbers that cannot be are refused by name, with what was given and expected") {
  check(wrong_creations());
}

TEST_CASE("threads and gradient checks refuse numbers that have no meaning") {
  const TensorFunction f = [](const Tensor& t) { return t; };
  const Tensor x = zeros({2, 3});
  check({
      {"set_num_threads", Kind::range, [] { set_num_threads(0); }, {"0", "from 1 to 1024"}},
      {"set_num_threads", Kind::range, [] { set_num_threads(-1); }, {"-1", "from 1 to 1024"}},
      {"set_num_threads", Kind::range, [] { set_num_threads(max_num_threads + 1); }, {"1025", "from 1 to 1024"}},
      {"set_num_threads", Kind::range, [] { set_num_threads(1'000'000'000); }, {"1000000000", "from 1 to 1024"}},
      {"gradcheck", Kind::range, [=] { gradcheck(f, x, {.eps = 0}); }, {"eps", "0"}},
      {"gradcheck", Kind::range, [=] { gradcheck(f, x, {.eps = -1}); }, {"eps", "-1"}},
      {"gradcheck", Kind::range, [=] { gradcheck(f, x, {.order = 3}); }, {"order", "3"}},
  });
}

}  // namespace xgrad::test
