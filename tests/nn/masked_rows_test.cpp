#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include <autograd/autograd.hpp>
#include <nn/loss.hpp>

#include "autograd/expect.hpp"

// One rule for logsumexp, logaddexp, logcumsumexp, softmax, log_softmax and the losses made of them: what is -inf has
// no weight, also where nothing else is there, and no derivative of any order is NaN.
namespace xgrad {
namespace {

using test::difference;
using test::f64;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Rows: ordinary, partly masked, all masked, ordinary.
Tensor scores(DType dtype = float64) {
  return tensor({{1, 2, 0.5}, {-infinity, 2, 0.5}, {-infinity, -infinity, -infinity}, {0, 0, 3}}, dtype);
}

Tensor first_of(const TensorFunction& f, const Tensor& x) {
  return gradient([&](const Tensor& t) { return sum(square(f(t))); }, x);
}

bool finite(const Tensor& x) { return all(isfinite(x)).item<bool>(); }

/// 1 where a row is ordinary or partly masked.
Tensor present() { return tensor({{true}, {true}, {false}, {true}}, boolean); }

}  // namespace

TEST_CASE("a row that is all masked has no weight, beside others that are what they are alone") {
  for (const DType dtype : {float32, float64}) {
    const Tensor x = scores(dtype), p = softmax(x);
    CHECK(difference(slice(p, 0, 2, 3), zeros({1, 3}, dtype)) == "");
    CHECK(difference(slice(p, 0, 0, 1), softmax(slice(x, 0, 0, 1))) == "");
    CHECK(difference(sum(p, 1), tensor({1, 1, 0, 1}, dtype), {.rtol = 1e-6}) == "");
    CHECK(difference(slice(log_softmax(x), 0, 2, 3), full({1, 3}, -infinity, dtype)) == "");
    CHECK(difference(slice(logsumexp(x, 1), 0, 2, 3), full({1}, -infinity, dtype)) == "");
    CHECK(difference(logsumexp(x, 1),
                     max(x, 1) + log(sum(exp(where(present(), x - max(x, 1, {.keepdims = true}), 0.0)), 1)),
                     {.rtol = 1e-6}) == "");
  }
}

TEST_CASE("first and second derivatives of masked rows are finite, and 0 where all are masked") {
  const auto weights = [](const Tensor& x) { return softmax(x); };
  const auto totals = [](const Tensor& x) {
    const Tensor y = logsumexp(x, 1);
    return where(equal(y, -infinity), 0.0, y);
  };
  const auto running = [](const Tensor& x) {
    const Tensor y = logcumsumexp(x, 1);
    return where(equal(y, -infinity), 0.0, y);
  };
  const auto pairs = [](const Tensor& x) {
    const Tensor y = logaddexp(slice(x, 1, 0, 1), slice(x, 1, 1, 2));
    return where(equal(y, -infinity), 0.0, y);
  };
  const auto logs = [](const Tensor& x) {
    const Tensor y = log_softmax(x);
    return where(equal(y, -infinity), 0.0, y);
  };
  for (const TensorFunction& f : {TensorFunction(weights), TensorFunction(totals), TensorFunction(running),
                                  TensorFunction(pairs), TensorFunction(logs)}) {
    const Tensor first = first_of(f, scores());
    const Tensor second = first_of([&](const Tensor& x) { return first_of(f, x); }, scores());
    for (const Tensor& derivative : {first, second}) {
      CHECK(finite(derivative));
      CHECK(difference(slice(derivative, 0, 2, 3), zeros({1, 3}, float64)) == "");
    }
  }
}

TEST_CASE("attention with a row that may look at nothing gives 0 for it, and gradients that are numbers") {
  const Tensor q = f64({{1, 0}, {0, 1}, {1, 1}}), k = f64({{1, 2}, {3, 4}, {5, 6}}), v = f64({{1, 1}, {2, 0}, {0, 3}});
  const Tensor hidden = tensor({{0, 1, 1}, {1, 1, 1}, {0, 0, 1}}, boolean);
  const auto attention = [&](const std::vector<Tensor>& x) {
    const Tensor masked = masked_fill(matmul(x[0], transpose(x[1])), hidden, -infinity);
    return matmul(softmax(masked), x[2]);
  };
  const Tensor y = attention({q, k, v});
  CHECK(difference(slice(y, 0, 0, 2), {{1, 1}, {0, 0}}) == "");
  const std::vector<Tensor> g =
      gradient([&](const std::vector<Tensor>& x) { return sum(square(attention(x))); }, {q, k, v});
  for (const Tensor& gradient : g) CHECK(finite(gradient));
  CHECK(difference(slice(g[0], 0, 1, 2), {{0, 0}}) == "");
  CHECK(difference(slice(g[2], 0, 2, 3), {{0, 0}}) == "");
}

TEST_CASE("cross-entropy of a row that is all masked is inf, with the gradient softmax - target") {
  const Tensor labels = tensor({0, 1, 2, 2}, int64);
  const auto loss = [&](const Tensor& x) { return nn::cross_entropy(x, labels, {.reduction = nn::Reduction::none}); };
  CHECK(loss(scores()).to_vector<double>()[2] == infinity);
  const Tensor g = gradient([&](const Tensor& x) { return sum(loss(x)); }, scores());
  CHECK(difference(g, softmax(scores()) - one_hot(labels, 3, float64), {.rtol = 1e-12, .atol = 1e-15}) == "");
  // The row counts for nothing where its label is ignored.
  const Tensor ignored = tensor({0, 1, -100, 2}, int64);
  const auto kept = [&](const Tensor& x) { return nn::cross_entropy(x, ignored); };
  CHECK(std::isfinite(kept(scores()).item()));
  const Tensor h = gradient(kept, scores());
  CHECK(finite(h));
  CHECK(difference(slice(h, 0, 2, 3), {{0, 0, 0}}) == "");
}

TEST_CASE("a class that is masked out costs nothing where the target gives it no share") {
  const Tensor target = f64({{0.5, 0.5, 0}, {0, 0.25, 0.75}, {0, 0, 0}, {1, 0, 0}});
  const auto loss = [&](const Tensor& x) { return nn::cross_entropy(x, target); };
  CHECK(std::isfinite(loss(scores()).item()));
  CHECK(finite(gradient(loss, scores())));
  const Tensor log_target = f64({{std::log(0.5), std::log(0.5), -infinity}}), log_p = log_softmax(f64({{1, 2, 0.5}}));
  CHECK(difference(nn::kl_div(log_p, log_target, {.log_target = true}), nn::kl_div(log_p, exp(log_target)),
                   {.rtol = 1e-12}) == "");
}

}  // namespace xgrad
