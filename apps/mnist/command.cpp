#include <apps/mnist/command.hpp>

#include <filesystem>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <apps/common/digits.hpp>
#include <apps/common/files.hpp>
#include <apps/common/flags.hpp>
#include <apps/common/interrupt.hpp>
#include <apps/common/output.hpp>
#include <apps/common/ranks.hpp>
#include <apps/common/run_log.hpp>
#include <apps/mnist/augment.hpp>
#include <apps/mnist/checkpoint.hpp>
#include <apps/mnist/evaluate.hpp>
#include <apps/mnist/predict.hpp>
#include <apps/mnist/train.hpp>
#include <autograd/distributed/communicator.hpp>
#include <autograd/error.hpp>
#include <autograd/io/npz.hpp>
#include <autograd/ops.hpp>
#include <nn/state_dict.hpp>
#ifdef XGRAD_APPS_HAVE_ONNX
#include <nn/onnx/onnx.hpp>
#endif

namespace xgrad::apps {

namespace {

using Json = nlohmann::ordered_json;

struct Flags {
  Flags() { train.log = {"tensorboard"}; }

  std::string data = "mnist";
  std::string run;  // a trained model's folder

  // train
  TrainOptions train;
  std::string out;
  bool quick = false;
  std::optional<std::int64_t> images;
  bool resume = false;
  bool overwrite = false;
  bool distributed = false;
  RanksOptions ranks;

  // eval
  std::string part = "test";

  // predict
  std::vector<std::string> files;
  std::vector<std::int64_t> indices;
  bool invert = false;
  bool show = false;

  // export
  std::string to;
};

/// Seed of the built-in digits: a set like any other, the same for each run.
constexpr std::uint64_t synthetic_seed = 1;

constexpr std::int64_t many = 1'000'000'000;

void describe_data(CLI::App& command, Flags& flags) {
  add_text(command, "--data", flags.data, "Directory with MNIST's IDX files, 'fashion' (of Debian) or 'synthetic'");
}

void describe_train(CLI::App& command, Flags& flags) {
  const auto integer = [](std::int64_t low, std::int64_t high) { return whole_number(low, high); };
  add_number(command, "--epochs", flags.train.epochs, integer(1, 1'000'000),
             "Passes over the training images, those before a resume included");
  add_number(command, "--images", flags.images, integer(2, many), "Train on only so many images");
  command.add_flag("--quick", flags.quick, "A glance: one epoch, and few images where they are synthetic");
  add_text(command, "--out", flags.out, "The run's folder")->default_str("runs/mnist-N, a new one");
  CLI::Option* resume = command.add_flag("--resume", flags.resume,
                                         "Go on with the run in --out, or else the newest one, to the bit as if "
                                         "there had been no stop");
  command.add_flag("--overwrite", flags.overwrite, "Replace the run in --out")->excludes(resume);
  add_choices(command, "--log", flags.train.log, log_choices,
              "What else the run's folder gets: scalars of each step, histograms and images of each epoch");

  add_serve(command, flags.train.serve);
  command.add_flag("--distributed", flags.distributed,
                   "Train on all ranks that mpirun starts (mpirun -np 4 xgrad mnist train --distributed): each takes "
                   "its part of every batch, and batch norm has the statistics of the whole batch");
  add_number(command, "--deadline", flags.ranks.deadline, Accepted<double>{0.1, 86'400, "seconds from 0.1 to 86400"},
             "Seconds that a rank waits for the others before it says which is missing, and ends");

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
  command.add_option("files", flags.files, "PNG or PGM images of a digit each")->configurable(false);
  add_numbers(command, "--index", flags.indices, whole_number<std::int64_t>(0, many), "Indices of test images");
  command.add_flag("--invert", flags.invert, "The files show dark ink on light");
  command.add_flag("--show", flags.show, "Draw what the model sees");
}

void describe_export(CLI::App& command, Flags& flags) {
  add_text(command, "--to", flags.to,
           "File to write: .onnx for ONNX, .safetensors or .npz for the weights by PyTorch's names")
      ->required();
}

Json to_json(const Performance& performance) {
  return {{"images", performance.images},
          {"correct", performance.correct},
          {"accuracy", performance.accuracy()},
          {"loss", performance.loss}};
}

int run_train(Flags& flags, const Call& call) {
  TrainOptions& options = flags.train;
  options.given = call.given();
  std::optional<Ranks> ranks;
  if (flags.distributed) {
    flags.ranks.shares_threads = !options.given.contains("threads");
    ranks.emplace(flags.ranks);
  }
  // The signals of several ranks are mpirun's: they say that a rank has ended.
  if (distributed::world().size() == 1) catch_interrupts();
  if (flags.quick && !options.given.contains("epochs")) options.epochs = 1;
  if (!flags.resume) recommend(options.config, options.given);
  options.out = flags.out;
  options.start = start_of(flags.resume, flags.overwrite);
  options.say = call.json() ? note : say;
  options.shows = true;
  options.toml = [&](Metadata values) {
    values["data"] = flags.data;
    return call.toml(values);
  };
  if (flags.data == synthetic_data)
    options.synthetic = flags.quick ? data::SplitSizes{2000, 500, 500} : data::SplitSizes{};
  check("train", options.config);
  check_run_folder(options);

  data::Splits splits = load_digits(flags.data, synthetic_seed, options.synthetic.value_or(data::SplitSizes{}));
  if (flags.images) {
    if (*flags.images > splits.train.size())
      fail("--images",
           fmt::format("there are no {} training images; expected at most {}", *flags.images, splits.train.size()));
    splits.train = splits.train.subset(0, *flags.images);
  }
  const TrainOutcome outcome = train(splits, options);
  if (call.json()) {
    Json epochs = Json::array();
    for (const EpochRecord& record : outcome.position.history)
      epochs.push_back({{"lr", record.lr}, {"loss", record.loss}, {"validation_accuracy", record.accuracy}});
    Json json = {{"run", outcome.folder.string()},
                 {"complete", outcome.test.has_value()},
                 {"epoch", outcome.position.epoch},
                 {"step", outcome.position.step},
                 {"epochs", epochs}};
    if (outcome.test) json["test"] = to_json(*outcome.test);
    print(json.dump(2) + "\n");
  } else if (outcome.test) {
    print(fmt::format("test accuracy {:.2f} % ({} of {} images), loss {:.4f}\nRun: {}\n",
                      100 * outcome.test->accuracy(), outcome.test->correct, outcome.test->images, outcome.test->loss,
                      outcome.folder.string()));
  } else {
    print(fmt::format("Interrupted after {} epochs and {} steps. Go on with --resume --out {}\n",
                      outcome.position.epoch, outcome.position.step, outcome.folder.string()));
  }
  return outcome.test ? 0 : interrupted_exit_code;
}

/// The images to try a checkpoint on. Of the built-in digits, the same split as in training: other sizes would test it
/// on images that it was trained on.
data::Splits load(const Flags& flags, const Checkpoint& checkpoint) {
  return load_digits(flags.data, synthetic_seed, checkpoint.synthetic.value_or(data::SplitSizes{}));
}

Checkpoint load_run(const Flags& flags) { return load_checkpoint(model_of_run("mnist", flags.run, "mnist train")); }

int run_eval(const Flags& flags, const Call& call) {
  const Checkpoint checkpoint = load_run(flags);
  nn::Sequential model = load_model(checkpoint);
  const data::Splits splits = load(flags, checkpoint);
  const data::ImageDataset& images = flags.part == "test"    ? splits.test
                                     : flags.part == "train" ? splits.train
                                                             : splits.validation;
  const Performance performance = evaluate(model, images);
  if (call.json()) {
    Json json = to_json(performance);
    json["part"] = flags.part;
    json["confusion"] = performance.confusion;
    json["model"] = architecture(checkpoint.config);
    json["epoch"] = checkpoint.position.epoch;
    print(json.dump(2) + "\n");
    return 0;
  }
  print(fmt::format("{} accuracy {:.2f} % ({} of {} images), loss {:.4f}\n\n{}", flags.part,
                    100 * performance.accuracy(), performance.correct, performance.images, performance.loss,
                    confusion_table(performance).text()));
  print(fmt::format("\nModel: {}, after {} epochs and {} steps on {} images\n", architecture(checkpoint.config),
                    checkpoint.position.epoch, checkpoint.position.step, checkpoint.images));
  return 0;
}

int run_predict(const Flags& flags, const Call& call) {
  const Checkpoint checkpoint = load_run(flags);
  nn::Sequential model = load_model(checkpoint);
  std::vector<Sample> samples;
  for (const std::string& file : flags.files)
    samples.push_back(read_sample(file, flags.invert ? Ink::dark : Ink::light));
  if (!flags.indices.empty()) {
    const data::ImageDataset test = load(flags, checkpoint).test;
    for (const std::int64_t index : flags.indices) samples.push_back(sample_of(test, index));
  }
  const std::vector<Prediction> found = predict(model, samples);
  if (call.json()) {
    Json json = Json::array();
    for (const Prediction& prediction : found) {
      Json& one = json.emplace_back(Json{{"image", prediction.name}});
      one["digit"] = prediction.blank() ? Json() : Json(prediction.digit());
      one["probabilities"] = prediction.probabilities;
    }
    print(json.dump(2) + "\n");
    return 0;
  }
  std::string text;
  if (flags.show)
    for (const Sample& sample : samples) text += fmt::format("{}:\n{}\n", sample.name, drawing(sample));
  print(text + predictions_table(found).text());
  return 0;
}

void export_onnx(const nn::Sequential& model, const std::filesystem::path& path) {
#ifdef XGRAD_APPS_HAVE_ONNX
  onnx::save(model, path, {{"image", zeros({1, 784})}});
#else
  static_cast<void>(model);
  fail("--to", fmt::format("'{}': this program was built without ONNX (libonnx-dev); expected .safetensors or .npz",
                           path.string()));
#endif
}

std::map<std::string, Tensor> by_name(const NamedTensors& tensors) { return {tensors.begin(), tensors.end()}; }

int run_export(const Flags& flags, const Call& call) {
  const std::filesystem::path to = flags.to;
  const std::string format = to.extension().string();
  if (format != ".onnx" && format != ".safetensors" && format != ".npz")
    fail("--to", fmt::format("'{}' ends in '{}'; expected .onnx, .safetensors or .npz", to.string(), format));
  const Checkpoint checkpoint = load_run(flags);
  const nn::Sequential model = load_model(checkpoint);
  check_file(to);
  make_directory(std::filesystem::absolute(to).parent_path());
  if (format == ".onnx")
    export_onnx(model, to);
  else if (format == ".npz")
    save_npz(to, by_name(nn::state_dict(model)));
  else
    save_safetensors(to, nn::state_dict(model), to_metadata(checkpoint.config));
  if (call.json())
    print(Json{{"file", to.string()}, {"model", architecture(checkpoint.config)}}.dump(2) + "\n");
  else
    print(fmt::format("{} as {}\n", architecture(checkpoint.config), to.string()));
  return 0;
}

}  // namespace

void add_mnist_commands(Commands& commands) {
  const auto flags = std::make_shared<Flags>();
  CLI::App& group = commands.group("mnist", "Handwritten digits: train, evaluate and use a network");
  CLI::App& train = commands.add(
      "train", "Train a model, with checkpoints",
      {"mnist train --data synthetic --quick", "mnist train --model cnn --epochs 15 --out runs/cnn",
       "mnist train --resume --out runs/cnn", "--config runs/cnn/run.toml"},
      [flags](const Call& call) { return run_train(*flags, call); }, &group);
  describe_data(train, *flags);
  describe_train(train, *flags);
  CLI::App& eval = commands.add(
      "eval", "Accuracy and confusion matrix of a trained model",
      {"mnist eval", "mnist eval --run runs/cnn --part validation --json"},
      [flags](const Call& call) { return run_eval(*flags, call); }, &group);
  describe_data(eval, *flags);
  add_run(eval, flags->run);
  describe_eval(eval, *flags);
  CLI::App& predict = commands.add(
      "predict", "Classify images", {"mnist predict --index 0,1,2 --show", "mnist predict --invert scan.png"},
      [flags](const Call& call) { return run_predict(*flags, call); }, &group);
  describe_data(predict, *flags);
  add_run(predict, flags->run);
  describe_predict(predict, *flags);
  predict.callback([flags] {
    if (flags->files.empty() && flags->indices.empty()) throw CLI::RequiredError("an image file or --index");
  });
  CLI::App& exporter = commands.add(
      "export", "Write a trained model for other programs", {"mnist export --run runs/cnn --to digits.onnx"},
      [flags](const Call& call) { return run_export(*flags, call); }, &group);
  add_run(exporter, flags->run);
  describe_export(exporter, *flags);
}

}  // namespace xgrad::apps
