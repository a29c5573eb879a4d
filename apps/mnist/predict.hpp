#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <apps/common/table.hpp>
#include <data/image_dataset.hpp>
#include <nn/nn.hpp>

namespace xgrad::apps {

/// Whether images show ink light on dark, as MNIST does, or dark on light, as paper does.
enum class Ink { light, dark };

/// An image as the model takes it, with what to call it.
struct Sample {
  std::string name;
  std::vector<float> pixels;  ///< 28 x 28, 0 background and 1 ink
  bool blank = false;         ///< nothing stands out from the background
};

/// Reads a PNG or PGM image. One that is not 28x28 is scaled to it, and one that looks as if `ink` were wrong is taken
/// as it is: a line on stderr says so. Of a PNG with transparent parts, what is drawn is ink, dark or light: dark ink
/// is laid on white and inverted, light ink on black; with Ink::dark it is laid on white in any case. Throws Error
/// where it cannot be read.
Sample read_sample(const std::filesystem::path& path, Ink ink);

/// An image of a dataset. Throws Error where the index is out of range.
Sample sample_of(const data::ImageDataset& images, std::int64_t index);

/// What a model makes of a sample.
struct Prediction {
  std::string name;
  std::vector<float> probabilities;  ///< of all digits; none where there is nothing to see

  bool blank() const { return probabilities.empty(); }
  /// The likeliest one.
  std::int64_t digit() const;
};

/// The predictions of a model in eval mode. Throws Error where its outputs are not finite.
std::vector<Prediction> predict(nn::Sequential& model, const std::vector<Sample>& samples);

/// For each the likeliest digit and the probabilities of all; "blank" and no probabilities where there is nothing to
/// see.
Table predictions_table(const std::vector<Prediction>& predictions);

/// The image in 14 lines of text, two rows of pixels a line.
std::string drawing(const Sample& sample);

}  // namespace xgrad::apps
