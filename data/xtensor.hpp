#pragma once

#include <algorithm>
#include <array>
#include <cmath>
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
/// Transforms are put behind each other by |, the first one first.
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

/// (x - mean) / std. Throws Error where std is 0 or either is not finite.
template <class T = float>
Transform<T> normalize(double mean, double std) {
  if (!std::isfinite(mean) || !std::isfinite(std) || std == 0) {
    fail("normalize", "mean " + std::to_string(mean) + " and std " + std::to_string(std) +
                          "; finite numbers are expected, and a std other than 0");
  }
  return Transform<T>(
      [m = static_cast<T>(mean), s = static_cast<T>(std)](const xt::xarray<T>& x) { return (x - m) / s; });
}

/// A window of (height, width) at a random place of the last two axes, around which `padding` zeros were put on each
/// side. Throws Error on a window of less than one pixel and on a padding below 0, and on a sample with fewer axes or
/// too small.
template <class T = float>
Transform<T> random_crop(std::int64_t height, std::int64_t width, std::int64_t padding = 0) {
  constexpr std::int64_t most = std::int64_t{1} << 30;
  if (height < 1 || width < 1 || padding < 0 || height > most || width > most || padding > most) {
    fail("random_crop", "a window of " + std::to_string(height) + "x" + std::to_string(width) + " with padding " +
                            std::to_string(padding) + "; expected a window of 1x1 or more and a padding of 0 or more");
  }
  return Transform<T>([=](const xt::xarray<T>& x, SplitMix64& random) {
    const std::size_t rank = x.dimension();
    const auto rows = rank < 2 ? 0 : static_cast<std::int64_t>(x.shape()[rank - 2]);
    const auto columns = rank < 2 ? 0 : static_cast<std::int64_t>(x.shape()[rank - 1]);
    const std::int64_t spare_rows = rows + 2 * padding - height, spare_columns = columns + 2 * padding - width;
    if (rank < 2 || spare_rows < 0 || spare_columns < 0) {
      fail("random_crop", "a sample of shape " + to_string(xgrad::detail::shape_of(x)) + " and padding " +
                              std::to_string(padding) + " have no window of " + std::to_string(height) + "x" +
                              std::to_string(width));
    }
    const auto draw = [&](std::int64_t spare) {
      return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(spare) + 1)) - padding;
    };
    const std::int64_t top = draw(spare_rows), left = draw(spare_columns);
    auto shape = x.shape();
    shape[rank - 2] = static_cast<std::size_t>(height);
    shape[rank - 1] = static_cast<std::size_t>(width);
    xt::xarray<T> window(shape, T(0));
    // What both have of rows [top, top + height) and columns [left, left + width).
    const std::int64_t row = std::max<std::int64_t>(top, 0), row_end = std::min(top + height, rows);
    const std::int64_t column = std::max<std::int64_t>(left, 0), column_end = std::min(left + width, columns);
    if (column < column_end) {
      const std::int64_t pictures = rows * columns == 0 ? 0 : static_cast<std::int64_t>(x.size()) / (rows * columns);
      for (std::int64_t picture = 0; picture < pictures; ++picture)
        for (std::int64_t r = row; r < row_end; ++r)
          std::copy_n(x.data() + (picture * rows + r) * columns + column, column_end - column,
                      window.data() + (picture * height + r - top) * width + column - left);
    }
    return window;
  });
}

/// The last axis (left and right of an image) in reverse order, for a sample out of 1 / probability. Throws Error
/// unless 0 <= probability <= 1.
template <class T = float>
Transform<T> random_flip(double probability = 0.5) {
  if (!(probability >= 0 && probability <= 1))
    fail("random_flip", "probability " + std::to_string(probability) + "; expected 0 to 1");
  return Transform<T>([=](const xt::xarray<T>& x, SplitMix64& random) {
    xt::xarray<T> turned = x;
    if (random.uniform(0, 1) < probability && x.dimension() > 0 && x.size() > 0) {
      const auto width = static_cast<std::ptrdiff_t>(x.shape().back());
      for (T *row = turned.data(), *end = row + turned.size(); row != end; row += width) std::reverse(row, row + width);
    }
    return turned;
  });
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
