#include <apps/mnist/evaluate.hpp>

#include <cmath>

#include <fmt/format.h>

#include <autograd/distributed/collectives.hpp>
#include <autograd/error.hpp>
#include <autograd/ops.hpp>
#include <data/loader.hpp>

namespace xgrad::apps {

namespace {

/// The sum over all ranks.
void add_up(Performance& performance) {
  std::vector<double> own = {static_cast<double>(performance.images), static_cast<double>(performance.correct),
                             performance.loss};
  for (const auto& row : performance.confusion)
    for (const std::int64_t count : row) own.push_back(static_cast<double>(count));
  const auto numbers = static_cast<std::int64_t>(own.size());
  const std::vector<double> all = distributed::all_reduce(tensor(own, {numbers})).to_vector<double>();
  performance.images = static_cast<std::int64_t>(all[0]);
  performance.correct = static_cast<std::int64_t>(all[1]);
  performance.loss = all[2];
  for (std::size_t i = 0; i < digits * digits; ++i)
    performance.confusion[i / digits][i % digits] = static_cast<std::int64_t>(all[3 + i]);
}

}  // namespace

Performance evaluate(nn::Sequential& model, const data::ImageDataset& images) {
  if (images.size() == 0) fail("evaluate", "there are no images; expected one or more");
  const distributed::Communicator& ranks = distributed::world();
  const auto part = [&](int rank) { return images.size() * rank / ranks.size(); };
  const data::ImageDataset own = images.subset(part(ranks.rank()), part(ranks.rank() + 1));
  Performance performance;
  for (const auto& [x, y] : data::Loader(own, {.batch_size = 1000})) {
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
  if (ranks.size() > 1) add_up(performance);
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
