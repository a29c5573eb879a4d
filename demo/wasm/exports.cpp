#include <cstring>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>

#include <autograd/error.hpp>
#include <data/synthetic.hpp>
#include <demo/wasm/experiment.hpp>

// What the page's JavaScript calls (demo/js/study.js). Functions give false, null or NaN where they fail, and `error`
// says why. Memory that they give stays as it is until the same function is called again.

using namespace xgrad;

namespace {

constexpr std::int64_t pixels = 784;

std::string error_text;
std::vector<std::uint8_t> given_pixels, given_labels;
std::int64_t given_train = 0;
std::optional<data::ImageDataset> train, test;
std::unique_ptr<demo::Experiment> experiment;

/// f's result, or `otherwise` where it throws.
template <class Result, class F>
Result guarded(Result otherwise, F&& f) {
  try {
    return f();
  } catch (const std::exception& error) {
    error_text = error.what();
    return otherwise;
  }
}

demo::Experiment& running() {
  if (!experiment) fail("study", "no training was begun");
  return *experiment;
}

std::string json(const apps::Setting& s) {
  return fmt::format(
      R"({{"name":"{}","title":"{}","activation":{},"lr":{},"initStd":{},"steps":{},"batch":{},"layers":{},"units":{},)"
      R"("evalEvery":{},"normalizesOutput":{}}})",
      s.name, s.title(), static_cast<int>(s.activation), s.lr, s.init_std, s.steps, s.batch, s.layers, s.units,
      s.eval_every, s.normalizes_output);
}

}  // namespace

#define XGRAD_EXPORT extern "C" [[gnu::used, gnu::visibility("default")]]

XGRAD_EXPORT const char* study_error() { return error_text.c_str(); }

/// The study's settings as JSON, in its order.
XGRAD_EXPORT const char* study_settings() {
  static const std::string text = [] {
    std::string list;
    for (const apps::Setting& setting : apps::all_settings()) list += (list.empty() ? "" : ",") + json(setting);
    return "[" + list + "]";
  }();
  return text.c_str();
}

/// Room for so many images to train on and to test with, in that order, of 784 bytes each; the labels' room is
/// study_label_room(). study_take_digits() takes what was put there.
XGRAD_EXPORT std::uint8_t* study_pixel_room(int train_images, int test_images) {
  return guarded<std::uint8_t*>(nullptr, [&] {
    const auto count = static_cast<std::size_t>(train_images) + static_cast<std::size_t>(test_images);
    given_pixels.assign(count * pixels, 0);
    given_labels.assign(count, 0);
    given_train = train_images;
    return given_pixels.data();
  });
}

XGRAD_EXPORT std::uint8_t* study_label_room() { return given_labels.data(); }

XGRAD_EXPORT bool study_take_digits() {
  return guarded(false, [] {
    const data::ImageDataset all(std::move(given_pixels), std::move(given_labels));
    train = all.subset(0, given_train);
    test = all.subset(given_train, all.size());
    return true;
  });
}

/// Draws digits instead.
XGRAD_EXPORT bool study_draw_digits(int train_images, int test_images, std::uint32_t seed) {
  return guarded(false, [&] {
    const data::Splits splits = data::synthetic_splits(seed, {train_images, 0, test_images});
    train = splits.train;
    test = splits.test;
    return true;
  });
}

XGRAD_EXPORT const std::uint8_t* study_test_image(int index) {
  return guarded<const std::uint8_t*>(nullptr, [&] { return test.value().image(index).data(); });
}

XGRAD_EXPORT int study_test_label(int index) {
  return guarded(-1, [&] { return static_cast<int>(test.value().label(index)); });
}

/// Begins a training afresh, with the numbers of a setting of the study where none is given here.
XGRAD_EXPORT bool study_begin(int setting, int activation, double lr, double init_std, int layers, int batch,
                              std::uint32_t seed) {
  return guarded(false, [&] {
    experiment.reset();
    apps::Setting chosen = apps::all_settings().at(static_cast<std::size_t>(setting));
    chosen.activation = static_cast<apps::Activation>(activation);
    chosen.lr = lr;
    chosen.init_std = init_std;
    chosen.layers = layers;
    chosen.batch = batch;
    chosen.watches_inputs = false;
    apps::check(chosen);
    experiment = std::make_unique<demo::Experiment>(chosen, train.value(), test.value(), seed);
    return true;
  });
}

/// One step of both networks; their losses before it, plain first.
XGRAD_EXPORT const double* study_step() {
  static std::array<double, 2> losses;
  return guarded<const double*>(nullptr, [] {
    losses = running().step();
    return losses.data();
  });
}

/// The step at which a network diverged, or 0.
XGRAD_EXPORT int study_diverged_at(int network) {
  return guarded(0, [&] {
    const auto step = running().network(static_cast<std::size_t>(network)).diverged_at();
    return static_cast<int>(step.value_or(0));
  });
}

XGRAD_EXPORT double study_accuracy(int network) {
  return guarded(std::numeric_limits<double>::quiet_NaN(),
                 [&] { return running().accuracy(static_cast<std::size_t>(network)); });
}

/// For each linear layer: the norm of the gradient; mean, standard deviation, lowest and highest of its histogram; and
/// the histogram's 32 bins.
XGRAD_EXPORT const float* study_layers(int network) {
  static std::vector<float> numbers;
  return guarded<const float*>(nullptr, [&] {
    numbers.clear();
    for (const demo::LayerView& layer : running().layers(static_cast<std::size_t>(network))) {
      for (const double value : {layer.gradient_norm, layer.mean, layer.std, layer.low, layer.high})
        numbers.push_back(static_cast<float>(value));
      numbers.insert(numbers.end(), layer.histogram.begin(), layer.histogram.end());
    }
    return numbers.data();
  });
}

/// Room for the 784 values of an image, between 0 and 1, that study_answer() looks at.
XGRAD_EXPORT float* study_image_room() {
  static std::array<float, pixels> image;
  return image.data();
}

/// The ten probabilities that a network gives that image.
XGRAD_EXPORT const float* study_answer(int network) {
  static std::vector<float> probabilities;
  return guarded<const float*>(nullptr, [&] {
    probabilities = running().answer(static_cast<std::size_t>(network), {study_image_room(), pixels});
    return probabilities.data();
  });
}
