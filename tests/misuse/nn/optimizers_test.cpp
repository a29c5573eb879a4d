#include <doctest/doctest.h>

#include "misuse/lists.hpp"
#include "options.hpp"

namespace xgrad::test {
namespace {

using Step = std::int64_t;

/// Two steps of an optimizer, and its state loaded again.
template <class O, class Options>
Probe optimizer(const char* name, const Options& right = {}) {
  const Tensor x = tensor({1, -2, 3});
  return probe(
      {name, "its parts"},
      [](const Options& options, const Tensor& value, const std::vector<Tensor>& gradients, double lr) {
        const nn::Parameter p(value), q(ones({2}));
        O made({p, q}, options);
        made.step(gradients);
        made.set_lr(lr);
        made.step(gradients);
        made.load_state(made.state());
        return std::vector<Tensor>{p.value(), q.value()};
      },
      right, x, std::vector<Tensor>{x, tensor({1, -2})}, 0.5);
}

}  // namespace

Probes optimizer_probes() {
  namespace schedule = optim::schedule;
  using Steps = std::vector<Step>;
  const Step period = 10, factor = 2;
  const Tensor g = tensor({3, 4});
  return {
      optimizer<optim::Adadelta, optim::AdadeltaOptions>("Adadelta"),
      optimizer<optim::Adagrad, optim::AdagradOptions>("Adagrad"),
      optimizer<optim::Adam, optim::AdamOptions>("Adam"),
      optimizer<optim::AdamW, optim::AdamWOptions>("AdamW"),
      optimizer<optim::Adamax, optim::AdamaxOptions>("Adamax"),
      optimizer<optim::LAMB, optim::LAMBOptions>("LAMB"),
      optimizer<optim::Lion, optim::LionOptions>("Lion", {.weight_decay = 0.1}),
      optimizer<optim::Muon, optim::MuonOptions>("Muon"),
      probe(
          {"Muon", "its parts"},
          [](const optim::MuonOptions& options, const Tensor& value, const std::vector<Tensor>& gradients) {
            const nn::Parameter w(value);
            optim::Muon muon({w}, options);
            muon.step(gradients);
            muon.load_state(muon.state());
            return w.value();
          },
          optim::MuonOptions{}, tensor({{1, 2, 3}, {4, 5, 6}}), std::vector<Tensor>{tensor({{1, 0, 3}, {2, -5, 6}})}),
      probe(
          {"LBFGS", "LBFGS::step", "its parts"},
          [](const optim::LBFGSOptions& options, const Tensor& value, double lr) {
            const nn::Parameter p(value);
            optim::LBFGS lbfgs({p}, options);
            lbfgs.step([&] { return sum(square(p - 1)); });
            lbfgs.set_lr(lr);
            lbfgs.step([&] { return sum(square(p - 1)); });
            lbfgs.load_state(lbfgs.state());
            return p.value();
          },
          optim::LBFGSOptions{.line_search_fn = optim::LineSearch::strong_wolfe}, tensor({1, -2, 3}), 0.5),
      probe(
          {"LBFGS", "LBFGS::step", "LBFGS::load_state", "its parts"},
          [](const std::function<Tensor()>& closure, const NamedTensors& state) {
            optim::LBFGS lbfgs({nn::Parameter(ones({2}))});
            try {
              lbfgs.step(closure);
            } catch (const Error& error) {
              if (std::string(error.what()).empty()) throw;
            }
            lbfgs.load_state(state);
          },
          std::function<Tensor()>([] { return Tensor(1.0); }), optim::LBFGS({nn::Parameter(ones({2}))}).state()),
      optimizer<optim::NAdam, optim::NAdamOptions>("NAdam"),
      optimizer<optim::RAdam, optim::RAdamOptions>("RAdam"),
      optimizer<optim::RMSprop, optim::RMSpropOptions>("RMSprop", {.momentum = 0.5, .centered = true}),
      optimizer<optim::Rprop, optim::RpropOptions>("Rprop"),
      optimizer<optim::SGD, optim::SGDOptions>("SGD", {.momentum = 0.5}),
      // Copied, or moved from: refused, but for what does not ask for its parameters.
      probe(
          {"Optimizer", "SGD"},
          [](int which, const std::vector<Tensor>& gradients) {
            optim::SGD sgd({nn::Parameter(ones({2}))}, {.lr = 0.1, .momentum = 0.9});
            optim::SGD other = which == 0 ? sgd : std::move(sgd);
            for (const auto& use : std::vector<std::function<void()>>{
                     [&] { sgd.step(gradients); }, [&] { sgd.load_state(other.state()); }, [&] { sgd.set_lr(0.5); },
                     [&] { sgd.set_momentum(0.5); }, [&] { sgd.lr(); }, [&] { sgd.state(); }}) {
              try {
                use();
              } catch (const Error& error) {
                if (which == 0 || std::string(error.what()).empty()) throw;
              }
            }
            other.step(gradients);
            return other.parameters()[0].value();
          },
          0, std::vector<Tensor>{tensor({3, 4})}),
      probe(
          {"clip_grad_norm", "its parts"},
          [](const std::vector<Tensor>& gs, double most, double p) {
            return optim::clip_grad_norm(gs, most, p).gradients;
          },
          std::vector<Tensor>{g, g}, 1.0, 2.0),
      probe(
          {"clip_grad_value", "its parts"},
          [](const std::vector<Tensor>& gs, double bound) { return optim::clip_grad_value(gs, bound); },
          std::vector<Tensor>{g, g}, 1.0),
      probe(
          {"GradientAccumulator", "its parts"},
          [](const std::vector<Tensor>& first, double weight, const std::vector<Tensor>& second) {
            optim::GradientAccumulator accumulator;
            accumulator.add(first, weight);
            accumulator.add(second);
            return accumulator.mean();
          },
          std::vector<Tensor>{g, g}, 2.0, std::vector<Tensor>{g, g}),
      probe(
          {"GradientAccumulator::state", "GradientAccumulator::load_state"},
          [](const NamedTensors& state) { optim::GradientAccumulator().load_state(state); },
          NamedTensors{{"weight", tensor(std::vector<double>{2}, Shape{})}, {"count", Tensor(1)}, {"total.0", g}}),
      probe(
          {"schedule::swa", "its parts"},
          [](double lr, double swa_lr, Step n, schedule::Anneal anneal, Step t) {
            return schedule::swa(lr, swa_lr, n, anneal)(t);
          },
          0.1, 0.05, period, schedule::Anneal::linear, factor),
      probe(
          {"schedule::constant", "its parts"}, [](double lr, Step t) { return schedule::constant(lr)(t); }, 0.1,
          period),
      probe(
          {"schedule::step", "its parts"},
          [](double lr, Step size, double gamma, Step t) { return schedule::step(lr, size, gamma)(t); }, 0.1, factor,
          0.1, period),
      probe(
          {"schedule::multistep", "its parts"},
          [](double lr, const Steps& at, double gamma, Step t) { return schedule::multistep(lr, at, gamma)(t); }, 0.1,
          Steps{2, 5}, 0.1, period),
      probe(
          {"schedule::exponential", "its parts"},
          [](double lr, double gamma, Step t) { return schedule::exponential(lr, gamma)(t); }, 0.1, 0.9, period),
      probe(
          {"schedule::cosine", "its parts"},
          [](double lr, Step n, double least, Step t) { return schedule::cosine(lr, n, least)(t); }, 0.1, period, 0.0,
          factor),
      probe(
          {"schedule::cosine_warm_restarts", "its parts"},
          [](double lr, Step n, Step f, double least, Step t) {
            return schedule::cosine_warm_restarts(lr, n, f, least)(t);
          },
          0.1, period, factor, 0.0, Step{17}),
      probe(
          {"schedule::linear", "its parts"},
          [](double lr, Step n, double a, double b, Step t) { return schedule::linear(lr, n, a, b)(t); }, 0.1, period,
          0.5, 1.0, factor),
      probe(
          {"schedule::polynomial", "its parts"},
          [](double lr, Step n, double power, Step t) { return schedule::polynomial(lr, n, power)(t); }, 0.1, period,
          2.0, factor),
      probe(
          {"schedule::cyclic", "its parts"},
          [](double least, double most, Step up, Step down, Step t) {
            return schedule::cyclic(least, most, up, down)(t);
          },
          0.1, 0.2, period, factor, Step{17}),
      probe(
          {"schedule::one_cycle", "its parts"},
          [](const schedule::OneCycle& o, Step t) { return schedule::one_cycle(o)(t); },
          schedule::OneCycle{.lr_max = 0.1, .steps = 10}, factor),
      probe(
          {"schedule::one_cycle_momentum", "schedule::one_cycle"},
          [](const schedule::OneCycle& o, Step t) { return schedule::one_cycle_momentum(o)(t); },
          schedule::OneCycle{.lr_max = 0.1, .steps = 10}, factor),
      probe(
          {"schedule::sequence", "its parts"},
          [](const std::vector<optim::Schedule>& parts, const Steps& at, Step t) {
            return schedule::sequence(parts, at)(t);
          },
          std::vector<optim::Schedule>{schedule::constant(1), schedule::constant(2)}, Steps{5}, period),
      probe(
          {"follow", "SGD"},
          [](const optim::Schedule& rate) {
            optim::SGD sgd({nn::Parameter(ones({2}))}, {.lr = 0.1});
            optim::follow(rate, sgd);
            return sgd.lr();
          },
          schedule::constant(0.1)),
      probe(
          {"follow", "SGD"},
          [](const std::vector<optim::Schedule>& rates, Step group) {
            optim::SGD sgd({nn::Parameter(ones({2}))}, {.lr = 0.1});
            optim::follow(rates, sgd);
            optim::follow(schedule::constant(0.1), sgd, static_cast<std::size_t>(group));
          },
          std::vector<optim::Schedule>{schedule::constant(0.1)}, Step{0}),
      probe(
          {"scale_lr", "SGD"},
          [](const optim::Schedule& one, const std::vector<optim::Schedule>& each, double ratio) {
            optim::SGD sgd({nn::Parameter(ones({2}))}, {.lr = 0.1});
            optim::scale_lr(one, sgd);
            optim::scale_lr(each, sgd);
            optim::scale_lr(ratio, sgd);
            return sgd.lr();
          },
          schedule::constant(0.5), std::vector<optim::Schedule>{schedule::constant(0.5)}, 0.5),
      probe(
          {"ReduceOnPlateau", "its parts"},
          [](const optim::PlateauOptions& options, double value) {
            optim::ReduceOnPlateau plateau(options);
            for (int i = 0; i < 15; ++i) plateau(value);
            plateau.load_state(plateau.state());
            return plateau(value);
          },
          optim::PlateauOptions{}, -1.0),
  };
}

TEST_CASE("optimizers, schedules and clipping stand wrong calls") { run(optimizer_probes()); }

}  // namespace xgrad::test
