#pragma once

#include <string>
#include <string_view>

#include <nn/loss.hpp>

/// What losses share, for the files of nn/ only: checks, in the name of a loss, and how losses are combined.
namespace xgrad::nn::losses {

/// "float32 (2, 3)".
std::string described(const Tensor& x);

Tensor reduce(std::string_view loss, const Tensor& losses, Reduction reduction);

void check_defined(std::string_view loss, std::string_view name, const Tensor& x);
void check_floating(std::string_view loss, std::string_view name, const Tensor& x);
/// Both of one shape, the first one floating-point.
void check_pair(std::string_view loss, std::string_view name, const Tensor& x, const Tensor& target);
/// Weights of entries: floating-point, of a shape that broadcasts to that of these; or undefined.
void check_entry_weight(std::string_view loss, std::string_view name, const Tensor& weight, const Tensor& x);
/// Weights of classes: (classes,) of the dtype of the scores; or undefined.
void check_class_weight(std::string_view loss, const Tensor& weight, std::int64_t classes, DType dtype);

}  // namespace xgrad::nn::losses
