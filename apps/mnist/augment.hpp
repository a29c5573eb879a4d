#pragma once

#include <autograd/random.hpp>
#include <autograd/tensor.hpp>

namespace xgrad::apps {

/// How far images are moved at random, each by its own numbers.
struct Augmentation {
  double degrees = 10;  ///< rotation, to either side
  double shear = 0.1;   ///< of an upright line, by so much of its height
  double scale = 0.1;   ///< in width and in height, by up to so much of it
  double shift = 2;     ///< in pixels
};

/// Images (n, 784), each rotated, sheared, scaled and shifted by uniform numbers of the generator; bilinear, with zeros
/// around. On no tape.
Tensor augmented(const Tensor& images, const Augmentation& augmentation, Generator& generator);

}  // namespace xgrad::apps
