#include <nn/embedding_table.hpp>

#include <utility>

#include <fmt/format.h>

#include <autograd/ops.hpp>
#include <nn/init.hpp>

namespace xgrad::nn {
namespace {

/// The value, with the derivatives of x times the share.
Tensor with_gradient_of(const Tensor& value, const Tensor& x, const Operand& share = 1.0) {
  return stop_gradient(value) + share * (x - stop_gradient(x));
}

Tensor checked_embeddings(const std::string& who, const Tensor& embeddings) {
  if (!embeddings.defined())
    fail(who + "::from_pretrained", "argument 'embeddings' is an undefined Tensor (default-constructed or moved from)");
  if (!is_floating(embeddings.dtype()) || embeddings.rank() != 2)
    fail(who + "::from_pretrained",
         fmt::format("argument 'embeddings' is {} {}; floating-point (num_embeddings, embedding_dim) was expected",
                     to_string(embeddings.dtype()), to_string(embeddings.shape())));
  return embeddings;
}

}  // namespace

EmbeddingTable::EmbeddingTable(std::string type_name, std::int64_t num_embeddings, std::int64_t embedding_dim,
                               const Settings& settings)
    : Module(std::move(type_name)),
      num_embeddings_(num_embeddings),
      embedding_dim_(embedding_dim),
      settings_(settings) {
  check_settings();
  weight = register_parameter("weight", zeros({num_embeddings, embedding_dim}, settings.dtype));
  init::normal(weight);
  if (!settings_.padding_idx) return;
  const Tensor is_padding = expand_dims(equal(arange(num_embeddings), *settings_.padding_idx), 1);
  weight.set(where(is_padding, 0.0, weight.value()));
}

EmbeddingTable::EmbeddingTable(std::string type_name, const Tensor& embeddings, bool freeze, const Settings& settings)
    : Module(type_name),
      num_embeddings_(checked_embeddings(type_name, embeddings).size(0)),
      embedding_dim_(embeddings.size(1)),
      settings_(settings) {
  check_settings();
  weight = freeze ? register_buffer("weight", embeddings) : register_parameter("weight", embeddings);
}

void EmbeddingTable::check_settings() {
  if (num_embeddings_ < 0 || embedding_dim_ < 0)
    refuse(fmt::format("({}, {}) was given; numbers of embeddings and their width must not be negative",
                       num_embeddings_, embedding_dim_));
  std::optional<std::int64_t>& padding = settings_.padding_idx;
  if (padding && (*padding < -num_embeddings_ || *padding >= num_embeddings_))
    refuse(fmt::format("padding_idx is {}; it must be one of {} rows, from {} to {}", *padding, num_embeddings_,
                       -num_embeddings_, num_embeddings_ - 1));
  if (padding && *padding < 0) *padding += num_embeddings_;
  if (settings_.max_norm && !(*settings_.max_norm >= 0))
    refuse(fmt::format("max_norm is {}; it must not be negative", *settings_.max_norm));
  if (!(settings_.norm_type > 0)) refuse(fmt::format("norm_type is {}; it must be positive", settings_.norm_type));
}

Tensor EmbeddingTable::limited_weight(const Tensor& indices) const {
  const Tensor own = weight;
  if (!settings_.max_norm) return own;
  const double most = *settings_.max_norm;
  const Tensor places = flatten(indices), rows = take(own, places);
  const Tensor length = norm(rows, settings_.norm_type, 1, {.keepdims = true});
  const Tensor shorter = rows * where(greater(length, most), most / (length + 1e-7), 1.0);
  const Tensor limited = index_put(own, {places}, with_gradient_of(shorter, rows));
  if (is_training() && !(limited_->defined() && limited_->same_as(own))) {
    weight.set(limited);
    *limited_ = limited;
  }
  return limited;
}

std::string EmbeddingTable::printed_sizes() const { return fmt::format("{}, {}", num_embeddings_, embedding_dim_); }

std::string EmbeddingTable::printed_padding() const {
  return settings_.padding_idx ? fmt::format(", padding_idx={}", *settings_.padding_idx) : "";
}

std::string EmbeddingTable::printed_limits() const {
  std::string text;
  if (settings_.max_norm) text += fmt::format(", max_norm={}", *settings_.max_norm);
  if (settings_.norm_type != 2) text += fmt::format(", norm_type={}", settings_.norm_type);
  if (settings_.scale_grad_by_freq) text += ", scale_grad_by_freq=True";
  return text;
}

Tensor detail::scaled_by_frequency(const Tensor& rows, const Tensor& indices, const Tensor& all, std::int64_t count) {
  const Tensor counts =
      index_put(zeros({count}, rows.dtype()), {flatten(all)}, ones({}, rows.dtype()), {.accumulate = true});
  return with_gradient_of(rows, rows, expand_dims(1.0 / take(counts, indices), -1));
}

}  // namespace xgrad::nn
