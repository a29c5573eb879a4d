#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <autograd/io/safetensors.hpp>
#include <autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

/// A measure over all batches that it was shown, which it adds up without keeping them:
///
///     nn::Accuracy accuracy;
///     for (const auto& [images, labels] : validation) accuracy.update(model(images), labels);
///     std::cout << accuracy.compute().item() << "\n";
///     accuracy.reset();
///
/// Metrics are values, and what they have added up is a few tensors of fixed shapes, in int64 and float64 (ExactAUROC
/// alone keeps its scores). update() records, and runs nothing: in a training step, before the optimizer's, it costs no
/// run of its own, and in a loop without other runs only a bounded amount waits. No gradient flows through a metric.
///
/// Several processes, or threads, each add up a part of the data and join the parts:
///
///     NamedTensors part = accuracy.state();  // to be sent
///     nn::Accuracy other;
///     other.load_state(part);                // as received
///     accuracy.merge(other);
///
/// Values that are out of range (a label outside the classes, a score that is not a number) are refused by update()
/// where the tensor has its values. Where it still waits, they are left out and counted, and every use of the metric is
/// an Error until reset(): compute(), state() and merge().
class Metric {
 public:
  Metric(const Metric&) = default;
  Metric(Metric&&) = default;
  Metric& operator=(const Metric&) = default;
  Metric& operator=(Metric&&) = default;
  virtual ~Metric() = default;

  /// The measure over all samples so far; float64 unless said otherwise. Throws Error where there are none.
  virtual Tensor compute() const = 0;

  /// Forgets all samples.
  void reset();
  /// Adds the samples that another metric has seen. Throws Error, and changes nothing, unless the other is of the same
  /// class and has the same options.
  void merge(const Metric& other);

  /// What was added up, by name, with "samples" (int64), the number of samples.
  NamedTensors state() const;
  /// Goes on from a state. Throws Error, and changes nothing, where names, shapes or dtypes are not those of state(),
  /// and on a negative number of samples.
  void load_state(const NamedTensors& state);

  /// Number of samples so far.
  std::int64_t samples() const noexcept { return samples_; }

 protected:
  /// `options` are those that metrics must share to be merged, as a text: "classes=10". `zero` is the state without
  /// samples.
  Metric(std::string name, std::string options, const NamedTensors& zero);

  /// Adds the totals of some samples; `outside` counts the values that are out of range, undefined for none.
  void add(std::int64_t samples, const std::vector<Tensor>& totals, const Tensor& outside = {});

  /// The totals of all samples out of those of two parts: sums, unless a class knows another rule.
  virtual std::vector<Tensor> joined(const std::vector<Tensor>& a, std::int64_t samples_of_a,
                                     const std::vector<Tensor>& b, std::int64_t samples_of_b) const;
  /// Throws Error where loaded totals have shapes or dtypes that state() does not give.
  virtual void check_totals(const std::string& where, const NamedTensors& given) const;
  /// The totals as compute() and state() read them.
  virtual std::vector<Tensor> settled() const { return totals_; }

  /// The totals. Throws Error where there are no samples, or some were out of range.
  std::vector<Tensor> totals() const;

  const std::string& name() const noexcept { return name_; }
  /// "Accuracy::update"
  std::string in(std::string_view method) const;

 private:
  void check_alive(std::string_view method) const;
  void check_inside(std::string_view method) const;

  std::string name_, options_;
  std::vector<std::string> names_;
  std::vector<Tensor> zero_, totals_;
  Tensor outside_;  ///< how many values were out of range, as far as that was not known at once
  std::int64_t samples_ = 0;
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
