// What gradients cost on the problems of examples/: the time of the gradient over that of the function, both recorded
// anew and run in turns. Below 5 is the aim.
//
//   bench_gradients [--rounds 50]
#include <algorithm>
#include <cstdio>
#include <string>

#include <autograd/differentiate/gradient.hpp>
#include <examples/gaussian_mixture.hpp>
#include <examples/logistic_regression.hpp>
#include <examples/oscillator.hpp>
#include <examples/per_sample_gradients.hpp>
#include <examples/rosenbrock.hpp>

#include "common.hpp"

namespace {

using namespace xgrad;

/// Prints the medians of two programs that run in turns, after three turns that are not counted, and their ratio.
template <class F, class G>
void compare(const char* what, int rounds, F&& floor, G&& program) {
  std::vector<double> floors;
  std::vector<double> times;
  for (int round = -3; round < rounds; ++round) {
    const double first = bench::seconds(floor), second = bench::seconds(program);
    if (round < 0) continue;
    floors.push_back(first);
    times.push_back(second);
  }
  const double base = bench::median(floors) * 1e6, time = bench::median(times) * 1e6;
  std::printf("%-58s %9.1f %9.1f %7.2f\n", what, base, time, time / base);
}

/// A scalar function against its gradient in all its arguments.
void compare_gradient(const char* what, int rounds, const TensorsFunction& f, const std::vector<Tensor>& at) {
  compare(
      what, rounds, [&] { eval(f(at)); }, [&] { eval(gradient(f, at)); });
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = bench::flag(argc, argv, "--rounds", 50);
  std::printf("%s, float64, %d threads, medians of %d, us\n%-58s %9s %9s %7s\n", bench::processor().c_str(),
              num_threads(), rounds, "", "function", "gradient", "ratio");

  const auto data = examples::draw_logistic_data(10000, 20, 1);
  compare_gradient("logistic regression, 10,000 samples of 20 features", rounds,
                   [&](const std::vector<Tensor>& in) { return examples::logistic_loss(data, in[0]); },
                   {zeros({21}, float64)});

  const examples::Mlp network({20, 64, 64, 10});
  const auto samples = examples::draw_samples(256, 20, 10, 1);
  const Tensor parameters = network.initial(2);
  const auto loss = [&](const Tensor& p) { return examples::mean_loss(network, p, samples); };
  compare_gradient("network 20-64-64-10, 256 samples", rounds,
                   [&](const std::vector<Tensor>& in) { return loss(in[0]); }, {parameters});

  const examples::Oscillator oscillator;
  compare_gradient("differential equation, u'' + u over 40 points", rounds,
                   [&](const std::vector<Tensor>& in) { return oscillator.loss(in[0]); },
                   {oscillator.network().initial(1)});

  for (const std::int64_t n : {100, 100000}) {
    const std::string what = "Rosenbrock's valley, " + std::to_string(n) + " dimensions";
    compare_gradient(what.c_str(), rounds, [](const std::vector<Tensor>& in) { return examples::rosenbrock(in[0]); },
                     {examples::rosenbrock_start(n)});
  }

  const auto [mixture, x] = examples::draw_mixture_problem(10000, 10, 25, 1);
  const TensorsFunction objective = [&points = x](const std::vector<Tensor>& in) {
    return examples::gaussian_mixture_objective({in[0], in[1], in[2]}, points, {.gamma = 1, .m = 0});
  };
  compare_gradient("Gaussian mixture, 25 in 10 dimensions, 10,000 points", rounds, objective,
                   {mixture.alpha, mixture.mu, mixture.icf});

  std::printf("\n%-58s %9s %9s %7s\n", "", "one", "other", "ratio");
  const auto mean_gradient = [&] { eval(gradient(loss, parameters)); };
  compare("network: the mean's gradient, those of all samples (vmap)", rounds, mean_gradient,
          [&] { eval(examples::per_sample_gradients(network, parameters, samples)); });
  compare("network: the mean's gradient, those of all samples (loop)", std::min(rounds, 10), mean_gradient,
          [&] { eval(examples::per_sample_gradients_in_a_loop(network, parameters, samples)); });
  compare("network: the gradient, a Hessian-vector product", rounds, mean_gradient,
          [&] { eval(examples::hessian_product(network, parameters, samples, parameters)); });
}
