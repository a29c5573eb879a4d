#include <examples/gan.hpp>

#include <autograd/autograd.hpp>

namespace xgrad::examples {

namespace {

nn::Sequential network(std::int64_t inputs, std::int64_t units, std::int64_t outputs) {
  return {nn::Linear(inputs, units), nn::ReLU(), nn::Linear(units, units), nn::ReLU(), nn::Linear(units, outputs)};
}

}  // namespace

Gan::Gan(std::int64_t dimensions, const GanOptions& options)
    : generator(network(options.noise, options.units, dimensions)), critic(network(dimensions, options.units, 1)) {}

Tensor Gan::sample(std::int64_t count) const {
  const std::int64_t noise = generator.parameters()[0].shape()[1];
  return generator(randn({count, noise}));
}

CriticLoss critic_loss(const nn::Module& critic, const Tensor& real, const Tensor& fake, double penalty) {
  const Tensor share = rand({real.size(0), 1}), between = share * real + (1 - share) * fake;
  // The slopes are recorded as everything is, so the loss is differentiable through them.
  const Tensor slopes = gradient(sum(critic(between)), between);
  const Tensor norms = norm(slopes, 2, 1);
  const Tensor distance = mean(critic(real)) - mean(critic(fake));
  return {.loss = penalty * mean(square(norms - 1)) - distance, .distance = distance, .slope_norm = mean(norms)};
}

Gan train_gan(const Tensor& points, const GanOptions& options,
              const std::function<void(const GanProgress&, const Gan&)>& progress) {
  Generator random(options.seed);
  const GeneratorScope scope(random);
  const Gan gan(points.size(1), options);
  optim::Adam generator_adam(gan.generator.parameters(), {.lr = options.lr, .beta1 = 0.5, .beta2 = 0.9});
  optim::Adam critic_adam(gan.critic.parameters(), {.lr = options.lr, .beta1 = 0.5, .beta2 = 0.9});
  const optim::Schedule rate = optim::schedule::cosine(options.lr, options.steps);

  for (std::int64_t step = 0; step <= options.steps; ++step) {
    CriticLoss critic;
    for (std::int64_t i = 0; i < options.critic_steps; ++i) {
      Tape tape;
      const Tensor real = take(points, randint(points.size(0), {options.batch}));
      critic = critic_loss(gan.critic, real, gan.sample(options.batch), options.penalty);
      critic_adam.step(tape.gradient(critic.loss, gan.critic.parameters()));
    }
    if (progress && step % options.report_every == 0) {
      Generator other = random.fork(static_cast<std::uint64_t>(step));  // so that to look changes nothing
      const GeneratorScope looking(other);
      progress({.step = step, .distance = critic.distance.item(), .slope_norm = critic.slope_norm.item()}, gan);
    }
    generator_adam.set_lr(rate(step));
    critic_adam.set_lr(rate(step));
    Tape tape;
    const Tensor loss = -mean(gan.critic(gan.sample(options.batch)));
    generator_adam.step(tape.gradient(loss, gan.generator.parameters()));
  }
  return gan;
}

}  // namespace xgrad::examples
