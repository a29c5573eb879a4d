#pragma once

#include <string>

namespace xgrad {

/// A number as text: as short as it can be and still be read as the same number, "inf" or "nan". Like every number that
/// the library writes or reads it has a decimal point under every locale, C's and C++'s; std::to_string, printf and
/// streams follow the locale.
std::string to_string(double value);

}  // namespace xgrad
