#pragma once

#include <string>

#pragma GCC visibility push(default)
namespace xgrad {

/// The nodes that are kept on this thread's list, as a graph in the DOT language (https://graphviz.org): one box for
/// each operation with its shape and name scope, nodes of a differentiation pass in another colour.
std::string to_dot();

}  // namespace xgrad
#pragma GCC visibility pop
