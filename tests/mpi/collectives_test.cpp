#include <doctest/doctest.h>

#include <numeric>
#include <vector>

#include <autograd/autograd.hpp>
#include <autograd/distributed/collectives.hpp>

#include "autograd/expect.hpp"

namespace xgrad {
namespace {

using distributed::ReduceOp;
using distributed::world;

Tensor own(const Shape& shape, DType dtype = float64) {
  return (arange(shape.elements()).reshape(NewShape(shape)) + 100 * world().rank()).to(dtype);
}

/// What rank r's own() is.
Tensor of_rank(int r, const Shape& shape, DType dtype = float64) {
  return (arange(shape.elements()).reshape(NewShape(shape)) + 100 * r).to(dtype);
}

std::vector<Tensor> of_all(const Shape& shape, DType dtype = float64) {
  std::vector<Tensor> all;
  for (int r = 0; r < world().size(); ++r) all.push_back(of_rank(r, shape, dtype));
  return all;
}

}  // namespace

TEST_CASE("several ranks are there") { REQUIRE(world().size() > 1); }

TEST_CASE("collectives of MPI give every rank what their definitions say") {
  const int size = world().size(), rank = world().rank();
  for (const DType dtype : {int64, float32, float64}) {
    CAPTURE(to_string(dtype));
    const Tensor total = sum(stack(of_all({6}, dtype)), 0);
    CHECK(test::difference(distributed::all_reduce(own({6}, dtype)), total) == "");
    CHECK(test::difference(distributed::reduce(own({6}, dtype), size - 1),
                           rank == size - 1 ? total : zeros({6}, dtype)) == "");
    const Tensor joined = concatenate(of_all({3, 2}, dtype), 1);
    CHECK(test::difference(distributed::all_gather(own({3, 2}, dtype), 1), joined) == "");
    const Tensor wide = sum(stack(of_all({2 * size}, dtype)), 0);
    CHECK(test::difference(distributed::reduce_scatter(own({2 * size}, dtype)),
                           slice(wide, 0, 2 * rank, 2 * rank + 2)) == "");
    CHECK(test::difference(distributed::broadcast(own({6}, dtype), 1), of_rank(1, {6}, dtype)) == "");
    std::vector<Tensor> parts;
    for (const Tensor& x : of_all({2 * size, 3}, dtype)) parts.push_back(slice(x, 0, 2 * rank, 2 * rank + 2));
    CHECK(test::difference(distributed::all_to_all(own({2 * size, 3}, dtype), 0, 1), concatenate(parts, 1)) == "");
  }
  CHECK(distributed::all_gather(tensor({true, rank == 0})).to_vector<bool>()[1]);
  CHECK(distributed::all_gather(cast(own({2}), bfloat16)).dtype() == bfloat16);
}

TEST_CASE("derivatives go through MPI") {
  const int size = world().size(), rank = world().rank();
  const auto loss = [&](const Tensor& x) {
    return sum(square(distributed::all_reduce(x * (rank + 1)))) * (rank + 1) / 2.0;
  };
  // Sum over ranks s of (s + 1) times (r + 1) times the total, which is 2 sum(1..n).
  const double all = size * (size + 1) / 2.0;
  CHECK(test::difference(gradient(loss, test::f64({2, 2})), full({2}, all * (rank + 1) * 2 * all, float64)) == "");
  const Tensor curvature = hvp(loss, test::f64({2, 2}), test::f64({1, 1}));
  CHECK(test::difference(curvature, full({2}, all * (rank + 1) * all, float64)) == "");
}

TEST_CASE("large values go as they are") {
  const Tensor x = own({300, 1000}, float32);
  const Tensor total = sum(stack(of_all({300, 1000}, float32)), 0);
  CHECK(test::difference(distributed::all_reduce(x), total) == "");
}

TEST_CASE("groups of MPI's ranks") {
  const int rank = world().rank();
  const distributed::Communicator pairs = world().split(rank / 2, -rank);
  CHECK(pairs.size() == 2);
  CHECK(pairs.rank() == (rank + 1) % 2);
  const int first = rank / 2 * 2;
  CHECK(test::difference(distributed::all_gather(tensor(static_cast<double>(rank)).to(float64), 0, pairs),
                         tensor({first + 1.0, first + 0.0}, float64)) == "");
  pairs.barrier();
  world().barrier();
}

}  // namespace xgrad
