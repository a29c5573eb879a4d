#include <array>

#include <nn/linear.hpp>
#include <nn/optim/adamw.hpp>
#include <nn/optim/lamb.hpp>
#include <nn/optim/lion.hpp>
#include <nn/optim/muon.hpp>

#include "trajectory.hpp"

// The optimizers of large networks: Lion, LAMB, Muon.
namespace xgrad::optim {

using test::difference;
using test::error_of;
using test::f64;
using test::lacks;

namespace {

double sign_of(double x) { return x > 0 ? 1 : x < 0 ? -1 : 0; }

using Matrix = std::vector<std::vector<double>>;

Matrix product(const Matrix& a, const Matrix& b) {
  Matrix c(a.size(), std::vector<double>(b[0].size()));
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < b[0].size(); ++j)
      for (std::size_t k = 0; k < b.size(); ++k) c[i][j] += a[i][k] * b[k][j];
  return c;
}

Matrix transposed(const Matrix& a) {
  Matrix c(a[0].size(), std::vector<double>(a.size()));
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < a[0].size(); ++j) c[j][i] = a[i][j];
  return c;
}

/// Newton-Schulz on X of any shape, as a plain loop: a X + b (X X^T) X + c (X X^T)^2 X.
Matrix orthogonal(Matrix x, int steps) {
  double length = 0;
  for (const auto& row : x)
    for (const double value : row) length += value * value;
  for (auto& row : x)
    for (double& value : row) value /= std::sqrt(length);
  for (int step = 0; step < steps; ++step) {
    const Matrix gram = product(x, transposed(x)), first = product(gram, x), second = product(gram, first);
    for (std::size_t i = 0; i < x.size(); ++i)
      for (std::size_t j = 0; j < x[0].size(); ++j)
        x[i][j] = 3.4445 * x[i][j] - 4.775 * first[i][j] + 2.0315 * second[i][j];
  }
  return x;
}

Tensor tensor_of(const Matrix& m) {
  std::vector<double> values;
  for (const auto& row : m) values.insert(values.end(), row.begin(), row.end());
  return tensor(std::span<const double>(values), {std::ssize(m), std::ssize(m[0])});
}

Matrix gradient_matrix(int step, std::size_t rows, std::size_t columns) {
  Matrix g(rows, std::vector<double>(columns));
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j)
      g[i][j] = std::cos(1.3 * step + 2.1 * static_cast<double>(i * columns + j));
  return g;
}

}  // namespace

TEST_CASE("Lion follows its formula") {
  for (const LionOptions& o : std::vector<LionOptions>{
           {}, {.lr = 0.1, .beta1 = 0.5, .beta2 = 0.8, .weight_decay = 0.3}, {.lr = 0.01, .maximize = true}}) {
    std::vector<double> m(start.size());
    check_against<Lion>(o, [&](double& p, double g, int, std::size_t i) {
      if (o.maximize) g = -g;
      p = p * (1 - o.lr * o.weight_decay) - o.lr * sign_of(o.beta1 * m[i] + (1 - o.beta1) * g);
      m[i] = o.beta2 * m[i] + (1 - o.beta2) * g;
    });
  }
}

TEST_CASE("LAMB follows its formula, for each parameter by its own length") {
  for (const LAMBOptions& o :
       std::vector<LAMBOptions>{{},
                                {.lr = 0.1, .beta1 = 0.8, .beta2 = 0.9, .eps = 1e-3, .weight_decay = 0},
                                {.lr = 0.1, .maximize = true}}) {
    const nn::Parameter p = start_parameter(), q(f64({0, 0, 0}));  // of length 0 at first: the factor is 1
    LAMB lamb({p, q}, o);
    std::array<std::vector<double>, 2> at{start, {0, 0, 0}}, m, v;
    m.fill(std::vector<double>(3));
    v.fill(std::vector<double>(3));
    for (int step = 1; step <= 6; ++step) {
      lamb.step({gradient_tensor(step), gradient_tensor(step + 10)});
      for (std::size_t k = 0; k < 2; ++k) {
        std::vector<double> r(3);
        double length = 0, step_length = 0;
        for (std::size_t i = 0; i < 3; ++i) {
          const double g = gradient_of_step(k == 0 ? step : step + 10)[i] * (o.maximize ? -1 : 1);
          m[k][i] = o.beta1 * m[k][i] + (1 - o.beta1) * g;
          v[k][i] = o.beta2 * v[k][i] + (1 - o.beta2) * g * g;
          r[i] =
              m[k][i] / (1 - std::pow(o.beta1, step)) / (std::sqrt(v[k][i] / (1 - std::pow(o.beta2, step))) + o.eps) +
              o.weight_decay * at[k][i];
          length += at[k][i] * at[k][i];
          step_length += r[i] * r[i];
        }
        const double trust = length > 0 && step_length > 0 ? std::sqrt(length / step_length) : 1;
        for (std::size_t i = 0; i < 3; ++i) at[k][i] -= o.lr * trust * r[i];
      }
      CHECK(difference(p, tensor(at[0]), {.rtol = 1e-13, .atol = 1e-15}) == "");
      CHECK(difference(q, tensor(at[1]), {.rtol = 1e-13, .atol = 1e-15}) == "");
    }
  }
}

TEST_CASE("Muon orthogonalizes the steps of weights, wide, tall and square") {
  for (const auto& entry : std::vector<std::pair<std::size_t, std::size_t>>{{2, 3}, {4, 2}, {3, 3}}) {
    const auto& rows = entry.first;
    const auto& columns = entry.second;
    for (const MuonOptions& o :
         std::vector<MuonOptions>{{.lr = 0.1},
                                  {.lr = 0.2, .weight_decay = 0, .momentum = 0.5, .nesterov = false, .ns_steps = 3},
                                  {.lr = 0.1, .scale = MuonScale::match_rms_adamw, .maximize = true}}) {
      INFO(rows, " rows, ", columns, " columns, ", o.ns_steps, " steps");
      Matrix at = gradient_matrix(0, rows, columns), b(rows, std::vector<double>(columns));
      const nn::Parameter w(tensor_of(at));
      Muon muon({w}, o);
      const double longest = static_cast<double>(std::max(rows, columns));
      const double scale = o.scale == MuonScale::match_rms_adamw
                               ? 0.2 * std::sqrt(longest)
                               : std::sqrt(std::max(1.0, static_cast<double>(rows) / static_cast<double>(columns)));
      for (int step = 1; step <= 4; ++step) {
        const Matrix g = gradient_matrix(step, rows, columns);
        muon.step({tensor_of(g)});
        Matrix d(rows, std::vector<double>(columns));
        for (std::size_t i = 0; i < rows; ++i)
          for (std::size_t j = 0; j < columns; ++j) {
            const double down = o.maximize ? -g[i][j] : g[i][j];
            b[i][j] = o.momentum * b[i][j] + (1 - o.momentum) * down;
            d[i][j] = o.nesterov ? o.momentum * b[i][j] + (1 - o.momentum) * down : b[i][j];
          }
        const Matrix x = orthogonal(d, o.ns_steps);
        for (std::size_t i = 0; i < rows; ++i)
          for (std::size_t j = 0; j < columns; ++j)
            at[i][j] = at[i][j] * (1 - o.lr * o.weight_decay) - o.lr * scale * x[i][j];
        CHECK(difference(w, tensor_of(at), {.rtol = 1e-10, .atol = 1e-12}) == "");
      }
    }
  }
}

TEST_CASE("a step of Muon has singular values near 1") {
  Generator generator(1);
  const nn::Parameter w(zeros({6, 9}, float64));
  Muon muon({w}, {.lr = 1});
  muon.step({randn({6, 9}, float64, generator)});
  const Tensor s = svd(w).s;
  CHECK(min(s).item() > 0.6);
  CHECK(max(s).item() < 1.3);
}

TEST_CASE("Muon trains what is no weight as AdamW does, and groups that ask for it") {
  const auto gradients = [](int step) {
    return std::vector<Tensor>{tensor_of(gradient_matrix(step, 2, 3)), gradient_tensor(step),
                               tensor_of(gradient_matrix(step + 5, 2, 2))};
  };
  const auto parameters = [] {
    return std::vector<nn::Parameter>{nn::Parameter(tensor_of(gradient_matrix(0, 2, 3))), start_parameter(),
                                      nn::Parameter(tensor_of(gradient_matrix(1, 2, 2)))};
  };
  const auto mixed = parameters(), plain = parameters();
  Muon muon({{{mixed[0], mixed[1]}, {.lr = 0.1, .weight_decay = 0.2}},
             {{mixed[2]}, {.lr = 0.01, .orthogonalize = false, .beta2 = 0.9}}});
  AdamW adamw({{{plain[1]}, {.lr = 0.1, .beta2 = 0.95, .weight_decay = 0.2}},
               {{plain[2]}, {.lr = 0.01, .beta2 = 0.9, .weight_decay = 0.1}}});
  for (int step = 1; step <= 5; ++step) {
    const auto g = gradients(step);
    muon.step(g);
    adamw.step({g[1], g[2]});
  }
  CHECK(difference(mixed[1], plain[1]) == "");
  CHECK(difference(mixed[2], plain[2]) == "");
  CHECK(difference(mixed[0], plain[0]) != "");

  const NamedTensors state = muon.state();
  CHECK(state[2].first == "momentum_buffer.0.0");
  CHECK(state[5].first == "exp_avg_sq.0.0");
  CHECK(state[5].second.shape() == Shape{0});
  CHECK(state[6].second.shape() == Shape{3});

  const auto resumed = parameters();
  for (std::size_t i = 0; i < 3; ++i) resumed[i].set(mixed[i]);
  Muon after({{{resumed[0], resumed[1]}, {.lr = 0.1, .weight_decay = 0.2}},
              {{resumed[2]}, {.lr = 0.01, .orthogonalize = false, .beta2 = 0.9}}});
  after.load_state(state);
  muon.step(gradients(6));
  after.step(gradients(6));
  for (std::size_t i = 0; i < 3; ++i) CHECK(difference(resumed[i], mixed[i]) == "");
}

TEST_CASE("Lion, LAMB and Muon go on from their state, and record one program") {
  check_resume<Lion, LionOptions>({.lr = 0.1});
  check_resume<LAMB, LAMBOptions>({.lr = 0.1});
  check_resume<Muon, MuonOptions>({.lr = 0.1});
  check_structure<Lion, LionOptions>({.weight_decay = 0.1});
  check_structure<LAMB, LAMBOptions>({});
  check_structure<Muon, MuonOptions>({});
}

TEST_CASE("Lion, LAMB and Muon refuse options out of range") {
  const nn::ParameterList p = named(start_parameter());
  CHECK(lacks(error_of([&] { Lion(p, {.lr = -1}); }), {"Lion", "lr is -1"}) == "");
  CHECK(lacks(error_of([&] { Lion(p, {.beta1 = 1}); }), {"Lion", "beta1 is 1"}) == "");
  CHECK(lacks(error_of([&] { Lion(p, {.weight_decay = -1}); }), {"Lion", "weight_decay is -1"}) == "");
  CHECK(lacks(error_of([&] { LAMB(p, {.eps = -1}); }), {"LAMB", "eps is -1"}) == "");
  CHECK(lacks(error_of([&] { LAMB(p, {.beta2 = 2}); }), {"LAMB", "beta2 is 2"}) == "");
  CHECK(lacks(error_of([&] { Muon(p, {.momentum = 1}); }), {"Muon", "momentum is 1"}) == "");
  CHECK(lacks(error_of([&] { Muon(p, {.ns_steps = 0}); }), {"Muon", "ns_steps is 0"}) == "");
  CHECK(lacks(error_of([&] { Muon(p, {.ns_eps = -1}); }), {"Muon", "ns_eps is -1"}) == "");
}

}  // namespace xgrad::optim
