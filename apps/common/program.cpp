#include <apps/common/program.hpp>

#include <exception>
#include <new>

#include <apps/common/output.hpp>

namespace xgrad::apps {

namespace {

/// In parts, since there may be no memory for a string.
int refuse(std::string_view name, std::string_view message) noexcept {
  for (const std::string_view part : {name, std::string_view(": "), message, std::string_view("\n")}) complain(part);
  return 1;
}

}  // namespace

int run_program(std::string_view name, const std::function<int()>& work) noexcept {
  secure_streams();
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return refuse(name, "there is not enough memory");
  } catch (const std::exception& error) {
    return refuse(name, error.what());
  }
}

}  // namespace xgrad::apps
