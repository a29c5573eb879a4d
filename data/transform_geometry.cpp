#include <algorithm>
#include <cmath>
#include <numbers>

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
  std::size_t i = 0;
  for (std::int64_t row = 0; row < picture.height; ++row) {
    const double across = -center_x - right, along = static_cast<double>(row) - center_y - down;
    const float first_x = static_cast<float>(inverse.xx * across + inverse.xy * along + center_x);
    const float first_y = static_cast<float>(inverse.yx * across + inverse.yy * along + center_y);
    for (std::int32_t column = 0; column < static_cast<std::int32_t>(picture.width); ++column, ++i) {
      x[i] = first_x + step_x * static_cast<float>(column);
      y[i] = first_y + step_y * static_cast<float>(column);
    }
  }
  detail::warp(where, picture, interpolation, fill, x, y);
}

void check_center(const char* where, const std::optional<PicturePoint>& center) {
  if (center && !(std::isfinite(center->x) && std::isfinite(center->y)))
    fail(where, fmt::format("center is ({}, {}); expected finite numbers", center->x, center->y));
}

void check_scale(const char* what, const Range& scale) {
  detail::check_range("random_affine", what, scale.low, scale.high);
  if (scale.low <= 0) fail("random_affine", fmt::format("{} is from {} on; expected more than 0", what, scale.low));
}

/// Smooths along an axis of an extent by a Gaussian: values times a matrix, whose row k says where value k goes.
class Smoothing {
 public:
  void prepare(std::int64_t extent, double sigma) {
    if (extent == extent_ && sigma == sigma_) return;
    extent_ = extent;
    sigma_ = sigma;
    reach_ = static_cast<std::int64_t>(std::min(std::ceil(4 * sigma), 1e6));
    std::vector<double> weights(static_cast<std::size_t>(reach_) + 1);
    double sum = 0;
    for (std::int64_t d = 0; d <= reach_; ++d) {
      const double distance = static_cast<double>(d) / sigma;
      weights[static_cast<std::size_t>(d)] = std::exp(-0.5 * distance * distance);
      sum += (d == 0 ? 1 : 2) * weights[static_cast<std::size_t>(d)];
    }
    std::vector<double> matrix(static_cast<std::size_t>(extent * extent));
    for (std::int64_t to = 0; to < extent; ++to)
      for (std::int64_t d = -reach_; d <= reach_; ++d)
        matrix[static_cast<std::size_t>(mirrored(to + d) * extent + to)] +=
            weights[static_cast<std::size_t>(std::abs(d))] / sum;
    matrix_.assign(matrix.begin(), matrix.end());
  }

  /// Column `to` of the matrix's row `from`.
  float weight(std::int64_t from, std::int64_t to) const {
    return matrix_[static_cast<std::size_t>(from * extent_ + to)];
  }
  const float* row(std::int64_t from) const { return matrix_.data() + from * extent_; }

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

/// sum += a[0] rows[0] + ... + a[3] rows[3], where rows are `stride` apart.
void add_four(float* sum, const float* rows, std::int64_t stride, const float* a, std::int64_t a_stride,
              std::int64_t count) {
  const float a0 = a[0], a1 = a[a_stride], a2 = a[2 * a_stride], a3 = a[3 * a_stride];
  const float *first = rows, *second = rows + stride, *third = second + stride, *fourth = third + stride;
  for (std::int64_t j = 0; j < count; ++j)
    sum[j] += (a0 * first[j] + a1 * second[j]) + (a2 * third[j] + a3 * fourth[j]);
}

/// out (m, n) = a (m, k) times b (k, n), where element (i, l) of a is a[i * a_row + l * a_column].
void multiply(float* out, const float* a, std::int64_t a_row, std::int64_t a_column, const float* b, std::int64_t m,
              std::int64_t k, std::int64_t n) {
  for (std::int64_t i = 0; i < m; ++i) {
    float* sum = out + i * n;
    std::fill_n(sum, n, 0.0F);
    std::int64_t l = 0;
    for (; l + 4 <= k; l += 4) add_four(sum, b + l * n, n, a + i * a_row + l * a_column, a_column, n);
    for (; l < k; ++l) {
      const float factor = a[i * a_row + l * a_column];
      for (std::int64_t j = 0; j < n; ++j) sum[j] += factor * b[l * n + j];
    }
  }
}

/// Uniform numbers in (-1, 1), four from each draw.
void draw_noise(SplitMix64& random, std::span<float> values) {
  std::size_t i = 0;
  while (i < values.size()) {
    std::uint64_t bits = random();
    for (int part = 0; part < 4 && i < values.size(); ++part, bits >>= 16)
      values[i++] = (static_cast<float>(bits & 0xffff) + 0.5F) * 0x1p-15F - 1.0F;
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
    static thread_local std::vector<float> noise, half, x, y;
    static thread_local Smoothing across, along;
    constexpr std::int64_t most = 1 << 13;
    const std::int64_t h = picture.height, w = picture.width;
    if (h > most || w > most)
      fail(where,
           fmt::format("an image of {}; expected at most {}x{} pixels", detail::extents_of(picture), most, most));
    for (std::vector<float>* values : {&noise, &half, &x, &y}) detail::reserve(where, *values, 1, h, w);
    across.prepare(w, options.sigma);
    along.prepare(h, options.sigma);
    const float alpha = static_cast<float>(options.alpha);
    for (std::vector<float>* field : {&x, &y}) {
      draw_noise(random, noise);
      multiply(half.data(), noise.data(), w, 1, across.row(0), h, w, w);
      multiply(field->data(), along.row(0), 1, h, half.data(), h, h, w);
    }
    std::size_t i = 0;
    for (std::int32_t row = 0; row < static_cast<std::int32_t>(h); ++row)
      for (std::int32_t column = 0; column < static_cast<std::int32_t>(w); ++column, ++i) {
        x[i] = static_cast<float>(column) + alpha * x[i];
        y[i] = static_cast<float>(row) + alpha * y[i];
      }
    detail::warp(where, picture, options.interpolation, options.fill.values, x, y);
  });
}

}  // namespace xgrad::data
