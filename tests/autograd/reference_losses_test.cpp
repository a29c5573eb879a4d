#include <doctest/doctest.h>

#include <nn/nn.hpp>

#include "reference.hpp"

namespace xgrad::reference {
namespace {

nn::Reduction reduction(const Case& one) {
  const std::string text = one.text("reduction");
  if (text == "none") return nn::Reduction::none;
  return text == "sum" ? nn::Reduction::sum : nn::Reduction::mean;
}

/// The input of that name, or an undefined tensor.
Tensor optional(const Inputs& in, const std::string& name) { return in.has(name) ? in[name] : Tensor(); }

Outputs cross_entropy(const Case& one, const Inputs& in) {
  nn::CrossEntropyOptions options{.weight = optional(in, "class_weight"),
                                  .reduction = reduction(one),
                                  .label_smoothing = one.number_or("label_smoothing", 0)};
  if (one.given("ignore_index")) options.ignore_index = one.integer("ignore_index");
  return nn::cross_entropy(in["x"], in.has("q") ? in["q"] : in["target"], options);
}

}  // namespace

Checks losses() {
  return derivatives_of({
      {"mse_loss",
       [](const Case& one, const Inputs& in) { return nn::mse_loss(in["x"], in["t"], {.reduction = reduction(one)}); }},
      {"l1_loss",
       [](const Case& one, const Inputs& in) { return nn::l1_loss(in["x"], in["t"], {.reduction = reduction(one)}); }},
      {"smooth_l1_loss",
       [](const Case& one, const Inputs& in) {
         return nn::smooth_l1_loss(in["x"], in["t"], {.reduction = reduction(one), .beta = one.number("beta")});
       }},
      {"huber_loss",
       [](const Case& one, const Inputs& in) {
         return nn::huber_loss(in["x"], in["t"], {.reduction = reduction(one), .delta = one.number("delta")});
       }},
      {"hinge_embedding_loss",
       [](const Case& one, const Inputs& in) {
         return nn::hinge_embedding_loss(in["x"], in["t"], {.margin = one.number("margin")});
       }},
      {"binary_cross_entropy",
       [](const Case& one, const Inputs& in) {
         return nn::binary_cross_entropy(in["p"], in["t"], {.reduction = reduction(one)});
       }},
      {"binary_cross_entropy_with_logits",
       [](const Case& one, const Inputs& in) {
         return nn::binary_cross_entropy_with_logits(
             in["x"], in["t"], {.reduction = reduction(one), .pos_weight = optional(in, "pos_weight")});
       }},
      {"kl_div", [](const Case& one,
                    const Inputs& in) { return nn::kl_div(in["logp"], in["q"], {.reduction = reduction(one)}); }},
      {"nll_loss",
       [](const Case& one, const Inputs& in) {
         return nn::nll_loss(in["logp"], in["target"],
                             {.weight = optional(in, "class_weight"), .reduction = reduction(one)});
       }},
      {"cross_entropy", cross_entropy},
  });
}

TEST_CASE("losses agree with the reference") { run(losses()); }

}  // namespace xgrad::reference
