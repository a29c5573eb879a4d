#include <doctest/doctest.h>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/text_format.h>
#include <png.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <autograd/autograd.hpp>
#include <nn/logger.hpp>

#include "data/files.hpp"

/// Reads what a Logger writes with Google's parser of protocol buffers, from the definitions of the messages below, and
/// with libpng.
namespace xgrad::nn {
namespace {

namespace pb = google::protobuf;

struct Field {
  const char* name;
  int number;
  std::string type;  ///< "double", or the name of a message
  bool repeated = false;
};

/// The messages of TensorBoard's event.proto, summary.proto, histogram.proto, tensor.proto and plugin_data.proto, as
/// far as they are used.
const pb::DescriptorPool& messages() {
  static pb::DescriptorPool pool;
  static const bool built = [] {
    pb::FileDescriptorProto file;
    file.set_name("event.proto");
    file.set_syntax("proto2");
    const auto add = [&](const char* name, const std::vector<Field>& fields) {
      pb::DescriptorProto& message = *file.add_message_type();
      message.set_name(name);
      for (const Field& field : fields) {
        pb::FieldDescriptorProto& own = *message.add_field();
        own.set_name(field.name);
        own.set_number(field.number);
        own.set_label(field.repeated ? pb::FieldDescriptorProto::LABEL_REPEATED
                                     : pb::FieldDescriptorProto::LABEL_OPTIONAL);
        using Proto = pb::FieldDescriptorProto;
        const std::pair<const char*, Proto::Type> plain[] = {
            {"double", Proto::TYPE_DOUBLE}, {"float", Proto::TYPE_FLOAT},   {"int64", Proto::TYPE_INT64},
            {"int32", Proto::TYPE_INT32},   {"string", Proto::TYPE_STRING}, {"bytes", Proto::TYPE_BYTES},
            {"bool", Proto::TYPE_BOOL}};
        own.set_type_name(field.type);
        for (const auto& [type, value] : plain) {
          if (field.type != type) continue;
          own.set_type(value);
          own.clear_type_name();
          if (field.repeated && value == Proto::TYPE_DOUBLE) own.mutable_options()->set_packed(true);
        }
      }
    };
    add("Event", {{"wall_time", 1, "double"},
                  {"step", 2, "int64"},
                  {"file_version", 3, "string"},
                  {"summary", 5, "Summary"},
                  {"session_log", 7, "SessionLog"}});
    add("SessionLog", {{"status", 1, "int32"}, {"checkpoint_path", 2, "string"}, {"msg", 3, "string"}});
    add("Summary", {{"value", 1, "Value", true}});
    add("Value", {{"node_name", 7, "string"},
                  {"tag", 1, "string"},
                  {"metadata", 9, "SummaryMetadata"},
                  {"simple_value", 2, "float"},
                  {"image", 4, "Image"},
                  {"histo", 5, "HistogramProto"},
                  {"tensor", 8, "TensorProto"}});
    add("Image", {{"height", 1, "int32"},
                  {"width", 2, "int32"},
                  {"colorspace", 3, "int32"},
                  {"encoded_image_string", 4, "bytes"}});
    add("HistogramProto", {{"min", 1, "double"},
                           {"max", 2, "double"},
                           {"num", 3, "double"},
                           {"sum", 4, "double"},
                           {"sum_squares", 5, "double"},
                           {"bucket_limit", 6, "double", true},
                           {"bucket", 7, "double", true}});
    add("SummaryMetadata",
        {{"plugin_data", 1, "PluginData"}, {"display_name", 2, "string"}, {"data_class", 4, "int32"}});
    add("PluginData", {{"plugin_name", 1, "string"}, {"content", 2, "bytes"}});
    add("TensorProto", {{"dtype", 1, "int32"},
                        {"tensor_shape", 2, "TensorShapeProto"},
                        {"float_val", 5, "float", true},
                        {"string_val", 8, "bytes", true}});
    add("TensorShapeProto", {{"dim", 2, "Dim", true}});
    add("Dim", {{"size", 1, "int64"}, {"name", 2, "string"}});
    add("HParamsPluginData", {{"version", 1, "int32"}, {"session_start_info", 3, "SessionStartInfo"}});
    add("SessionStartInfo", {{"hparams", 1, "HParam", true}, {"start_time_secs", 5, "double"}});
    add("HParam", {{"key", 1, "string"}, {"value", 2, "JsonValue"}});
    add("JsonValue", {{"number_value", 2, "double"}, {"string_value", 3, "string"}, {"bool_value", 4, "bool"}});
    return pool.BuildFile(file) != nullptr;
  }();
  REQUIRE(built);
  return pool;
}

/// A message read from bytes, every one of which is known.
std::unique_ptr<pb::Message> parsed(const char* type, const std::string& bytes) {
  static pb::DynamicMessageFactory factory;
  const pb::Descriptor* descriptor = messages().FindMessageTypeByName(type);
  REQUIRE(descriptor);
  std::unique_ptr<pb::Message> message(factory.GetPrototype(descriptor)->New());
  REQUIRE(message->ParseFromString(bytes));
  CHECK(message->GetReflection()->GetUnknownFields(*message).empty());
  return message;
}

std::string text_of(const pb::Message& message) { return message.ShortDebugString(); }

/// The message at a field, the first where there are several.
const pb::Message& inner(const pb::Message& message, const std::string& name) {
  const pb::FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  REQUIRE_MESSAGE(field, name);
  const pb::Reflection& all = *message.GetReflection();
  return field->is_repeated() ? all.GetRepeatedMessage(message, field, 0) : all.GetMessage(message, field);
}

std::string bytes_of(const pb::Message& message, const std::string& name) {
  const pb::FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  REQUIRE_MESSAGE(field, name);
  return message.GetReflection()->GetString(message, field);
}

std::uint32_t masked_crc(const std::string& bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const char byte : bytes) {
    crc ^= static_cast<std::uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
  }
  crc = ~crc;
  return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

/// The whole records of an event file, as TensorBoard reads them: up to the first that is cut off.
std::vector<std::string> records_of(const std::string& bytes) {
  std::vector<std::string> records;
  for (std::size_t at = 0; at + 12 <= bytes.size();) {
    std::uint64_t length;
    std::uint32_t checksum;
    std::memcpy(&length, bytes.data() + at, 8);
    std::memcpy(&checksum, bytes.data() + at + 8, 4);
    REQUIRE(checksum == masked_crc(bytes.substr(at, 8)));
    if (at + 16 + length > bytes.size()) break;
    records.push_back(bytes.substr(at + 12, length));
    std::memcpy(&checksum, bytes.data() + at + 12 + length, 4);
    REQUIRE(checksum == masked_crc(records.back()));
    at += 16 + length;
  }
  return records;
}

std::vector<std::string> event_files(const std::filesystem::path& folder) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().filename().string().find("tfevents") != std::string::npos) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::unique_ptr<pb::Message>> events_of(const std::string& path) {
  std::vector<std::unique_ptr<pb::Message>> events;
  for (const std::string& record : records_of(contents(path))) events.push_back(parsed("Event", record));
  return events;
}

struct Clock {
  std::shared_ptr<double> now = std::make_shared<double>(1000);
  double operator()() const { return (*now)++; }
};

/// Pixels that libpng finds in a file, in the format of its channels.
std::vector<std::uint8_t> decoded(const std::string& bytes, std::uint32_t format, std::uint32_t& height,
                                  std::uint32_t& width) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  REQUIRE(png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()) != 0);
  CHECK(image.format == format);
  image.format = format;
  std::vector<std::uint8_t> pixels(PNG_IMAGE_SIZE(image));
  REQUIRE(png_image_finish_read(&image, nullptr, pixels.data(), 0, nullptr) != 0);
  height = image.height;
  width = image.width;
  return pixels;
}

}  // namespace

TEST_CASE("an event file holds its version, then scalars and texts, as Google's parser reads them") {
  const test::TemporaryDirectory directory;
  {
    Logger log(directory.path().string(), {.clock = Clock()});
    log.scalar("loss/train", 3, 0.25);
    log.scalar("loss/train", 4, tensor({0.5}));
    log.scalar("größe", std::int64_t{1} << 40, std::numeric_limits<double>::quiet_NaN());
    log.scalar("worst", 0, -std::numeric_limits<double>::infinity());
    log.text("notes", 5, "a *first* run\n");
  }
  const std::vector<std::string> files = event_files(directory.path());
  REQUIRE(files.size() == 1);
  CHECK(std::filesystem::path(files[0]).filename().string().starts_with("events.out.tfevents.0000001000."));
  CHECK(files[0].ends_with("." + std::to_string(getpid())));
  const auto events = events_of(files[0]);
  REQUIRE(events.size() == 7);
  CHECK(text_of(*events[0]) == R"(wall_time: 1000 file_version: "brain.Event:2")");
  CHECK(text_of(*events[1]) == "wall_time: 1000 session_log { status: 1 }");
  CHECK(text_of(*events[2]) == R"(wall_time: 1001 step: 3 summary { value { tag: "loss/train" simple_value: 0.25 } })");
  CHECK(text_of(*events[3]) == R"(wall_time: 1002 step: 4 summary { value { tag: "loss/train" simple_value: 0.5 } })");
  CHECK(text_of(*events[4]) == R"(wall_time: 1003 step: 1099511627776 summary { value { tag: "gr\303\266\303\237e" )"
                               R"(simple_value: nan } })");
  CHECK(text_of(*events[5]) == R"(wall_time: 1004 summary { value { tag: "worst" simple_value: -inf } })");
  CHECK(text_of(*events[6]) ==
        R"(wall_time: 1005 step: 5 summary { value { tag: "notes/text_summary" tensor { dtype: 7 tensor_shape { dim { )"
        R"(size: 1 } } string_val: "a *first* run\n" } metadata { plugin_data { plugin_name: "text" } data_class: 2 } )"
        R"(} })");
}

TEST_CASE("an event file holds histograms whose buckets count what lies in them") {
  const test::TemporaryDirectory directory;
  const std::vector<double> values{-3, -0.5, -0.5, 0, 0, 0, 1e-3, 2.5, 2.6, 1e30};
  {
    Logger log(directory.path().string());
    log.histogram("w", 1, tensor(values, float64));
    log.histogram("w", 2, tensor({1, NAN, INFINITY}));
    log.histogram("w", 3, zeros({0}));
    log.histogram("w", 4, zeros({2, 3}, int64));
    log.histogram("w", 5, tensor({true, false, true}, boolean));
  }
  const auto events = events_of(event_files(directory.path()).at(0));
  REQUIRE(events.size() == 7);
  const pb::Message& histogram = inner(inner(inner(*events[2], "summary"), "value"), "histo");
  const auto number = [&](const char* name) {
    return histogram.GetReflection()->GetDouble(histogram, histogram.GetDescriptor()->FindFieldByName(name));
  };
  CHECK(number("min") == -3);
  CHECK(number("max") == 1e30);
  CHECK(number("num") == 10);
  CHECK(number("sum") == doctest::Approx(1e30));
  CHECK(number("sum_squares") == doctest::Approx(1e60));
  const auto list = [&](const char* name) {
    const auto numbers = histogram.GetReflection()->GetRepeatedFieldRef<double>(
        histogram, histogram.GetDescriptor()->FindFieldByName(name));
    return std::vector<double>(numbers.begin(), numbers.end());
  };
  const std::vector<double> limits = list("bucket_limit"), buckets = list("bucket");
  REQUIRE(limits.size() == buckets.size());
  CHECK(limits.back() == std::numeric_limits<double>::max());
  double before = -std::numeric_limits<double>::infinity(), total = 0;
  for (std::size_t i = 0; i < limits.size(); ++i) {
    CAPTURE(limits[i]);
    CHECK(limits[i] > before);
    double inside = 0;
    for (const double value : values) inside += before <= value && value < limits[i] ? 1 : 0;
    CHECK(buckets[i] == inside);
    if (i > 0) CHECK(buckets[i] + buckets[i - 1] > 0);  // of empty ones in a row there is one
    total += buckets[i];
    before = limits[i];
  }
  CHECK(total == 10);

  const auto counts = [&](std::size_t i) {
    return text_of(inner(inner(inner(*events[i + 1], "summary"), "value"), "histo"));
  };
  CHECK(counts(2).starts_with("min: 1 max: 1 num: 1 sum: 1 sum_squares: 1 bucket_limit: "));
  CHECK(counts(2).ends_with("bucket: 0 bucket: 1"));
  CHECK(counts(3) == "min: 0 max: 0 num: 0 sum: 0 sum_squares: 0 bucket_limit: 0 bucket: 0");
  CHECK(counts(4) ==
        "min: 0 max: 0 num: 6 sum: 0 sum_squares: 0 bucket_limit: 0 bucket_limit: 1e-12 bucket: 0 bucket: 6");
  CHECK(counts(5).starts_with("min: 0 max: 1 num: 3 sum: 2 sum_squares: 2 bucket_limit: 0 bucket_limit: 1e-12 "));
}

TEST_CASE("images are PNGs that libpng reads") {
  const test::TemporaryDirectory directory;
  {
    Logger log(directory.path().string(), {.csv = false, .jsonl = false});
    log.image("grey", 1, tensor({{0, 0.5, 1}, {-1, 2, NAN}}));
    log.image("rgb", 2, tensor({{{255, 0}}, {{0, 128}}, {{7, 9}}}, int64));
    log.image("rgba", 3, ones({4, 1, 1}));
    log.image("grey and alpha", 4, tensor({{{1}}, {{0}}}).to(boolean));
    log.image("several", 5, arange(5).reshape({5, 1, 1, 1}) / 255);
    log.image("large", 6, zeros({1, 300, 200}, float64));
  }
  const auto events = events_of(event_files(directory.path()).at(0));
  REQUIRE(events.size() == 8);
  std::uint32_t height = 0, width = 0;
  const auto pixels = [&](std::size_t i, std::uint32_t format, int colours) {
    const pb::Message& image = inner(inner(inner(*events[i + 1], "summary"), "value"), "image");
    const std::vector<std::uint8_t> found = decoded(bytes_of(image, "encoded_image_string"), format, height, width);
    const std::string start = "height: " + std::to_string(height) + " width: " + std::to_string(width) +
                              " colorspace: " + std::to_string(colours) + " ";
    CHECK(text_of(image).starts_with(start));
    return found;
  };
  using Bytes = std::vector<std::uint8_t>;
  CHECK(pixels(1, PNG_FORMAT_GRAY, 1) == Bytes{0, 128, 255, 0, 255, 0});
  CHECK(height == 2);
  CHECK(width == 3);
  CHECK(pixels(2, PNG_FORMAT_RGB, 3) == Bytes{255, 0, 7, 0, 128, 9});
  CHECK(pixels(3, PNG_FORMAT_RGBA, 4) == Bytes{255, 255, 255, 255});
  CHECK(pixels(4, PNG_FORMAT_GA, 2) == Bytes{255, 0});
  CHECK(pixels(5, PNG_FORMAT_GRAY, 1) == Bytes{0, 1, 2, 3, 4, 0});
  CHECK(height == 2);
  CHECK(width == 3);
  CHECK(pixels(6, PNG_FORMAT_GRAY, 1) == Bytes(60000, 0));
}

TEST_CASE("hyper-parameters are the start of a session for TensorBoard's plugin") {
  const test::TemporaryDirectory directory;
  {
    Logger log(directory.path().string(), {.clock = Clock()});
    log.hyperparameters({{"lr", 0.1}, {"optimizer", "adam"}, {"batch", 64}, {"nesterov", true}});
  }
  const auto events = events_of(event_files(directory.path()).at(0));
  REQUIRE(events.size() == 3);
  const pb::Message& value = inner(inner(*events[2], "summary"), "value");
  CHECK(bytes_of(value, "tag") == "_hparams_/session_start_info");
  CHECK(text_of(inner(value, "tensor")) == "dtype: 1 tensor_shape { } float_val: 0");
  const pb::Message& metadata = inner(value, "metadata");
  CHECK(text_of(metadata).ends_with("data_class: 2"));
  const pb::Message& plugin = inner(metadata, "plugin_data");
  CHECK(bytes_of(plugin, "plugin_name") == "hparams");
  CHECK(text_of(*parsed("HParamsPluginData", bytes_of(plugin, "content"))) ==
        R"(session_start_info { hparams { key: "lr" value { number_value: 0.1 } } hparams { key: "optimizer" value { )"
        R"(string_value: "adam" } } hparams { key: "batch" value { number_value: 64 } } hparams { key: "nesterov" )"
        R"(value { bool_value: true } } start_time_secs: 1001 })");
}

TEST_CASE("a run that goes on has an event file of its own, which takes back the steps behind") {
  const test::TemporaryDirectory directory;
  const std::string folder = directory.path().string();
  {
    Logger log(folder, {.clock = Clock()});
    log.scalar("loss", 1, 1);
    log.scalar("loss", 2, 2);
  }
  { Logger(folder, {.resume_at = 2, .clock = Clock()}).scalar("loss", 2, 3); }
  const std::vector<std::string> files = event_files(directory.path());
  REQUIRE(files.size() == 2);
  CHECK(files[1] == files[0] + ".1");  // of the same second and process
  CHECK(events_of(files[0]).size() == 4);
  CHECK(text_of(*events_of(files[0])[1]) == "wall_time: 1000 session_log { status: 1 }");
  const auto events = events_of(files[1]);
  REQUIRE(events.size() == 3);
  CHECK(text_of(*events[0]) == R"(wall_time: 1000 file_version: "brain.Event:2")");
  CHECK(text_of(*events[1]) == "wall_time: 1000 step: 2 session_log { status: 1 }");
  CHECK(text_of(*events[2]) == R"(wall_time: 1001 step: 2 summary { value { tag: "loss" simple_value: 3 } })");
}

TEST_CASE("an event file that is cut off anywhere has the records before") {
  const test::TemporaryDirectory directory;
  {
    Logger log(directory.path().string());
    for (std::int64_t step = 0; step < 3; ++step) log.scalar("loss", step, 1);
  }
  const std::string bytes = contents(event_files(directory.path()).at(0));
  const std::vector<std::string> all = records_of(bytes);
  REQUIRE(all.size() == 5);
  std::size_t whole = 0, next = 16 + all[0].size();
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    if (size == next) next += ++whole < all.size() ? 16 + all[whole].size() : 1;
    CHECK(records_of(bytes.substr(0, size)).size() == whole);
  }
  CHECK(whole == 5);
}

}  // namespace xgrad::nn
