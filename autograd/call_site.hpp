#pragma once

#include <cstdint>
#include <string_view>
#include <version>

#ifdef __cpp_lib_source_location
#include <source_location>
#endif

#pragma GCC visibility push(default)
namespace xgrad {

#ifdef __cpp_lib_source_location
using SourceLocation = std::source_location;
#define XGRAD_CONSTEVAL consteval
#else
/// Stands in where the compiler lacks std::source_location. Clang before 16 does; what it evaluates while it compiles
/// has the line of the default argument, not of the call.
class SourceLocation {
 public:
  static constexpr SourceLocation current(const char* file = __builtin_FILE(),
                                          std::uint_least32_t line = __builtin_LINE()) noexcept {
    SourceLocation here;
    here.file_ = file;
    here.line_ = line;
    return here;
  }
  constexpr const char* file_name() const noexcept { return file_; }
  constexpr std::uint_least32_t line() const noexcept { return line_; }

 private:
  const char* file_ = "";
  std::uint_least32_t line_ = 0;
};
#define XGRAD_CONSTEVAL constexpr
#endif

/// Where an operation is called. Calls within the library's own sources have no place: what a composition records
/// belongs to the line that called the composition.
class CallSite {
 public:
  constexpr CallSite() noexcept = default;
  /// Implicit, so that `CallSite where = SourceLocation::current()` as a default argument gives the caller's
  /// line. Evaluated by the compiler where it can, so that the library's binary holds no paths.
  XGRAD_CONSTEVAL CallSite(SourceLocation here) noexcept {
    if (here.line() == 0 || in_library(here.file_name())) return;
    file_ = here.file_name();
    line_ = here.line();
  }

  constexpr bool known() const noexcept { return line_ != 0; }
  const char* file() const noexcept { return file_; }
  std::uint32_t line() const noexcept { return line_; }

 private:
  static XGRAD_CONSTEVAL bool in_library(std::string_view file) noexcept {
    std::string_view root = SourceLocation::current().file_name();
    root.remove_suffix(std::string_view("autograd/call_site.hpp").size());
    if (!file.starts_with(root)) return false;
    file.remove_prefix(root.size());
    return file.starts_with("autograd/") || file.starts_with("nn/") || file.starts_with("data/");
  }

  const char* file_ = "";
  std::uint32_t line_ = 0;
};

/// The place of a call of a member, as its last argument: `MemberCall call = SourceLocation::current()`. Nothing that a
/// user writes converts to it, `{}` neither, so that it takes part in no choice between overloads.
class MemberCall {
 public:
  XGRAD_CONSTEVAL MemberCall(SourceLocation here) noexcept : site_(here) {}
  constexpr operator CallSite() const noexcept { return site_; }

 private:
  CallSite site_;
};

#undef XGRAD_CONSTEVAL

}  // namespace xgrad
#pragma GCC visibility pop
