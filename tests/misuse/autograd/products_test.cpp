#include <doctest/doctest.h>

#include <autograd/ops/aliases.hpp>

#include "misuse/lists.hpp"

namespace xgrad::test {

Probes product_probes() {
  const Tensor a = tensor({{2, 1}, {0.5, 3}}, float64), b = tensor({{1, 2, 3}, {4, 5, 6}}, float64);
  const Tensor symmetric = tensor({{2, 1}, {1, 3}}, float64), v = tensor({1, 2}, float64);
  return {
      probe(
          "matmul", [](const Tensor& x, const Tensor& y) { return matmul(x, y); }, a, b),
      probe(
          "matmul", [](const Tensor& x, const Tensor& y) { return matmul(x, y); }, ones({2, 3, 2}), ones({2, 2, 3})),
      probe(
          {"einsum", "matmul"},
          [](const std::string& equation, const std::vector<Tensor>& xs) { return einsum(equation, xs); },
          std::string("ij,jk->ik"), std::vector<Tensor>{a, b}),
      probe(
          {"einsum", "matmul"},
          [](const std::string& e, const Tensor& x, const Tensor& y) {
            return einsum(e, {x, y});
          },
          std::string("...j,jk->...k"), a, b),
      probe(
          {"outer", "multiply"}, [](const Tensor& x, const Tensor& y) { return outer(x, y); }, a, b),
      probe(
          {"dot", "matmul"}, [](const Tensor& x, const Tensor& y) { return dot(x, y); }, a, b),
      probe(
          {"tensordot", "matmul"}, [](const Tensor& x, const Tensor& y, int count) { return tensordot(x, y, count); },
          a, b, 1),
      probe(
          {"tensordot", "matmul"},
          [](const Tensor& x, const Tensor& y, const std::vector<int>& i, const std::vector<int>& j) {
            return tensordot(x, y, i, j);
          },
          a, b, std::vector<int>{1}, std::vector<int>{0}),
      probe(
          "cholesky", [](const Tensor& x, CholeskyOptions o) { return cholesky(x, o); }, symmetric, CholeskyOptions{}),
      probe(
          "solve_triangular",
          [](const Tensor& x, const Tensor& y, const TriangularOptions& o) { return solve_triangular(x, y, o); }, a, b,
          TriangularOptions{}),
      probe(
          "solve", [](const Tensor& x, const Tensor& y) { return solve(x, y); }, a, b),
      probe(
          "solve", [](const Tensor& x, const Tensor& y) { return solve(x, y); }, a, v),
      probe(
          "inv", [](const Tensor& x) { return inv(x); }, a),
      probe(
          {"inverse", "inv"}, [](const Tensor& x) { return inverse(x); }, a),
      probe(
          "det", [](const Tensor& x) { return det(x); }, a),
      probe(
          "slogdet", [](const Tensor& x) { return slogdet(x); }, a),
      probe(
          "qr", [](const Tensor& x) { return qr(x); }, b),
      probe(
          "eigh", [](const Tensor& x) { return eigh(x); }, symmetric),
      probe(
          "scaled_dot_product_attention",
          [](const Tensor& q, const Tensor& k, const Tensor& values, const AttentionOptions& o) {
            return scaled_dot_product_attention(q, k, values, o);
          },
          a, a, b, AttentionOptions{.attn_mask = a, .dropout_p = 0.5, .scale = 2}),
      probe(
          "scaled_dot_product_attention",
          [](const Tensor& q, const Tensor& k, const Tensor& values, const AttentionOptions& o) {
            return scaled_dot_product_attention(q, k, values, o);
          },
          ones({4, 2, 2}), ones({2, 3, 2}), ones({2, 3, 2}),
          AttentionOptions{.attn_mask = ones({4, 2, 3}), .is_causal = true, .enable_gqa = true}),
      probe(
          "svd", [](const Tensor& x) { return svd(x); }, b),
  };
}

TEST_CASE("products, factorizations and solvers stand wrong calls") { run(product_probes()); }

TEST_CASE("einsum refuses every equation that is none") {
  const Tensor a = ones({2, 3}), b = ones({3, 2});
  Probes probes;
  for (const std::string equation : {"",
                                     "->",
                                     ",",
                                     ",->",
                                     "ij",
                                     "ij,",
                                     ",jk",
                                     "ij,jk->",
                                     "ij,jk->ikk",
                                     "ij,jk->il",
                                     "ij,jk,kl",
                                     "i j , j k -> i k",
                                     "ij,jk->ik->",
                                     "ij->jk",
                                     "ij,jk-ik",
                                     "ij,jk>ik",
                                     "...,...",
                                     "...ij,...jk->...ik",
                                     "..,jk",
                                     "....ij,jk",
                                     "i...j...,jk",
                                     "ij,jk->...",
                                     "1j,jk",
                                     "ij,jk->i,k",
                                     "\xc3\xa4j,jk",
                                     "iiiiiiiiiiii,jk",
                                     "abcdefghijk,jk",
                                     "ij,jk->iiii",
                                     "[[[[[[",
                                     "ij,jk->ABCDEFGHI",
                                     "-->",
                                     "ij;jk",
                                     "ij,jk\n",
                                     "ijk,jk",
                                     "i,j",
                                     "ij,ij",
                                     "ij,ji->"}) {
    const auto call = [equation](const Tensor& x, const Tensor& y) {
      try {
        return einsum(equation, {x, y});
      } catch (const Error& error) {
        const std::string text = error.what();
        CHECK_MESSAGE((text.starts_with("einsum: ") || text.starts_with("matmul: ") || text.starts_with("Shape: ")),
                      text);
        return x;
      }
    };
    probes.push_back(probe({"einsum", "matmul"}, call, a, b));
  }
  run(probes);
}

}  // namespace xgrad::test
