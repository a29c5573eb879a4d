#include <examples/fine_tuning.hpp>

#include <data/combine.hpp>
#include <data/loader.hpp>

namespace xgrad::examples {

Classifier::Classifier(std::int64_t classes)
    : Module("Classifier"),
      body(register_module("body", nn::Sequential{nn::Conv2d(1, 16, 5), nn::ReLU(), nn::MaxPool2d(2),
                                                  nn::Conv2d(16, 32, 5), nn::ReLU(), nn::MaxPool2d(2), nn::Flatten()})),
      head(register_module("head", nn::Linear(512, classes))) {}

Images digits_between(const data::ImageDataset& set, std::int64_t first, std::int64_t last) {
  const auto [images, labels] = set.reshape({1, 28, 28}).all();
  const Tensor chosen = (labels >= first) & (labels <= last);
  return {.images = images[chosen], .labels = labels[chosen] - first};
}

Images few_of_each(const Images& all, std::int64_t classes, std::int64_t count) {
  std::vector<Tensor> places;
  for (std::int64_t label = 0; label < classes; ++label)
    places.push_back(flatten(nonzero(all.labels == label))[Slice{0, count}]);
  const Tensor chosen = concatenate(places);
  return {.images = all.images[chosen], .labels = all.labels[chosen]};
}

Classifier pretrain(const Images& many, const FineTuningOptions& options) {
  Generator generator(options.seed);
  const GeneratorScope scope(generator);
  Classifier model(5);
  optim::Adam adam(model.parameters(), {.lr = options.lr});
  data::Loader batches(data::TensorDataset(many.images, many.labels),
                       {.batch_size = options.batch, .shuffle = true, .seed = options.seed});
  for (std::int64_t epoch = 0; epoch < options.pretraining_epochs; ++epoch) {
    for (const auto& [images, labels] : batches) {
      Tape tape;
      adam.step(tape.gradient(nn::cross_entropy(model(images), labels), model.parameters()));
    }
  }
  return model;
}

Accuracies fine_tune(const Classifier& pretrained, const Images& few, const Images& test,
                     const FineTuningOptions& options) {
  Generator generator(options.seed);
  const GeneratorScope scope(generator);
  const auto accuracy = [&](const Classifier& model) { return nn::accuracy(model(test.images), test.labels).item(); };
  const auto train = [&](const Classifier& model, optim::Optimizer& optimizer, std::int64_t steps) {
    for (std::int64_t step = 0; step < steps; ++step) {
      Tape tape;
      optimizer.step(tape.gradient(nn::cross_entropy(model(few.images), few.labels), optimizer.parameters()));
    }
    return accuracy(model);
  };

  const Classifier fresh(5);
  optim::Adam whole(fresh.parameters(), {.lr = options.lr});
  const double from_scratch = train(fresh, whole, 2 * options.steps);

  Classifier tuned = nn::clone(pretrained);
  tuned.head = nn::Linear(512, 5);
  optim::Adam head(tuned.head.parameters(), {.lr = options.head_lr});  // the body stays as it is
  const double head_only = train(tuned, head, options.steps);

  optim::Adam all({{.parameters = tuned.body.parameters(), .options = {.lr = options.body_lr}},
                   {.parameters = tuned.head.parameters(), .options = {.lr = options.lr}}});
  return {.from_scratch = from_scratch, .head_only = head_only, .fine_tuned = train(tuned, all, options.steps)};
}

}  // namespace xgrad::examples
