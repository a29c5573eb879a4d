#include <apps/mnist/predict.hpp>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <apps/common/image.hpp>
#include <apps/common/output.hpp>
#include <apps/mnist/evaluate.hpp>
#include <autograd/error.hpp>
#include <autograd/ops.hpp>

namespace xgrad::apps {

namespace {

constexpr std::int64_t side = 28;

/// Less of a difference between ink and background than any pen makes.
constexpr double least_contrast = 0.1;

/// The image with light ink on dark.
GreyImage with_light_ink(const Picture& picture, Ink ink) {
  const bool drawn_dark = !picture.opaque() && picture.visible_mean() < 0.5;
  return ink == Ink::dark || drawn_dark ? inverted(picture.on_white()) : picture.on_black;
}

}  // namespace

Sample read_sample(const std::filesystem::path& path, Ink ink) {
  const std::string name = path.string();
  GreyImage image = with_light_ink(read_image(path), ink);
  bool blank = contrast(image) < least_contrast;
  if (image.height != side || image.width != side) {
    note(fmt::format("note: {} has {}x{} pixels, not {}x{}; it is scaled to fit\n", name, image.width, image.height,
                     side, side));
    image = fit_square(image, side);
    blank = blank || contrast(image) < least_contrast;  // a speck that scaling has spread too thin
  }
  if (blank)
    note(fmt::format("note: {} is blank: nothing stands out from its background\n", name));
  else if (mean(image) > 0.5)
    note(fmt::format("note: {} is mostly {}; the model knows light ink on dark: {} --invert\n", name,
                     ink == Ink::dark ? "dark" : "light", ink == Ink::dark ? "try without" : "try"));
  return {name, std::move(image.pixels), blank};
}

Sample sample_of(const data::ImageDataset& images, std::int64_t index) {
  const std::int64_t indices[] = {index};
  return {fmt::format("test image {} (a {})", index, images.label(index)),
          images.batch(indices).images.to_vector<float>()};
}

std::int64_t Prediction::digit() const { return std::ranges::max_element(probabilities) - probabilities.begin(); }

std::vector<Prediction> predict(nn::Sequential& model, const std::vector<Sample>& samples) {
  std::vector<float> pixels;
  for (const Sample& sample : samples) pixels.insert(pixels.end(), sample.pixels.begin(), sample.pixels.end());
  const Tensor x = tensor(std::span<const float>(pixels), {static_cast<std::int64_t>(samples.size()), side * side});
  const Tensor probabilities = softmax(model(x));
  const auto classes = static_cast<std::size_t>(probabilities.size(1));
  std::vector<Prediction> predictions;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto row = probabilities.data<float>().subspan(i * classes, classes);
    if (!std::ranges::all_of(row, [](float probability) { return std::isfinite(probability); }))
      fail("predict",
           fmt::format("the model's outputs for {} are not finite; expected the model of a training that has "
                       "not diverged",
                       samples[i].name));
    Prediction& prediction = predictions.emplace_back(Prediction{samples[i].name, {}});
    if (!samples[i].blank) prediction.probabilities.assign(row.begin(), row.end());
  }
  return predictions;
}

Table predictions_table(const std::vector<Prediction>& predictions) {
  std::vector<std::string> columns = {"image", "digit"};
  for (std::size_t digit = 0; digit < digits; ++digit) columns.push_back(fmt::format("p({})", digit));
  Table table(columns);
  for (const Prediction& prediction : predictions) {
    std::vector<std::string> cells = {prediction.name,
                                      prediction.blank() ? "blank" : std::to_string(prediction.digit())};
    for (const float probability : prediction.probabilities) cells.push_back(fmt::format("{:.3f}", probability));
    cells.resize(columns.size(), "–");
    table.add(cells);
  }
  return table;
}

std::string drawing(const Sample& sample) {
  constexpr std::string_view shades = " .:-=+*#%@";
  std::string text;
  for (std::int64_t row = 0; row < side; row += 2) {
    for (std::int64_t column = 0; column < side; ++column) {
      const auto at = static_cast<std::size_t>(row * side + column);
      const float ink = (sample.pixels[at] + sample.pixels[at + side]) / 2;
      text += shades[static_cast<std::size_t>(std::clamp(ink, 0.0F, 1.0F) * 9.5F)];
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  return text;
}

}  // namespace xgrad::apps
