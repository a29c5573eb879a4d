#include "wrong_calls.hpp"

namespace xgrad::test {

WrongCalls wrong_transform_calls() {
  const Tensor x = zeros({2, 3}, float64), y = zeros({3, 3}, float64);
  const Tensor whole = x.to(int64);
  eval(whole);
  const TensorFunction total = [](const Tensor& t) { return sum(t * t); };
  const TensorFunction twice = [](const Tensor& t) { return t * 2.0; };
  const TensorsFunction product = [](const std::vector<Tensor>& t) { return sum(t[0] * t[1]); };
  const SparsityPattern of_two{{2, 2}, tensor({0, 1}, int64), tensor({0, 1}, int64)};
  const TensorFunction nothing = [](const Tensor&) { return Tensor(); };
  return {
      {"gradient", Kind::undefined, [=] { gradient(Tensor(), x); }, {"y is an undefined Tensor"}},
      {"gradient", Kind::undefined, [=] { gradient(sum(x), Tensor()); }, {"x is an undefined Tensor"}},
      {"gradient", Kind::dtype, [=] { gradient(sum(x), whole); }, {"x has dtype int64", "float32 and float64"}},
      {"gradient", Kind::shape, [=] { gradient(x * 2.0, x); }, {"y has shape (2, 3)", "a cotangent of that shape"}},
      {"gradient",
       Kind::shape,
       [=] { gradient(x * 2.0, x, {.cotangent = y}); },
       {"cotangent has shape (3, 3)", "y has shape (2, 3)"}},
      {"gradient",
       Kind::value,
       [=] {
         const Tape tape;
         gradient(sum(x * 2.0), y);
       },
       {"x number 0", "(3, 3)", "allow_unused"}},
      {"jvp", Kind::shape, [=] { jvp(twice, x, y); }, {"tangent number 0 has shape (3, 3)", "(2, 3)"}},
      {"jvp",
       Kind::shape,
       [=] {
         jvp(product, {x, x}, {x});
       },
       {"1 tangents were given for 2 inputs"}},
      {"hvp", Kind::shape, [=] { hvp(twice, x, x); }, {"f(x) has shape (2, 3); expected one element"}},
      {"hvp", Kind::shape, [=] { hvp(total, x, y); }, {"tangent number 0 has shape (3, 3)"}},
      {"hessian", Kind::shape, [=] { hessian(twice, x); }, {"f(x) has shape (2, 3); expected one element"}},
      {"jacobian", Kind::range, [=] { jacobian(twice, x, {.chunk = -1}); }, {"chunk is -1; expected 0 or more"}},
      {"sparse_jacobian", Kind::undefined, [=] { sparse_jacobian(twice, x, SparsityPattern{}); }, {"'pattern.rows'"}},
      {"sparse_jacobian",
       Kind::shape,
       [=] { sparse_jacobian(twice, x, of_two); },
       {"'pattern' has shape (2, 2)", "f(x) has 6 elements and x 6", "(6, 6) is expected"}},
      {"sparse_jacobian",
       Kind::range,
       [=] {
         sparse_jacobian(twice, x, SparsityPattern{{6, 6}, tensor({6}, int64), tensor({0}, int64)});
       },
       {"'pattern' has rows[0] = 6", "an index from 0 and below 6"}},
      {"sparse_hessian", Kind::shape, [=] { sparse_hessian(twice, x, of_two); }, {"f(x) has shape (2, 3)"}},
      {"JacobianColoring",
       Kind::dtype,
       [=] {
         JacobianColoring(SparsityPattern{{2, 2}, x, x});
       },
       {"'pattern.rows' has dtype float64", "int64 is expected"}},
      {"jacobian_sparsity", Kind::dtype, [=] { jacobian_sparsity(twice, whole); }, {"'x' has dtype int64"}},
      {"hessian_sparsity", Kind::shape, [=] { hessian_sparsity(twice, x); }, {"f(x) has shape (2, 3)"}},
      {"from_dense", Kind::shape, [=] { SparsityPattern::from_dense(sum(x, 0)); }, {"(3,)", "expected two axes"}},
      {"vmap", Kind::shape, [=] { vmap(twice)(Tensor(1.0)); }, {"input number 0 is a scalar", "no axis of examples"}},
      {"vmap",
       Kind::shape,
       [=] {
         vmap(product)({x, y});
       },
       {"input number 1 has shape (3, 3)", "an earlier input has 2"}},
      {"checkpoint", Kind::undefined, [=] { checkpoint(twice, Tensor()); }, {"undefined"}},
      {"checkpoint", Kind::undefined, [=] { checkpoint(nothing, x); }, {"f(x)", "undefined"}},
      {"on_gradient",
       Kind::undefined,
       [=] { on_gradient(Tensor(), [](const Tensor& g) { return g; }); },
       {"undefined"}},
      {"on_gradient", Kind::undefined, [=] { on_gradient(x, {}); }, {"the function is empty"}},
      {"on_gradient",
       Kind::shape,
       [=] {
         const Tape tape;
         tape.gradient(sum(on_gradient(x, [](const Tensor& g) { return sum(g); })), x);
       },
       {"a tensor of shape () and dtype float64", "a gradient of shape (2, 3)", "expected the same"}},
  };
}

TEST_CASE("wrong calls of transforms are refused by name, with what was given and expected") {
  check(wrong_transform_calls());
}

}  // namespace xgrad::test
