#include <autograd/transforms/on_gradient.hpp>

#include <algorithm>
#include <atomic>
#include <bit>

#include <autograd/batch.hpp>
#include <autograd/ops/common.hpp>
#include <autograd/per_thread.hpp>
#include <autograd/run/array.hpp>

namespace xgrad {
namespace {

using Function = std::function<Tensor(const Tensor& gradient, bool wanted)>;

/// What attributes[0] of a recorded call is the address of.
struct Hook {
  Function function;
  std::atomic<int> references{0};
};

Hook& hook_of(const Attributes& attributes) noexcept { return *std::bit_cast<Hook*>(attributes[0]); }

void hold(const Attributes& attributes, int change) {
  Hook& hook = hook_of(attributes);
  if (hook.references.fetch_add(change, std::memory_order_acq_rel) + change == 0) delete &hook;
}

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
  const Tensor given = hook_of(v.attributes()).function(gradient, v.input_count() > 1 && v.wants(1));
  if (!given.defined()) return v.give(0, gradient);
  if (given.shape() != gradient.shape() || given.dtype() != gradient.dtype()) {
    fail("on_gradient", "the function gives a tensor of shape " + to_string(given.shape()) + " and dtype " +
                            std::string(to_string(given.dtype())) + " for a gradient of shape " +
                            to_string(gradient.shape()) + " and dtype " + std::string(to_string(gradient.dtype())) +
                            "; expected the same");
  }
  v.give(0, given);
}

Tensor on_gradient_batch(const Batch& b) {
  std::vector<Tensor> inputs{b.mapped(0)};
  if (b.input_count() > 1) inputs.push_back(b.input(1));
  return b.record(inputs, b.attributes());
}

constexpr Primitive on_gradient_primitive{
    .name = "on_gradient",
    .doc = "x, with a function on its gradient",
    .execution = Execution::view,
    .vjp = &on_gradient_vjp,
    .view = &run::same_view,
    .identity = true,
    .batch = &on_gradient_batch,
    .hold = &hold,
    .samples = [] {
      return std::vector<Sample>{{"looks",
                                  [](const std::vector<Tensor>& x) {
                                    return square(on_gradient(x[0], [](const Tensor& gradient) { return gradient; }));
                                  },
                                  {tensor({{1, -2}, {3, 0.5}}, float64)}}};
    }};

Tensor recorded(std::span<const Tensor> inputs, Function f) {
  const Attributes attributes{std::bit_cast<std::int64_t>(new Hook{std::move(f)})};
  hold(attributes, 1);
  const struct Released {
    const Attributes& attributes;
    ~Released() { hold(attributes, -1); }
  } released{attributes};
  return record(on_gradient_primitive, inputs, inputs[0].shape(), inputs[0].dtype(), attributes);
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
  return recorded(std::vector<Tensor>{y, x}, std::move(f));
}

std::span<const Primitive* const> hook_primitives() {
  static constexpr const Primitive* list[] = {&on_gradient_primitive};
  return list;
}

}  // namespace xgrad
