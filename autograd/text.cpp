#include <autograd/text.hpp>

#include <fmt/format.h>

namespace xgrad {

std::string to_string(double value) { return fmt::format("{}", value); }

}  // namespace xgrad
