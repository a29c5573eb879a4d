#pragma once

#include <ctime>
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
  /// A line on a quantity that must reach a bound. NaN is a miss.
  void at_least(const std::string& what, double value, double bound);
  /// A line on the seconds that the program has taken since the head of the table, of all its threads: not those that
  /// other programs took.
  void seconds();

  /// What main() returns: 0 where all was as expected, else 1.
  int exit_code() const { return missed_ ? 1 : 0; }

 private:
  void line(const std::string& what, double value, const std::string& expected, bool holds);

  std::clock_t start_ = std::clock();
  bool missed_ = false;
};

}  // namespace xgrad::examples
