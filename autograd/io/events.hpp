#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// Records of TensorBoard's event files: the format of TFRecord files around messages Event (event.proto, summary.proto
/// and the plugins' in https://github.com/tensorflow/tensorboard/tree/master/tensorboard/compat/proto).
namespace xgrad::io {

/// CRC-32C (Castagnoli: RFC 3720, appendix B.4) of bytes.
std::uint32_t crc32c(std::string_view bytes) noexcept;

/// A record of a TFRecord file: length, its checksum, the bytes, theirs. Checksums are rotated, with a constant added.
std::string framed(std::string_view bytes);

/// A histogram as TensorBoard's HistogramProto: bucket i counts numbers x, bucket_limit[i - 1] <= x < bucket_limit[i].
struct HistogramCounts {
  double min = 0, max = 0;
  double num = 0;  ///< how many numbers there are
  double sum = 0, sum_squares = 0;
  std::vector<double> bucket_limit;
  std::vector<double> bucket;
};

struct EncodedImage {
  std::int64_t height = 0, width = 0;
  int channels = 0;  ///< as in png.hpp
  std::string png;
};

/// What stands for a hyper-parameter.
using EventValue = std::variant<bool, double, std::string>;

/// Messages Event, serialised. Times are seconds since 1970. Texts and tags are UTF-8.
class Event {
 public:
  Event(double wall_time, std::int64_t step);

  std::string version() const;
  /// The start of a session at the step. Where there was one before, what it has of the step and of later ones is
  /// void: TensorBoard forgets it.
  std::string session_start() const;
  std::string scalar(std::string_view tag, float value) const;
  std::string histogram(std::string_view tag, const HistogramCounts& histogram) const;
  std::string image(std::string_view tag, const EncodedImage& image) const;
  std::string text(std::string_view tag, std::string_view text) const;
  std::string hyperparameters(const std::vector<std::pair<std::string, EventValue>>& values) const;

 private:
  std::string with_summary(std::string_view tag, std::string_view value) const;

  std::string begin_;  ///< time and step
  double wall_time_;
};

}  // namespace xgrad::io
