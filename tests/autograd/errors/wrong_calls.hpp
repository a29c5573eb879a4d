#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <autograd/autograd.hpp>

#include "../expect.hpp"

/// Wrong calls of the public operations, in tables by family. coverage_test.cpp compares the tables with the headers
/// and with the registry, so that an operation without its rows fails.
namespace xgrad::test {

enum class Kind {
  undefined,  ///< a Tensor that is none
  shape,      ///< shapes, ranks and lists of shapes that do not fit
  axis,       ///< axes out of range or given twice
  dtype,      ///< the wrong element type
  range,      ///< a number that has no meaning, an index out of range
  value,      ///< values that are known only when the operation runs
};

struct WrongCall {
  std::string op;  ///< as the user calls it: what the text starts with
  Kind kind;
  std::function<void()> call;
  std::vector<std::string> parts;  ///< what the text contains: argument, given, expected
};
using WrongCalls = std::vector<WrongCall>;

WrongCalls wrong_elementwise_calls();
WrongCalls wrong_reductions();
WrongCalls wrong_shape_calls();
WrongCalls wrong_index_calls();
WrongCalls wrong_products();
WrongCalls wrong_systems();
WrongCalls wrong_matrix_calls();
WrongCalls wrong_transforms_of_numbers();
WrongCalls wrong_window_calls();
WrongCalls wrong_creations();
WrongCalls wrong_aliases();
WrongCalls wrong_arrangements();
WrongCalls wrong_functions();
WrongCalls wrong_scatters();
WrongCalls wrong_statistics();
WrongCalls wrong_transform_calls();
WrongCalls wrong_collectives();

inline void append(WrongCalls& rows, WrongCalls more) { rows.insert(rows.end(), more.begin(), more.end()); }

/// Runs every call of a table, and what it returns.
inline void check(const WrongCalls& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    INFO("row ", i, ", ", rows[i].op);
    const std::string text = error_of(rows[i].call);
    CHECK_MESSAGE(text.starts_with(rows[i].op + ": "), text);
    CHECK(lacks(text, rows[i].parts) == "");
  }
}

/// Rows for a function of a tensor and an axis: beyond both ends of (2, 3), and of a scalar.
template <class F>
WrongCalls wrong_axes(const std::string& op, F f) {
  constexpr int least = std::numeric_limits<int>::min(), most = std::numeric_limits<int>::max();
  const Tensor x = zeros({2, 3});
  WrongCalls rows;
  for (const int axis : {2, -3, least, most})
    rows.push_back({op, Kind::axis, [=] { f(x, axis); }, {"axis " + std::to_string(axis), "(2, 3)", "-2 to 1"}});
  rows.push_back({op, Kind::axis, [=] { f(Tensor(1.0), 1); }, {"axis 1", "shape ()"}});
  return rows;
}

/// The row for a function of one tensor that is undefined.
template <class F>
WrongCall without(const std::string& op, const std::string& argument, F f) {
  return {op, Kind::undefined, [=] { f(Tensor()); }, {"argument '" + argument + "'", "undefined"}};
}

/// Rows for a function of (batches of) square matrices.
template <class F>
WrongCalls wrong_matrices(const std::string& op, const std::string& argument, F f) {
  return {
      without(op, argument, f),
      {op, Kind::shape, [=] { f(zeros({4})); }, {"'" + argument + "'", "(4,)", "matri", "expected"}},
      {op,
       Kind::shape,
       [=] {
         f(zeros({2, 3}));
       },
       {"'" + argument + "'", "(2, 3)", "square matrices", "expected"}},
  };
}

inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
inline constexpr std::int64_t least_int = std::numeric_limits<std::int64_t>::min();
inline constexpr std::int64_t most_int = std::numeric_limits<std::int64_t>::max();

}  // namespace xgrad::test
