#include <apps/common/program.hpp>

#include <cstdio>
#include <exception>

#include <fmt/format.h>

namespace xgrad::apps {

int run_program(std::string_view name, const std::function<int()>& work) {
  try {
    return work();
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: {}\n", name, error.what());
    return 1;
  }
}

}  // namespace xgrad::apps
