#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <future>
#include <limits>
#include <set>
#include <thread>

#include <autograd/autograd.hpp>
#include <autograd/kernel/philox.hpp>

#include "expect.hpp"

namespace xgrad {

using test::difference;

TEST_CASE("Philox 4x32-10 gives the known answers of the Random123 distribution") {
  CHECK(philox_4x32_10({0, 0, 0, 0}, {0, 0}) == PhiloxBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox_4x32_10({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
        PhiloxBlock{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox_4x32_10({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        PhiloxBlock{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("seed 0 begins with the known answer of zero counter and key") {
  Generator generator(0);
  const Tensor x = rand({4}, float32, generator);
  const std::array<std::uint32_t, 4> words = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
  for (std::size_t i = 0; i < 4; ++i) CHECK(x.data<float>()[i] == static_cast<float>(words[i] >> 8) * 0x1p-24f);
}

TEST_CASE("the same seed gives the same numbers, another seed others") {
  using Draw = Tensor (*)(const Shape&, DType, Generator&);
  for (const auto draw : {static_cast<Draw>(rand), static_cast<Draw>(randn)}) {
    for (const DType dtype : {float32, float64}) {
      Generator a(42), b(42), c(43);
      const Tensor first = draw({1000}, dtype, a);
      CHECK(difference(draw({1000}, dtype, b), first) == "");
      CHECK(difference(draw({1000}, dtype, c), first) != "");
      CHECK(difference(draw({1000}, dtype, a), first) != "");
    }
  }
}

TEST_CASE("numbers depend on the order of drawing, not on the order of running") {
  Generator a(5), b(5);
  const Tensor a1 = rand({10}, float32, a), a2 = rand({10}, float32, a);
  const Tensor b1 = rand({10}, float32, b), b2 = rand({10}, float32, b);
  eval(a2);
  eval(b1);
  CHECK(difference(a1, b1) == "");
  CHECK(difference(a2, b2) == "");
}

TEST_CASE("a stream continues where its position says") {
  Generator generator(9);
  (void)rand({7}, float32, generator);
  const std::uint64_t position = generator.position();
  const Tensor next = randn({7}, float64, generator);
  CHECK(generator.position() > position);
  Generator resumed(9);
  resumed.set_position(position);
  CHECK(difference(randn({7}, float64, resumed), next) == "");
}

TEST_CASE("drawing nothing leaves the stream where it is") {
  Generator generator(9);
  CHECK(rand({0, 5}, float32, generator).shape() == Shape{0, 5});
  CHECK(generator.position() == 0);
}

TEST_CASE("manual_seed restarts the default generator of the thread") {
  manual_seed(17);
  const Tensor first = rand({5});
  manual_seed(17);
  CHECK(difference(rand({5}), first) == "");
  Tensor other;
  std::thread([&] {
    manual_seed(17);
    other = rand({5});
    eval(other);
  }).join();
  CHECK(difference(other, first) == "");
}

// ---------------------------------------------------------------------------------------------- streams and threads

namespace {

std::vector<float> four(Generator& generator = default_generator()) {
  return rand({4}, float32, generator).to_vector<float>();
}

/// What a new thread draws first.
std::vector<float> four_elsewhere() {
  std::vector<float> numbers;
  std::thread([&] { numbers = four(); }).join();
  return numbers;
}

std::vector<float> four_of(std::uint64_t seed, std::uint64_t stream) {
  Generator generator(seed, stream);
  return four(generator);
}

}  // namespace

TEST_CASE("a stream is the upper half of the counter, so that streams of one seed share no block") {
  Generator generator(0x0123456789abcdef, 0xfedcba9876543210);
  generator.set_position(0x1122334455667788);
  const PhiloxBlock words = philox_4x32_10({0x55667788, 0x11223344, 0x76543210, 0xfedcba98}, {0x89abcdef, 0x01234567});
  const std::vector<float> numbers = four(generator);
  for (std::size_t i = 0; i < 4; ++i) CHECK(numbers[i] == static_cast<float>(words[i] >> 8) * 0x1p-24f);
}

TEST_CASE("all distributions draw from the stream of their generator") {
  using Draw = Tensor (*)(Generator&);
  const Draw draws[] = {[](Generator& g) { return rand({50}, float32, g); },
                        [](Generator& g) { return randn({50}, float64, g); },
                        [](Generator& g) { return bernoulli(0.5, {50}, float32, g); },
                        [](Generator& g) { return normal(1, 2, {50}, float32, g); },
                        [](Generator& g) { return uniform(1, 2, {50}, float32, g); },
                        [](Generator& g) { return truncated_normal({50}, {}, float32, g); },
                        [](Generator& g) { return randint(0, 1000, {50}, g); },
                        [](Generator& g) { return permutation(50, g); },
                        [](Generator& g) {
                          return categorical(zeros({50, 4}), {}, g);
                        },
                        [](Generator& g) { return rand_like(zeros({50}), {}, g); },
                        [](Generator& g) { return randn_like(zeros({50}), {}, g); }};
  for (const Draw draw : draws) {
    Generator a(1, 2), b(1, 2), c(1, 3);
    const Tensor first = draw(a);
    CHECK(difference(draw(b), first) == "");
    CHECK(difference(draw(c), first) != "");
    CHECK(difference(draw(a), first) != "");  // the position has moved
  }
}

TEST_CASE("threads draw from different streams of one seed, the same in every run") {
  const auto draw_all = [](std::uint64_t seed) {
    manual_seed(seed);
    return std::vector<std::vector<float>>{four(), four_elsewhere(), four_elsewhere(), four()};
  };
  const auto first = draw_all(7);
  CHECK(std::set(first.begin(), first.end()).size() == 4);
  CHECK(draw_all(7) == first);
  const auto other = draw_all(8);
  for (std::size_t i = 0; i < 4; ++i) CHECK(other[i] != first[i]);
  // As documented: 0 for the thread that seeds, 2^63 and on for others.
  CHECK(first[0] == four_of(7, 0));
  CHECK(first[1] == four_of(7, std::uint64_t{1} << 63));
  CHECK(first[2] == four_of(7, (std::uint64_t{1} << 63) + 1));
}

TEST_CASE("threads that run side by side draw different numbers, together the same in every run") {
  const auto draw_all = [] {
    manual_seed(7);
    std::vector<std::vector<float>> numbers(8);
    std::vector<std::thread> threads;
    for (auto& place : numbers) threads.emplace_back([&place] { place = four(); });
    for (std::thread& thread : threads) thread.join();
    return std::set(numbers.begin(), numbers.end());
  };
  const auto first = draw_all();
  CHECK(first.size() == 8);
  CHECK(draw_all() == first);
}

TEST_CASE("threads that seed themselves with streams of their own repeat them in any order") {
  const auto draw_all = [](std::vector<std::uint64_t> order) {
    std::vector<std::vector<float>> numbers(order.size());
    for (const std::uint64_t i : order)
      std::thread([&] {
        manual_seed(7, i);
        numbers[i] = four();
      }).join();
    return numbers;
  };
  const auto numbers = draw_all({0, 1, 2});
  CHECK(std::set(numbers.begin(), numbers.end()).size() == 3);
  CHECK(draw_all({2, 0, 1}) == numbers);
}

TEST_CASE("a thread that runs takes on a new seed, unless it has seeded itself") {
  for (const bool own : {false, true}) {
    manual_seed(7);
    std::promise<void> drawn, seeded;
    std::vector<float> before, after;
    std::thread thread([&] {
      if (own) manual_seed(5);
      before = four();
      drawn.set_value();
      seeded.get_future().wait();
      after = four();
    });
    drawn.get_future().wait();
    manual_seed(9);
    seeded.set_value();
    thread.join();
    Generator kept = own ? Generator(5) : Generator(7, std::uint64_t{1} << 63);
    CHECK(before == four(kept));
    CHECK(after == (own ? four(kept) : four_of(9, std::uint64_t{1} << 63)));
    CHECK(four() == four_of(9, 0));
  }
}

TEST_CASE("a scope's generator is the default, and moves; the one before stays where it was") {
  manual_seed(7);
  const std::vector<float> first = four();
  Generator outer(1), inner(2), expected_outer(1), expected_inner(2);
  {
    const GeneratorScope scope(outer);
    CHECK(&default_generator() == &outer);
    CHECK(four() == four(expected_outer));
    {
      const GeneratorScope nested(inner);
      CHECK(four() == four(expected_inner));
      manual_seed(3, 4);
      CHECK(four() == four_of(3, 4));
    }
    CHECK(four() == four(expected_outer));
  }
  CHECK(outer.position() == 2);
  CHECK(inner.seed() == 3);
  Generator expected(7);
  CHECK(four(expected) == first);
  CHECK(four() == four(expected));
  CHECK(four_elsewhere() == four_of(7, std::uint64_t{1} << 63));  // seed 3 was the scope's only
}

TEST_CASE("forks differ from each other and from what they are forked from, wherever that is") {
  Generator parent(7, 1);
  const Generator start = parent.fork(5);
  parent.set_position(100);
  CHECK(parent.fork(5).seed() == start.seed());
  CHECK(parent.fork(5).stream() == start.stream());
  CHECK(parent.fork(5).position() == 0);
  CHECK(parent.position() == 100);
  std::set<std::vector<float>> drawn = {four_of(7, 1)};
  for (std::uint64_t number = 0; number < 10; ++number)
    for (const Generator generator : {Generator(7, 1), Generator(7, 2), Generator(8, 1)}) {
      Generator fork = generator.fork(number);
      drawn.insert(four(fork));
      Generator grandchild = generator.fork(3).fork(number);
      drawn.insert(four(grandchild));
    }
  CHECK(drawn.size() == 61);
}

TEST_CASE("rand_like and randn_like have the shape, and the dtype unless another is given") {
  Generator a(3), b(3);
  CHECK(difference(rand_like(zeros({2, 3}, float64), {}, a), rand({2, 3}, float64, b)) == "");
  CHECK(difference(randn_like(zeros({5}), {}, a), randn({5}, float32, b)) == "");
  CHECK(difference(randn_like(zeros({5}, int64), float64, a), randn({5}, float64, b)) == "");
  CHECK(rand_like(2.0).shape() == Shape{});
}

TEST_CASE("uniform numbers lie in [0, 1) and have the moments of the uniform distribution") {
  // Six standard errors of the mean (1 / sqrt(12 n)) and of the second moment (sqrt(4 / 45 n)).
  constexpr double n = 1'000'000;
  for (const DType dtype : {float32, float64}) {
    Generator generator(1);
    const Tensor x = rand({1000, 1000}, dtype, generator).to(float64);
    CHECK(min(x).item() >= 0);
    CHECK(max(x).item() < 1);
    CHECK(std::abs(mean(x).item() - 0.5) < 6 / std::sqrt(12 * n));
    CHECK(std::abs(mean(square(x)).item() - 1.0 / 3) < 6 * std::sqrt(4 / 45.0 / n));
    CHECK(min(x).item() < 1e-4);
    CHECK(max(x).item() > 1 - 1e-4);
  }
}

TEST_CASE("normal numbers have the moments of the standard normal distribution") {
  // Six standard errors: 1 / sqrt(n) for the mean, sqrt(2 / n), sqrt(15 / n) and sqrt(96 / n) for the next powers.
  constexpr double n = 1'000'000;
  for (const DType dtype : {float32, float64}) {
    Generator generator(2);
    const Tensor x = randn({1000, 1000}, dtype, generator).to(float64);
    CHECK(std::abs(mean(x).item()) < 6 / std::sqrt(n));
    CHECK(std::abs(mean(square(x)).item() - 1) < 6 * std::sqrt(2 / n));
    CHECK(std::abs(mean(x * x * x).item()) < 6 * std::sqrt(15 / n));
    CHECK(std::abs(mean(square(square(x))).item() - 3) < 6 * std::sqrt(96 / n));
    CHECK(max(abs(x)).item() > 4);
    CHECK(max(abs(x)).item() < 8);
  }
}

TEST_CASE("neighbouring numbers, and neighbouring seeds, are uncorrelated") {
  constexpr std::int64_t n = 100'000;
  Generator a(1), b(2);
  const Tensor x = randn({n}, float64, a), y = randn({n}, float64, b);
  const double bound = 6 / std::sqrt(static_cast<double>(n));
  CHECK(std::abs(mean(x * y).item()) < bound);
  for (const std::int64_t lag : {1, 2, 4})
    CHECK(std::abs(mean(slice(x, 0, lag, n) * slice(x, 0, 0, n - lag)).item()) < bound);
}

TEST_CASE("bernoulli gives ones with its probability, in any dtype") {
  Generator generator(3);
  const Tensor x = bernoulli(0.3, {1000, 1000}, float32, generator);
  CHECK(std::abs(mean(x).item() - 0.3) < 6 * std::sqrt(0.3 * 0.7 / 1e6));
  CHECK(sum(where(x == 0.0, 1, x)).item() == 1e6);
  CHECK(sum(bernoulli(0, {1000})).item() == 0);
  CHECK(sum(bernoulli(1, {1000})).item() == 1000);
  CHECK(bernoulli(0.5, {3}, boolean).dtype() == boolean);
  CHECK(bernoulli(0.5, {3}, int64).dtype() == int64);
}

namespace {

/// How many of n numbers are below a probability, counted from the words as the formula says: fractions of 64 bits,
/// whose upper halves are the draw's blocks and whose lower halves are as many blocks behind them.
std::int64_t count_below(double probability, std::uint64_t seed, std::uint64_t n) {
  const auto threshold = static_cast<std::uint64_t>(std::ldexp(probability, 64));
  const std::uint64_t blocks = (n + 3) / 4;
  std::int64_t count = 0;
  for (std::uint64_t i = 0; i < blocks; ++i) {
    const PhiloxBlock upper = philox(seed, i);
    PhiloxBlock lower{};
    for (const std::uint32_t word : upper)
      if (word == threshold >> 32) lower = philox(seed, blocks + i);
    for (std::size_t k = 0; k < 4; ++k)
      if (4 * i + k < n && (std::uint64_t{upper[k]} << 32 | lower[k]) < threshold) ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("bernoulli keeps small probabilities: no grid of 2^-24") {
  constexpr std::int64_t n = std::int64_t{1} << 22;
  for (const double probability : {1e-9, 0x1p-26, 0x1p-24 * 1.5, 0x1p-20 / 3, 0.3, 1 - 1e-7}) {
    INFO(probability);
    Generator generator(6);
    CHECK(sum(bernoulli(probability, {n}, int64, generator)).item<std::int64_t>() == count_below(probability, 6, n));
  }
}

TEST_CASE("bernoulli compares 64 bits, to the last") {
  // The first word is small enough for a probability with all of its 32 bits and 32 more to be a double.
  constexpr std::uint64_t seed = 5, position = 129;
  const PhiloxBlock upper = philox(seed, position), lower = philox(seed, position + 1);
  REQUIRE(upper[0] < 1u << 20);
  const double fraction = std::ldexp(static_cast<double>(std::uint64_t{upper[0]} << 32 | lower[0]), -64);
  const auto drawn = [&](double probability) {
    Generator generator(seed);
    generator.set_position(position);
    return bernoulli(probability, {1}, int64, generator).item<int>();
  };
  CHECK(drawn(fraction) == 0);
  CHECK(drawn(fraction + 0x1p-64) == 1);
}

TEST_CASE("randint reaches the last of its 128 bits") {
  // Of 2^63 + 1 numbers and a fraction of 64 bits, half would be twice as likely as the others: those of odd fractions
  // would never come.
  const auto least = std::numeric_limits<std::int64_t>::min();
  Generator generator(12);
  const Tensor x = randint(least, 1, {4000}, generator);
  std::int64_t carried = 0;
  const std::vector<std::int64_t> numbers = x.to_vector<std::int64_t>();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    // (2^63 + 1) fraction / 2^64 is fraction / 2 + fraction / 2^64: rounded down, half the fraction, and one more for
    // each time that the parts left over make up a whole.
    const PhiloxBlock upper = philox(12, i / 2), lower = philox(12, 2000 + i / 2);
    const std::size_t k = 2 * (i % 2);
    const std::uint64_t fraction = std::uint64_t{upper[k + 1]} << 32 | upper[k];
    const std::uint64_t further = (std::uint64_t{lower[k + 1]} << 32 | lower[k]) / 2;
    const std::uint64_t rest = ((fraction & 1) << 63) + fraction;
    const bool whole = rest < fraction, carry = rest + further < further;
    const std::uint64_t offset = fraction / 2 + (whole ? 1 : 0) + (carry ? 1 : 0);
    CHECK(static_cast<std::uint64_t>(numbers[i]) == static_cast<std::uint64_t>(least) + offset);
    carried += carry ? 1 : 0;
  }
  CHECK(carried > 100);
}

TEST_CASE("the tails of a truncated normal do not end at 24 bits") {
  // A fraction below 2^-24 of the probability between -9 and 9 was the bound itself in float32.
  constexpr std::uint64_t seed = 5, position = 2920362;
  REQUIRE(philox(seed, position)[1] < 1u << 8);
  Generator generator(seed);
  generator.set_position(position);
  const Tensor x = truncated_normal({4}, {.low = -9, .high = 9}, float32, generator);
  CHECK(min(x).item() > -7);
  CHECK(min(x).item() < -5.2);  // the quantile of 2^-24 is -5.29
}

TEST_CASE("a random mask is the same forwards and backwards, also when it is computed again") {
  const Tape tape;
  Generator generator(4);
  const Tensor x = ones({1000}), mask = bernoulli(0.5, {1000}, float32, generator);
  const Tensor y = x * mask;
  const Tensor slope = tape.gradient(sum(y), x);
  eval(slope);
  CHECK(difference(y, slope) == "");
  CHECK(difference(tape.gradient(sum(y), x), slope) == "");
}

TEST_CASE("normal and uniform shift and scale, exactly") {
  Generator a(6), b(6);
  CHECK(difference(normal(3, 2, {9}, float64, a), randn({9}, float64, b) * 2 + 3) == "");
  CHECK(difference(uniform(-1, 3, {9}, float64, a), rand({9}, float64, b) * 4 - 1) == "");
  CHECK(difference(normal(3, 0, {2}), {3, 3}) == "");
  CHECK(difference(uniform(5, 5, {2}), {5, 5}) == "");
}

TEST_CASE("truncated normal numbers keep their bounds and have the distribution between them") {
  // The share of n numbers below each bound of a bin is within six standard errors of what the distribution says; no
  // standard error is above 0.5 / sqrt(n).
  constexpr std::int64_t n = 200'000;
  const auto below = [](double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); };
  for (const auto& entry : {std::pair{-2.0, 2.0}, {0.5, 1.5}, {-1.0, 6.0}, {4.0, 5.0}, {-5.0, -4.0}}) {
    const auto& low = entry.first;
    const auto& high = entry.second;
    INFO("from ", low, " to ", high);
    Generator generator(7);
    const Tensor x = truncated_normal({n}, {.low = low, .high = high}, float64, generator);
    CHECK(min(x).item() >= low);
    CHECK(max(x).item() <= high);
    for (int i = 1; i < 8; ++i) {
      const double bound = low + (high - low) * i / 8;
      // In the upper tail by symmetry, where differences from 1 would lose digits.
      const double expected = low > 0 ? (below(-low) - below(-bound)) / (below(-low) - below(-high))
                                      : (below(bound) - below(low)) / (below(high) - below(low));
      CHECK(std::abs(mean(cast(x < bound, float64)).item() - expected) < 3 / std::sqrt(static_cast<double>(n)));
    }
  }
  Generator a(8), b(8);
  const Tensor scaled = truncated_normal({9}, {.mean = 10, .std = 2, .low = 9, .high = 12}, float64, a);
  const Tensor standard = truncated_normal({9}, {.low = -0.5, .high = 1}, float64, b) * 2 + 10;
  CHECK(difference(scaled, standard, {.rtol = 1e-14}) == "");
  CHECK(truncated_normal({3}).dtype() == float32);
}

TEST_CASE("randint gives every integer of its range as often") {
  // Six standard errors of a count: sqrt(n p (1 - p)).
  constexpr double n = 100'000;
  Generator generator(9);
  const Tensor x = randint(-3, 4, {static_cast<std::int64_t>(n)}, generator);
  CHECK(x.dtype() == int64);
  CHECK(min(x).item() == -3);
  CHECK(max(x).item() == 3);
  for (int k = -3; k < 4; ++k) CHECK(std::abs(sum(x == k).item() - n / 7) < 6 * std::sqrt(n * 6 / 49));
  const auto least = std::numeric_limits<std::int64_t>::min(), most = std::numeric_limits<std::int64_t>::max();
  const Tensor wide = randint(least, most, {1000}, generator);
  CHECK(std::abs(sum(wide < 0).item() - 500) < 6 * std::sqrt(250));
  CHECK(randint(5, 6, {3}, generator).to_vector<std::int64_t>() == std::vector<std::int64_t>{5, 5, 5});
  Generator a(1), b(1);
  CHECK(difference(randint(0, 100, {20}, a), randint(0, 100, {20}, b)) == "");
}

TEST_CASE("a permutation holds every number once, each as often in first place") {
  Generator generator(10);
  CHECK(difference(sort(permutation(1000, generator)), arange(1000)) == "");
  CHECK(permutation(0, generator).shape() == Shape{0});
  CHECK(difference(permutation(100, generator), permutation(100, generator)) != "");
  std::vector<int> first(4);
  for (int i = 0; i < 2000; ++i)
    ++first[static_cast<std::size_t>(permutation(4, generator).to_vector<std::int64_t>()[0])];
  for (const int count : first) CHECK(std::abs(count - 500) < 6 * std::sqrt(2000 * 3.0 / 16));
}

TEST_CASE("categorical draws classes with the probabilities of their logits, and never those of -inf") {
  constexpr double n = 100'000;
  const double inf = std::numeric_limits<double>::infinity();
  Generator generator(11);
  const Tensor logits = tensor({{1, 2, 0, -inf}, {0, -inf, 0, 0}}, float64);
  const Tensor drawn = categorical(logits, {static_cast<std::int64_t>(n)}, generator);
  CHECK(drawn.shape() == Shape{static_cast<std::int64_t>(n), 2});
  CHECK(drawn.dtype() == int64);
  const Tensor share = mean(one_hot(drawn, 4, float64), 0), probability = softmax(logits);
  // Six standard errors, none of which is above 0.5 / sqrt(n); what has no probability never comes.
  CHECK(max(abs(share - probability)).item() < 3 / std::sqrt(n));
  CHECK(at(share, {0, 3}).item() == 0);
  CHECK(at(share, {1, 1}).item() == 0);
  CHECK(categorical(zeros({2, 3}), {}, generator).shape() == Shape{2});
}

TEST_CASE("random numbers refuse ranges that hold nothing") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto refuses = [](const std::string& text, const std::vector<std::string>& parts) {
    CHECK(test::lacks(text, parts) == "");
  };
  refuses(test::error_of([] { normal(0, -1, {2}); }), {"normal:", "std is -1"});
  refuses(test::error_of([] { normal(0, 1, {2}, int64); }), {"normal:", "int64"});
  refuses(test::error_of([] { uniform(1, 0, {2}); }), {"uniform:", "low is 1", "high is 0"});
  refuses(test::error_of([&] { uniform(0, nan, {2}); }), {"uniform:", "nan"});
  refuses(test::error_of([] { uniform(0, 1, {2}, boolean); }), {"uniform:", "bool"});
  refuses(test::error_of([] { truncated_normal({2}, {.std = 0}); }), {"truncated_normal:", "std 0"});
  refuses(test::error_of([] { truncated_normal({2}, {.low = 1, .high = 1}); }), {"truncated_normal:", "low 1"});
  refuses(test::error_of([] { truncated_normal({2}, {.low = 50, .high = 60}); }), {"truncated_normal:", "probability"});
  refuses(test::error_of([] { truncated_normal({2}, {}, int64); }), {"truncated_normal:", "int64"});
  refuses(test::error_of([] { randint(2, 2, {1}); }), {"randint:", "low is 2", "high is 2"});
  refuses(test::error_of([] { permutation(-1); }), {"permutation:", "-1"});
  refuses(test::error_of([] { categorical(Tensor()); }), {"categorical:", "undefined"});
  refuses(test::error_of([] { categorical(zeros({2}, int64)); }), {"categorical:", "int64"});
  refuses(test::error_of([] { categorical(zeros({2, 0})); }), {"categorical:", "(2, 0)"});
}

}  // namespace xgrad
