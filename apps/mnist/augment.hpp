#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <data/image_dataset.hpp>

namespace xgrad::apps {

/// How training images may be changed at random: "none"; "affine", which rotates by up to 10 degrees, moves by up to
/// two pixels, and scales width, height and upright lines' slope by up to a tenth; "elastic", which bends each in a way
/// of its own, too; "flip", for pictures of things, which moves by up to two pixels, mirrors half of them and blackens
/// a rectangle of half of them.
const std::vector<std::string>& augmentations();

/// The images, each changed by its own random numbers, those of its seed, epoch and index. Throws Error on a name that
/// is none of augmentations().
data::Dataset<data::Batch> augmented(const data::ImageDataset& images, std::string_view augmentation);

}  // namespace xgrad::apps
