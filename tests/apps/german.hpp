#pragma once

#include <clocale>
#include <cstdlib>
#include <locale>

#include "scratch.hpp"

/// As long as it lives, numbers have a decimal comma and points between thousands: for streams of C++ in any case, for
/// the C library where the system has German, or localedef to make it.
class German {
 public:
  German() : before_(std::locale::global(std::locale(std::locale::classic(), new Punctuation))) {
    const std::string locale = scratch_ / "de_DE.UTF-8";
    if (std::setlocale(LC_ALL, "de_DE.UTF-8") == nullptr &&
        std::system(("localedef -i de_DE -f UTF-8 '" + locale + "' 2>/dev/null").c_str()) == 0) {
      ::setenv("LOCPATH", (scratch_ / "").c_str(), 1);
      std::setlocale(LC_ALL, "de_DE.UTF-8");
    }
  }
  German(const German&) = delete;
  German& operator=(const German&) = delete;
  ~German() {
    std::locale::global(before_);
    std::setlocale(LC_ALL, "C");
    ::unsetenv("LOCPATH");
  }

  bool in_c_library() const { return *std::localeconv()->decimal_point == ','; }

 private:
  struct Punctuation : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
  };

  Scratch scratch_;
  std::locale before_;
};
