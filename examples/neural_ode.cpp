#include <examples/neural_ode.hpp>

namespace xgrad::examples {

Tensor solve_ode(const Dynamics& f, const Tensor& start, double step, std::int64_t steps) {
  std::vector<Tensor> states{start};
  for (std::int64_t i = 0; i < steps; ++i) {
    const Tensor& u = states.back();
    const Tensor k1 = f(u);
    const Tensor k2 = f(u + step / 2 * k1);
    const Tensor k3 = f(u + step / 2 * k2);
    const Tensor k4 = f(u + step * k3);
    states.push_back(u + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4));
  }
  return stack(states);
}

Dynamics pendulum(const Tensor& stiffness, const Tensor& friction) {
  return [=](const Tensor& state) {
    const Tensor angle = state[{ellipsis, 0}], spin = state[{ellipsis, 1}];
    return stack({spin, -stiffness * sin(angle) - friction * spin}, -1);
  };
}

Tensor observe_pendulum(const NeuralOdeOptions& options) {
  Generator generator(options.seed);
  const GeneratorScope scope(generator);
  const Tensor start = stack({uniform(-2, 2, {options.trajectories}), uniform(-2, 2, {options.trajectories})}, 1);
  const Tensor states = solve_ode(pendulum(4, 0.3), start, options.interval, options.observations - 1);
  const Tensor observed = states + options.noise * randn_like(states);
  eval({observed});
  return observed;
}

TrainedOde train_ode(const Tensor& observed, const NeuralOdeOptions& options) {
  Generator generator(options.seed);
  const GeneratorScope scope(generator);
  const std::int64_t units = options.units, trajectories = observed.size(1);
  TrainedOde result{
      .network = {nn::Linear(2, units), nn::Tanh(), nn::Linear(units, units), nn::Tanh(), nn::Linear(units, 2)},
      .losses = {}};
  optim::Adam adam(result.network.parameters(), {.lr = options.lr});
  const optim::Schedule rate = optim::schedule::cosine(options.lr, options.steps);
  const Tensor flat = reshape(observed, {-1, 2});  // observation i of trajectory j is row i * trajectories + j
  const Tensor along = expand_dims(trajectories * arange(options.piece), 1);

  for (std::int64_t step = 0; step < options.steps; ++step) {
    // Pieces of the observed trajectories, (piece, batch, 2).
    const Tensor first = randint((observed.size(0) - options.piece + 1) * trajectories, {options.batch});
    const Tensor piece = take(flat, first + along);
    optim::follow(rate, adam);
    Tape tape;
    const Tensor solution = solve_ode(result.network, piece[0], options.interval, options.piece - 1);
    const Tensor loss = nn::mse_loss(solution, piece);
    adam.step(tape.gradient(loss, result.network.parameters()));
    result.losses.push_back(loss.item());
  }
  return result;
}

}  // namespace xgrad::examples
