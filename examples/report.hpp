#pragma once

#include <string>

namespace xgrad::examples {

/// The table an example prints: what was found, what was expected, and whether that agrees.
class Report {
 public:
  /// Prints the head of the table.
  explicit Report(const std::string& title);

  /// A line on a quantity of which nothing is expected.
  void note(const std::string& what, double value);
  /// A line on a quantity that must not exceed a bound. NaN is a miss.
  void at_most(const std::string& what, double value, double bound);

  /// What main() returns: 0 where all was as expected, else 1.
  int exit_code() const { return missed_ ? 1 : 0; }

 private:
  bool missed_ = false;
};

}  // namespace xgrad::examples
