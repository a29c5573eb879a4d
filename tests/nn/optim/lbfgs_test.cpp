#include <nn/optim/lbfgs.hpp>

#include <limits>

#include <nn/linear.hpp>
#include <nn/loss.hpp>

#include "trajectory.hpp"

namespace xgrad::optim {

using test::difference;
using test::error_of;
using test::f64;
using test::lacks;

namespace {

/// Rosenbrock's valley, and a number of its own.
Tensor valley(const nn::Parameter& p, const nn::Parameter& q) {
  const Tensor a = slice(p, 0, 0, 1), b = slice(p, 0, 1, 2);
  return sum(square(1 - a) + 100 * square(b - square(a)) + square(square(q - 1)));
}

struct Valley {
  nn::Parameter p{f64({-1.2, 1})}, q{f64({0.3})};
  nn::ParameterList list() const { return nn::NamedParameters{{"p", p}, {"q", q}}; }
  Tensor point() const { return concatenate({p.value(), q.value()}); }
  std::function<Tensor()> loss() const {
    return [p = p, q = q] { return valley(p, q); };
  }
};

}  // namespace

TEST_CASE("LBFGS takes PyTorch's steps, with and without line search, and history that fills up") {
  // torch.optim.LBFGS([p], lr, max_iter=4, history_size=3, line_search_fn) of PyTorch 1.13 in float64: the loss before
  // each step, the point after it, evaluations and iterations so far.
  struct Step {
    double loss;
    std::vector<double> point;
    std::int64_t evaluations, iterations;
  };
  const auto check = [](const LBFGSOptions& options, const std::vector<Step>& steps) {
    const Valley valley;
    LBFGS lbfgs(valley.list(), options);
    for (const Step& expected : steps) {
      const Tensor loss = lbfgs.step(valley.loss());
      INFO("after step ", lbfgs.steps());
      CHECK(loss.item() == doctest::Approx(expected.loss).epsilon(1e-9));
      CHECK(difference(valley.point(), tensor(expected.point), {.rtol = 1e-8}) == "");
      CHECK(lbfgs.evaluations() == expected.evaluations);
      CHECK(lbfgs.iterations() == expected.iterations);
    }
  };
  check({.lr = 0.1, .max_iter = 4, .history_size = 3},
        {{24.440099999999994, {-1.1058095907281296, 1.039726934798642, 0.30119113157353905}, 4, 4},
         {8.02502247033906, {-1.082301177590604, 1.0510847391649498, 0.30328053149944945}, 8, 8},
         {6.018603716477756, {-1.065700533589933, 1.0582644521233266, 0.3062955384848795}, 12, 12},
         {5.098596476384123, {-1.053659365781296, 1.0618102429908371, 0.3100068763798421}, 16, 16},
         {4.67831703975393, {-1.044471365790728, 1.0623921086796935, 0.3144197608080072}, 20, 20}});
  check({.max_iter = 4, .history_size = 3, .line_search_fn = LineSearch::strong_wolfe},
        {{24.440099999999994, {-1.029069776765714, 1.0652487171685383, 0.3039999815817402}, 5, 3},
         {4.35570695443812, {-0.9316114881793495, 0.8269854397154051, 0.4989789583837543}, 10, 7},
         {3.961534865164989, {-0.6004631980676316, 0.3263746483022015, 0.9680611449326678}, 15, 10},
         {2.6783203264256197, {-0.21482210074883615, 0.042457003139131255, 1.3691037308991467}, 20, 14},
         {1.495716151083003, {0.06973490301651879, -0.012953407933206554, 1.5476957584358393}, 25, 17}});
}

TEST_CASE("LBFGS with line search finds the end of the valley, and stays there") {
  const Valley valley;
  LBFGS lbfgs(valley.list(), {.max_iter = 200, .line_search_fn = LineSearch::strong_wolfe});
  lbfgs.step(valley.loss());
  CHECK(max(abs(valley.p.value() - 1)).item() < 1e-4);
  CHECK(abs(valley.q.value() - 1).item() < 0.02);  // of fourth order
  const double reached = lbfgs.step(valley.loss()).item();
  CHECK(reached < 1e-8);
  lbfgs.step(valley.loss());
  CHECK(lbfgs.evaluations() < 150);
}

TEST_CASE("LBFGS backs out of where a loss is not a number") {
  // The first step of 1 leads from 0.1 to below 0, where log is NaN.
  const nn::Parameter p(f64({0.1, 3}));
  LBFGS lbfgs({p}, {.lr = 10, .max_iter = 100, .line_search_fn = LineSearch::strong_wolfe});
  lbfgs.step([&] { return sum(p - log(p)); });
  CHECK(max(abs(p.value() - 1)).item() < 1e-4);
}

TEST_CASE("LBFGS trains a layer in float32") {
  manual_seed(3);
  nn::Linear layer(4, 2);
  const Tensor x = randn({50, 4}), y = matmul(x, randn({4, 2})) + 1;
  eval({x, y});
  LBFGS lbfgs(layer.parameters(), {.line_search_fn = LineSearch::strong_wolfe});
  for (int step = 0; step < 3; ++step) lbfgs.step([&] { return nn::mse_loss(layer(x), y); });
  CHECK(nn::mse_loss(layer(x), y).item() < 1e-9);
}

TEST_CASE("LBFGS goes on from its state bit by bit") {
  for (const LineSearch search : {LineSearch::none, LineSearch::strong_wolfe}) {
    const LBFGSOptions options{.lr = 0.5, .max_iter = 3, .history_size = 4, .line_search_fn = search};
    const Valley whole, resumed;
    LBFGS uninterrupted(whole.list(), options), after(resumed.list(), options);
    after.load_state(after.state());  // also before the first step
    for (int step = 0; step < 3; ++step) uninterrupted.step(whole.loss());
    uninterrupted.set_lr(0.7);
    const NamedTensors saved = uninterrupted.state();
    resumed.p.set(whole.p);
    resumed.q.set(whole.q);
    after.load_state(saved);
    CHECK(after.steps() == 3);
    CHECK(after.lr() == 0.7);
    for (int step = 0; step < 3; ++step) {
      CHECK(uninterrupted.step(whole.loss()).item() == after.step(resumed.loss()).item());
      CHECK(difference(whole.point(), resumed.point()) == "");
    }
    CHECK(after.evaluations() == uninterrupted.evaluations());
  }
}

TEST_CASE("LBFGS refuses what makes no sense, and a step that fails changes nothing") {
  const Valley valley;
  const auto make = [&](const LBFGSOptions& options) { return error_of([&] { LBFGS(valley.list(), options); }); };
  CHECK(lacks(make({.lr = -1}), {"LBFGS: lr is -1"}) == "");
  CHECK(lacks(make({.max_iter = 0}), {"LBFGS: max_iter is 0"}) == "");
  CHECK(lacks(make({.max_eval = 0}), {"LBFGS: max_eval is 0"}) == "");
  CHECK(lacks(make({.tolerance_grad = -1}), {"LBFGS: tolerance_grad is -1"}) == "");
  CHECK(lacks(make({.tolerance_change = NAN}), {"LBFGS: tolerance_change is nan"}) == "");
  CHECK(lacks(make({.history_size = 0}), {"LBFGS: history_size is 0"}) == "");
  CHECK(lacks(error_of([] { LBFGS(nn::ParameterList{}); }), {"LBFGS", "no parameters"}) == "");
  CHECK(lacks(error_of([&] { LBFGS({valley.p, valley.p}); }), {"LBFGS", "'1' is given twice"}) == "");
  CHECK(lacks(error_of([&] { LBFGS({valley.p, nn::Parameter(ones({2}))}); }), {"float32", "float64"}) == "");

  LBFGS lbfgs(valley.list());
  const Tensor before = valley.point();
  eval(before);
  const auto step = [&](const std::function<Tensor()>& closure) { return error_of([&] { lbfgs.step(closure); }); };
  CHECK(lacks(step(nullptr), {"LBFGS::step", "empty function"}) == "");
  CHECK(lacks(step([&] { return valley.p.value(); }), {"LBFGS::step", "float64 (2,)"}) == "");
  CHECK(lacks(step([&] { return Tensor(); }), {"LBFGS::step", "an undefined Tensor"}) == "");
  CHECK(lacks(step([&] { return valley.loss()() * NAN; }), {"LBFGS::step", "loss is nan"}) == "");
  CHECK(lacks(step([&] { return sum(valley.p); }), {"gradient"}) == "");
  int calls = 0;
  CHECK_THROWS_AS(lbfgs.step([&] {
    if (++calls == 3) throw 7;
    return valley.loss()();
  }),
                  int);
  CHECK(difference(valley.point(), before) == "");
  CHECK(lbfgs.steps() + lbfgs.iterations() + lbfgs.evaluations() == 0);

  NamedTensors state = lbfgs.state();
  state[1].second = Tensor(std::int64_t{-1});
  CHECK(lacks(error_of([&] { lbfgs.load_state(state); }), {"LBFGS::load_state", "n_iter -1"}) == "");
  state.pop_back();
  CHECK(lacks(error_of([&] { lbfgs.load_state(state); }), {"LBFGS::load_state", "'ro' is missing"}) == "");
}

}  // namespace xgrad::optim
