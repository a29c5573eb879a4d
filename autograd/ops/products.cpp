#include <autograd/ops/products.hpp>

#include <cmath>

#include <autograd/ops/common.hpp>
#include <autograd/text.hpp>

namespace xgrad {
namespace {

/// Throws Error unless both operands have the given numbers of axes.
void check_ranks(const char* op, const Tensor& a, int rank_a, const Tensor& b, int rank_b, const char* expected) {
  ops::check_defined(op, "a", a);
  ops::check_defined(op, "b", b);
  if (a.rank() == rank_a && b.rank() == rank_b) return;
  fail(op, "shapes " + to_string(a.shape()) + " and " + to_string(b.shape()) + "; expected " + expected);
}

Tensor product(const char* op, const Tensor& a, const Tensor& b) {
  if (a.rank() == 3 && a.size(0) != b.size(0)) {
    fail(op, "shapes " + to_string(a.shape()) + " and " + to_string(b.shape()) +
                 " are batches of different extents; expected (B, N, K) and (B, K, M)");
  }
  const DType dtype = ops::real(ops::promote({&a, &b}));
  return matmul(cast(a, dtype), cast(b, dtype));
}

Tensor mm_in(const char* op, const Tensor& a, const Tensor& b) {
  check_ranks(op, a, 2, b, 2, "matrices, (N, K) and (K, M)");
  return product(op, a, b);
}

Tensor mv_in(const char* op, const Tensor& a, const Tensor& b) {
  check_ranks(op, a, 2, b, 1, "a matrix and a vector, (N, K) and (K,)");
  return product(op, a, b);
}

Tensor bmm_in(const char* op, const Tensor& a, const Tensor& b) {
  check_ranks(op, a, 3, b, 3, "batches of matrices, (B, N, K) and (B, K, M)");
  return product(op, a, b);
}

/// beta x + alpha product, where x broadcasts to the product.
Tensor added(const char* op, const Tensor& x, const Tensor& product, AddProductOptions options) {
  ops::check_defined(op, "x", x);
  if (std::isnan(options.beta) || std::isnan(options.alpha)) {
    fail(op, "beta is " + to_string(options.beta) + " and alpha is " + to_string(options.alpha) + "; expected numbers");
  }
  if (!ops::broadcasts_to(x.shape(), product.shape())) {
    fail(op, "argument 'x' has shape " + to_string(x.shape()) + " and the product " + to_string(product.shape()) +
                 "; expected a shape that broadcasts to it");
  }
  const Tensor scaled = options.alpha == 1 ? product : options.alpha * product;
  // The branch that is not taken gives x a gradient of 0, and takes no NaN from it.
  if (options.beta == 0) return where(false, cast(x, product.dtype()), scaled);
  return (options.beta == 1 ? x : options.beta * x) + scaled;
}

void check_number(const char* op, const char* argument, double value) {
  if (std::isnan(value)) fail(op, std::string("argument '") + argument + "' is nan; expected a number");
}

/// Whatever it is called with, errors are of the function, not of its parts.
void check_eps(const char* op, double eps) {
  if (!(eps >= 0)) fail(op, "eps is " + to_string(eps) + "; expected 0 or more");
}

}  // namespace

Tensor mm(const Operand& a, const Operand& b) {
  const Called called("mm");
  return mm_in("mm", a, b);
}

Tensor mv(const Operand& a, const Operand& b) {
  const Called called("mv");
  return mv_in("mv", a, b);
}

Tensor bmm(const Operand& a, const Operand& b) {
  const Called called("bmm");
  return bmm_in("bmm", a, b);
}

Tensor vdot(const Operand& a, const Operand& b) {
  const Called called("vdot");
  check_ranks("vdot", a, 1, b, 1, "vectors of one length");
  if (a.size() != b.size()) {
    fail("vdot",
         "shapes " + to_string(a.shape()) + " and " + to_string(b.shape()) + "; expected vectors of one length");
  }
  return sum(a * b);
}

Tensor inner(const Operand& a, const Operand& b) {
  const Called called("inner");
  ops::check_defined("inner", "a", a);
  ops::check_defined("inner", "b", b);
  if (a.rank() == 0 || b.rank() == 0) return a * b;
  if (a.size(-1) != b.size(-1)) {
    fail("inner", "shapes " + to_string(a.shape()) + " and " + to_string(b.shape()) +
                      " differ on the last axis; expected equal extents");
  }
  if (a.rank() == 1 && b.rank() == 1) return sum(a * b);
  const DType dtype = ops::real(ops::promote({&a.tensor(), &b.tensor()}));
  return tensordot(cast(a, dtype), cast(b, dtype), std::vector<int>{-1}, std::vector<int>{-1});
}

Tensor kron(const Operand& a, const Operand& b) {
  const Called called("kron");
  ops::check_defined("kron", "a", a);
  ops::check_defined("kron", "b", b);
  const int rank = std::max(a.rank(), b.rank());
  if (2 * rank > Shape::max_rank) {
    fail("kron", "shapes " + to_string(a.shape()) + " and " + to_string(b.shape()) + "; expected at most " +
                     std::to_string(Shape::max_rank / 2) + " axes");
  }
  Shape of_a, of_b, result;
  for (int i = 0; i < rank; ++i) {
    const std::int64_t n = i < rank - a.rank() ? 1 : a.shape()[i - (rank - a.rank())];
    const std::int64_t m = i < rank - b.rank() ? 1 : b.shape()[i - (rank - b.rank())];
    of_a.push_back(n);
    of_a.push_back(1);
    of_b.push_back(1);
    of_b.push_back(m);
    result.push_back(extent_product("kron", n, m));
  }
  check_size("kron", result);
  return (reshape(a, of_a) * reshape(b, of_b)).reshape(result);
}

Tensor addmm(const Operand& x, const Operand& a, const Operand& b, AddProductOptions options) {
  const Called called("addmm");
  return added("addmm", x, mm_in("addmm", a, b), options);
}

Tensor addmv(const Operand& x, const Operand& a, const Operand& b, AddProductOptions options) {
  const Called called("addmv");
  return added("addmv", x, mv_in("addmv", a, b), options);
}

Tensor baddbmm(const Operand& x, const Operand& a, const Operand& b, AddProductOptions options) {
  const Called called("baddbmm");
  return added("baddbmm", x, bmm_in("baddbmm", a, b), options);
}

Tensor addbmm(const Operand& x, const Operand& a, const Operand& b, AddProductOptions options) {
  const Called called("addbmm");
  return added("addbmm", x, sum(bmm_in("addbmm", a, b), 0), options);
}

Tensor addr(const Operand& x, const Operand& a, const Operand& b, AddProductOptions options) {
  const Called called("addr");
  check_ranks("addr", a, 1, b, 1, "vectors");
  return added("addr", x, outer(a, b), options);
}

Tensor addcmul(const Operand& x, const Operand& a, const Operand& b, double value) {
  const Called called("addcmul");
  ops::check_defined("addcmul", "x", x);
  ops::check_operands("addcmul", a, b);
  check_number("addcmul", "value", value);
  const Tensor product = a * b;
  if (value == 1) return x + product;
  return x + value * product;
}

Tensor addcdiv(const Operand& x, const Operand& a, const Operand& b, double value) {
  const Called called("addcdiv");
  ops::check_defined("addcdiv", "x", x);
  ops::check_operands("addcdiv", a, b);
  check_number("addcdiv", "value", value);
  return x + value * (a / b);
}

Tensor dist(const Operand& a, const Operand& b, double p) {
  const Called called("dist");
  ops::check_operands("dist", a, b);
  check_number("dist", "p", p);
  return norm(a - b, p);
}

Tensor pairwise_distance(const Operand& a, const Operand& b, double p, double eps, ReduceOptions options) {
  const Called called("pairwise_distance");
  ops::check_operands("pairwise_distance", a, b);
  check_number("pairwise_distance", "p", p);
  check_number("pairwise_distance", "eps", eps);
  return norm(a - b + eps, p, -1, options);
}

Tensor cosine_similarity(const Operand& a, const Operand& b, int axis, double eps) {
  const Called called("cosine_similarity");
  ops::check_operands("cosine_similarity", a, b);
  check_eps("cosine_similarity", eps);
  const DType dtype = ops::real(ops::promote({&a.tensor(), &b.tensor()}));
  const Shape shape = ops::broadcast_shapes("cosine_similarity", a.shape(), b.shape());
  const ops::Along along("cosine_similarity", broadcast_to(cast(a, dtype), shape), axis);
  const Tensor other = reshape(broadcast_to(cast(b, dtype), shape), along.x.shape());
  const auto length = [&](const Tensor& x) { return maximum(norm(x, 2, along.axis), eps); };
  return sum(along.x * other, along.axis) / (length(along.x) * length(other));
}

Tensor normalize(const Operand& x, double p, int axis, double eps) {
  const Called called("normalize");
  const ops::Along along("normalize", x, axis);
  check_number("normalize", "p", p);
  check_eps("normalize", eps);
  return along.restored(along.x / maximum(norm(along.x, p, along.axis, {.keepdims = true}), eps));
}

Tensor renorm(const Operand& x, double p, int axis, double maxnorm) {
  const Called called("renorm");
  ops::check_defined("renorm", "x", x);
  if (x.rank() < 2) fail("renorm", "argument 'x' has shape " + to_string(x.shape()) + "; expected two axes or more");
  const int checked = ops::checked_axis("renorm", axis, x.shape());
  if (!(p > 0)) fail("renorm", "p is " + to_string(p) + "; expected a number above 0, or infinity");
  if (!(maxnorm >= 0)) fail("renorm", "maxnorm is " + to_string(maxnorm) + "; expected 0 or more");
  std::vector<int> others;
  for (int i = 0; i < x.rank(); ++i)
    if (i != checked) others.push_back(i);
  const Tensor length = norm(x, p, others, {.keepdims = true});
  const Tensor longer = greater(length, maxnorm);
  return x * where(longer, maxnorm / (where(longer, length, 1) + 1e-7), 1);
}

// ------------------------------------------------------------------------------------------------- samples

namespace {

using ops::sample_values;
using Inputs = const std::vector<Tensor>&;
using Samples = std::vector<Sample>;

template <Tensor (*op)(const Operand&, const Operand&)>
Sample of_two(const char* name, const Shape& a, const Shape& b) {
  return {name, [](Inputs x) { return op(x[0], x[1]); }, {sample_values(a, -1, 1), sample_values(b, 0.5, 2)}};
}

template <Tensor (*op)(const Operand&, const Operand&, const Operand&, AddProductOptions)>
Samples of_sums(const Shape& x, const Shape& a, const Shape& b) {
  const auto sample = [&](const char* name, AddProductOptions options) {
    return Sample{name,
                  [=](Inputs in) { return op(in[0], in[1], in[2], options); },
                  {sample_values(x, -1, 1), sample_values(a, -1, 1), sample_values(b, 0.5, 2)}};
  };
  return {sample("plain", {}), sample("scaled", {.beta = 0.5, .alpha = -2}), sample("without x", {.beta = 0})};
}

template <Tensor (*op)(const Operand&, const Operand&, const Operand&, double)>
Samples of_elements() {
  return {{"scaled, all broadcast",
           [](Inputs in) { return op(in[0], in[1], in[2], 0.5); },
           {sample_values({2, 1}, -1, 1), sample_values({3}, -1, 1), sample_values({2, 3}, 0.5, 2)}}};
}

constexpr Composition list_of[] = {
    {"mm",
     [] {
       return Samples{of_two<mm>("matrices", {2, 3}, {3, 2})};
     }},
    {"mv",
     [] {
       return Samples{of_two<mv>("a matrix and a vector", {2, 3}, {3})};
     }},
    {"bmm",
     [] {
       return Samples{of_two<bmm>("batches", {2, 2, 3}, {2, 3, 1})};
     }},
    {"vdot", [] { return Samples{of_two<vdot>("vectors", {3}, {3})}; }},
    {"inner",
     [] {
       return Samples{of_two<inner>("matrices", {2, 3}, {4, 3}), of_two<inner>("vectors", {3}, {3}),
                      of_two<inner>("a scalar", {}, {3})};
     }},
    {"kron",
     [] {
       return Samples{of_two<kron>("matrices", {2, 1}, {2, 3}), of_two<kron>("a vector and a matrix", {2}, {2, 2})};
     }},
    {"addmm",
     [] {
       return of_sums<addmm>({2}, {3, 2}, {2, 2});
     }},
    {"addmv",
     [] {
       return of_sums<addmv>({}, {3, 2}, {2});
     }},
    {"baddbmm",
     [] {
       return of_sums<baddbmm>({3, 1}, {2, 3, 2}, {2, 2, 2});
     }},
    {"addbmm",
     [] {
       return of_sums<addbmm>({3, 2}, {2, 3, 2}, {2, 2, 2});
     }},
    {"addr",
     [] {
       return of_sums<addr>({3, 2}, {3}, {2});
     }},
    {"addcmul", &of_elements<addcmul>},
    {"addcdiv", &of_elements<addcdiv>},
    {"dist",
     [] {
       return Samples{{"two rows",
                       [](Inputs x) { return dist(x[0], x[1], 3); },
                       {sample_values({2, 3}, -1, 1), sample_values({3}, 2, 3)}}};
     }},
    {"pairwise_distance",
     [] {
       return Samples{{"rows",
                       [](Inputs x) { return pairwise_distance(x[0], x[1]); },
                       {sample_values({2, 3}, -1, 1), sample_values({3}, 2, 3)}}};
     }},
    {"cosine_similarity",
     [] {
       return Samples{{"rows",
                       [](Inputs x) { return cosine_similarity(x[0], x[1]); },
                       {sample_values({2, 3}, -1, 1), sample_values({2, 3}, 0.5, 2)}},
                      {"short, along columns",
                       [](Inputs x) { return cosine_similarity(x[0], x[1], 0, 3); },
                       {sample_values({2, 3}, -1, 1), sample_values({2, 1}, 0.5, 2)}}};
     }},
    {"normalize",
     [] {
       return Samples{
           {"rows", [](Inputs x) { return normalize(x[0]); }, {sample_values({2, 3}, 0.2, 1)}},
           {"columns, p = 3", [](Inputs x) { return normalize(x[0], 3, 0); }, {sample_values({2, 3}, 0.2, 1)}},
           {"short", [](Inputs x) { return normalize(x[0], 2, -1, 5); }, {sample_values({2, 3}, 0.2, 1)}}};
     }},
    {"renorm",
     [] {
       return Samples{{"rows above and below",
                       [](Inputs x) { return renorm(x[0], 2, 0, 1); },
                       {tensor({{3, 4}, {0.2, 0.3}}, float64)}}};
     }},
};

}  // namespace

std::span<const Composition* const> products_compositions() {
  static const auto list = ops::pointers_to(list_of);
  return list;
}

}  // namespace xgrad
