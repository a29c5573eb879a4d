#include <doctest/doctest.h>

#include <nn/nn.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {
namespace {

using test::difference;
using test::error_of;
using test::lacks;

const test::Tolerance rounding{.rtol = 1e-10, .atol = 1e-12};

std::vector<std::string> names(const Module& module) {
  std::vector<std::string> result;
  for (const auto& [name, value] : state_dict(module)) result.push_back(name);
  return result;
}

}  // namespace

TEST_CASE("attention has PyTorch's names, in its order") {
  using Names = std::vector<std::string>;
  CHECK(names(MultiheadAttention(4, 2)) == Names{"in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"});
  CHECK(names(MultiheadAttention(4, 2, {.bias = false, .add_bias_kv = true, .kdim = 3})) ==
        Names{"q_proj_weight", "k_proj_weight", "v_proj_weight", "bias_k", "bias_v", "out_proj.weight"});
  CHECK(MultiheadAttention(6, 6, {.num_kv_heads = 2}).in_proj_weight.shape() == Shape{10, 6});
}

TEST_CASE("grouped queries are as heads of keys and values that repeat") {
  Generator generator(5);
  const Tensor x = randn({2, 3, 8}, float64, generator);
  for (const std::int64_t kv : {1, 2}) {
    const MultiheadAttention grouped(8, 4, {.batch_first = true, .num_kv_heads = kv, .dtype = float64});
    const MultiheadAttention full(8, 4, {.batch_first = true, .dtype = float64});
    const std::int64_t width = 2 * kv;
    const auto spread = [&](const Tensor& rows) {  // each head's rows, as often as queries share them
      return reshape(repeat(reshape(rows, {kv, 2, -1}), 4 / kv, 0), {8, -1});
    };
    const std::vector<Tensor> weights = split(grouped.in_proj_weight, {8, width, width});
    full.in_proj_weight.set(concatenate({weights[0], spread(weights[1]), spread(weights[2])}));
    full.out_proj.weight.set(grouped.out_proj.weight);
    const MultiheadAttentionMasks masks{.average_attn_weights = false, .is_causal = true};
    const auto [output, given] = grouped(x, x, x, masks);
    const auto [expected, expected_weights] = full(x, x, x, masks);
    CHECK(difference(output, expected, rounding) == "");
    CHECK(difference(given, expected_weights, rounding) == "");
    CHECK(difference(grouped(x, x, x), full(x, x, x), rounding) == "");
  }
}

TEST_CASE("masks of bools, of numbers and by comparison agree, also before keys that are appended") {
  Generator generator(6);
  const Tensor x = randn({4, 2, 6}, float64, generator);
  const Tensor blocked = expand_dims(arange(4), 0) > expand_dims(arange(4), 1);
  for (const bool appended : {false, true}) {
    const MultiheadAttention attention(6, 3, {.add_bias_kv = appended, .add_zero_attn = appended, .dtype = float64});
    const Tensor expected = attention(x, x, x, {.attn_mask = blocked}).output;
    CHECK(difference(attention(x, x, x, {.is_causal = true}).output, expected, rounding) == "");
    const Tensor added = generate_square_subsequent_mask(4, float64);
    CHECK(difference(attention(x, x, x, {.attn_mask = added}).output, expected, rounding) == "");
    const Tensor padding = tensor({{0, 0, 0, 1}, {0, 1, 0, 0}}, boolean);
    const Tensor both = logical_or(expand_dims(padding, 1), blocked);
    const Tensor each = reshape(broadcast_to(expand_dims(both, 1), {2, 3, 4, 4}), {6, 4, 4});
    CHECK(difference(attention(x, x, x, {.key_padding_mask = padding, .is_causal = true}).output,
                     attention(x, x, x, {.attn_mask = each}).output, rounding) == "");
    CHECK(difference(attention(x, x, x, {.key_padding_mask = padding, .attn_mask = added}).output,
                     attention(x, x, x, {.attn_mask = each}).output, rounding) == "");
  }
}

TEST_CASE("padding alone gives the output's bias, not NaN") {
  const MultiheadAttention attention(4, 2, {.batch_first = true});
  attention.out_proj.bias.set(tensor({1, 2, 3, 4}));
  const Tensor x = ones({1, 2, 4});
  const auto [output, weights] = attention(x, x, x, {.key_padding_mask = tensor({{1, 1}}, boolean)});
  CHECK(difference(output, {{{1, 2, 3, 4}, {1, 2, 3, 4}}}) == "");
  CHECK(difference(weights, zeros({1, 2, 2})) == "");
}

TEST_CASE("dropout of attention drops in training mode only, and the weights are those that were used") {
  MultiheadAttention attention(4, 1, {.dropout = 0.5, .batch_first = true, .dtype = float64});
  const Tensor x = ones({1, 64, 4}, float64);
  const auto [output, weights] = attention(x, x, x, {});
  CHECK(max(weights).item() == doctest::Approx(2.0 / 64));
  CHECK(min(weights).item() == 0);
  const Tensor row = matmul(x, split(attention.in_proj_weight, 4)[2].T());
  CHECK(difference(output, attention.out_proj(matmul(weights, row)), rounding) == "");
  attention.eval();
  CHECK(difference(attention(x, x, x, {}).weights, full({1, 64, 64}, 1.0 / 64, float64), rounding) == "");
}

TEST_CASE("attention refuses sizes, inputs and masks that do not fit") {
  const auto made = [](std::int64_t width, std::int64_t heads, MultiheadAttentionOptions options) {
    return error_of([&] { MultiheadAttention(width, heads, options); });
  };
  CHECK(lacks(made(6, 4, {}), {"MultiheadAttention", "embed_dim 6", "num_heads 4"}) == "");
  CHECK(lacks(made(6, 3, {.num_kv_heads = 2}), {"num_kv_heads is 2", "num_heads, 3"}) == "");
  CHECK(lacks(made(6, 3, {.dropout = 2}), {"dropout is 2"}) == "");
  CHECK(lacks(made(6, 3, {.kdim = 0}), {"kdim 0"}) == "");
  const MultiheadAttention attention(6, 3);
  const Tensor x = zeros({4, 2, 6});
  CHECK(lacks(error_of([&] {
                attention(x, zeros({4, 2, 5}), x);
              }),
              {"MultiheadAttention", "float32 (4, 2, 5)", "(L, N, 6)", "(S, N, 6)"}) == "");
  CHECK(lacks(error_of([&] { attention(x, x, zeros({3, 2, 6})); }), {"float32 (3, 2, 6)"}) == "");
  CHECK(lacks(error_of([&] { attention(x, x, Tensor()); }), {"the value is an undefined Tensor"}) == "");
  CHECK(lacks(error_of([&] {
                attention(x, x, x, {.attn_mask = zeros({4, 3})});
              }),
              {"attn_mask is float32 (4, 3)", "(4, 4)", "(6, 4, 4)"}) == "");
  CHECK(lacks(error_of([&] {
                attention(x, x, x, {.key_padding_mask = zeros({4, 2})});
              }),
              {"key_padding_mask is float32 (4, 2)", "(2, 4)"}) == "");
  CHECK(lacks(error_of([&] {
                attention(x, x, x, {.attn_mask = zeros({4, 4}, int64)});
              }),
              {"int64 (4, 4)", "bool"}) == "");
  CHECK(to_string(MultiheadAttention(6, 3, {.num_kv_heads = 1})) ==
        "MultiheadAttention(\n  embed_dim=6, num_heads=3, num_kv_heads=1\n  (out_proj): Linear(in_features=6, "
        "out_features=6, bias=True)\n)");
}

}  // namespace xgrad::nn
