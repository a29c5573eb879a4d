#include <autograd/distributed/collectives.hpp>

#include "../distributed/ranks.hpp"
#include "wrong_calls.hpp"

namespace xgrad::test {
namespace {

/// A call on each of two ranks, whose error is that of the first.
std::function<void()> on_two(std::function<void()> call) {
  return [call = std::move(call)] { distributed::run_ranks(2, call); };
}

}  // namespace

WrongCalls wrong_collectives() {
  using namespace distributed;
  const Tensor x = zeros({3, 2}, float64), flags = zeros({2}, boolean), whole = zeros({2}, int64);
  eval({x, flags, whole});
  return {
      {"all_reduce", Kind::undefined, [] { all_reduce(Tensor()); }, {"'x'"}},
      {"all_reduce", Kind::dtype, [=] { all_reduce(flags); }, {"'x' is bool", "expected int64"}},
      {"all_reduce", Kind::dtype, [=] { all_reduce(whole, ReduceOp::mean); }, {"'x'", "int64", "float32"}},
      {"reduce", Kind::undefined, [] { reduce(Tensor()); }, {"'x'"}},
      {"reduce", Kind::dtype, [=] { reduce(flags); }, {"'x' is bool"}},
      {"reduce", Kind::range, on_two([=] { reduce(x, 2); }), {"root is 2", "0 to 1"}},
      {"broadcast", Kind::undefined, [] { broadcast(Tensor()); }, {"'x'"}},
      {"broadcast", Kind::range, [=] { broadcast(x, -1); }, {"root is -1", "0 to 0"}},
      {"all_gather", Kind::undefined, [] { all_gather(Tensor()); }, {"'x'"}},
      {"all_gather", Kind::axis, [=] { all_gather(x, 2); }, {"axis 2", "(3, 2)"}},
      {"reduce_scatter", Kind::undefined, [] { reduce_scatter(Tensor()); }, {"'x'"}},
      {"reduce_scatter", Kind::dtype, [=] { reduce_scatter(flags); }, {"'x' is bool"}},
      {"reduce_scatter", Kind::axis, [=] { reduce_scatter(x, -3); }, {"axis -3", "(3, 2)"}},
      {"reduce_scatter", Kind::shape, on_two([=] { reduce_scatter(x); }), {"(3, 2)", "axis 0", "ranks, 2"}},
      {"all_to_all", Kind::undefined, [] { all_to_all(Tensor()); }, {"'x'"}},
      {"all_to_all", Kind::axis, [=] { all_to_all(x, 0, 2); }, {"axis 2", "(3, 2)"}},
      {"all_to_all", Kind::shape, on_two([=] { all_to_all(x, 0, 1); }), {"(3, 2)", "axis 0", "ranks, 2"}},
      {"replicated", Kind::undefined, [] { replicated(Tensor()); }, {"'x'"}},
      {"replicated", Kind::dtype, [=] { replicated(whole); }, {"'x' is int64", "floating-point"}},
      {"copy_to_group", Kind::undefined, [] { copy_to_group(Tensor()); }, {"'x'"}},
      {"copy_to_group", Kind::dtype, [=] { copy_to_group(whole); }, {"'x' is int64", "floating-point"}},
      {"reduce_from_group", Kind::undefined, [] { reduce_from_group(Tensor()); }, {"'x'"}},
      {"reduce_from_group", Kind::dtype, [=] { reduce_from_group(whole); }, {"'x' is int64"}},
      {"scatter_to_group", Kind::undefined, [] { scatter_to_group(Tensor()); }, {"'x'"}},
      {"scatter_to_group", Kind::axis, [=] { scatter_to_group(x, 2); }, {"axis 2", "(3, 2)"}},
      {"scatter_to_group", Kind::shape, on_two([=] { scatter_to_group(x, 0); }), {"(3, 2)", "axis 0", "ranks, 2"}},
      {"gather_from_group", Kind::undefined, [] { gather_from_group(Tensor()); }, {"'x'"}},
      {"gather_from_group", Kind::axis, [=] { gather_from_group(x, 2); }, {"axis 2", "(3, 2)"}},
      {"bucketed",
       Kind::undefined,
       [=] {
         bucketed({x, Tensor()});
       },
       {"'xs'"}},
      {"bucketed",
       Kind::dtype,
       [=] {
         bucketed({x, zeros({2})});
       },
       {"'xs'", "float64 and float32"}},
      {"run_ranks", Kind::range, [] { run_ranks(0, [] {}); }, {"0 ranks", "at least 1"}},
  };
}

TEST_CASE("wrong collectives say what is wrong") { check(wrong_collectives()); }

}  // namespace xgrad::test
