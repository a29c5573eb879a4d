#include <nn/attention.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <autograd/ops.hpp>
#include <nn/affine.hpp>
#include <nn/dropout.hpp>
#include <nn/init.hpp>

namespace xgrad::nn {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::string described(const Tensor& x) { return fmt::format("{} {}", to_string(x.dtype()), to_string(x.shape())); }

/// (N, L, heads d) as (N, heads, L, d).
Tensor split_heads(const Tensor& x, std::int64_t heads) {
  return transpose(reshape(x, {x.size(0), x.size(1), heads, x.size(2) / heads}), {0, 2, 1, 3});
}

/// Entries of the last axis after those of a mask, which let keys take part.
Tensor extended(const Tensor& mask, std::int64_t count) {
  if (count == 0) return mask;
  Shape shape = mask.shape();
  shape[shape.rank() - 1] = count;
  return concatenate({mask, zeros(shape, mask.dtype())}, -1);
}

/// x with an entry along axis 1 behind it, the same for each example: (1, 1, E), or (1, E) of several.
Tensor appended(const Tensor& x, const Tensor& entry) {
  return concatenate({x, broadcast_to(entry, {x.size(0), 1, x.size(2)})}, 1);
}

std::int64_t checked_width(std::int64_t embed_dim, std::int64_t num_heads) {
  if (embed_dim > 0 && num_heads > 0 && embed_dim % num_heads == 0) return embed_dim;
  fail("MultiheadAttention",
       fmt::format("embed_dim {} and num_heads {} were given; a positive multiple of the heads was expected", embed_dim,
                   num_heads));
}

}  // namespace

/// What attention runs on. All: (N, length, width), later (N, heads, length, d).
struct MultiheadAttention::Heads {
  Tensor query, key, value;
  std::int64_t given_keys = 0;     ///< S
  std::int64_t appended_keys = 0;  ///< behind them
};

MultiheadAttention::MultiheadAttention(std::int64_t embed_dim, std::int64_t num_heads,
                                       const MultiheadAttentionOptions& options)
    : Module("MultiheadAttention"),
      out_proj(register_module("out_proj", Linear(checked_width(embed_dim, num_heads), embed_dim,
                                                  {.bias = options.bias, .dtype = options.dtype}))),
      embed_dim_(embed_dim),
      num_heads_(num_heads),
      num_kv_heads_(options.num_kv_heads.value_or(num_heads)),
      kdim_(options.kdim.value_or(embed_dim)),
      vdim_(options.vdim.value_or(embed_dim)),
      options_(options) {
  if (num_kv_heads_ <= 0 || num_heads % num_kv_heads_ != 0)
    refuse(fmt::format("num_kv_heads is {}; a divisor of num_heads, {}, was expected", num_kv_heads_, num_heads));
  if (kdim_ <= 0 || vdim_ <= 0) refuse(fmt::format("kdim {} and vdim {}: both must be positive", kdim_, vdim_));
  if (!(options.dropout >= 0 && options.dropout <= 1))
    refuse(fmt::format("dropout is {}; it must lie in [0, 1]", options.dropout));

  const std::int64_t width = embed_dim / num_heads * num_kv_heads_;
  const bool packed = kdim_ == embed_dim && vdim_ == embed_dim;
  const auto weight = [&](const char* name, bool present, std::int64_t rows, std::int64_t columns) {
    Parameter own(present ? Parameter(zeros({rows, columns}, options.dtype)) : Parameter());
    if (present) init::xavier_uniform(own);
    return register_parameter(name, own);
  };
  in_proj_weight = weight("in_proj_weight", packed, embed_dim + 2 * width, embed_dim);
  q_proj_weight = weight("q_proj_weight", !packed, embed_dim, embed_dim);
  k_proj_weight = weight("k_proj_weight", !packed, width, kdim_);
  v_proj_weight = weight("v_proj_weight", !packed, width, vdim_);
  in_proj_bias =
      register_parameter("in_proj_bias", options.bias ? zeros({embed_dim + 2 * width}, options.dtype) : Tensor());
  const auto appended_key = [&](const char* name) {
    Parameter own(options.add_bias_kv ? Parameter(zeros({1, 1, width}, options.dtype)) : Parameter());
    if (options.add_bias_kv) init::xavier_normal(own);
    return register_parameter(name, own);
  };
  bias_k = appended_key("bias_k");
  bias_v = appended_key("bias_v");
  if (options.bias) init::zeros(out_proj.bias);
}

void MultiheadAttention::check_inputs(const Tensor& query, const Tensor& key, const Tensor& value) const {
  for (const auto& [name, x] : {std::pair("query", &query), std::pair("key", &key), std::pair("value", &value)})
    if (!x->defined()) refuse(fmt::format("the {} is an undefined Tensor (default-constructed or moved from)", name));
  const int rank = query.rank();
  const auto has = [&](const Tensor& x, std::int64_t width) {
    return x.rank() == rank && x.size(-1) == width && is_floating(x.dtype());
  };
  const int batch = options_.batch_first ? 0 : 1, length = rank == 2 ? 0 : 1 - batch;
  if ((rank == 2 || rank == 3) && has(query, embed_dim_) && has(key, kdim_) && has(value, vdim_) &&
      key.size(length) == value.size(length) &&
      (rank == 2 || (query.size(batch) == key.size(batch) && key.size(batch) == value.size(batch))))
    return;
  const auto expected = [&](const char* steps, std::int64_t width) {
    return options_.batch_first ? fmt::format("(N, {}, {})", steps, width) : fmt::format("({}, N, {})", steps, width);
  };
  refuse(fmt::format(
      "the query is {}, the key {} and the value {}; floating-point {}, {} and {} were expected, or all without N",
      described(query), described(key), described(value), expected("L", embed_dim_), expected("S", kdim_),
      expected("S", vdim_)));
}

MultiheadAttention::Heads MultiheadAttention::project(const Tensor& query, const Tensor& key,
                                                      const Tensor& value) const {
  const auto batched = [&](const Tensor& x) {
    return x.rank() == 2 ? expand_dims(x, 0) : options_.batch_first ? x : swapaxes(x, 0, 1);
  };
  const std::int64_t width = embed_dim_ / num_heads_ * num_kv_heads_;
  const std::vector<std::int64_t> sizes{embed_dim_, width, width};
  const Tensor bias = in_proj_bias.defined() ? Tensor(in_proj_bias) : Tensor();
  std::vector<Tensor> parts;
  if (in_proj_weight.defined() && query.same_as(key) && key.same_as(value)) {
    parts = split(Affine(in_proj_weight, bias)(batched(query)), sizes, -1);
  } else {
    const std::vector<Tensor> weights = in_proj_weight.defined()
                                            ? split(in_proj_weight, sizes)
                                            : std::vector<Tensor>{q_proj_weight, k_proj_weight, v_proj_weight};
    const std::vector<Tensor> biases = bias.defined() ? split(bias, sizes) : std::vector<Tensor>(3);
    const Tensor* inputs[] = {&query, &key, &value};
    for (std::size_t i = 0; i < 3; ++i) parts.push_back(Affine(weights[i], biases[i])(batched(*inputs[i])));
  }
  return {.query = parts[0], .key = parts[1], .value = parts[2], .given_keys = parts[1].size(1)};
}

void MultiheadAttention::append_keys(Heads& heads) const {
  if (bias_k.defined()) {
    heads.key = appended(heads.key, bias_k);
    heads.value = appended(heads.value, bias_v);
  }
  if (options_.add_zero_attn) {
    const Tensor none = zeros({1, 1, heads.key.size(2)}, heads.key.dtype());
    heads.key = appended(heads.key, none);
    heads.value = appended(heads.value, none);
  }
  heads.appended_keys = heads.key.size(1) - heads.given_keys;
}

Tensor MultiheadAttention::checked_mask(const char* name, const Tensor& mask, const Shape& expected,
                                        const Shape& other) const {
  const bool fits = mask.shape() == expected || mask.shape() == other;
  if (fits && (mask.dtype() == boolean || is_floating(mask.dtype()))) return mask;
  refuse(fmt::format("the {} is {}; bool (true where a key is masked out) or floating-point {} was expected{}", name,
                     described(mask), to_string(expected),
                     other == expected ? "" : fmt::format(", or {}", to_string(other))));
}

/// The masks of a call as one, with the convention of scaled_dot_product_attention; undefined where there are none.
Tensor MultiheadAttention::combined_mask(const MultiheadAttentionMasks& masks, const Heads& heads) const {
  const std::int64_t batch = heads.query.size(0), queries = heads.query.size(2), keys = heads.given_keys;
  std::vector<Tensor> all;
  if (masks.attn_mask.defined()) {
    const Tensor mask =
        checked_mask("attn_mask", masks.attn_mask, {queries, keys}, {batch * num_heads_, queries, keys});
    all.push_back(mask.rank() == 2 ? mask : reshape(mask, {batch, num_heads_, queries, keys}));
  }
  if (masks.key_padding_mask.defined()) {
    const Shape each{batch, keys};
    const Tensor mask = checked_mask("key_padding_mask", masks.key_padding_mask, each, batch == 1 ? Shape{keys} : each);
    all.push_back(reshape(mask, {batch, 1, 1, keys}));
  }
  for (Tensor& mask : all) mask = extended(mask, heads.appended_keys);
  if (masks.is_causal && heads.appended_keys > 0) {
    const Tensor row = expand_dims(arange(queries), 1), column = arange(keys + heads.appended_keys);
    all.push_back(where(less(column, keys), greater(column, row), false));
  }
  if (all.empty()) return {};
  const bool of_numbers =
      std::any_of(all.begin(), all.end(), [](const Tensor& mask) { return mask.dtype() != boolean; });
  Tensor result;
  for (const Tensor& mask : all) {
    const Tensor own =
        of_numbers && mask.dtype() == boolean ? where(mask, full({}, -infinity, heads.query.dtype()), 0.0) : mask;
    result = !result.defined() ? own : of_numbers ? result + own : logical_or(result, own);
  }
  return of_numbers ? result : logical_not(result);
}

MultiheadAttentionResult MultiheadAttention::attend(const Tensor& query, const Tensor& key, const Tensor& value,
                                                    const MultiheadAttentionMasks& masks) const {
  check_inputs(query, key, value);
  Heads heads = project(query, key, value);
  append_keys(heads);
  heads.query = split_heads(heads.query, num_heads_);
  heads.key = split_heads(heads.key, num_kv_heads_);
  heads.value = split_heads(heads.value, num_kv_heads_);
  const Tensor mask = combined_mask(masks, heads);
  const bool causal = masks.is_causal && heads.appended_keys == 0;
  const double dropped = is_training() ? options_.dropout : 0;

  MultiheadAttentionResult result;
  if (masks.need_weights) {
    const std::int64_t shared = num_heads_ / num_kv_heads_;
    const auto each = [&](const Tensor& x) { return shared == 1 ? x : repeat(x, shared, 1); };
    const double scale = 1 / std::sqrt(static_cast<double>(embed_dim_ / num_heads_));
    Tensor scores = matmul(heads.query, swapaxes(each(heads.key), -2, -1)) * scale;
    if (mask.defined()) scores = mask.dtype() == boolean ? where(mask, scores, -infinity) : scores + mask;
    if (causal) {
      const Tensor row = expand_dims(arange(scores.size(-2)), 1), column = arange(scores.size(-1));
      scores = where(less_equal(column, row), scores, -infinity);
    }
    result.weights = softmax(scores);
    if (dropped > 0) {
      result.weights = dropout(result.weights, {.p = dropped});
      result.output = matmul(result.weights, each(heads.value));
    }
  }
  if (!result.output.defined()) {
    result.output = scaled_dot_product_attention(
        heads.query, heads.key, heads.value,
        {.attn_mask = mask, .dropout_p = dropped, .is_causal = causal, .enable_gqa = num_kv_heads_ != num_heads_});
  }
  if (result.weights.defined() && masks.average_attn_weights) result.weights = mean(result.weights, 1);

  const Tensor joined = transpose(result.output, {0, 2, 1, 3});
  result.output = out_proj(reshape(joined, {joined.size(0), joined.size(1), embed_dim_}));
  if (query.rank() == 2) {
    result.output = squeeze(result.output, 0);
    if (result.weights.defined()) result.weights = squeeze(result.weights, 0);
  } else if (!options_.batch_first) {
    result.output = swapaxes(result.output, 0, 1);
  }
  return result;
}

MultiheadAttentionResult MultiheadAttention::operator()(const Operand& query, const Operand& key, const Operand& value,
                                                        const MultiheadAttentionMasks& masks) const {
  return scoped([&] { return attend(query, key, value, masks); });
}

Tensor MultiheadAttention::forward(const Tensor& query, const Tensor& key, const Tensor& value) const {
  return attend(query, key, value, {.need_weights = false}).output;
}

std::string MultiheadAttention::arguments() const {
  std::string text = fmt::format("embed_dim={}, num_heads={}", embed_dim_, num_heads_);
  if (num_kv_heads_ != num_heads_) text += fmt::format(", num_kv_heads={}", num_kv_heads_);
  if (kdim_ != embed_dim_ || vdim_ != embed_dim_) text += fmt::format(", kdim={}, vdim={}", kdim_, vdim_);
  if (options_.dropout != 0) text += fmt::format(", dropout={}", options_.dropout);
  if (!options_.bias) text += ", bias=False";
  if (options_.add_bias_kv) text += ", add_bias_kv=True";
  if (options_.add_zero_attn) text += ", add_zero_attn=True";
  if (options_.batch_first) text += ", batch_first=True";
  return text;
}

}  // namespace xgrad::nn
