#include <array>
#include <cmath>
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

Tensor draw(const char* op, const Primitive& primitive, const Shape& shape, DType dtype, Generator& generator) {
  if (!is_floating(dtype)) fail(op, "dtype " + std::string(to_string(dtype)) + "; float32 or float64 is expected");
  const std::int64_t numbers = dtype == float32 ? per_block<float> : per_block<double>;
  const std::uint64_t first = generator.advance(static_cast<std::uint64_t>((shape.elements() + numbers - 1) / numbers));
  const std::int64_t key[] = {static_cast<std::int64_t>(generator.seed()), static_cast<std::int64_t>(first)};
  return record1(primitive, tensor(std::span<const std::int64_t>(key), {2}), shape, dtype);
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
    for (const double value : block(philox(1, i))) values.push_back(value);
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

}  // namespace

Generator& default_generator() {
  thread_local Generator generator;
  return generator;
}

void manual_seed(std::uint64_t seed) { default_generator() = Generator(seed); }

Tensor rand(const Shape& shape, DType dtype, Generator& generator) {
  return draw("rand", uniform_primitive, shape, dtype, generator);
}

Tensor randn(const Shape& shape, DType dtype, Generator& generator) {
  return draw("randn", normal_primitive, shape, dtype, generator);
}

Tensor bernoulli(double probability, const Shape& shape, DType dtype, Generator& generator) {
  if (!(probability >= 0 && probability <= 1))
    fail("bernoulli", "probability is " + std::to_string(probability) + "; expected 0 to 1");
  return cast(less(rand(shape, float32, generator), probability), dtype);
}

std::span<const Primitive* const> random_primitives() {
  static constexpr const Primitive* list[] = {&uniform_primitive, &normal_primitive};
  return list;
}

}  // namespace xgrad
