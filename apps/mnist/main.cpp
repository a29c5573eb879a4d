#include <fmt/format.h>

#include <apps/common/digits.hpp>
#include <apps/common/flags.hpp>
#include <apps/common/interrupt.hpp>
#include <apps/common/output.hpp>
#include <apps/mnist/augment.hpp>
#include <apps/mnist/checkpoint.hpp>
#include <apps/mnist/evaluate.hpp>
#include <apps/mnist/predict.hpp>
#include <apps/mnist/train.hpp>
#include <autograd/error.hpp>
#include <autograd/run/run.hpp>

namespace {

using namespace xgrad;
using namespace xgrad::apps;

struct Flags {
  std::string data = "mnist";
  std::string checkpoint = "out/mnist.safetensors";
  int threads = num_threads();

  // train
  TrainOptions train;
  bool quick = false;
  std::optional<std::int64_t> images;
  bool resume = false;
  bool overwrite = false;

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

constexpr std::int64_t many = 1'000'000'000;

void describe_common(CLI::App& command, Flags& flags) {
  add_text(command, "--data", flags.data, "Directory with MNIST's IDX files, 'fashion' (of Debian) or 'synthetic'");
  add_text(command, "--checkpoint", flags.checkpoint, "File of the trained model");
  add_threads(command, flags.threads);
}

void describe_train(CLI::App& command, Flags& flags) {
  const auto integer = [](std::int64_t low, std::int64_t high) { return whole_number(low, high); };
  add_number(command, "--epochs", flags.train.epochs, integer(1, 1'000'000),
             "Passes over the training images, those before a resume included");
  add_number(command, "--images", flags.images, integer(2, many), "Train on only so many images");
  command.add_flag("--quick", flags.quick, "A glance: one epoch, and few images where they are synthetic");
  CLI::Option* resume =
      command.add_flag("--resume", flags.resume, "Go on from the checkpoint, to the bit as if there had been no stop");
  command.add_flag("--overwrite", flags.overwrite, "Begin anew where there is a checkpoint, which goes")
      ->excludes(resume);

  Config& c = flags.train.config;
  const auto number = [&](const std::string& flag, auto& value, const auto& accepted, const std::string& help) {
    add_number(command, flag, value, accepted, help)->group("Hyper-parameters");
  };
  const auto choice = [&](const std::string& flag, const std::vector<std::string>& choices, std::string& value,
                          const std::string& help) {
    add_choice(
        command, flag, choices, [&value](const std::string& chosen) { value = chosen; }, help)
        ->default_str(value)
        ->group("Hyper-parameters");
  };
  choice("--model", model_names(), c.model, "The network; those of images come with settings of their own");
  choice("--dtype", {"float32", "bfloat16"}, c.dtype,
         "Of the weights; bfloat16 takes half the memory, and is faster on processors with AVX-512 BF16");
  choice("--augment", augmentations(), c.augment,
         "How training images are changed: affine rotates, shears, scales and shifts each at random, elastic bends it, "
         "too, flip shifts, mirrors and erases a rectangle, for pictures of things");
  choice("--schedule", {"decay", "one-cycle"}, c.schedule, "How the learning rate changes");
  add_numbers(command, "--hidden", c.hidden, integer(1, Config::max_units),
              "Units of the hidden layers of an mlp, with commas between")
      ->group("Hyper-parameters");
  number("--input-dropout", c.input_dropout, fraction(), "Share of the pixels that is dropped in training, of an mlp");
  number("--dropout", c.dropout, fraction(), "Share of the values before the last layers that is dropped in training");
  number("--label-smoothing", c.label_smoothing, fraction(), "Share of a label that is spread over all digits");
  number("--lr", c.lr, positive_number(), "Adam's learning rate; the highest one, with one-cycle");
  number("--lr-decay", c.lr_decay, positive_number(), "Factor on the learning rate after each epoch, with decay");
  number("--beta1", c.beta1, fraction(), "Adam's decay of the mean of the gradients");
  number("--beta2", c.beta2, fraction(), "Adam's decay of the mean of their squares");
  number("--adam-eps", c.adam_eps, positive_number(), "Added to Adam's divisor");
  number("--weight-decay", c.weight_decay, non_negative_number(), "L2 penalty");
  number("--ema", c.ema, fraction(), "Decay of the weights' moving average, which is then evaluated; 0 for none");
  number("--bn-momentum", c.bn_momentum, fraction(), "Weight of the new value in batch norm's running statistics");
  number("--bn-eps", c.bn_eps, positive_number(), "Added to the variance in batch norm");
  number("--batch", c.batch, integer(2, Config::max_batch),
         "Images of a batch; a last one of a single image is left out");
  number("--seed", c.seed, seed_number(), "Seed of the initial weights and the order of the images");
}

void describe_eval(CLI::App& command, Flags& flags) {
  add_choice(
      command, "--part", {"test", "validation", "train"}, [&](const std::string& part) { flags.part = part; },
      "Images to use")
      ->default_str(flags.part);
}

void describe_predict(CLI::App& command, Flags& flags) {
  command.add_option("files", flags.files, "PNG or PGM images of a digit each");
  add_numbers(command, "--index", flags.indices, whole_number<std::int64_t>(0, many), "Indices of test images");
  command.add_flag("--invert", flags.invert, "The files show dark ink on light");
  command.add_flag("--show", flags.show, "Draw what the model sees");
}

int run_train(Flags& flags, const CLI::App& command) {
  catch_interrupts();
  TrainOptions& options = flags.train;
  options.given = given_flags(command);
  if (flags.quick && !options.given.contains("epochs")) options.epochs = 1;
  if (!flags.resume) recommend(options.config, options.given);
  options.checkpoint = flags.checkpoint;
  options.start = start_of(flags.resume, flags.overwrite);
  if (flags.data == synthetic_data)
    options.synthetic = flags.quick ? data::SplitSizes{2000, 500, 500} : data::SplitSizes{};
  check("train", options.config);
  check_run_files(options.checkpoint, options.start);

  data::Splits splits = load_digits(flags.data, synthetic_seed, options.synthetic.value_or(data::SplitSizes{}));
  if (flags.images) {
    if (*flags.images > splits.train.size())
      fail("--images",
           fmt::format("there are no {} training images; expected at most {}", *flags.images, splits.train.size()));
    splits.train = splits.train.subset(0, *flags.images);
  }
  return train(splits, options);
}

/// The images to try a checkpoint on. Of the built-in digits, the same split as in training: other sizes would test it
/// on images that it was trained on.
data::Splits load(const Flags& flags, const Checkpoint& checkpoint) {
  return load_digits(flags.data, synthetic_seed, checkpoint.synthetic.value_or(data::SplitSizes{}));
}

int run_eval(const Flags& flags) {
  const Checkpoint checkpoint = load_checkpoint(flags.checkpoint);
  nn::Sequential model = load_model(checkpoint);
  const data::Splits splits = load(flags, checkpoint);
  const data::ImageDataset& images = flags.part == "test"    ? splits.test
                                     : flags.part == "train" ? splits.train
                                                             : splits.validation;
  const Performance performance = evaluate(model, images);
  print(fmt::format("{} accuracy {:.2f} % ({} of {} images), loss {:.4f}\n\n{}", flags.part,
                    100 * performance.accuracy(), performance.correct, performance.images, performance.loss,
                    confusion_table(performance).text()));
  print(fmt::format("\nModel: {}, after {} epochs and {} steps on {} images\n", architecture(checkpoint.config),
                    checkpoint.position.epoch, checkpoint.position.step, checkpoint.images));
  return 0;
}

int run_predict(const Flags& flags) {
  const Checkpoint checkpoint = load_checkpoint(flags.checkpoint);
  nn::Sequential model = load_model(checkpoint);
  std::vector<Sample> samples;
  for (const std::string& file : flags.files)
    samples.push_back(read_sample(file, flags.invert ? Ink::dark : Ink::light));
  if (!flags.indices.empty()) {
    const data::ImageDataset test = load(flags, checkpoint).test;
    for (const std::int64_t index : flags.indices) samples.push_back(sample_of(test, index));
  }
  std::string text;
  if (flags.show)
    for (const Sample& sample : samples) text += fmt::format("{}:\n{}\n", sample.name, drawing(sample));
  print(text + predictions(model, samples).text());
  return 0;
}

int run(int argc, char** argv) {
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

}  // namespace

int main(int argc, char** argv) {
  return xgrad::apps::run_program("mnist", [&] { return run(argc, argv); });
}
