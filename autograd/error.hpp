#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace xgrad {

/// The one exception type of the library. Its text names what was called, what was given and what was expected.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws Error("where: message"). Every refusal in the library goes through here.
[[noreturn]] void fail(std::string_view where, std::string_view message);

}  // namespace xgrad
