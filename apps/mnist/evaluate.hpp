#pragma once

#include <array>
#include <cstdint>

#include <apps/common/table.hpp>
#include <data/image_dataset.hpp>
#include <nn/nn.hpp>

namespace xgrad::apps {

inline constexpr std::size_t digits = 10;

/// How a model does on some images.
struct Performance {
  std::int64_t images = 0;
  std::int64_t correct = 0;
  double loss = 0;  ///< mean cross-entropy
  /// confusion[label][prediction]
  std::array<std::array<std::int64_t, digits>, digits> confusion = {};

  double accuracy() const { return static_cast<double>(correct) / static_cast<double>(images); }
};

/// Runs a model over all images, of several ranks each over its part; all call it. The model's mode, training or eval,
/// is left as it is: set eval() before. Throws Error where there are none, and where the model gives an image something
/// that is not finite: it has no answer then, least of all the first digit.
Performance evaluate(nn::Sequential& model, const data::ImageDataset& images);

/// The confusion matrix: a row for each label, a column for each prediction, and the share of each label found.
Table confusion_table(const Performance& performance);

}  // namespace xgrad::apps
