#include <examples/report.hpp>

#include <fmt/format.h>

namespace xgrad::examples {

Report::Report(const std::string& title) { fmt::print("{}\n{:<58} {:>12} {:>12}\n", title, "", "found", "expected"); }

void Report::note(const std::string& what, double value) { fmt::print("{:<58} {:>12.4g}\n", what, value); }

void Report::at_most(const std::string& what, double value, double bound) {
  line(what, value, fmt::format("<= {:.4g}", bound), value <= bound);
}

void Report::at_least(const std::string& what, double value, double bound) {
  line(what, value, fmt::format(">= {:.4g}", bound), value >= bound);
}

void Report::seconds() {
  const double seconds = static_cast<double>(std::clock() - start_) / CLOCKS_PER_SEC;
  fmt::print("{:<58} {:>12.1f}\n", "seconds of the processor", seconds);
}

void Report::line(const std::string& what, double value, const std::string& expected, bool holds) {
  fmt::print("{:<58} {:>12.4g} {:>12}{}\n", what, value, expected, holds ? "" : "  MISSED");
  missed_ = missed_ || !holds;
}

}  // namespace xgrad::examples
