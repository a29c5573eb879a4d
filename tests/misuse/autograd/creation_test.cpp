#include <doctest/doctest.h>

#include "misuse/lists.hpp"

namespace xgrad::test {

Probes creation_probes() {
  const std::int64_t three = 3, low = -5;
  const Generator generator(1);
  const Shape shape{2, 3};
  return {
      probe(
          "zeros", [](const Shape& s, DType dtype) { return zeros(s, dtype); }, shape, float32),
      probe(
          "ones", [](const Shape& s, DType dtype) { return ones(s, dtype); }, shape, float32),
      probe(
          "full", [](const Shape& s, double value, DType dtype) { return full(s, value, dtype); }, shape, 2.0, int64),
      probe(
          "zeros_like", [](const Tensor& x) { return zeros_like(x); }, ones(shape)),
      probe(
          "ones_like", [](const Tensor& x) { return ones_like(x); }, ones(shape)),
      probe(
          "full_like",
          [](const Tensor& x, const Tensor& value, std::optional<DType> dtype) { return full_like(x, value, dtype); },
          ones(shape), tensor(2.0), std::optional(int64)),
      probe(
          "arange", [](double stop) { return arange(stop); }, 5.0),
      probe(
          "arange",
          [](double start, double stop, double step, DType dtype) { return arange(start, stop, step, dtype); }, 0.0,
          5.0, 1.0, int64),
      probe(
          "arange",
          [](double start, double stop, double step, DType dtype) { return arange(start, stop, step, dtype); }, 0.0,
          1.0, 0.1, float64),
      probe(
          "linspace",
          [](double start, double stop, std::int64_t n, DType dtype) { return linspace(start, stop, n, dtype); }, 0.0,
          1.0, three, float32),
      probe(
          "eye", [](std::int64_t n, std::optional<std::int64_t> m, DType dtype) { return eye(n, m, dtype); }, three,
          std::optional<std::int64_t>(2), float32),
      probe(
          "rand", [](const Shape& s, DType dtype, Generator g) { return rand(s, dtype, g); }, shape, float32,
          generator),
      probe(
          "randn", [](const Shape& s, DType dtype, Generator g) { return randn(s, dtype, g); }, shape, float32,
          generator),
      probe(
          "rand_like", [](const Tensor& x, std::optional<DType> dtype, Generator g) { return rand_like(x, dtype, g); },
          ones(shape), std::optional(float64), generator),
      probe(
          "randn_like",
          [](const Tensor& x, std::optional<DType> dtype, Generator g) { return randn_like(x, dtype, g); }, ones(shape),
          std::optional(float64), generator),
      probe(
          {"GeneratorScope", "Generator::fork", "rand"},
          [](Generator g, std::uint64_t number, const Shape& s) {
            Generator fork = g.fork(number);
            const GeneratorScope scope(fork);
            manual_seed(number, number);
            return rand(s);
          },
          generator, std::uint64_t{7}, shape),
      probe(
          "bernoulli", [](double p, const Shape& s, DType dtype, Generator g) { return bernoulli(p, s, dtype, g); },
          0.5, shape, float32, generator),
      probe(
          "normal",
          [](double mean, double std, const Shape& s, DType dtype, Generator g) {
            return normal(mean, std, s, dtype, g);
          },
          0.0, 1.0, shape, float32, generator),
      probe(
          "uniform",
          [](double a, double b, const Shape& s, DType dtype, Generator g) { return uniform(a, b, s, dtype, g); }, 0.0,
          1.0, shape, float32, generator),
      probe(
          "truncated_normal",
          [](const Shape& s, const TruncatedNormalOptions& options, DType dtype, Generator g) {
            return truncated_normal(s, options, dtype, g);
          },
          shape, TruncatedNormalOptions{}, float32, generator),
      probe(
          "randint", [](std::int64_t a, std::int64_t b, const Shape& s, Generator g) { return randint(a, b, s, g); },
          low, three, shape, generator),
      probe(
          "permutation", [](std::int64_t n, Generator g) { return permutation(n, g); }, three, generator),
      probe(
          "categorical",
          [](const Tensor& logits, const Shape& samples, Generator g) { return categorical(logits, samples, g); },
          ones({2, 3}), shape, generator),
      probe(
          "manual_seed", [](std::uint64_t seed) { manual_seed(seed); }, std::uint64_t{7}),
      probe(
          {"default_generator", "Generator", "Generator::set_position", "Generator::advance"},
          [](std::uint64_t position) {
            default_generator().set_position(position);
            default_generator().advance(position);
            const Tensor drawn = rand({3});
            default_generator().set_position(0);
            return drawn;
          },
          std::uint64_t{7}),
  };
}

TEST_CASE("creation and random numbers stand wrong calls") { run(creation_probes()); }

}  // namespace xgrad::test
