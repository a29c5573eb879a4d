#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <autograd/frozen_function.hpp>
#include <autograd/node.hpp>

#include "../expect.hpp"
#include "ranks.hpp"

namespace xgrad {
namespace {

using distributed::all_reduce;
using distributed::ReduceOp;
using distributed::world;
using Calls = std::vector<std::string>;

/// A group whose transport notes what runs.
struct Noted {
  std::shared_ptr<test::NotingTransport> transport = std::make_shared<test::NotingTransport>();
  distributed::Communicator group{transport};

  Tensor reduced(const Tensor& x) const { return all_reduce(x, ReduceOp::sum, group); }
  /// The number of elements of each all_reduce that ran.
  std::vector<std::string> calls() const { return transport->calls; }
};

std::string call(std::int64_t elements) { return "all_reduce of " + std::to_string(elements) + " float32"; }

Tensor vector_of(std::int64_t n) { return ones({n}) * 1; }

}  // namespace

TEST_CASE("collectives run in the order in which they were recorded, whichever value is asked for") {
  const Noted noted;
  const Tensor a = noted.reduced(vector_of(1)), b = noted.reduced(vector_of(2)), c = noted.reduced(vector_of(3));
  eval(c);
  CHECK(noted.calls() == Calls{call(1), call(2), call(3)});
  eval(a);
  eval(b);
  CHECK(noted.calls().size() == 3);
}

TEST_CASE("a collective runs though nobody reads it, and what runs next runs it") {
  const Noted noted;
  static_cast<void>(noted.reduced(vector_of(1)));
  const Tensor other = exp(vector_of(5));
  static_cast<void>(noted.reduced(vector_of(2)));
  eval(other);
  CHECK(noted.calls() == Calls{call(1), call(2)});
}

TEST_CASE("equal collectives are not merged") {
  const Noted noted;
  const Tensor x = vector_of(4);
  eval(noted.reduced(x) + noted.reduced(x));
  CHECK(noted.calls() == Calls{call(4), call(4)});
}

TEST_CASE("a collective runs once, though its value was let go and a tape could compute it again") {
  const Noted noted;
  const Tensor x = vector_of(4);
  const Tape tape;
  Tensor y = exp(noted.reduced(x));
  const Tensor z = sum(y * y);
  eval(z);
  y = Tensor();
  eval(tape.gradient(z, x));
  eval(tape.gradient(z, x));
  // The forward one once, and one for each of the two derivatives.
  CHECK(noted.calls() == Calls(3, call(4)));
}

TEST_CASE("a checkpoint records collectives again, and the copies run as any other") {
  const Noted noted;
  const Tensor x = vector_of(4);
  const Tape tape;
  const Tensor y = checkpoint([&](const Tensor& t) { return sin(noted.reduced(t)) * t; }, x);
  eval(tape.gradient(sum(noted.reduced(y.reshape({2, 2}))), x));
  // Two forwards, the derivative of the second, the copy, and its derivative.
  CHECK(noted.calls() == Calls(5, call(4)));
}

TEST_CASE("waiting for a collective of a derivative does not make a forward one part of it") {
  const Noted noted;
  const Tensor x = vector_of(4);
  const auto product = [&](const Tensor& at) { return sum(matmul(noted.reduced(at).reshape({2, 2}), ones({2, 2}))); };
  const Tape tape;
  const Tensor first = tape.gradient(product(x), x);
  const Tensor y = noted.reduced(x);
  CHECK_FALSE(y.node()->derived);
  eval(first);
}

TEST_CASE("no derivative leads through the order of collectives") {
  const Noted noted;
  const Tensor x = vector_of(4), w = vector_of(3);
  const Tape tape;
  const Tensor unrelated = noted.reduced(x), y = noted.reduced(w);
  CHECK_THROWS_AS(tape.gradient(sum(y), x), Error);
  CHECK(test::difference(tape.gradient(sum(y), w), {1, 1, 1}) == "");
}

TEST_CASE("collectives run on the thread that asks for a value, also beside large products on others") {
  const Noted noted;
  const int threads = num_threads();
  set_num_threads(4);
  Generator generator(1);
  const Tensor a = randn({300, 300}, float32, generator), b = randn({300, 300}, float32, generator);
  eval({a, b});
  for (int repetition = 0; repetition < 6; ++repetition) {
    std::vector<Tensor> results;
    for (int i = 0; i < 4; ++i) {
      results.push_back(matmul(a, b * i));
      results.push_back(noted.reduced(a + i));
      results.push_back(noted.reduced(matmul(b, a * i)));
    }
    eval(results);
  }
  set_num_threads(threads);
  CHECK(noted.calls().size() == 48);
  const std::vector<std::thread::id>& ids = noted.transport->threads;
  CHECK(std::ranges::count(ids, std::this_thread::get_id()) == static_cast<std::ptrdiff_t>(ids.size()));
}

TEST_CASE("a long program keeps the order of its collectives when it is cut, planned and compiled") {
  const Noted noted;
  const auto step = [&](std::int64_t length) {
    Calls expected;
    Tensor h = vector_of(8);
    const Tape tape;
    const Tensor start = h;
    for (std::int64_t i = 0; i < length; ++i) {
      const std::int64_t n = 1 + i % 7;
      const Tensor part = noted.reduced(slice(tanh(h), 0, 0, n));
      expected.push_back(call(n));
      h = h * 0.9 + sum(part) / static_cast<double>(n);
    }
    Tensor gradient = tape.gradient(sum(h), start);
    for (std::int64_t i = length; i-- > 0;) expected.push_back(call(1 + i % 7));
    eval({gradient, h});
    return expected;
  };
  for (const std::int64_t length : {3, 40, 40, 40, 400, 400, 400}) {
    noted.transport->calls.clear();
    const Calls expected = step(length);
    CAPTURE(length);
    CHECK((noted.calls() == expected));
  }
}

TEST_CASE("ranks that ask for different values run the same collectives") {
  // Rank 0 looks at every loss, as a program that prints, and rank 1 now and then; both get the same weights.
  std::vector<std::vector<double>> weights = test::on_ranks(2, [] {
    Tensor w = ones({3}, float64);
    for (int step = 0; step < 30; ++step) {
      const Tape tape;
      const Tensor local = sum(square(w * (world().rank() + 1)));
      const Tensor loss = all_reduce(local, ReduceOp::mean);
      if (world().rank() == 0 || step % 7 == 3) loss.item<double>();
      static_cast<void>(all_reduce(w));  // whose value nobody reads
      if (world().rank() == 0) sum(w).item<double>();
      w = w - 0.01 * all_reduce(tape.gradient(local, w), ReduceOp::mean);
    }
    return w;
  });
  CHECK(weights[0] == weights[1]);
  CHECK(weights[0][0] == doctest::Approx(std::pow(0.95, 30)).epsilon(1e-12));
}

TEST_CASE("a collective that could not run does not stand in the way of the next one") {
  const Noted noted;
  const Tensor outside = tensor({7}, int64) * 1;
  CHECK_THROWS_AS(eval(noted.reduced(take(vector_of(3), outside, 0))), Error);
  eval(noted.reduced(vector_of(2)));
  CHECK(noted.calls() == Calls{call(2)});
}

TEST_CASE("a function with collectives can't be frozen") {
  const Noted noted;
  const FrozenFunction frozen("freeze", [&](const std::vector<Tensor>& x) { return noted.reduced(x[0]) + 1; });
  CHECK_THROWS_WITH_AS(frozen({vector_of(2)}), doctest::Contains("all_reduce"), Error);
}

TEST_CASE("without a tape nothing is kept of collectives that have run") {
  const Noted noted;
  for (int i = 0; i < 3000; ++i) eval(noted.reduced(vector_of(4)));
  CHECK(recorded_primitives().size() < 1500);
}

}  // namespace xgrad
