#pragma once

#include <cstdint>

#include <data/dataset.hpp>

#pragma GCC visibility push(default)
/// Samples mixed with others of the same set. Labels become the probabilities of the classes, which nn::cross_entropy
/// takes. A sample's partner, any of the set, and its weight follow from the sample's own random numbers: from the seed
/// and epoch of a Loader and from its index, not from the batch or the number of workers.
namespace xgrad::data {

struct MixOptions {
  /// Weights are drawn from the distribution Beta(alpha, alpha): uniform for 1, near 0 or 1 for small numbers.
  double alpha = 1;
  std::int64_t num_classes = 10;
};

/// weight * sample + (1 - weight) * partner, of images and of labels (Zhang et al., "mixup: Beyond empirical risk
/// minimization", 2017). Labels of the set are int64, from 0 to num_classes - 1, or float32 probabilities of shape
/// (num_classes,); those of the result are float32 (num_classes,). Throws Error unless alpha > 0 and num_classes >= 1;
/// as a sample is made, where its label is another one, or its partner has another shape.
///
///     data::Loader loader(data::mixup(data::transformed(train, crop), {.num_classes = 10}), {.batch_size = 64});
Dataset<Batch> mixup(const Dataset<Batch>& set, const MixOptions& options = {});

/// The sample with a rectangle of its partner, which lies where it lay there; labels are mixed by the areas (Yun et
/// al., "CutMix: Regularization strategy to train strong classifiers with localizable features", 2019). The rectangle
/// has the image's ratio and 1 - weight of its area, around any pixel; what lies outside is cut off. Images are those
/// of transformed(); Errors are those of mixup.
Dataset<Batch> cutmix(const Dataset<Batch>& set, const MixOptions& options = {});

}  // namespace xgrad::data
#pragma GCC visibility pop
