#include <doctest/doctest.h>

#include <autograd/differentiate/gradcheck.hpp>
#include <autograd/ops.hpp>
#include <nn/dropout.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {

using test::difference;
using test::error_of;
using test::lacks;

TEST_CASE("dropout zeroes entries with probability p and scales the others") {
  manual_seed(1);
  const Dropout dropout(0.25);
  const std::vector<float> y = dropout(ones({200, 200}) * 3).to_vector<float>();
  std::size_t zeros = 0;
  for (const float value : y) {
    CHECK((value == 0 || value == doctest::Approx(4)));
    zeros += value == 0;
  }
  // 40,000 draws: the share's standard error is 0.0022.
  CHECK(static_cast<double>(zeros) / 40000 == doctest::Approx(0.25).epsilon(0.04));
}

TEST_CASE("dropout draws anew in every call, and again from the same seed") {
  const Dropout dropout(0.5);
  manual_seed(1);
  const Tensor a = dropout(ones({100})), b = dropout(ones({100}));
  manual_seed(1);
  const Tensor c = dropout(ones({100}));
  CHECK(difference(a, b) != "");
  CHECK(difference(a, c) == "");
}

TEST_CASE("the gradient of dropout has the mask of its value") {
  const Dropout dropout(0.5);
  const Tape tape;
  const Tensor x = ones({50}, float64);
  const Tensor y = dropout(x);
  CHECK(difference(tape.gradient(sum(y), x), y) == "");
}

TEST_CASE("dropout does nothing in evaluation and with p = 0, and drops all with p = 1") {
  Dropout dropout(0.5);
  const Tensor x = tensor({1, 2, 3});
  CHECK(difference(Dropout(0)(x), x) == "");
  CHECK(difference(Dropout(1)(x), {0, 0, 0}) == "");
  dropout.eval();
  CHECK(dropout(x).same_as(x));
}

TEST_CASE("dropout refuses a p that is no probability") {
  CHECK(lacks(error_of([] { Dropout(1.5); }), {"Dropout", "p is 1.5", "[0, 1]"}) == "");
  CHECK(lacks(error_of([] { Dropout(-0.1); }), {"p is -0.1"}) == "");
}

}  // namespace xgrad::nn
