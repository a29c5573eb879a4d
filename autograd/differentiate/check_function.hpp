#pragma once

#include <functional>

#include <autograd/error.hpp>

namespace xgrad {

/// Throws Error, in the name of a transform, where the function that it is given is empty.
template <class F>
void check_function(const char* op, const std::function<F>& f) {
  if (!f) fail(op, "the function is empty");
}

}  // namespace xgrad
