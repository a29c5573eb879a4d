#include "wrong_calls.hpp"

namespace xgrad::test {

WrongCalls wrong_systems() {
  const Tensor none, x = zeros({2, 3}), four = zeros({4}), regular = eye(2), scalar = tensor(1);
  const Tensor three_rows = zeros({3, 1}), pivots = tensor({1, 1}, int64), singular = tensor({{1, 2}, {2, 4}});
  const Tensor cube = zeros({2, 3, 4});
  WrongCalls rows = {
      without("lu", "x", [](const Tensor& t) { lu(t); }),
      {"lu", Kind::shape, [=] { lu(four); }, {"'x'", "(4,)", "a matrix, (..., M, N), is expected"}},
      without("lu_factor", "x", [](const Tensor& t) { lu_factor(t); }),
      {"lu_factor", Kind::shape, [=] { lu_factor(scalar); }, {"'x'", "()", "is expected"}},
      without("lu_solve", "pivots", [=](const Tensor& t) { lu_solve(regular, t, regular); }),
      without("lu_solve", "b", [=](const Tensor& t) { lu_solve(regular, pivots, t); }),
      {"lu_solve", Kind::dtype, [=] { lu_solve(regular, zeros({2}), regular); }, {"'pivots'", "float32", "int64 is"}},
      {"lu_solve",
       Kind::shape,
       [=] { lu_solve(regular, zeros({3}, int64), regular); },
       {"'pivots'", "(3,)", "(2, 2)", "(2,) is expected"}},
      {"lu_solve", Kind::shape, [=] { lu_solve(regular, pivots, three_rows); }, {"(2, 2)", "(3, 1)", "b has 3 rows"}},
      {"lu_solve",
       Kind::shape,
       [=] { lu_solve(regular, pivots, three_rows, {.left = false}); },
       {"(2, 2)", "(3, 1)", "b has 1 columns"}},
      {"lu_solve",
       Kind::value,
       [=] {
         eval(lu_solve(regular, tensor({0, 2}, int64), regular));
       },
       {"'pivots'", "2 at row 1", "expected 0 to 1"}},
      without("cholesky_solve", "b", [=](const Tensor& t) { cholesky_solve(t, regular); }),
      {"cholesky_solve",
       Kind::shape,
       [=] { cholesky_solve(three_rows, regular); },
       {"(2, 2)", "(3, 1)", "b has 3 rows"}},
      without("pinv", "x", [](const Tensor& t) { pinv(t); }),
      {"pinv", Kind::shape, [=] { pinv(four); }, {"'x'", "(4,)", "is expected"}},
      {"pinv", Kind::shape, [=] { pinv(x, {.hermitian = true}); }, {"'x'", "(2, 3)", "square"}},
      {"pinv", Kind::range, [=] { pinv(x, {.atol = -1.0}); }, {"'atol'", "-1", "not negative"}},
      {"pinv", Kind::range, [=] { pinv(x, {.rtol = not_a_number}); }, {"'rtol'", "nan", "not negative"}},
      without("matrix_rank", "x", [](const Tensor& t) { matrix_rank(t); }),
      {"matrix_rank", Kind::range, [=] { matrix_rank(x, {.rtol = -1.0}); }, {"'rtol'", "-1", "not negative"}},
      without("lstsq", "a", [=](const Tensor& t) { lstsq(t, x); }),
      without("lstsq", "b", [=](const Tensor& t) { lstsq(x, t); }),
      {"lstsq", Kind::shape, [=] { lstsq(x, three_rows); }, {"(2, 3)", "(3, 1)", "b has 3 rows", "have 2"}},
      {"lstsq", Kind::shape, [=] { lstsq(x, four); }, {"(2, 3)", "(4,)", "b has 4 rows", "expected them equal"}},
      {"lstsq", Kind::range, [=] { lstsq(x, x, {.rcond = -1.0}); }, {"'rcond'", "-1", "not negative"}},
      without("tensorinv", "x", [](const Tensor& t) { tensorinv(t); }),
      {"tensorinv", Kind::range, [=] { tensorinv(cube, 0); }, {"ind is 0", "(2, 3, 4)", "expected 1 to 3"}},
      {"tensorinv", Kind::shape, [=] { tensorinv(cube, 1); }, {"'x'", "(2, 3, 4)", "2", "12", "expected them equal"}},
      {"tensorinv", Kind::value, [=] { eval(tensorinv(singular, 1)); }, {"singular"}},
      without("tensorsolve", "a", [=](const Tensor& t) { tensorsolve(t, x); }),
      without("tensorsolve", "b", [=](const Tensor& t) { tensorsolve(x, t); }),
      {"tensorsolve", Kind::shape, [=] { tensorsolve(cube, x); }, {"(2, 3, 4)", "(2, 3)", "multiply to as many"}},
      {"tensorsolve", Kind::axis, [=] { tensorsolve(cube, x, {3}); }, {"axis 3", "(2, 3, 4)", "expected -3 to 2"}},
      {"tensorsolve",
       Kind::axis,
       [=] {
         tensorsolve(cube, x, {0, 0});
       },
       {"axis 0 is given twice", "(2, 3, 4)"}},
  };
  append(rows, wrong_matrices("lu_solve", "lu", [=](const Tensor& t) { lu_solve(t, pivots, regular); }));
  append(rows, wrong_matrices("cholesky_solve", "l", [=](const Tensor& t) { cholesky_solve(regular, t); }));
  append(rows, wrong_matrices("cholesky_inverse", "l", [](const Tensor& t) { cholesky_inverse(t); }));
  return rows;
}

TEST_CASE("wrong systems are refused by name, with what was given and expected") { check(wrong_systems()); }

WrongCalls wrong_matrix_calls() {
  const Tensor none, x = zeros({2, 3}), four = zeros({4}), scalar = tensor(1), singular = tensor({{1, 2}, {2, 4}});
  const Tensor whole = zeros({2, 3}, int64), nothing = zeros({0, 3});
  WrongCalls rows = {
      without("matrix_norm", "x", [](const Tensor& t) { matrix_norm(t); }),
      without("matrix_norm", "x", [](const Tensor& t) { matrix_norm(t, 1); }),
      {"matrix_norm", Kind::shape, [=] { matrix_norm(four); }, {"'x'", "(4,)", "is expected"}},
      {"matrix_norm", Kind::range, [=] { matrix_norm(x, 3); }, {"ord is 3", "expected", "fro"}},
      {"matrix_norm", Kind::range, [=] { matrix_norm(x, not_a_number); }, {"ord is nan", "expected"}},
      {"matrix_norm", Kind::range, [=] { matrix_norm(x, "two"); }, {"ord is \"two\"", "expected", "nuc"}},
      {"matrix_norm",
       Kind::axis,
       [=] {
         matrix_norm(x, 1, {.axes = {0, 2}});
       },
       {"axis 2", "(2, 3)", "-2 to 1"}},
      {"matrix_norm",
       Kind::axis,
       [=] {
         matrix_norm(x, 1, {.axes = {0, -2}});
       },
       {"axes 0 and -2 are the same", "(2, 3)"}},
      {"matrix_norm", Kind::shape, [=] { eval(matrix_norm(nothing, infinity)); }, {"(0,)"}},
      without("vector_norm", "x", [](const Tensor& t) { vector_norm(t); }),
      {"vector_norm", Kind::axis, [=] { vector_norm(x, 2, 2); }, {"axis 2", "(2, 3)", "-2 to 1"}},
      {"vector_norm", Kind::range, [=] { vector_norm(x, not_a_number); }, {"nan"}},
      without("cond", "x", [](const Tensor& t) { cond(t); }),
      without("cond", "x", [](const Tensor& t) { cond(t, "fro"); }),
      {"cond", Kind::shape, [=] { cond(four); }, {"'x'", "(4,)", "is expected"}},
      {"cond", Kind::shape, [=] { cond(x, 1); }, {"'x'", "(2, 3)", "square"}},
      {"cond", Kind::range, [=] { cond(singular, 0.5); }, {"ord is 0.5", "expected"}},
      {"cond", Kind::range, [=] { cond(singular, "1"); }, {"ord is \"1\"", "expected"}},
      {"matrix_power", Kind::range, [=] { eval(matrix_power(singular, -1)); }, {"the matrix is singular"}},
      without("svdvals", "x", [](const Tensor& t) { svdvals(t); }),
      {"svdvals", Kind::shape, [=] { svdvals(four); }, {"'x'", "(4,)", "is expected"}},
      without("cross", "a", [=](const Tensor& t) { cross(t, x); }),
      without("cross", "b", [=](const Tensor& t) { cross(x, t); }),
      {"cross", Kind::shape, [=] { cross(x, x, 0); }, {"(2, 3)", "axis 0", "expected extent 3 in both"}},
      {"cross",
       Kind::shape,
       [=] {
         cross(x, zeros({2, 1}));
       },
       {"(2, 3)", "(2, 1)", "expected extent 3 in both"}},
      {"cross", Kind::axis, [=] { cross(x, x, 2); }, {"axis 2", "(2, 3)", "-2 to 1"}},
      {"multi_dot",
       Kind::undefined,
       [=] {
         multi_dot({x, none});
       },
       {"'tensors'", "number 2", "undefined"}},
      {"multi_dot", Kind::shape, [=] { multi_dot({x}); }, {"1 tensors", "expected at least two"}},
      {"multi_dot",
       Kind::shape,
       [=] {
         multi_dot({x, x});
       },
       {"'tensors[1]'", "(2, 3)", "3 columns", "expected as many rows"}},
      {"multi_dot",
       Kind::shape,
       [=] {
         multi_dot({x, zeros({3}), x});
       },
       {"'tensors[1]'", "(3,)", "a matrix is expected"}},
      {"multi_dot",
       Kind::dtype,
       [=] {
         multi_dot({x, zeros({3, 2}, int64)});
       },
       {"'tensors[1]'", "int64", "float32 or float64 is expected"}},
      without("vander", "x", [](const Tensor& t) { vander(t); }),
      {"vander", Kind::shape, [=] { vander(scalar); }, {"'x'", "()", "at least one axis"}},
      {"vander", Kind::range, [=] { vander(four, -1); }, {"count is -1", "not negative"}},
      without("householder_product", "x", [=](const Tensor& t) { householder_product(t, four); }),
      without("householder_product", "tau", [=](const Tensor& t) { householder_product(x, t); }),
      {"householder_product", Kind::shape, [=] { householder_product(x, four); }, {"(2, 3)", "(4,)", "M >= N"}},
  };
  append(rows, wrong_matrices("matrix_power", "x", [](const Tensor& t) { matrix_power(t, 2); }));
  append(rows, wrong_matrices("matrix_exp", "x", [](const Tensor& t) { matrix_exp(t); }));
  append(rows, wrong_matrices("eigvalsh", "x", [](const Tensor& t) { eigvalsh(t); }));
  append(rows, wrong_matrices("cond", "x", [](const Tensor& t) { cond(t, "fro"); }));
  return rows;
}

TEST_CASE("wrong norms, powers and products of matrices are refused by name") { check(wrong_matrix_calls()); }

}  // namespace xgrad::test
