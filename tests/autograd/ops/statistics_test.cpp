#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include <autograd/autograd.hpp>

#include "autograd/expect.hpp"

namespace xgrad {
namespace {

using test::difference;
using test::f64;
using test::gradient_of;
using test::i64;

[[maybe_unused]] constexpr double nan = std::numeric_limits<double>::quiet_NaN();
[[maybe_unused]] constexpr double inf = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("statistics give PyTorch's values") {
  const test::Tolerance rounding{.rtol = 1e-14, .atol = 1e-15};
  const auto [var, mean] = var_mean(f64({1, 2, 4}));
  CHECK(difference(var, tensor(7. / 3, float64), rounding) == "");
  CHECK(difference(mean, tensor(7. / 3, float64), rounding) == "");
  const auto [deviation, same] = std_mean(f64({1, 2, 4}));
  CHECK(difference(deviation, tensor(1.5275252316519465, float64), rounding) == "");
  const auto [least, most] = aminmax(f64({{1, 5}, {3, 0}}), 1);
  CHECK(difference(least, f64({1, 0})) == "");
  CHECK(difference(most, f64({5, 3})) == "");
  CHECK(difference(count_nonzero(f64({nan, 0, 1})), tensor(2, int64)) == "");
  const Tensor x = f64({{1, 2, 4}, {3, 1, 0}});
  CHECK(difference(cov(x), {{7. / 3, -13. / 6}, {-13. / 6, 7. / 3}}, rounding) == "");
  CHECK(difference(cov(x, {.correction = 0, .fweights = i64({1, 2, 1}), .aweights = f64({0.5, 0.2, 0.3})}),
                   {{1.4097, -1.3819}, {-1.3819, 1.5764}}, {.rtol = 1e-4}) == "");
  CHECK(difference(cov(f64({1, 2, 4})), tensor(7. / 3, float64), rounding) == "");
  CHECK(difference(corrcoef(x), {{1, -0.9285714285714286}, {-0.9285714285714286, 1}}, rounding) == "");
}

TEST_CASE("reductions without NaN") {
  const Tensor rows = f64({{nan, 3, 1, 2}, {nan, nan, nan, nan}});
  CHECK(difference(nansum(rows, 1), f64({6, 0})) == "");
  CHECK(difference(nanmean(rows, 1), f64({2, nan})) == "");
  CHECK(difference(nanmedian(rows, 1), f64({2, nan})) == "");
  CHECK(difference(nanmedian(rows), tensor(2, float64)) == "");
  CHECK(difference(nanquantile(f64({nan, 1, 4}), 0.5), tensor(2.5, float64)) == "");
  CHECK(difference(nanquantile(rows, 0.5, 1, {.keepdims = true}), {{2}, {nan}}) == "");
  const Tensor pair = f64({1, nan});
  for (const TensorFunction& f : {TensorFunction([](const Tensor& t) { return nansum(t); }),
                                  TensorFunction([](const Tensor& t) { return nanmean(t); }),
                                  TensorFunction([](const Tensor& t) { return nanmedian(t); }),
                                  TensorFunction([](const Tensor& t) { return nanquantile(t, 0.5); })}) {
    CHECK(difference(f(pair), tensor(1, float64)) == "");
    CHECK(difference(gradient_of(f, pair), f64({1, 0})) == "");
  }
}

TEST_CASE("nanquantile is quantile of the other elements, by every interpolation") {
  const Tensor x = f64({4, 1, 9, 2, 7, 3}), holes = f64({4, nan, 1, 9, nan, 2, 7, 3});
  for (const auto interpolation : {Interpolation::linear, Interpolation::lower, Interpolation::higher,
                                   Interpolation::midpoint, Interpolation::nearest}) {
    for (const double q : {0.0, 0.1, 0.3, 0.5, 0.77, 1.0}) {
      CAPTURE(q);
      CHECK(difference(nanquantile(holes, q, {}, {.interpolation = interpolation}),
                       quantile(x, q, {}, {.interpolation = interpolation}), {.rtol = 1e-14}) == "");
    }
  }
}

TEST_CASE("differences and integrals") {
  CHECK(difference(diff(i64({1, 3, 7}), 2), i64({2})) == "");
  CHECK(diff(i64({1, 3, 7}), 5).shape() == Shape{0});
  CHECK(difference(diff(i64({1, 3, 7}), 1, -1, i64({0})), i64({1, 2, 4})) == "");
  CHECK(diff(equal(i64({1, 0, 1}), 1)).to_vector<bool>() == std::vector<bool>{true, true});
  CHECK(difference(trapezoid(f64({1, 2, 3}), 2), tensor(8, float64)) == "");
  CHECK(difference(trapezoid(ones({3, 2}), f64({0, 1, 3}), 0), {3, 3}) == "");
  CHECK(trapezoid(zeros({0})).item() == 0);
  CHECK(difference(cumulative_trapezoid(f64({1, 2, 3}), f64({0, 1, 3})), f64({1.5, 6.5})) == "");
}

TEST_CASE("counts") {
  CHECK(difference(histc(f64({1, 2, 1}), 4, 0, 3), f64({0, 2, 1, 0})) == "");
  CHECK(difference(histc(f64({1, 2, 1}), 4), f64({2, 0, 0, 1})) == "");
  CHECK(difference(histc(f64({1, 1}), 4), f64({0, 0, 2, 0})) == "");
  CHECK(difference(histc(f64({nan, 1}), 4, 0, 1), f64({0, 0, 0, 1})) == "");
  CHECK(difference(bincount(i64({1, 1, 3}), f64({0.5, 1, 2}), 6), f64({0, 1.5, 0, 2, 0, 0})) == "");
  CHECK(difference(bincount(i64({1, 1, 3})), i64({0, 2, 0, 1})) == "");
  CHECK(bincount(zeros({0}, int64)).shape() == Shape{0});
}

TEST_CASE("running extremes keep the last of those that tie, and NaN") {
  const auto [most, at] = cummax(f64({1, 3, 3, nan, 5, nan}), 0);
  CHECK(difference(most, f64({1, 3, 3, nan, nan, nan})) == "");
  CHECK(difference(at, i64({0, 1, 2, 3, 3, 5})) == "");
  const auto [least, where_least] = cummin(f64({1, 1, 3, nan, 0}), 0);
  CHECK(difference(least, f64({1, 1, 1, nan, nan})) == "");
  CHECK(difference(where_least, i64({0, 1, 1, 3, 3})) == "");
  CHECK(cummax(zeros({2, 0}), 1).values.shape() == Shape{2, 0});
  CHECK(difference(gradient_of([](const Tensor& x) { return cummax(x, 0).values; }, f64({1, 3, 3, 2})),
                   f64({1, 1, 2, 0})) == "");
}

TEST_CASE("kthvalue, mode, and places among sorted values") {
  CHECK(difference(kthvalue(f64({1, nan, 0, 0}), 4).values, tensor(nan, float64)) == "");
  CHECK(difference(kthvalue(f64({1, nan, 0, 0}), 4).indices, tensor(1, int64)) == "");
  CHECK(difference(kthvalue(f64({{3, 1, 2}, {6, 5, 4}}), 2, 1, true).values, {{2}, {5}}) == "");
  const auto [value, place] = mode(f64({2, 1, 1, 2, 3}));
  CHECK(difference(value, tensor(1, float64)) == "");
  CHECK(difference(place, tensor(2, int64)) == "");
  CHECK(difference(mode(i64({{3, 3, 1}, {1, 2, 3}}), 0).values, i64({1, 2, 1})) == "");
  CHECK(difference(searchsorted(i64({1, 3, 5}), i64({3, 6, 0})), i64({1, 3, 0})) == "");
  CHECK(difference(searchsorted(f64({1, 3, nan}), f64({nan, 3}), {.right = true}), i64({3, 2})) == "");
  CHECK(difference(bucketize(f64({{3, 1}}), i64({1, 3})), i64({{1, 0}})) == "");
  CHECK(difference(isin(i64({{1, 2}, {3, 4}}), i64({2, 3})), equal(i64({{0, 1}, {1, 0}}), 1)) == "");
  CHECK_FALSE(any(isin(f64({nan}), f64({nan}))).item<bool>());
  const auto [values, inverse, counts] = unique(i64({{3, 1}, {3, 7}}));
  CHECK(difference(values, i64({1, 3, 7})) == "");
  CHECK(difference(inverse, i64({{1, 0}, {1, 2}})) == "");
  CHECK(difference(counts, i64({1, 2, 1})) == "");
  CHECK(unique(f64({nan, 1, nan})).values.shape() == Shape{3});
}

TEST_CASE("draws follow their weights") {
  Generator generator(1);
  const Tensor weights = tensor({0.0, 1.0, 3.0});
  const Tensor drawn = multinomial(weights, 20000, {.replacement = true}, generator);
  const std::vector<std::int64_t> counts = bincount(drawn, {}, 3).to_vector<std::int64_t>();
  CHECK(counts[0] == 0);
  CHECK(std::abs(static_cast<double>(counts[2]) / 20000 - 0.75) < 0.02);  // 6 standard deviations
  const Tensor both = multinomial(stack({weights, weights}), 2, {}, generator);
  CHECK(difference(sort(both), i64({{1, 2}, {1, 2}})) == "");
  const Tensor soft = gumbel_softmax(zeros({1000, 3}), {.tau = 0.5}, generator);
  CHECK(difference(sum(soft, 1), ones({1000}), {.atol = 1e-6}) == "");
  const Tensor hard = gumbel_softmax(zeros({4, 3}), {.hard = true, .axis = 0}, generator);
  CHECK(difference(round(max(hard, 0)), ones({3})) == "");
  CHECK(difference(round(sum(hard, 0)), ones({3})) == "");
  const Tensor slopes = rrelu(-ones({1000}), {.training = true}, generator);
  CHECK(min(slopes).item() >= -1. / 3);
  CHECK(max(slopes).item() <= -1. / 8);
  CHECK(max(slopes).item() - min(slopes).item() > 0.15);
}

TEST_CASE("a scalar is a vector of one along axis 0 and -1") {
  const Tensor x = tensor(2, float64), zero = tensor(0, int64), none = tensor(nan, float64);
  for (const int axis : {0, -1}) {
    for (const Tensor& y : {sum(x, axis),
                            mean(x, axis),
                            max(x, axis),
                            prod(x, axis),
                            logsumexp(x, axis),
                            norm(x, 2, axis),
                            cumsum(x, axis),
                            cumprod(x, axis),
                            logcumsumexp(x, axis),
                            sort(x, axis),
                            topk(x, 1, axis).values,
                            median(x, axis),
                            quantile(x, 0.5, axis),
                            flip(x, axis),
                            gather(x, axis, zero),
                            index_select(x, axis, i64({0})),
                            squeeze(x, axis),
                            swapaxes(x, axis, 0),
                            take(x, zero, axis),
                            cummax(x, axis).values,
                            kthvalue(x, 1, axis).values,
                            mode(x, axis).values,
                            nansum(x, axis),
                            nanmedian(x, axis),
                            nanquantile(x, 0.5, axis),
                            movedim(x, axis, 0),
                            normalize(x, 2, axis) * 2,
                            softmax(x, axis) * 2,
                            linear_scan(x, x, axis)})
      CHECK(difference(y, x) == "");
    for (const Tensor& y : {argmax(x, axis), argsort(x, axis), topk(x, 1, axis).indices, cummin(x, axis).indices,
                            log_softmax(x, axis).to(int64)})
      CHECK(difference(y, zero) == "");
    CHECK(difference(var(x, axis), none) == "");
    CHECK(flatten(x, axis).shape() == Shape{1});
    CHECK(gather(x, axis, i64({0})).shape() == Shape{1});
    CHECK(difference(gradient_of([&](const Tensor& t) { return cumsum(softmax(t, axis) * t, axis); }, x),
                     tensor(1, float64)) == "");
    const Tensor batch = vmap([&](const Tensor& t) { return cumsum(t, axis); })(f64({1, 2, 3}));
    CHECK(difference(batch, f64({1, 2, 3})) == "");
  }
}

}  // namespace xgrad
