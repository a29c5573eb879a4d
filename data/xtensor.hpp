#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>

#include <autograd/ops.hpp>
#include <autograd/random.hpp>
#include <autograd/xtensor/elements.hpp>
#include <data/image_dataset.hpp>
#include <data/loader.hpp>
#include <data/splitmix.hpp>
#include <data/transform.hpp>

#pragma GCC visibility push(default)
/// Data sets and xtensor: the images of a ImageDataset as arrays, and samples of arrays for a Loader, by way of
/// transforms that are functions of arrays. For those who include it; the rest of the room needs no xtensor.
namespace xgrad::data {
namespace detail {

using Keeper = std::shared_ptr<const ImageDataset>;
template <std::size_t rank>
using Bytes = xt::xtensor_adaptor<xt::xbuffer_adaptor<const std::uint8_t*, xt::smart_ownership, Keeper>, rank,
                                  xt::layout_type::row_major>;

/// An array of bytes of a data set, which it keeps alive.
template <std::size_t rank>
const Bytes<rank> bytes_of(const ImageDataset& dataset, std::span<const std::uint8_t> bytes,
                           const std::array<std::size_t, rank>& shape) {
  using Storage = xt::xbuffer_adaptor<const std::uint8_t*, xt::smart_ownership, Keeper>;
  return Bytes<rank>(Storage(bytes.data(), bytes.size(), std::make_shared<const ImageDataset>(dataset)), shape);
}

inline Picture picture_of(const xt::xarray<float>& sample) {
  const std::size_t rank = sample.dimension();
  if (rank != 2 && rank != 3) {
    fail("Transform", "a sample of shape " + to_string(xgrad::detail::shape_of(sample)) +
                          "; transforms of images expect (height, width) or (channels, height, width)");
  }
  const auto extent = [&](std::size_t axis) { return static_cast<std::int64_t>(sample.shape()[axis]); };
  return {.values = {sample.begin(), sample.end()},
          .channels = rank == 3 ? extent(0) : 1,
          .height = extent(rank - 2),
          .width = extent(rank - 1)};
}

inline xt::xarray<float> array_of(const Picture& picture, std::size_t rank) {
  const auto extent = [](std::int64_t n) { return static_cast<std::size_t>(n); };
  std::vector<std::size_t> shape{extent(picture.channels), extent(picture.height), extent(picture.width)};
  if (rank == 2 && picture.channels == 1) shape.erase(shape.begin());
  auto array = xt::xarray<float>::from_shape(shape);
  std::copy(picture.values.begin(), picture.values.end(), array.begin());
  return array;
}

template <class E>
inline constexpr bool is_bytes = false;
template <std::size_t rank>
inline constexpr bool is_bytes<Bytes<rank>> = true;

}  // namespace detail

/// The images of a data set as an array of bytes of shape (size, height, width), without a copy; read-only. It keeps
/// them alive.
inline auto images(const ImageDataset& dataset) {
  const auto extent = [](std::int64_t n) { return static_cast<std::size_t>(n); };
  const ImageSize size = dataset.image_size();
  return detail::bytes_of<3>(dataset, dataset.pixels(),
                             {extent(dataset.size()), extent(size.height), extent(size.width)});
}
/// One image, of shape (height, width). Throws Error out of range.
inline auto image(const ImageDataset& dataset, std::int64_t index) {
  const ImageSize size = dataset.image_size();
  return detail::bytes_of<2>(dataset, dataset.image(index),
                             {static_cast<std::size_t>(size.height), static_cast<std::size_t>(size.width)});
}
/// The labels, of shape (size,).
inline auto labels(const ImageDataset& dataset) {
  return detail::bytes_of<1>(dataset, dataset.labels(), {static_cast<std::size_t>(dataset.size())});
}

/// What is done to each sample of a batch: a function of an array that gives an array, and may draw random numbers.
/// Transforms are put behind each other by |, the first one first. Those of images (transform.hpp) are
/// Transform<float>s.
template <class T>
class Transform {
 public:
  using Array = xt::xarray<T>;

  /// Gives a sample as it is.
  Transform() = default;
  /// f(sample) or f(sample, random) gives an array or a lazy expression, which is evaluated at once.
  template <class F>
  requires(std::invocable<const F&, const Array&> || std::invocable<const F&, const Array&, SplitMix64&>) Transform(F f)
      : apply_([f = std::move(f)](const Array& sample, SplitMix64& random) -> Array {
          if constexpr (std::invocable<const F&, const Array&>)
            return f(sample);
          else
            return f(sample, random);
        }) {}

  /// A transform of images, for samples of shape (height, width) or (channels, height, width), which keep their axes
  /// but for samples without channels that get several. Throws Error on others, when it meets them.
  Transform(const ImageTransform& transform) requires std::same_as<T, float>
      : apply_([transform](const Array& sample, SplitMix64& random) {
        Picture picture = detail::picture_of(sample);
        transform(picture, random);
        return detail::array_of(picture, sample.dimension());
      }) {}

  Array operator()(const Array& sample, SplitMix64& random) const { return apply_ ? apply_(sample, random) : sample; }

  friend Transform operator|(const Transform& first, const Transform& then) {
    if (!first.apply_ || !then.apply_) return first.apply_ ? first : then;
    return Transform(
        [first, then](const Array& sample, SplitMix64& random) { return then(first(sample, random), random); });
  }

 private:
  std::function<Array(const Array&, SplitMix64&)> apply_;
};

/// x / 255: bytes become numbers in [0, 1], by one rounding as in ImageDataset::batch.
template <class T = float>
Transform<T> to_float() {
  return Transform<T>([](const xt::xarray<T>& x) { return x / T(255); });
}

/// A source of batches for a Loader: sample i is images[i] as an array of T, put through a transform, with the label
/// labels[i]. `images` has the samples along its first axis, `labels` is one axis of as many integers. Arrays are
/// copied (an rvalue is moved), but for those of images(dataset) and labels(dataset), which keep the data set. Random
/// numbers follow from the batch's generator (BatchSource), so they depend neither on threads nor on prefetch.
///
/// Batches are of shape (n, sample...), int64 labels (n,). Throws Error where numbers do not fit; as a batch is made,
/// where samples of it have different shapes.
template <class T = float, class Images, class Labels>
requires(XExpression<Images>&& XExpression<Labels>) BatchSource
    source(Images&& images, Labels&& labels, Transform<T> transform = {}) {
  static_assert(Element<T>, "samples are of bool, std::int64_t, float or double");
  static_assert(std::integral<xgrad::detail::ValueOf<Labels>>, "labels are integers");
  using Plain = std::remove_cvref_t<Images>;
  using Held = std::conditional_t<detail::is_bytes<Plain>, Plain,
                                  xt::xarray<xgrad::detail::ValueOf<Plain>, xt::layout_type::row_major>>;
  struct Samples {
    Held images;
    xt::xarray<std::int64_t> labels;
  };
  const auto held =
      std::make_shared<const Samples>(Samples{Held(std::forward<Images>(images)), xt::cast<std::int64_t>(labels)});
  const Shape shape = xgrad::detail::shape_of(held->images), of_labels = xgrad::detail::shape_of(held->labels);
  if (shape.rank() == 0 || of_labels != Shape{shape[0]}) {
    fail("source", "images of shape " + to_string(shape) + " and labels of shape " + to_string(of_labels) +
                       "; samples along the first axis and a label for each are expected");
  }
  const std::vector<std::size_t> extents(shape.begin() + 1, shape.end());
  const auto batch = [held, extents, transform = std::move(transform)](std::span<const std::int64_t> indices) -> Batch {
    const auto count = std::ssize(indices);
    const std::vector<std::int64_t> seeds =
        randint(std::numeric_limits<std::int64_t>::max(), {count}).template to_vector<std::int64_t>();
    std::vector<xt::xarray<T>> samples;
    samples.reserve(indices.size());
    for (std::size_t i = 0; i < indices.size(); ++i) {
      SplitMix64 random(static_cast<std::uint64_t>(seeds[i]));
      auto sample = xt::xarray<T>::from_shape(extents);
      const auto* first = held->images.data() + static_cast<std::size_t>(indices[i]) * sample.size();
      std::transform(first, first + sample.size(), sample.data(), [](auto value) { return static_cast<T>(value); });
      samples.push_back(transform(sample, random));
      if (samples[i].shape() != samples[0].shape()) {
        fail("source", "the transform gave samples of shapes " + to_string(xgrad::detail::shape_of(samples[0])) +
                           " and " + to_string(xgrad::detail::shape_of(samples[i])) + " in one batch");
      }
    }
    Shape together = samples.empty() ? Shape{} : xgrad::detail::shape_of(samples[0]);
    together.insert(0, count);
    Tensor x = make_tensor<T>(together, [&](std::span<T> out) {
      auto place = out.begin();
      for (const auto& sample : samples) place = std::copy(sample.storage().begin(), sample.storage().end(), place);
    });
    Tensor y = make_tensor<std::int64_t>({count}, [&](std::span<std::int64_t> out) {
      for (std::size_t i = 0; i < indices.size(); ++i) out[i] = held->labels(static_cast<std::size_t>(indices[i]));
    });
    return {std::move(x), std::move(y)};
  };
  return {.size = shape[0], .batch = batch};
}

}  // namespace xgrad::data
#pragma GCC visibility pop
