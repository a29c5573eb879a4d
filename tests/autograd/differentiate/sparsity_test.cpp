#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include <autograd/autograd.hpp>
#include <autograd/primitive.hpp>

#include "../expect.hpp"

namespace xgrad {
namespace {

using test::error_of;
using test::f64;
using test::i64;
using test::lacks;

using Places = std::set<std::pair<std::int64_t, std::int64_t>>;

Places places(const SparsityPattern& pattern) {
  const auto rows = pattern.rows.to_vector<std::int64_t>(), columns = pattern.columns.to_vector<std::int64_t>();
  Places result;
  for (std::size_t k = 0; k < rows.size(); ++k) result.emplace(rows[k], columns[k]);
  CHECK(static_cast<std::int64_t>(result.size()) == pattern.nnz());
  return result;
}

/// The places where a Jacobian is not 0.
Places nonzeros(const TensorFunction& f, const Tensor& x) {
  const Tensor dense = jacobian([&](const Tensor& t) { return f(t).reshape(-1); }, x);
  return places(SparsityPattern::from_dense(dense.reshape({dense.size(0), x.size()})));
}

bool contains(const Places& all, const Places& part) { return std::ranges::includes(all, part); }

/// Whether the pattern is exactly where the Jacobian is not 0.
bool exact(const TensorFunction& f, const Tensor& x) { return places(jacobian_sparsity(f, x)) == nonzeros(f, x); }

Tensor normal(const Shape& shape) {
  Generator generator(7);
  return randn(shape, float64, generator);
}

}  // namespace

TEST_CASE("the pattern of a dense matrix has its places by rows, NaN among them") {
  const SparsityPattern pattern = SparsityPattern::from_dense(f64({{0, 2, 0}, {NAN, 0, -1}}));
  CHECK(pattern.shape == Shape{2, 3});
  CHECK(pattern.rows.to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 1, 1});
  CHECK(pattern.columns.to_vector<std::int64_t>() == std::vector<std::int64_t>{1, 0, 2});
  CHECK(SparsityPattern::from_dense(zeros({0, 4})).shape == Shape{0, 4});
}

TEST_CASE("the pattern of every primitive and composition has all places where its Jacobian is not 0") {
  const auto check_samples = [](const char* name, const std::vector<Sample>& samples) {
    for (const Sample& sample : samples) {
      for (std::size_t i = 0; i < sample.inputs.size(); ++i) {
        const Tensor& x = sample.inputs[i];
        const auto f = [&](const Tensor& t) {
          std::vector<Tensor> inputs = sample.inputs;
          inputs[i] = t;
          return sample.f(inputs);
        };
        if (!is_floating(x.dtype()) || x.size() > 200) continue;
        const Tensor y = f(x);
        if (!is_floating(y.dtype()) || y.size() > 2000 || y.rank() == Shape::max_rank) continue;
        INFO(name, ", ", sample.name, ", input ", i);
        CHECK(contains(places(jacobian_sparsity(f, x)), nonzeros(f, x)));
      }
    }
  };
  for (const Primitive* one : primitives())
    if (one->samples && one->vjp) check_samples(one->name, one->samples());
  for (const Composition* one : compositions())
    if (one->differentiable) check_samples(one->name, one->samples());
}

TEST_CASE("the pattern is exact for functions that move, combine and add up elements") {
  const Tensor x = normal({3, 4});
  CHECK(exact([](const Tensor& t) { return exp(t) * 2.0; }, x));
  CHECK(exact([](const Tensor& t) { return t * sum(t, 1, {.keepdims = true}); }, x));
  CHECK(exact([](const Tensor& t) { return sum(t.T(), 0) * prod(t, 1); }, x));
  CHECK(exact([](const Tensor& t) { return slice(t, 1, 1, 4) - slice(t, 1, 0, 3); }, x));
  CHECK(exact([](const Tensor& t) { return concatenate({t, t * t, flip(t, 0)}, 0); }, x));
  CHECK(exact([](const Tensor& t) { return take(t, i64({2, 0, 2}), 0); }, x));
  CHECK(exact([](const Tensor& t) { return gather(t, 1, i64({{0, 1}, {3, 3}, {2, 0}})); }, x));
  CHECK(exact([](const Tensor& t) { return index_add(zeros({5, 4}, float64), 0, i64({4, 1, 4}), t); }, x));
  CHECK(exact([](const Tensor& t) { return pad(t, {{1, 1}, {0, 2}}); }, x));
  CHECK(exact([](const Tensor& t) { return matmul(t, ones({4, 2}, float64)); }, x));
  CHECK(exact([](const Tensor& t) { return matmul(t, t.T()); }, x));
  CHECK(exact([](const Tensor& t) { return roll(t, 1, 1) * t; }, x));
}

TEST_CASE("what has no derivative is in no pattern") {
  const auto f = [](const Tensor& t) { return floor(t) + stop_gradient(t) * flip(t, 0) + cast(t > 0.0, float64); };
  CHECK(places(jacobian_sparsity(f, f64({1, 2, 3}))) == Places{{0, 2}, {1, 1}, {2, 0}});
  CHECK(jacobian_sparsity([](const Tensor&) { return ones({2}, float64); }, f64({1, 2, 3})).nnz() == 0);
  CHECK(jacobian_sparsity([](const Tensor& t) { return t; }, f64({1, 2})).nnz() == 2);
  const SparsityPattern nothing = jacobian_sparsity([](const Tensor& t) { return t; }, zeros({0, 3}));
  CHECK(nothing.shape == Shape{0, 0});
  CHECK(nothing.nnz() == 0);
}

TEST_CASE("what the function captures is constant, even x itself") {
  const Tensor x = f64({1, 2});
  CHECK(places(jacobian_sparsity([&](const Tensor& t) { return t * sum(x); }, x)) == Places{{0, 0}, {1, 1}});
}

TEST_CASE("places where a value is 0 stay in the pattern") {
  const auto f = [](const Tensor& t) { return t * f64({0, 1}); };
  CHECK(places(jacobian_sparsity(f, f64({1, 2}))) == Places{{0, 0}, {1, 1}});
}

TEST_CASE("operations that are not followed depend on all they read, but for a batch") {
  const Tensor x = normal({2, 3, 3});
  CHECK(jacobian_sparsity([](const Tensor& t) { return inv(t + 5.0 * eye(3).to(float64)); }, x).nnz() == 18 * 18);
  const auto convolved = [](const Tensor& t) { return conv2d(t.reshape({2, 1, 3, 3}), ones({1, 1, 2, 2}, float64)); };
  CHECK(jacobian_sparsity(convolved, x).nnz() <= 8 * 9);
}

TEST_CASE("a set that many elements have exists once, so that a long sum takes no time") {
  const auto f = [](const Tensor& t) { return sum(t) * slice(t, 0, 0, 2); };
  CHECK(jacobian_sparsity(f, ones({100'000})).nnz() == 200'000);
}

TEST_CASE("the pattern goes through checkpoint, other transforms, custom functions and hooks on gradients") {
  const Tensor x = normal({4});
  CHECK(exact([](const Tensor& t) { return checkpoint([](const Tensor& u) { return tanh(u) * u; }, t); }, x));
  CHECK(exact([](const Tensor& t) { return vmap([](const Tensor& row) { return row * row; })(t); }, x));
  CHECK(exact([](const Tensor& t) { return gradient([](const Tensor& u) { return sum(exp(u)); }, t); }, x));
  const Custom take = custom(
      "take", [](const std::vector<Tensor>& in) { return cumsum(in[0], 0); },
      [](const std::vector<Tensor>&, const Tensor&, const Tensor& g) {
        return std::vector<Tensor>{cumsum(g, 0, {.reverse = true})};
      });
  CHECK(jacobian_sparsity([&](const Tensor& t) { return take(t); }, x).nnz() == 16);
  const auto hooked = [](const Tensor& t) { return on_gradient(t, [](const Tensor& g) { return g / sum(g); }); };
  CHECK(jacobian_sparsity(hooked, x).nnz() == 16);
}

TEST_CASE("the pattern of a Hessian is symmetric, and holds every place that is not 0") {
  const auto chain = [](const Tensor& t) {
    return sum(square(slice(t, 0, 1, 6) - square(slice(t, 0, 0, 5)))) + sum(exp(t)) + t[0] * t[5];
  };
  const Tensor x = normal({6});
  const Places pattern = places(hessian_sparsity(chain, x));
  CHECK(pattern == places(SparsityPattern::from_dense(hessian(chain, x))));
  for (const auto& [row, column] : pattern) CHECK(pattern.contains({column, row}));
  const auto network = [](const Tensor& t) { return sum(softmax(tanh(t)) * square(t)); };
  CHECK(hessian_sparsity(network, x).nnz() == 36);
  CHECK(hessian_sparsity([](const Tensor& t) { return sum(t * 3.0); }, x).nnz() == 0);
}

TEST_CASE("patterns are found inside a tape and of functions that look at values, which are called once") {
  const Tape tape;
  const Tensor x = f64({1, 2});
  int calls = 0;
  const auto f = [&](const Tensor& t) {
    ++calls;
    return sum(t).item() > 0 ? t * t : t * sum(t);
  };
  CHECK(jacobian_sparsity(f, x).nnz() == 2);
  CHECK(calls == 1);
  CHECK(jacobian_sparsity(f, -x).nnz() == 4);
}

TEST_CASE("patterns refuse what does not fit") {
  const auto f = [](const Tensor& t) { return t; };
  CHECK(lacks(error_of([&] { jacobian_sparsity(f, i64({1})); }), {"jacobian_sparsity", "'x'", "int64"}) == "");
  CHECK(lacks(error_of([&] { jacobian_sparsity([](const Tensor& t) { return argmax(t); }, f64({1})); }),
              {"jacobian_sparsity", "'f(x)'", "int64"}) == "");
  CHECK(lacks(error_of([&] { hessian_sparsity(f, f64({1, 2})); }), {"hessian_sparsity", "(2,)", "one element"}) == "");
  CHECK(lacks(error_of([&] {
                jacobian_sparsity(f, zeros({1 << 20, 1 << 20}));
              }),
              {"jacobian_sparsity", "(1048576, 1048576)", "2^28"}) == "");
  CHECK(lacks(error_of([&] { SparsityPattern::from_dense(f64({1, 2})); }), {"from_dense", "(2,)", "two axes"}) == "");
  CHECK(lacks(error_of([&] { SparsityPattern::from_dense(Tensor()); }), {"from_dense", "undefined"}) == "");
}

}  // namespace xgrad
