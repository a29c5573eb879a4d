#include <fmt/format.h>

#include <apps/common/digits.hpp>
#include <apps/common/flags.hpp>
#include <apps/common/interrupt.hpp>
#include <apps/mnist/checkpoint.hpp>
#include <apps/mnist/evaluate.hpp>
#include <apps/mnist/predict.hpp>
#include <apps/mnist/train.hpp>
#include <autograd/run/run.hpp>

namespace {

using namespace xgrad;
using namespace xgrad::apps;

struct Flags {
  std::string data = "mnist";
  std::string checkpoint = "out/mnist.safetensors";
  int threads = num_threads();
  bool quick = false;

  // train
  TrainOptions train;
  std::int64_t images = 0;
  bool resume = false;

  // eval
  std::string part = "test";

  // predict
  std::vector<std::string> files;
  std::vector<std::int64_t> indices;
  bool invert = false;
  bool show = false;
};

/// Seed of the built-in digits: a set like any other, the same for each run.
constexpr std::uint64_t synthetic_seed = 1;

void describe_common(CLI::App& command, Flags& flags) {
  command.add_option("--data", flags.data, "Directory with MNIST's IDX files, or 'synthetic'")->capture_default_str();
  command.add_option("--checkpoint", flags.checkpoint, "File of the trained model")->capture_default_str();
  command.add_option("--threads", flags.threads, "Threads a run may use")->check(count())->capture_default_str();
  command.add_flag("--quick", flags.quick, "A glance: one epoch, and few images where they are synthetic");
}

void describe_train(CLI::App& command, Flags& flags) {
  command.add_option("--epochs", flags.train.epochs, "Passes over the training images, those before a resume included")
      ->check(count())
      ->capture_default_str();
  command.add_option("--images", flags.images, "Train on only so many images")->check(count());
  command.add_flag("--resume", flags.resume, "Go on from the checkpoint, to the bit as if there had been no stop");

  Config& c = flags.train.config;
  const std::string group = "Hyper-parameters";
  const auto option = [&](const std::string& name, auto& value, const std::string& help) {
    return command.add_option(name, value, help)->capture_default_str()->group(group);
  };
  option("--hidden", c.hidden, "Units of the hidden layers, with commas between")->delimiter(',')->check(count());
  option("--lr", c.lr, "Adam's learning rate")->check(positive_number());
  option("--lr-decay", c.lr_decay, "Factor on the learning rate after each epoch")->check(positive_number());
  option("--beta1", c.beta1, "Adam's decay of the mean of the gradients")->check(fraction());
  option("--beta2", c.beta2, "Adam's decay of the mean of their squares")->check(fraction());
  option("--adam-eps", c.adam_eps, "Added to Adam's divisor")->check(positive_number());
  option("--weight-decay", c.weight_decay, "L2 penalty")->check(non_negative_number());
  option("--bn-momentum", c.bn_momentum, "Weight of the new value in batch norm's running statistics")
      ->check(fraction());
  option("--bn-eps", c.bn_eps, "Added to the variance in batch norm")->check(positive_number());
  option("--batch", c.batch, "Images of a batch")->check(count());
  option("--seed", c.seed, "Seed of the initial weights and the order of the images");
}

void describe_eval(CLI::App& command, Flags& flags) {
  command.add_option("--part", flags.part, "Images to use")
      ->check(CLI::IsMember({"test", "validation", "train"}))
      ->capture_default_str();
}

void describe_predict(CLI::App& command, Flags& flags) {
  command.add_option("files", flags.files, "PNG or PGM images of a digit each");
  command.add_option("--index", flags.indices, "Indices of test images")->check(CLI::NonNegativeNumber);
  command.add_flag("--invert", flags.invert, "The files show dark ink on light");
  command.add_flag("--show", flags.show, "Draw what the model sees");
}

data::Splits load(const Flags& flags) {
  data::Splits splits =
      load_digits(flags.data, synthetic_seed, flags.quick ? data::SplitSizes{2000, 500, 500} : data::SplitSizes{});
  if (flags.images > 0) splits.train = splits.train.subset(0, std::min(flags.images, splits.train.size()));
  return splits;
}

int run_train(Flags& flags, const CLI::App& command) {
  catch_interrupts();
  for (const CLI::Option* option : command.get_options())
    if (option->count() > 0) flags.train.given.insert(option->get_name().substr(2));
  if (flags.quick && !flags.train.given.contains("epochs")) flags.train.epochs = 1;
  flags.train.checkpoint = flags.checkpoint;
  flags.train.start = flags.resume ? Start::resumed : Start::anew;
  return train(load(flags), flags.train);
}

int run_eval(const Flags& flags) {
  nn::Sequential model = load_model(flags.checkpoint);
  const data::Splits splits = load(flags);
  const data::Dataset& images = flags.part == "test"    ? splits.test
                                : flags.part == "train" ? splits.train
                                                        : splits.validation;
  const Performance performance = evaluate(model, images);
  fmt::print("{} accuracy {:.2f} % ({} of {} images), loss {:.4f}\n\n{}", flags.part, 100 * performance.accuracy(),
             performance.correct, performance.images, performance.loss, confusion_table(performance).text());
  return 0;
}

int run_predict(const Flags& flags) {
  nn::Sequential model = load_model(flags.checkpoint);
  std::vector<Sample> samples;
  for (const std::string& file : flags.files)
    samples.push_back(read_sample(file, flags.invert ? Ink::dark : Ink::light));
  if (!flags.indices.empty()) {
    const data::Dataset test = load(flags).test;
    for (const std::int64_t index : flags.indices) samples.push_back(sample_of(test, index));
  }
  if (flags.show)
    for (const Sample& sample : samples) fmt::print("{}:\n{}\n", sample.name, drawing(sample));
  fmt::print("{}", predictions(model, samples).text());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Handwritten digits: an MLP with batch normalization.", "mnist");
  app.require_subcommand(1);
  Flags flags;
  CLI::App& train = *app.add_subcommand("train", "Train a model, with checkpoints");
  CLI::App& eval = *app.add_subcommand("eval", "Accuracy and confusion matrix of a trained model");
  CLI::App& predict = *app.add_subcommand("predict", "Classify images");
  for (CLI::App* command : {&train, &eval, &predict}) describe_common(*command, flags);
  describe_train(train, flags);
  describe_eval(eval, flags);
  describe_predict(predict, flags);
  predict.callback([&] {
    if (flags.files.empty() && flags.indices.empty()) throw CLI::RequiredError("an image file or --index");
  });
  return parse_and_run(app, argc, argv, [&] {
    set_num_threads(flags.threads);
    if (train.parsed()) return run_train(flags, train);
    return eval.parsed() ? run_eval(flags) : run_predict(flags);
  });
}
