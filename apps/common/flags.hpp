#pragma once

#include <cmath>
#include <limits>
#include <string>

#include <CLI/CLI.hpp>

#include <apps/common/program.hpp>

/// What the programs' command lines share. CLI11 is heavy, so only files with a main() include this.
namespace xgrad::apps {

/// A finite number with low <= x < high; with low < x where `open` says so.
enum class LowEnd { closed, open };

inline CLI::Validator number_in(double low, double high, LowEnd low_end, const std::string& description) {
  const auto check = [=](const std::string& text) -> std::string {
    double value = 0;
    const bool fits = CLI::detail::lexical_cast(text, value) && std::isfinite(value) && value < high &&
                      (low_end == LowEnd::open ? value > low : value >= low);
    return fits ? "" : text + " is not " + description;
  };
  return CLI::Validator(check, "", "number_in");
}

inline CLI::Validator positive_number() {
  return number_in(0, std::numeric_limits<double>::infinity(), LowEnd::open, "a positive number");
}

inline CLI::Validator non_negative_number() {
  return number_in(0, std::numeric_limits<double>::infinity(), LowEnd::closed, "a number that is 0 or more");
}

inline CLI::Validator fraction() { return number_in(0, 1, LowEnd::closed, "a number from 0 up to, but not, 1"); }

/// A whole number from 1 on.
inline CLI::Validator count() { return CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}, "COUNT"); }

/// Parses the command line and does the work. Exit codes: usage_exit_code where the flags are wrong, 0 where help was
/// asked for, else what run_program says.
inline int parse_and_run(CLI::App& app, int argc, char** argv, const std::function<int()>& work) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : usage_exit_code;
  }
  return run_program(app.get_name(), work);
}

}  // namespace xgrad::apps
