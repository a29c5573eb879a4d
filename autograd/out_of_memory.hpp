#pragma once

#include <new>
#include <string_view>

namespace xgrad {

/// Throws Error: a function finds no memory for what it keeps beside tensors, such as lists of them.
[[noreturn, gnu::cold]] void refuse_lists(std::string_view function);

/// f(), where running out of memory is an Error in the name of the function that the user called.
template <class F>
decltype(auto) with_memory(std::string_view function, F&& f) {
  try {
    return f();
  } catch (const std::bad_alloc&) {
    refuse_lists(function);
  }
}

}  // namespace xgrad
