#include <doctest/doctest.h>

#include <cmath>
#include <optional>

#include <autograd/autograd.hpp>

#include "../expect.hpp"

namespace xgrad {
namespace {

using test::difference;
using test::f64;

constexpr double infinity = std::numeric_limits<double>::infinity();
const test::Tolerance rounding{.rtol = 1e-12, .atol = 1e-12};

/// Queries (B, H, L, E), keys (B, K, S, E) and values (B, K, S, V), by loops. `bias(b, h, i, j)` is added to the score
/// of query i and key j.
template <class Bias>
Tensor by_loops(const Tensor& query, const Tensor& key, const Tensor& value, double scale, Bias&& bias) {
  const auto q = query.to_vector<double>(), k = key.to_vector<double>(), v = value.to_vector<double>();
  const std::int64_t B = query.size(0), H = query.size(1), L = query.size(2), E = query.size(3);
  const std::int64_t K = key.size(1), S = key.size(2), V = value.size(3);
  const auto at = [](const std::vector<double>& x, std::int64_t i) { return x[static_cast<std::size_t>(i)]; };
  std::vector<double> out;
  for (std::int64_t b = 0; b < B; ++b) {
    for (std::int64_t h = 0; h < H; ++h) {
      const std::int64_t shared = b * K + h / (H / K);
      for (std::int64_t i = 0; i < L; ++i) {
        std::vector<double> weights, row(static_cast<std::size_t>(V));
        double total = 0;
        for (std::int64_t j = 0; j < S; ++j) {
          double score = 0;
          for (std::int64_t e = 0; e < E; ++e)
            score += at(q, ((b * H + h) * L + i) * E + e) * at(k, (shared * S + j) * E + e);
          weights.push_back(std::exp(score * scale + bias(b, h, i, j)));
          total += weights.back();
        }
        for (std::int64_t j = 0; j < S && total > 0; ++j)
          for (std::int64_t c = 0; c < V; ++c)
            row[static_cast<std::size_t>(c)] += at(weights, j) / total * at(v, (shared * S + j) * V + c);
        out.insert(out.end(), row.begin(), row.end());
      }
    }
  }
  return tensor(out, float64).reshape({B, H, L, V});
}

const auto nothing = [](auto...) { return 0.0; };

struct Example {
  Generator generator{17};
  Tensor query = randn({2, 4, 3, 5}, float64, generator);
  Tensor key = randn({2, 4, 6, 5}, float64, generator);
  Tensor value = randn({2, 4, 6, 2}, float64, generator);
};

}  // namespace

TEST_CASE("attention weighs values by the softmax of scaled scores") {
  const Example e;
  CHECK(difference(scaled_dot_product_attention(e.query, e.key, e.value),
                   by_loops(e.query, e.key, e.value, 1 / std::sqrt(5.0), nothing), rounding) == "");
  CHECK(difference(scaled_dot_product_attention(e.query, e.key, e.value, {.scale = 0.3}),
                   by_loops(e.query, e.key, e.value, 0.3, nothing), rounding) == "");
  // Two keys of equal score: the mean of their values.
  CHECK(difference(scaled_dot_product_attention(f64({{1, 2}}), f64({{0, 1}, {2, 0}}), f64({{1, 3}, {5, 5}})),
                   f64({{3, 4}}), rounding) == "");
}

TEST_CASE("masks say to which keys a query attends") {
  Example e;
  const auto scale = 1 / std::sqrt(5.0);
  const auto causal = [](auto, auto, std::int64_t i, std::int64_t j) { return j <= i ? 0 : -infinity; };
  const Tensor expected = by_loops(e.query, e.key, e.value, scale, causal);
  CHECK(difference(scaled_dot_product_attention(e.query, e.key, e.value, {.is_causal = true}), expected, rounding) ==
        "");
  const Tensor lower = tril(ones({3, 6})).to(boolean);
  CHECK(difference(scaled_dot_product_attention(e.query, e.key, e.value, {.attn_mask = lower}), expected, rounding) ==
        "");
  const Tensor added = where(lower, zeros({3, 6}, float64), -infinity);
  CHECK(difference(scaled_dot_product_attention(e.query, e.key, e.value, {.attn_mask = added}), expected, rounding) ==
        "");

  const Tensor bias = randn({4, 3, 6}, float64, e.generator);
  const auto numbers = bias.to_vector<double>();
  const auto biased = [&](auto, std::int64_t h, std::int64_t i, std::int64_t j) {
    return numbers[static_cast<std::size_t>((h * 3 + i) * 6 + j)] + (j <= i ? 0 : -infinity);
  };
  CHECK(difference(scaled_dot_product_attention(e.query, e.key, e.value, {.attn_mask = bias, .is_causal = true}),
                   by_loops(e.query, e.key, e.value, scale, biased), rounding) == "");
}

TEST_CASE("a query that attends to no key gives zeros, with derivatives of 0") {
  const Example e;
  const Tensor keep = tensor({{1, 1, 0, 0, 0, 1}, {0, 0, 0, 0, 0, 0}, {0, 1, 0, 0, 0, 0}}, boolean);
  for (const Tensor& mask : {keep, where(keep, zeros({3, 6}, float64), -infinity)}) {
    const Tape tape;
    const Tensor y = scaled_dot_product_attention(e.query, e.key, e.value, {.attn_mask = mask});
    CHECK(difference(y[{ellipsis, 1, Slice{}}], zeros({2, 4, 2}, float64)) == "");
    CHECK(min(abs(y[{ellipsis, 0, Slice{}}])).item() > 0);
    const std::vector<Tensor> gradients = tape.gradient(sum(square(y)), {e.query, e.key, e.value});
    CHECK(difference(gradients[0][{ellipsis, 1, Slice{}}], zeros({2, 4, 5}, float64)) == "");
    CHECK(max(abs(gradients[0])).item() > 0.01);
    for (const Tensor& gradient : gradients) CHECK(all(isfinite(gradient)).item<bool>());
    // Nobody attends to keys 2, 3 and 4.
    CHECK(difference(gradients[2][{ellipsis, Slice{2, 5}, Slice{}}], zeros({2, 4, 3, 2}, float64)) == "");
  }
  const Tensor empty = scaled_dot_product_attention(ones({2, 3}), ones({0, 3}), ones({0, 4}));
  CHECK(difference(empty, zeros({2, 4})) == "");
}

TEST_CASE("groups of heads share a head of key and value") {
  Example e;
  const Tensor key = e.key[{Slice{}, Slice{0, 2}}], value = e.value[{Slice{}, Slice{0, 2}}];
  const auto scale = 1 / std::sqrt(5.0);
  const auto grouped = [&](const Tensor& mask, bool causal) {
    return scaled_dot_product_attention(e.query, key, value,
                                        {.attn_mask = mask, .is_causal = causal, .enable_gqa = true});
  };
  CHECK(difference(grouped({}, false), by_loops(e.query, key, value, scale, nothing), rounding) == "");
  const auto causal = [](auto, auto, std::int64_t i, std::int64_t j) { return j <= i ? 0 : -infinity; };
  CHECK(difference(grouped({}, true), by_loops(e.query, key, value, scale, causal), rounding) == "");
  for (const Shape& shape : {Shape{4, 3, 6}, Shape{1, 3, 6}, Shape{3, 6}, Shape{2, 1, 1, 6}, Shape{6}}) {
    CAPTURE(to_string(shape));
    const Tensor bias = randn(shape, float64, e.generator);
    const auto numbers = broadcast_to(bias, {2, 4, 3, 6}).to_vector<double>();
    const auto biased = [&](std::int64_t b, std::int64_t h, std::int64_t i, std::int64_t j) {
      return numbers[static_cast<std::size_t>(((b * 4 + h) * 3 + i) * 6 + j)];
    };
    CHECK(difference(grouped(bias, false), by_loops(e.query, key, value, scale, biased), rounding) == "");
  }
  // As many heads on both sides are no groups.
  CHECK(difference(scaled_dot_product_attention(e.query, e.key, e.value, {.enable_gqa = true}),
                   scaled_dot_product_attention(e.query, e.key, e.value)) == "");
}

TEST_CASE("many weights are not kept for the gradient, which is the formula's") {
  // 2 heads of 1500 x 1500 weights are beyond the number from which on derivatives compute them again.
  Generator generator(5);
  const Tensor query = randn({2, 1500, 8}, float64, generator), key = randn({1500, 8}, float64, generator),
               value = randn({2, 1500, 8}, float64, generator);
  const auto formula = [](const std::vector<Tensor>& in) {
    const Tensor scores = matmul(in[0], swapaxes(in[1], -1, -2)) / std::sqrt(8.0);
    return matmul(softmax(where(tril(ones({1500, 1500}, boolean)), scores, -infinity)), in[2]);
  };
  const auto training = [&](auto&& f) {
    const Tape tape;
    const Tensor y = f({query, key, value});
    std::vector<Tensor> all = tape.gradient(sum(square(y)), {query, key, value});
    all.push_back(y);
    eval(all);
    return all;
  };
  const std::vector<Tensor> expected = training(formula);
  const auto operation = [](const std::vector<Tensor>& in) {
    return scaled_dot_product_attention(in[0], in[1], in[2], {.is_causal = true});
  };
  training(operation);
  reset_peak_memory();
  const std::size_t before = memory_stats().live;
  const std::vector<Tensor> actual = training(operation);
  if (fusing()) CHECK(memory_stats().peak - before < 3 * 1500 * 1500 * sizeof(double));  // 168 MB where all are kept
  for (std::size_t i = 0; i < actual.size(); ++i)
    CHECK(difference(actual[i], expected[i], {.rtol = 1e-10, .atol = 1e-11}) == "");
}

TEST_CASE("dropout drops weights, and keeps their mean") {
  const Tensor query = zeros({1, 2}), key = zeros({1000, 2}), value = ones({1000, 1});
  manual_seed(3);
  const double mean = scaled_dot_product_attention(query, key, value, {.dropout_p = 0.25}).item();
  CHECK(mean == doctest::Approx(1).epsilon(0.1));  // a standard deviation of 0.018
  CHECK(mean != 1);
  manual_seed(3);
  CHECK(scaled_dot_product_attention(query, key, value, {.dropout_p = 0.25}).item() == mean);
  CHECK(scaled_dot_product_attention(query, key, value, {.dropout_p = 1}).item() == 0);
}

}  // namespace xgrad
