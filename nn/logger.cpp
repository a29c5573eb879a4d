#include <nn/logger.hpp>

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <exception>
#include <filesystem>
#include <limits>
#include <mutex>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <autograd/io/appender.hpp>
#include <autograd/io/events.hpp>
#include <autograd/io/file.hpp>
#include <autograd/io/text.hpp>
#include <autograd/text.hpp>
#include <nn/logged_values.hpp>

namespace xgrad::nn {
namespace {

/// Bytes in memory for each file, beside what one record may have.
constexpr std::size_t most_waiting = std::size_t{1} << 16;

constexpr char csv_header[] = "wall_time,step,tag,value\n";

/// Throws Error unless a text can stand in all files.
void check_utf8(const char* function, const char* what, std::string_view text) {
  if (!io::is_utf8(text)) fail(function, fmt::format("{} '{}' is not UTF-8", what, io::shown(text)));
}

void check_tag(const char* function, const char* what, std::string_view tag) {
  if (tag.empty()) fail(function, fmt::format("{} is empty", what));
  check_utf8(function, what, tag);
  if (std::ranges::any_of(tag, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
    fail(function, fmt::format("{} '{}' has a control character in it", what, io::shown(tag)));
}

// ------------------------------------------------------------------------------------------------- rows of text

/// A text as JSON.
std::string json_text(std::string_view text) {
  const auto escaped = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; };
  if (std::ranges::any_of(text, escaped)) return nlohmann::json(text).dump();
  std::string quoted = "\"";
  quoted += text;
  return quoted += '"';
}

/// "nan" for all NaNs, whatever their sign.
std::string number(double value) { return std::isnan(value) ? "nan" : xgrad::to_string(value); }

/// A number as JSON. NaN and infinities, for which it has no numbers, are strings.
std::string json_number(double value) {
  const std::string text = number(value);
  return std::isfinite(value) ? text : '"' + text + '"';
}

std::string json_numbers(const std::vector<double>& values) {
  std::string text = "[";
  for (const double value : values) {
    if (text.size() > 1) text += ',';
    text += json_number(value);
  }
  return text + ']';
}

/// A cell of a CSV file (RFC 4180).
std::string csv_cell(std::string_view text) {
  if (text.find_first_of("\",") == std::string_view::npos) return std::string(text);
  std::string cell = "\"";
  for (const char c : text) {
    if (c == '"') cell += '"';
    cell += c;
  }
  return cell + '"';
}

std::string base64(std::string_view bytes) {
  constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t k) {
      return i + k < bytes.size() ? static_cast<unsigned>(static_cast<unsigned char>(bytes[i + k])) : 0u;
    };
    const unsigned three = byte(0) << 16 | byte(1) << 8 | byte(2);
    for (int k = 0; k < 4; ++k) text += digits[three >> (18 - 6 * k) & 63];
  }
  if (bytes.size() % 3 != 0)
    for (std::size_t k = bytes.size() % 3; k < 3; ++k) text[text.size() - 3 + k] = '=';
  return text;
}

// ------------------------------------------------------------------------------------------------- files

namespace fs = std::filesystem;

/// The file of events' name: "events.out.tfevents.1732917600.host.4711", with another number behind it where there is
/// one of that name.
std::string events_path(const fs::path& folder, double time) {
  char host[256] = {};
  if (::gethostname(host, sizeof host - 1) != 0 || host[0] == '\0') host[0] = '-', host[1] = '\0';
  const double whole = std::isfinite(time) ? std::clamp(std::floor(time), 0.0, 1e15) : 0;
  const fs::path path =
      folder / fmt::format("events.out.tfevents.{:010}.{}.{}", static_cast<std::int64_t>(whole), host, ::getpid());
  std::error_code unknown;
  fs::path free = path;
  for (int i = 1; fs::exists(free, unknown); ++i) free = path.string() + fmt::format(".{}", i);
  return free.string();
}

bool is_events_file(const fs::path& path) { return path.filename().string().starts_with("events.out.tfevents."); }

/// Where a row of the CSV file stands; nothing where it is no row.
std::optional<std::int64_t> step_of_csv(std::string_view row) {
  const std::size_t begin = row.find(',');
  const std::size_t end = begin == std::string_view::npos ? begin : row.find(',', begin + 1);
  if (end == std::string_view::npos) return std::nullopt;
  std::int64_t step = 0;
  const auto [stop, error] = std::from_chars(row.data() + begin + 1, row.data() + end, step);
  if (error != std::errc() || stop != row.data() + end) return std::nullopt;
  return step;
}

/// The same for the JSONL file, where a row without a step stands before all others.
std::optional<std::int64_t> step_of_json(std::string_view row) {
  const nlohmann::json object = nlohmann::json::parse(row, nullptr, false);
  if (!object.is_object() || !object.contains("kind")) return std::nullopt;
  const auto step = object.find("step");
  if (step == object.end()) return std::numeric_limits<std::int64_t>::min();
  if (!step->is_number_integer()) return std::nullopt;
  return step->get<std::int64_t>();
}

/// Takes the rows of a step and of later ones out of a file, and what a killed program has left of a last one.
void drop_rows(const std::string& path, std::string_view header,
               std::optional<std::int64_t> (*step_of)(std::string_view row), std::int64_t from) {
  const io::Place place{"Logger", path};
  std::error_code unknown;
  if (!fs::exists(path, unknown)) return;
  const std::string bytes = io::read_file(place);
  std::string_view rest = bytes;
  const bool begun = header.starts_with(rest);  // nothing else was written yet
  if (!begun && !rest.starts_with(header))
    place.refuse("it does not begin with '" + std::string(header.substr(0, header.size() - 1)) + "'");
  rest.remove_prefix(std::min(header.size(), rest.size()));
  std::string kept(header);
  std::size_t line = header.empty() ? 0 : 1;
  for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    const std::string_view row = rest.substr(0, end);
    ++line;
    const std::optional<std::int64_t> step = step_of(row);
    if (!step) place.refuse(fmt::format("line {} is none that a Logger writes", line));
    if (*step < from) kept.append(rest, 0, end + 1);
    rest.remove_prefix(end + 1);
  }
  if (kept != bytes) io::write_file(place, kept);
}

double system_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

struct Logger::State {
  std::string folder;
  std::function<double()> clock;
  double flush_seconds;
  std::mutex mutex;
  double flushed = 0;  ///< when
  std::unique_ptr<io::Appender> events, csv, jsonl;

  State(const std::string& in, const LoggerOptions& options)
      : folder(in), clock(options.clock ? options.clock : system_time), flush_seconds(options.flush_seconds) {
    check(in, options);
    const double now = flushed = clock();
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) fail("Logger", fmt::format("the folder '{}' cannot be made ({})", io::shown(folder), error.message()));
    const std::string csv_path = (fs::path(folder) / "scalars.csv").string();
    const std::string jsonl_path = (fs::path(folder) / "log.jsonl").string();
    if (options.overwrite) remove_files();
    if (!options.resume_at) {
      refuse_existing(csv_path);
      refuse_existing(jsonl_path);
    } else {
      if (options.csv) drop_rows(csv_path, csv_header, step_of_csv, *options.resume_at);
      if (options.jsonl) drop_rows(jsonl_path, "", step_of_json, *options.resume_at);
    }
    if (options.csv) {
      std::error_code unknown;
      const bool begun = fs::exists(csv_path, unknown);
      csv = std::make_unique<io::Appender>("Logger", csv_path, io::Appender::Open::existing_too);
      if (!begun) csv->append(csv_header);
    }
    if (options.jsonl) jsonl = std::make_unique<io::Appender>("Logger", jsonl_path, io::Appender::Open::existing_too);
    if (options.events) {
      events = std::make_unique<io::Appender>("Logger", events_path(folder, now), io::Appender::Open::must_be_new);
      events->append(io::framed(io::Event(now, 0).version()));
      events->append(io::framed(io::Event(now, options.resume_at.value_or(0)).session_start()));
    }
    flush();
  }

  static void check(const std::string& folder, const LoggerOptions& options) {
    if (folder.empty() || folder.find('\0') != std::string::npos)
      fail("Logger", fmt::format("the folder '{}' is empty or has a zero byte in its name", io::shown(folder)));
    if (!options.events && !options.csv && !options.jsonl)
      fail("Logger", "neither events, csv nor jsonl is to be written");
    if (options.resume_at && options.overwrite) fail("Logger", "resume_at and overwrite are both given");
    if (!(options.flush_seconds >= 0))
      fail("Logger", fmt::format("flush_seconds is {}; it must be 0 or more", options.flush_seconds));
  }

  static void refuse_existing(const std::string& path) {
    std::error_code unknown;
    if (fs::exists(path, unknown))
      fail("Logger", fmt::format("'{}' is there already, of another run; give resume_at to go on with it, overwrite to "
                                 "replace it, or another folder",
                                 io::shown(path)));
  }

  void remove_files() const {
    std::error_code error;
    std::vector<fs::path> found{fs::path(folder) / "scalars.csv", fs::path(folder) / "log.jsonl"};
    for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator();
         entry.increment(error))
      if (is_events_file(entry->path())) found.push_back(entry->path());
    for (std::size_t i = 0; i < found.size() && !error; ++i) fs::remove(found[i], error);
    if (error) fail("Logger", fmt::format("files in '{}' cannot be removed ({})", io::shown(folder), error.message()));
  }

  /// Flushes all files, also where one cannot be written.
  void flush() const {
    std::exception_ptr failed;
    for (const auto* file : {&events, &csv, &jsonl}) {
      try {
        if (*file) (*file)->flush();
      } catch (const Error&) {
        failed = std::current_exception();
      }
    }
    if (failed) std::rethrow_exception(failed);
  }

  /// Flushes where the time has come, by a clock that may jump, or where much waits.
  void flush_at(double now) {
    const auto much = [](const auto& file) { return file && file->waiting() >= most_waiting; };
    if (now - flushed < flush_seconds && now >= flushed && !much(events) && !much(csv) && !much(jsonl)) return;
    flushed = now;
    flush();
  }
};

Logger::Logger(const std::string& folder, const LoggerOptions& options)
    : state_(std::make_unique<State>(folder, options)) {}
Logger::Logger(Logger&& other) noexcept = default;
Logger& Logger::operator=(Logger&& other) noexcept = default;
Logger::~Logger() = default;

Logger::State& Logger::state() const {
  if (!state_) fail("Logger", "it was moved from");
  return *state_;
}

namespace {

/// The beginning of a row of the JSONL file, which a value follows.
std::string json_begin(const char* kind, double now, std::int64_t step, std::string_view tag) {
  return fmt::format(R"({{"kind":"{}","wall_time":{},"step":{},"tag":{})", kind, json_number(now), step,
                     json_text(tag));
}

void check_defined(const char* function, const Tensor& value) {
  if (!value.defined()) fail(function, "the tensor is undefined (default-constructed or moved from)");
}

}  // namespace

void Logger::scalar(std::string_view tag, std::int64_t step, double value) {
  check_tag("Logger::scalar", "the tag", tag);
  State& to = state();
  const std::lock_guard lock(to.mutex);
  const double now = to.clock();
  if (to.events) to.events->append(io::framed(io::Event(now, step).scalar(tag, static_cast<float>(value))));
  if (to.csv) to.csv->append(fmt::format("{},{},{},{}\n", number(now), step, csv_cell(tag), number(value)));
  if (to.jsonl)
    to.jsonl->append(fmt::format("{},\"value\":{}}}\n", json_begin("scalar", now, step, tag), json_number(value)));
  to.flush_at(now);
}

void Logger::scalar(std::string_view tag, std::int64_t step, const Tensor& value) {
  check_defined("Logger::scalar", value);
  if (value.size() != 1)
    fail("Logger::scalar",
         fmt::format("the tensor has shape {}; one element was expected", xgrad::to_string(value.shape())));
  scalar(tag, step, value.item());
}

void Logger::histogram(std::string_view tag, std::int64_t step, const Tensor& values) {
  check_tag("Logger::histogram", "the tag", tag);
  check_defined("Logger::histogram", values);
  State& to = state();
  if (!to.events && !to.jsonl) return;
  const auto [counts, not_finite] = histogram_of(values);
  const std::lock_guard lock(to.mutex);
  const double now = to.clock();
  if (to.events) to.events->append(io::framed(io::Event(now, step).histogram(tag, counts)));
  if (to.jsonl) {
    to.jsonl->append(fmt::format(
        R"({},"min":{},"max":{},"num":{},"sum":{},"sum_squares":{},"not_finite":{},"bucket_limit":{},"bucket":{}}})"
        "\n",
        json_begin("histogram", now, step, tag), json_number(counts.min), json_number(counts.max),
        json_number(counts.num), json_number(counts.sum), json_number(counts.sum_squares), not_finite,
        json_numbers(counts.bucket_limit), json_numbers(counts.bucket)));
  }
  to.flush_at(now);
}

void Logger::image(std::string_view tag, std::int64_t step, const Tensor& image) {
  check_tag("Logger::image", "the tag", tag);
  check_defined("Logger::image", image);
  State& to = state();
  if (!to.events && !to.jsonl) return;
  const io::EncodedImage picture = encoded_image("Logger::image", image);
  const std::lock_guard lock(to.mutex);
  const double now = to.clock();
  if (to.events) to.events->append(io::framed(io::Event(now, step).image(tag, picture)));
  if (to.jsonl) {
    to.jsonl->append(fmt::format(R"({},"height":{},"width":{},"channels":{},"png":"{}"}})"
                                 "\n",
                                 json_begin("image", now, step, tag), picture.height, picture.width, picture.channels,
                                 base64(picture.png)));
  }
  to.flush_at(now);
}

void Logger::text(std::string_view tag, std::int64_t step, std::string_view text) {
  check_tag("Logger::text", "the tag", tag);
  check_utf8("Logger::text", "the text", text);
  State& to = state();
  const std::lock_guard lock(to.mutex);
  const double now = to.clock();
  if (to.events) to.events->append(io::framed(io::Event(now, step).text(tag, text)));
  if (to.jsonl)
    to.jsonl->append(fmt::format("{},\"text\":{}}}\n", json_begin("text", now, step, tag), json_text(text)));
  to.flush_at(now);
}

void Logger::hyperparameters(const HyperParameters& values) {
  std::vector<std::pair<std::string, io::EventValue>> known;
  std::string row;
  for (const auto& entry : values) {  // no structured binding, which a lambda of Clang 14 cannot capture
    const auto& name = entry.first;
    const auto& value = entry.second;
    check_tag("Logger::hyperparameters", "a name", name);
    if (std::ranges::any_of(known, [&](const auto& other) { return other.first == name; }))
      fail("Logger::hyperparameters", fmt::format("the name '{}' stands twice", io::shown(name)));
    known.emplace_back(name, value.value());
    std::string shown;
    if (const auto* text = std::get_if<std::string>(&value.value())) {
      check_utf8("Logger::hyperparameters", "a value", *text);
      shown = json_text(*text);
    } else if (const bool* flag = std::get_if<bool>(&value.value())) {
      shown = *flag ? "true" : "false";
    } else {
      shown = json_number(std::get<double>(value.value()));
    }
    row += fmt::format("{}{}:{}", row.empty() ? "" : ",", json_text(name), shown);
  }
  State& to = state();
  const std::lock_guard lock(to.mutex);
  const double now = to.clock();
  if (to.events) to.events->append(io::framed(io::Event(now, 0).hyperparameters(known)));
  if (to.jsonl) {
    to.jsonl->append(
        fmt::format("{{\"kind\":\"hyperparameters\",\"wall_time\":{},\"values\":{{{}}}}}\n", json_number(now), row));
  }
  to.flush_at(now);
}

void Logger::flush() {
  State& to = state();
  const std::lock_guard lock(to.mutex);
  to.flush();
}

const std::string& Logger::folder() const { return state().folder; }

}  // namespace xgrad::nn
