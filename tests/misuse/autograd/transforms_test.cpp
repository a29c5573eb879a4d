#include <doctest/doctest.h>

#include "misuse/lists.hpp"

namespace xgrad::test {

Probes transform_probes() {
  using Tensors = std::vector<Tensor>;
  using Hook = std::function<Tensor(const Tensor&)>;
  const Tensor x = tensor({1, 2, 3}, float64), v = tensor({1, 0, -1}, float64);
  const auto first = [](const Tensors& t) { return t.empty() ? Tensor() : t.front(); };
  const auto last = [](const Tensors& t) { return t.empty() ? Tensor() : t.back(); };
  const TensorFunction total = [](const Tensor& t) { return sum(t * t); };
  const TensorFunction square_of = [](const Tensor& t) { return t * t; };
  const TensorsFunction product = [=](const Tensors& t) { return sum(first(t) * first(t)) + sum(last(t)); };
  const TensorsFunction products = [=](const Tensors& t) { return first(t) * last(t); };
  const TensorsToTensors both = [=](const Tensors& t) { return Tensors{first(t) * 2, last(t) * 3}; };
  const Hook hook = [](const Tensor& g) { return g * 2; };
  const SparsityPattern diagonal{{3, 3}, tensor({0, 1, 2}, int64), tensor({0, 1, 2}, int64)};
  const JacobianColoring coloring(diagonal);
  // What a user's function asks for beyond what it is given is the user's.
  const std::vector<std::string> gradients{"gradient", "sum", "multiply", "add"};
  const auto named = [&](const char* name) {
    std::vector<std::string> names{name};
    names.insert(names.end(), gradients.begin(), gradients.end());
    return names;
  };
  return {
      probe(
          named("gradient"),
          [](const Tensor& a, const GradientOptions& o) {
            const Tape tape;
            return tape.gradient(a * a, a, o);
          },
          x, GradientOptions{.cotangent = v}),
      probe(
          named("gradient"),
          [](const Tensor& a, const Tensors& others, const GradientOptions& o) {
            const Tape tape;
            Tensors xs = others;
            xs.push_back(a);
            return gradient(sum(a * a), xs, o);
          },
          x, Tensors{v}, GradientOptions{.allow_unused = true}),
      probe(
          named("gradient"), [](const TensorFunction& f, const Tensor& a) { return gradient(f, a); }, total, x),
      probe(
          named("gradient"), [](const TensorsFunction& f, const Tensors& a) { return gradient(f, a); }, product,
          Tensors{x, v}),
      probe(
          named("vjp"), [](const TensorFunction& f, const Tensor& a, const Tensor& c) { return vjp(f, a, c); },
          square_of, x, v),
      probe(
          named("vjp"), [](const TensorsFunction& f, const Tensors& a, const Tensor& c) { return vjp(f, a, c); },
          products, Tensors{x, v}, v),
      probe(
          named("jvp"), [](const TensorFunction& f, const Tensor& a, const Tensor& t) { return jvp(f, a, t); },
          square_of, x, v),
      probe(
          named("jvp"), [](const TensorsFunction& f, const Tensors& a, const Tensors& t) { return jvp(f, a, t); },
          products, Tensors{x, v}, Tensors{v, x}),
      probe(
          named("hvp"), [](const TensorFunction& f, const Tensor& a, const Tensor& t) { return hvp(f, a, t); }, total,
          x, v),
      probe(
          named("hvp"), [](const TensorsFunction& f, const Tensors& a, const Tensors& t) { return hvp(f, a, t); },
          product, Tensors{x, v}, Tensors{v, x}),
      probe(
          named("value_and_gradient"),
          [](const TensorFunction& f, const Tensor& a) { return value_and_gradient(f, a); }, total, x),
      probe(
          named("value_and_gradient"),
          [](const TensorsFunction& f, const Tensors& a) { return value_and_gradient(f, a); }, product, Tensors{x, v}),
      probe(
          named("jacobian"),
          [](const TensorFunction& f, const Tensor& a, const JacobianOptions& o) { return jacobian(f, a, o); },
          square_of, x, JacobianOptions{}),
      probe(
          named("hessian"),
          [](const TensorFunction& f, const Tensor& a, const JacobianOptions& o) { return hessian(f, a, o); }, total, x,
          JacobianOptions{}),
      probe(
          named("sparse_jacobian"),
          [](const TensorFunction& f, const Tensor& a, const SparsityPattern& p, const JacobianOptions& o) {
            return sparse_jacobian(f, a, p, o).values;
          },
          square_of, x, diagonal, JacobianOptions{}),
      probe(
          named("sparse_jacobian"),
          [=](const TensorFunction& f, const Tensor& a, const JacobianOptions& o) {
            return sparse_jacobian(f, a, coloring, o).values;
          },
          square_of, x, JacobianOptions{}),
      probe(
          named("sparse_hessian"),
          [](const TensorFunction& f, const Tensor& a, const SparsityPattern& p, const JacobianOptions& o) {
            return sparse_hessian(f, a, p, o).values;
          },
          total, x, diagonal, JacobianOptions{}),
      probe(
          named("sparse_hessian"),
          [=](const TensorFunction& f, const Tensor& a, const JacobianOptions& o) {
            return sparse_hessian(f, a, coloring, o).values;
          },
          total, x, JacobianOptions{}),
      probe(
          "to_dense", [](const SparseJacobian& j) { return j.to_dense(); }, SparseJacobian{diagonal, v}),
      probe(
          "JacobianColoring", [](const SparsityPattern& p) { return JacobianColoring(p).positions(); }, diagonal),
      probe(
          named("jacobian_sparsity"),
          [](const TensorFunction& f, const Tensor& a) { return jacobian_sparsity(f, a).rows; }, square_of, x),
      probe(
          named("hessian_sparsity"),
          [](const TensorFunction& f, const Tensor& a) { return hessian_sparsity(f, a).rows; }, total, x),
      probe(
          "from_dense", [](const Tensor& a) { return SparsityPattern::from_dense(a).rows; }, tensor({{1, 0}, {0, 2}})),
      probe(
          named("vmap"), [](const TensorFunction& f, const VmapOptions& o, const Tensor& a) { return vmap(f, o)(a); },
          total, VmapOptions{{0}}, ones({2, 3})),
      probe(
          named("vmap"), [](const TensorsFunction& f, const VmapOptions& o, const Tensors& a) { return vmap(f, o)(a); },
          products, VmapOptions{{0, 1}}, Tensors{ones({2, 2}), ones({2, 2})}),
      probe(
          named("vmap"),
          [](const TensorsToTensors& f, const VmapOptions& o, const Tensors& a) { return vmap(f, o)(a); }, both,
          VmapOptions{{0, std::nullopt}}, Tensors{ones({2, 3}), ones({2, 3})}),
      probe(
          named("checkpoint"), [](const TensorFunction& f, const Tensor& a) { return checkpoint(f, a); }, square_of, x),
      probe(
          named("checkpoint"), [](const TensorsFunction& f, const Tensors& a) { return checkpoint(f, a); }, products,
          Tensors{x, v}),
      probe(
          named("checkpoint"), [](const TensorsToTensors& f, const Tensors& a) { return checkpoint(f, a); }, both,
          Tensors{x, v}),
      probe(
          named("on_gradient"),
          [](const Tensor& a, const Hook& f) {
            return gradient([&](const Tensor& t) { return sum(on_gradient(t, f)); }, a);
          },
          x, hook),
      probe(
          named("gradcheck"),
          [](const TensorFunction& f, const Tensor& a, GradcheckOptions o) {
            if (a.defined() && a.size() > 100) return true;
            return gradcheck(f, a, o).passed;
          },
          total, x, GradcheckOptions{}),
      probe(
          named("gradcheck"),
          [](const TensorsFunction& f, const Tensors& a, GradcheckOptions o) { return gradcheck(f, a, o).passed; },
          products, Tensors{x, v}, GradcheckOptions{.order = 2}),
      probe(
          named("custom"),
          [](const std::string& name, const decltype(CustomFunction::forward)& forward,
             const decltype(CustomFunction::vjp)& derivative, const Tensor& a) {
            const Tape tape;
            try {
              const Custom f = custom(name, forward, derivative);
              const Tensor y = f(a);
              return tape.gradient(sum(y), a);
            } catch (const Error& error) {
              // Errors speak of the function by its own name.
              if (!name.empty() && std::string(error.what()).starts_with(name)) throw Thrown();
              throw;
            }
          },
          std::string("cube"), decltype(CustomFunction::forward)([=](const Tensors& t) { return first(t) * 2; }),
          decltype(CustomFunction::vjp)([](const Tensors&, const Tensor&, const Tensor& g) { return Tensors{g * 2}; }),
          x),
      probe(
          named("custom"),
          [](const decltype(CustomFunction::kernel)& kernel, const decltype(CustomFunction::shape)& shape,
             const std::optional<DType>& dtype, const Tensor& a) {
            try {
              const Tensor y =
                  custom(CustomFunction{.name = "own", .kernel = kernel, .shape = shape, .dtype = dtype})(a);
              if (y.size() < 1000) eval(y);
            } catch (const Error& error) {
              if (std::string(error.what()).starts_with("own")) throw Thrown();
              throw;
            }
          },
          decltype(CustomFunction::kernel)([](const CustomCall& call) {
            for (double& out : call.output<double>()) out = 1;
          }),
          decltype(CustomFunction::shape)([](const Tensors&) { return Shape{2}; }), std::optional<DType>(float64), x),
  };
}

TEST_CASE("transforms stand wrong functions and arguments") { run(transform_probes()); }

}  // namespace xgrad::test
