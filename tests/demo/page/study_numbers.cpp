// What the page's networks have to come to, computed by the same sources in a native program, as JSON:
//
//   study_numbers MNIST|drawn SETTING SEED STEPS
//
// MNIST is the folder of its files, SETTING the number of a setting of the study from 0 on. Of MNIST, or of as many
// drawn digits, the first 10,000 images are to train on, and the first 1,000 to test with.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <span>
#include <string>
#include <vector>

#include <data/mnist.hpp>
#include <data/synthetic.hpp>
#include <demo/wasm/experiment.hpp>

namespace {

using namespace xgrad;

constexpr std::int64_t train_images = 10'000, test_images = 1'000, asked_images = 100;
constexpr std::uint64_t seed_of_drawn = 1;

std::string json(double value) {
  if (!std::isfinite(value)) return "null";
  char text[32];
  std::snprintf(text, sizeof(text), "%.9g", value);
  return text;
}

template <class F>
std::string list(std::int64_t count, F text) {
  std::string all;
  for (std::int64_t i = 0; i < count; ++i) all += (i == 0 ? "[" : ",") + text(i);
  return all + "]";
}

std::int64_t answer(const demo::Experiment& experiment, std::size_t network, std::span<const std::uint8_t> pixels) {
  std::vector<float> image;
  for (const std::uint8_t pixel : pixels) image.push_back(static_cast<float>(pixel) / 255);
  const std::vector<float> probabilities = experiment.answer(network, image);
  return std::ranges::max_element(probabilities) - probabilities.begin();
}

void write_numbers(const std::string& digits, std::size_t setting, std::uint64_t seed, std::int64_t steps) {
  data::Splits splits = digits == "drawn" ? data::synthetic_splits(seed_of_drawn, {train_images, 0, test_images})
                                          : data::mnist_splits(digits);
  if (digits != "drawn") {
    const data::Mnist all = data::mnist(digits);
    splits.train = all.train.subset(0, train_images);
    splits.test = all.test.subset(0, test_images);
  }
  apps::Setting chosen = apps::all_settings().at(setting);
  chosen.watches_inputs = false;
  demo::Experiment experiment(chosen, splits.train, splits.test, seed);
  std::vector<std::array<double, 2>> losses;
  for (std::int64_t step = 0; step < steps; ++step) losses.push_back(experiment.step());
  const auto of_networks = [](auto&& text) { return list(2, text); };
  std::cout << R"({"losses":)" << of_networks([&](std::int64_t network) {
    return list(steps, [&](std::int64_t step) {
      return json(losses[static_cast<std::size_t>(step)][static_cast<std::size_t>(network)]);
    });
  }) << R"(,"accuracies":)"
            << of_networks(
                   [&](std::int64_t network) { return json(experiment.accuracy(static_cast<std::size_t>(network))); })
            << R"(,"answers":)" << of_networks([&](std::int64_t network) {
                 return list(asked_images, [&](std::int64_t i) {
                   return std::to_string(answer(experiment, static_cast<std::size_t>(network), splits.test.image(i)));
                 });
               })
            << R"(,"labels":)"
            << list(asked_images, [&](std::int64_t i) { return std::to_string(splits.test.label(i)); }) << "}\n";
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 5) {
    std::cerr << "usage: study_numbers MNIST|drawn SETTING SEED STEPS\n";
    return 2;
  }
  write_numbers(argv[1], std::strtoull(argv[2], nullptr, 10), std::strtoull(argv[3], nullptr, 10),
                std::strtoll(argv[4], nullptr, 10));
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
