#include <nn/optim/muon.hpp>

#include <algorithm>
#include <cmath>

namespace xgrad::optim {
namespace {

/// A matrix with the singular vectors of another, and singular values near 1.
Tensor orthogonalized(const Tensor& matrix, int steps, double eps) {
  const bool tall = matrix.size(0) > matrix.size(1);
  Tensor x = tall ? transpose(matrix) : matrix;
  x = x / maximum(sqrt(sum(square(x))), eps);
  for (int step = 0; step < steps; ++step) {
    const Tensor a = matmul(x, transpose(x));
    x = 3.4445 * x + matmul(-4.775 * a + 2.0315 * matmul(a, a), x);
  }
  return tall ? transpose(x) : x;
}

double scale_of(MuonScale scale, const Shape& shape) {
  const auto rows = static_cast<double>(shape[0]), columns = static_cast<double>(shape[1]);
  if (scale == MuonScale::match_rms_adamw) return 0.2 * std::sqrt(std::max(rows, columns));
  return std::sqrt(std::max(1.0, rows / std::max(1.0, columns)));
}

}  // namespace

Muon::Muon(const std::vector<ParameterGroup<MuonOptions>>& groups)
    : GroupedOptimizer("Muon", groups, {"momentum_buffer", "exp_avg_sq"}) {
  require_moments();
  for (const MuonOptions& o : all_options()) {
    require(o.momentum >= 0 && o.momentum < 1, "momentum", o.momentum, "in [0, 1)");
    require(o.ns_steps >= 1 && o.ns_steps <= 100, "ns_steps", o.ns_steps, "in [1, 100]");
    require(o.ns_eps >= 0, "ns_eps", o.ns_eps, "at least 0");
  }
  for (std::size_t i = 0; i < parameters().size(); ++i)
    if (orthogonalizes(i)) remembered(1, i) = zeros({0}, parameters()[i].dtype());
}

bool Muon::orthogonalizes(std::size_t i) const {
  return options(i).orthogonalize && parameters()[i].shape().rank() == 2;
}

Tensor Muon::update(std::size_t i, const Tensor& parameter, const Tensor& gradient) {
  const MuonOptions& o = options(i);
  const Tensor g = descent(i, gradient);
  const Tensor decayed = o.weight_decay > 0 ? (1 - rate(i) * o.weight_decay) * parameter : parameter;
  Tensor& m = remembered(0, i);
  if (orthogonalizes(i)) {
    m = o.momentum * m + (1 - o.momentum) * g;
    const Tensor direction = o.nesterov ? o.momentum * m + (1 - o.momentum) * g : m;
    return decayed - rate(i) * scale_of(o.scale, parameter.shape()) * orthogonalized(direction, o.ns_steps, o.ns_eps);
  }
  const auto t = static_cast<double>(updates(i));
  Tensor& v = remembered(1, i);
  m = o.beta1 * m + (1 - o.beta1) * g;
  v = o.beta2 * v + (1 - o.beta2) * square(g);
  const double step_size = rate(i) / (1 - std::pow(o.beta1, t)), root_scale = 1 / std::sqrt(1 - std::pow(o.beta2, t));
  return decayed - step_size * m / (sqrt(v) * root_scale + o.eps);
}

}  // namespace xgrad::optim
