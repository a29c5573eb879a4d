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

}  // namespace

Checks losses() {
  return derivatives_of({
      {"mse_loss",
       [](const Case& one, const Inputs& in) { return nn::mse_loss(in["x"], in["t"], {.reduction = reduction(one)}); }},
      {"cross_entropy",
       [](const Case& one, const Inputs& in) {
         return nn::cross_entropy(in["x"], in["target"], {.reduction = reduction(one)});
       }},
  });
}

TEST_CASE("losses agree with the reference") { run(losses()); }

}  // namespace xgrad::reference
