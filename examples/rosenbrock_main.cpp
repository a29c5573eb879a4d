// Rosenbrock's valley in 2 and 100 dimensions, by L-BFGS.
#include <string>

#include <autograd/ops.hpp>
#include <examples/lbfgs.hpp>
#include <examples/report.hpp>
#include <examples/rosenbrock.hpp>

int main() {
  using namespace xgrad;
  examples::Report report("Rosenbrock's valley by L-BFGS: the minimum is 0, at (1, ..., 1)");
  for (const int n : {2, 100}) {
    const auto found = examples::lbfgs(examples::rosenbrock, examples::rosenbrock_start(n));
    const std::string where = std::to_string(n) + " dimensions: ";
    report.note(where + "iterations", found.iterations);
    report.note(where + "evaluations of function and gradient", found.evaluations);
    report.at_most(where + "value", found.value, 1e-16);
    report.at_most(where + "largest distance from 1", max(abs(found.x - 1)).item(), 1e-8);
  }
  return report.exit_code();
}
