#include <nn/rearrange.hpp>

#include <utility>

#include <fmt/format.h>

#include <autograd/ops.hpp>

namespace xgrad::nn {
namespace {

/// "2", or "(2, 3)" where the numbers differ.
std::string text_of(const Pair& pair) {
  return pair.height == pair.width ? std::to_string(pair.height) : to_string(pair);
}

std::string text_of(const UnfoldOptions& options) {
  return fmt::format("dilation={}, padding={}, stride={}", text_of(options.dilation), text_of(options.padding),
                     text_of(options.stride));
}

/// "" where both numbers are positive, else a text that says what is wrong.
std::string mistake(const char* name, const Pair& pair) {
  if (pair.height > 0 && pair.width > 0) return "";
  return fmt::format("{} is {}; it must be positive", name, to_string(pair));
}

std::string mistake(const char* name, std::int64_t number) {
  return number > 0 ? "" : fmt::format("{} is {}; it must be positive", name, number);
}

/// A number as Python writes it: 2.0, 1.5.
std::string as_float(double number) {
  const std::string text = fmt::format("{}", number);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

std::string text_of(const std::vector<std::string>& numbers) {
  return numbers.size() == 1 ? numbers[0] : fmt::format("({})", fmt::join(numbers, ", "));
}

const char* text_of(InterpolationMode mode) {
  switch (mode) {
    case InterpolationMode::nearest:
      return "nearest";
    case InterpolationMode::linear:
      return "linear";
    case InterpolationMode::bilinear:
      return "bilinear";
    case InterpolationMode::bicubic:
      return "bicubic";
    case InterpolationMode::trilinear:
      return "trilinear";
    case InterpolationMode::area:
      return "area";
    case InterpolationMode::nearest_exact:
      return "nearest-exact";
  }
  return "?";
}

}  // namespace

Unfold::Unfold(const Pair& kernel_size, const UnfoldOptions& options)
    : Module("Unfold"), kernel_size_(kernel_size), options_(options) {
  if (const std::string wrong = mistake("kernel_size", kernel_size); !wrong.empty()) refuse(wrong);
}

Tensor Unfold::forward(const Tensor& x) const { return unfold(x, kernel_size_, options_); }

std::string Unfold::arguments() const {
  return fmt::format("kernel_size={}, {}", text_of(kernel_size_), text_of(options_));
}

Fold::Fold(const Pair& output_size, const Pair& kernel_size, const UnfoldOptions& options)
    : Module("Fold"), output_size_(output_size), kernel_size_(kernel_size), options_(options) {
  if (const std::string wrong = mistake("kernel_size", kernel_size); !wrong.empty()) refuse(wrong);
}

Tensor Fold::forward(const Tensor& x) const { return fold(x, output_size_, kernel_size_, options_); }

std::string Fold::arguments() const {
  return fmt::format("output_size={}, kernel_size={}, {}", text_of(output_size_), text_of(kernel_size_),
                     text_of(options_));
}

PixelShuffle::PixelShuffle(std::int64_t upscale_factor) : Module("PixelShuffle"), upscale_factor_(upscale_factor) {
  if (const std::string wrong = mistake("upscale_factor", upscale_factor); !wrong.empty()) refuse(wrong);
}

Tensor PixelShuffle::forward(const Tensor& x) const { return pixel_shuffle(x, upscale_factor_); }

std::string PixelShuffle::arguments() const { return fmt::format("upscale_factor={}", upscale_factor_); }

PixelUnshuffle::PixelUnshuffle(std::int64_t downscale_factor)
    : Module("PixelUnshuffle"), downscale_factor_(downscale_factor) {
  if (const std::string wrong = mistake("downscale_factor", downscale_factor); !wrong.empty()) refuse(wrong);
}

Tensor PixelUnshuffle::forward(const Tensor& x) const { return pixel_unshuffle(x, downscale_factor_); }

std::string PixelUnshuffle::arguments() const { return fmt::format("downscale_factor={}", downscale_factor_); }

ChannelShuffle::ChannelShuffle(std::int64_t groups) : Module("ChannelShuffle"), groups_(groups) {
  if (const std::string wrong = mistake("groups", groups); !wrong.empty()) refuse(wrong);
}

Tensor ChannelShuffle::forward(const Tensor& x) const { return channel_shuffle(x, groups_); }

std::string ChannelShuffle::arguments() const { return fmt::format("groups={}", groups_); }

Upsample::Upsample(std::string type_name, const InterpolateOptions& options)
    : Module(std::move(type_name)), options_(options) {
  if (options.size.empty() == options.scale_factor.empty()) {
    refuse(options.size.empty() ? "neither size nor scale_factor is given; one of them was expected"
                                : "size and scale_factor are both given; one of them was expected");
  }
}

Tensor Upsample::forward(const Tensor& x) const { return interpolate(x, options_); }

std::string Upsample::arguments() const {
  std::vector<std::string> numbers;
  for (const std::int64_t extent : options_.size) numbers.push_back(std::to_string(extent));
  for (const double factor : options_.scale_factor) numbers.push_back(as_float(factor));
  return fmt::format("{}={}, mode={}", options_.size.empty() ? "scale_factor" : "size", text_of(numbers),
                     text_of(options_.mode));
}

}  // namespace xgrad::nn
