#pragma once

#include <algorithm>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <autograd/autograd.hpp>
#include <autograd/distributed/collectives.hpp>
#include <autograd/distributed/threads.hpp>

namespace xgrad::test {

/// What f gives on each of some ranks, as numbers.
inline std::vector<std::vector<double>> on_ranks(int ranks, const std::function<Tensor()>& f) {
  std::vector<std::vector<double>> results(static_cast<std::size_t>(ranks));
  distributed::run_ranks(ranks, [&] {
    std::vector<double> values = f().to_vector<double>();
    results[static_cast<std::size_t>(distributed::world().rank())] = std::move(values);  // each its own entry
  });
  return results;
}

/// The text of the Error that ranks end with, or "" where they do not.
inline std::string error_of_ranks(int ranks, const std::function<void()>& f,
                                  const distributed::RunRanksOptions& options = {}) {
  try {
    distributed::run_ranks(ranks, f, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

/// A group of one rank that notes which collectives run, and on which threads.
class NotingTransport final : public distributed::Transport {
 public:
  int rank() const noexcept override { return 0; }
  int size() const noexcept override { return 1; }
  void run(const distributed::Exchange& exchange) override {
    calls.push_back(to_string(exchange));
    threads.push_back(std::this_thread::get_id());
    if (exchange.in.data() != exchange.out.data()) std::ranges::copy(exchange.in, exchange.out.begin());
  }
  std::shared_ptr<distributed::Transport> split(int, int) override { return std::make_shared<NotingTransport>(); }

  std::vector<std::string> calls;
  std::vector<std::thread::id> threads;
};

}  // namespace xgrad::test
