#include <doctest/doctest.h>

#include <numeric>

#include <data/mixing.hpp>
#include <data/padded.hpp>
#include <data/transform.hpp>

#include "misuse/lists.hpp"

namespace xgrad::data {

inline auto fields(ImageSize& o) {
  auto& [height, width] = o;
  return std::tie(height, width);
}
inline auto fields(PerChannel& o) {
  auto& [values] = o;
  return std::tie(values);
}
inline auto fields(Range& o) {
  auto& [low, high] = o;
  return std::tie(low, high);
}
inline auto fields(Degrees& o) {
  auto& [low, high] = o;
  return std::tie(low, high);
}
inline auto fields(Jitter& o) {
  auto& [low, high] = o;
  return std::tie(low, high);
}
inline auto fields(Margins& o) {
  auto& [left, top, right, bottom] = o;
  return std::tie(left, top, right, bottom);
}
inline auto fields(PicturePoint& o) {
  auto& [x, y] = o;
  return std::tie(x, y);
}
inline auto fields(Picture& o) {
  auto& [values, channels, height, width] = o;
  return std::tie(values, channels, height, width);
}
inline auto fields(GrayscaleOptions& o) {
  auto& [num_output_channels] = o;
  return std::tie(num_output_channels);
}
inline auto fields(ColorJitterOptions& o) {
  auto& [brightness, contrast, saturation] = o;
  return std::tie(brightness, contrast, saturation);
}
inline auto fields(PadImageOptions& o) {
  auto& [fill, padding_mode] = o;
  return std::tie(fill, padding_mode);
}
inline auto fields(RandomCropOptions& o) {
  auto& [padding, pad_if_needed, fill, padding_mode] = o;
  return std::tie(padding, pad_if_needed, fill, padding_mode);
}
inline auto fields(RandomShiftOptions& o) {
  auto& [fill] = o;
  return std::tie(fill);
}
inline auto fields(RandomErasingOptions& o) {
  auto& [p, scale, ratio, value, noise] = o;
  return std::tie(p, scale, ratio, value, noise);
}
inline auto fields(ResizeOptions& o) {
  auto& [interpolation, antialias] = o;
  return std::tie(interpolation, antialias);
}
inline auto fields(RandomRotationOptions& o) {
  auto& [interpolation, center, fill] = o;
  return std::tie(interpolation, center, fill);
}
inline auto fields(RandomAffineOptions& o) {
  auto& [degrees, translate, scale, scale_y, shear, shear_y, interpolation, fill, center] = o;
  return std::tie(degrees, translate[0], translate[1], scale, scale_y, shear, shear_y, interpolation, fill, center);
}
inline auto fields(ElasticOptions& o) {
  auto& [alpha, sigma, interpolation, fill] = o;
  return std::tie(alpha, sigma, interpolation, fill);
}
inline auto fields(MixOptions& o) {
  auto& [alpha, num_classes] = o;
  return std::tie(alpha, num_classes);
}

}  // namespace xgrad::data

namespace xgrad::test {
namespace {

using I = std::int64_t;
using data::ImageSize;

data::Picture picture(I channels = 3) {
  data::Picture made{std::vector<float>(static_cast<std::size_t>(channels * 30)), channels, 5, 6};
  std::iota(made.values.begin(), made.values.end(), 0.0F);
  return made;
}

/// The values of a picture that a transform was applied to.
Tensor applied(const data::ImageTransform& transform, data::Picture to = picture()) {
  data::SplitMix64 random(1);
  transform(to, random);
  return tensor(to.values, {to.channels, to.height, to.width});
}

/// Whether a number of pixels is one that memory can hold but a test need not.
bool is_large(I count) { return count > 1000 && count < I{1} << 60; }

data::Dataset<data::Batch> set_of(const Tensor& image, const Tensor& label) {
  return data::Dataset<data::Batch>(3, [=](I) { return data::Batch{image, label}; });
}

}  // namespace

Probes data_transform_probes() {
  using namespace data;
  const PerChannel some{1, 2, 3};
  return {
      probe(
          {"ImageTransform", "random_horizontal_flip"},
          [](const Picture& p) { return applied(random_horizontal_flip(1), p); }, picture()),
      probe(
          "Picture.channel", [](const Picture& p, I index) { return p.channel(index).size(); }, picture(), I{1}),
      probe(
          {"ImageTransform", "lambda", "compose"},
          [](const ImageTransform::Function& f) {
            return applied(compose({lambda(f), ImageTransform(f)}));
          },
          ImageTransform::Function([](Picture&, SplitMix64&) {})),
      probe(
          {"normalize", "PerChannel", "check_numbers"},
          [](const PerChannel& mean, const PerChannel& std) { return applied(normalize(mean, std)); }, some, some),
      probe(
          "grayscale",
          [](const GrayscaleOptions& o, I channels) { return applied(grayscale(o), picture(channels & 7)); },
          GrayscaleOptions{}, I{3}),
      probe(
          {"color_jitter", "Jitter"}, [](const ColorJitterOptions& o) { return applied(color_jitter(o)); },
          ColorJitterOptions{.brightness = 0.5, .contrast = 0.5, .saturation = 0.5}),
      probe(
          "center_crop",
          [](const ImageSize& size, I side) {
            if (is_large(size.height) || is_large(size.width) || is_large(side)) return Tensor();
            return applied(center_crop(size)) + sum(applied(center_crop(side)));
          },
          ImageSize{3, 9}, I{4}),
      probe(
          {"pad", "Margins"},
          [](const Margins& m, const PadImageOptions& o) {
            for (const I pixels : {m.left, m.top, m.right, m.bottom})
              if (is_large(pixels)) return Tensor();
            return applied(data::pad(m, o));
          },
          Margins(1, 2, 3, 0), PadImageOptions{.fill = some}),
      probe(
          "random_crop",
          [](const ImageSize& size, I side, const RandomCropOptions& o) {
            const Margins& m = o.padding;
            for (const I pixels : {m.left, m.top, m.right, m.bottom, size.height, size.width, side})
              if (is_large(pixels)) return Tensor();
            return applied(random_crop(size, o)) + sum(applied(random_crop(side, o)));
          },
          ImageSize{3, 7}, I{4}, RandomCropOptions{.padding = 1, .fill = some}),
      probe(
          "random_shift",
          [](const ImageSize& most, I both, const RandomShiftOptions& o) {
            return applied(random_shift(most, o)) + applied(random_shift(both, o));
          },
          ImageSize{1, 0}, I{2}, RandomShiftOptions{.fill = some}),
      probe(
          {"random_horizontal_flip", "random_vertical_flip"},
          [](double p, double q) { return applied(random_horizontal_flip(p) | random_vertical_flip(q)); }, 0.5, 0.5),
      probe(
          "random_erasing", [](const RandomErasingOptions& o) { return applied(random_erasing(o)); },
          RandomErasingOptions{.p = 1, .value = some}),
      probe(
          "resize",
          [](const ImageSize& size, I side, const ResizeOptions& o) {
            if (is_large(size.height) || is_large(size.width) || is_large(side)) return Tensor();
            return applied(data::resize(size, o)) + sum(applied(data::resize(side, o)));
          },
          ImageSize{3, 9}, I{4}, ResizeOptions{}),
      probe(
          {"random_rotation", "Degrees"},
          [](const Degrees& degrees, const RandomRotationOptions& o) { return applied(random_rotation(degrees, o)); },
          Degrees(20), RandomRotationOptions{.center = PicturePoint{1, 2}, .fill = some}),
      probe(
          "random_affine", [](const RandomAffineOptions& o) { return applied(random_affine(o)); },
          RandomAffineOptions{.degrees = 20,
                              .translate = {0.2, 0.2},
                              .scale_y = Range{0.5, 0.7},
                              .shear = 3,
                              .interpolation = Resampling::bilinear,
                              .fill = some}),
      probe(
          "elastic", [](const ElasticOptions& o) { return applied(elastic(o)); }, ElasticOptions{.fill = some}),
      probe(
          {"transformed", "random_crop", "Dataset.batch"},
          [](const Tensor& image, const Tensor& label) {
            const std::vector<I> indices{0, 2};
            return transformed(set_of(image, label), random_crop(1)).batch(indices).images;
          },
          ones({1, 2, 3}), Tensor(I{1})),
      probe(
          {"mixup", "cutmix", "Dataset.batch"},
          [](const Tensor& image, const Tensor& label, const MixOptions& o) {
            return mixup(set_of(image, label), o).all().labels + cutmix(set_of(image, label), o).all().labels;
          },
          ones({1, 2, 3}), Tensor(I{1}), MixOptions{.num_classes = 3}),
      probe(
          {"padded", "Dataset.batch"},
          [](const Tensor& first, const Tensor& second, I field, const Number& value) {
            const Dataset<Tensor> set(2, [=](I i) { return i == 0 ? first : second; });
            return std::get<0>(
                padded(set, {.padding_value = value, .fields = {static_cast<std::size_t>(field)}}).all());
          },
          ones({1, 2}), ones({3, 2}), I{0}, Number(1)),
  };
}

TEST_CASE("transforms, mixtures and padding stand wrong calls") { run(data_transform_probes()); }

}  // namespace xgrad::test
