// Logistic regression by Newton's method with the Hessian, and by Gauss-Newton with products alone.
#include <string>

#include <autograd/ops.hpp>
#include <examples/logistic_regression.hpp>
#include <examples/report.hpp>

int main() {
  using namespace xgrad;
  const examples::LogisticData data = examples::draw_logistic_data(500, 5, 1);
  examples::Report report("Logistic regression, 500 samples of 5 features");
  const examples::Fit newton = examples::newton(data);
  const examples::Fit gauss_newton = examples::gauss_newton(data);
  const examples::Fit descent = examples::gradient_descent(data);

  for (std::size_t step = 0; step < newton.norms.size(); ++step)
    report.note("Newton: norm of the gradient after " + std::to_string(step) + " steps", newton.norms[step]);
  report.at_most("Newton: last norm of the gradient", newton.norms.back(), 1e-12);
  report.note("Gauss-Newton: steps", static_cast<double>(gauss_newton.norms.size() - 1));
  report.at_most("Gauss-Newton: last norm of the gradient", gauss_newton.norms.back(), 1e-12);
  report.note("gradient descent: steps", static_cast<double>(descent.norms.size() - 1));
  report.at_most("gradient descent: last norm of the gradient", descent.norms.back(), 1e-12);
  report.at_most("Newton's weights from gradient descent's", max(abs(newton.w - descent.w)).item(), 1e-10);
  report.at_most("Gauss-Newton's weights from gradient descent's", max(abs(gauss_newton.w - descent.w)).item(), 1e-10);
  return report.exit_code();
}
