#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>
#include <thread>

#include <autograd/autograd.hpp>

#include "../expect.hpp"

namespace xgrad {
namespace {

using test::difference;
using test::error_of;
using test::f64;
using test::i64;
using test::lacks;

constexpr test::Tolerance rounding{.rtol = 1e-12, .atol = 1e-13};

using Places = std::vector<std::pair<std::int64_t, std::int64_t>>;

SparsityPattern pattern_of(const Shape& shape, const Places& places) {
  std::vector<std::int64_t> rows, columns;
  for (const auto& [row, column] : places) {
    rows.push_back(row);
    columns.push_back(column);
  }
  const Shape count{static_cast<std::int64_t>(places.size())};
  return {shape, tensor(rows, count), tensor(columns, count)};
}

Places band(std::int64_t n, std::int64_t width) {
  Places places;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = std::max<std::int64_t>(0, i - width); j <= std::min(n - 1, i + width); ++j)
      places.emplace_back(i, j);
  return places;
}

Places arrow(std::int64_t n) {
  Places places{{0, 0}};
  for (std::int64_t i = 1; i < n; ++i) {
    places.emplace_back(i, 0);
    places.emplace_back(0, i);
    places.emplace_back(i, i);
  }
  return places;
}

/// Blocks of the given size along the diagonal.
Places blocks(std::int64_t count, std::int64_t rows, std::int64_t columns) {
  Places places;
  for (std::int64_t block = 0; block < count; ++block)
    for (std::int64_t i = 0; i < rows; ++i)
      for (std::int64_t j = 0; j < columns; ++j) places.emplace_back(block * rows + i, block * columns + j);
  return places;
}

Places some(std::int64_t rows, std::int64_t columns, double density, unsigned seed) {
  std::mt19937 random(seed);
  std::bernoulli_distribution taken(density);
  Places places;
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j)
      if (taken(random)) places.emplace_back(i, j);
  std::ranges::shuffle(places, random);
  return places;
}

Tensor normal(const Shape& shape) {
  Generator generator(11);
  return randn(shape, float64, generator);
}

/// A function whose Jacobian is not 0 in a pattern only: sin of a matrix with numbers there times x, and x squared.
TensorFunction with_pattern(const SparsityPattern& pattern) {
  const SparseJacobian matrix{pattern, normal({pattern.nnz()})};
  return [weights = matrix.to_dense()](const Tensor& x) {
    const Tensor flat = x.reshape(-1);
    return sin(matmul(weights, flat)) + matmul(weights, flat * flat);
  };
}

/// "" where each pair of places of one color is apart: all columns (or rows) of a color have no row (or column) in
/// common.
std::string conflicts(const JacobianColoring& coloring) {
  const auto positions = coloring.positions().to_vector<std::int64_t>();
  std::set<std::int64_t> seen;
  for (const std::int64_t position : positions)
    if (!seen.insert(position).second) return "two places share product " + std::to_string(position);
  for (const std::int64_t color : coloring.color().to_vector<std::int64_t>())
    if (color < -1 || color >= coloring.colors()) return "color " + std::to_string(color);
  return "";
}

SparsityPattern transposed(const SparsityPattern& pattern) {
  return {{pattern.shape[1], pattern.shape[0]}, pattern.columns, pattern.rows};
}

std::int64_t colors(const Shape& shape, const Places& places) {
  const JacobianColoring coloring(pattern_of(shape, places)), other(transposed(coloring.pattern()));
  CHECK(conflicts(coloring) == "");
  CHECK(conflicts(other) == "");
  CHECK(coloring.colors() == other.colors());
  return coloring.colors();
}

/// Chained Rosenbrock: its Hessian is tridiagonal.
Tensor rosenbrock(const Tensor& x) {
  const std::int64_t n = x.size();
  const Tensor a = slice(x, 0, 0, n - 1), b = slice(x, 0, 1, n);
  return sum(100.0 * square(b - square(a)) + square(1.0 - a));
}

}  // namespace

TEST_CASE("known patterns take the number of colors that they need") {
  CHECK(colors({30, 30}, band(30, 0)) == 1);
  CHECK(colors({30, 30}, band(30, 1)) == 3);
  CHECK(colors({31, 31}, band(31, 2)) == 5);
  CHECK(colors({20, 20}, arrow(20)) == 20);
  CHECK(colors({12, 8}, blocks(4, 3, 2)) == 2);
  CHECK(colors({8, 12}, blocks(4, 2, 3)) == 2);
  CHECK(colors({5, 7}, blocks(1, 5, 7)) == 5);
  CHECK(colors({5, 7}, {}) == 0);
  CHECK(colors({0, 7}, {}) == 0);
}

TEST_CASE("a full row is no obstacle to grouping rows, nor a full column to grouping columns") {
  Places places = band(50, 0);
  for (std::int64_t j = 0; j < 49; ++j) places.emplace_back(49, j);
  CHECK(colors({50, 50}, places) == 2);
  CHECK_FALSE(JacobianColoring(pattern_of({50, 50}, places)).by_columns());
  CHECK(JacobianColoring(transposed(pattern_of({50, 50}, places))).by_columns());
}

TEST_CASE("random patterns are colored without conflicts, by no more colors than rows or columns") {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const std::int64_t rows = 5 + seed * 3 % 17, columns = 4 + seed * 7 % 23;
    const std::int64_t count = colors({rows, columns}, some(rows, columns, 0.15, seed));
    CHECK(count <= std::min(rows, columns));
  }
}

TEST_CASE("rows and columns without a place have no color") {
  const JacobianColoring coloring(pattern_of({3, 4}, {{0, 1}, {2, 3}}));
  CHECK(coloring.colors() == 1);
  CHECK(difference(coloring.color(), coloring.by_columns() ? i64({-1, 0, -1, 0}) : i64({0, -1, 0})) == "");
}

TEST_CASE("the sparse Jacobian is the dense one in the pattern's places, in the pattern's order") {
  const std::vector<SparsityPattern> patterns{pattern_of({9, 9}, band(9, 1)),
                                              pattern_of({9, 9}, arrow(9)),
                                              pattern_of({12, 8}, blocks(4, 3, 2)),
                                              pattern_of({8, 12}, blocks(4, 2, 3)),
                                              pattern_of({13, 7}, some(13, 7, 0.2, 1)),
                                              pattern_of({7, 13}, some(7, 13, 0.2, 2)),
                                              pattern_of({20, 20}, some(20, 20, 0.1, 3))};
  for (const SparsityPattern& pattern : patterns) {
    const TensorFunction f = with_pattern(pattern);
    const Tensor x = normal({pattern.shape[1]});
    const Tensor dense = jacobian(f, x);
    for (const std::int64_t chunk : {0, 1, 2, 100}) {
      const SparseJacobian j = sparse_jacobian(f, x, pattern, {.chunk = chunk});
      CHECK(difference(j.values, take(dense.reshape(-1), pattern.rows * pattern.shape[1] + pattern.columns),
                       rounding) == "");
      CHECK(difference(j.to_dense(), dense, rounding) == "");
    }
  }
}

TEST_CASE("inputs and values of any shape count as flattened, in both directions") {
  const Tensor x = normal({2, 3}).to(float32);
  const auto narrow = [](const Tensor& t) { return sum(t * t, 0); };
  const auto wide = [](const Tensor& t) { return stack({t, t * t, exp(t)}).to(float64); };
  for (const TensorFunction& f : std::vector<TensorFunction>{narrow, wide}) {
    const SparseJacobian j = sparse_jacobian(f, x, jacobian_sparsity(f, x));
    const Tensor dense = jacobian(f, x);
    CHECK(j.values.dtype() == float32);
    CHECK(difference(j.to_dense(), dense.reshape({dense.size() / 6, 6}), {.rtol = 1e-6}) == "");
  }
  const SparsityPattern one = pattern_of({1, 1}, {{0, 0}});
  CHECK(sparse_jacobian([](const Tensor& t) { return t * t; }, tensor(3, float64), one).values.item() == 6);
}

TEST_CASE("as many nodes are recorded for a large tridiagonal Jacobian as for a small one") {
  const auto nodes = [](std::int64_t n) {
    const SparsityPattern pattern = pattern_of({n, n}, band(n, 1));
    const JacobianColoring coloring(pattern);
    const Tape tape;
    const Tensor x = normal({n});
    const std::size_t before = tape.size();
    sparse_jacobian([](const Tensor& t) { return tanh(t) * t; }, x, coloring);
    return tape.size() - before;
  };
  CHECK(nodes(5) == nodes(3000));
}

TEST_CASE("the function is called once, and a coloring serves many calls, on any thread") {
  const SparsityPattern pattern = pattern_of({3, 3}, band(3, 0));
  const JacobianColoring coloring(pattern);
  int calls = 0;
  const auto f = [&](const Tensor& x) {
    ++calls;
    return sum(x).item() > 0 ? x * x : x;
  };
  CHECK(difference(sparse_jacobian(f, f64({1, 2, 3}), coloring).values, {2, 4, 6}) == "");
  CHECK(calls == 1);
  CHECK(difference(sparse_jacobian(f, f64({-1, 2, -3}), coloring).values, {1, 1, 1}) == "");
  std::string elsewhere = "not called";
  std::thread([&] { elsewhere = difference(sparse_jacobian(f, f64({4, 5, 6}), coloring).values, {8, 10, 12}); }).join();
  CHECK(elsewhere == "");
}

TEST_CASE("an empty pattern gives no values, and a matrix of zeros") {
  const auto constant = [](const Tensor&) { return ones({2}, float64); };
  const SparseJacobian j = sparse_jacobian(constant, f64({1, 2, 3}), pattern_of({2, 3}, {}));
  CHECK(j.values.shape() == Shape{0});
  CHECK(difference(j.to_dense(), zeros({2, 3}, float64)) == "");
  const auto same = [](const Tensor& x) { return x; };
  CHECK(sparse_jacobian(same, zeros({0}, float64), pattern_of({0, 0}, {})).to_dense().shape() == Shape{0, 0});
  CHECK(sparse_hessian([](const Tensor& x) { return sum(x); }, f64({1, 2}), pattern_of({2, 2}, {})).values.size() == 0);
}

TEST_CASE("the values are differentiable, by rows and by columns") {
  for (const Places& places : {blocks(2, 3, 2), blocks(3, 2, 3)}) {
    const Shape shape = places.size() == 12 ? Shape{6, 4} : Shape{6, 9};
    const SparsityPattern pattern = pattern_of(shape, places);
    const TensorFunction f = with_pattern(pattern);
    const JacobianColoring coloring(pattern);
    const auto values = [&](const Tensor& x) { return sparse_jacobian(f, x, coloring, {.chunk = 2}).values; };
    const GradcheckResult result = gradcheck(values, normal({shape[1]}), {.order = 2});
    CHECK_MESSAGE(result.passed, result.message);
  }
}

TEST_CASE("inside a gradient the sparse Jacobian is a term as any other, and so inside vmap") {
  const SparsityPattern pattern = pattern_of({3, 3}, band(3, 0));
  const auto penalty = [&](const Tensor& x) {
    return sum(square(sparse_jacobian([](const Tensor& t) { return t * t * t; }, x, pattern).to_dense()));
  };
  CHECK(difference(gradient(penalty, f64({1, 2, 3})), {36, 288, 972}, rounding) == "");
  CHECK(difference(vmap(penalty)(f64({{1, 2, 3}, {0, 1, 0}})), {9 + 144 + 729, 9}, rounding) == "");
}

TEST_CASE("the sparse Hessian is the dense one, by three products for a tridiagonal one") {
  const Tensor x = normal({40});
  const JacobianColoring coloring(hessian_sparsity(rosenbrock, x));
  CHECK(coloring.colors() == 3);
  const SparseJacobian h = sparse_hessian(rosenbrock, x, coloring);
  CHECK(h.values.size() == 3 * 40 - 2);
  CHECK(difference(h.to_dense(), hessian(rosenbrock, x), rounding) == "");
  CHECK(difference(sparse_hessian(rosenbrock, x, coloring.pattern(), {.chunk = 2}).values, h.values, rounding) == "");
  const auto total = [&](const Tensor& t) { return sparse_hessian(rosenbrock, t, coloring).values; };
  const GradcheckResult result = gradcheck(total, x * 0.1);
  CHECK_MESSAGE(result.passed, result.message);
}

TEST_CASE("the sparse Hessian of random couplings is the dense one") {
  for (unsigned seed = 0; seed < 5; ++seed) {
    const SparsityPattern couplings = pattern_of({15, 15}, some(15, 15, 0.06, seed));
    const Tensor weights = SparseJacobian{couplings, normal({couplings.nnz()})}.to_dense();
    const auto f = [&](const Tensor& x) { return sum(expand_dims(exp(x), 1) * weights * sin(x)); };
    const Tensor x = normal({15}).reshape({3, 5});
    const auto of_matrix = [&](const Tensor& t) { return f(t.reshape(-1)); };
    const Tensor dense = hessian(f, x.reshape(-1));
    const SparsityPattern pattern = SparsityPattern::from_dense(dense);
    CHECK(difference(sparse_hessian(of_matrix, x, pattern).to_dense(), dense, rounding) == "");
  }
}

TEST_CASE("sparse derivatives refuse what does not fit") {
  const auto f = [](const Tensor& x) { return x * 2.0; };
  const auto g = [](const Tensor& x) { return sum(x * x); };
  const Tensor x = f64({1, 2});
  const SparsityPattern both = pattern_of({2, 2}, {{0, 0}, {1, 1}});
  const auto refusal = [&](const SparsityPattern& pattern) {
    const std::string text = error_of([&] { sparse_jacobian(f, x, pattern); });
    const std::string made = error_of([&] { JacobianColoring coloring(pattern); });
    CHECK(lacks(text, {"sparse_jacobian: argument 'pattern"}) == "");
    CHECK(lacks(made, {"JacobianColoring: argument 'pattern"}) == "");
    CHECK(lacks(error_of([&] { sparse_hessian(g, x, pattern); }), {"sparse_hessian: argument 'pattern"}) == "");
    return text;
  };
  CHECK(lacks(refusal({}), {"'pattern.rows'", "undefined"}) == "");
  CHECK(lacks(refusal({{2, 2}, f64({0}), i64({0})}), {"'pattern.rows'", "float64", "int64"}) == "");
  CHECK(lacks(refusal({{2}, i64({0}), i64({0})}), {"shape (2,)", "(rows, columns)"}) == "");
  CHECK(lacks(refusal({{2, 2}, i64({0, 1}), i64({0})}), {"(2,)", "(1,)", "one length"}) == "");
  CHECK(lacks(refusal({{2, 2}, i64({{0}}), i64({{0}})}), {"(1, 1)", "vectors"}) == "");
  CHECK(lacks(refusal(pattern_of({2, 2}, {{0, 0}, {2, 1}})), {"rows[1] = 2", "below 2"}) == "");
  CHECK(lacks(refusal(pattern_of({std::int64_t{1} << 40, 2}, {})), {"(1099511627776, 2)", "2^28"}) == "");
  CHECK(lacks(refusal(pattern_of({2, 2}, {{0, -1}})), {"columns[0] = -1", "from 0"}) == "");
  CHECK(lacks(refusal(pattern_of({2, 2}, {{1, 0}, {0, 0}, {1, 0}})), {"(1, 0) twice"}) == "");
  CHECK(lacks(error_of([&] {
                sparse_jacobian(f, x, pattern_of({3, 2}, {}));
              }),
              {"sparse_jacobian: argument 'pattern' has shape (3, 2)", "(2, 2) is expected"}) == "");
  CHECK(lacks(error_of([&] {
                sparse_hessian(g, x, pattern_of({1, 2}, {}));
              }),
              {"sparse_hessian: argument 'pattern' has shape (1, 2)", "(2, 2) is expected"}) == "");
  CHECK(lacks(error_of([&] { sparse_jacobian(f, i64({1, 2}), both); }), {"sparse_jacobian", "'x'", "int64"}) == "");
  CHECK(lacks(error_of([&] { sparse_jacobian(f, Tensor(), both); }), {"sparse_jacobian", "'x'", "undefined"}) == "");
  CHECK(lacks(error_of([&] { sparse_jacobian([](const Tensor& t) { return argmax(t); }, x, both); }),
              {"sparse_jacobian", "'f(x)'", "int64"}) == "");
  CHECK(lacks(error_of([&] { sparse_jacobian(f, x, both, {.chunk = -1}); }), {"chunk is -1"}) == "");
  CHECK(lacks(error_of([&] { sparse_jacobian(TensorFunction(), x, both); }), {"the function is empty"}) == "");
  CHECK(lacks(error_of([&] { sparse_hessian(f, x, both); }), {"sparse_hessian", "(2,)", "one element"}) == "");
  CHECK(lacks(error_of([&] { SparseJacobian{both, f64({1})}.to_dense(); }), {"to_dense", "(1,)", "(2,)"}) == "");
}

}  // namespace xgrad
