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
  fmt::print("{:<58} {:>12.1f}\n", "seconds",
             std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count());
}

void Report::line(const std::string& what, double value, const std::string& expected, bool holds) {
  fmt::print("{:<58} {:>12.4g} {:>12}{}\n", what, value, expected, holds ? "" : "  MISSED");
  missed_ = missed_ || !holds;
}

}  // namespace xgrad::examples
