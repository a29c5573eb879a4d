#include <autograd/differentiate/products.hpp>

#include <algorithm>

#include <autograd/differentiate/batching.hpp>
#include <autograd/differentiate/gradient.hpp>
#include <autograd/ops.hpp>

namespace xgrad {
namespace {

/// Numbers in one value of a batch, where the chunk is left to us.
constexpr std::int64_t batch_numbers = std::int64_t{1} << 22;

std::int64_t fitting(const Tensor& y, const Tensor& x, std::int64_t chunk) {
  return chunk > 0 ? chunk : std::max<std::int64_t>(1, batch_numbers / std::max(y.size(), x.size()));
}

/// The product, recorded for a placeholder, for every vector in its place: (vectors, product's elements).
Tensor for_each_seed(const Tensor& product, const Tensor& placeholder, std::int64_t n, const Seeds& seeds,
                     std::int64_t chunk) {
  std::vector<Tensor> parts;
  for (std::int64_t first = 0; first < n;) {
    const std::int64_t count = std::min(chunk, n - first);
    const Tensor part = batched({product}, {placeholder}, {seeds(first, count)}, count).front();
    parts.push_back(part.reshape({count, product.size()}));
    first += count;
  }
  return parts.size() == 1 ? parts.front() : concatenate(parts, 0);
}

}  // namespace

Tensor cotangent_products(const Tensor& y, const Tensor& x, std::int64_t count, const Seeds& cotangents,
                          std::int64_t chunk) {
  const Tensor row = example_placeholder(y.shape(), y.dtype());
  const Tensor product = gradient(y, x, {.cotangent = row, .materialize_grads = true});
  return for_each_seed(product, row, count, cotangents, fitting(y, x, chunk));
}

Tensor tangent_products(const Tensor& y, const Tensor& x, std::int64_t count, const Seeds& tangents,
                        std::int64_t chunk) {
  const Tensor u = ones(y.shape(), y.dtype());
  const Tensor left = gradient(y, x, {.cotangent = u, .materialize_grads = true});
  const Tensor column = example_placeholder(x.shape(), x.dtype());
  const Tensor product = gradient(left, u, {.cotangent = column, .materialize_grads = true});
  return for_each_seed(product, column, count, tangents, fitting(y, x, chunk));
}

void check_chunk(const char* op, std::int64_t chunk) {
  if (chunk < 0) fail(op, "chunk is " + std::to_string(chunk) + "; expected 0 or more");
}

}  // namespace xgrad
