#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <nn/nn.hpp>

#include "autograd/distributed/ranks.hpp"
#include "autograd/expect.hpp"

namespace xgrad {
namespace {

using distributed::world;
using Rows = std::vector<std::vector<double>>;

/// Rows of a batch of 12 that three ranks have: 6, 4 and 2.
Tensor own_part(const Tensor& batch) {
  constexpr std::int64_t starts[] = {0, 6, 10, 12};
  return slice(batch, 0, starts[world().rank()], starts[world().rank() + 1]);
}

Tensor whole_batch(const Shape& shape) {
  return sin(arange(shape.elements()).to(float64) * 1.3).reshape(NewShape(shape));
}

std::vector<double> joined(const Rows& rows) {
  std::vector<double> all;
  for (const std::vector<double>& row : rows) all.insert(all.end(), row.begin(), row.end());
  return all;
}

std::string difference(const std::vector<double>& actual, const Tensor& expected) {
  return test::difference(tensor(std::span<const double>(actual), {static_cast<std::int64_t>(actual.size())}),
                          expected.reshape({expected.size()}), {.rtol = 1e-12, .atol = 1e-12});
}

template <class Norm>
void check_against_whole_batch(const Shape& shape) {
  const Tensor x = whole_batch(shape);
  eval(x);
  const auto layer = [&] {
    Norm norm(shape[1], {.dtype = float64});
    norm.weight.set(arange(shape[1]).to(float64) + 1);
    return norm;
  };
  const auto loss = [](const Norm& norm, const Tensor& at) { return sum(pow(norm(at), 3)); };
  const auto slope = [&](const Norm& norm, const Tensor& at) {
    return gradient([&](const Tensor& t) { return loss(norm, t); }, at);
  };
  const auto curvature = [&](const Norm& norm, const Tensor& at) {
    return gradient([&](const Tensor& t) { return sum(square(slope(norm, t))); }, at);
  };
  const auto on_ranks = [&](const auto& f) {
    return joined(test::on_ranks(3, [&] {
      const Norm norm = layer();
      nn::convert_sync_batchnorm(norm);
      return f(norm, own_part(x)) * 1;
    }));
  };
  CHECK(difference(on_ranks([](const Norm& norm, const Tensor& at) { return norm(at); }), layer()(x)) == "");
  CHECK(difference(on_ranks(slope), slope(layer(), x)) == "");
  CHECK(difference(on_ranks(curvature), curvature(layer(), x)) == "");
}

}  // namespace

TEST_CASE(
    "synchronized batch normalization of parts is that of the whole batch, with derivatives to the second order") {
  check_against_whole_batch<nn::BatchNorm1d>({12, 3});
  check_against_whole_batch<nn::BatchNorm2d>({12, 2, 2, 2});
}

TEST_CASE("running statistics of synchronized batch normalization are the whole batch's, on all ranks") {
  for (const nn::RunningVariance kind : {nn::RunningVariance::unbiased, nn::RunningVariance::biased}) {
    const auto statistics = [&](const nn::BatchNorm1d& norm, const Tensor& x) {
      norm(x);
      norm(x * 2);
      return concatenate({norm.running_mean, norm.running_var}, 0);
    };
    const nn::BatchNormOptions options{.running_variance = kind, .dtype = float64};
    const Tensor x = whole_batch({12, 3});
    eval(x);
    const Rows actual = test::on_ranks(3, [&] {
      const nn::BatchNorm1d norm(3, options);
      nn::convert_sync_batchnorm(norm);
      return statistics(norm, own_part(x));
    });
    const Tensor expected = statistics(nn::BatchNorm1d(3, options), x);
    for (const std::vector<double>& of_rank : actual) CHECK(difference(of_rank, expected) == "");
  }
}

TEST_CASE("a rank may have one sample, or none, of a synchronized batch") {
  const Rows actual = test::on_ranks(3, [] {
    const nn::BatchNorm1d norm(2, {.dtype = float64});
    nn::convert_sync_batchnorm(norm);
    const std::int64_t rows = 2 - world().rank();
    norm(whole_batch({2, 2}) * 1);
    return sum(norm(slice(whole_batch({3, 2}), 0, 0, rows)), 0) + norm.running_mean;
  });
  for (const std::vector<double>& of_rank : actual)
    for (const double value : of_rank) CHECK(std::isfinite(value));
}

TEST_CASE("convert_sync_batchnorm reaches all layers in a model and their copies, and takes it back") {
  const Rows differences = test::on_ranks(2, [] {
    const nn::BatchNorm1d norm(2);
    const nn::Sequential inner{nn::Linear(2, 2), norm}, model{inner, nn::Tanh()};
    nn::convert_sync_batchnorm(model);
    const Tensor x = (arange(6).reshape({3, 2}) * (1 + world().rank())).to(float32);
    const Tensor together = norm(x);
    nn::convert_sync_batchnorm(model, distributed::Communicator());
    const Tensor alone = norm(x);
    nn::convert_sync_batchnorm(model);
    const nn::Sequential copy = nn::clone(model);
    nn::convert_sync_batchnorm(copy, distributed::Communicator());
    return concatenate({max(abs(together - alone)).reshape({1}), max(abs(norm(x) - together)).reshape({1})}, 0);
  });
  for (const std::vector<double>& of_rank : differences) {
    CHECK(of_rank[0] > 0.1);
    CHECK(of_rank[1] < 1e-6);
  }
}

}  // namespace xgrad
