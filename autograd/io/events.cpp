#include <autograd/io/events.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <span>

#include <autograd/io/file.hpp>

namespace xgrad::io {
namespace {

constexpr std::array<std::uint32_t, 256> crc_table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
    table[byte] = crc;
  }
  return table;
}();

std::uint32_t masked_crc(std::string_view bytes) noexcept { return std::rotr(crc32c(bytes), 15) + 0xa282ead8u; }

// Protocol buffers' wire format: a field is its number and the kind of its value, then the value.
// (https://protobuf.dev/programming-guides/encoding)

enum class Wire : std::uint32_t { varint = 0, eight_bytes = 1, bytes = 2, four_bytes = 5 };

void put_varint(std::string& to, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) to += static_cast<char>(number | 0x80);
  to += static_cast<char>(number);
}

void put_key(std::string& to, std::uint32_t field, Wire wire) {
  put_varint(to, field << 3 | static_cast<std::uint32_t>(wire));
}

void put(std::string& to, std::uint32_t field, std::int64_t number) {
  put_key(to, field, Wire::varint);
  put_varint(to, static_cast<std::uint64_t>(number));
}

void put(std::string& to, std::uint32_t field, double number) {
  put_key(to, field, Wire::eight_bytes);
  append(to, number);
}

void put(std::string& to, std::uint32_t field, float number) {
  put_key(to, field, Wire::four_bytes);
  append(to, number);
}

/// A text, bytes, or a message.
void put(std::string& to, std::uint32_t field, std::string_view bytes) {
  put_key(to, field, Wire::bytes);
  put_varint(to, bytes.size());
  to += bytes;
}

void put(std::string& to, std::uint32_t field, std::span<const double> numbers) {
  put(to, field, std::string_view(reinterpret_cast<const char*>(numbers.data()), numbers.size_bytes()));
}

/// SummaryMetadata of a plugin's values.
std::string metadata(std::string_view plugin, std::string_view content, std::int64_t data_class) {
  std::string data;
  put(data, 1, plugin);
  if (!content.empty()) put(data, 2, content);
  std::string result;
  put(result, 1, data);
  put(result, 4, data_class);
  return result;
}

constexpr std::int64_t tensor_class = 2;                   // DATA_CLASS_TENSOR
constexpr std::int64_t dtype_float = 1, dtype_string = 7;  // DT_FLOAT, DT_STRING

static_assert(std::endian::native == std::endian::little);

}  // namespace

std::uint32_t crc32c(std::string_view bytes) noexcept {
  std::uint32_t crc = 0xffffffffu;
  for (const char byte : bytes) crc = crc >> 8 ^ crc_table[(crc ^ static_cast<unsigned char>(byte)) & 0xff];
  return ~crc;
}

std::string framed(std::string_view bytes) {
  std::string record;
  record.reserve(bytes.size() + 16);
  append(record, static_cast<std::uint64_t>(bytes.size()));
  append(record, masked_crc(record));
  record += bytes;
  append(record, masked_crc(bytes));
  return record;
}

Event::Event(double wall_time, std::int64_t step) : wall_time_(wall_time) {
  put(begin_, 1, wall_time);
  if (step != 0) put(begin_, 2, step);
}

std::string Event::version() const {
  std::string event = begin_;
  put(event, 3, "brain.Event:2");
  return event;
}

std::string Event::session_start() const {
  std::string session;
  put(session, 1, std::int64_t{1});  // START
  std::string event = begin_;
  put(event, 7, session);
  return event;
}

std::string Event::with_summary(std::string_view tag, std::string_view value) const {
  std::string tagged;
  put(tagged, 1, tag);
  tagged += value;
  std::string summary;
  put(summary, 1, tagged);
  std::string event = begin_;
  put(event, 5, summary);
  return event;
}

std::string Event::scalar(std::string_view tag, float number) const {
  std::string value;
  put(value, 2, number);
  return with_summary(tag, value);
}

std::string Event::histogram(std::string_view tag, const HistogramCounts& histogram) const {
  std::string counts;
  put(counts, 1, histogram.min);
  put(counts, 2, histogram.max);
  put(counts, 3, histogram.num);
  put(counts, 4, histogram.sum);
  put(counts, 5, histogram.sum_squares);
  put(counts, 6, std::span<const double>(histogram.bucket_limit));
  put(counts, 7, std::span<const double>(histogram.bucket));
  std::string value;
  put(value, 5, counts);
  return with_summary(tag, value);
}

std::string Event::image(std::string_view tag, const EncodedImage& image) const {
  std::string encoded;
  put(encoded, 1, image.height);
  put(encoded, 2, image.width);
  put(encoded, 3, std::int64_t{image.channels});
  put(encoded, 4, image.png);
  std::string value;
  put(value, 4, encoded);
  return with_summary(tag, value);
}

std::string Event::text(std::string_view tag, std::string_view text) const {
  std::string extent, shape, tensor;
  put(extent, 1, std::int64_t{1});
  put(shape, 2, extent);
  put(tensor, 1, dtype_string);
  put(tensor, 2, shape);
  put(tensor, 8, text);
  std::string value;
  put(value, 8, tensor);
  put(value, 9, metadata("text", "", tensor_class));
  return with_summary(std::string(tag) + "/text_summary", value);
}

std::string Event::hyperparameters(const std::vector<std::pair<std::string, EventValue>>& values) const {
  std::string session;
  for (const auto& [name, value] : values) {
    std::string held;
    if (const bool* flag = std::get_if<bool>(&value))
      put(held, 4, std::int64_t{*flag});
    else if (const double* number = std::get_if<double>(&value))
      put(held, 2, *number);
    else
      put(held, 3, std::get<std::string>(value));
    std::string entry;
    put(entry, 1, name);
    put(entry, 2, held);
    put(session, 1, entry);
  }
  put(session, 5, wall_time_);
  std::string plugin;
  put(plugin, 3, session);
  std::string tensor;
  put(tensor, 1, dtype_float);
  put(tensor, 2, "");
  put(tensor, 5, 0.0f);
  std::string value;
  put(value, 8, tensor);
  put(value, 9, metadata("hparams", plugin, tensor_class));
  return with_summary("_hparams_/session_start_info", value);
}

}  // namespace xgrad::io
