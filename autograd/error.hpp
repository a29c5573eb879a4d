#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#pragma GCC visibility push(default)
namespace xgrad {

/// The one exception type of the library. Its text names what was called, what was given and what was expected.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws Error("where: message"). Every refusal in the library goes through here. Where a Called is alive, it names
/// that.
[[noreturn]] void fail(std::string_view where, std::string_view message);

/// While it is alive, errors of this thread name `function`, which the user called, in place of the operations that it
/// is composed of. Of several the outermost counts. The text of the name lives as long as the program.
class Called {
 public:
  explicit Called(const char* function) noexcept : outer_(name_) {
    if (!outer_) name_ = function;
  }
  Called(const Called&) = delete;
  Called& operator=(const Called&) = delete;
  ~Called() { name_ = outer_; }

  /// The function that the user called, or `itself`, an operation that is none's part.
  static const char* name(const char* itself) noexcept { return name_ ? name_ : itself; }

  /// While it is alive, errors name what fails again: for what a function runs that is not a part of it, such as
  /// functions of the user and all that waits for a run.
  class Suspended {
   public:
    Suspended() noexcept : outer_(name_) { name_ = nullptr; }
    Suspended(const Suspended&) = delete;
    Suspended& operator=(const Suspended&) = delete;
    ~Suspended() { name_ = outer_; }

   private:
    const char* outer_;
  };

 private:
  inline static constinit thread_local const char* name_ = nullptr;

  const char* outer_;
};

}  // namespace xgrad
#pragma GCC visibility pop
