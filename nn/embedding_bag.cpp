#include <nn/embedding_bag.hpp>

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include <autograd/ops.hpp>

namespace xgrad::nn {
namespace {

constexpr const char* bag = "embedding_bag";
constexpr double infinity = std::numeric_limits<double>::infinity();

std::string described(const Tensor& x) { return fmt::format("{} {}", to_string(x.dtype()), to_string(x.shape())); }

void check_arguments(const Tensor& indices, const Tensor& weight, const EmbeddingBagCall& options) {
  for (const auto& [name, x] : {std::pair("indices", &indices), std::pair("weight", &weight)})
    if (!x->defined())
      fail(bag, fmt::format("argument '{}' is an undefined Tensor (default-constructed or moved from)", name));
  if (indices.dtype() != int64 || indices.rank() < 1 || indices.rank() > 2)
    fail(bag, fmt::format("argument 'indices' is {}; int64 (B, L), or a vector was expected", described(indices)));
  if (!is_floating(weight.dtype()) || weight.rank() != 2)
    fail(bag, fmt::format("argument 'weight' is {}; floating-point (num, D) was expected", described(weight)));
  if (indices.rank() == 2 && options.offsets.defined())
    fail(bag, fmt::format("offsets {} are given for indices of shape {}, whose rows are the bags",
                          described(options.offsets), to_string(indices.shape())));
  if (indices.rank() == 1 && !options.offsets.defined())
    fail(bag, fmt::format("no offsets are given for indices of shape {}; bags are rows of (B, L), or start at offsets",
                          to_string(indices.shape())));
  const Tensor& factors = options.per_sample_weights;
  if (factors.defined() && (factors.shape() != indices.shape() || !is_floating(factors.dtype())))
    fail(bag, fmt::format("per_sample_weights are {}; floating-point {} was expected", described(factors),
                          to_string(indices.shape())));
  if (factors.defined() && options.mode != BagMode::sum) fail(bag, "per_sample_weights need BagMode::sum");
  if (options.scale_grad_by_freq && options.mode == BagMode::max)
    fail(bag, "scale_grad_by_freq does not go with BagMode::max; BagMode::sum or BagMode::mean was expected");
  const std::int64_t rows = weight.size(0);
  if (options.padding_idx && (*options.padding_idx < -rows || *options.padding_idx >= rows))
    fail(bag, fmt::format("padding_idx is {}; one of {} rows was expected", *options.padding_idx, rows));
}

/// The starts of the bags, and the end of the last.
std::vector<std::int64_t> bounds_of(const Tensor& offsets, std::int64_t count, bool include_last) {
  if (offsets.dtype() != int64 || offsets.rank() != 1 || (include_last && offsets.size() == 0))
    fail(bag, fmt::format("argument 'offsets' is {}; an int64 vector was expected", described(offsets)));
  std::vector<std::int64_t> bounds = offsets.to_vector<std::int64_t>();
  if (!include_last) bounds.push_back(count);
  const bool valid = bounds.front() == 0 && bounds.back() == count && std::is_sorted(bounds.begin(), bounds.end());
  if (!valid && !(bounds.size() == 1 && count == 0 && !include_last))
    fail(bag, fmt::format("argument 'offsets' holds {} numbers, from {} to {}; numbers from 0 to {} that never fall "
                          "were expected{}",
                          offsets.size(), bounds.front(),
                          offsets.size() > 0 ? bounds[static_cast<std::size_t>(offsets.size() - 1)] : 0, count,
                          include_last ? ", the last of them the number of indices" : ""));
  return bounds;
}

/// For each bag the places of its indices, padded with 0; and which of them there are. Both: (B, longest).
std::pair<Tensor, Tensor> places_of(const std::vector<std::int64_t>& bounds) {
  const auto bags = static_cast<std::int64_t>(bounds.size()) - 1;
  std::int64_t longest = 0;
  for (std::size_t b = 0; b + 1 < bounds.size(); ++b) longest = std::max(longest, bounds[b + 1] - bounds[b]);
  const Tensor all = tensor(bounds);
  const Tensor start = expand_dims(slice(all, 0, 0, bags), 1), end = expand_dims(slice(all, 0, 1, bags + 1), 1);
  const Tensor places = start + arange(longest);
  const Tensor there = less(places, end);
  return {where(there, places, 0), there};
}

}  // namespace

Tensor embedding_bag(const Operand& indices, const Operand& weight, const EmbeddingBagCall& options) {
  const Called called(bag);
  check_arguments(indices, weight, options);
  Tensor rows = indices, counts, factors = options.per_sample_weights;
  if (indices.rank() == 1) {
    const auto [places, there] = places_of(bounds_of(options.offsets, indices.size(), options.include_last_offset));
    if (indices.size() == 0) return zeros({places.size(0), weight.size(1)}, weight.dtype());
    rows = take(indices, places);
    if (factors.defined()) factors = take(factors, places);
    counts = there;
  }
  if (options.padding_idx) {
    const std::int64_t padding =
        *options.padding_idx < 0 ? *options.padding_idx + weight.size(0) : *options.padding_idx;
    const Tensor kept = not_equal(where(less(rows, 0), rows + weight.size(0), rows), padding);
    counts = counts.defined() ? logical_and(counts, kept) : kept;
  }
  Tensor vectors = take(weight, rows);  // (B, L, D)
  if (options.scale_grad_by_freq) vectors = detail::scaled_by_frequency(vectors, rows, indices, weight.size(0));
  if (factors.defined()) vectors = vectors * expand_dims(factors, -1);
  if (rows.size(1) == 0) return zeros({rows.size(0), weight.size(1)}, weight.dtype());
  const auto counted = [&](double otherwise) {
    return counts.defined() ? where(expand_dims(counts, -1), vectors, otherwise) : vectors;
  };
  if (options.mode == BagMode::max) {
    const Tensor largest = max(counted(-infinity), 1);
    return counts.defined() ? where(any(counts, 1, {.keepdims = true}), largest, 0.0) : largest;
  }
  const Tensor total = sum(counted(0), 1);
  if (options.mode == BagMode::sum) return total;
  if (!counts.defined()) return total / static_cast<double>(rows.size(1));
  return total / cast(maximum(sum(counts, 1, {.keepdims = true}), 1), weight.dtype());
}

EmbeddingBag::EmbeddingBag(std::int64_t num_embeddings, std::int64_t embedding_dim, const EmbeddingBagOptions& options)
    : EmbeddingTable("EmbeddingBag", num_embeddings, embedding_dim,
                     {.padding_idx = options.padding_idx,
                      .max_norm = options.max_norm,
                      .norm_type = options.norm_type,
                      .scale_grad_by_freq = options.scale_grad_by_freq,
                      .dtype = options.dtype}),
      mode_(options.mode),
      include_last_offset_(options.include_last_offset) {
  check_mode();
}

EmbeddingBag::EmbeddingBag(const Tensor& embeddings, bool freeze, const EmbeddingBagOptions& options)
    : EmbeddingTable("EmbeddingBag", embeddings, freeze,
                     {.padding_idx = options.padding_idx,
                      .max_norm = options.max_norm,
                      .norm_type = options.norm_type,
                      .scale_grad_by_freq = options.scale_grad_by_freq}),
      mode_(options.mode),
      include_last_offset_(options.include_last_offset) {
  check_mode();
}

EmbeddingBag EmbeddingBag::from_pretrained(const Tensor& embeddings, const EmbeddingBagFromPretrainedOptions& options) {
  return EmbeddingBag(embeddings, options.freeze,
                      {.max_norm = options.max_norm,
                       .norm_type = options.norm_type,
                       .scale_grad_by_freq = options.scale_grad_by_freq,
                       .mode = options.mode,
                       .include_last_offset = options.include_last_offset,
                       .padding_idx = options.padding_idx});
}

void EmbeddingBag::check_mode() const {
  if (scales_gradients() && mode_ == BagMode::max)
    refuse("scale_grad_by_freq does not go with BagMode::max; BagMode::sum or BagMode::mean was expected");
}

Tensor EmbeddingBag::forward(const Tensor& indices) const { return forward(indices, Tensor(), Tensor()); }
Tensor EmbeddingBag::forward(const Tensor& indices, const Tensor& offsets) const {
  return forward(indices, offsets, Tensor());
}
Tensor EmbeddingBag::forward(const Tensor& indices, const Tensor& offsets, const Tensor& per_sample_weights) const {
  if (!indices.defined() || indices.dtype() != int64)
    refuse(fmt::format("the indices are {}; int64 (B, L), or a vector was expected",
                       indices.defined() ? described(indices) : "undefined"));
  return embedding_bag(indices, limited_weight(indices),
                       {.offsets = offsets,
                        .scale_grad_by_freq = scales_gradients(),
                        .mode = mode_,
                        .per_sample_weights = per_sample_weights,
                        .include_last_offset = include_last_offset_,
                        .padding_idx = padding_idx()});
}

std::string EmbeddingBag::arguments() const {
  const char* mode = mode_ == BagMode::sum ? "sum" : mode_ == BagMode::max ? "max" : "mean";
  return fmt::format("{}{}, mode='{}'{}", printed_sizes(), printed_limits(), mode, printed_padding());
}

}  // namespace xgrad::nn
