#include "wrong_calls.hpp"

namespace xgrad::test {
namespace {

/// Rows of attention.
WrongCalls wrong_attention() {
  const std::string name = "scaled_dot_product_attention";
  const Tensor q = zeros({2, 4, 3}), k = zeros({2, 5, 3}), v = zeros({2, 5, 6}), vector = zeros({3});
  const auto with = [=](AttentionOptions options) { return [=] { scaled_dot_product_attention(q, k, v, options); }; };
  const auto row = [&](Kind kind, const Tensor& a, const Tensor& b, const Tensor& c, std::vector<std::string> parts,
                       bool heads = false) -> WrongCall {
    return {name, kind, [=] { scaled_dot_product_attention(a, b, c, {.enable_gqa = heads}); }, std::move(parts)};
  };
  const Tensor six = zeros({6, 4, 3}), four = zeros({4, 5, 3});
  return {
      without(name, "query", [=](const Tensor& t) { scaled_dot_product_attention(t, k, v); }),
      without(name, "key", [=](const Tensor& t) { scaled_dot_product_attention(q, t, v); }),
      without(name, "value", [=](const Tensor& t) { scaled_dot_product_attention(q, k, t); }),
      row(Kind::dtype, q, zeros({2, 5, 3}, int64), v, {"'key'", "int64", "(2, 5, 3)", "float32 or float64"}),
      row(Kind::shape, vector, k, v, {"(3,)", "(2, 5, 3)", "(2, 5, 6)", "(..., L, E)"}),
      row(Kind::shape, q, v, v, {"(2, 4, 3)", "(2, 5, 6)", "(..., L, E), (..., S, E)"}),
      row(Kind::shape, q, k, zeros({2, 4, 6}), {"(2, 4, 3)", "(2, 5, 3)", "(2, 4, 6)", "(..., S, Ev)"}),
      row(Kind::shape, q, four, v, {"(2,)", "(4,)", "expected equal"}),
      row(Kind::shape, zeros({4, 3}), k, v, {"(4, 3)", "axis -3 is expected to hold heads"}, true),
      row(Kind::shape, six, four, four, {"(6, 4, 3)", "(4, 5, 3)", "a multiple"}, true),
      row(Kind::shape, six, k, four, {"(2, 5, 3)", "(4, 5, 3)", "the same number of heads"}, true),
      {name, Kind::shape, with({.attn_mask = zeros({5, 4})}), {"'attn_mask'", "(5, 4)", "(2, 4, 5)"}},
      {name,
       Kind::shape,
       [=] {
         scaled_dot_product_attention(six, k, v, {.attn_mask = zeros({2, 4, 5}), .enable_gqa = true});
       },
       {"'attn_mask'", "(2, 4, 5)", "6 heads"}},
      {name, Kind::dtype, with({.attn_mask = zeros({4, 5}, int64)}), {"'attn_mask'", "int64", "(4, 5)", "bool"}},
      {name, Kind::range, with({.dropout_p = 1.5}), {"dropout_p is 1.5", "[0, 1]"}},
      {name, Kind::range, with({.scale = infinity}), {"scale is inf", "finite"}},
  };
}

}  // namespace

WrongCalls wrong_products() {
  const Tensor none, x = zeros({2, 3}), scalar = tensor(1), vector = zeros({3}), four = zeros({4});
  const Tensor whole = zeros({2, 3}, int64), regular = eye(2), cube = zeros({2, 3, 4});
  const Tensor singular = tensor({{{1, 0}, {0, 1}}, {{1, 2}, {2, 4}}}), indefinite = tensor({{1, 2}, {2, 1}});
  // Made by the call: what waits would run along with the values of other calls, and memory does not hold it.
  const auto wide = [=] { return broadcast_to(scalar, {std::int64_t{1} << 45}); };
  const Tensor row = zeros({1, 2}), nine = zeros({1, 1, 1, 1, 1, 1});
  const std::vector<int> first = {0}, second = {1}, both = {0, 1}, doubled = {0, 0}, outside = {2};
  const std::vector<Tensor> pair = {x, x}, with_none = {x, none}, single = {x}, wholes = {whole, whole};
  WrongCalls rows = {
      without("matmul", "a", [=](const Tensor& t) { matmul(t, x); }),
      without("matmul", "b", [=](const Tensor& t) { matmul(x, t); }),
      {"matmul",
       Kind::shape,
       [=] {
         matmul(x, zeros({4, 5}));
       },
       {"(2, 3)", "(4, 5)", "has 3", "4"}},
      {"matmul",
       Kind::shape,
       [=] {
         matmul(x, zeros({5, 3}));
       },
       {"(2, 3)", "(5, 3)", "transposed"}},
      {"matmul", Kind::shape, [=] { matmul(vector, four); }, {"(3,)", "(4,)", "has 3", "4"}},
      {"matmul", Kind::shape, [=] { matmul(four, x); }, {"(4,)", "(2, 3)", "has 4", "2"}},
      {"matmul",
       Kind::shape,
       [=] {
         matmul(cube, zeros({5, 4, 6}));
       },
       {"(2, 3, 4)", "(5, 4, 6)"}},
      {"matmul", Kind::shape, [=] { matmul(scalar, x); }, {"()", "(2, 3)", "at least one axis", "multiply"}},
      {"matmul",
       Kind::dtype,
       [=] {
         matmul(whole, zeros({3, 2}, int64));
       },
       {"int64", "float"}},
      without("outer", "a", [=](const Tensor& t) { outer(t, vector); }),
      without("outer", "b", [=](const Tensor& t) { outer(vector, t); }),
      {"outer", Kind::dtype, [=] { outer(whole, whole); }, {"int64", "(2, 3)", "float32 or float64 is expected"}},
      {"outer",
       Kind::shape,
       [=] { outer(wide(), wide()); },
       {"35184372088832", "more elements than a tensor may have"}},
      without("dot", "a", [=](const Tensor& t) { dot(t, vector); }),
      without("dot", "b", [=](const Tensor& t) { dot(vector, t); }),
      {"dot", Kind::shape, [=] { dot(vector, four); }, {"(3,)", "(4,)", "axis -1 of a has 3", "expected them equal"}},
      {"dot", Kind::shape, [=] { dot(cube, cube); }, {"(2, 3, 4)", "has 4", "3", "expected them equal"}},
      {"dot", Kind::dtype, [=] { dot(whole, whole); }, {"int64", "(2, 3)", "float32 or float64 is expected"}},
      {"dot", Kind::shape, [=] { dot(nine, nine); }, {"(1, 1, 1, 1, 1, 1)", "at most 8"}},
      without("tensordot", "a", [=](const Tensor& t) { tensordot(t, x); }),
      without("tensordot", "b", [=](const Tensor& t) { tensordot(x, t); }),
      without("tensordot", "a", [=](const Tensor& t) { tensordot(t, x, first, first); }),
      without("tensordot", "b", [=](const Tensor& t) { tensordot(x, t, first, first); }),
      {"tensordot", Kind::range, [=] { tensordot(x, x, 3); }, {"count is 3", "(2, 3)", "expected 0 to 2"}},
      {"tensordot", Kind::range, [=] { tensordot(x, x, -1); }, {"count is -1", "(2, 3)", "expected 0 to 2"}},
      {"tensordot", Kind::shape, [=] { tensordot(x, x, 1); }, {"(2, 3)", "has 3", "2", "expected them equal"}},
      {"tensordot", Kind::shape, [=] { tensordot(x, x, first, both); }, {"1 axes of a", "2 of b", "expected as many"}},
      {"tensordot", Kind::axis, [=] { tensordot(x, x, outside, first); }, {"axis 2", "(2, 3)", "expected -2 to 1"}},
      {"tensordot", Kind::axis, [=] { tensordot(x, x, first, outside); }, {"axis 2", "(2, 3)", "expected -2 to 1"}},
      {"tensordot", Kind::axis, [=] { tensordot(x, x, doubled, both); }, {"axis 0 is given twice", "(2, 3)"}},
      {"tensordot",
       Kind::axis,
       [=] {
         tensordot(x, x, {0, 0, 0, 0, 0, 0, 0, 0, 0}, std::vector<int>(9));
       },
       {"9", "8"}},
      {"tensordot", Kind::dtype, [=] { tensordot(whole, whole); }, {"int64", "(2, 3)", "float32 or float64 is exp"}},
      {"tensordot", Kind::shape, [=] { tensordot(nine, nine, 0); }, {"(1, 1, 1, 1, 1, 1)", "at most 8"}},
      {"einsum", Kind::undefined, [=] { einsum("ij,ij", with_none); }, {"'operands'", "number 1", "undefined"}},
      without("einsum", "a", [=](const Tensor& t) { einsum("ij,ij", t, x); }),
      without("einsum", "b", [=](const Tensor& t) { einsum("ij,ij", x, t); }),
      without("einsum", "c", [=](const Tensor& t) { einsum("ij,ij,ij", x, x, t); }),
      {"einsum", Kind::shape, [] { einsum("", {}); }, {"no operands are given", "expected at least one"}},
      {"einsum", Kind::shape, [=] { einsum("ij", pair); }, {"'ij'", "1 terms for 2 operands", "expected as many"}},
      {"einsum", Kind::shape, [=] { einsum("i,ij", pair); }, {"'i,ij'", "term 'i'", "(2, 3)", "expected as many"}},
      {"einsum", Kind::shape, [=] { einsum("ij,jk", pair); }, {"'ij,jk'", "label 'j'", "3", "(2, 3)", "expected them"}},
      {"einsum", Kind::shape, [=] { einsum("ii", single); }, {"'ii'", "label 'i'", "extent 3", "2", "expected them"}},
      {"einsum", Kind::shape, [=] { einsum("ijk...", single); }, {"'ijk...'", "(2, 3)", "expected at least as many"}},
      {"einsum", Kind::range, [=] { einsum("ij->ik", single); }, {"'ij->ik'", "label 'k'", "in no operand"}},
      {"einsum", Kind::range, [=] { einsum("ij->ii", single); }, {"'ij->ii'", "label 'i' occurs twice", "once"}},
      {"einsum", Kind::range, [=] { einsum("i1", single); }, {"'i1'", "expected"}},
      {"einsum",
       Kind::range,
       [=] { einsum("ij->i->j", single); },
       {"'ij->i->j'", "unexpected '-'", "expected letters"}},
      {"einsum", Kind::dtype, [=] { einsum("ij,ij", wholes); }, {"'ij,ij'", "int64", "float32 or float64 is expected"}},
      {"cholesky", Kind::value, [=] { eval(cholesky(indefinite)); }, {"not positive definite", "order 2"}},
      {"solve",
       Kind::value,
       [=] {
         eval(solve(singular, zeros({2, 1})));
       },
       {"matrix 1 of the batch", "singular"}},
      {"solve",
       Kind::value,
       [=] {
         eval(solve(zeros({2, 2}), zeros({2})));
       },
       {"the matrix is singular", "pivot 1"}},
      {"solve",
       Kind::shape,
       [=] {
         solve(regular, zeros({3, 1}));
       },
       {"(2, 2)", "(3, 1)", "b has 3 rows", "have 2"}},
      {"solve",
       Kind::shape,
       [=] { solve(regular, vector); },
       {"(2, 2)", "(3,)", "b has 3 rows", "expected them equal"}},
      {"solve", Kind::shape, [=] { solve(regular, scalar); }, {"'b'", "()", "is expected"}},
      {"solve",
       Kind::shape,
       [=] {
         solve(zeros({3, 2, 2}), zeros({4, 2, 1}));
       },
       {"(3,)", "(4,)", "expected equal"}},
      without("solve", "b", [=](const Tensor& t) { solve(regular, t); }),
      {"inv", Kind::value, [=] { eval(inv(singular)); }, {"matrix 1 of the batch", "singular"}},
      without("solve_triangular", "b", [=](const Tensor& t) { solve_triangular(regular, t); }),
      {"solve_triangular", Kind::shape, [=] { solve_triangular(regular, row); }, {"(2, 2)", "(1, 2)", "b has 1 rows"}},
      {"solve_triangular", Kind::shape, [=] { solve_triangular(regular, four); }, {"'b'", "(4,)", "is expected"}},
      without("qr", "x", [=](const Tensor& t) { qr(t); }),
      {"qr", Kind::shape, [=] { qr(four); }, {"'x'", "(4,)", "a matrix, (..., M, N), is expected"}},
      without("svd", "x", [=](const Tensor& t) { svd(t); }),
      {"svd", Kind::shape, [=] { svd(four); }, {"'x'", "(4,)", "a matrix, (..., M, N), is expected"}},
  };
  append(rows, wrong_attention());
  append(rows, wrong_matrices("cholesky", "x", [](const Tensor& t) { cholesky(t); }));
  append(rows, wrong_matrices("solve", "a", [=](const Tensor& t) { solve(t, x); }));
  append(rows, wrong_matrices("solve", "a", [=](const Tensor& t) { solve(t, vector); }));
  append(rows, wrong_matrices("solve_triangular", "a", [=](const Tensor& t) { solve_triangular(t, x); }));
  append(rows, wrong_matrices("inv", "x", [](const Tensor& t) { inv(t); }));
  append(rows, wrong_matrices("det", "x", [](const Tensor& t) { det(t); }));
  append(rows, wrong_matrices("slogdet", "x", [](const Tensor& t) { slogdet(t); }));
  append(rows, wrong_matrices("eigh", "x", [](const Tensor& t) { eigh(t); }));
  return rows;
}

TEST_CASE("wrong matrices, products and equations are refused by name, with what was given and expected") {
  check(wrong_products());
}

}  // namespace xgrad::test
