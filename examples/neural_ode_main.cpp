// A network in the place of a differential equation: it learns how a pendulum moves from noisy observations.
#include <examples/arguments.hpp>
#include <examples/neural_ode.hpp>
#include <examples/report.hpp>

int main(int argc, char** argv) {
  using namespace xgrad;
  return examples::run_example(argc, argv, {}, [](const examples::Arguments& arguments) {
    examples::Report report("A neural differential equation of a pendulum");
    examples::NeuralOdeOptions options;
    if (arguments.brief) options.steps = 300;
    const auto trained = examples::train_ode(examples::observe_pendulum(options), options);

    // From starts that were not observed, and twice as long as anything was observed.
    const Tensor starts = tensor({{1.8, 0}, {-1, 1.5}, {0.5, -1.5}});
    const Tensor expected = examples::solve_ode(examples::pendulum(4, 0.3), starts, 0.1, 120);
    const Tensor found = examples::solve_ode(trained.network, starts, 0.1, 120);
    report.note("loss, at the start", trained.losses.front());
    report.note("loss, in the end", trained.losses.back());
    report.note("variance of the noise", options.noise * options.noise);
    report.note("root mean square of the true trajectories", sqrt(mean(square(expected))).item());
    report.at_most("error of the network's, from other starts, in 12 s", sqrt(nn::mse_loss(found, expected)).item(),
                   arguments.brief ? 0.3 : 0.05);
    report.seconds();
    return report.exit_code();
  });
}
