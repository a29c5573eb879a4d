#pragma once

#include <data/splitmix.hpp>

#pragma GCC visibility push(default)
/// Random numbers of distributions, for the library's own files.
namespace xgrad::data::detail {

/// A standard normal number (Box and Muller, "A note on the generation of random normal deviates", 1958), the same on
/// every machine up to the rounding of log1p and cos. Takes two numbers of the generator.
double standard_normal(SplitMix64& random);

}  // namespace xgrad::data::detail
#pragma GCC visibility pop
