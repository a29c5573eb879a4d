#include <doctest/doctest.h>

#include <cmath>

#include <autograd/ops.hpp>
#include <nn/metrics.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {

using test::error_of;
using test::i64;
using test::lacks;

TEST_CASE("accuracy is the share of rows whose largest logit is the label's") {
  const Tensor logits = tensor({{1, 2, 0}, {5, 1, 1}, {0, 0, 1}, {3, 3, 0}});
  CHECK(accuracy(logits, i64({1, 0, 2, 0})).item() == 1);
  CHECK(accuracy(logits, i64({1, 1, 1, 1})).item() == 0.25);
  CHECK(accuracy(logits, i64({0, 2, 0, 2})).item() == 0);
  CHECK(accuracy(logits, i64({1, 0, 2, 0})).dtype() == float32);
}

TEST_CASE("the accuracy of an empty batch is NaN") {
  CHECK(std::isnan(accuracy(zeros({0, 3}), zeros({0}, int64)).item()));
}

TEST_CASE("accuracy refuses shapes and dtypes that do not fit") {
  const auto call = [](const Tensor& logits, const Tensor& labels) {
    return error_of([&] { accuracy(logits, labels); });
  };
  CHECK(lacks(call(zeros({4, 3}), zeros({5}, int64)), {"accuracy", "(4, 3)", "int64 (5,)"}) == "");
  CHECK(lacks(call(zeros({4, 3}), zeros({4})), {"float32 (4,)"}) == "");
  CHECK(lacks(call(zeros({4}), zeros({4}, int64)), {"logits have shape (4,)"}) == "");
}

}  // namespace xgrad::nn
