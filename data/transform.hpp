#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include <data/dataset.hpp>
#include <data/image_dataset.hpp>
#include <data/picture.hpp>
#include <data/splitmix.hpp>

#pragma GCC visibility push(default)
/// What is done to images on their way into a batch: torchvision.transforms' functions, their names, options and
/// defaults, unless a comment says otherwise. A transform checks its options when it is made, and images when it meets
/// them; both are an Error that names it.
namespace xgrad::data {

/// A function of one image and its random numbers, in place. A cheap handle; it never changes, and several threads may
/// call it at a time. Transforms are put behind each other by |, the first one first:
///
///     const auto train = data::random_crop(28, {.padding = 2}) | data::normalize(0.1307, 0.3081);
class ImageTransform {
 public:
  using Function = std::function<void(Picture&, SplitMix64&)>;

  /// Leaves images as they are.
  ImageTransform() = default;
  /// Throws Error on an empty function.
  explicit ImageTransform(Function f);

  void operator()(Picture& picture, SplitMix64& random) const;

  friend ImageTransform operator|(const ImageTransform& first, const ImageTransform& then) {
    return joined(first, then);
  }

 private:
  static ImageTransform joined(const ImageTransform& first, const ImageTransform& then);

  std::shared_ptr<const std::vector<Function>> steps_;
};

/// One behind the other, the first one first (torchvision's Compose).
ImageTransform compose(const std::vector<ImageTransform>& transforms);

/// A transform of one's own: f(picture) or f(picture, random) changes a Picture. Throws Error on an empty
/// std::function; as it is called, where it leaves another number of values than channels * height * width.
template <class F>
requires(std::invocable<const F&, Picture&> || std::invocable<const F&, Picture&, SplitMix64&>) ImageTransform
    lambda(F f);

/// The images of a set, each put through a transform; labels stay what they are. Random numbers follow from the seed
/// and epoch of a Loader and from the index of the sample only, so they are the same for any number of workers.
///
///     data::Loader loader(data::transformed(digits, data::random_rotation(10)), {.batch_size = 64, .shuffle = true});
///
/// The set's images are float32 of shape (channels, height, width) or (height, width), those of an ImageDataset of any
/// shape; they keep their number of axes, but for images without channels that get several. The images of a set may
/// differ in size if the transform makes them alike (resize). From an ImageDataset the values go straight into the
/// memory of the batch; no Tensor is made of a sample.
Dataset<Batch> transformed(const Dataset<Batch>& set, const ImageTransform& transform);

// ---------------------------------------------------------------------------------------------- values

/// (x - mean) / std, by channel. Throws Error where std is 0 or a number is not finite.
ImageTransform normalize(const PerChannel& mean, const PerChannel& std);

struct GrayscaleOptions {
  /// 1, or 3 of the same values.
  std::int64_t num_output_channels = 1;
};
/// Brightness in place of colours: 0.2989 red + 0.587 green + 0.114 blue. Takes images of 1 or 3 channels.
ImageTransform grayscale(const GrayscaleOptions& options = {});

struct ColorJitterOptions {
  Jitter brightness = 0;
  Jitter contrast = 0;
  Jitter saturation = 0;
};
/// Brightness, contrast and saturation times random factors, in random order: mixes an image with black, with the mean
/// of its brightness, and with its grayscale, and cuts values off at 0 and 1. Takes images of 1 or 3 channels in [0,
/// 1]. It has no hue. Throws Error unless 0 <= low <= high.
ImageTransform color_jitter(const ColorJitterOptions& options);

// ---------------------------------------------------------------------------------------------- windows

/// What lies around an image.
enum class PictureBorder {
  constant,   ///< the value `fill`
  edge,       ///< the pixel at the border again
  reflect,    ///< mirrored at the pixel at the border: 3 2 | 1 2 3
  symmetric,  ///< mirrored with the pixel at the border: 2 1 | 1 2 3
};

/// The window in the middle; an image that is too small gets zeros around it first.
ImageTransform center_crop(const ImageSize& size);
ImageTransform center_crop(std::int64_t side);

struct PadImageOptions {
  PerChannel fill = 0;
  PictureBorder padding_mode = PictureBorder::constant;
};
/// Puts pixels around an image. Throws Error on a padding below 0, and where an image is too small to be mirrored.
ImageTransform pad(const Margins& padding, const PadImageOptions& options = {});

struct RandomCropOptions {
  /// What is put around an image first.
  Margins padding = 0;
  /// Whether an image that is still too small gets as much more on both sides as it lacks; otherwise it is an Error.
  bool pad_if_needed = false;
  PerChannel fill = 0;
  PictureBorder padding_mode = PictureBorder::constant;
};
/// A window at a random place, each equally likely.
ImageTransform random_crop(const ImageSize& size, const RandomCropOptions& options = {});
ImageTransform random_crop(std::int64_t side, const RandomCropOptions& options = {});

struct RandomShiftOptions {
  PerChannel fill = 0;
};
/// Moves an image by whole pixels, up or down by at most most.height and across by at most most.width, each equally
/// likely: the window of random_crop, of the image's own size, with so much padding.
ImageTransform random_shift(const ImageSize& most, const RandomShiftOptions& options = {});
ImageTransform random_shift(std::int64_t most, const RandomShiftOptions& options = {});

/// Left and right in reverse, with probability p.
ImageTransform random_horizontal_flip(double p = 0.5);
/// Top and bottom in reverse, with probability p.
ImageTransform random_vertical_flip(double p = 0.5);

struct RandomErasingOptions {
  double p = 0.5;
  /// The rectangle's share of the image.
  Range scale = {0.02, 0.33};
  /// Its height over its width; the logarithm is uniform.
  Range ratio = {0.3, 3.3};
  PerChannel value = 0;
  /// Whether it has standard normal numbers in place of `value` (torchvision's value = "random").
  bool noise = false;
};
/// Replaces the values of a random rectangle (Zhong et al., "Random erasing data augmentation", 2017). Where ten
/// rectangles were too high or too wide the image stays as it is. Throws Error unless 0 <= p <= 1,
/// 0 <= scale.low <= scale.high <= 1 and 0 < ratio.low <= ratio.high.
ImageTransform random_erasing(const RandomErasingOptions& options = {});

// ---------------------------------------------------------------------------------------------- geometry

/// How values between pixels are found.
enum class Resampling { nearest, bilinear };

struct ResizeOptions {
  Resampling interpolation = Resampling::bilinear;
  /// Whether a smaller image takes the mean of all pixels that fall on one of its own, by a triangle as wide as the
  /// scale; with bilinear only.
  bool antialias = true;
};
/// An image of another size.
ImageTransform resize(const ImageSize& size, const ResizeOptions& options = {});
/// Its smaller side becomes `side`, and the other so much that the ratio stays, rounded down.
ImageTransform resize(std::int64_t side, const ResizeOptions& options = {});

/// A point of an image, in pixels from its left upper corner.
struct PicturePoint {
  double x = 0;
  double y = 0;
};

struct RandomRotationOptions {
  Resampling interpolation = Resampling::nearest;
  /// The middle of the image where it is not given.
  std::optional<PicturePoint> center = {};
  PerChannel fill = 0;
};
/// Turns an image counter-clockwise by a random angle, within its own extents.
ImageTransform random_rotation(const Degrees& degrees, const RandomRotationOptions& options = {});

struct RandomAffineOptions {
  /// Clockwise.
  Degrees degrees = 0;
  /// The most that an image moves, as a share of its width and of its height, to either side; in whole pixels.
  std::array<double, 2> translate = {0, 0};
  Range scale = {1, 1};
  /// A factor of its own for the height, where it is given: `scale` is that of the width then (not in torchvision).
  std::optional<Range> scale_y = {};
  /// Of upright lines, and of level ones.
  Degrees shear = 0;
  Degrees shear_y = 0;
  Resampling interpolation = Resampling::nearest;
  PerChannel fill = 0;
  std::optional<PicturePoint> center = {};
};
/// Rotates, moves, scales and shears an image by random numbers. A pixel of the result takes its value from the point
/// of the image that goes there; around the image is `fill`. Throws Error unless low <= high, translate is in [0, 1],
/// and scales are positive.
ImageTransform random_affine(const RandomAffineOptions& options);

struct ElasticOptions {
  /// What the smoothed field is multiplied by, in pixels.
  double alpha = 34;
  /// The Gaussian's standard deviation, in pixels.
  double sigma = 4;
  Resampling interpolation = Resampling::bilinear;
  PerChannel fill = 0;
};
/// Moves each pixel by a field of its own: uniform numbers in [-1, 1], smoothed by a Gaussian (cut off at 4 sigma,
/// mirrored at the borders), times alpha. Defaults are those of Simard, Steinkraus and Platt, "Best practices for
/// convolutional neural networks applied to visual document analysis", 2003; the alpha of torchvision's
/// ElasticTransform is twice this one. Throws Error unless alpha >= 0 and sigma > 0.
ImageTransform elastic(const ElasticOptions& options = {});

// ---------------------------------------------------------------------------------------------- definitions

namespace detail {
/// With a check of what f leaves.
ImageTransform checked_lambda(ImageTransform::Function f);
}  // namespace detail

template <class F>
requires(std::invocable<const F&, Picture&> || std::invocable<const F&, Picture&, SplitMix64&>) ImageTransform
    lambda(F f) {
  if constexpr (requires { f == nullptr; })
    if (f == nullptr) return detail::checked_lambda({});
  if constexpr (std::invocable<const F&, Picture&, SplitMix64&>)
    return detail::checked_lambda(std::move(f));
  else
    return detail::checked_lambda([f = std::move(f)](Picture& picture, SplitMix64&) { f(picture); });
}

}  // namespace xgrad::data
#pragma GCC visibility pop
