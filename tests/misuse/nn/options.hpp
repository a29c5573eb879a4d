#pragma once

#include <nn/nn.hpp>

#include "misuse/options.hpp"

/// The fields of every struct of options of the nn room, for wrong.hpp.
namespace xgrad::nn {

inline auto fields(BatchNormOptions& o) {
  auto& [eps, momentum, affine, track, running_variance, dtype] = o;
  return std::tie(eps, momentum, affine, track, running_variance, dtype);
}
inline auto fields(SummaryOptions& o) {
  auto& [depth, trained] = o;
  static_cast<void>(trained);  // lists of parameters have probes of their own
  return std::tie(depth);
}
inline auto fields(Conv1dOptions& o) {
  auto& [stride, padding, dilation, groups, bias, padding_mode, dtype] = o;
  return std::tie(stride, padding, dilation, groups, bias, padding_mode, dtype);
}
inline auto fields(Conv2dOptions& o) {
  auto& [stride, padding, dilation, groups, bias, padding_mode, dtype] = o;
  return std::tie(stride, padding, dilation, groups, bias, padding_mode, dtype);
}
inline auto fields(ConvTranspose2dOptions& o) {
  auto& [stride, padding, output_padding, dilation, groups, bias, dtype] = o;
  return std::tie(stride, padding, output_padding, dilation, groups, bias, dtype);
}
inline auto fields(Conv3dOptions& o) {
  auto& [stride, padding, dilation, groups, bias, padding_mode, dtype] = o;
  return std::tie(stride, padding, dilation, groups, bias, padding_mode, dtype);
}
inline auto fields(ConvTranspose1dOptions& o) {
  auto& [stride, padding, output_padding, dilation, groups, bias, dtype] = o;
  return std::tie(stride, padding, output_padding, dilation, groups, bias, dtype);
}
inline auto fields(ConvTranspose3dOptions& o) {
  auto& [stride, padding, output_padding, dilation, groups, bias, dtype] = o;
  return std::tie(stride, padding, output_padding, dilation, groups, bias, dtype);
}
inline auto fields(MaxUnpoolOptions1d& o) {
  auto& [stride, padding] = o;
  return std::tie(stride, padding);
}
inline auto fields(MaxUnpoolOptions2d& o) {
  auto& [stride, padding] = o;
  return std::tie(stride, padding);
}
inline auto fields(MaxUnpoolOptions3d& o) {
  auto& [stride, padding] = o;
  return std::tie(stride, padding);
}
inline auto fields(UpsamplingOptions& o) {
  auto& [size, scale_factor] = o;
  return std::tie(size, scale_factor);
}
inline auto fields(DropoutOptions& o) {
  auto& [p, training] = o;
  return std::tie(p, training);
}
inline auto fields(EmbeddingOptions& o) {
  auto& [padding_idx, max_norm, norm_type, by_frequency, dtype] = o;
  return std::tie(padding_idx, max_norm, norm_type, by_frequency, dtype);
}
inline auto fields(EmbeddingFromPretrainedOptions& o) {
  auto& [freeze, padding_idx, max_norm, norm_type, by_frequency] = o;
  return std::tie(freeze, padding_idx, max_norm, norm_type, by_frequency);
}
inline auto fields(LinearOptions& o) {
  auto& [bias, dtype] = o;
  return std::tie(bias, dtype);
}
inline auto fields(LayerNormOptions& o) {
  auto& [eps, affine, bias, dtype] = o;
  return std::tie(eps, affine, bias, dtype);
}
inline auto fields(RMSNormOptions& o) {
  auto& [eps, affine, dtype] = o;
  return std::tie(eps, affine, dtype);
}
inline auto fields(GroupNormOptions& o) {
  auto& [eps, affine, dtype] = o;
  return std::tie(eps, affine, dtype);
}
inline auto fields(InstanceNormOptions& o) {
  auto& [eps, momentum, affine, track, dtype] = o;
  return std::tie(eps, momentum, affine, track, dtype);
}
inline auto fields(RecurrentOptions& o) {
  auto& [num_layers, nonlinearity, bias, batch_first, dropout, bidirectional, proj_size, dtype] = o;
  return std::tie(num_layers, nonlinearity, bias, batch_first, dropout, bidirectional, proj_size, dtype);
}
inline auto fields(PadSequenceOptions& o) {
  auto& [batch_first, value] = o;
  return std::tie(batch_first, value);
}
inline auto fields(UnpadSequenceOptions& o) {
  auto& [batch_first] = o;
  return std::tie(batch_first);
}
inline auto fields(LSTMState& o) {
  auto& [h, c] = o;
  return std::tie(h, c);
}
inline auto fields(LossOptions& o) {
  auto& [reduction] = o;
  return std::tie(reduction);
}
inline auto fields(NLLLossOptions& o) {
  auto& [weight, ignore_index, reduction] = o;
  return std::tie(weight, ignore_index, reduction);
}
inline auto fields(CrossEntropyOptions& o) {
  auto& [weight, ignore_index, reduction, label_smoothing] = o;
  return std::tie(weight, ignore_index, reduction, label_smoothing);
}
inline auto fields(BinaryCrossEntropyOptions& o) {
  auto& [weight, reduction] = o;
  return std::tie(weight, reduction);
}
inline auto fields(BinaryCrossEntropyWithLogitsOptions& o) {
  auto& [weight, reduction, pos_weight] = o;
  return std::tie(weight, reduction, pos_weight);
}
inline auto fields(KLDivOptions& o) {
  auto& [reduction, log_target] = o;
  return std::tie(reduction, log_target);
}
inline auto fields(SmoothL1Options& o) {
  auto& [reduction, beta] = o;
  return std::tie(reduction, beta);
}
inline auto fields(HuberOptions& o) {
  auto& [reduction, delta] = o;
  return std::tie(reduction, delta);
}
inline auto fields(ClassScoreOptions& o) {
  auto& [average, zero_division] = o;
  return std::tie(average, zero_division);
}
inline auto fields(R2Options& o) {
  auto& [outputs, multioutput] = o;
  return std::tie(outputs, multioutput);
}
inline auto fields(AUROCOptions& o) {
  auto& [classes, bins] = o;
  return std::tie(classes, bins);
}
inline auto fields(MultiheadAttentionOptions& o) {
  auto& [dropout, bias, bias_kv, zero_attn, kdim, vdim, batch_first, num_kv_heads, dtype] = o;
  return std::tie(dropout, bias, bias_kv, zero_attn, kdim, vdim, batch_first, num_kv_heads, dtype);
}
inline auto fields(MultiheadAttentionMasks& o) {
  auto& [padding, need_weights, mask, average, is_causal] = o;
  return std::tie(padding, need_weights, mask, average, is_causal);
}
inline auto fields(TransformerLayerOptions& o) {
  auto& [feedforward, dropout, activation, eps, batch_first, norm_first, bias, kv_heads, dtype] = o;
  return std::tie(feedforward, dropout, activation, eps, batch_first, norm_first, bias, kv_heads, dtype);
}
inline auto fields(TransformerEncoderMasks& o) {
  auto& [mask, padding, is_causal] = o;
  return std::tie(mask, padding, is_causal);
}
inline auto fields(TransformerDecoderMasks& o) {
  auto& [mask, memory, padding, memory_padding, causal, memory_causal] = o;
  return std::tie(mask, memory, padding, memory_padding, causal, memory_causal);
}
inline auto fields(TransformerMasks& o) {
  auto& [src, tgt, memory, src_pad, tgt_pad, memory_pad, src_causal, tgt_causal, memory_causal] = o;
  return std::tie(src, tgt, memory, src_pad, tgt_pad, memory_pad, src_causal, tgt_causal, memory_causal);
}
inline auto fields(TransformerOptions& o) {
  auto& [encoders, decoders, layer, custom_encoder, custom_decoder] = o;
  return std::tie(encoders, decoders, layer);
}
inline auto fields(SinusoidalPositionsOptions& o) {
  auto& [base, axis] = o;
  return std::tie(base, axis);
}
inline auto fields(LearnedPositionsOptions& o) {
  auto& [std, axis, dtype] = o;
  return std::tie(std, axis, dtype);
}
inline auto fields(RotaryPositionsOptions& o) {
  auto& [base, style] = o;
  return std::tie(base, style);
}
inline auto fields(RecurrentCellOptions& o) {
  auto& [bias, nonlinearity, dtype] = o;
  return std::tie(bias, nonlinearity, dtype);
}
inline auto fields(EmbeddingBagCall& o) {
  auto& [offsets, by_frequency, mode, weights, include_last, padding_idx] = o;
  return std::tie(offsets, by_frequency, mode, weights, include_last, padding_idx);
}
inline auto fields(EmbeddingBagOptions& o) {
  auto& [max_norm, norm_type, by_frequency, mode, include_last, padding_idx, dtype] = o;
  return std::tie(max_norm, norm_type, by_frequency, mode, include_last, padding_idx, dtype);
}
inline auto fields(EmbeddingBagFromPretrainedOptions& o) {
  auto& [freeze, max_norm, norm_type, by_frequency, mode, include_last, padding_idx] = o;
  return std::tie(freeze, max_norm, norm_type, by_frequency, mode, include_last, padding_idx);
}
inline auto fields(PairwiseDistanceOptions& o) {
  auto& [p, eps, keepdims] = o;
  return std::tie(p, eps, keepdims);
}
inline auto fields(MarginRankingOptions& o) {
  auto& [margin, reduction] = o;
  return std::tie(margin, reduction);
}
inline auto fields(MultiMarginOptions& o) {
  auto& [p, margin, weight, reduction] = o;
  return std::tie(p, margin, weight, reduction);
}
inline auto fields(MultilabelSoftMarginOptions& o) {
  auto& [weight, reduction] = o;
  return std::tie(weight, reduction);
}
inline auto fields(CosineEmbeddingOptions& o) {
  auto& [margin, reduction] = o;
  return std::tie(margin, reduction);
}
inline auto fields(TripletMarginOptions& o) {
  auto& [margin, p, eps, swap, reduction] = o;
  return std::tie(margin, p, eps, swap, reduction);
}
inline auto fields(TripletMarginWithDistanceOptions& o) {
  auto& [distance, margin, swap, reduction] = o;
  return std::tie(distance, margin, swap, reduction);
}
inline auto fields(PoissonNLLOptions& o) {
  auto& [log_input, full, eps, reduction] = o;
  return std::tie(log_input, full, eps, reduction);
}
inline auto fields(GaussianNLLOptions& o) {
  auto& [full, eps, reduction] = o;
  return std::tie(full, eps, reduction);
}
inline auto fields(CTCOptions& o) {
  auto& [blank, reduction, zero_infinity] = o;
  return std::tie(blank, reduction, zero_infinity);
}
inline auto fields(HingeEmbeddingOptions& o) {
  auto& [margin, reduction] = o;
  return std::tie(margin, reduction);
}

}  // namespace xgrad::nn

namespace xgrad::nn::init {

inline auto fields(NormalOptions& o) {
  auto& [mean, std] = o;
  return std::tie(mean, std);
}
inline auto fields(UniformOptions& o) {
  auto& [low, high] = o;
  return std::tie(low, high);
}
inline auto fields(XavierOptions& o) {
  auto& [gain] = o;
  return std::tie(gain);
}
inline auto fields(KaimingOptions& o) {
  auto& [mode, nonlinearity, negative_slope] = o;
  return std::tie(mode, nonlinearity, negative_slope);
}

}  // namespace xgrad::nn::init

namespace xgrad::optim {

inline auto fields(AdadeltaOptions& o) {
  auto& [lr, rho, eps, weight_decay, maximize] = o;
  return std::tie(lr, rho, eps, weight_decay, maximize);
}
inline auto fields(AdagradOptions& o) {
  auto& [lr, lr_decay, weight_decay, initial, eps, maximize] = o;
  return std::tie(lr, lr_decay, weight_decay, initial, eps, maximize);
}
inline auto fields(AdamOptions& o) {
  auto& [lr, beta1, beta2, eps, weight_decay, amsgrad, maximize] = o;
  return std::tie(lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);
}
inline auto fields(AdamWOptions& o) {
  auto& [lr, beta1, beta2, eps, weight_decay, amsgrad, maximize] = o;
  return std::tie(lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);
}
inline auto fields(AdamaxOptions& o) {
  auto& [lr, beta1, beta2, eps, weight_decay, maximize] = o;
  return std::tie(lr, beta1, beta2, eps, weight_decay, maximize);
}
inline auto fields(LAMBOptions& o) {
  auto& [lr, beta1, beta2, eps, weight_decay, maximize] = o;
  return std::tie(lr, beta1, beta2, eps, weight_decay, maximize);
}
inline auto fields(LBFGSOptions& o) {
  auto& [lr, max_iter, max_eval, tolerance_grad, tolerance_change, history_size, line_search_fn] = o;
  return std::tie(lr, max_iter, max_eval, tolerance_grad, tolerance_change, history_size, line_search_fn);
}
inline auto fields(LionOptions& o) {
  auto& [lr, beta1, beta2, weight_decay, maximize] = o;
  return std::tie(lr, beta1, beta2, weight_decay, maximize);
}
inline auto fields(MuonOptions& o) {
  auto& [lr, decay, momentum, nesterov, steps, ns_eps, scale, orthogonalize, beta1, beta2, eps, maximize] = o;
  return std::tie(lr, decay, momentum, nesterov, steps, ns_eps, scale, orthogonalize, beta1, beta2, eps, maximize);
}
inline auto fields(AveragedModelOptions& o) {
  auto& [decay, warmup, use_buffers] = o;
  return std::tie(decay, warmup, use_buffers);
}
inline auto fields(EarlyStoppingOptions& o) {
  auto& [patience, min_delta, mode] = o;
  return std::tie(patience, min_delta, mode);
}
inline auto fields(NAdamOptions& o) {
  auto& [lr, beta1, beta2, eps, weight_decay, momentum_decay, maximize] = o;
  return std::tie(lr, beta1, beta2, eps, weight_decay, momentum_decay, maximize);
}
inline auto fields(RAdamOptions& o) {
  auto& [lr, beta1, beta2, eps, weight_decay, maximize] = o;
  return std::tie(lr, beta1, beta2, eps, weight_decay, maximize);
}
inline auto fields(RMSpropOptions& o) {
  auto& [lr, alpha, eps, weight_decay, momentum, centered, maximize] = o;
  return std::tie(lr, alpha, eps, weight_decay, momentum, centered, maximize);
}
inline auto fields(RpropOptions& o) {
  auto& [lr, eta_minus, eta_plus, step_size_min, step_size_max, maximize] = o;
  return std::tie(lr, eta_minus, eta_plus, step_size_min, step_size_max, maximize);
}
inline auto fields(SGDOptions& o) {
  auto& [lr, momentum, dampening, weight_decay, nesterov, maximize] = o;
  return std::tie(lr, momentum, dampening, weight_decay, nesterov, maximize);
}
inline auto fields(PlateauOptions& o) {
  auto& [lr, mode, factor, patience, threshold, cooldown, lr_min] = o;
  return std::tie(lr, mode, factor, patience, threshold, cooldown, lr_min);
}

namespace schedule {
inline auto fields(OneCycle& o) {
  auto& [lr_max, steps, warmup, start_divisor, end_divisor, anneal, three_phases, momentum_min, momentum_max] = o;
  return std::tie(lr_max, steps, warmup, start_divisor, end_divisor, anneal, three_phases, momentum_min, momentum_max);
}
}  // namespace schedule

}  // namespace xgrad::optim

namespace xgrad::test {

/// Functions of a user's own that throw, or give something else.
template <>
struct Wrong<nn::Activation> {
  static std::vector<nn::Activation> of(const nn::Activation&) {
    std::vector<nn::Activation> values{"gelu"};
    for (const auto& f : wrong(std::function<Tensor(const Tensor&)>([](const Tensor& x) { return x; })))
      if (f) values.emplace_back(f);
    return values;
  }
};

}  // namespace xgrad::test
