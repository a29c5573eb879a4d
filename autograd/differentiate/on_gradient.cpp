#include <autograd/differentiate/on_gradient.hpp>

#include <algorithm>

#include <autograd/batched_call.hpp>
#include <autograd/kernel/array.hpp>
#include <autograd/ops/common.hpp>
#include <autograd/per_thread.hpp>

namespace xgrad {
namespace {

using Function = std::function<Tensor(const Tensor& gradient, bool wanted)>;

/// The calls whose function runs on this thread. One that asks for a gradient through itself would never end.
thread_local constinit PerThread<std::vector<const Node*>> running;

class Running {
 public:
  explicit Running(const Node* call) {
    if (std::ranges::find(*running, call) != running->end())
      fail("on_gradient", "the function asks for a gradient that leads through the tensor whose gradient it got");
    running->push_back(call);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() { running->pop_back(); }
};

void on_gradient_vjp(Vjp& v) {
  const Running scope(v.output().node());
  const Tensor& gradient = v.cotangent();
  const Tensor given = v.attributes().as<Function>()(gradient, v.input_count() > 1 && v.wants(1));
  if (!given.defined()) return v.give(0, gradient);
  if (given.shape() != gradient.shape() || given.dtype() != gradient.dtype()) {
    fail("on_gradient", "the function gives a tensor of shape " + to_string(given.shape()) + " and dtype " +
                            std::string(to_string(given.dtype())) + " for a gradient of shape " +
                            to_string(gradient.shape()) + " and dtype " + std::string(to_string(gradient.dtype())) +
                            "; expected the same");
  }
  v.give(0, given);
}

Tensor on_gradient_batch(const BatchedCall& b) {
  std::vector<Tensor> inputs{b.mapped(0)};
  if (b.input_count() > 1) inputs.push_back(b.input(1));
  return b.record(inputs, b.attributes());
}

constexpr Primitive on_gradient_primitive{
    .name = "on_gradient",
    .doc = "x, with a function on its gradient",
    .vjp = &on_gradient_vjp,
    .traits = ViewTraits{.view = &run::same_view, .identity = true},
    .batch = &on_gradient_batch,
    .samples = [] {
      return std::vector<Sample>{{"looks",
                                  [](const std::vector<Tensor>& x) {
                                    return square(on_gradient(x[0], [](const Tensor& gradient) { return gradient; }));
                                  },
                                  {tensor({{1, -2}, {3, 0.5}}, float64)}}};
    }};

Tensor recorded(std::span<const Tensor> inputs, const Function& f) {
  return record(on_gradient_primitive, inputs, inputs[0].shape(), inputs[0].dtype(), f);
}

}  // namespace

Tensor on_gradient(const Tensor& x, std::function<Tensor(const Tensor& gradient)> f) {
  ops::check_floating("on_gradient", "x", x);
  if (!f) fail("on_gradient", "the function is empty");
  return recorded(std::span(&x, 1), [f = std::move(f)](const Tensor& gradient, bool) { return f(gradient); });
}

Tensor on_gradient(const Tensor& y, const Tensor& x, Function f) {
  ops::check_floating("on_gradient", "y", y);
  ops::check_defined("on_gradient", "x", x);
  if (!f) fail("on_gradient", "the function is empty");
  return recorded(std::vector<Tensor>{y, x}, f);
}

std::span<const Primitive* const> hook_primitives() {
  static constexpr const Primitive* list[] = {&on_gradient_primitive};
  return list;
}

}  // namespace xgrad
