#include <doctest/doctest.h>

#include <nn/nn.hpp>

#include "reference.hpp"

namespace xgrad::reference {
namespace {

Outputs product(const Case& one, const Inputs& in) {
  const Tensor& a = in["a"];
  if (one.id == "matmul_transposed_views") return matmul(a.T(), in["b"].T());
  if (one.id == "matmul_same_operand") return matmul(a, a);
  if (one.id == "matmul_gram") return matmul(a.T(), a);
  return matmul(a, in["b"]);
}

/// The layer, with the case's inputs as its parameters.
Outputs linear(const Case&, const Inputs& in) {
  const Tensor& weight = in["weight"];
  nn::Linear layer(weight.size(1), weight.size(0), {.bias = in.has("bias"), .dtype = weight.dtype()});
  layer.weight.set(weight);
  if (in.has("bias")) layer.bias.set(in["bias"]);
  return layer(in["x"]);
}

}  // namespace

Checks matrix_products() {
  return derivatives_of({
      {"matmul", product},
      {"linear", linear},
      {"addmm",
       [](const Case& one, const Inputs& in) {
         return one.number("beta") * in["c"] + one.number("alpha") * matmul(in["a"], in["b"]);
       }},
      {"outer", [](const Case&, const Inputs& in) { return outer(in["a"], in["b"]); }},
      {"einsum",
       [](const Case& one, const Inputs& in) {
         return einsum(one.text("equation"), {in["a"], in["b"]});
       }},
      {"inverse", [](const Case&, const Inputs& in) { return inv(in["a"]); }},
      {"solve", [](const Case&, const Inputs& in) { return solve(in["a"], in["b"]); }},
      {"det", [](const Case&, const Inputs& in) { return det(in["a"]); }},
      {"slogdet", [](const Case&, const Inputs& in) { return slogdet(in["a"]).logabs; }},
      {"cholesky", [](const Case&, const Inputs& in) { return cholesky(0.5 * (in["a"] + in["a"].T())); }},
      {"quadratic_form", [](const Case&, const Inputs& in) { return matmul(in["x"], matmul(in["a"], in["x"])); }},
  });
}

TEST_CASE("matrix products agree with the reference") { run(matrix_products()); }

}  // namespace xgrad::reference
