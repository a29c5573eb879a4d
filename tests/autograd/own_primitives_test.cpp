#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "expect.hpp"
#include "way.hpp"

#include <autograd/autograd.hpp>
#include <autograd/recorder.hpp>
#include <autograd/run/compile/loops.hpp>
#include <autograd/run/plan/planner.hpp>
#include <autograd/vjp.hpp>

// Primitives of a user's own: a function of three operands and reductions. Runs know them by their traits, so they are
// planned, fused and, where they say how, compiled as the library's own.
namespace xgrad {
namespace {

// ------------------------------------------------------------------------------------------------- a + t (b - a)

template <class T>
void blend_tile(void* out, const void* const* in, const std::int64_t* step, std::int64_t n) {
  const T *a = static_cast<const T*>(in[0]), *b = static_cast<const T*>(in[1]), *t = static_cast<const T*>(in[2]);
  for (std::int64_t i = 0; i < n; ++i, a += step[0], b += step[1], t += step[2]) {
    const volatile T weighted = *t * (*b - *a);  // rounded by itself, on every machine
    static_cast<T*>(out)[i] = *a + weighted;
  }
}

void blend_vjp(Vjp& v) {
  if (v.wants(0)) v.give(0, v.cotangent() * (1 - v.input(2)));
  if (v.wants(1)) v.give(1, v.cotangent() * v.input(2));
  if (v.wants(2)) v.give(2, v.cotangent() * (v.input(1) - v.input(0)));
}

constexpr std::array<MachineStep, 3> blend_steps{{
    {MachineOp::subtract, {1, 0}},
    {MachineOp::multiply, {2, step(0)}},
    {MachineOp::add, {0, step(1)}},
}};

const Primitive blend_primitive{
    .name = "blend",
    .doc = "a + t (b - a)",
    .vjp = &blend_vjp,
    .reads = 7,
    .traits = ElementwiseTraits{
        .tile = [](DType operand, DType) { return operand == float64 ? &blend_tile<double> : &blend_tile<float>; },
        .machine_steps = blend_steps}};

Tensor blend(const Tensor& a, const Tensor& b, const Tensor& t) {
  return record3(blend_primitive, a, b, t, a.shape(), a.dtype());
}

// ------------------------------------------------------------------------------------------------- reductions

struct Product {
  static constexpr double identity = 1;
  template <class T>
  static T combine(T total, T x) {
    return total * x;
  }
};
/// Where no rounding can tell the order of the elements.
struct Largest {
  static constexpr double identity = -std::numeric_limits<double>::infinity();
  template <class T>
  static T combine(T total, T x) {
    return x > total || x != x ? x : total;
  }
};

template <class F, class T>
void combine_tile(void* out, const void* const* in, const std::int64_t* step, std::int64_t n) {
  const T *total = static_cast<const T*>(in[0]), *x = static_cast<const T*>(in[1]);
  for (std::int64_t i = 0; i < n; ++i, total += step[0], x += step[1]) static_cast<T*>(out)[i] = F::combine(*total, *x);
}

template <class F, class T>
void reduce_row(void* out, const void* x, std::int64_t n) {
  T total = static_cast<T>(F::identity);
  for (std::int64_t i = 0; i < n; ++i) total = F::combine(total, static_cast<const T*>(x)[i]);
  *static_cast<T*>(out) = total;
}

template <class F, class T>
void reduce_columns(void* totals, const void* x, std::int64_t rows, std::int64_t columns) {
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) {
      T& total = static_cast<T*>(totals)[j];
      total = F::combine(total, static_cast<const T*>(x)[i * columns + j]);
    }
}

/// A matrix over one of its axes, or both.
template <class F, class T>
void reduce_matrix(const run::Call& call) {
  const run::Array& x = call.inputs[0];
  const auto& axes = call.attributes.as<ReducedAxes>();
  T* out = call.result.as<T>();
  std::fill(out, out + call.result.shape.elements(), static_cast<T>(F::identity));
  for (std::int64_t i = 0; i < x.shape[0]; ++i)
    for (std::int64_t j = 0; j < x.shape[1]; ++j) {
      T& total = out[axes.contains(0) ? (axes.contains(1) ? 0 : j) : i];
      total = F::combine(total, x.as<T>()[i * x.strides[0] + j * x.strides[1]]);
    }
}

template <class F>
void reduce_kernel(const run::Call& call) {
  return call.result.dtype == float64 ? reduce_matrix<F, double>(call) : reduce_matrix<F, float>(call);
}

template <class F, MachineOp machine>
const ReductionLoops* loops() {
  static const ReductionLoops loops{
      .identity = F::identity,
      .combine = [](DType operand,
                    DType) { return operand == float64 ? &combine_tile<F, double> : &combine_tile<F, float>; },
      .row = [](DType dtype) { return dtype == float64 ? &reduce_row<F, double> : &reduce_row<F, float>; },
      .columns = [](DType dtype) { return dtype == float64 ? &reduce_columns<F, double> : &reduce_columns<F, float>; },
      .machine = machine};
  return &loops;
}

template <class F, MachineOp machine>
Tensor reduced(const Tensor& x, std::uint64_t mask) {
  static const Primitive primitive{
      .name = "own reduction",
      .doc = "of a matrix",
      .vjp =
          [](Vjp& v) {  // of the product: x_i's is the product divided by x_i
            const Tensor all = v.output().reshape({1, -1});
            v.give(0, broadcast_to(v.cotangent().reshape({1, -1}) * all, v.input_shape(0)) / v.input(0));
          },
      .reads = 1 | reads_output,
      .traits = BlockTraits{.kernel = &reduce_kernel<F>, .reduction = &loops<F, machine>}};
  const Shape shape = mask == 3 ? Shape{} : mask == 1 ? Shape{x.size(1)} : Shape{x.size(0)};
  return record1(primitive, x, shape, x.dtype(), ReducedAxes{mask});
}

// ------------------------------------------------------------------------------------------------- looking at plans

std::unique_ptr<run::Plan> plan_of(const Tensor& target) {
  Recorder& list = recorder();
  const ListGuard guard(list);
  run::Needed needed(list, std::span(&target, 1));
  const run::Program program(needed);
  return run::make_plan(program, false);
}

/// Whether one compiled loop does all of a pass.
bool is_one_loop(const run::Pass& pass) {
  const auto compiled = [](const run::Accumulation& accumulation) { return accumulation.compiled; };
  return pass.loops.size() == 1 && pass.loops[0].first.number() == 0 &&
         pass.loops[0].last.number() == static_cast<int>(pass.instructions.size()) &&
         std::ranges::all_of(pass.accumulations, compiled);
}

/// f() node by node, planned, and compiled.
template <class F>
std::vector<Tensor> three_ways(F f) {
  std::vector<Tensor> results;
  for (const auto& [fuse, when] :
       {std::pair{false, Compiling::never}, std::pair{true, Compiling::never}, std::pair{true, Compiling::always}}) {
    const test::Way way(fuse, Planning::always, when);
    results.push_back(f());
    eval(results.back());
  }
  return results;
}

}  // namespace

TEST_CASE("an elementwise function of three operands of a user's own is fused with the library's") {
  const Tensor a = randn({37, 29}), b = randn({29}), t = rand({37, 1});
  eval({a, b, t});
  const Tensor y = sum(square(blend(a, b, t) + 1), 0);
  const std::unique_ptr<run::Plan> plan = plan_of(y);
  CHECK(plan->steps.size() == 1);
  REQUIRE(plan->passes.size() == 1);
  CHECK(explain(y).find("blend") != std::string::npos);
  if (run::can_compile()) CHECK(is_one_loop(run::with_compiled_loops(*plan)->passes[0]));
}

TEST_CASE_TEMPLATE("it has the same bits node by node, planned and compiled", T, float, double) {
  const DType dtype = dtype_of<T>();
  for (const Shape& shape : {Shape{1}, Shape{7}, Shape{64, 33}, Shape{3, 1030}}) {
    CAPTURE(shape);
    const Tensor a = randn(shape).to(dtype), b = randn(shape).to(dtype), t = rand(shape).to(dtype);
    const std::vector<Tensor> results = three_ways([&] { return exp(blend(a, b, t) * 0.5) - blend(b, a, t); });
    CHECK(array_equal(results[0], results[1]));
    CHECK(array_equal(results[0], results[2]));
    CHECK(allclose(blend(a, b, t), a + t * (b - a)));
  }
}

TEST_CASE("it takes plain numbers, and has derivatives") {
  const Tensor a = tensor({1, 2, 3}, float64), b = tensor({-1, 0.5, 2}, float64);
  CHECK(allclose(blend(a, b, 0.25), tensor({0.5, 1.625, 2.75}, float64)));
  const auto f = [](const std::vector<Tensor>& x) { return blend(x[0], x[1], x[2]); };
  const GradcheckResult result = gradcheck(f, {a, b, tensor({0.1, 0.7, 1.5}, float64)}, {.order = 2});
  CHECK_MESSAGE(result.passed, result.message);
}

TEST_CASE("a reduction of a user's own is computed as a pass goes, and has the same bits every way") {
  for (const std::uint64_t mask : {1u, 2u, 3u}) {
    for (const Shape& shape : {Shape{5, 3}, Shape{40, 17}, Shape{9, 300}}) {
      CAPTURE(mask);
      CAPTURE(shape);
      const Tensor x = rand(shape) + 0.5;
      eval(x);
      const auto largest = [&] { return reduced<Largest, MachineOp::maximum>(x * 2 - 1, mask); };
      const std::vector<Tensor> results = three_ways(largest);
      CHECK(array_equal(results[0], results[1]));
      CHECK(array_equal(results[0], results[2]));
      const Axes axes = mask == 3 ? Axes{} : mask == 1 ? Axes{0} : Axes{1};
      CHECK(array_equal(results[0], max(x * 2 - 1, axes)));

      const std::unique_ptr<run::Plan> plan = plan_of(largest());
      CHECK(plan->steps.size() == 1);
      REQUIRE(plan->passes.size() == 1);
      if (run::can_compile() && mask == 1 && shape[1] >= 16)
        CHECK(is_one_loop(run::with_compiled_loops(*plan)->passes[0]));
    }
  }
}

TEST_CASE("a reduction that compiled loops do not know runs by its own loops, and is never compiled as another one") {
  for (const std::uint64_t mask : {1u, 2u, 3u}) {
    CAPTURE(mask);
    const Tensor x = (rand({24, 32}, float64) + 0.5);
    eval(x);
    // One says nothing of how it is compiled; the other names an operation that no compiled loop reduces with.
    for (const auto& product : {&reduced<Product, MachineOp::none>, &reduced<Product, MachineOp::multiply>}) {
      const std::vector<Tensor> results = three_ways([&] { return product(sqrt(x) * x, mask); });
      CHECK(allclose(results[1], results[0], {.rtol = 1e-12}));
      CHECK(array_equal(results[1], results[2]));
      const Axes axes = mask == 3 ? Axes{} : mask == 1 ? Axes{0} : Axes{1};
      CHECK(allclose(results[0], exp(sum(log(sqrt(x) * x), axes)), {.rtol = 1e-9}));

      const Tensor again = product(sqrt(x) * x, mask);
      const std::unique_ptr<run::Plan> compiled = run::with_compiled_loops(*plan_of(again));
      REQUIRE(compiled->passes.size() == 1);
      for (const run::Accumulation& accumulation : compiled->passes[0].accumulations) CHECK(!accumulation.compiled);
    }
  }
  const auto f = [](const Tensor& x) { return reduced<Product, MachineOp::none>(x, 1); };
  const GradcheckResult result = gradcheck(f, rand({3, 4}, float64) + 0.5, {.order = 2});
  CHECK_MESSAGE(result.passed, result.message);
}

TEST_CASE("masks may stand anywhere among the operands") {
  // a where the mask, the last operand, holds; b elsewhere.
  static const Primitive primitive{
      .name = "own choice",
      .doc = "a where the mask holds, else b",
      .traits =
          ElementwiseTraits{.tile = [](DType operand, DType) -> TileKernel {
                              REQUIRE(operand == float32);
                              return [](void* out, const void* const* in, const std::int64_t* step, std::int64_t n) {
                                const auto *a = static_cast<const float*>(in[0]), *b = static_cast<const float*>(in[1]);
                                const auto* mask = static_cast<const bool*>(in[2]);
                                for (std::int64_t i = 0; i < n; ++i)
                                  static_cast<float*>(out)[i] = mask[i * step[2]] ? a[i * step[0]] : b[i * step[1]];
                              };
                            },
                            .masks = 4}};
  const Tensor a = randn({50, 3}), b = randn({3}), mask = greater(a, 0.0);
  eval({a, b, mask});
  const std::vector<Tensor> results =
      three_ways([&] { return record3(primitive, a, b, mask, a.shape(), a.dtype()) * 2; });
  for (const Tensor& result : results) CHECK(array_equal(result, where(mask, a, b) * 2));
}

TEST_CASE("a machine operation of another number of operands is not compiled as if it fitted") {
  static const Primitive primitive{.name = "own select",
                                   .doc = "claims to be a function of one operand",
                                   .traits = ElementwiseTraits{.tile = [](DType, DType) { return &blend_tile<float>; },
                                                               .machine = MachineOp::negate}};
  const Tensor a = randn({100}), b = randn({100}), t = rand({100});
  const auto f = [&] { return record3(primitive, a, b, t, a.shape(), a.dtype()) + 1; };
  const std::vector<Tensor> results = three_ways(f);
  CHECK(array_equal(results[0], blend(a, b, t) + 1));
  CHECK(array_equal(results[0], results[2]));
}

}  // namespace xgrad
