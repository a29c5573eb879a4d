#include <nn/onnx/patterns.hpp>
#include <nn/onnx/writer.hpp>

namespace xgrad::onnx {
namespace {

/// The reduced axes of a step, and whether they stay.
struct Reduced {
  std::vector<std::int64_t> axes;
  std::int64_t keepdims;

  Reduced(const Step& input, const Step& result) : keepdims(result.rank() == input.rank()) {
    const auto& reduced = result.node->attributes.as<ReducedAxes>();
    for (int axis = 0; axis < input.rank(); ++axis)
      if (reduced.contains(axis)) axes.push_back(axis);
  }
};

/// An operator over the reduced axes of its input, added by add(writer, x, reduced); without any, the input itself.
template <class Add>
Emission reducing_rule(const Recording& recording, std::size_t index, Add add) {
  const std::size_t input = recording[index].inputs[0];
  return {{input}, [=](Writer& writer) {
            const Recording& all = writer.recording();
            const Reduced reduced(all[input], all[index]);
            const std::string x = writer.value(input, all[index].dtype());
            if (reduced.axes.empty()) return writer.bind(index, x);
            add(writer, x, reduced);
          }};
}

Emission sum_rule(const Recording& recording, std::size_t index) {
  return reducing_rule(recording, index, [=](Writer& writer, const std::string& x, const Reduced& reduced) {
    writer.add_for(index, "ReduceSum", {x, writer.integers(reduced.axes)}, {{"keepdims", reduced.keepdims}});
  });
}

template <const char* const& op>
Emission extremum_rule(const Recording& recording, std::size_t index) {
  return reducing_rule(recording, index, [=](Writer& writer, const std::string& x, const Reduced& reduced) {
    writer.add_for(index, op, {x}, {{"axes", reduced.axes}, {"keepdims", reduced.keepdims}});
  });
}
constexpr const char* max_name = "ReduceMax";
constexpr const char* min_name = "ReduceMin";

template <const char* const& op>
Emission argument_rule(const Recording& recording, std::size_t index) {
  const Step& step = recording[index];
  const std::size_t input = step.inputs[0];
  const std::int64_t axis = step.node->attributes.as<ops::ArgReductionAttributes>().axis;
  const std::int64_t keepdims = step.rank() == recording[input].rank();
  if (recording[input].dtype() == boolean || recording[input].rank() == 0) return {};
  return {{input}, [=](Writer& writer) {
            writer.add_for(index, op, {writer.value(input)}, {{"axis", axis}, {"keepdims", keepdims}});
          }};
}
constexpr const char* argmax_name = "ArgMax";
constexpr const char* argmin_name = "ArgMin";

Emission cumsum_rule(const Recording& recording, std::size_t index) {
  const Step& step = recording[index];
  const auto& scan = step.node->attributes.as<ops::ScanAttributes>();
  const std::int64_t axis = scan.axis, reverse = scan.reverse();
  return {step.inputs, [=, x = step.inputs[0]](Writer& writer) {
            const DType dtype = writer.recording()[index].dtype();
            writer.add_for(index, "CumSum", {writer.value(x, dtype), writer.reshaped(writer.integers({axis}), {})},
                           {{"reverse", reverse}});
          }};
}

Emission matmul_rule(const Recording& recording, std::size_t index) {
  const Step& step = recording[index];
  return {step.inputs, [=, a = step.inputs[0], b = step.inputs[1]](Writer& writer) {
            const DType dtype = writer.recording()[index].dtype();
            writer.add_for(index, "MatMul", {writer.computed(a, dtype), writer.computed(b, dtype)});
          }};
}

Emission det_rule(const Recording& recording, std::size_t index) {
  const std::size_t input = recording[index].inputs[0];
  return {{input}, [=](Writer& writer) { writer.add_for(index, "Det", {writer.value(input)}); }};
}

}  // namespace

const Rules& reducing_rules() {
  static const Rules rules = {
      {"sum", &sum_rule},
      {"max", &extremum_rule<max_name>},
      {"min", &extremum_rule<min_name>},
      {"argmax", &argument_rule<argmax_name>},
      {"argmin", &argument_rule<argmin_name>},
      {"cumsum", &cumsum_rule},
      {"matmul", &matmul_rule},
      {"det", &det_rule},
  };
  return rules;
}

}  // namespace xgrad::onnx
