#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <thread>

#include <autograd/autograd.hpp>
#include <autograd/ops/philox.hpp>

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
  for (const auto draw : {rand, randn}) {
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
  for (const auto& [low, high] : {std::pair{-2.0, 2.0}, {0.5, 1.5}, {-1.0, 6.0}, {4.0, 5.0}, {-5.0, -4.0}}) {
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
