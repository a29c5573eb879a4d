// Hamiltonian Monte Carlo, of a correlated and of a bent Gaussian whose moments are known.
#include <examples/arguments.hpp>
#include <examples/hmc.hpp>
#include <examples/report.hpp>

int main(int argc, char** argv) {
  using namespace xgrad;
  return examples::run_example(argc, argv, {}, [](const examples::Arguments& arguments) {
    examples::Report report("Hamiltonian Monte Carlo in 64 chains");
    const examples::HmcOptions options = {.samples = arguments.brief ? 500 : 5000};
    const Tensor mean = tensor({1, -2, 0.5}, float64);
    const Tensor covariance = tensor({{1, 0.9, 0}, {0.9, 2, -0.5}, {0, -0.5, 0.5}}, float64);
    struct Target {
      std::string name;
      examples::LogDensity log_density;
      Tensor mean, covariance;
    };
    const std::vector<Target> targets = {
        {"Gaussian", examples::gaussian(mean, covariance), mean, covariance},
        {"banana", examples::banana(2, 0.25), zeros({2}, float64), diag(tensor({4, 3}, float64))}};

    for (const Target& target : targets) {
      const auto found = examples::hmc(target.log_density, target.mean.size(), options);
      const Tensor centred = found.samples - target.mean;
      const Tensor products = expand_dims(centred, 3) * expand_dims(centred, 2);  // (samples, chains, D, D)
      const auto error = [](const Tensor& samples, const Tensor& expected) {
        return max(abs(xgrad::mean(samples, {0, 1}) - expected) / examples::standard_error(samples)).item();
      };
      report.note(target.name + ": step", found.step);
      report.at_least(target.name + ": share of moves accepted", found.accepted, 0.6);
      report.at_most(target.name + ": the same", found.accepted, 0.95);
      report.at_most(target.name + ": error of the mean, in standard errors", error(found.samples, target.mean), 4);
      report.at_most(target.name + ": error of the covariance, in standard errors", error(products, target.covariance),
                     4);
      report.note(target.name + ": largest standard error of the covariance",
                  max(examples::standard_error(products)).item());
    }
    report.seconds();
    return report.exit_code();
  });
}
