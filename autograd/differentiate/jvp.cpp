#include <autograd/differentiate/jvp.hpp>

#include <autograd/differentiate/check_function.hpp>
#include <autograd/ops/common.hpp>

namespace xgrad {
namespace {

void check_inputs(const char* op, const std::vector<Tensor>& xs, const std::vector<Tensor>& tangents) {
  if (xs.size() != tangents.size()) {
    fail(op, std::to_string(tangents.size()) + " tangents were given for " + std::to_string(xs.size()) +
                 " inputs; expected one for each");
  }
  for (std::size_t i = 0; i < xs.size(); ++i) {
    ops::check_floating(op, "x", xs[i]);
    ops::check_defined(op, "tangent", tangents[i]);
    if (tangents[i].shape() != xs[i].shape()) {
      fail(op, "tangent number " + std::to_string(i) + " has shape " + to_string(tangents[i].shape()) +
                   "; its input has shape " + to_string(xs[i].shape()) + ", and the tangent must have the same");
    }
  }
}

void check_scalar(const char* op, const Tensor& y) {
  ops::check_floating(op, "f(x)", y);
  if (y.size() != 1) fail(op, "f(x) has shape " + to_string(y.shape()) + "; expected one element");
}

/// J v from u^T J, recorded for some u: the gradient, in u, of <u^T J, v>.
Tensor transposed(const std::vector<Tensor>& left, const Tensor& u, const std::vector<Tensor>& tangents) {
  if (left.size() == 1) return gradient(left[0], u, {.cotangent = tangents[0], .materialize_grads = true});
  Tensor product = zeros({}, u.dtype());
  for (std::size_t i = 0; i < left.size(); ++i)
    product = product + cast(sum(left[i] * cast(tangents[i], left[i].dtype())), u.dtype());
  return gradient(product, u, {.materialize_grads = true});
}

/// J v for each of several outputs, whose common input is xs.
std::vector<Tensor> products(const std::vector<Tensor>& ys, const std::vector<Tensor>& xs,
                             const std::vector<Tensor>& tangents) {
  std::vector<Tensor> result;
  for (const Tensor& y : ys) {
    const Tensor u = ones(y.shape(), y.dtype());
    result.push_back(transposed(gradient(y, xs, {.cotangent = u, .materialize_grads = true}), u, tangents));
  }
  return result;
}

}  // namespace

std::pair<Tensor, Tensor> jvp(const TensorsFunction& f, const std::vector<Tensor>& xs,
                              const std::vector<Tensor>& tangents) {
  check_function("jvp", f);
  check_inputs("jvp", xs, tangents);
  const Tape tape;
  const std::vector<Tensor> at = ops::aliases(xs);
  Tensor y = f(at);
  ops::check_floating("jvp", "f(x)", y);
  Tensor product = products({y}, at, tangents).front();
  return {std::move(y), std::move(product)};
}

std::pair<Tensor, Tensor> jvp(const TensorFunction& f, const Tensor& x, const Tensor& tangent) {
  check_function("jvp", f);
  return jvp([&](const std::vector<Tensor>& xs) { return f(xs.front()); }, std::vector<Tensor>{x},
             std::vector<Tensor>{tangent});
}

std::vector<Tensor> hvp(const TensorsFunction& f, const std::vector<Tensor>& xs, const std::vector<Tensor>& vs) {
  check_function("hvp", f);
  check_inputs("hvp", xs, vs);
  const Tape tape;
  const std::vector<Tensor> at = ops::aliases(xs);
  const Tensor y = f(at);
  check_scalar("hvp", y);
  return products(gradient(y, at, {.materialize_grads = true}), at, vs);
}

Tensor hvp(const TensorFunction& f, const Tensor& x, const Tensor& v) {
  check_function("hvp", f);
  return hvp([&](const std::vector<Tensor>& xs) { return f(xs.front()); }, std::vector<Tensor>{x},
             std::vector<Tensor>{v})
      .front();
}

std::pair<Tensor, std::vector<Tensor>> value_and_gradient(const TensorsFunction& f, const std::vector<Tensor>& xs) {
  check_function("value_and_gradient", f);
  for (const Tensor& x : xs) ops::check_floating("value_and_gradient", "x", x);
  const Tape tape;
  const std::vector<Tensor> at = ops::aliases(xs);
  Tensor y = f(at);
  check_scalar("value_and_gradient", y);
  std::vector<Tensor> gradients = gradient(y, at, {.materialize_grads = true});
  return {std::move(y), std::move(gradients)};
}

std::pair<Tensor, Tensor> value_and_gradient(const TensorFunction& f, const Tensor& x) {
  check_function("value_and_gradient", f);
  auto [y, gradients] =
      value_and_gradient([&](const std::vector<Tensor>& xs) { return f(xs.front()); }, std::vector<Tensor>{x});
  return {std::move(y), std::move(gradients.front())};
}

}  // namespace xgrad
