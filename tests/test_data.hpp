#pragma once

namespace xgrad::test {

/// The folder tests/ of the sources: reference cases, and headers that tests read. Defined in main.cpp, so that the
/// test files themselves hold no path and compile to the same objects wherever the sources lie.
extern const char* const test_data;

}  // namespace xgrad::test
