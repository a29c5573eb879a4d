#pragma once

#include <cstdint>

#include <data/dataset.hpp>
#include <data/picture.hpp>

#pragma GCC visibility push(default)
/// How sets of images hand on samples without a Tensor for each: for the library's own files.
namespace xgrad::data::detail {

/// An image on its way into a batch, with its label.
struct Sample {
  Picture picture;
  /// The axes of a record's image: 3, 2 without that of channels, or 1, values one after the other.
  int rank = 3;
  /// Whether height and width are known; they are 1 and the number of values otherwise.
  bool has_extents = true;
  std::int64_t label = 0;
  /// The record's label where it is not one int64.
  Tensor target = {};
  /// Who reads it, for errors.
  const char* reader = "transformed";

  /// The shape of the record's image.
  Shape shape() const;
};

/// A source of samples that it writes to memory of the caller's.
class PictureSource : public Source {
 public:
  void read(std::int64_t index, SplitMix64& random, Sample& sample) const override = 0;

  Fields get(std::int64_t index, SplitMix64& random) const final;
  /// Reads each sample and copies it to its place in the batch.
  Fields batch(std::span<const std::int64_t> indices, std::span<SplitMix64> random) const final;
};

/// Makes room for an image of these extents. Throws Error, which `where` begins, where memory does not hold it.
void reserve(const char* where, std::vector<float>& values, std::int64_t channels, std::int64_t height,
             std::int64_t width);

/// "3x28x28", for errors.
std::string extents_of(const Picture& picture);

/// The number of a channel. Throws Error where they are neither one nor as many as there are channels.
const std::vector<double>& check_channels(const char* where, const char* what, const std::vector<double>& numbers,
                                          const Picture& picture);
inline double of_channel(const std::vector<double>& numbers, std::int64_t channel) {
  return numbers[numbers.size() == 1 ? 0 : static_cast<std::size_t>(channel)];
}

/// Throws Error unless there are numbers, and all are finite.
void check_numbers(const char* where, const char* what, const std::vector<double>& numbers);
/// Throws Error unless both are finite and low <= high.
void check_range(const char* where, const char* what, double low, double high);
void check_probability(const char* where, double p);

}  // namespace xgrad::data::detail
#pragma GCC visibility pop
