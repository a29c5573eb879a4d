#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <initializer_list>
#include <numbers>

#include <autograd/ops/common.hpp>
#include <autograd/ops/philox.hpp>
#include <autograd/run/array.hpp>

namespace xgrad {
namespace {

// Input: seed and position as a (2,) int64 tensor, so that a program's structure does not change from draw to draw.

/// Uniform in [0, 1): the upper 24 or 53 bits.
float to_unit(std::uint32_t word) { return static_cast<float>(word >> 8) * 0x1p-24f; }
double to_unit(std::uint32_t low, std::uint32_t high) {
  const std::uint64_t bits = (std::uint64_t{high} << 32 | low) >> 11;
  return static_cast<double>(bits) * 0x1p-53;
}

/// How many numbers of a type one Philox block gives.
template <class T>
constexpr std::int64_t per_block = 16 / sizeof(T);

template <class T>
std::array<T, per_block<T>> uniform_block(const PhiloxBlock& words) {
  if constexpr (sizeof(T) == sizeof(float))
    return {to_unit(words[0]), to_unit(words[1]), to_unit(words[2]), to_unit(words[3])};
  else
    return {to_unit(words[0], words[1]), to_unit(words[2], words[3])};
}

/// Box and Muller's transform of pairs of uniform numbers.
template <class T>
std::array<T, per_block<T>> normal_block(const PhiloxBlock& words) {
  std::array<T, per_block<T>> numbers = uniform_block<T>(words);
  for (std::size_t i = 0; i < numbers.size(); i += 2) {
    const T radius = std::sqrt(T(-2) * std::log(T(1) - numbers[i]));
    const T angle = T(2) * std::numbers::pi_v<T> * numbers[i + 1];
    numbers[i] = radius * std::cos(angle);
    numbers[i + 1] = radius * std::sin(angle);
  }
  return numbers;
}

template <class T, class Block>
void fill(const run::Call& call, Block block) {
  const std::int64_t* key = call.inputs[0].as<std::int64_t>();
  const auto seed = static_cast<std::uint64_t>(key[0]);
  const auto position = static_cast<std::uint64_t>(key[1]);
  T* out = call.result.as<T>();
  const std::int64_t n = call.result.shape.elements();
  for (std::int64_t i = 0; i < n; i += per_block<T>) {
    const auto numbers = block(philox(seed, position + static_cast<std::uint64_t>(i / per_block<T>)));
    for (std::int64_t k = 0; k < std::min(per_block<T>, n - i); ++k) out[i + k] = numbers[static_cast<std::size_t>(k)];
  }
}

void uniform_kernel(const run::Call& call) {
  if (call.result.dtype == float32)
    fill<float>(call, &uniform_block<float>);
  else
    fill<double>(call, &uniform_block<double>);
}

void normal_kernel(const run::Call& call) {
  if (call.result.dtype == float32)
    fill<float>(call, &normal_block<float>);
  else
    fill<double>(call, &normal_block<double>);
}

/// The upper 64 bits of a product.
std::uint64_t high_product(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t a0 = a & 0xffffffffu, a1 = a >> 32, b0 = b & 0xffffffffu, b1 = b >> 32;
  const std::uint64_t middle = a1 * b0 + (a0 * b0 >> 32);
  return a1 * b1 + (middle >> 32) + ((a0 * b1 + (middle & 0xffffffffu)) >> 32);
}

/// Two numbers low..low + count - 1 of a block: the range times a fraction of 2^64.
std::array<std::int64_t, 2> integer_block(const PhiloxBlock& words, std::int64_t low, std::uint64_t count) {
  std::array<std::int64_t, 2> numbers{};
  for (std::size_t i = 0; i < 2; ++i) {
    const std::uint64_t fraction = std::uint64_t{words[2 * i + 1]} << 32 | words[2 * i];
    numbers[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + high_product(fraction, count));
  }
  return numbers;
}

/// Attributes: the least number and how many there are.
void integer_kernel(const run::Call& call) {
  fill<std::int64_t>(call, [&](const PhiloxBlock& words) {
    return integer_block(words, call.attributes[0], static_cast<std::uint64_t>(call.attributes[1]));
  });
}

/// The standard normal distribution function, accurate in its lower tail.
double normal_below(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

/// The x with normal_below(x) = p, for 0 < p < 1: P. J. Acklam's rational approximation (relative error 1.2e-9) and one
/// step of Halley's method.
double normal_quantile(double p) {
  const auto polynomial = [](std::initializer_list<double> coefficients, double t) {
    double value = 0;
    for (const double coefficient : coefficients) value = value * t + coefficient;
    return value;
  };
  const auto tail = [&](double probability) {
    const double t = std::sqrt(-2 * std::log(probability));
    return polynomial({-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00, -2.549732539343734e+00,
                       4.374664141464968e+00, 2.938163982698783e+00},
                      t) /
           polynomial({7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00, 1.0},
                      t);
  };
  const auto middle = [&](double q) {
    return q *
           polynomial({-3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02, 1.383577518672690e+02,
                       -3.066479806614716e+01, 2.506628277459239e+00},
                      q * q) /
           polynomial({-5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01,
                       -1.328068155288572e+01, 1.0},
                      q * q);
  };
  const double x = p < 0.02425 ? tail(p) : p > 1 - 0.02425 ? -tail(1 - p) : middle(p - 0.5);
  const double step = (normal_below(x) - p) * std::sqrt(2 * std::numbers::pi) * std::exp(x * x / 2);
  return x - step / (1 + x * step / 2);
}

/// A standard normal number between two bounds, for a fraction in [0, 1) of the probability between them.
double truncated(double fraction, double low, double high) {
  // Beyond 0 the mirror image, whose small probabilities are exact.
  if (low > 0) return -truncated(1 - fraction, -high, -low);
  const double below = normal_below(low), p = below + fraction * (normal_below(high) - below);
  if (!(p > 0)) return low;
  if (!(p < 1)) return high;
  return std::clamp(normal_quantile(p), low, high);
}

template <class T>
void truncated_of(const run::Call& call) {
  const double low = std::bit_cast<double>(call.attributes[0]), high = std::bit_cast<double>(call.attributes[1]);
  fill<T>(call, [=](const PhiloxBlock& words) {
    std::array<T, per_block<T>> numbers = uniform_block<T>(words);
    for (T& number : numbers) number = static_cast<T>(truncated(number, low, high));
    return numbers;
  });
}

/// Attributes: the bounds, as doubles bit by bit.
void truncated_kernel(const run::Call& call) {
  if (call.result.dtype == float32) return truncated_of<float>(call);
  truncated_of<double>(call);
}

void check_dtype(const char* op, DType dtype) {
  if (!is_floating(dtype)) fail(op, "dtype " + std::string(to_string(dtype)) + "; float32 or float64 is expected");
}

Tensor draw(const Primitive& primitive, const Shape& shape, DType dtype, Generator& generator,
            const Attributes& attributes = {}) {
  check_size(primitive.name, shape);
  const auto numbers = static_cast<std::int64_t>(16 / size_of(dtype));
  const std::uint64_t first = generator.advance(static_cast<std::uint64_t>((shape.elements() + numbers - 1) / numbers));
  const std::int64_t key[] = {static_cast<std::int64_t>(generator.seed()), static_cast<std::int64_t>(first)};
  return record1(primitive, tensor(std::span<const std::int64_t>(key), {2}), shape, dtype, attributes);
}

template <Tensor (*op)(const Shape&, DType, Generator&)>
Tensor seeded(const std::vector<Tensor>&) {
  Generator generator(1);
  return op({5}, float64, generator);
}

/// Philox block 0 and 1 of seed 1, mapped by the documented formula, in plain C++.
template <class Block>
Tensor expected(Block block) {
  std::vector<double> values;
  for (std::uint64_t i = 0; i < 3; ++i)
    for (const auto value : block(philox(1, i))) values.push_back(static_cast<double>(value));
  values.resize(5);
  return tensor(std::span<const double>(values), {5});
}

constexpr Primitive uniform_primitive{
    .name = "random_uniform",
    .doc = "uniform numbers in [0, 1) by Philox 4x32-10",
    .execution = Execution::block,
    .kernel = &uniform_kernel,
    .samples = [] {
      return std::vector<Sample>{{"five numbers of seed 1", &seeded<rand>, {}, expected(&uniform_block<double>)}};
    }};
constexpr Primitive normal_primitive{
    .name = "random_normal",
    .doc = "standard normal numbers by Philox 4x32-10 and Box-Muller",
    .execution = Execution::block,
    .kernel = &normal_kernel,
    .samples = [] {
      return std::vector<Sample>{{"five numbers of seed 1", &seeded<randn>, {}, expected(&normal_block<double>)}};
    }};

constexpr Primitive truncated_primitive{
    .name = "random_truncated_normal",
    .doc = "standard normal numbers between two bounds by Philox 4x32-10 and the inverse distribution function",
    .execution = Execution::block,
    .kernel = &truncated_kernel,
    .samples = [] {
      const auto block = [](const PhiloxBlock& words) {
        auto numbers = uniform_block<double>(words);
        for (double& number : numbers) number = truncated(number, -2, 2);
        return numbers;
      };
      const auto draw_five = [](const std::vector<Tensor>&) {
        Generator generator(1);
        return truncated_normal({5}, {}, float64, generator);
      };
      return std::vector<Sample>{{"five numbers of seed 1", draw_five, {}, expected(block)}};
    }};
constexpr Primitive integer_primitive{
    .name = "random_integers",
    .doc = "integers of a range by Philox 4x32-10",
    .execution = Execution::block,
    .kernel = &integer_kernel,
    .samples = [] {
      const auto block = [](const PhiloxBlock& words) { return integer_block(words, -3, 10); };
      const auto draw_five = [](const std::vector<Tensor>&) {
        Generator generator(1);
        return randint(-3, 7, {5}, generator);
      };
      return std::vector<Sample>{{"five numbers of seed 1", draw_five, {}, cast(expected(block), int64)}};
    }};

}  // namespace

Generator& default_generator() {
  thread_local Generator generator;
  return generator;
}

void manual_seed(std::uint64_t seed) { default_generator() = Generator(seed); }

Tensor rand(const Shape& shape, DType dtype, Generator& generator) {
  check_dtype("rand", dtype);
  return draw(uniform_primitive, shape, dtype, generator);
}

Tensor randn(const Shape& shape, DType dtype, Generator& generator) {
  check_dtype("randn", dtype);
  return draw(normal_primitive, shape, dtype, generator);
}

Tensor bernoulli(double probability, const Shape& shape, DType dtype, Generator& generator) {
  if (!(probability >= 0 && probability <= 1))
    fail("bernoulli", "probability is " + std::to_string(probability) + "; expected 0 to 1");
  return cast(less(rand(shape, float32, generator), probability), dtype);
}

Tensor normal(double mean, double std, const Shape& shape, DType dtype, Generator& generator) {
  check_dtype("normal", dtype);
  if (!std::isfinite(mean)) fail("normal", "mean is " + std::to_string(mean) + "; expected a finite number");
  if (!(std >= 0 && std::isfinite(std)))
    fail("normal", "std is " + std::to_string(std) + "; expected 0 or more, and finite");
  return draw(normal_primitive, shape, dtype, generator) * std + mean;
}

Tensor uniform(double low, double high, const Shape& shape, DType dtype, Generator& generator) {
  check_dtype("uniform", dtype);
  if (!(low <= high && std::isfinite(high - low))) {
    fail("uniform", "low is " + std::to_string(low) + " and high is " + std::to_string(high) +
                        "; expected low <= high and a finite range");
  }
  return draw(uniform_primitive, shape, dtype, generator) * (high - low) + low;
}

Tensor truncated_normal(const Shape& shape, const TruncatedNormalOptions& options, DType dtype, Generator& generator) {
  check_dtype("truncated_normal", dtype);
  const auto& [mean, std, low, high] = options;
  const double a = (low - mean) / std, b = (high - mean) / std;
  const bool beyond = a > 0;
  if (!(std > 0 && low < high) || !(beyond ? normal_below(-a) > normal_below(-b) : normal_below(b) > normal_below(a))) {
    fail("truncated_normal", "mean is " + std::to_string(mean) + ", std " + std::to_string(std) + ", low " +
                                 std::to_string(low) + ", high " + std::to_string(high) +
                                 "; expected std > 0, low < high and some probability between them");
  }
  const Attributes bounds = {std::bit_cast<std::int64_t>(a), std::bit_cast<std::int64_t>(b)};
  // Scaling rounds; the bounds hold nevertheless.
  return clip(draw(truncated_primitive, shape, dtype, generator, bounds) * std + mean, low, high);
}

Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, Generator& generator) {
  if (low >= high) {
    fail("randint", "low is " + std::to_string(low) + " and high is " + std::to_string(high) + "; expected low < high");
  }
  const std::uint64_t count = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  return draw(integer_primitive, shape, int64, generator, {low, static_cast<std::int64_t>(count)});
}

Tensor randint(std::int64_t high, const Shape& shape, Generator& generator) {
  return randint(0, high, shape, generator);
}

Tensor permutation(std::int64_t n, Generator& generator) {
  if (n < 0) fail("permutation", "n is " + std::to_string(n) + "; expected 0 or more");
  return argsort(draw(uniform_primitive, {n}, float64, generator), 0);
}

Tensor categorical(const Tensor& logits, const Shape& samples, Generator& generator) {
  ops::check_floating("categorical", "logits", logits);
  if (logits.rank() == 0 || logits.size(-1) == 0) {
    fail("categorical",
         "argument 'logits' has shape " + to_string(logits.shape()) + "; expected a last axis of one class or more");
  }
  ops::check_rank("categorical", samples.rank() + logits.rank(), {&logits});
  Shape shape = samples;
  for (const std::int64_t extent : logits.shape()) shape.push_back(extent);
  const Tensor noise = -log(-log(draw(uniform_primitive, shape, float64, generator)));
  return argmax(stop_gradient(logits).to(float64) + noise, -1);
}

std::span<const Primitive* const> random_primitives() {
  static constexpr const Primitive* list[] = {&uniform_primitive, &normal_primitive, &truncated_primitive,
                                              &integer_primitive};
  return list;
}

}  // namespace xgrad
