#include <examples/report.hpp>

#include <fmt/format.h>

namespace xgrad::examples {

Report::Report(const std::string& title) { fmt::print("{}\n{:<58} {:>12} {:>12}\n", title, "", "found", "expected"); }

void Report::note(const std::string& what, double value) { fmt::print("{:<58} {:>12.4g}\n", what, value); }

void Report::at_most(const std::string& what, double value, double bound) {
  const bool holds = value <= bound;
  fmt::print("{:<58} {:>12.4g} {:>12}{}\n", what, value, fmt::format("<= {:.4g}", bound), holds ? "" : "  MISSED");
  missed_ = missed_ || !holds;
}

}  // namespace xgrad::examples
