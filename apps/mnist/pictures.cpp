#include <apps/mnist/pictures.hpp>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <apps/common/tiles.hpp>
#include <apps/mnist/augment.hpp>
#include <autograd/ops.hpp>
#include <data/loader.hpp>
#include <data/transform.hpp>

namespace xgrad::apps {

namespace {

constexpr std::int64_t side = 28, pixels = side * side;

std::vector<float> row_of(const Tensor& rows, std::int64_t i, std::int64_t length) {
  const auto all = rows.data<float>();
  const auto from = all.begin() + i * length;
  return {from, from + length};
}

}  // namespace

void save_augmentation(const std::filesystem::path& folder, const data::ImageDataset& images, const Config& config) {
  constexpr std::int64_t shown = 10, times = 4;
  TileGrid grid{.title = fmt::format("Training images, and the same with --augment {}", config.augment),
                .height = side,
                .width = side,
                .columns = shown,
                .tiles = {}};
  const data::ImageDataset first = images.subset(0, std::min(shown, images.size()));
  const auto add = [&](const data::Batch& batch) {
    for (std::int64_t i = 0; i < first.size(); ++i) grid.tiles.push_back({row_of(batch.images, i, pixels)});
  };
  add(first.all());
  if (config.augment != "none") {
    data::Loader loader(augmented(first, config.augment), {.batch_size = shown, .seed = config.seed});
    for (std::int64_t time = 0; time < times; ++time)  // each epoch changes them in another way
      for (const data::Batch& batch : loader) add(batch);
  }
  save_tiles(folder / "augmentation", grid);
}

void save_first_layer(const std::filesystem::path& folder, const nn::Sequential& model) {
  for (const auto& [name, parameter] : model.named_parameters()) {
    const Tensor weight = parameter.value().to(float32);
    const bool linear = weight.rank() == 2 && weight.size(1) == pixels;
    const bool convolution = weight.rank() == 4 && weight.size(1) == 1;
    if (!linear && !convolution) continue;
    constexpr std::int64_t most = 100;
    const std::int64_t height = linear ? side : weight.size(2), width = linear ? side : weight.size(3);
    const double largest = max(abs(weight)).item();
    TileGrid grid{.title = fmt::format("{}: blue negative, red positive, up to {:.2g}", name, largest),
                  .height = height,
                  .width = width,
                  .range = {-largest, largest > 0 ? largest : 1},
                  .colours = TileColours::diverging,
                  .columns = convolution && weight.size(0) < 20 ? 8 : 10,
                  .tiles = {}};
    for (std::int64_t i = 0; i < std::min(most, weight.size(0)); ++i)
      grid.tiles.push_back({row_of(weight, i, height * width)});
    return save_tiles(folder / "first-layer", grid);
  }
}

void save_confusion(const std::filesystem::path& folder, const Performance& performance) {
  std::vector<std::vector<std::int64_t>> counts;
  for (const auto& row : performance.confusion) counts.emplace_back(row.begin(), row.end());
  save_confusion(
      folder / "confusion",
      fmt::format("{} of {} right, {:.2f} %", performance.correct, performance.images, 100 * performance.accuracy()),
      counts);
}

void save_misclassified(const std::filesystem::path& folder, nn::Sequential& model, const data::ImageDataset& images) {
  struct Mistake {
    std::int64_t index, label, prediction;
    float probability;  // of the label
  };
  std::vector<Mistake> mistakes;
  std::int64_t at = 0;
  for (const auto& [x, y] : data::Loader(images, {.batch_size = 1000})) {
    const Tensor probabilities = softmax(model(x), 1), predictions = argmax(probabilities, 1);
    eval({probabilities, predictions});
    for (std::int64_t i = 0; i < y.size(0); ++i, ++at) {
      const std::int64_t label = y.data<std::int64_t>()[static_cast<std::size_t>(i)];
      const std::int64_t prediction = predictions.data<std::int64_t>()[static_cast<std::size_t>(i)];
      const auto place = static_cast<std::size_t>(i * probabilities.size(1) + label);
      if (label != prediction) mistakes.push_back({at, label, prediction, probabilities.data<float>()[place]});
    }
  }
  if (mistakes.empty()) return;
  std::ranges::stable_sort(mistakes, {}, &Mistake::probability);
  constexpr std::size_t most = 60;
  TileGrid grid{.title = fmt::format("{} of {} images are misclassified; {}", mistakes.size(), images.size(),
                                     mistakes.size() > most ? fmt::format("the {} worst", most) : "worst first"),
                .height = side,
                .width = side,
                .tiles = {}};
  mistakes.resize(std::min(most, mistakes.size()));
  for (const Mistake& mistake : mistakes) {
    const std::int64_t index[] = {mistake.index};
    grid.tiles.push_back(
        {images.batch(index).images.to_vector<float>(), fmt::format("{} as {}", mistake.label, mistake.prediction)});
  }
  save_tiles(folder / "misclassified", grid);
}

}  // namespace xgrad::apps
