#include <autograd/error.hpp>

namespace xgrad {

void fail(std::string_view where, std::string_view message) {
  std::string text(Called::name(""));
  if (text.empty()) text = where;
  text += ": ";
  text += message;
  throw Error(text);
}

}  // namespace xgrad
