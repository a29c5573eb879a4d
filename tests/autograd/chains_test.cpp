#include <doctest/doctest.h>

#include <autograd/autograd.hpp>

#include "expect.hpp"

// Nothing here may recurse: a million nodes would overflow the stack.
namespace xgrad {

TEST_CASE("a chain of a million operations is recorded, differentiated, run and destroyed") {
  const Tensor x = tensor({1, 2}, float64);
  Tensor slope, y;
  {
    const Tape tape;
    y = x;
    for (int i = 0; i < 1'000'000; ++i) y = y * 1.000001;
    slope = tape.gradient(sum(y), x);
    eval({y, slope});
  }
  const double factor = std::pow(1.000001, 1'000'000);
  CHECK(slope.data<double>()[1] == doctest::Approx(factor).epsilon(1e-9));
  CHECK(y.data<double>()[1] == doctest::Approx(2 * factor).epsilon(1e-9));
}

TEST_CASE("a chain of a million operations that nobody runs is destroyed") {
  const std::size_t live = memory_stats().live;
  {
    const Tape tape;
    Tensor y = ones({4});
    for (int i = 0; i < 1'000'000; ++i) y = tanh(y);
  }
  CHECK(memory_stats().live == live);
}

TEST_CASE("a chain of a million operations without a tape is run and destroyed") {
  Tensor y = zeros({1}, float64);
  for (int i = 0; i < 1'000'000; ++i) y = y + 1;
  CHECK(y.item() == 1'000'000);
}

TEST_CASE("a chain of a hundred thousand operations with links that skip is differentiated") {
  const Tape tape;
  const Tensor x = tensor({1}, float64);
  Tensor before = x, y = x;
  for (int i = 0; i < 100'000; ++i) {
    const Tensor next = 0.5 * (y + before);
    before = y;
    y = next;
  }
  CHECK(tape.gradient(y, x).item() == doctest::Approx(1).epsilon(1e-9));
}

TEST_CASE("a chain of operations with an input beside the chain is destroyed from the middle") {
  Tensor middle;
  {
    const Tape tape;
    Tensor y = ones({2});
    for (int i = 0; i < 300'000; ++i) {
      y = y + ones({2});
      if (i == 150'000) middle = y;
    }
  }
  CHECK(middle.data<float>()[0] == 150'002);
}

}  // namespace xgrad
