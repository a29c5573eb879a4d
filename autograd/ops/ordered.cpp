#include <algorithm>

#include <autograd/batched_call.hpp>
#include <autograd/kernel/array.hpp>
#include <autograd/ops/common.hpp>
#include <autograd/ordered.hpp>

namespace xgrad {
namespace {

void ran_kernel(const run::Call& call) {
  std::fill_n(call.result.as<bool>(), static_cast<std::size_t>(call.result.shape.elements()), true);
}

constexpr Primitive ran_primitive{
    .name = "ran",
    .doc = "true once x is computed: what an ordered operation waits for",
    .stops_gradient = true,
    .traits = BlockTraits{.kernel = &ran_kernel},
    .batch = &batch::behind,
    .samples = [] {
      return std::vector<Sample>{
          {.name = "a value",
           .f = [](const std::vector<Tensor>& x) { return record1(ran_primitive, exp(x[0]), {}, DType::boolean); },
           .inputs = {tensor({{1, -2}, {3, 0.5}}, float64)},
           .expected = ones({}, DType::boolean)}};
    }};

}  // namespace

Tensor record_ordered(const Primitive& primitive, std::span<const Tensor> inputs, const Shape& shape, DType dtype,
                      const Attributes& attributes) {
  Tensor& last = recorder().last_ordered;
  if (last.defined() && last.node()->has_value()) last = Tensor();
  // What is recorded for one example of a batch never runs.
  const bool unknown = std::ranges::any_of(inputs, [](const Tensor& x) { return x.defined() && x.node()->unknown; });
  if (unknown) return record(primitive, inputs, shape, dtype, attributes);
  std::vector<Tensor> operands(inputs.begin(), inputs.end());
  if (last.defined()) {
    operands.push_back(record1(ran_primitive, last, {}, DType::boolean));
    operands.back().node()->derived = false;  // waiting for a derivative does not make it one
  }
  last = record(primitive, operands, shape, dtype, attributes);
  return last;
}

std::span<Node* const> recorded_inputs(const Node& node) noexcept {
  const std::span<Node* const> inputs = node.inputs();
  const bool waits = node.primitive->is_ordered() && !inputs.empty() && inputs.back()->primitive == &ran_primitive;
  return waits ? inputs.first(inputs.size() - 1) : inputs;
}

std::span<const Primitive* const> ordered_primitives() {
  static constexpr const Primitive* list[] = {&ran_primitive};
  return list;
}

}  // namespace xgrad
