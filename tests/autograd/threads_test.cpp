#include <doctest/doctest.h>

#include <functional>
#include <thread>

#include <autograd/autograd.hpp>
#include <autograd/primitive.hpp>

#include "expect.hpp"

namespace xgrad {
namespace {

using test::difference;
using test::error_of;
using test::f64;
using test::lacks;

/// Runs f(number) on several threads at once, and gives what each returned.
std::vector<std::string> on_threads(int count, const std::function<std::string(int)>& f) {
  std::vector<std::string> results(static_cast<std::size_t>(count));
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&, i] {
      try {
        results[static_cast<std::size_t>(i)] = f(i);
      } catch (const std::exception& error) {
        results[static_cast<std::size_t>(i)] = error.what();
      }
    });
  for (std::thread& thread : threads) thread.join();
  return results;
}

}  // namespace

TEST_CASE("each thread has a tape of its own") {
  const auto results = on_threads(4, [](int number) -> std::string {
    if (!recorded_primitives().empty()) return "the list of a new thread is not empty";
    for (int i = 0; i < 200; ++i) {
      const Tape tape;
      const Tensor x = f64({1.0 + number, 2});
      const Tensor y = sum(x * x * x);
      const std::string wrong = difference(tape.gradient(y, x), f64({3 * (1.0 + number) * (1.0 + number), 12}));
      if (!wrong.empty()) return wrong;
    }
    return "";
  });
  for (const std::string& result : results) CHECK(result == "");
}

TEST_CASE("a tensor that has its value is read, and differentiated through, on several threads") {
  const Tensor shared = f64({1, 2, 3}) * 2;
  eval(shared);
  const auto results = on_threads(4, [&](int) -> std::string {
    for (int i = 0; i < 200; ++i) {
      const Tape tape;
      const Tensor copy = shared;
      const std::string wrong = difference(tape.gradient(sum(copy * copy), copy), f64({4, 8, 12}));
      if (!wrong.empty()) return wrong;
      if (shared.data<double>()[2] != 6) return "another value";
    }
    return "";
  });
  for (const std::string& result : results) CHECK(result == "");
  CHECK(difference(shared, {2, 4, 6}) == "");
}

TEST_CASE("plain numbers are shared between threads") {
  const Tensor number = 0.5;
  const auto results = on_threads(4, [&](int) -> std::string {
    for (int i = 0; i < 500; ++i) {
      const std::string wrong = difference(f64({1, 2}) * number, f64({0.5, 1}));
      if (!wrong.empty()) return wrong;
    }
    return "";
  });
  for (const std::string& result : results) CHECK(result == "");
}

TEST_CASE("a tensor that waits for its run on another thread is refused with what to do") {
  const Tensor pending = ones({2, 3}) + 1;
  const auto results = on_threads(1, [&](int) { return error_of([&] { (void)(pending * 2); }); });
  CHECK(lacks(results[0], {"(2, 3)", "another thread", "eval()"}) == "");
  const auto values = on_threads(1, [&](int) { return error_of([&] { eval(pending); }); });
  CHECK(lacks(values[0], {"(2, 3)", "another thread", "eval()"}) == "");
  CHECK(difference(pending, {{2, 2, 2}, {2, 2, 2}}) == "");
}

TEST_CASE("a value outlives the thread that computed it") {
  Tensor y, pending;
  std::thread([&] {
    const Tape tape;
    y = f64({1, 2}) * 3;
    eval(y);
    pending = y * y;
  }).join();
  CHECK(difference(y, {3, 6}) == "");
  CHECK(difference(y + 1, {4, 7}) == "");
  CHECK(lacks(error_of([&] { eval(pending); }), {"another thread"}) == "");
}

TEST_CASE("handles are copied and dropped on several threads at once") {
  const std::size_t live = memory_stats().live;
  {
    const Tensor shared = ones({1000}) + 1;
    eval(shared);
    const auto results = on_threads(4, [shared](int) {
      std::vector<Tensor> copies;
      for (int i = 0; i < 10'000; ++i) {
        copies.push_back(shared);
        if (copies.size() > 10) copies.clear();
      }
      return std::string();
    });
    CHECK(results.size() == 4);
  }
  CHECK(memory_stats().live == live);
}

TEST_CASE("results do not depend on the number of threads, bit by bit") {
  const int before = num_threads();
  const auto compute = [] {
    Generator generator(11);
    const Tensor x = randn({300, 257}, float32, generator), w = randn({257, 129}, float32, generator);
    const auto loss = [&](const std::vector<Tensor>& t) {
      return mean(log_softmax(tanh(matmul(t[0], t[1])))) + sum(x);
    };
    std::vector<Tensor> results = gradient(loss, {x, w});
    results.push_back(loss({x, w}));
    eval(results);
    return results;
  };
  set_num_threads(1);
  const std::vector<Tensor> one = compute();
  for (const int count : {2, 3, 4}) {
    set_num_threads(count);
    CHECK(num_threads() == count);
    const std::vector<Tensor> several = compute();
    for (std::size_t i = 0; i < one.size(); ++i) CHECK(difference(several[i], one[i]) == "");
  }
  set_num_threads(before);
}

}  // namespace xgrad
