#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <apps/batchnorm_study/runner.hpp>
#include <demo/wasm/layers.hpp>

namespace xgrad::demo {

/// The two networks of a setting, plain and batch-normalized, in training on the same batches.
class Experiment {
 public:
  /// Throws Error where there are fewer training images than the setting's batch has.
  Experiment(const apps::Setting& setting, const data::ImageDataset& train, const data::ImageDataset& test,
             std::uint64_t seed);

  /// One step of both; gives the losses before it, plain first.
  std::array<double, 2> step();
  std::int64_t steps() const noexcept { return steps_; }

  /// Network 0 is the plain one, 1 the batch-normalized one.
  const apps::Runner& network(std::size_t which) const { return runners_.at(which); }
  /// Share of the test images that it gets right, as apps::Score has it.
  double accuracy(std::size_t which);
  /// On the batch of the last step, or the first batch before any.
  std::vector<LayerView> layers(std::size_t which) const { return view_layers(network(which).network(), batch_); }
  /// Probabilities of the ten digits. image: 28 x 28 values in [0, 1], row by row.
  std::vector<float> answer(std::size_t which, std::span<const float> image) const;

 private:
  apps::Batches batches_;
  std::array<apps::Runner, 2> runners_;
  data::Batch test_;
  data::Batch batch_;
  bool fresh_ = true;  ///< batch_ has not been trained on
  std::int64_t steps_ = 0;
};

}  // namespace xgrad::demo
