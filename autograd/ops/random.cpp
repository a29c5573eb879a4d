#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <initializer_list>
#include <numbers>
#include <tuple>

#include <autograd/kernel/array.hpp>
#include <autograd/kernel/philox.hpp>
#include <autograd/ops/common.hpp>
#include <autograd/text.hpp>

namespace xgrad {
namespace {

// Input: seed, stream and position as a (3,) int64 tensor, so that a program's structure does not change from draw to
// draw.
//
// Some numbers need more digits than the words of their own block with a chance of 2^-32 or less. The further digits
// are in as many blocks behind the blocks of the draw (`Blocks::further`), which nothing else uses.

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

/// The blocks of a draw.
struct Blocks {
  std::uint64_t seed, stream, first;
  std::uint64_t count = 0;

  PhiloxBlock operator[](std::uint64_t i) const { return philox(seed, first + i, stream); }
  PhiloxBlock further(std::uint64_t i) const { return philox(seed, first + count + i, stream); }
};

/// Calls run(out, first, n) for each run of a call's result that lies together in the whole result too, from its
/// element `first` on.
template <class T, class Run>
void each_run(const run::Call& call, Run run) {
  T* out = call.result.as<T>();
  const Shape& shape = call.result.shape;
  if (!call.part) return run(out, std::int64_t{0}, shape.elements());
  const Shape& whole = call.part->whole;
  int outer = shape.rank();  // axes before those that lie together
  std::int64_t together = 1;
  while (outer > 0 && (outer == shape.rank() || shape[outer] == whole[outer])) together *= shape[--outer];
  const run::Strides strides = run::contiguous_strides(whole);
  const std::int64_t runs = together == 0 ? 0 : shape.elements() / together;
  for (std::int64_t r = 0; r < runs; ++r) {
    std::int64_t first = 0, index = r;
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      const std::int64_t within = axis < outer ? index % shape[axis] : 0;
      if (axis < outer) index /= shape[axis];
      first += (call.part->first[static_cast<std::size_t>(axis)] + within) * strides[static_cast<std::size_t>(axis)];
    }
    run(out + r * together, first, together);
  }
}

/// Writes the arrays that block(blocks, i) gives for i = 0, 1, ..., one after the other; of them those that lie in the
/// call's part.
template <class T, class Block>
void fill(const run::Call& call, Block block) {
  const std::int64_t* key = call.inputs[0].as<std::int64_t>();
  Blocks blocks{static_cast<std::uint64_t>(key[0]), static_cast<std::uint64_t>(key[1]),
                static_cast<std::uint64_t>(key[2])};
  constexpr auto each = static_cast<std::int64_t>(std::tuple_size_v<decltype(block(blocks, 0))>);
  const std::int64_t all = (call.part ? call.part->whole : call.result.shape).elements();
  blocks.count = static_cast<std::uint64_t>((all + each - 1) / each);
  each_run<T>(call, [&](T* out, std::int64_t first, std::int64_t n) {
    const std::int64_t end = first + n;
    // Of the first and the last block there may be a part only.
    const auto some = [&](std::int64_t from, std::int64_t to) {
      const auto numbers = block(blocks, static_cast<std::uint64_t>(from / each));
      out = std::copy(numbers.begin() + from % each, numbers.begin() + (from % each + to - from), out);
    };
    const std::int64_t begin = std::min(end, (first + each - 1) / each * each);
    if (first < begin) some(first, begin);
    const auto stop = static_cast<std::uint64_t>(end / each);
    for (auto b = static_cast<std::uint64_t>(begin / each); b < stop; ++b, out += each) {
      const auto numbers = block(blocks, b);
      std::copy(numbers.begin(), numbers.end(), out);
    }
    if (std::max(begin, end / each * each) < end) some(std::max(begin, end / each * each), end);
  });
}

/// Numbers can be drawn part by part: each depends on its place in the whole result alone.
std::optional<int> part_of_numbers(std::size_t /*k*/, int axis, const Shape& /*key*/, const Shape& /*result*/) {
  return axis == added_up ? std::nullopt : std::optional(all_of_it);
}

/// The same for numbers that need only the words of their own block.
template <class T, class Map>
void fill_by_words(const run::Call& call, Map map) {
  fill<T>(call, [&](const Blocks& blocks, std::uint64_t b) { return map(blocks[b]); });
}

void uniform_kernel(const run::Call& call) {
  if (call.result.dtype == float32)
    fill_by_words<float>(call, &uniform_block<float>);
  else
    fill_by_words<double>(call, &uniform_block<double>);
}

void normal_kernel(const run::Call& call) {
  if (call.result.dtype == float32)
    fill_by_words<float>(call, &normal_block<float>);
  else
    fill_by_words<double>(call, &normal_block<double>);
}

/// The upper 64 bits of a product.
std::uint64_t high_product(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t a0 = a & 0xffffffffu, a1 = a >> 32, b0 = b & 0xffffffffu, b1 = b >> 32;
  const std::uint64_t middle = a1 * b0 + (a0 * b0 >> 32);
  return a1 * b1 + (middle >> 32) + ((a0 * b1 + (middle & 0xffffffffu)) >> 32);
}

std::array<std::uint64_t, 2> halves(const PhiloxBlock& words) {
  return {std::uint64_t{words[1]} << 32 | words[0], std::uint64_t{words[3]} << 32 | words[2]};
}

/// Two numbers low..low + count - 1 of a block: the range times a fraction of 128 bits, rounded down. The upper 64 bits
/// decide the number, unless a carry from the lower ones can still change it.
std::array<std::int64_t, 2> integer_block(const Blocks& blocks, std::uint64_t b, std::int64_t low,
                                          std::uint64_t count) {
  std::array<std::int64_t, 2> numbers{};
  const std::array<std::uint64_t, 2> upper = halves(blocks[b]);
  for (std::size_t i = 0; i < 2; ++i) {
    std::uint64_t number = static_cast<std::uint64_t>(low) + high_product(upper[i], count);
    const std::uint64_t rest = upper[i] * count;
    if (rest + (count - 1) < rest) [[unlikely]]
      number += rest + high_product(halves(blocks.further(b))[i], count) < rest ? 1 : 0;
    numbers[i] = static_cast<std::int64_t>(number);
  }
  return numbers;
}

/// The least number, and how many numbers there are; 0 stands for all 2^64.
struct IntegersAttributes {
  std::int64_t low;
  std::uint64_t count;
};

void integer_kernel(const run::Call& call) {
  const auto& range = call.attributes.as<IntegersAttributes>();
  fill<std::int64_t>(call, [low = range.low, count = range.count](const Blocks& blocks, std::uint64_t b) {
    return integer_block(blocks, b, low, count);
  });
}

/// Whether fractions of 64 bits are below a threshold, for the four of a block. The upper 32 bits decide, unless they
/// equal those of the threshold.
std::array<bool, 4> below_block(const Blocks& blocks, std::uint64_t b, std::uint64_t threshold) {
  const PhiloxBlock words = blocks[b];
  const auto upper = static_cast<std::uint32_t>(threshold >> 32), lower = static_cast<std::uint32_t>(threshold);
  // One byte for each number, without a branch, which would be mispredicted at random.
  std::uint32_t packed = 0, tie = 0;
  for (std::size_t k = 0; k < 4; ++k) {
    packed |= static_cast<std::uint32_t>(words[k] < upper) << 8 * k;
    tie |= static_cast<std::uint32_t>(words[k] == upper);
  }
  auto below = std::bit_cast<std::array<bool, 4>>(packed);
  if (tie != 0) [[unlikely]] {
    const PhiloxBlock further = blocks.further(b);
    for (std::size_t k = 0; k < 4; ++k)
      if (words[k] == upper) below[k] = further[k] < lower;
  }
  return below;
}

/// A probability as a multiple of 2^-64; `certain` stands for 1, which 64 bits cannot hold.
struct BernoulliAttributes {
  enum class Kind : std::uint64_t { by_threshold, certain };

  std::uint64_t threshold;
  Kind kind;

  explicit BernoulliAttributes(double probability) : threshold(0), kind(Kind::by_threshold) {
    const double scaled = std::round(std::ldexp(probability, 64));
    if (scaled >= 0x1p64)
      kind = Kind::certain;
    else
      threshold = static_cast<std::uint64_t>(scaled);
  }
};

void bernoulli_kernel(const run::Call& call) {
  const auto& probability = call.attributes.as<BernoulliAttributes>();
  if (probability.kind == BernoulliAttributes::Kind::certain) {
    bool* out = call.result.as<bool>();
    std::fill(out, out + call.result.shape.elements(), true);
    return;
  }
  const std::uint64_t threshold = probability.threshold;
  fill<bool>(call, [=](const Blocks& blocks, std::uint64_t b) { return below_block(blocks, b, threshold); });
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
  // Bounds above 0 are mirrored: small probabilities are accurate in the lower tail only.
  if (low > 0) return -truncated(1 - fraction, -high, -low);
  const double below = normal_below(low), p = below + fraction * (normal_below(high) - below);
  if (!(p > 0)) return low;
  if (!(p < 1)) return high;
  return std::clamp(normal_quantile(p), low, high);
}

/// Two numbers of a block, from fractions in the middle of 2^52 equal parts. A fraction of 0 would give the bound
/// itself, and 24 bits would put all of the tails there.
std::array<double, 2> truncated_block(const PhiloxBlock& words, double low, double high) {
  std::array<double, 2> numbers{};
  const std::array<std::uint64_t, 2> bits = halves(words);
  for (std::size_t i = 0; i < 2; ++i)
    numbers[i] = truncated((static_cast<double>(bits[i] >> 12) + 0.5) * 0x1p-52, low, high);
  return numbers;
}

struct BoundsAttributes {
  double low, high;

  auto fields() const noexcept { return std::tie(low, high); }
};

void truncated_kernel(const run::Call& call) {
  const double low = call.attributes.as<BoundsAttributes>().low, high = call.attributes.as<BoundsAttributes>().high;
  if (call.result.dtype == float64)
    return fill_by_words<double>(call, [=](const PhiloxBlock& words) { return truncated_block(words, low, high); });
  fill_by_words<float>(call, [=](const PhiloxBlock& words) {
    const std::array<double, 2> numbers = truncated_block(words, low, high);
    return std::array{static_cast<float>(numbers[0]), static_cast<float>(numbers[1])};
  });
}

void check_dtype(const char* op, DType dtype) {
  if (!is_floating(dtype)) fail(op, "dtype " + std::string(to_string(dtype)) + "; float32 or float64 is expected");
}

/// How many numbers are drawn together, and how many blocks of the generator they take.
struct Taken {
  std::uint64_t numbers;
  std::uint64_t blocks = 1;
};

Tensor draw(const char* op, const Primitive& primitive, const Shape& shape, DType dtype, Generator& generator,
            Taken taken, const Attributes& attributes = no_attributes) {
  check_size(op, shape);
  const auto count = static_cast<std::uint64_t>(shape.elements());
  const std::uint64_t blocks = count / taken.numbers + (count % taken.numbers != 0 ? 1 : 0);
  const std::uint64_t first = generator.advance(blocks * taken.blocks);
  const std::int64_t key[] = {static_cast<std::int64_t>(generator.seed()),
                              static_cast<std::int64_t>(generator.stream()), static_cast<std::int64_t>(first)};
  return record1(primitive, tensor(std::span<const std::int64_t>(key), {3}), shape, dtype, attributes);
}

/// Uniform or normal numbers.
Tensor draw_real(const char* op, const Primitive& primitive, const Shape& shape, DType dtype, Generator& generator) {
  return draw(op, primitive, shape, dtype, generator, {.numbers = 16 / size_of(dtype)});
}

template <Tensor (*op)(const Shape&, DType, Generator&)>
Tensor seeded(const std::vector<Tensor>&) {
  Generator generator(1);
  return op({5}, float64, generator);
}

/// Five numbers of seed 1, mapped by the documented formula, in plain C++: block(blocks, i) of as many blocks as five
/// numbers need.
template <class Block>
Tensor expected(Block block) {
  std::vector<double> values;
  const Blocks blocks{1, 0, 0, (5 + block(Blocks{1, 0, 0}, 0).size() - 1) / block(Blocks{1, 0, 0}, 0).size()};
  for (std::uint64_t i = 0; i < blocks.count; ++i)
    for (const auto value : block(blocks, i)) values.push_back(static_cast<double>(value));
  values.resize(5);
  return tensor(std::span<const double>(values), {5});
}

template <class Map>
Tensor expected_by_words(Map map) {
  return expected([&](const Blocks& blocks, std::uint64_t i) { return map(blocks[i]); });
}

constexpr Primitive uniform_primitive{
    .name = "random_uniform",
    .doc = "uniform numbers in [0, 1) by Philox 4x32-10",
    .traits = BlockTraits{.kernel = &uniform_kernel, .part = &part_of_numbers},
    .samples = [] {
      return std::vector<Sample>{
          {"five numbers of seed 1", &seeded<rand>, {}, expected_by_words(&uniform_block<double>)}};
    }};
constexpr Primitive normal_primitive{
    .name = "random_normal",
    .doc = "standard normal numbers by Philox 4x32-10 and Box-Muller",
    .traits = BlockTraits{.kernel = &normal_kernel, .part = &part_of_numbers},
    .samples = [] {
      return std::vector<Sample>{
          {"five numbers of seed 1", &seeded<randn>, {}, expected_by_words(&normal_block<double>)}};
    }};

constexpr Primitive truncated_primitive{
    .name = "random_truncated_normal",
    .doc = "standard normal numbers between two bounds by Philox 4x32-10 and the inverse distribution function",
    .traits = BlockTraits{.kernel = &truncated_kernel, .part = &part_of_numbers},
    .samples = [] {
      const auto block = [](const PhiloxBlock& words) { return truncated_block(words, -2, 2); };
      const auto draw_five = [](const std::vector<Tensor>&) {
        Generator generator(1);
        return truncated_normal({5}, {}, float64, generator);
      };
      return std::vector<Sample>{{"five numbers of seed 1", draw_five, {}, expected_by_words(block)}};
    }};
constexpr Primitive integer_primitive{
    .name = "random_integers",
    .doc = "integers of a range by Philox 4x32-10",
    .traits = BlockTraits{.kernel = &integer_kernel, .part = &part_of_numbers},
    .samples = [] {
      const auto block = [](const Blocks& blocks, std::uint64_t i) { return integer_block(blocks, i, -3, 10); };
      const auto draw_five = [](const std::vector<Tensor>&) {
        Generator generator(1);
        return randint(-3, 7, {5}, generator);
      };
      return std::vector<Sample>{{"five numbers of seed 1", draw_five, {}, cast(expected(block), int64)}};
    }};
constexpr Primitive bernoulli_primitive{
    .name = "random_bernoulli",
    .doc = "true with a probability, by Philox 4x32-10",
    .traits = BlockTraits{.kernel = &bernoulli_kernel, .part = &part_of_numbers},
    .samples = [] {
      const auto block = [](const Blocks& blocks, std::uint64_t i) {
        return below_block(blocks, i, std::uint64_t{3} << 62);
      };
      const auto draw_five = [](const std::vector<Tensor>&) {
        Generator generator(1);
        return bernoulli(0.75, {5}, boolean, generator);
      };
      return std::vector<Sample>{{"five numbers of seed 1", draw_five, {}, cast(expected(block), boolean)}};
    }};

}  // namespace

Tensor rand(const Shape& shape, DType dtype, Generator& generator) {
  check_dtype("rand", dtype);
  return draw_real("rand", uniform_primitive, shape, dtype, generator);
}

Tensor randn(const Shape& shape, DType dtype, Generator& generator) {
  check_dtype("randn", dtype);
  return draw_real("randn", normal_primitive, shape, dtype, generator);
}

Tensor rand_like(const Operand& x, std::optional<DType> dtype, Generator& generator) {
  ops::check_defined("rand_like", "x", x);
  check_dtype("rand_like", dtype.value_or(x.dtype()));
  return draw_real("rand_like", uniform_primitive, x.shape(), dtype.value_or(x.dtype()), generator);
}

Tensor randn_like(const Operand& x, std::optional<DType> dtype, Generator& generator) {
  ops::check_defined("randn_like", "x", x);
  check_dtype("randn_like", dtype.value_or(x.dtype()));
  return draw_real("randn_like", normal_primitive, x.shape(), dtype.value_or(x.dtype()), generator);
}

Tensor bernoulli(double probability, const Shape& shape, DType dtype, Generator& generator) {
  if (!(probability >= 0 && probability <= 1))
    fail("bernoulli", "probability is " + to_string(probability) + "; expected 0 to 1");
  const Taken taken{.numbers = 4, .blocks = 2};
  return cast(
      draw("bernoulli", bernoulli_primitive, shape, boolean, generator, taken, BernoulliAttributes(probability)),
      dtype);
}

Tensor normal(double mean, double std, const Shape& shape, DType dtype, Generator& generator) {
  check_dtype("normal", dtype);
  if (!std::isfinite(mean)) fail("normal", "mean is " + to_string(mean) + "; expected a finite number");
  if (!(std >= 0 && std::isfinite(std)))
    fail("normal", "std is " + to_string(std) + "; expected 0 or more, and finite");
  return draw_real("normal", normal_primitive, shape, dtype, generator) * std + mean;
}

Tensor uniform(double low, double high, const Shape& shape, DType dtype, Generator& generator) {
  check_dtype("uniform", dtype);
  if (!(low <= high && std::isfinite(high - low))) {
    fail("uniform",
         "low is " + to_string(low) + " and high is " + to_string(high) + "; expected low <= high and a finite range");
  }
  return draw_real("uniform", uniform_primitive, shape, dtype, generator) * (high - low) + low;
}

Tensor truncated_normal(const Shape& shape, const TruncatedNormalOptions& options, DType dtype, Generator& generator) {
  check_dtype("truncated_normal", dtype);
  const auto& [mean, std, low, high] = options;
  const double a = (low - mean) / std, b = (high - mean) / std;
  const bool beyond = a > 0;
  if (!(std > 0 && low < high) || !(beyond ? normal_below(-a) > normal_below(-b) : normal_below(b) > normal_below(a))) {
    fail("truncated_normal", "mean is " + to_string(mean) + ", std " + to_string(std) + ", low " + to_string(low) +
                                 ", high " + to_string(high) +
                                 "; expected std > 0, low < high and some probability between them");
  }
  const BoundsAttributes bounds{a, b};
  // Scaling rounds, so the bounds are applied again.
  return clip(
      draw("truncated_normal", truncated_primitive, shape, dtype, generator, {.numbers = 2}, bounds) * std + mean, low,
      high);
}

Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, Generator& generator) {
  if (low >= high) {
    fail("randint", "low is " + std::to_string(low) + " and high is " + std::to_string(high) + "; expected low < high");
  }
  const std::uint64_t count = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  return draw("randint", integer_primitive, shape, int64, generator, {.numbers = 2, .blocks = 2},
              IntegersAttributes{low, count});
}

Tensor randint(std::int64_t high, const Shape& shape, Generator& generator) {
  return randint(0, high, shape, generator);
}

Tensor permutation(std::int64_t n, Generator& generator) {
  if (n < 0) fail("permutation", "n is " + std::to_string(n) + "; expected 0 or more");
  return argsort(draw_real("permutation", uniform_primitive, {n}, float64, generator), 0);
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
  // A fraction of 0 would give noise of -inf, as improbable as a logit of -inf.
  const Tensor fraction = maximum(draw_real("categorical", uniform_primitive, shape, float64, generator), 0x1p-54);
  const Tensor noise = -log(-log(fraction));
  return argmax(stop_gradient(logits).to(float64) + noise, -1);
}

std::span<const Primitive* const> random_primitives() {
  static constexpr const Primitive* list[] = {&uniform_primitive, &normal_primitive, &truncated_primitive,
                                              &integer_primitive, &bernoulli_primitive};
  return list;
}

}  // namespace xgrad
