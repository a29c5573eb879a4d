// A network that solves u'' + u = 0 with u(0) = 0, u'(0) = 1 on [0, pi]: sin(x).
#include <numbers>

#include <autograd/ops.hpp>
#include <examples/oscillator.hpp>
#include <examples/report.hpp>

int main() {
  using namespace xgrad;
  const examples::Oscillator oscillator;
  examples::Report report("u'' + u = 0, u(0) = 0, u'(0) = 1 on [0, pi]: a network finds sin(x)");
  const examples::LbfgsResult found = oscillator.solve(1);
  const Tensor x = linspace(0, std::numbers::pi, 1001, float64);
  report.note("parameters", static_cast<double>(oscillator.network().parameter_count()));
  report.note("iterations of L-BFGS", found.iterations);
  report.note("loss at the start", oscillator.loss(oscillator.network().initial(1)).item());
  report.note("loss at the end", found.value);
  report.at_most("largest |u'' + u|", max(abs(oscillator.residual(found.x, x))).item(), 1e-2);
  report.at_most("largest |u - sin(x)|", max(abs(oscillator.solution(found.x, x) - sin(x))).item(), 1e-3);
  return report.exit_code();
}
