#include <data/picture.hpp>

#include <fmt/format.h>

#include <autograd/error.hpp>

namespace xgrad::data {
namespace {

void check_channel(const Picture& picture, std::int64_t index) {
  if (index < 0 || index >= picture.channels)
    fail("Picture.channel",
         fmt::format("channel {} of {}; expected 0 <= channel < {}", index, picture.channels, picture.channels));
  if (!picture.complete())
    fail("Picture.channel", fmt::format("{} values for a picture of {}x{}x{}", picture.values.size(), picture.channels,
                                        picture.height, picture.width));
}

}  // namespace

bool Picture::complete() const noexcept {
  if (channels < 0 || height < 0 || width < 0) return false;
  // Products that a double rounds are larger than any number of values.
  const double wanted = static_cast<double>(channels) * static_cast<double>(height) * static_cast<double>(width);
  return wanted == static_cast<double>(values.size());
}

std::span<float> Picture::channel(std::int64_t index) {
  check_channel(*this, index);
  return std::span(values).subspan(static_cast<std::size_t>(index * pixels()), static_cast<std::size_t>(pixels()));
}

std::span<const float> Picture::channel(std::int64_t index) const {
  check_channel(*this, index);
  return std::span(values).subspan(static_cast<std::size_t>(index * pixels()), static_cast<std::size_t>(pixels()));
}

}  // namespace xgrad::data
