#include <apps/mnist/augment.hpp>

#include <cmath>
#include <numbers>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <autograd/error.hpp>
#include <data/transform.hpp>

namespace xgrad::apps {

const std::vector<std::string>& augmentations() {
  static const std::vector<std::string> names{"none", "affine", "elastic", "flip"};
  return names;
}

data::Dataset<data::Batch> augmented(const data::ImageDataset& images, std::string_view augmentation) {
  if (augmentation == "none") return images;
  const data::ImageTransform affine = data::random_affine({.degrees = 10,
                                                           .translate = {2.0 / 28, 2.0 / 28},
                                                           .scale = {0.9, 1.1},
                                                           .scale_y = data::Range{0.9, 1.1},
                                                           .shear = std::atan(0.1) * 180 / std::numbers::pi,
                                                           .interpolation = data::Resampling::bilinear});
  if (augmentation == "affine") return data::transformed(images, affine);
  if (augmentation == "elastic") return data::transformed(images, affine | data::elastic({.alpha = 20}));
  if (augmentation == "flip")
    return data::transformed(
        images, data::random_shift(2) | data::random_horizontal_flip() | data::random_erasing({.scale = {0.02, 0.2}}));
  fail("augment", fmt::format("'{}'; expected one of {}", augmentation, fmt::join(augmentations(), ", ")));
}

}  // namespace xgrad::apps
