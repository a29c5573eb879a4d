#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include <autograd/autograd.hpp>

#include "../expect.hpp"

namespace xgrad {
namespace {

using test::difference;

Tensor numbers(const Shape& shape, std::uint64_t seed, DType dtype = float64) {
  Generator generator(seed);
  const Tensor x = randn(shape, dtype, generator);
  eval(x);
  return x;
}

/// The definition, in long double: pairs (n, 2) to pairs, exp(sign 2 pi i j k / n).
std::vector<double> direct(const std::vector<double>& x, int sign) {
  const std::size_t n = x.size() / 2;
  std::vector<double> y(2 * n);
  for (std::size_t k = 0; k < n; ++k) {
    long double real = 0, imag = 0;
    for (std::size_t j = 0; j < n; ++j) {
      const long double angle = sign * 2 * std::numbers::pi_v<long double> * static_cast<long double>(j * k % n) /
                                static_cast<long double>(n);
      real += x[2 * j] * std::cos(angle) - x[2 * j + 1] * std::sin(angle);
      imag += x[2 * j] * std::sin(angle) + x[2 * j + 1] * std::cos(angle);
    }
    y[2 * k] = static_cast<double>(real);
    y[2 * k + 1] = static_cast<double>(imag);
  }
  return y;
}

Tensor direct(const Tensor& pairs, int sign) {
  return tensor(direct(pairs.to(float64).to_vector<double>(), sign), float64).reshape(pairs.shape());
}

/// |a - b| / |b|, in Euclidean norms.
double distance(const Tensor& a, const Tensor& b) {
  return norm(a.to(float64) - b.to(float64)).item() / norm(b.to(float64)).item();
}

constexpr double epsilon = std::numeric_limits<double>::epsilon();
constexpr double float_epsilon = std::numeric_limits<float>::epsilon();

}  // namespace

TEST_CASE("fft is the transform by its definition, for every length") {
  std::vector<std::int64_t> lengths;
  for (std::int64_t n = 1; n <= 40; ++n) lengths.push_back(n);
  // Powers, products of all radices, primes with and without a pass of their own, and multiples of large primes.
  for (const std::int64_t n :
       {49, 64, 77, 97, 121, 128, 143, 169, 210, 221, 243, 256, 289, 625, 1009, 1024, 1155, 2018})
    lengths.push_back(n);
  for (const std::int64_t n : lengths) {
    CAPTURE(n);
    const Tensor x = numbers({n, 2}, static_cast<std::uint64_t>(n));
    // Errors grow with the logarithm of the length; Bluestein's three transforms have more.
    CHECK(distance(fft(x), direct(x, -1)) < 8 * epsilon);
    CHECK(distance(static_cast<double>(n) * ifft(x), direct(x, 1)) < 8 * epsilon);
    const Tensor single = x.to(float32);
    CHECK(distance(fft(single), direct(single, -1)) < 8 * float_epsilon);
    CHECK(distance(ifft(fft(x)), x) < 8 * epsilon);

    const Tensor real = numbers({n}, static_cast<std::uint64_t>(n + 1));
    const Tensor half = rfft(real);
    CHECK(half.shape() == Shape{n / 2 + 1, 2});
    const Tensor whole = direct(complex_pair(real, zeros_like(real)), -1);
    CHECK(distance(half, slice(whole, 0, 0, n / 2 + 1)) < 8 * epsilon);
    CHECK(at(half, {0, 1}).item() == 0);
    CHECK(distance(irfft(half, {.n = n}), real) < 8 * epsilon);
    CHECK(distance(rfft(real.to(float32)), slice(whole, 0, 0, n / 2 + 1)) < 8 * float_epsilon);
  }
}

TEST_CASE("transforms run along any axis, of any layout, many at once as one alone, to the last bit") {
  for (const std::int64_t n : {6, 16, 17}) {
    CAPTURE(n);
    const Tensor x = numbers({21, n, 2}, 3);
    const Tensor rows = fft(x);
    for (const std::int64_t i : {0, 7, 20}) CHECK(difference(at(rows, {i}), fft(at(x, {i}))) == "");
    const Tensor columns = fft(swapaxes(x, 0, 1), {.axis = 0});
    CHECK(difference(swapaxes(columns, 0, 1), rows) == "");
    const Tensor real = numbers({21, n}, 4);
    CHECK(difference(swapaxes(rfft(transpose(real), {.axis = 0}), 0, 1), rfft(real)) == "");
    CHECK(difference(transpose(irfft(swapaxes(x, 0, 1), {.axis = 0})), irfft(x)) == "");
  }
  CHECK(fft(zeros({0, 4, 2})).shape() == Shape{0, 4, 2});
  CHECK(rfft(zeros({4, 0}), {.axis = 0}).shape() == Shape{3, 0, 2});
  CHECK(irfft(zeros({3, 0, 2}), {.axis = 0}).shape() == Shape{4, 0});
  CHECK(rfft(tensor({1, 2, 3}, int64)).dtype() == float32);
}

TEST_CASE("n cuts an axis or extends it with zeros, and the norm says who divides") {
  const Tensor x = tensor({{1, 0}, {2, 0}, {3, 0}}, float64);
  CHECK(difference(fft(x, {.n = 2}), {{3, 0}, {-1, 0}}, {.atol = 1e-15}) == "");
  CHECK(difference(fft(x, {.n = 4}), {{6, 0}, {-2, -2}, {2, 0}, {-2, 2}}, {.atol = 1e-15}) == "");
  CHECK(difference(fft(x, {.n = 4, .norm = FftNorm::ortho}), {{3, 0}, {-1, -1}, {1, 0}, {-1, 1}}, {.atol = 1e-15}) ==
        "");
  CHECK(difference(fft(x, {.n = 2, .norm = FftNorm::forward}), {{1.5, 0}, {-0.5, 0}}, {.atol = 1e-15}) == "");
  CHECK(difference(ifft(x, {.n = 2}), {{1.5, 0}, {-0.5, 0}}, {.atol = 1e-15}) == "");
  CHECK(difference(ifft(x, {.n = 2, .norm = FftNorm::forward}), {{3, 0}, {-1, 0}}, {.atol = 1e-15}) == "");
  CHECK(difference(rfft(tensor({1, 2, 3, 4}, float64)), {{10, 0}, {-2, 2}, {-2, 0}}, {.atol = 1e-15}) == "");
  // Imaginary parts that a real sequence does not have are not read.
  const Tensor half = tensor({{10, NAN}, {-2, 2}, {-2, NAN}}, float64);
  CHECK(difference(irfft(half), {1, 2, 3, 4}, {.atol = 1e-15}) == "");
  CHECK(difference(irfft(half, {.n = 4, .norm = FftNorm::ortho}), {2, 4, 6, 8}, {.atol = 1e-15}) == "");
}

TEST_CASE("transforms along several axes are those along each") {
  const Tensor x = numbers({3, 4, 5, 2}, 5), real = numbers({3, 4, 5}, 6);
  CHECK(distance(fftn(x), fft(fft(fft(x, {.axis = 2}), {.axis = 1}), {.axis = 0})) < 4 * epsilon);
  CHECK(distance(fft2(x), fft(fft(x), {.axis = -2})) < 4 * epsilon);
  CHECK(distance(ifftn(fftn(x)), x) < 8 * epsilon);
  CHECK(distance(ifft2(fft2(x, {.axes = {{0, 2}}}), {.axes = {{0, 2}}}), x) < 8 * epsilon);
  const Tensor whole = fftn(complex_pair(real, zeros_like(real)));
  CHECK(rfftn(real).shape() == Shape{3, 4, 3, 2});
  CHECK(distance(rfftn(real), slice(whole, 2, 0, 3)) < 8 * epsilon);
  CHECK(distance(irfftn(rfftn(real), {.s = {{3, 4, 5}}}), real) < 8 * epsilon);
  CHECK(distance(irfft2(rfft2(real, {.axes = {{2, 1}}}), {.axes = {{2, 1}}}), real) < 8 * epsilon);
  // As many lengths as axes from the end.
  CHECK(fftn(x, {.s = {{6, 2}}}).shape() == Shape{3, 6, 2, 2});
  CHECK(difference(fftn(x, {.axes = {std::vector<int>{}}}), x) == "");
  CHECK(distance(fftn(x, {.norm = FftNorm::ortho}) * std::sqrt(60.0), fftn(x)) < 4 * epsilon);
}

TEST_CASE("a product of transforms is a convolution, and its derivative a correlation") {
  const Tensor a = numbers({16}, 7), b = numbers({16}, 8);
  const auto convolved = [&](const Tensor& x) { return irfft(complex_multiply(rfft(x), rfft(b))); };
  std::vector<double> expected(16), slope(16);
  const auto x = a.to_vector<double>(), y = b.to_vector<double>();
  for (std::size_t i = 0; i < 16; ++i)
    for (std::size_t j = 0; j < 16; ++j) {
      expected[(i + j) % 16] += x[i] * y[j];
      slope[i] += static_cast<double>((i + j) % 16) * y[j];
    }
  CHECK(difference(convolved(a), tensor(expected, float64), {.atol = 1e-13}) == "");
  const Tensor weights = arange(0, 16, 1, float64);
  const Tensor gradient_of_sum = gradient([&](const Tensor& at) { return sum(weights * convolved(at)); }, a);
  CHECK(difference(gradient_of_sum, tensor(slope, float64), {.atol = 1e-12}) == "");
}

TEST_CASE("frequencies, and shifts of frequency 0 to the middle and back") {
  CHECK(difference(fftfreq(5, 1, float64), {0, 0.2, 0.4, -0.4, -0.2}) == "");
  CHECK(difference(rfftfreq(5, 1, float64), {0, 0.2, 0.4}) == "");
  CHECK(fftfreq(3).dtype() == float32);
  CHECK(difference(fftshift(arange(5), 0), {3, 4, 0, 1, 2}) == "");
  CHECK(difference(ifftshift(tensor({3, 4, 0, 1, 2}), 0), {0, 1, 2, 3, 4}) == "");
  const Tensor x = numbers({4, 3, 2}, 9);
  CHECK(difference(ifftshift(fftshift(x, {0, 1}), {0, 1}), x) == "");
  CHECK(difference(fftshift(x, 0), roll(x, 2, 0)) == "");
}

TEST_CASE("NaN stays in its own transform") {
  const Tensor x = stack({full({8}, NAN, float64), ones({8}, float64)});
  CHECK(difference(at(rfft(x), {1, 0}), {8, 0}) == "");
  CHECK(std::isnan(at(rfft(x), {0, 1, 0}).item()));
}

TEST_CASE("complex numbers as pairs multiply, divide, and have absolute values and angles") {
  const Tensor a = tensor({{3, 4}, {0, 2}}, float64), b = tensor({1, -2}, float64);
  CHECK(difference(complex_multiply(a, b), {{11, -2}, {4, 2}}) == "");
  CHECK(difference(complex_divide(complex_multiply(a, b), b), a, {.atol = 1e-15}) == "");
  CHECK(difference(complex_abs(a), {5, 2}) == "");
  CHECK(difference(complex_conj(a), {{3, -4}, {0, -2}}) == "");
  CHECK(difference(complex_pair(complex_real(a), complex_imag(a)), a) == "");
  CHECK(difference(complex_polar(complex_abs(a), complex_angle(a)), a, {.atol = 1e-15}) == "");
  CHECK(difference(gradient([](const Tensor& x) { return sum(complex_abs(x)); }, tensor({{3, 4}, {0, 0}}, float64)),
                   {{0.6, 0.8}, {0, 0}}, {.atol = 1e-15}) == "");
  CHECK(complex_abs(tensor({{1e300, 1e300}}, float64)).item() == doctest::Approx(std::sqrt(2) * 1e300));
}

}  // namespace xgrad
