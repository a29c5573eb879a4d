#pragma once

namespace xgrad::apps {

/// An exponential moving average that is a mean of what there was from the first value on, since the weights of what
/// there was not are taken out (the bias correction of Kingma and Ba, "Adam", 2015).
class Smoothed {
 public:
  void add(double value) {
    sum_ = decay * sum_ + (1 - decay) * value;
    weight_ = decay * weight_ + (1 - decay);
  }
  /// NaN before the first value.
  double value() const { return sum_ / weight_; }

 private:
  static constexpr double decay = 0.98;

  double sum_ = 0, weight_ = 0;
};

}  // namespace xgrad::apps
