#include <autograd/differentiate/vmap.hpp>

#include <autograd/differentiate/batching.hpp>
#include <autograd/differentiate/check_function.hpp>
#include <autograd/ops/common.hpp>

namespace xgrad {
namespace {

/// The axis of input i that counts examples, from the start; none where all share the input.
std::optional<int> mapped_axis(const Tensor& x, std::size_t i, const VmapOptions& options) {
  const std::optional<int> axis = options.in_axes.empty() ? std::optional<int>(0) : options.in_axes[i];
  if (!axis) return {};
  if (x.rank() == 0) {
    fail("vmap", "input number " + std::to_string(i) +
                     " is a scalar, shape (), which has no axis of examples; give nullopt in in_axes for an input that "
                     "all examples share");
  }
  return ops::checked_axis("vmap", *axis, x.shape());
}

Tensor axis_first(const Tensor& x, int axis) {
  std::vector<int> order{axis};
  for (int i = 0; i < x.rank(); ++i)
    if (i != axis) order.push_back(i);
  return transpose(x, order);
}

std::vector<Tensor> map(const TensorsToTensors& f, const std::vector<Tensor>& xs, const VmapOptions& options) {
  if (!options.in_axes.empty() && options.in_axes.size() != xs.size()) {
    fail("vmap", std::to_string(xs.size()) + " inputs were given and in_axes has " +
                     std::to_string(options.in_axes.size()) + " entries; expected one for each");
  }
  const Tape tape;
  std::vector<Tensor> examples, placeholders, values;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    ops::check_defined("vmap", "x", xs[i]);
    const std::optional<int> axis = mapped_axis(xs[i], i, options);
    if (!axis) {
      examples.push_back(xs[i]);
      continue;
    }
    values.push_back(axis_first(xs[i], *axis));
    if (values.back().size(0) != values.front().size(0)) {
      fail("vmap", "input number " + std::to_string(i) + " has shape " + to_string(xs[i].shape()) + " with " +
                       std::to_string(values.back().size(0)) + " examples along axis " + std::to_string(*axis) +
                       ", an earlier input has " + std::to_string(values.front().size(0)) + "; expected as many");
    }
    Shape shape = values.back().shape();
    shape.erase(0);
    placeholders.push_back(example_placeholder(shape, xs[i].dtype()));
    examples.push_back(placeholders.back());
  }
  if (values.empty())
    fail("vmap", "none of " + std::to_string(xs.size()) + " inputs is mapped; expected at least one with an axis");
  const std::vector<Tensor> outputs = f(examples);
  for (const Tensor& y : outputs) {
    ops::check_defined("vmap", "f(x)", y);
    if (y.rank() == Shape::max_rank)
      fail("vmap",
           "f(x) has shape " + to_string(y.shape()) + " for one example, which leaves no room for a batch axis");
  }
  return batched(outputs, placeholders, values, values.front().size(0));
}

}  // namespace

TensorsToTensors vmap(TensorsToTensors f, const VmapOptions& options) {
  check_function("vmap", f);
  return [f = std::move(f), options](const std::vector<Tensor>& xs) { return map(f, xs, options); };
}

TensorsFunction vmap(TensorsFunction f, const VmapOptions& options) {
  check_function("vmap", f);
  return [f = std::move(f), options](const std::vector<Tensor>& xs) {
    return map([&](const std::vector<Tensor>& example) { return std::vector<Tensor>{f(example)}; }, xs, options)
        .front();
  };
}

TensorFunction vmap(TensorFunction f, const VmapOptions& options) {
  check_function("vmap", f);
  return [f = std::move(f), options](const Tensor& x) {
    return map([&](const std::vector<Tensor>& example) { return std::vector<Tensor>{f(example.front())}; }, {x},
               options)
        .front();
  };
}

}  // namespace xgrad
