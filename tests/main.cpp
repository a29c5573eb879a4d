#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "test_data.hpp"

const char* const xgrad::test::test_data = XGRAD_TEST_DATA;
