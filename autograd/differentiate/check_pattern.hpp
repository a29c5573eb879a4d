#pragma once

#include <autograd/differentiate/sparsity.hpp>

namespace xgrad {

/// Throws Error, in the name of a function, unless a pattern is one: shape (rows, columns), rows and columns vectors of
/// one length, of indices from 0 within them, and no place twice. Runs the indices.
void check_pattern(const char* op, const SparsityPattern& pattern);

}  // namespace xgrad
