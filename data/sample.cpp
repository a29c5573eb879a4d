#include <data/sample.hpp>

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>

#include <fmt/format.h>

namespace xgrad::data::detail {

Shape Sample::shape() const {
  if (rank == 1) return {picture.channels * picture.pixels()};
  if (rank == 2 && picture.channels == 1) return {picture.height, picture.width};
  return {picture.channels, picture.height, picture.width};
}

void Source::read(std::int64_t index, SplitMix64& random, Sample& sample) const {
  const Fields fields = evaluated(get(index, random));
  const Tensor& image = fields[0];
  const int rank = image.defined() ? image.rank() : 0;
  if (rank < 1 || rank > 3 || image.dtype() != float32) {
    const std::string given =
        image.defined() ? fmt::format("{} {}", to_string(image.dtype()), to_string(image.shape())) : "undefined";
    fail(sample.reader, fmt::format("the image of a sample is {}; expected float32 of shape (channels, height, width) "
                                    "or (height, width)",
                                    given));
  }
  Picture& picture = sample.picture;
  picture.channels = rank == 3 ? image.size(0) : 1;
  picture.height = rank == 1 ? 1 : image.size(-2);
  picture.width = image.size(-1);
  const std::span<const float> values = image.data<float>();
  picture.values.assign(values.begin(), values.end());
  sample.rank = rank;
  sample.has_extents = rank > 1;
  const bool plain = fields[1].defined() && fields[1].dtype() == int64 && fields[1].rank() == 0;
  sample.label = plain ? fields[1].item<std::int64_t>() : 0;
  sample.target = plain ? Tensor() : fields[1];
}

namespace {

Tensor image_of(const Sample& sample) {
  return make_tensor<float>(sample.shape(),
                            [&](std::span<float> out) { std::ranges::copy(sample.picture.values, out.begin()); });
}

Tensor label_of(const Sample& sample) { return sample.target.defined() ? sample.target : Tensor(sample.label); }

}  // namespace

Fields PictureSource::get(std::int64_t index, SplitMix64& random) const {
  Sample sample;
  read(index, random, sample);
  return {image_of(sample), label_of(sample)};
}

Fields PictureSource::batch(std::span<const std::int64_t> indices, std::span<SplitMix64> random) const {
  if (indices.empty()) fail("Dataset.batch", "no indices; expected one or more");
  Sample sample;
  read(indices[0], random[0], sample);
  const Shape each = sample.shape();
  Shape shape = each;
  shape.insert(0, std::ssize(indices));
  std::vector<std::int64_t> labels;
  Fields targets;
  Tensor images = make_tensor<float>(shape, [&](std::span<float> out) {
    auto place = out.begin();
    for (std::size_t i = 0; i < indices.size(); ++i) {
      if (i > 0) read(indices[i], random[i], sample);
      if (sample.shape() != each)
        fail(sample.reader, fmt::format("images of shapes {} and {} in one batch; expected one shape (resize, "
                                        "center_crop and random_crop make one size of all)",
                                        to_string(each), to_string(sample.shape())));
      place = std::ranges::copy(sample.picture.values, place).out;
      labels.push_back(sample.label);
      if (sample.target.defined()) targets.push_back(sample.target);
    }
  });
  if (targets.empty()) return {std::move(images), tensor(labels, {std::ssize(labels)})};
  if (targets.size() != indices.size())
    fail(sample.reader, "some labels of a batch are one int64, others are not; expected the same for all");
  return {std::move(images), stacked(1, targets)};
}

std::string extents_of(const Picture& picture) {
  return fmt::format("{}x{}x{}", picture.channels, picture.height, picture.width);
}

void reserve(const char* where, std::vector<float>& values, std::int64_t channels, std::int64_t height,
             std::int64_t width) {
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  const bool fits = height <= most && width <= most && (height == 0 || width <= most / height) &&
                    (channels == 0 || height * width <= most / channels);
  try {
    if (fits) return values.resize(static_cast<std::size_t>(channels * height * width));
  } catch (const std::exception&) {
  }
  fail(where, fmt::format("an image of {}x{}x{} is too large; expected fewer than 2^31 values, which memory holds",
                          channels, height, width));
}

const std::vector<double>& check_channels(const char* where, const char* what, const std::vector<double>& numbers,
                                          const Picture& picture) {
  if (numbers.size() != 1 && std::ssize(numbers) != picture.channels)
    fail(where, fmt::format("{} has {} numbers for an image of {}; expected 1 or {}", what, numbers.size(),
                            extents_of(picture), picture.channels));
  return numbers;
}

void check_numbers(const char* where, const char* what, const std::vector<double>& numbers) {
  if (numbers.empty()) fail(where, fmt::format("{} has no number; expected one, or one for each channel", what));
  for (const double number : numbers)
    if (!std::isfinite(static_cast<float>(number)))
      fail(where, fmt::format("{} is {}; expected finite float32 numbers", what, number));
}

void check_range(const char* where, const char* what, double low, double high) {
  if (!(std::isfinite(low) && std::isfinite(high) && low <= high))
    fail(where, fmt::format("{} is from {} to {}; expected finite numbers in ascending order", what, low, high));
}

void check_probability(const char* where, double p) {
  if (!(p >= 0 && p <= 1)) fail(where, fmt::format("p is {}; expected 0 to 1", p));
}

}  // namespace xgrad::data::detail
