#include <algorithm>
#include <cmath>
#include <numbers>
#include <xsimd/xsimd.hpp>

#include <fmt/format.h>

#include <data/sample.hpp>
#include <data/transform.hpp>
#include <data/warp.hpp>

// Transforms that move points: rotations, affine ones, and elastic ones.
namespace xgrad::data {
namespace {

double radians(double degrees) { return degrees * (std::numbers::pi / 180); }

double draw(SplitMix64& random, const Range& range) { return random.uniform(range.low, range.high); }
double draw(SplitMix64& random, const Degrees& range) { return radians(random.uniform(range.low, range.high)); }

/// Where a pixel of the result comes from, relative to the center: rows of a matrix.
struct Inverse {
  double xx = 1, xy = 0, yx = 0, yy = 1;
};

void apply(const char* where, Picture& picture, const Inverse& inverse, double right, double down,
           const std::optional<PicturePoint>& given_center, Resampling interpolation, const std::vector<double>& fill) {
  static thread_local std::vector<float> x, y;
  detail::reserve(where, x, 1, picture.height, picture.width);
  detail::reserve(where, y, 1, picture.height, picture.width);
  const double middle_x = static_cast<double>(picture.width - 1) / 2;
  const double middle_y = static_cast<double>(picture.height - 1) / 2;
  // The corner of an image, from which a given center counts, is half a pixel off the first pixel's.
  const double center_x = given_center ? given_center->x - 0.5 : middle_x;
  const double center_y = given_center ? given_center->y - 0.5 : middle_y;
  const float step_x = static_cast<float>(inverse.xx), step_y = static_cast<float>(inverse.yx);
  float *to_x = x.data(), *to_y = y.data();
  const auto width = static_cast<std::int32_t>(picture.width);
  for (std::int64_t row = 0; row < picture.height; ++row, to_x += width, to_y += width) {
    const double across = -center_x - right, along = static_cast<double>(row) - center_y - down;
    const float first_x = static_cast<float>(inverse.xx * across + inverse.xy * along + center_x);
    const float first_y = static_cast<float>(inverse.yx * across + inverse.yy * along + center_y);
    for (std::int32_t column = 0; column < width; ++column) {
      to_x[column] = first_x + step_x * static_cast<float>(column);
      to_y[column] = first_y + step_y * static_cast<float>(column);
    }
  }
  detail::warp(where, picture, interpolation, fill, x, y);
}

/// Adds the column and the row of each pixel.
void add_places(std::span<float> x, std::span<float> y, std::int64_t height, std::int64_t width) {
  float *column_of = x.data(), *row_of = y.data();
  for (std::int64_t row = 0; row < height; ++row, column_of += width, row_of += width)
    for (std::int32_t column = 0; column < static_cast<std::int32_t>(width); ++column) {
      column_of[column] += static_cast<float>(column);
      row_of[column] += static_cast<float>(row);
    }
}

void check_center(const char* where, const std::optional<PicturePoint>& center) {
  if (center && !(std::isfinite(center->x) && std::isfinite(center->y)))
    fail(where, fmt::format("center is ({}, {}); expected finite numbers", center->x, center->y));
}

void check_scale(const char* what, const Range& scale) {
  detail::check_range("random_affine", what, scale.low, scale.high);
  if (scale.low <= 0) fail("random_affine", fmt::format("{} is from {} on; expected more than 0", what, scale.low));
}

using Floats = xsimd::batch<float>;

/// Smooths along an axis by a Gaussian: a square matrix whose row k says where value k goes. Rows are `stride` apart
/// and end with zeros.
class Smoothing {
 public:
  static constexpr std::int64_t tile = 2 * Floats::size;

  void prepare(std::int64_t extent, double sigma) {
    if (extent == extent_ && sigma == sigma_) return;
    extent_ = extent;
    sigma_ = sigma;
    reach_ = static_cast<std::int64_t>(std::ceil(4 * sigma));
    std::vector<double> weights(static_cast<std::size_t>(reach_) + 1);
    double sum = 0;
    for (std::int64_t d = 0; d <= reach_; ++d) {
      const double distance = static_cast<double>(d) / sigma;
      weights[static_cast<std::size_t>(d)] = std::exp(-0.5 * distance * distance);
      sum += (d == 0 ? 1 : 2) * weights[static_cast<std::size_t>(d)];
    }
    matrix_.assign(static_cast<std::size_t>(extent * stride()), 0.0F);
    for (std::int64_t to = 0; to < extent; ++to)
      for (std::int64_t d = -reach_; d <= reach_; ++d)
        matrix_[static_cast<std::size_t>(mirrored(to + d) * stride() + to)] +=
            static_cast<float>(weights[static_cast<std::size_t>(std::abs(d))] / sum);
  }

  std::int64_t stride() const { return (extent_ + tile - 1) / tile * tile; }
  const float* matrix() const { return matrix_.data(); }
  /// The values that reach the places from begin to end.
  std::pair<std::int64_t, std::int64_t> band(std::int64_t begin, std::int64_t end) const {
    return {std::max<std::int64_t>(begin - reach_, 0), std::min(end + reach_, extent_)};
  }

 private:
  std::int64_t mirrored(std::int64_t place) const {
    if (extent_ == 1) return 0;
    const std::int64_t period = 2 * (extent_ - 1);
    const std::int64_t rest = (place % period + period) % period;
    return rest < extent_ ? rest : period - rest;
  }

  std::int64_t extent_ = 0;
  double sigma_ = 0;
  std::int64_t reach_ = 0;
  std::vector<float> matrix_;
};

/// A tile of a product of matrices: out[r][j] = sum over k in [begin, end) of a[r * a_row + k * a_step] b[k * stride +
/// j].
template <int rows>
void multiply_tile(float* out, const float* a, std::int64_t a_row, std::int64_t a_step, const float* b,
                   std::int64_t stride, std::pair<std::int64_t, std::int64_t> band) {
  Floats left[rows], right[rows];
  for (int r = 0; r < rows; ++r) left[r] = right[r] = Floats(0.0F);
  for (std::int64_t k = band.first; k < band.second; ++k) {
    const Floats first = Floats::load_unaligned(b + k * stride);
    const Floats second = Floats::load_unaligned(b + k * stride + Floats::size);
    for (int r = 0; r < rows; ++r) {
      const Floats factor(a[r * a_row + k * a_step]);
      left[r] += factor * first;
      right[r] += factor * second;
    }
  }
  for (int r = 0; r < rows; ++r) {
    left[r].store_unaligned(out + r * stride);
    right[r].store_unaligned(out + r * stride + Floats::size);
  }
}

/// Smooths a field of so many rows along both axes; rows are across.stride() apart.
void smooth(float* field, float* half, std::int64_t rows, const Smoothing& across, const Smoothing& along) {
  const std::int64_t stride = across.stride();
  const auto each_tile = [&](auto&& multiply) {
    for (std::int64_t j = 0; j < stride; j += Smoothing::tile) {
      std::int64_t i = 0;
      for (; i + 4 <= rows; i += 4) multiply(std::integral_constant<int, 4>(), i, j);
      for (; i < rows; ++i) multiply(std::integral_constant<int, 1>(), i, j);
    }
  };
  each_tile([&](auto count, std::int64_t i, std::int64_t j) {
    multiply_tile<count>(half + i * stride + j, field + i * stride, stride, 1, across.matrix() + j, stride,
                         across.band(j, j + Smoothing::tile));
  });
  each_tile([&](auto count, std::int64_t i, std::int64_t j) {
    multiply_tile<count>(field + i * stride + j, along.matrix() + i, 1, along.stride(), half + j, stride,
                         along.band(i, i + count));
  });
}

/// Uniform numbers in (-1, 1), four from each draw.
void draw_noise(SplitMix64& random, std::span<float> values) {
  for (std::size_t i = 0; i < values.size();) {
    std::uint64_t bits = random();
    for (int part = 0; part < 4 && i < values.size(); ++part, bits >>= 16)
      values[i++] = (static_cast<float>(static_cast<std::int32_t>(bits & 0xffff)) + 0.5F) * 0x1p-15F - 1.0F;
  }
}

}  // namespace

ImageTransform random_rotation(const Degrees& degrees, const RandomRotationOptions& options) {
  constexpr const char* where = "random_rotation";
  detail::check_range(where, "degrees", degrees.low, degrees.high);
  detail::check_resampling(where, options.interpolation);
  detail::check_numbers(where, "fill", options.fill.values);
  check_center(where, options.center);
  return ImageTransform([=](Picture& picture, SplitMix64& random) {
    const double angle = draw(random, degrees), c = std::cos(angle), s = std::sin(angle);
    apply(where, picture, {.xx = c, .xy = -s, .yx = s, .yy = c}, 0, 0, options.center, options.interpolation,
          options.fill.values);
  });
}

ImageTransform random_affine(const RandomAffineOptions& options) {
  constexpr const char* where = "random_affine";
  detail::check_range(where, "degrees", options.degrees.low, options.degrees.high);
  detail::check_range(where, "shear", options.shear.low, options.shear.high);
  detail::check_range(where, "shear_y", options.shear_y.low, options.shear_y.high);
  check_scale("scale", options.scale);
  if (options.scale_y) check_scale("scale_y", *options.scale_y);
  for (const double share : options.translate)
    if (!(share >= 0 && share <= 1))
      fail(where, fmt::format("translate is ({}, {}); expected numbers from 0 to 1", options.translate[0],
                              options.translate[1]));
  detail::check_resampling(where, options.interpolation);
  detail::check_numbers(where, "fill", options.fill.values);
  check_center(where, options.center);
  return ImageTransform([=](Picture& picture, SplitMix64& random) {
    const double angle = draw(random, options.degrees);
    const auto moved = [&](double share, std::int64_t extent) {
      const double most = share * static_cast<double>(extent);
      return std::nearbyint(random.uniform(-most, most));
    };
    const double right = moved(options.translate[0], picture.width);
    const double down = moved(options.translate[1], picture.height);
    const double scale_x = draw(random, options.scale);
    const double scale_y = options.scale_y ? draw(random, *options.scale_y) : scale_x;
    const double shear_x = draw(random, options.shear), shear_y = draw(random, options.shear_y);
    // The image is sheared and scaled, rotated, then moved; torchvision's matrix, and its inverse.
    const double a = std::cos(angle - shear_y) / std::cos(shear_y);
    const double b = -a * std::tan(shear_x) - std::sin(angle);
    const double c = std::sin(angle - shear_y) / std::cos(shear_y);
    const double d = -c * std::tan(shear_x) + std::cos(angle);
    const double determinant = a * d - b * c;
    apply(where, picture,
          {.xx = d / determinant / scale_x,
           .xy = -b / determinant / scale_x,
           .yx = -c / determinant / scale_y,
           .yy = a / determinant / scale_y},
          right, down, options.center, options.interpolation, options.fill.values);
  });
}

ImageTransform elastic(const ElasticOptions& options) {
  constexpr const char* where = "elastic";
  if (!(options.alpha >= 0 && std::isfinite(options.alpha)))
    fail(where, fmt::format("alpha is {}; expected a finite number of 0 or more", options.alpha));
  if (!(options.sigma > 0 && options.sigma <= 1000))
    fail(where, fmt::format("sigma is {}; expected more than 0, and at most 1000", options.sigma));
  detail::check_resampling(where, options.interpolation);
  detail::check_numbers(where, "fill", options.fill.values);
  return ImageTransform([=](Picture& picture, SplitMix64& random) {
    static thread_local std::vector<float> field, half, x, y;
    static thread_local Smoothing across, along;
    constexpr std::int64_t most = 1 << 12;
    const std::int64_t h = picture.height, w = picture.width;
    if (h > most || w > most)
      fail(where,
           fmt::format("an image of {}; expected at most {}x{} pixels", detail::extents_of(picture), most, most));
    across.prepare(w, options.sigma);
    along.prepare(h, options.sigma);
    const std::int64_t stride = across.stride();
    for (std::vector<float>* values : {&field, &half}) detail::reserve(where, *values, 1, h, stride);
    for (std::vector<float>* values : {&x, &y}) detail::reserve(where, *values, 1, h, w);
    const float alpha = static_cast<float>(options.alpha);
    for (float* places : {x.data(), y.data()}) {
      draw_noise(random, field);
      smooth(field.data(), half.data(), h, across, along);
      for (std::int64_t row = 0; row < h; ++row)
        std::transform(field.data() + row * stride, field.data() + row * stride + w, places + row * w,
                       [=](float moved) { return alpha * moved; });
    }
    add_places(x, y, h, w);
    detail::warp(where, picture, options.interpolation, options.fill.values, x, y);
  });
}

}  // namespace xgrad::data
