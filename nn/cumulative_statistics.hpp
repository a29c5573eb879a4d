#pragma once

#include <cstdint>
#include <unordered_set>

namespace xgrad::nn::detail {

/// While it is alive, the running statistics of every batch normalization that this thread applies in training mode
/// start anew and become the average of all batches, whatever their momentum is (optim::update_bn).
class CumulativeStatistics {
 public:
  CumulativeStatistics() noexcept;
  CumulativeStatistics(const CumulativeStatistics&) = delete;
  CumulativeStatistics& operator=(const CumulativeStatistics&) = delete;
  ~CumulativeStatistics();

  /// The innermost of this thread; null for none.
  static CumulativeStatistics* current() noexcept;

  /// Whether a layer, named by the slot of its counter, is met for the first time.
  bool begins(std::uintptr_t layer) { return seen_.insert(layer).second; }

 private:
  CumulativeStatistics* outer_;
  std::unordered_set<std::uintptr_t> seen_;
};

}  // namespace xgrad::nn::detail
