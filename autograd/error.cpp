#include <autograd/error.hpp>

#include <new>
#include <optional>

namespace xgrad {
namespace {

/// Made as the program starts: where memory is out, there may be none for a text.
const Error no_memory_for_text("xgrad: the system has no memory for a few bytes, not even for the text of an error");

}  // namespace

void fail(std::string_view where, std::string_view message) {
  std::optional<Error> error;
  try {
    std::string text(Called::name(""));
    if (text.empty()) text = where;
    text += ": ";
    text += message;
    error.emplace(text);
  } catch (const std::bad_alloc&) {
    error = no_memory_for_text;  // a copy takes no memory
  }
  throw Error(*error);
}

}  // namespace xgrad
