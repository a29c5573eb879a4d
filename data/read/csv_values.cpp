#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstdlib>
#include <functional>
#include <string>
#include <system_error>
#include <unordered_map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <autograd/io/text.hpp>
#include <data/read/csv_reading.hpp>

namespace xgrad::data {
namespace {

#ifndef __cpp_lib_to_chars
/// What libc++ lacks before version 20, by the C library, in whose locale "C" this is.
template <std::floating_point T>
std::from_chars_result from_chars(const char* begin, const char* end, T& value) {
  const std::string text(begin, end);
  const bool starts_right = !text.empty() && !std::isspace(static_cast<unsigned char>(text[0])) && text[0] != '+';
  if (!starts_right || text.find_first_of("xX") != std::string::npos) return {begin, std::errc::invalid_argument};
  char* stopped = nullptr;
  errno = 0;
  const T parsed = sizeof(T) == sizeof(float) ? static_cast<T>(std::strtof(text.c_str(), &stopped))
                                              : static_cast<T>(std::strtod(text.c_str(), &stopped));
  if (stopped == text.c_str()) return {begin, std::errc::invalid_argument};
  const char* const after = begin + (stopped - text.c_str());
  if (errno == ERANGE) return {after, std::errc::result_out_of_range};
  value = parsed;
  return {after, std::errc()};
}
#endif
using std::from_chars;

enum class Parsed { value, beyond, none };

/// As std::from_chars, of the whole text, with a sign + as well.
template <class T>
Parsed parse(std::string_view text, T& value) noexcept {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  if (text.ends_with(')')) return Parsed::none;  // "nan(0)"
  const auto [end, error] = from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) return Parsed::none;
  return error == std::errc::result_out_of_range ? Parsed::beyond : Parsed::value;
}

/// A number that is not beyond T: rounded once, to 0 where it is too small.
template <class T>
Parsed parse_number(std::string_view text, T& value) noexcept {
  const Parsed parsed = parse(text, value);
  if (parsed != Parsed::beyond) return parsed;
  if (double wide; parse(text, wide) == Parsed::value) {
    value = static_cast<T>(wide);
    return std::abs(wide) < 1 ? Parsed::value : Parsed::beyond;
  }
  const std::size_t exponent = text.find_first_of("eE");
  if (exponent == std::string_view::npos || text.substr(exponent + 1, 1) != "-") return Parsed::beyond;
  value = text.starts_with('-') ? T{-0.0} : T{0};
  return Parsed::value;
}

std::string not_of_type(std::string_view text, const char* expected) {
  return fmt::format("'{}'; expected {}", io::shown(text), expected);
}

class Integers : public CsvValues {
 public:
  Integers(const CsvReading& reading, const CsvPlan& plan, std::size_t column, std::int64_t rows)
      : reading_(reading), plan_(plan), column_(column) {
    values_.reserve(static_cast<std::size_t>(rows));
    if (plan.missing_line > 0) fill_ = std::get<Number>(*plan.fill).truncated();
  }

  void add(const CsvField& field) override {
    const Parsed parsed = parse(trimmed(field.text), values_.emplace_back());
    if (parsed == Parsed::none) reading_.refuse(field.line, column_, not_of_type(field.text, "an integer"));
    if (parsed == Parsed::beyond)
      reading_.refuse(field.line, column_, not_of_type(field.text, "an integer that int64 holds"));
  }
  void add_missing() override { values_.push_back(fill_); }
  CsvTable::Column finish() override {
    return {plan_.name, CsvType::integer, tensor(std::span<const std::int64_t>(values_), {std::ssize(values_)}), {}};
  }

 private:
  const CsvReading& reading_;
  const CsvPlan& plan_;
  std::size_t column_;
  std::vector<std::int64_t> values_;
  std::int64_t fill_ = 0;
};

template <class T>
class Numbers : public CsvValues {
 public:
  Numbers(const CsvReading& reading, const CsvPlan& plan, std::size_t column, std::int64_t rows)
      : reading_(reading), plan_(plan), column_(column) {
    values_.reserve(static_cast<std::size_t>(rows));
  }

  void add(const CsvField& field) override {
    T& value = values_.emplace_back();
    const Parsed parsed = parse_number(trimmed(field.text), value);
    if (parsed == Parsed::none) reading_.refuse(field.line, column_, not_of_type(field.text, "a number"));
    if (parsed == Parsed::beyond)
      reading_.refuse(field.line, column_,
                      not_of_type(field.text, sizeof(T) == 4 ? "a number that float32 holds (.number_dtype = float64 "
                                                               "holds larger ones)"
                                                             : "a number that float64 holds"));
    sum_ += static_cast<double>(value);
  }
  void add_missing() override {
    missing_.push_back(values_.size());
    values_.emplace_back();
  }
  CsvTable::Column finish() override {
    if (!missing_.empty()) {
      const Number* number = std::get_if<Number>(plan_.fill);
      const double fill = number ? number->to_double() : sum_ / static_cast<double>(plan_.present);
      for (const std::size_t row : missing_) values_[row] = static_cast<T>(fill);
    }
    return {plan_.name, CsvType::number, tensor(std::span<const T>(values_), {std::ssize(values_)}), {}};
  }

 private:
  const CsvReading& reading_;
  const CsvPlan& plan_;
  std::size_t column_;
  std::vector<T> values_;
  std::vector<std::size_t> missing_;
  double sum_ = 0;
};

class Texts : public CsvValues {
 public:
  Texts(const CsvReading& reading, const CsvPlan& plan, std::size_t column, std::int64_t rows)
      : reading_(reading), plan_(plan), column_(column) {
    codes_.reserve(static_cast<std::size_t>(rows));
    if (!plan.categories) return;
    for (const std::string& text : *plan.categories)
      if (!code_of_.emplace(text, std::ssize(code_of_)).second)
        reading.refuse(fmt::format(".categories of column '{}' has '{}' twice", io::shown(plan.name), io::shown(text)));
  }

  void add(const CsvField& field) override { add(field.text, field.line); }
  void add_missing() override { add(std::get<std::string>(*plan_.fill), plan_.missing_line); }
  CsvTable::Column finish() override {
    std::vector<std::string> texts(code_of_.size());
    for (const auto& [text, code] : code_of_) texts[static_cast<std::size_t>(code)] = text;
    if (!plan_.categories) sort(texts);
    return {plan_.name, CsvType::text, tensor(std::span<const std::int64_t>(codes_), {std::ssize(codes_)}),
            std::move(texts)};
  }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  void add(std::string_view text, std::int64_t line) {
    const auto found = code_of_.find(text);
    if (found != code_of_.end()) return codes_.push_back(found->second);
    if (plan_.categories)
      reading_.refuse(line, column_, fmt::format("'{}'; expected one of its .categories", io::shown(text)));
    codes_.push_back(std::ssize(code_of_));
    code_of_.emplace(text, std::ssize(code_of_));
  }

  /// From the order in which they came to that of their bytes.
  void sort(std::vector<std::string>& texts) {
    std::ranges::sort(texts);
    std::vector<std::int64_t> places(texts.size());
    for (std::size_t place = 0; place < texts.size(); ++place)
      places[static_cast<std::size_t>(code_of_.find(texts[place])->second)] = static_cast<std::int64_t>(place);
    for (std::int64_t& code : codes_) code = places[static_cast<std::size_t>(code)];
  }

  const CsvReading& reading_;
  const CsvPlan& plan_;
  std::size_t column_;
  std::vector<std::int64_t> codes_;
  std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>> code_of_;
};

}  // namespace

std::unique_ptr<CsvValues> csv_values(const CsvReading& reading, const CsvPlan& plan, std::size_t column,
                                      std::int64_t rows) {
  if (plan.type == CsvType::integer) return std::make_unique<Integers>(reading, plan, column, rows);
  if (plan.type == CsvType::text) return std::make_unique<Texts>(reading, plan, column, rows);
  if (reading.number_dtype() == float32) return std::make_unique<Numbers<float>>(reading, plan, column, rows);
  return std::make_unique<Numbers<double>>(reading, plan, column, rows);
}

std::string csv_names(const std::vector<std::string>& names) {
  constexpr std::size_t most = 20;
  std::vector<std::string> first;
  for (std::size_t i = 0; i < std::min(most, names.size()); ++i) first.push_back("'" + io::shown(names[i]) + "'");
  return fmt::format("the columns are {}{}", fmt::join(first, ", "), names.size() > most ? ", ..." : "");
}

std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool is_integer(std::string_view text) noexcept {
  std::int64_t value;
  return parse(text, value) == Parsed::value;
}

bool is_number(std::string_view text) noexcept {
  double value;
  return parse(text, value) != Parsed::none;
}

}  // namespace xgrad::data
