#include <examples/policy_gradient.hpp>

#include <numbers>

namespace xgrad::examples {

namespace cart_pole {

Tensor start(std::int64_t n) { return uniform(-0.05, 0.05, {n, 4}); }

Tensor step(const Tensor& state, const Tensor& actions) {
  constexpr double gravity = 9.8, cart_mass = 1, pole_mass = 0.1, half_length = 0.5, seconds = 0.02, newtons = 10;
  constexpr double mass = cart_mass + pole_mass;
  const std::vector<Tensor> s = unbind(state, 1);
  const Tensor &position = s[0], &velocity = s[1], &angle = s[2], &spin = s[3];
  const Tensor force = newtons * (2 * actions - 1), sine = sin(angle), cosine = cos(angle);
  const Tensor push = (force + pole_mass * half_length * square(spin) * sine) / mass;
  const Tensor turn = (gravity * sine - cosine * push) / (half_length * (4.0 / 3 - pole_mass * square(cosine) / mass));
  const Tensor acceleration = push - pole_mass * half_length * turn * cosine / mass;
  return stack(
      {position + seconds * velocity, velocity + seconds * acceleration, angle + seconds * spin, spin + seconds * turn},
      1);
}

Tensor upright(const Tensor& state) {
  constexpr double steepest = 12 * std::numbers::pi / 180;
  return (abs(state[{Slice{}, 0}]) <= 2.4) & (abs(state[{Slice{}, 2}]) <= steepest);
}

}  // namespace cart_pole

double Episodes::mean_length() const { return mean(sum(running, 0)).item(); }

Episodes run_episodes(const nn::Module& policy, std::int64_t carts) {
  std::vector<Tensor> states, actions, running;
  Tensor state = cart_pole::start(carts), upright = cart_pole::upright(state);
  for (std::int64_t t = 0; t < cart_pole::longest && any(upright); ++t) {
    states.push_back(state);
    running.push_back(upright);
    actions.push_back(categorical(policy(state)));
    state = cart_pole::step(state, actions.back());
    upright = upright & cart_pole::upright(state);
  }
  return {.states = stack(states), .actions = stack(actions), .running = stack(running).to(float32)};
}

Tensor returns(const Tensor& running, double discount) {
  std::vector<Tensor> result(static_cast<std::size_t>(running.size(0)));
  Tensor later = 0.0F;
  for (std::size_t t = result.size(); t-- > 0;) {
    later = running[static_cast<std::int64_t>(t)] * (1 + discount * later);
    result[t] = later;
  }
  return stack(result);
}

TrainedPolicy train_policy(const PolicyGradientOptions& options) {
  Generator generator(options.seed);
  const GeneratorScope scope(generator);
  nn::Sequential policy{nn::Linear(4, options.units), nn::Tanh(), nn::Linear(options.units, 2)};
  nn::Sequential value{nn::Linear(4, options.units), nn::Tanh(), nn::Linear(options.units, 1)};
  optim::Adam policy_adam(policy.parameters(), {.lr = options.lr});
  optim::Adam value_adam(value.parameters(), {.lr = options.lr});
  // Returns are at most 1 / (1 - discount).
  const auto expected = [&](const Tensor& states) { return squeeze(value(states), 2) / (1 - options.discount); };
  std::vector<double> lengths;

  for (std::int64_t update = 0; update < options.updates; ++update) {
    const Episodes episodes = run_episodes(policy, options.carts);
    lengths.push_back(episodes.mean_length());
    const Tensor steps = sum(episodes.running), to_come = returns(episodes.running, options.discount);
    const auto mean_of_steps = [&](const Tensor& x) { return sum(x * episodes.running) / steps; };

    // The baseline leaves the expected gradient of the policy as it is, and makes it less noisy.
    for (std::int64_t i = 0; options.baseline && i < options.value_steps; ++i) {
      Tape tape;
      const Tensor error = expected(episodes.states) - to_come;
      value_adam.step(tape.gradient(mean_of_steps(square(error)), value.parameters()));
    }
    const Tensor surprise = options.baseline ? to_come - expected(episodes.states) : to_come;
    const Tensor advantage = surprise / sqrt(mean_of_steps(square(surprise)));

    Tape tape;
    const Tensor log_probability =
        squeeze(gather(log_softmax(policy(episodes.states)), 2, expand_dims(episodes.actions, 2)), 2);
    policy_adam.step(tape.gradient(-mean_of_steps(log_probability * advantage), policy.parameters()));
  }
  return {.policy = policy, .lengths = lengths};
}

}  // namespace xgrad::examples
