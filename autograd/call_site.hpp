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
#else
/// Stands in where the compiler lacks std::source_location (Clang before 16): no line is known.
struct SourceLocation {
  static constexpr SourceLocation current() noexcept { return {}; }
  static constexpr const char* file_name() noexcept { return ""; }
  static constexpr std::uint_least32_t line() noexcept { return 0; }
};
#endif

/// Where an operation is called. Calls within the library's own sources have no place: what a composition records
/// belongs to the line that called the composition.
class CallSite {
 public:
  constexpr CallSite() noexcept = default;
  /// Implicit, so that `CallSite where = SourceLocation::current()` as a default argument gives the caller's
  /// line. Evaluated by the compiler, so that the library's binary holds no paths.
  consteval CallSite(SourceLocation here) noexcept {
    if (here.line() == 0 || in_library(here.file_name())) return;
    file_ = here.file_name();
    line_ = here.line();
  }

  constexpr bool known() const noexcept { return line_ != 0; }
  const char* file() const noexcept { return file_; }
  std::uint32_t line() const noexcept { return line_; }

 private:
  static consteval bool in_library(std::string_view file) noexcept {
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
  consteval MemberCall(SourceLocation here) noexcept : site_(here) {}
  constexpr operator CallSite() const noexcept { return site_; }

 private:
  CallSite site_;
};

}  // namespace xgrad
#pragma GCC visibility pop
