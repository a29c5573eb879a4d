#include <autograd/ops/elementwise.hpp>

/// Samples of operations that others compute, where the family's own file is of primitives.
namespace xgrad {
namespace {

using ops::sample_values;
using ops::unary_sample;
using Inputs = const std::vector<Tensor>&;
using Samples = std::vector<Sample>;

// ------------------------------------------------------------------------------------------------- elementwise

template <Tensor (*op)(const Operand&)>
Samples over_reals() {
  return {unary_sample<op>("over the reals", -2, 2), unary_sample<op>("far out", -6, 5)};
}

template <Tensor (*op)(const Operand&, const Operand&)>
Samples of_pairs() {
  return {ops::binary_sample<op>("equal shapes", {2, 3}, {2, 3}),
          ops::binary_sample<op>("an outer product", {3, 1}, {2})};
}

/// 1 and 0 as bools.
Tensor bools(const Tensor& ones) { return equal(ones, 1); }

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

template <Tensor (*op)(const Operand&, const Operand&)>
Samples of_bools(const Tensor& expected) {
  return {{"numbers and a column of bools",
           [](Inputs x) { return op(x[0], x[1]); },
           {tensor({0, 2, nan, -1}, float64), bools(tensor({{0}, {1}}))},
           bools(expected)}};
}

template <Tensor (*op)(const Operand&)>
Samples of_kinds(const Tensor& expected) {
  return {{"NaN, infinities and numbers",
           [](Inputs x) { return op(x[0]); },
           {tensor({nan, infinity, -infinity, 0, 2}, float64)},
           bools(expected)}};
}

template <Tensor (*op)(const Operand&, const Operand&)>
Samples of_order(const Tensor& expected) {
  return {{"ties and NaN",
           [](Inputs x) { return op(x[0], x[1]); },
           {tensor({1, 2, 3, nan}, float64), tensor({2, 2, 2, 2}, float64)},
           bools(expected)}};
}

Tensor elu_of(const Operand& x) { return elu(x, 0.5); }
Tensor celu_of(const Operand& x) { return celu(x, 1.5); }
Tensor softplus_of(const Operand& x) { return softplus(x, 2, 3); }
Tensor gelu_of(const Operand& x) { return gelu(x); }
Tensor gelu_by_tanh(const Operand& x) { return gelu(x, GeluApproximation::tanh); }
Tensor leaky_relu_of(const Operand& x) { return leaky_relu(x, 0.1); }
Tensor hardtanh_of(const Operand& x) { return hardtanh(x, -1.3, 0.7); }
Tensor clip_of(const Operand& x) { return clip(x, -0.7, 1.3); }
Tensor clip_below(const Operand& x) { return clip(x, {}, 1.3); }

constexpr Composition of_elements[] = {
    {"greater",
     [] {
       return of_order<greater>(tensor({0, 0, 1, 0}));
     },
     false},
    {"greater_equal",
     [] {
       return of_order<greater_equal>(tensor({0, 1, 1, 0}));
     },
     false},
    {"isclose",
     [] {
       return Samples{{"near, far, infinite",
                       [](Inputs x) { return isclose(x[0], x[1]); },
                       {tensor({1, 1, infinity, nan}, float64), tensor({1.000001, 1.1, infinity, nan}, float64)},
                       bools(tensor({1, 0, 1, 0}))}};
     },
     false},
    {"isnan",
     [] {
       return of_kinds<isnan>(tensor({1, 0, 0, 0, 0}));
     },
     false},
    {"isinf",
     [] {
       return of_kinds<isinf>(tensor({0, 1, 1, 0, 0}));
     },
     false},
    {"isfinite",
     [] {
       return of_kinds<isfinite>(tensor({0, 0, 0, 1, 1}));
     },
     false},
    {"logical_not",
     [] {
       return of_kinds<logical_not>(tensor({0, 0, 0, 1, 0}));
     },
     false},
    {"logical_and",
     [] {
       return of_bools<logical_and>(tensor({{0, 0, 0, 0}, {0, 1, 1, 1}}));
     },
     false},
    {"logical_or",
     [] {
       return of_bools<logical_or>(tensor({{0, 1, 1, 1}, {1, 1, 1, 1}}));
     },
     false},
    {"logical_xor",
     [] {
       return of_bools<logical_xor>(tensor({{0, 1, 1, 1}, {1, 0, 0, 0}}));
     },
     false},
    {"clip",
     [] {
       return Samples{unary_sample<clip_of>("both bounds", -2, 2),
                      unary_sample<clip_below>("above", -2, 2),
                      {"tensors",
                       [](Inputs x) { return clip(x[0], x[1], x[2]); },
                       {sample_values({2, 3}, -2, 2), tensor({-1, 0, -3}, float64), tensor({1, 0.5, 3}, float64)}}};
     }},
    {"clone", &over_reals<clone>},
    {"digamma", [] { return Samples{unary_sample<digamma>("above 0", 0.4, 5)}; }},
    {"reciprocal", &ops::positive_samples<reciprocal>},
    {"rsqrt", &ops::positive_samples<rsqrt>},
    {"xlogy", &of_pairs<xlogy>},
    {"lerp",
     [] {
       return Samples{{"between rows",
                       [](Inputs x) { return lerp(x[0], x[1], x[2]); },
                       {sample_values({2, 3}, -1, 1), sample_values({3}, 1, 2), sample_values({2, 1}, 0.1, 0.9)}}};
     }},
    {"softplus", &over_reals<softplus_of>},
    {"log_sigmoid", &over_reals<log_sigmoid>},
    {"gelu",
     [] {
       return Samples{unary_sample<gelu_of>("by erf", -3, 3), unary_sample<gelu_by_tanh>("by tanh", -3, 3)};
     }},
    {"silu", &over_reals<silu>},
    {"mish", &over_reals<mish>},
    {"elu", &over_reals<elu_of>},
    {"celu", &over_reals<celu_of>},
    {"selu", &over_reals<selu>},
    {"leaky_relu", &over_reals<leaky_relu_of>},
    {"prelu",
     [] {
       return Samples{{"channels",
                       [](Inputs x) { return prelu(x[0], x[1]); },
                       {sample_values({2, 3, 2}, -1, 1), sample_values({3}, 0.1, 0.5)}},
                      {"one weight",
                       [](Inputs x) { return prelu(x[0], x[1]); },
                       {sample_values({2, 3}, -1, 1), sample_values({1}, 0.1, 0.5)}}};
     }},
    {"hardtanh", &over_reals<hardtanh_of>},
    {"relu6", [] { return Samples{unary_sample<relu6>("both bounds", -4, 9)}; }},
    {"hardsigmoid", [] { return Samples{unary_sample<hardsigmoid>("both bounds", -5, 5)}; }},
    {"hardswish", [] { return Samples{unary_sample<hardswish>("both bounds", -5, 5)}; }},
    {"softsign", &over_reals<softsign>},
    {"tanhshrink", &over_reals<tanhshrink>},
    {"glu",
     [] {
       return Samples{{"columns", [](Inputs x) { return glu(x[0], 0); }, {sample_values({4, 2}, -1, 1)}}};
     }},
};

// ------------------------------------------------------------------------------------------------- shapes, joins

Sample of_matrix(const char* name, Tensor (*f)(Inputs)) { return {name, f, {sample_values({2, 3}, -1, 2)}}; }
Sample of_block(const char* name, Tensor (*f)(Inputs)) { return {name, f, {sample_values({2, 3, 2}, -1, 2)}}; }
Sample of_two(const char* name, Tensor (*f)(Inputs), const Shape& a, const Shape& b) {
  return {name, f, {sample_values(a, -1, 1), sample_values(b, 1, 2)}};
}

/// One of several parts. Inputs of other shapes than the sample's, with which it may be called too, can give fewer.
Tensor part(const std::vector<Tensor>& parts, std::size_t i) {
  if (i >= parts.size()) fail("sample", "part " + std::to_string(i) + " of " + std::to_string(parts.size()));
  return parts[i];
}

constexpr Composition of_shapes[] = {
    {"squeeze",
     [] {
       return Samples{{"an axis of extent 1 and another",
                       [](Inputs x) {
                         return squeeze(x[0], {0, 1});
                       },
                       {sample_values({2, 1, 3}, -1, 1)}}};
     }},
    {"expand_dims", [] { return Samples{of_matrix("two axes", [](Inputs x) {
                           return expand_dims(x[0], {0, -1});
                         })}; }},
    {"flatten",
     [] {
       return Samples{of_block("the last axes", [](Inputs x) { return flatten(x[0], 1); }),
                      of_block("the first axes", [](Inputs x) { return flatten(x[0], 0, 1); })};
     }},
    {"swapaxes", [] { return Samples{of_block("the outer axes", [](Inputs x) { return swapaxes(x[0], 0, 2); })}; }},
    {"stack",
     [] {
       return Samples{of_two("along axis 1", [](Inputs x) { return stack(x, 1); }, {2, 3}, {2, 3})};
     }},
    {"flip", [] { return Samples{of_block("two axes", [](Inputs x) {
                    return flip(x[0], {0, 2});
                  })}; }},
    {"roll",
     [] {
       return Samples{of_matrix("the flattened tensor", [](Inputs x) { return roll(x[0], 2); }),
                      of_block("two axes", [](Inputs x) {
                        return roll(x[0], {1, -1}, {0, 1});
                      })};
     }},
    {"pad",
     [] {
       return Samples{of_matrix("with zeros, and less",
                                [](Inputs x) {
                                  return pad(x[0], {{1, 0}, {-1, 2}});
                                }),
                      of_matrix("reflected, and less",
                                [](Inputs x) {
                                  return pad(x[0], {{1, 1}, {2, -1}}, {.mode = PadMode::reflect});
                                }),
                      of_matrix("replicated", [](Inputs x) {
                        return pad(x[0], {{0, 1}, {-2, 2}}, {.mode = PadMode::replicate});
                      })};
     }},
    {"tile", [] { return Samples{of_matrix("both axes", [](Inputs x) {
                    return tile(x[0], {2, 1, 3});
                  })}; }},
    {"repeat", [] { return Samples{of_matrix("columns", [](Inputs x) { return repeat(x[0], 2, 1); })}; }},
    {"split",
     [] {
       return Samples{of_matrix("of a size", [](Inputs x) { return part(split(x[0], 2, 1), 0); }),
                      of_matrix("of sizes", [](Inputs x) {
                        return part(split(x[0], {1, 2}, 1), 1);
                      })};
     }},
    {"chunk", [] { return Samples{of_matrix("two", [](Inputs x) { return part(chunk(x[0], 2, 1), 1); })}; }},
    {"unstack", [] { return Samples{of_matrix("columns", [](Inputs x) { return part(unstack(x[0], 1), 2); })}; }},
    {"meshgrid",
     [] {
       return Samples{of_two("a product of coordinates",
                             [](Inputs x) {
                               const std::vector<Tensor> grid = meshgrid(x, Indexing::xy);
                               return grid[0] * grid[1];
                             },
                             {2}, {3})};
     }},
    {"diagonal", [] { return Samples{of_block("above", [](Inputs x) { return diagonal(x[0], 1, 2, 1); })}; }},
    {"diag",
     [] {
       return Samples{of_matrix("of a matrix", [](Inputs x) { return diag(x[0], 1); }),
                      {"of a vector", [](Inputs x) { return diag(x[0], -1); }, {sample_values({2}, -1, 1)}}};
     }},
    {"trace", [] { return Samples{of_matrix("below", [](Inputs x) { return trace(x[0], -1); })}; }},
    {"tril", [] { return Samples{of_block("below", [](Inputs x) { return tril(x[0], -1); })}; }},
    {"triu", [] { return Samples{of_block("above", [](Inputs x) { return triu(x[0], 1); })}; }},
    {"einsum",
     [] {
       return Samples{of_two("a product", [](Inputs x) { return einsum("ij,kj->ik", x); }, {2, 3}, {2, 3}),
                      of_block("'...' summed over", [](Inputs x) { return einsum("...i->i", x); }),
                      {"a diagonal", [](Inputs x) { return einsum("ii->i", x); }, {sample_values({3, 3}, -1, 1)}}};
     }},
    {"outer", [] { return Samples{of_two("vectors", [](Inputs x) { return outer(x[0], x[1]); }, {2}, {3})}; }},
    {"dot",
     [] {
       return Samples{of_two("a matrix", [](Inputs x) { return dot(x[0], x[1]); }, {2, 3}, {3})};
     }},
    {"tensordot",
     [] {
       return Samples{of_two("a pair of axes",
                             [](Inputs x) { return tensordot(x[0], x[1], std::vector<int>{0}, std::vector<int>{1}); },
                             {2, 3}, {2, 2})};
     }},
};

// ------------------------------------------------------------------------------------------------- reductions, indices

Sample counted(const char* name, Tensor (*f)(Inputs), const Tensor& expected) {
  return {name, f, {tensor({{0, 2, nan}, {0, 0, 0}, {1, 2, 3}}, float64)}, expected};
}

constexpr Composition of_lines[] = {
    {"any",
     [] {
       return Samples{counted(
           "rows", [](Inputs x) { return any(x[0], 1); }, bools(tensor({1, 0, 1})))};
     },
     false},
    {"all",
     [] {
       return Samples{counted(
           "rows", [](Inputs x) { return all(x[0], 1); }, bools(tensor({0, 0, 1})))};
     },
     false},
    {"prod",
     [] {
       return Samples{of_block("two axes",
                               [](Inputs x) {
                                 return prod(x[0], {0, 2});
                               }),
                      {"with zeros", [](Inputs x) { return prod(x[0]); }, {tensor({2, 0, 3}, float64)}}};
     }},
    {"cumprod",
     [] {
       return Samples{of_block("backwards", [](Inputs x) { return cumprod(x[0], 1, {.reverse = true}); }),
                      {"with zeros", [](Inputs x) { return cumprod(x[0], 0); }, {tensor({2, 0, 3, 0}, float64)}}};
     }},
    {"norm",
     [] {
       Samples samples;
       for (const double p : {2.0, 1.0, 0.5, 3.0, -1.0, infinity, -infinity, 0.0}) {
         samples.push_back({"p = " + std::to_string(p),
                            [p](Inputs x) { return norm(x[0], p, 1); },
                            {tensor({{1, -2, 0.5}, {-1.5, 2.5, 3}}, float64)}});
       }
       return samples;
     }},
    {"cdist",
     [] {
       return Samples{of_two("rows", [](Inputs x) { return cdist(x[0], x[1]); }, {2, 3}, {4, 3})};
     }},
    {"sort",
     [] { return Samples{of_block("a middle axis", [](Inputs x) { return sort(x[0], 1, {.descending = true}); })}; }},
    {"topk", [] { return Samples{of_block("two", [](Inputs x) { return topk(x[0], 2, 1).values; })}; }},
    {"median", [] { return Samples{of_block("a middle axis", [](Inputs x) { return median(x[0], 1); })}; }},
    {"quantile", [] { return Samples{of_block("several", [](Inputs x) {
                        return quantile(x[0], {0.2, 0.7}, 1);
                      })}; }},
    {"index_select",
     [] {
       return Samples{of_matrix("columns", [](Inputs x) { return index_select(x[0], 1, tensor({2, 0, 2}, int64)); })};
     }},
    {"take_along_axis",
     [] {
       return Samples{of_matrix("rows", [](Inputs x) {
         return take_along_axis(x[0], tensor({{2, 0}, {1, 1}}, int64), 1);
       })};
     }},
    {"index_put",
     [] {
       const auto put = [](IndexPutOptions options) {
         return [=](Inputs x) { return index_put(x[0], {Slice{}, tensor({2, 0}, int64)}, x[1], options); };
       };
       const Tensor x = sample_values({2, 3}, -1, 1), values = sample_values({2}, 1, 2);
       return Samples{{"in place of others", put({}), {x, values}}, {"added", put({.accumulate = true}), {x, values}}};
     }},
    {"embedding",
     [] {
       return Samples{{"rows",
                       [](Inputs x) {
                         return embedding(tensor({1, 0, 1}, int64), x[0]);
                       },
                       {sample_values({2, 3}, -1, 1)}}};
     }},
    {"masked_fill",
     [] {
       return Samples{of_two("a mask of more axes",
                             [](Inputs x) {
                               return masked_fill(x[0], bools(tensor({{1, 0, 0}, {0, 0, 1}})), x[1]);
                             },
                             {3}, {})};
     }},
    {"masked_select",
     [] {
       return Samples{of_matrix("columns", [](Inputs x) { return masked_select(x[0], bools(tensor({1, 0, 1}))); })};
     }},
    {"nonzero",
     [] {
       return Samples{{"places",
                       [](Inputs) {
                         return nonzero(tensor({{0, 2}, {nan, 0}}));
                       },
                       {},
                       tensor({{0, 1}, {1, 0}}, int64)}};
     },
     false},
};

}  // namespace

std::span<const Composition* const> basic_compositions() {
  static const auto list = [] {
    std::vector<const Composition*> all;
    const auto add = [&](const auto& family) {
      for (const Composition& one : family) all.push_back(&one);
    };
    add(of_elements);
    add(of_shapes);
    add(of_lines);
    return all;
  }();
  return list;
}

}  // namespace xgrad
