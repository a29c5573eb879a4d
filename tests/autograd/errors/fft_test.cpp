#include "wrong_calls.hpp"

namespace xgrad::test {
namespace {

/// Rows for a transform along one axis.
template <class F>
WrongCalls wrong_transforms(const std::string& op, bool of_pairs, F f) {
  const Tensor x = of_pairs ? zeros({2, 3, 2}) : zeros({2, 3}), nothing = of_pairs ? zeros({0, 2}) : zeros({0});
  WrongCalls rows = {
      without(op, "x", [=](const Tensor& t) { f(t, FftOptions{}); }),
      {op, Kind::axis, [=] { f(x, FftOptions{.axis = 2}); }, {"axis 2", "(2, 3)", "-2 to 1"}},
      {op, Kind::range, [=] { f(x, FftOptions{.n = 0}); }, {"length", "is 0", "at least 1"}},
      {op, Kind::range, [=] { f(x, FftOptions{.n = most_int}); }, {"length", std::to_string(most_int)}},
      {op, Kind::shape, [=] { f(nothing, FftOptions{}); }, {"length", to_string(nothing.shape()), "at least 1"}},
      {op, Kind::range, [=] { f(x, FftOptions{.norm = static_cast<FftNorm>(7)}); }, {"'norm'", "7", "ortho"}},
  };
  if (of_pairs)
    rows.push_back({op, Kind::shape, [=] { f(zeros({2, 3}), FftOptions{}); }, {"'x'", "(2, 3)", "pairs", "expected"}});
  return rows;
}

/// Rows for a transform along several axes.
template <class F>
WrongCalls wrong_many_transforms(const std::string& op, bool of_pairs, F f) {
  const Tensor x = of_pairs ? zeros({2, 3, 2}) : zeros({2, 3});
  WrongCalls rows = {
      without(op, "x", [=](const Tensor& t) { f(t, FftnOptions{}); }),
      {op,
       Kind::axis,
       [=] {
         f(x, FftnOptions{.axes = {{0, 2}}});
       },
       {"axis 2", "(2, 3)", "-2 to 1"}},
      {op,
       Kind::axis,
       [=] {
         f(x, FftnOptions{.axes = {{0, 0}}});
       },
       {"axis 0 is given twice", "(2, 3)"}},
      {op,
       Kind::shape,
       [=] {
         f(x, FftnOptions{.s = {{2, 3, 4}}, .axes = {{0, 1}}});
       },
       {"'s' has 3 lengths for 2 axes"}},
      {op,
       Kind::range,
       [=] {
         f(x, FftnOptions{.s = {{2, 0}}});
       },
       {"length", "is 0", "at least 1"}},
  };
  if (of_pairs)
    rows.push_back({op, Kind::shape, [=] { f(zeros({2, 3}), FftnOptions{}); }, {"'x'", "(2, 3)", "pairs", "expected"}});
  return rows;
}

/// Rows for a function of one tensor of pairs.
template <class F>
WrongCalls wrong_pairs(const std::string& op, const std::string& argument, F f) {
  return {without(op, argument, f),
          {op,
           Kind::shape,
           [=] {
             f(zeros({2, 3}));
           },
           {"'" + argument + "'", "(2, 3)", "pairs", "expected"}},
          {op, Kind::shape, [=] { f(Tensor(1.0)); }, {"'" + argument + "'", "()", "pairs", "expected"}}};
}

}  // namespace

WrongCalls wrong_transforms_of_numbers() {
  const Tensor x = zeros({2, 3}), pairs = zeros({3, 2}), others = zeros({4, 2});
  const Tensor nine = zeros({1, 1, 1, 1, 1, 1, 1, 1});
  WrongCalls rows = {
      {"fftfreq", Kind::range, [] { fftfreq(0); }, {"n is 0", "expected 1 to"}},
      {"fftfreq", Kind::range, [] { fftfreq(4, 0); }, {"d is 0", "other than 0"}},
      {"fftfreq", Kind::dtype, [] { fftfreq(4, 1, int64); }, {"int64", "float32 or float64 is expected"}},
      {"rfftfreq", Kind::range, [] { rfftfreq(-1); }, {"n is -1", "expected 1 to"}},
      {"rfftfreq", Kind::range, [] { rfftfreq(4, not_a_number); }, {"d is nan", "other than 0"}},
      without("fftshift", "x", [](const Tensor& t) { fftshift(t, 0); }),
      {"fftshift", Kind::axis, [=] { fftshift(x, 2); }, {"axis 2", "(2, 3)", "-2 to 1"}},
      without("ifftshift", "x", [](const Tensor& t) { ifftshift(t, 0); }),
      {"ifftshift", Kind::axis, [=] { ifftshift(x, -3); }, {"axis -3", "(2, 3)", "-2 to 1"}},
      {"rfft", Kind::shape, [=] { rfft(nine); }, {"(1, 1, 1, 1, 1, 1, 1, 1)", "at most 8"}},
      {"rfft2", Kind::range, [=] { rfft2(x, {.axes = {std::vector<int>{}}}); }, {"no axes", "at least one"}},
      {"irfftn", Kind::range, [=] { irfftn(pairs, {.axes = {std::vector<int>{}}}); }, {"no axes", "at least one"}},
      without("complex_pair", "real", [=](const Tensor& t) { complex_pair(t, x); }),
      without("complex_pair", "imag", [=](const Tensor& t) { complex_pair(x, t); }),
      {"complex_pair", Kind::shape, [=] { complex_pair(x, others); }, {"(2, 3)", "(4, 2)", "broadcast"}},
      {"complex_pair", Kind::shape, [=] { complex_pair(nine, nine); }, {"(1, 1, 1, 1, 1, 1, 1, 1)", "at most 8"}},
      without("complex_polar", "abs", [=](const Tensor& t) { complex_polar(t, x); }),
      without("complex_polar", "angle", [=](const Tensor& t) { complex_polar(x, t); }),
      {"complex_polar", Kind::shape, [=] { complex_polar(x, others); }, {"(2, 3)", "(4, 2)", "broadcast"}},
      {"complex_multiply", Kind::shape, [=] { complex_multiply(pairs, others); }, {"(3, 2)", "(4, 2)", "broadcast"}},
      {"complex_divide", Kind::shape, [=] { complex_divide(pairs, others); }, {"(3, 2)", "(4, 2)", "broadcast"}},
  };
  append(rows, wrong_transforms("fft", true, [](const Tensor& t, const FftOptions& o) { fft(t, o); }));
  append(rows, wrong_transforms("ifft", true, [](const Tensor& t, const FftOptions& o) { ifft(t, o); }));
  append(rows, wrong_transforms("rfft", false, [](const Tensor& t, const FftOptions& o) { rfft(t, o); }));
  append(rows, wrong_transforms("irfft", true, [](const Tensor& t, const FftOptions& o) { irfft(t, o); }));
  append(rows, wrong_many_transforms("fft2", true, [](const Tensor& t, const FftnOptions& o) { fft2(t, o); }));
  append(rows, wrong_many_transforms("ifft2", true, [](const Tensor& t, const FftnOptions& o) { ifft2(t, o); }));
  append(rows, wrong_many_transforms("rfft2", false, [](const Tensor& t, const FftnOptions& o) { rfft2(t, o); }));
  append(rows, wrong_many_transforms("irfft2", true, [](const Tensor& t, const FftnOptions& o) { irfft2(t, o); }));
  append(rows, wrong_many_transforms("fftn", true, [](const Tensor& t, const FftnOptions& o) { fftn(t, o); }));
  append(rows, wrong_many_transforms("ifftn", true, [](const Tensor& t, const FftnOptions& o) { ifftn(t, o); }));
  append(rows, wrong_many_transforms("rfftn", false, [](const Tensor& t, const FftnOptions& o) { rfftn(t, o); }));
  append(rows, wrong_many_transforms("irfftn", true, [](const Tensor& t, const FftnOptions& o) { irfftn(t, o); }));
  append(rows, wrong_pairs("complex_real", "x", [](const Tensor& t) { complex_real(t); }));
  append(rows, wrong_pairs("complex_imag", "x", [](const Tensor& t) { complex_imag(t); }));
  append(rows, wrong_pairs("complex_conj", "x", [](const Tensor& t) { complex_conj(t); }));
  append(rows, wrong_pairs("complex_abs", "x", [](const Tensor& t) { complex_abs(t); }));
  append(rows, wrong_pairs("complex_angle", "x", [](const Tensor& t) { complex_angle(t); }));
  append(rows, wrong_pairs("complex_multiply", "a", [=](const Tensor& t) { complex_multiply(t, pairs); }));
  append(rows, wrong_pairs("complex_multiply", "b", [=](const Tensor& t) { complex_multiply(pairs, t); }));
  append(rows, wrong_pairs("complex_divide", "a", [=](const Tensor& t) { complex_divide(t, pairs); }));
  append(rows, wrong_pairs("complex_divide", "b", [=](const Tensor& t) { complex_divide(pairs, t); }));
  return rows;
}

TEST_CASE("wrong Fourier transforms and complex numbers are refused by name") { check(wrong_transforms_of_numbers()); }

}  // namespace xgrad::test
