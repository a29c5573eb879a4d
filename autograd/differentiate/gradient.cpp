#include <autograd/differentiate/gradient.hpp>

#include <algorithm>
#include <optional>

#include <autograd/differentiate/check_function.hpp>
#include <autograd/differentiate/dependencies.hpp>
#include <autograd/differentiate/differentiate.hpp>
#include <autograd/ops/common.hpp>
#include <autograd/out_of_memory.hpp>

namespace xgrad {
namespace {

void check_floating(const char* argument, const Tensor& tensor) {
  if (!tensor.defined()) fail("gradient", std::string(argument) + " is an undefined Tensor");
  if (!is_floating(tensor.dtype())) {
    fail("gradient", std::string(argument) + " has dtype " + std::string(to_string(tensor.dtype())) +
                         "; only float32 and float64 tensors have gradients");
  }
}

Tensor cotangent_for(const Tensor& y, const GradientOptions& options) {
  if (!options.cotangent.defined()) {
    if (y.size() != 1) {
      fail("gradient", "y has shape " + to_string(y.shape()) +
                           "; give a cotangent of that shape, or reduce y to one element, as by sum or mean");
    }
    return ones(y.shape(), computed_in(y.dtype()));
  }
  if (options.cotangent.shape() != y.shape()) {
    fail("gradient", "the cotangent has shape " + to_string(options.cotangent.shape()) + "; y has shape " +
                         to_string(y.shape()) + ", and the cotangent must have the same");
  }
  return cast(options.cotangent, computed_in(y.dtype()));
}

}  // namespace

namespace {

std::vector<Tensor> found_gradient(const Tensor& y, const std::vector<Tensor>& xs, const GradientOptions& options) {
  check_floating("y", y);
  for (const Tensor& x : xs) check_floating("x", x);
  Recorder& list = recorder();
  const bool taped = list.tapes > 0;
  const RecordingScope scope(list);
  const ListGuard guard(list);
  list.deriving = true;
  check_recipes(list, y, xs);
  const Tensor cotangent = cotangent_for(y, options);
  std::vector<Tensor> gradients = differentiate(y, cotangent, xs);
  if (!std::ranges::all_of(gradients, &Tensor::defined)) check_reaches_end(list, *y.node(), xs, taped);
  std::optional<Dependencies> dependencies;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    Tensor& found = gradients[i];
    if (!found.defined()) {
      if (!options.materialize_grads && !dependencies) dependencies.emplace(list, *y.node());
      if (options.materialize_grads || dependencies->hold(*xs[i].node())) {
        found = zeros_like(xs[i]);
      } else if (options.allow_unused) {
        continue;
      } else {
        fail("gradient", "y does not depend on x number " + std::to_string(i) + ", of shape " +
                             to_string(xs[i].shape()) +
                             "; give {.allow_unused = true} for an undefined gradient, which optimizers pass over, or "
                             "{.materialize_grads = true} for zeros");
      }
    }
    const DType dtype = computed_in(xs[i].dtype());
    if (found.dtype() != dtype) found = cast(found, dtype);
  }
  return gradients;
}

}  // namespace

std::vector<Tensor> gradient(const Tensor& y, const std::vector<Tensor>& xs, const GradientOptions& options) {
  return with_memory("gradient", [&] { return found_gradient(y, xs, options); });
}

Tensor gradient(const Tensor& y, const Tensor& x, const GradientOptions& options) {
  return with_memory("gradient", [&] { return found_gradient(y, std::vector<Tensor>{x}, options).front(); });
}

std::vector<Tensor> gradient(const Tensor& y, std::initializer_list<Tensor> xs, const GradientOptions& options) {
  return gradient(y, std::vector<Tensor>(xs), options);
}

Tensor gradient(const TensorFunction& f, const Tensor& x) {
  check_function("gradient", f);
  const Tape tape;
  const Tensor at = ops::alias(x);
  return tape.gradient(f(at), at, {.materialize_grads = true});
}

std::vector<Tensor> gradient(const TensorsFunction& f, const std::vector<Tensor>& xs) {
  check_function("gradient", f);
  const Tape tape;
  const std::vector<Tensor> at = ops::aliases(xs);
  return tape.gradient(f(at), at, {.materialize_grads = true});
}

std::pair<Tensor, Tensor> vjp(const TensorFunction& f, const Tensor& x, const Tensor& cotangent) {
  check_function("vjp", f);
  const Tape tape;
  const Tensor at = ops::alias(x);
  Tensor y = f(at);
  Tensor product = tape.gradient(y, at, {.cotangent = cotangent, .materialize_grads = true});
  return {std::move(y), std::move(product)};
}

std::pair<Tensor, std::vector<Tensor>> vjp(const TensorsFunction& f, const std::vector<Tensor>& xs,
                                           const Tensor& cotangent) {
  check_function("vjp", f);
  const Tape tape;
  const std::vector<Tensor> at = ops::aliases(xs);
  Tensor y = f(at);
  std::vector<Tensor> products = tape.gradient(y, at, {.cotangent = cotangent, .materialize_grads = true});
  return {std::move(y), std::move(products)};
}

}  // namespace xgrad
