// Networks with weights in float32 and in bfloat16: a training step with Adam, one call of the frozen module on one
// example and on a batch, and the bytes that each needs. In turns in one run, medians.
//
//   bench_bfloat16 [--rounds 7] [--threads 1]
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "common.hpp"
#include "models.hpp"

namespace {

using namespace xgrad;

struct Network {
  std::string name;
  std::function<nn::Module()> make;
  Shape input;
  std::function<Tensor(const Tensor& y)> loss;
};

/// A network in one dtype, with what it trains and answers on.
class Subject {
 public:
  Subject(const Network& network, DType dtype)
      : network_(network),
        model_(seeded(network, dtype)),
        adam_(model_.parameters(), {.lr = 1e-4}),
        x_(rand(network.input)) {
    Shape one = network.input;
    one[0] = 1;
    single_ = rand(one);
    eval({x_, single_});
  }

  void train() {
    const Tape tape;
    adam_.step(tape.gradient(network_.loss(model_(x_)), model_.parameters()));
  }
  void freeze() { frozen_.emplace_back(nn::freeze(model_)); }
  void answer_one() { eval(frozen_[0](single_)); }
  void answer() { eval(frozen_[0](x_)); }

  /// Of the parameters.
  double megabytes() const {
    double bytes = 0;
    for (const nn::Parameter& parameter : model_.parameters())
      bytes += static_cast<double>(parameter.shape().elements()) * static_cast<double>(size_of(parameter.dtype()));
    return bytes / 1e6;
  }

 private:
  static nn::Module seeded(const Network& network, DType dtype) {
    manual_seed(1);
    nn::Module model = network.make();
    model.to(dtype);
    return model;
  }

  const Network& network_;
  nn::Module model_;
  optim::Adam adam_;
  Tensor x_, single_;
  std::vector<nn::FrozenModule> frozen_;
};

/// Medians in milliseconds of what the subjects do in turns.
std::vector<double> in_turns(std::vector<Subject>& subjects, int rounds, void (Subject::*work)()) {
  std::vector<std::vector<double>> times(subjects.size());
  for (Subject& subject : subjects)
    for (int i = 0; i < 5; ++i) (subject.*work)();
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t s = 0; s < subjects.size(); ++s) {
      const double once = bench::seconds([&] { (subjects[s].*work)(); });
      const int calls = std::max(1, static_cast<int>(0.05 / once));
      times[s].push_back(bench::seconds([&] {
                           for (int i = 0; i < calls; ++i) (subjects[s].*work)();
                         }) /
                         calls);
    }
  }
  std::vector<double> medians;
  for (const std::vector<double>& own : times) medians.push_back(1e3 * bench::median(own));
  return medians;
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = bench::flag(argc, argv, "--rounds", 7);
  set_num_threads(bench::flag(argc, argv, "--threads", 1));
  const Tensor labels = randint(0, bench::classes, {256});
  eval(labels);
  const auto entropy = [&](const Tensor& y) { return nn::cross_entropy(y, labels.slice(0, 0, y.size(0))); };
  const auto mlp = [](std::int64_t width) {
    return nn::Sequential{nn::Linear(784, width), nn::ReLU(), nn::Linear(width, width), nn::ReLU(),
                          nn::Linear(width, bench::classes)};
  };
  const std::vector<Network> networks{
      {"784-1024-1024-10, batch 128", [&] { return mlp(1024); }, {128, 784}, entropy},
      {"784-4096-4096-10, batch 256", [&] { return mlp(4096); }, {256, 784}, entropy},
      {"PyTorch's MNIST CNN, batch 64", [] { return bench::mnist_cnn(); }, {64, 1, 28, 28}, entropy},
      {"encoder layer (128, 8, 256), 4 heads, 1024 hidden",
       [] { return nn::TransformerEncoderLayer(256, 4, {.dim_feedforward = 1024, .dropout = 0}); },
       {128, 8, 256},
       [](const Tensor& y) { return mean(square(y)); }}};
  std::printf("%s, %d thread%s, medians of %d rounds\n", bench::processor().c_str(), num_threads(),
              num_threads() > 1 ? "s" : "", rounds);
  std::printf("| network | | float32 | bfloat16 | ratio |\n|---|---|---|---|---|\n");
  for (const Network& network : networks) {
    std::vector<Subject> subjects;
    subjects.reserve(2);
    for (const DType dtype : {float32, bfloat16}) subjects.emplace_back(network, dtype);
    const auto row = [&](const char* what, const char* unit, double wide, double narrow) {
      std::printf("| %s | %s | %.3g %s | %.3g %s | %.2f |\n", network.name.c_str(), what, wide, unit, narrow, unit,
                  wide / narrow);
    };
    const auto measure = [&](const char* what, void (Subject::*work)()) {
      const std::vector<double> times = in_turns(subjects, rounds, work);
      row(what, "ms", times[0], times[1]);
    };
    row("parameters", "MB", subjects[0].megabytes(), subjects[1].megabytes());
    measure("training step, Adam", &Subject::train);
    for (Subject& subject : subjects) subject.freeze();
    measure("frozen, one example", &Subject::answer_one);
    measure("frozen, batch", &Subject::answer);
  }
}
