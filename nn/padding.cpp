#include <nn/padding.hpp>

#include <utility>

#include <fmt/format.h>

#include <autograd/ops.hpp>

namespace xgrad::nn {
namespace {

std::string tuple(const std::vector<std::int64_t>& numbers) {
  std::string text;
  for (const std::int64_t number : numbers) text += fmt::format("{}{}", text.empty() ? "" : ", ", number);
  return "(" + text + ")";
}

}  // namespace

PaddingLayer::PaddingLayer(std::string type_name, int axes, std::vector<std::int64_t> padding, PadOptions options)
    : Module(std::move(type_name)), axes_(axes), padding_(std::move(padding)), options_(options) {
  if (padding_.size() != 2 * static_cast<std::size_t>(axes)) {
    refuse(
        fmt::format("padding is {}; one number, or {} (two for each axis) were expected", tuple(padding_), 2 * axes));
  }
}

Tensor PaddingLayer::forward(const Tensor& x) const {
  const char* const extents = axes_ == 1 ? "L" : axes_ == 2 ? "H, W" : "D, H, W";
  if (x.rank() != axes_ + 1 && x.rank() != axes_ + 2) {
    refuse(fmt::format("the input has shape {0}; (N, C, {1}) or (C, {1}) was expected", to_string(x.shape()), extents));
  }
  std::vector<std::pair<std::int64_t, std::int64_t>> pads(x.shape().size());
  for (std::size_t i = 0; 2 * i < padding_.size(); ++i)
    pads[pads.size() - 1 - i] = {padding_[2 * i], padding_[2 * i + 1]};
  return pad(x, pads, options_);
}

std::string PaddingLayer::arguments() const {
  if (!type_name().starts_with("Constant")) return tuple(padding_);
  return fmt::format("padding={}, value={}", tuple(padding_), options_.value.text());
}

}  // namespace xgrad::nn
