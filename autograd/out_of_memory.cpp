#include <autograd/out_of_memory.hpp>

#include <string>

#include <autograd/error.hpp>
#include <autograd/kernel/memory.hpp>

namespace xgrad {

void refuse_lists(std::string_view function) {
  std::string message;
  try {
    message = "the system has no memory for lists of a few hundred bytes; tensors hold " +
              std::to_string(memory_stats().live) + " bytes";
  } catch (const std::bad_alloc&) {
    message.clear();  // which takes none
  }
  fail(function, message.empty() ? "the system has no memory" : std::string_view(message));
}

}  // namespace xgrad
