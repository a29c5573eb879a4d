#pragma once

#include <filesystem>

#include <apps/mnist/config.hpp>
#include <apps/mnist/evaluate.hpp>
#include <data/image_dataset.hpp>

/// What one looks at beside a training's numbers. Each writes an SVG and a PNG into the run's folder.
namespace xgrad::apps {

/// augmentation: images of the training as the model sees them, first as they are, then changed at random four times.
void save_augmentation(const std::filesystem::path& folder, const data::ImageDataset& images, const Config& config);

/// first-layer: the weights of the first linear layer or convolution, each unit's or filter's as an image.
void save_first_layer(const std::filesystem::path& folder, const nn::Sequential& model);

/// confusion: the confusion matrix of an evaluation.
void save_confusion(const std::filesystem::path& folder, const Performance& performance);

/// misclassified: the images that a model in eval mode gets most wrong, by what it gives their label; at most 60. None
/// where it gets all right.
void save_misclassified(const std::filesystem::path& folder, nn::Sequential& model, const data::ImageDataset& images);

}  // namespace xgrad::apps
