// Checks GradBench's problems at small sizes: values against plain loops, derivatives against central differences of
// these. Prints a line for each and says how many are wrong. The nested problems have the results that GradBench gives.
//
//   bench_gradbench_check
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <random>
#include <string>

#include "modules.hpp"
#include "reference.hpp"

namespace {

using gradbench::Json;
using gradbench::reference::Numbers;
namespace reference = gradbench::reference;

int wrong = 0;

void flatten(const Json& numbers, Numbers& out) {
  if (numbers.is_number()) return out.push_back(numbers);
  for (const Json& item : numbers) flatten(item, out);
}

/// The largest difference, relative to numbers above 1; infinite where sizes differ or a number is not finite.
double difference(const Numbers& a, const Numbers& b) {
  if (a.size() != b.size()) return INFINITY;
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double own = std::abs(a[i] - b[i]) / std::max({1.0, std::abs(a[i]), std::abs(b[i])});
    if (!(own <= largest)) largest = std::isfinite(own) ? own : INFINITY;
  }
  return largest;
}

/// Runs a function. `pick` takes what is compared out of the answer's output.
void check(
    const std::string& module, const std::string& function, const Json& input, const Numbers& expected,
    double tolerance, const std::function<Json(const Json&)>& pick = [](const Json& output) { return output; }) {
  static const auto modules = gradbench::modules();
  const Json answer = gradbench::evaluate(modules.at(module), function, input);
  Numbers found;
  if (answer.at("success")) flatten(pick(answer.at("output")), found);
  const double distance = difference(found, expected);
  const bool right = distance <= tolerance;
  wrong += !right;
  std::printf("%-9s %-10s %5zu numbers, off by %8.1e: %s\n", module.c_str(), function.c_str(), expected.size(),
              distance, right ? "right" : "WRONG");
}

// Values are rounded, and central differences are off by the square of the step and by rounding over the step.
constexpr double rounding = 1e-11, differencing = 1e-6;

/// All derivatives, (outputs, inputs), by central differences.
Numbers derivatives(const std::function<Numbers(const Numbers&)>& f, const Numbers& x) {
  const std::size_t outputs = f(x).size();
  Numbers result(outputs * x.size());
  for (std::size_t j = 0; j < x.size(); ++j) {
    const double step = 1e-5 * std::max(1.0, std::abs(x[j]));
    Numbers above = x, below = x;
    above[j] += step, below[j] -= step;
    const Numbers high = f(above), low = f(below);
    for (std::size_t i = 0; i < outputs; ++i) result[i * x.size() + j] = (high[i] - low[i]) / (above[j] - below[j]);
  }
  return result;
}
Numbers slopes(const std::function<double(const Numbers&)>& f, const Numbers& x) {
  return derivatives([&](const Numbers& at) { return Numbers{f(at)}; }, x);
}

Numbers draw(std::size_t count, double low = -1, double high = 1) {
  static std::mt19937_64 engine(1);
  Numbers numbers(count);
  for (double& number : numbers) number = std::uniform_real_distribution(low, high)(engine);
  return numbers;
}

/// Numbers as nested lists, with the given extents.
Json nested(const Numbers& numbers, const std::vector<std::size_t>& extents, std::size_t first = 0,
            std::size_t axis = 0) {
  if (axis == extents.size()) return numbers[first];
  Json list = Json::array();
  std::size_t stride = 1;
  for (std::size_t i = axis + 1; i < extents.size(); ++i) stride *= extents[i];
  for (std::size_t i = 0; i < extents[axis]; ++i)
    list.push_back(nested(numbers, extents, first + i * stride, axis + 1));
  return list;
}

Numbers part(const Numbers& numbers, std::size_t first, std::size_t count) {
  const auto begin = numbers.begin() + static_cast<std::ptrdiff_t>(first);
  return Numbers(begin, begin + static_cast<std::ptrdiff_t>(count));
}

void check_scalar_functions() {
  check("hello", "square", 3.5, {12.25}, 0);
  check("hello", "double", 3.5, {7}, 0);

  const Numbers x = draw(50, -5, 5);
  check("lse", "primal", {{"x", x}}, {reference::lse(x)}, rounding);
  check("lse", "gradient", {{"x", x}}, slopes(reference::lse, x), differencing);

  for (const std::size_t n : {20u, 1001u}) {  // both ways of computing the polynomial
    const Numbers coefficients = draw(9);
    const auto f = [&](const Numbers& at) { return reference::llsq(at, n); };
    check("llsq", "primal", {{"x", coefficients}, {"n", n}}, {f(coefficients)}, rounding);
    check("llsq", "gradient", {{"x", coefficients}, {"n", n}}, slopes(f, coefficients), differencing);
  }

  for (const std::size_t n : {1u, 2u, 6u}) {
    const Numbers a = draw(n * n);
    const auto f = [&](const Numbers& at) { return reference::det(at, n); };
    check("det", "primal", {{"A", a}, {"ell", n}}, {f(a)}, rounding);
    check("det", "gradient", {{"A", a}, {"ell", n}}, slopes(f, a), differencing);
  }

  for (const std::size_t steps : {1u, 7u}) {
    const Numbers rates = draw(6, 0.5, 1.5);
    const auto f = [&](const Numbers& at) { return reference::ode(at, steps); };
    check("ode", "primal", {{"x", rates}, {"s", steps}}, f(rates), rounding);
    check("ode", "gradient", {{"x", rates}, {"s", steps}},
          slopes([&](const Numbers& at) { return f(at).back(); }, rates), differencing);
  }
}

void check_kmeans() {
  const std::size_t n = 60, k = 4, d = 3;
  const Numbers points = draw(n * d), centroids = part(points, 0, k * d);
  const Json input{{"points", nested(points, {n, d})}, {"centroids", nested(centroids, {k, d})}};
  check("kmeans", "cost", input, {reference::kmeans_cost(points, centroids, d)}, rounding);
  check("kmeans", "dir", input, reference::kmeans_direction(points, centroids, d), rounding);
}

void check_gmm() {
  for (const std::size_t d : {1u, 3u}) {
    const std::size_t k = 4, n = 20, below = d * (d - 1) / 2;
    const reference::Gmm problem{d, k, n, draw(n * d), 2, 0.7};
    const Numbers variables = draw(k * (1 + 2 * d + below));
    const auto of = [&](std::size_t first, std::size_t width) {
      return nested(part(variables, first, k * width), {k, width});
    };
    const Json input{{"d", d},
                     {"k", k},
                     {"n", n},
                     {"x", nested(problem.x, {n, d})},
                     {"m", problem.m},
                     {"gamma", problem.gamma},
                     {"alpha", part(variables, 0, k)},
                     {"mu", of(k, d)},
                     {"q", of(k + k * d, d)},
                     {"l", of(k + 2 * k * d, below)}};
    const auto f = [&](const Numbers& at) { return reference::gmm(problem, at); };
    check("gmm", "objective", input, {f(variables)}, rounding);
    check("gmm", "jacobian", input, slopes(f, variables), differencing, [](const Json& output) -> Json {
      return {output.at("alpha"), output.at("mu"), output.at("q"), output.at("l")};
    });
  }
}

void check_lstm() {
  for (const std::size_t layers : {1u, 3u}) {
    const std::size_t width = 5, characters = 6;
    reference::Lstm problem{layers, width, characters, draw(2 * layers * width), draw(characters * width)};
    for (double& bit : problem.sequence) bit = bit > 0;
    const Numbers main = draw(8 * layers * width), extra = draw(3 * width);
    Numbers variables = main;
    variables.insert(variables.end(), extra.begin(), extra.end());
    const Json input{{"main_params", nested(main, {2 * layers, 4 * width})},
                     {"extra_params", nested(extra, {3, width})},
                     {"state", nested(problem.state, {2 * layers, width})},
                     {"sequence", nested(problem.sequence, {characters, width})}};
    const auto f = [&](const Numbers& at) { return reference::lstm(problem, at); };
    check("lstm", "objective", input, {f(variables)}, rounding);
    check("lstm", "jacobian", input, slopes(f, variables), differencing);
  }
}

void check_ba() {
  for (const double rotation : {0.3, 0.0}) {
    const int n = 3, m = 4, p = 20;  // more rows of blocks than the 30 that the answer lists
    Numbers x = draw(15), feature = draw(2);
    for (std::size_t i = 0; i < 3; ++i) x[i] *= rotation;
    x[13] += 4;  // in front of the camera
    const Json input{{"n", n},     {"m", m},         {"p", p}, {"cam", part(x, 0, 11)}, {"x", part(x, 11, 3)},
                     {"w", x[14]}, {"feat", feature}};
    const auto f = [&](const Numbers& at) { return reference::ba(at, feature); };
    Numbers errors = f(x);
    errors.insert(errors.end(), {static_cast<double>(p), 1 - x[14] * x[14], static_cast<double>(p)});
    check("ba", "objective", input, errors, rounding, [](const Json& output) -> Json {
      const Json &reprojection = output.at("reproj_error"), &weight = output.at("w_err");
      return {reprojection.at("elements"), reprojection.at("repeated"), weight.at("element"), weight.at("repeated")};
    });
    Numbers values = derivatives(f, x);
    values.push_back(-2 * x[14]);
    check("ba", "jacobian", input, values, differencing, [](const Json& output) { return output.at("vals"); });
    Numbers pattern;
    for (int row = 0; row < 30; ++row) pattern.push_back(15 * row);
    pattern.push_back(31 * p);
    for (int row = 0; row < 2; ++row) {
      for (int column = 0; column < 11; ++column) pattern.push_back(column);
      for (int column = 0; column < 3; ++column) pattern.push_back(11 * n + column);
      pattern.push_back(11 * n + 3 * m);
    }
    pattern.push_back(11 * n + 3 * m + p - 1);
    check("ba", "jacobian", input, pattern, 0, [](const Json& output) -> Json {
      return {output.at("rows"), output.at("cols")};
    });
  }
}

void check_ht() {
  const std::size_t bones = 22, vertices = 7, points = 5, triangles = 6;
  for (const bool complicated : {false, true}) {
    const auto places = [&](std::size_t count, std::size_t below) {
      std::vector<std::size_t> result;
      for (const double number : draw(count, 0, static_cast<double>(below)))
        result.push_back(static_cast<std::size_t>(number));
      return result;
    };
    const auto affine = [&] {
      Numbers matrices = draw(16 * bones, -0.5, 0.5);
      for (std::size_t i = 12; i < matrices.size(); i += 16)
        matrices[i] = matrices[i + 1] = matrices[i + 2] = 0, matrices[i + 3] = 1;
      return matrices;
    };
    reference::Ht problem{{-1}, affine(),         affine(),   draw(4 * vertices), draw(vertices * bones),
                          {},   draw(3 * points), complicated};
    for (std::size_t bone = 1; bone < bones; ++bone) problem.parents.push_back(static_cast<int>(places(1, bone)[0]));
    const std::vector<std::size_t> corners = places(3 * triangles, vertices);
    const std::vector<std::size_t> correspondences = places(points, complicated ? triangles : vertices);
    Json rows = Json::array();
    for (std::size_t i = 0; i < triangles; ++i)
      rows.push_back({corners[3 * i], corners[3 * i + 1], corners[3 * i + 2]});
    for (const std::size_t place : correspondences)
      for (std::size_t i = 0; i < (complicated ? 3 : 1); ++i)
        problem.corners.push_back(complicated ? corners[3 * place + i] : place);

    const Numbers theta = draw(26), us = complicated ? draw(2 * points) : Numbers();
    const Json model{{"parents", problem.parents},
                     {"base_relatives", nested(problem.relatives, {bones, 4, 4})},
                     {"inverse_base_absolutes", nested(problem.inverse_absolutes, {bones, 4, 4})},
                     {"base_positions", nested(problem.vertices, {vertices, 4})},
                     {"weights", nested(problem.weights, {vertices, bones})},
                     {"triangles", rows},
                     {"is_mirrored", problem.mirrored}};
    const Json input{
        {"theta", theta},
        {"us", nested(us, {us.size() / 2, 2})},
        {"data",
         {{"model", model}, {"correspondences", correspondences}, {"points", nested(problem.points, {points, 3})}}}};
    check("ht", "objective", input, reference::ht(problem, theta, us), rounding);

    // Rows of the Jacobian hold the derivatives in the point's own us, then those in theta.
    const Numbers in_theta = derivatives([&](const Numbers& at) { return reference::ht(problem, at, us); }, theta);
    const Numbers in_us = derivatives([&](const Numbers& at) { return reference::ht(problem, theta, at); }, us);
    Numbers expected;
    for (std::size_t row = 0; row < 3 * points; ++row) {
      for (std::size_t i = 0; i < (complicated ? 2 : 0); ++i)
        expected.push_back(in_us[row * us.size() + 2 * (row / 3) + i]);
      for (std::size_t i = 0; i < theta.size(); ++i) expected.push_back(in_theta[row * theta.size() + i]);
    }
    check("ht", "jacobian", input, expected, differencing);
  }
}

/// The results are those that GradBench's evals expect, to its tolerance of 1e-4 and closer.
void check_nested() {
  for (const char* modes : {"rr", "fr", "rf", "ff"}) {
    check("saddle", modes, {{"start", {1.0, 1.0}}}, Numbers(4, 8.246324826140356e-06), 1e-9);
    check("particle", modes, {{"w", 0.0}}, {0.2071918746486116}, 1e-6);
  }
}

}  // namespace

int main() {
  check_scalar_functions();
  check_kmeans();
  check_gmm();
  check_lstm();
  check_ba();
  check_ht();
  check_nested();
  std::printf("%d wrong\n", wrong);
  return wrong != 0;
}
