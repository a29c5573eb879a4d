#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <autograd/autograd.hpp>

/// Wrong values in place of a right one, by type: empty, huge, negative, NaN, moved-from, undefined. What a call can be
/// given is found from the types of its arguments, so that a test names a function and one right call.
namespace xgrad::test {

/// What a function that a test hands to the library throws: it comes out as it is.
struct Thrown {};

/// Wrong<T>::of(right): the values of T to try in place of `right`.
template <class T>
struct Wrong;

template <class T>
std::vector<T> wrong(const T& right) {
  return Wrong<T>::of(right);
}

// ------------------------------------------------------------------------------------------------- numbers

template <>
struct Wrong<bool> {
  static std::vector<bool> of(bool right) { return {!right}; }
};

template <std::integral T>
struct Wrong<T> {
  static std::vector<T> of(T right) {
    using Limits = std::numeric_limits<T>;
    std::vector<T> values{0,
                          1,
                          static_cast<T>(-1),
                          static_cast<T>(right + 1),
                          static_cast<T>(-right),
                          9,
                          64,
                          Limits::max(),
                          Limits::min(),
                          static_cast<T>(Limits::max() - 1)};
    if constexpr (sizeof(T) == 8) {
      for (const int bits : {31, 32, 40, 53, 62}) values.push_back(T{1} << bits);
      values.push_back(std::numeric_limits<std::int32_t>::max());
    }
    return values;
  }
};

template <std::floating_point T>
struct Wrong<T> {
  static std::vector<T> of(T right) {
    using Limits = std::numeric_limits<T>;
    return {0,
            T(-0.0),
            1,
            -right,
            T(1.5),
            T(-2.5),
            T(1e-3),
            T(1e15),
            T(1e19),
            Limits::max(),
            Limits::lowest(),
            Limits::denorm_min(),
            Limits::quiet_NaN(),
            Limits::infinity(),
            -Limits::infinity()};
  }
};

template <>
struct Wrong<Number> {
  static std::vector<Number> of(const Number& right) {
    std::vector<Number> values{true};
    for (const double number : wrong(right.to_double())) values.emplace_back(number);
    for (const std::int64_t number : wrong(right.truncated())) values.emplace_back(number);
    return values;
  }
};

/// Enumerators and what lies beyond them.
template <class T>
requires std::is_enum_v<T>
struct Wrong<T> {
  static std::vector<T> of(T) {
    std::vector<T> values;
    for (const int number : {0, 1, 2, 3, 4, 100}) values.push_back(static_cast<T>(number));
    return values;
  }
};

// ------------------------------------------------------------------------------------------------- tensors

/// Tensors to try in place of one: of its shape with other values, dtypes and layouts, and of other shapes.
std::vector<Tensor> wrong_tensors(const Tensor& right);
/// Shapes of its rank, or like it, of as many elements as a tensor may have: no memory holds them, nor would a system
/// promise it.
std::vector<Shape> huge_shapes(const Shape& right);

template <>
struct Wrong<Tensor> {
  static std::vector<Tensor> of(const Tensor& right) { return wrong_tensors(right); }
};

template <>
struct Wrong<Shape> {
  static std::vector<Shape> of(const Shape& right) {
    constexpr std::int64_t huge = std::int64_t{1} << 62;
    std::vector<Shape> shapes{{},
                              {0},
                              {1},
                              {7},
                              {huge},
                              {0, 3},
                              {3, 0, 2},
                              {huge, 1, 1},
                              {huge, 0},
                              {0, huge},
                              {1, 1, 1, 1, 1, 1, 1, 1},
                              {1LL << 31, 1LL << 31},
                              {1, 1LL << 40}};
    for (int axis = 0; axis < right.rank(); ++axis) {
      for (const std::int64_t extent : {std::int64_t{0}, right[axis] + 1, std::int64_t{1} << 45}) {
        std::vector<std::int64_t> extents(right.begin(), right.end());
        extents[static_cast<std::size_t>(axis)] = extent;
        shapes.push_back(extents);
      }
    }
    return shapes;
  }
};

template <>
struct Wrong<Axes> {
  static std::vector<Axes> of(const Axes&) {
    constexpr int most = std::numeric_limits<int>::max(), least = std::numeric_limits<int>::min();
    return {Axes(),
            0,
            1,
            -1,
            -2,
            7,
            8,
            -9,
            63,
            64,
            most,
            least,
            std::vector<int>{},
            {0, 0},
            {0, -1},
            {0, 1, 2},
            {0, 1, 2, 3, 4, 5, 6, 7},
            {most, least}};
  }
};

template <>
struct Wrong<Generator> {
  static std::vector<Generator> of(const Generator& right) {
    Generator at_end = right;
    at_end.set_position(std::numeric_limits<std::uint64_t>::max());
    return {Generator(0), Generator(std::numeric_limits<std::uint64_t>::max()), at_end};
  }
};

// ------------------------------------------------------------------------------------------------- texts, lists

template <>
struct Wrong<std::string> {
  static std::vector<std::string> of(const std::string& right) {
    return {"",
            std::string(1 << 16, 'i'),
            std::string("a\0b", 3),
            "\xff\xfe\x80",
            std::string(4000, '['),
            right + "x",
            "." + right,
            "%s%n{}",
            right + right,
            "\n",
            right + "\xc3"};
  }
};

template <class T>
struct Wrong<std::optional<T>> {
  static std::vector<std::optional<T>> of(const std::optional<T>& right) {
    std::vector<std::optional<T>> values{std::nullopt};
    const T present = right ? *right : [] {
      if constexpr (std::is_default_constructible_v<T>)
        return T{};
      else
        return T(0);
    }();
    for (const T& value : wrong(present)) values.emplace_back(value);
    return values;
  }
};

template <class A, class B>
struct Wrong<std::pair<A, B>> {
  static std::vector<std::pair<A, B>> of(const std::pair<A, B>& right) {
    std::vector<std::pair<A, B>> values;
    for (const A& first : wrong(right.first)) values.emplace_back(first, right.second);
    for (const B& second : wrong(right.second)) values.emplace_back(right.first, second);
    return values;
  }
};

/// None, one fewer, one more, many, and wrong ones at the first and the last place.
template <class T>
struct Wrong<std::vector<T>> {
  static std::vector<std::vector<T>> of(const std::vector<T>& right) {
    std::vector<std::vector<T>> values{{}};
    if (right.empty()) return values;
    values.emplace_back(right.begin(), right.end() - 1);
    values.push_back(right);
    values.back().push_back(right.back());
    values.emplace_back(20, right.front());
    for (const T& value : wrong(static_cast<T>(right.front()))) {
      values.push_back(right);
      values.back().front() = value;
      values.push_back(right);
      values.back().back() = value;
    }
    return values;
  }
};

template <class T>
struct Wrong<std::map<std::string, T>> {
  static std::vector<std::map<std::string, T>> of(const std::map<std::string, T>& right) {
    std::vector<std::map<std::string, T>> values{{}};
    const T some = right.empty() ? T{} : right.begin()->second;
    for (const std::string& name : wrong(std::string("name"))) {
      values.push_back(right);
      values.back().emplace(name, some);
    }
    for (const T& value : wrong(some)) {
      values.push_back(right);
      values.back()["other"] = value;
    }
    return values;
  }
};

// ------------------------------------------------------------------------------------------------- functions

/// Another result of a user's function: nothing, wrong tensors, no tensors.
template <class R>
std::vector<R> wrong_results() {
  const Tensor x = zeros({2, 3});
  if constexpr (std::same_as<R, Tensor>)
    return {Tensor(), x, sum(x), tensor({1, 2}, int64), zeros({0}), Tensor(2.0), zeros({1, 1, 1, 1, 1, 1, 1, 1})};
  else if constexpr (std::same_as<R, std::vector<Tensor>>)
    return {{}, {Tensor()}, {x}, {x, x, x}, {x, Tensor()}, {sum(x), tensor({1, 2}, int64)}};
  else if constexpr (requires(R result) { Wrong<R>::of(result); })
    return wrong(R{});
  else
    return {R{}};
}

/// No function, one that throws, those that give something else.
template <class R, class... A>
struct Wrong<std::function<R(A...)>> {
  using Function = std::function<R(A...)>;
  static std::vector<Function> of(const Function&) {
    std::vector<Function> functions{Function(), [](A...) -> R { throw Thrown(); },
                                    [](A...) -> R { fail("the user's function", "an Error of its own"); }};
    if constexpr (!std::same_as<R, void>)
      for (const R& result : wrong_results<R>()) functions.push_back([result](A...) { return result; });
    return functions;
  }
};

template <>
struct Wrong<TensorsFunction> {
  using Function = std::function<Tensor(const std::vector<Tensor>&)>;
  static std::vector<TensorsFunction> of(const TensorsFunction& right) {
    const std::vector<Function> functions = Wrong<Function>::of(right);
    return {functions.begin(), functions.end()};
  }
};

// ------------------------------------------------------------------------------------------------- options

/// The fields of a struct of options, as references: one overload for each (options.hpp). They bind every field, so a
/// field that is added does not compile until it is listed.
template <class T>
concept Options = requires(T& options) {
  fields(options);
};

/// One field wrong at a time.
template <Options T>
struct Wrong<T> {
  static std::vector<T> of(const T& right) {
    std::vector<T> values;
    T options = right;
    const auto each = [&](auto& field) {
      const auto kept = field;
      for (const auto& value : wrong(kept)) {
        field = value;
        values.push_back(options);
      }
      field = kept;
    };
    std::apply([&](auto&... field) { (each(field), ...); }, fields(options));
    return values;
  }
};

}  // namespace xgrad::test
