#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace xgrad::nn {

struct LoggerOptions {
  /// Which files are written: TensorBoard's events.out.tfevents.<time>.<host>.<process>, scalars.csv, log.jsonl.
  bool events = true;
  bool csv = true;
  bool jsonl = true;
  /// The step at which a run goes on that the folder has files of. They are continued. What they hold of this step and
  /// of later ones is dropped first: rows of the CSV and JSONL files, each at once; TensorBoard gets a file of its own,
  /// which says that what older ones have there is void.
  std::optional<std::int64_t> resume_at = {};
  /// Whether the run takes the place of one that the folder has files of: these are removed.
  bool overwrite = false;
  /// The time of day in seconds since 1970; the system's by default.
  std::function<double()> clock = {};
  /// How long what is logged may wait in memory, by the clock. It is looked at when something is logged.
  double flush_seconds = 10;
};

/// A value of Logger::hyperparameters.
class HyperParameter {
 public:
  HyperParameter(bool value) : value_(value) {}
  template <class T>
  requires std::is_arithmetic_v<T> HyperParameter(T value) : value_(static_cast<double>(value)) {}
  HyperParameter(const char* value) : value_(std::string(value)) {}
  HyperParameter(std::string value) : value_(std::move(value)) {}

  const std::variant<bool, double, std::string>& value() const noexcept { return value_; }

 private:
  std::variant<bool, double, std::string> value_;
};
using HyperParameters = std::vector<std::pair<std::string, HyperParameter>>;

/// Writes what a training run wants to remember to files of a folder: event files for TensorBoard, a CSV file of the
/// scalars, and a JSONL file of all. Readers may read them while it writes.
///
///     nn::Logger log("runs/first");
///     log.scalar("loss/train", step, loss);
///     log.histogram("0.weight", step, model[0].weight);
///
/// A tag names what is logged; slashes in it make groups. It is UTF-8 without control characters, and not empty. Steps
/// are any numbers, in any order.
///
/// What is logged waits in memory until flush(), until the logger goes, until there is much of it, or for
/// flush_seconds, and is then written whole, record by record: a killed program leaves files that can be read up to a
/// record. Functions throw Error where a file cannot be written; what they were given stays and is written later where
/// that is possible. Several threads may use one logger.
class Logger {
 public:
  /// Makes the folder and those above it where they are missing. Throws Error where that cannot be done or the folder
  /// not be written, where it has a scalars.csv or log.jsonl already and neither resume_at nor overwrite is given, or
  /// both, where no file is to be written, where files that are to be resumed hold what no Logger wrote, and unless
  /// flush_seconds is 0 or more.
  explicit Logger(const std::string& folder, const LoggerOptions& options = {});
  Logger(Logger&& other) noexcept;
  Logger& operator=(Logger&& other) noexcept;
  /// Writes what waits, where that can be done.
  ~Logger();

  /// A number. NaN and infinities are logged as such: floats for TensorBoard (as all numbers are), "nan", "inf" and
  /// "-inf" in the CSV file, and these as strings in the JSONL file.
  void scalar(std::string_view tag, std::int64_t step, double value);
  /// The value of a tensor of one element, which runs what it needs. Throws Error where it has more or none.
  void scalar(std::string_view tag, std::int64_t step, const Tensor& value);

  /// How many elements of a tensor lie where, in buckets whose limits grow by a tenth from 1e-12 to 1e20, to both sides
  /// of 0. Elements that are not finite are left out, and counted as `not_finite` in the JSONL file. Any dtype and
  /// shape.
  void histogram(std::string_view tag, std::int64_t step, const Tensor& values);

  /// An image (H, W) or (C, H, W), or a batch (N, C, H, W), whose images are put side by side, in as many rows as
  /// columns or one less. C is 1 (grey), 2 (grey and alpha), 3 (RGB) or 4 (RGB and alpha). Floating-point values lie in
  /// [0, 1] and are rounded to 255ths, those outside and NaN to the nearest, NaN to 0; int64 in [0, 255]; bool is black
  /// and white. Written as PNG (in the JSONL file as base64). Throws Error on other shapes, none of whose extents may
  /// be 0, on int64 values outside, and on images of more than 2^28 bytes.
  void image(std::string_view tag, std::int64_t step, const Tensor& image);

  /// A text, which TensorBoard takes for Markdown. Throws Error unless it is UTF-8.
  void text(std::string_view tag, std::int64_t step, std::string_view text);

  /// What the run was made with, for TensorBoard's table of runs: log.hyperparameters({{"lr", 0.1}, {"optimizer",
  /// "adam"}}). Throws Error on names that are no tags or stand twice, and on texts that are not UTF-8.
  void hyperparameters(const HyperParameters& values);

  /// Gives the system all that waits.
  void flush();

  /// The folder, as it was given.
  const std::string& folder() const;

 private:
  struct State;
  State& state() const;

  std::unique_ptr<State> state_;  ///< null once moved from
};

}  // namespace xgrad::nn
#pragma GCC visibility pop
