#include <algorithm>
#include <limits>

#include <autograd/ops.hpp>
#include <nn/onnx/patterns.hpp>
#include <nn/onnx/writer.hpp>

namespace xgrad::onnx {
namespace {

constexpr std::int64_t open_end = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t open_start = std::numeric_limits<std::int64_t>::min();

Emission reshape_rule(const Recording& recording, std::size_t index) {
  if (auto product = batched_product(recording, index)) return *product;
  const std::size_t input = recording[index].inputs[0];
  return {{input}, [=](Writer& writer) {
            const Step& step = writer.recording()[index];
            writer.bind(index, writer.reshaped(writer.value(input, step.dtype()), step.shape));
          }};
}

Emission transpose_rule(const Recording& recording, std::size_t index) {
  if (auto conv = convolution(recording, index)) return *conv;
  if (auto conv = direct_convolution(recording, index)) return *conv;
  const Step& step = recording[index];
  const auto& order = step.node->attributes.as<ops::PermutationAttributes>();
  std::vector<std::int64_t> perm;
  for (int axis = 0; axis < step.rank(); ++axis) perm.push_back(order[axis]);
  return {step.inputs, [=, input = step.inputs[0]](Writer& writer) {
            writer.add_for(index, "Transpose", {writer.value(input)}, {{"perm", perm}});
          }};
}

/// Extents that the input has already are 1: the operator broadcasts both ways.
Emission broadcast_rule(const Recording& recording, std::size_t index) {
  const Step& step = recording[index];
  const std::size_t input = step.inputs[0];
  Extents shape = step.shape;
  const Extents& own = recording[input].shape;
  for (std::size_t i = 0; i < own.size(); ++i) {
    Extent& to = shape[shape.size() - 1 - i];
    if (to == own[own.size() - 1 - i]) to = 1;
  }
  return {{input}, [=](Writer& writer) {
            const DType dtype = writer.recording()[index].dtype();
            writer.add_for(index, "Expand", {writer.value(input, dtype), writer.extents(shape)});
          }};
}

Emission slice_rule(const Recording& recording, std::size_t index) {
  const Step& step = recording[index];
  const auto& slice = step.node->attributes.as<ops::SliceAttributes>();
  const std::size_t input = step.inputs[0];
  const auto axis = static_cast<std::size_t>(slice.axis);
  const Extent whole = recording[input].shape[axis];
  Extent stop = step.start + step.shape[axis] * slice.step;
  // The last element that is taken decides: behind it the range is open where it would leave the axis.
  const Extent last = stop - slice.step;
  if (slice.step > 0 && (whole - last).fixed() && (whole - last).rest <= slice.step) stop = open_end;
  if (slice.step < 0 && stop.fixed() && stop.rest < 0) stop = open_start;
  return {{input}, [=, start = step.start, step = slice.step](Writer& writer) {
            writer.add_for(index, "Slice",
                           {writer.value(input), writer.extents({start}), writer.extents({stop}),
                            writer.integers({static_cast<std::int64_t>(axis)}), writer.integers({step})});
          }};
}

Emission embed_rule(const Recording& recording, std::size_t index) {
  const Step& step = recording[index];
  const auto& slice = step.node->attributes.as<ops::SliceAttributes>();
  if (slice.step != 1 || step.dtype() == boolean) return {};
  const std::size_t input = step.inputs[0];
  const auto axis = static_cast<std::size_t>(slice.axis);
  Extents pads(2 * step.shape.size(), 0);
  pads[axis] = step.start;
  pads[step.shape.size() + axis] = step.shape[axis] - step.start - recording[input].shape[axis];
  return {{input}, [=](Writer& writer) {
            writer.add_for(
                index, "Pad",
                {writer.value(input), writer.extents(pads), writer.number(0, writer.recording()[index].dtype())});
          }};
}

Emission concatenate_rule(const Recording& recording, std::size_t index) {
  const Step& step = recording[index];
  const std::int64_t axis = step.node->attributes.as<ops::ConcatenateAttributes>().axis;
  return {step.inputs, [=, inputs = step.inputs](Writer& writer) {
            std::vector<std::string> names;
            for (const std::size_t input : inputs)
              names.push_back(writer.value(input, writer.recording()[index].dtype()));
            writer.add_for(index, "Concat", names, {{"axis", axis}});
          }};
}

/// Ranges whose length depends on the batch size; others are constants.
Emission arange_rule(const Recording& recording, std::size_t index) {
  const Step& step = recording[index];
  if (!step.node->attributes.is<ops::IntegerRangeAttributes>()) return {};
  const std::int64_t by = step.node->attributes.as<ops::IntegerRangeAttributes>().step;
  return {{}, [=](Writer& writer) {
            const Step& range = writer.recording()[index];
            const auto scalar = [&](const Extent& extent) { return writer.reshaped(writer.extents({extent}), {}); };
            const std::string value =
                writer.add("Range", {scalar(range.start), scalar(range.start + range.shape[0] * by), scalar(by)});
            writer.bind(index, range.dtype() == int64 ? value : writer.cast(value, range.dtype()));
          }};
}

std::int64_t index_axis(const Step& step) { return step.node->attributes.as<ops::IndexAttributes>().axis; }

template <const char* const& op>
Emission indexing(const Recording& recording, std::size_t index) {
  const Step& step = recording[index];
  return {step.inputs, [=, axis = index_axis(step), x = step.inputs[0], at = step.inputs[1]](Writer& writer) {
            writer.add_for(index, op, {writer.value(x), writer.value(at)}, {{"axis", axis}});
          }};
}
constexpr const char* gather_name = "Gather";
constexpr const char* gather_elements_name = "GatherElements";

Emission scatter_add_rule(const Recording& recording, std::size_t index) {
  const Step& step = recording[index];
  return {
      step.inputs, [=, axis = index_axis(step), values = step.inputs[0], at = step.inputs[1]](Writer& writer) {
        const Step& sums = writer.recording()[index];
        const std::string zeros = writer.add("Expand", {writer.number(0, sums.dtype()), writer.extents(sums.shape)});
        writer.add_for(index, "ScatterElements", {zeros, writer.value(at), writer.value(values)},
                       {{"axis", axis}, {"reduction", std::string("add")}});
      }};
}

Emission one_hot_rule(const Recording& recording, std::size_t index) {
  const Step& step = recording[index];
  const std::int64_t classes = step.node->attributes.as<ops::OneHotAttributes>().classes;
  return {step.inputs, [=, labels = step.inputs[0]](Writer& writer) {
            const std::string own = writer.add("Unsqueeze", {writer.value(labels), writer.integers({-1})});
            const std::string hot = writer.add("Equal", {own, writer.constant(arange(classes))});
            writer.bind(index, writer.cast(hot, writer.recording()[index].dtype()));
          }};
}

/// Indices in order, as many as are wanted.
Emission argsort_rule(const Recording& recording, std::size_t index) {
  const Step& step = recording[index];
  const auto& order = step.node->attributes.as<ops::SortAttributes>();
  if (recording[step.inputs[0]].dtype() == boolean) return {};
  const NodeAttributes attributes{{"axis", order.axis}, {"largest", std::int64_t{order.descending()}}};
  const Extent wanted = step.shape[static_cast<std::size_t>(order.axis)];
  return {
      step.inputs, [=, x = step.inputs[0]](Writer& writer) {
        writer.bind(index, writer.add_results("TopK", {writer.value(x), writer.extents({wanted})}, attributes, 2)[1]);
      }};
}

}  // namespace

const Rules& arranging_rules() {
  static const Rules rules = {
      {"reshape", &reshape_rule},
      {"transpose", &transpose_rule},
      {"broadcast_to", &broadcast_rule},
      {"slice", &slice_rule},
      {"embed", &embed_rule},
      {"concatenate", &concatenate_rule},
      {"arange", &arange_rule},
      {"take", &indexing<gather_name>},
      {"gather", &indexing<gather_elements_name>},
      {"scatter_add", &scatter_add_rule},
      {"one_hot", &one_hot_rule},
      {"argsort", &argsort_rule},
  };
  return rules;
}

}  // namespace xgrad::onnx
