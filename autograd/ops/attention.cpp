#include <autograd/ops/attention.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include <autograd/ops/common.hpp>

namespace xgrad {
namespace {

constexpr const char* name = "scaled_dot_product_attention";
/// From so many weights on a tape does not keep them: a derivative computes them again, in tiles.
constexpr std::int64_t many_weights = std::int64_t{1} << 22;
constexpr double infinity = std::numeric_limits<double>::infinity();

std::string shapes(const Tensor& query, const Tensor& key, const Tensor& value) {
  return "query has shape " + to_string(query.shape()) + ", key " + to_string(key.shape()) + " and value " +
         to_string(value.shape());
}

void check_inputs(const Tensor& query, const Tensor& key, const Tensor& value) {
  ops::check_floating(name, "query", query);
  ops::check_floating(name, "key", key);
  ops::check_floating(name, "value", value);
  if (query.rank() < 2 || key.rank() < 2 || value.rank() < 2 || query.size(-1) != key.size(-1) ||
      key.size(-2) != value.size(-2)) {
    fail(name, shapes(query, key, value) + "; expected (..., L, E), (..., S, E) and (..., S, Ev)");
  }
}

/// Throws Error unless the axes before the last `own` ones broadcast.
void check_batches(const Tensor& query, const Tensor& key, const Tensor& value, int own) {
  const auto batch = [&](const Tensor& x) {
    Shape shape;
    for (int axis = 0; axis < x.rank() - own; ++axis) shape.push_back(x.size(axis));
    return shape;
  };
  ops::broadcast_shapes(name, ops::broadcast_shapes(name, batch(query), batch(key)), batch(value));
}

void check_options(const AttentionOptions& options) {
  if (!(options.dropout_p >= 0 && options.dropout_p <= 1))
    fail(name, "dropout_p is " + Number(options.dropout_p).text() + "; expected a number in [0, 1]");
  if (options.scale && !std::isfinite(*options.scale))
    fail(name, "scale is " + Number(*options.scale).text() + "; expected a finite number");
}

void check_heads(const Tensor& query, const Tensor& key, const Tensor& value) {
  if (query.rank() < 3 || key.rank() < 3 || value.rank() < 3)
    fail(name, shapes(query, key, value) + "; with enable_gqa axis -3 is expected to hold heads");
  const std::int64_t heads = key.size(-3);
  if (value.size(-3) == heads && heads > 0 && query.size(-3) % heads == 0) return;
  fail(name, shapes(query, key, value) +
                 "; with enable_gqa key and value are expected to have the same number of heads (axis -3), and the "
                 "query a multiple of it");
}

void check_mask(const Tensor& mask, const Tensor& scores) {
  if (mask.dtype() != boolean && !is_floating(mask.dtype())) {
    fail(name, "argument 'attn_mask' has dtype " + std::string(to_string(mask.dtype())) + " and shape " +
                   to_string(mask.shape()) + "; bool, float32 or float64 is expected");
  }
  if (ops::broadcasts_to(mask.shape(), scores.shape())) return;
  fail(name, "argument 'attn_mask' has shape " + to_string(mask.shape()) + ", which does not broadcast to " +
                 to_string(scores.shape()) + ", a number for each query and key");
}

/// The scores of keys that a query may attend to, -inf for those behind it.
Tensor causal(const Tensor& scores) {
  Tensor row = expand_dims(arange(scores.size(-2)), 1);
  // Of many scores the comparison is over all of them, so that the pass that reads it computes it as it goes, and no
  // mask of shape (L, S) exists.
  if (scores.size() >= many_weights) {
    Shape shape = scores.shape();
    shape[shape.rank() - 1] = 1;
    row = broadcast_to(row, shape);
  }
  return where(less_equal(arange(scores.size(-1)), row), scores, -infinity);
}

Tensor formula(const Tensor& query, const Tensor& key, const Tensor& value, double scale,
               const AttentionOptions& options) {
  Tensor scores = matmul(query, swapaxes(key, -2, -1)) * scale;
  if (options.attn_mask.defined()) {
    check_mask(options.attn_mask, scores);
    scores =
        options.attn_mask.dtype() == boolean ? where(options.attn_mask, scores, -infinity) : scores + options.attn_mask;
  }
  if (options.is_causal) scores = causal(scores);
  Tensor weights = softmax(scores);
  if (options.dropout_p > 0) {
    const double kept = 1 - options.dropout_p;
    weights = weights * (bernoulli(kept, weights.shape(), weights.dtype()) * (kept > 0 ? 1 / kept : 0));
  }
  return matmul(weights, value);
}

Tensor attention(const Tensor& query, const Tensor& key, const Tensor& value, const AttentionOptions& options) {
  const std::int64_t width = query.size(-1);
  const double scale =
      options.scale ? *options.scale : 1 / std::sqrt(static_cast<double>(std::max<std::int64_t>(width, 1)));
  const auto call = [&](const std::vector<Tensor>& in) { return formula(in[0], in[1], in[2], scale, options); };
  const std::int64_t queries = width == 0 ? 0 : query.size() / width;
  if (queries * key.size(-2) < many_weights) return call({query, key, value});
  // As many axes on both sides: one matrix for all of a batch would be one large product, in which heads are not seen.
  const auto aligned = [&](Tensor x) {
    while (x.rank() < query.rank()) x = expand_dims(x, 0);
    return x;
  };
  return checkpointed(call, {query, aligned(key), aligned(value)});
}

/// The heads of a tensor (..., heads, L, E) as (..., groups, heads / groups, L, E).
Tensor grouped(const Tensor& x, std::int64_t groups) {
  Shape shape = x.shape();
  const int axis = shape.rank() - 3;
  ops::check_rank(name, shape.rank() + 1, {&x});
  shape[axis] /= groups;
  shape.insert(axis, groups);
  return ops::reshaped(x, shape);
}

/// Each head of key and value meets its group of heads of the query by broadcasting.
Tensor grouped_attention(const Tensor& query, const Tensor& key, const Tensor& value, AttentionOptions options) {
  const std::int64_t heads = query.size(-3), groups = key.size(-3);
  Tensor& mask = options.attn_mask;
  if (mask.defined() && mask.rank() > 2) {
    if (mask.size(-3) != 1 && mask.size(-3) != heads) {
      fail(name, "argument 'attn_mask' has shape " + to_string(mask.shape()) + " for " + std::to_string(heads) +
                     " heads; expected 1 or as many at axis -3");
    }
    mask = mask.size(-3) == 1 ? expand_dims(mask, -3) : grouped(mask, groups);
  }
  const Tensor result = attention(grouped(query, groups), grouped(key, groups), grouped(value, groups), options);
  Shape shape = result.shape();
  const int axis = shape.rank() - 4;
  shape.erase(axis);
  shape[axis] = heads;
  return ops::reshaped(result, shape);
}

}  // namespace

Tensor scaled_dot_product_attention(const Operand& query, const Operand& key, const Operand& value,
                                    const AttentionOptions& options) {
  const Called called(name);
  check_inputs(query, key, value);
  check_options(options);
  if (options.enable_gqa) check_heads(query, key, value);
  check_batches(query, key, value, options.enable_gqa ? 3 : 2);
  const bool is_grouped = options.enable_gqa && query.size(-3) != key.size(-3);
  return is_grouped ? grouped_attention(query, key, value, options) : attention(query, key, value, options);
}

namespace {

using Inputs = const std::vector<Tensor>&;

Sample sample(const char* title, std::vector<Tensor> inputs, const AttentionOptions& options) {
  return {title,
          [options](Inputs in) {
            AttentionOptions own = options;
            if (in.size() > 3) own.attn_mask = in[3];
            return scaled_dot_product_attention(in[0], in[1], in[2], own);
          },
          std::move(inputs)};
}

std::vector<Sample> attention_samples() {
  const auto values = [](const Shape& shape) { return ops::sample_values(shape, -1, 1); };
  const Tensor query = values({2, 3, 2}), key = values({2, 4, 2}), value = values({2, 4, 3});
  const Tensor allowed = tensor({{1, 0, 1, 1}, {0, 0, 0, 0}, {1, 1, 1, 0}}, boolean);
  return {sample("all keys", {query, key, value}, {}),
          sample("causal", {query, key, value}, {.is_causal = true, .scale = 1.5}),
          sample("a mask of bools, and a row without keys", {query, key, value}, {.attn_mask = allowed}),
          sample("a mask that is added", {query, key, value, values({3, 4})}, {}),
          sample("keys and values of one batch for all", {query, values({4, 2}), values({4, 3})}, {}),
          sample("groups of heads", {values({4, 2, 2}), values({2, 3, 2}), values({2, 3, 2})}, {.enable_gqa = true})};
}

constexpr Composition attention_composition{name, &attention_samples};

}  // namespace

std::span<const Composition* const> attention_compositions() {
  static constexpr const Composition* list[] = {&attention_composition};
  return list;
}

}  // namespace xgrad
