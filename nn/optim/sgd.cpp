#include <nn/optim/sgd.hpp>

#include <autograd/ops.hpp>

namespace xgrad::optim {
namespace {

std::vector<std::string> remembered_by(const SGDOptions& options) {
  return options.momentum > 0 ? std::vector<std::string>{"momentum_buffer"} : std::vector<std::string>{};
}

}  // namespace

SGD::SGD(const nn::ParameterList& parameters, const SGDOptions& options)
    : Optimizer("SGD", parameters, options.lr, remembered_by(options)), options_(options) {
  require(options.momentum >= 0, "momentum", options.momentum, "at least 0");
  require(options.weight_decay >= 0, "weight_decay", options.weight_decay, "at least 0");
  require(options.dampening >= 0, "dampening", options.dampening, "at least 0");
  require(!options.nesterov || options.momentum > 0, "momentum", options.momentum, "above 0 for nesterov");
  require(!options.nesterov || options.dampening == 0, "dampening", options.dampening, "0 for nesterov");
}

Tensor SGD::update(std::size_t i, const Tensor& parameter, const Tensor& gradient) {
  const auto& [initial_lr, momentum, dampening, weight_decay, nesterov] = options_;
  const Tensor g = weight_decay > 0 ? gradient + weight_decay * parameter : gradient;
  if (momentum == 0) return parameter - lr() * g;
  Tensor& buffer = remembered(0, i);
  if (steps() == 1)
    buffer = g;
  else
    buffer = momentum * buffer + (dampening == 0 ? g : (1 - dampening) * g);
  return parameter - lr() * (nesterov ? g + momentum * buffer : buffer);
}

}  // namespace xgrad::optim
