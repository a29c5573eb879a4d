#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <autograd/io/safetensors.hpp>
#include <autograd/random.hpp>
#include <nn/module.hpp>
#include <nn/state_dict.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

/// An object with a state that can be saved, by reference: an optimizer, a plateau, a metric, a loader, a generator,
/// or an object of one's own with `NamedTensors state() const` and `void load_state(const NamedTensors&)`. It must live
/// as long as this does.
class Stateful {
 public:
  /// None.
  Stateful() = default;
  template <class T>
  requires(!std::same_as<T, Stateful> &&
           requires(const T& from, T& to, const NamedTensors& state) {
             { from.state() } -> std::convertible_to<NamedTensors>;
             to.load_state(state);
           }) Stateful(T& object)
      : state_([&object] { return NamedTensors(std::as_const(object).state()); }),
        load_([&object](const NamedTensors& state) { object.load_state(state); }) {}
  /// Its seed, stream and position.
  Stateful(Generator& generator);

  bool defined() const noexcept { return static_cast<bool>(state_); }
  /// Throw Error where there is no object, and as the object's functions do.
  NamedTensors state() const;
  void load_state(const NamedTensors& state) const;

 private:
  std::function<NamedTensors()> state_;
  std::function<void(const NamedTensors&)> load_;
};

/// All that a training run goes on from. Parts that are not used are left out:
///
///     nn::Training training{.model = model, .optimizer = adam, .loader = loader};
///     if (std::filesystem::exists(path)) nn::load_checkpoint(path, training);
///     for (; training.epoch < 10; ++training.epoch) {
///       for (const auto& [x, y] : loader) {
///         ...
///         if (++training.step % 1000 == 0) nn::save_checkpoint(path, training);
///       }
///     }
///
/// The run that goes on computes what it would have computed without the stop, to the bit: also from the middle of an
/// epoch, with shuffling and dropout. This thread's default generator belongs to it in any case.
struct Training {
  Module model;
  Stateful optimizer = {};
  /// A schedule with a state, as ReduceOnPlateau; others are functions of the step.
  Stateful schedule = {};
  Stateful average = {};         ///< an AveragedModel
  Stateful accumulator = {};     ///< a GradientAccumulator
  Stateful early_stopping = {};  ///< an EarlyStopping
  Stateful loader = {};          ///< a data::Loader, with its place in the epoch
  /// Others, such as metrics and generators, by names without a dot.
  std::vector<std::pair<std::string, Stateful>> others = {};
  std::int64_t epoch = 0;
  std::int64_t step = 0;
  /// Texts of one's own.
  Metadata metadata = {};
};

/// Writes all of it as one safetensors file with a checksum, whole or not at all (save_safetensors): entries "epoch",
/// "step", "generator" (seed, stream, position), "model.<name>" and "<part>.<name>" for each part,
/// "others.<name>.<...>" for the others; the metadata have "xgrad.format". Throws Error where a name of others is
/// empty, has a dot or occurs twice, where the metadata have "xgrad.format" already, and as save_safetensors does.
void save_checkpoint(const std::filesystem::path& path, const Training& training);

/// Restores all parts from such a file, and sets epoch, step and metadata. Throws Error that names the file and the
/// part, and changes nothing, where it is no such file, where a part refuses its state (other names, shapes, dtypes, or
/// options), and where the file lacks a part or has one more. Unless options.strict, the parts of the last kind stay as
/// they are, or are ignored, and their names are returned.
LoadResult load_checkpoint(const std::filesystem::path& path, Training& training, const LoadStateOptions& options = {});

}  // namespace xgrad::nn
#pragma GCC visibility pop
