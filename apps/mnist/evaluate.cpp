#include <apps/mnist/evaluate.hpp>

#include <cmath>

#include <fmt/format.h>

#include <autograd/error.hpp>
#include <autograd/ops.hpp>
#include <data/loader.hpp>

namespace xgrad::apps {

Performance evaluate(nn::Sequential& model, const data::ImageDataset& images) {
  if (images.size() == 0) fail("evaluate", "there are no images; expected one or more");
  Performance performance;
  for (const auto& [x, y] : data::Loader(images, {.batch_size = 1000})) {
    const Tensor logits = model(x);
    const Tensor loss = nn::cross_entropy(logits, y, {.reduction = nn::Reduction::sum});
    const Tensor predictions = argmax(logits, 1);
    eval({loss, predictions});
    if (!std::isfinite(loss.item()))
      fail("evaluate", "the model's outputs are not finite; expected the model of a training that has not diverged");
    performance.loss += loss.item();
    const auto predicted = predictions.data<std::int64_t>();
    const auto labels = y.data<std::int64_t>();
    for (std::size_t i = 0; i < labels.size(); ++i) {
      ++performance.images;
      performance.correct += predicted[i] == labels[i] ? 1 : 0;
      ++performance.confusion[static_cast<std::size_t>(labels[i])][static_cast<std::size_t>(predicted[i])];
    }
  }
  performance.loss /= static_cast<double>(performance.images);
  return performance;
}

Table confusion_table(const Performance& performance) {
  std::vector<std::string> columns = {"label"};
  for (std::size_t digit = 0; digit < digits; ++digit) columns.push_back(fmt::format("as {}", digit));
  columns.insert(columns.end(), {"images", "found"});
  Table table(columns);
  for (std::size_t label = 0; label < digits; ++label) {
    std::vector<std::string> cells = {std::to_string(label)};
    std::int64_t images = 0;
    for (const std::int64_t count : performance.confusion[label]) {
      cells.push_back(count == 0 ? "·" : std::to_string(count));
      images += count;
    }
    const double found = static_cast<double>(performance.confusion[label][label]) / static_cast<double>(images);
    cells.insert(cells.end(), {std::to_string(images), images == 0 ? "–" : fmt::format("{:.2f} %", 100 * found)});
    table.add(cells);
  }
  return table;
}

}  // namespace xgrad::apps
