#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include <autograd/autograd.hpp>
#include <autograd/primitive.hpp>

#include "expect.hpp"
#include "way.hpp"

namespace xgrad {
namespace {

using test::difference;
using test::error_of;
using test::f64;
using test::lacks;
using test::Way;

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

/// "" where both lists hold the same bits.
std::string differences(const std::vector<Tensor>& actual, const std::vector<Tensor>& expected) {
  for (std::size_t i = 0; i < expected.size(); ++i)
    if (const std::string text = difference(actual[i], expected[i]); !text.empty()) return text;
  return actual.size() == expected.size() ? "" : "another number of tensors";
}

/// What threads share: data, a view of it that has its value, and parameters that no thread changes.
struct Shared {
  Tensor x, labels, columns, frozen;
};

Shared shared_values() {
  Generator generator(5);
  Shared shared;
  shared.x = randn({24, 6}, float32, generator);
  shared.labels = randint(0, 3, {24}, generator);
  shared.columns = slice(shared.x, 1, 0, 4);
  shared.frozen = transpose(randn({8, 4}, float32, generator));
  eval({shared.x, shared.labels, shared.columns, shared.frozen});
  return shared;
}

/// Some steps of a model of a thread's own over shared values, with a nested tape for a penalty on the gradient.
std::vector<Tensor> train(const Shared& shared, int number, int steps = 6) {
  Generator generator(static_cast<std::uint64_t>(number) + 100);
  std::vector<Tensor> weights = {randn({8, 3}, float32, generator) * 0.3, zeros({3})};
  const Tensor chosen = one_hot(shared.labels, 3);
  for (int step = 0; step < steps; ++step) {
    const Tape tape;
    const Tensor hidden = tanh(matmul(shared.columns, shared.frozen));
    const auto loss_of = [&](const std::vector<Tensor>& w) {
      return -mean(sum(chosen * log_softmax(matmul(hidden, w[0]) + w[1]), 1));
    };
    const Tensor loss = loss_of(weights);
    Tensor penalty;
    {
      const Tape inner;
      penalty = sum(square(inner.gradient(loss, weights[0])));
    }
    const Tensor rows = mean(square(slice(shared.x, 0, number, number + 2)));
    const std::vector<Tensor> gradients = tape.gradient(loss + 0.1 * penalty + rows, weights);
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = weights[i] - 0.5 * gradients[i];
    eval(weights);
  }
  return weights;
}

/// A queue from one thread to another.
template <class T>
class Queue {
 public:
  void put(T value) {
    const std::lock_guard lock(mutex_);
    values_.push_back(std::move(value));
    changed_.notify_one();
  }
  T take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !values_.empty(); });
    T value = std::move(values_.front());
    values_.pop_front();
    return value;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> values_;
};

}  // namespace

TEST_CASE("threads train models of their own over shared tensors, to the bits of one thread") {
  const Shared shared = shared_values();
  const Way restored;
  const int threads = num_threads();
  for (const Compiling when : {Compiling::never, Compiling::repeated, Compiling::always}) {
    set_compiling(when);
    std::vector<std::vector<Tensor>> expected;
    for (int number = 0; number < 8; ++number) expected.push_back(train(shared, number));
    for (const int helpers : {1, 2}) {
      set_num_threads(helpers);
      const auto results = on_threads(8, [&](int number) {
        return differences(train(shared, number), expected[static_cast<std::size_t>(number)]);
      });
      for (const std::string& result : results) CHECK(result == "");
    }
    set_num_threads(threads);
  }
}

TEST_CASE("threads plan and compile a program that is new to all of them at once") {
  const Way compiled(fusing(), planning(), Compiling::always);
  const Tensor x = f64({{1, 2, 3}, {4, 5, 6}});
  for (int round = 0; round < 4; ++round) {
    const auto results = on_threads(4, [&](int number) -> std::string {
      // A chain of another length in each round, the same in all threads.
      Tensor y = x;
      for (int i = 0; i < 3 + round; ++i) y = y * 0.5 + 1;
      Tensor expected = zeros({2, 3}, float64);
      const double scale = std::pow(0.5, 3 + round);
      expected = x * scale + (2 - 2 * scale);
      return difference(y + number, expected + number, {.rtol = 1e-15});
    });
    for (const std::string& result : results) CHECK(result == "");
  }
}

TEST_CASE("the thread that recorded a shared tensor goes on recording, running and ending tapes") {
  const std::size_t live = memory_stats().live;
  {
    std::vector<Tensor> shared;
    std::atomic<bool> done{false};
    std::vector<std::string> results(2);
    std::vector<std::thread> threads;
    {
      const Tape tape;
      const Tensor x = f64({1, 2, 3});
      for (int i = 1; i < 40; ++i) shared.push_back(x * i);
      eval(shared);
      for (std::size_t number = 0; number < results.size(); ++number)
        threads.emplace_back([&, number] {
          do {
            const Tape own;
            Tensor total = zeros({3}, float64);
            for (const Tensor& part : shared) total = total + part * part;
            // 1 + 4 + ... + 39^2
            if (results[number].empty()) results[number] = difference(total, f64({20540, 82160, 184860}));
            const Tensor slope = own.gradient(sum(total), shared[3]);
            if (results[number].empty()) results[number] = difference(slope, f64({8, 16, 24}));
          } while (!done);
        });
      for (int i = 0; i < 50; ++i) {
        const Tensor y = sum(shared[static_cast<std::size_t>(i) % shared.size()] * x);
        eval(tape.gradient(y, x));
      }
    }
    for (int i = 0; i < 50; ++i) {
      const Tape tape;
      const Tensor z = shared[0] + 0;
      eval(tape.gradient(sum(z * z), z));
    }
    done = true;
    for (std::thread& thread : threads) thread.join();
    for (const std::string& result : results) CHECK(result == "");
  }
  CHECK(memory_stats().live == live);
}

TEST_CASE("the last handle goes on another thread than the one that made the tensor") {
  const std::size_t live = memory_stats().live;
  {
    Queue<Tensor> queue;
    std::thread maker([&] {
      for (int i = 0; i < 500; ++i) {
        Tensor y = f64({1.0 * i, 2}) * 2;
        eval(y);
        queue.put(std::move(y));
        // One that never runs: its recipe is freed by its own thread, whoever lets it go.
        if (i % 10 == 0) queue.put(f64({1, 2}) + i);
      }
      queue.put(Tensor());
    });
    int count = 0;
    double total = 0;
    for (Tensor y = queue.take(); y.defined(); y = queue.take()) {
      if (count++ % 11 != 1) total += y.to_vector<double>()[0];
    }
    maker.join();
    CHECK(count == 550);
    CHECK(total == 2 * 499 * 500 / 2);
  }
  CHECK(memory_stats().live == live);
}

TEST_CASE("threads ask for the value of one plain number at once") {
  for (int round = 0; round < 20; ++round) {
    const Tensor number = 0.5 * round;
    const auto results = on_threads(4, [&](int) -> std::string {
      if (number.data<float>()[0] != static_cast<float>(0.5 * round)) return "another value";
      return difference(number * f64({2}), f64({1.0 * round}));
    });
    for (const std::string& result : results) CHECK(result == "");
  }
}

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
  const auto products = [] {
    // In one run, so that several threads share each: operands of both layouts, cut along rows and along columns.
    Generator generator(12);
    std::vector<Tensor> results;
    const std::int64_t extents[][3] = {{60, 784, 100}, {784, 60, 100}, {60, 100, 100},
                                       {33, 300, 70},  {17, 90, 600},  {5, 700, 900}};
    for (const auto& [n, k, m] : extents) {
      for (const DType dtype : {float32, float64}) {
        const Tensor a = randn({n, k}, dtype, generator), b = randn({k, m}, dtype, generator);
        const Tensor turned_a = randn({k, n}, dtype, generator), turned_b = randn({m, k}, dtype, generator);
        for (const Tensor& left : {a, transpose(turned_a)})
          for (const Tensor& right : {b, transpose(turned_b)}) results.push_back(matmul(left, right));
      }
    }
    eval(results);
    return results;
  };
  const auto compute = [&] {
    Generator generator(11);
    const Tensor x = randn({300, 257}, float32, generator), w = randn({257, 129}, float32, generator);
    const auto loss = [&](const std::vector<Tensor>& t) {
      return mean(log_softmax(tanh(matmul(t[0], t[1])))) + sum(x);
    };
    std::vector<Tensor> results = gradient(loss, {x, w});
    results.push_back(loss({x, w}));
    eval(results);
    for (const Tensor& product : products()) results.push_back(product);
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
