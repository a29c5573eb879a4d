#include <cmath>
#include <numbers>

#include <nn/onnx/patterns.hpp>
#include <nn/onnx/writer.hpp>

namespace xgrad::onnx {
namespace {

using Names = std::vector<std::string>;

/// The names of a step's operands, with plain numbers in the dtype of the others.
Names operands(Writer& writer, std::size_t index) {
  const Step& step = writer.recording()[index];
  const DType dtype = operand_dtype(writer.recording(), step);
  const auto* traits = step.node->primitive->elementwise();
  Names names;
  for (std::size_t k = 0; k < step.inputs.size(); ++k)
    names.push_back(writer.value(step.inputs[k], traits && traits->is_mask(k) ? boolean : dtype));
  return names;
}

/// A step that is computed from its operands by `write`, which gives the value.
Emission of_operands(const Recording& recording, std::size_t index,
                     std::string (*write)(Writer& writer, const Names& in, DType dtype)) {
  return {recording[index].inputs, [=](Writer& writer) {
            const DType dtype = operand_dtype(writer.recording(), writer.recording()[index]);
            writer.bind(index, write(writer, operands(writer, index), dtype));
          }};
}

/// A rule of operands: the formula `write`.
template <auto write>
Emission formula(const Recording& recording, std::size_t index) {
  return of_operands(recording, index, +write);
}

/// A name as a template argument.
template <std::size_t n>
struct Text {
  char text[n];
  constexpr Text(const char (&given)[n]) {
    for (std::size_t i = 0; i < n; ++i) text[i] = given[i];
  }
};

/// One ONNX operator of the same operands.
template <Text op>
Emission operation(const Recording& recording, std::size_t index) {
  return {recording[index].inputs, [=](Writer& writer) { writer.add_for(index, op.text, operands(writer, index)); }};
}

/// One operator for numbers, another for bools.
template <Text op, Text of_bools>
Emission either(const Recording& recording, std::size_t index) {
  if (operand_dtype(recording, recording[index]) == boolean) return operation<of_bools>(recording, index);
  return operation<op>(recording, index);
}

/// Only bools: ONNX has no such operator of integers in this opset.
template <Text of_bools>
Emission bools(const Recording& recording, std::size_t index) {
  if (operand_dtype(recording, recording[index]) != boolean) return {};
  return operation<of_bools>(recording, index);
}

/// The value of input 0.
Emission input_itself(const Recording& recording, std::size_t index) {
  const std::size_t input = recording[index].inputs[0];
  return {{input}, [=](Writer& writer) { writer.bind(index, writer.value(input, writer.recording()[index].dtype())); }};
}

Emission cast_rule(const Recording& recording, std::size_t index) {
  const std::size_t input = recording[index].inputs[0];
  return {{input}, [=](Writer& writer) {
            const DType to = writer.recording()[index].dtype();
            const bool number = writer.recording()[input].kind == Step::Kind::number;
            writer.bind(index, number ? writer.value(input, to) : writer.cast(writer.value(input), to));
          }};
}

/// A sum: with a matrix product that nothing else reads it is one operator.
Emission add_rule(const Recording& recording, std::size_t index) {
  if (auto product = product_with_bias(recording, index)) return *product;
  return either<"Add", "Or">(recording, index);
}

std::string square(Writer& w, const Names& in, DType) { return w.add("Mul", {in[0], in[0]}); }
std::string not_equal(Writer& w, const Names& in, DType) { return w.add("Not", {w.add("Equal", in)}); }
std::string log1p(Writer& w, const Names& in, DType t) { return w.add("Log", {w.add("Add", {in[0], w.number(1, t)})}); }
std::string expm1(Writer& w, const Names& in, DType t) { return w.add("Sub", {w.add("Exp", in), w.number(1, t)}); }
std::string exp2(Writer& w, const Names& in, DType t) { return w.add("Pow", {w.number(2, t), in[0]}); }
std::string log2(Writer& w, const Names& in, DType t) {
  return w.add("Mul", {w.add("Log", in), w.number(std::numbers::log2e, t)});
}
std::string log10(Writer& w, const Names& in, DType t) {
  return w.add("Mul", {w.add("Log", in), w.number(std::numbers::log10e, t)});
}
std::string erfc(Writer& w, const Names& in, DType t) { return w.add("Sub", {w.number(1, t), w.add("Erf", in)}); }
std::string cbrt(Writer& w, const Names& in, DType t) {
  return w.add("Mul", {w.add("Sign", in), w.add("Pow", {w.add("Abs", in), w.number(1.0 / 3, t)})});
}
std::string hypot(Writer& w, const Names& in, DType) {
  return w.add("Sqrt", {w.add("Add", {w.add("Mul", {in[0], in[0]}), w.add("Mul", {in[1], in[1]})})});
}
std::string logaddexp(Writer& w, const Names& in, DType t) {
  const std::string apart = w.add("Exp", {w.add("Neg", {w.add("Abs", {w.add("Sub", in)})})});
  return w.add("Add", {w.add("Max", in), w.add("Log", {w.add("Add", {apart, w.number(1, t)})})});
}
std::string trunc(Writer& w, const Names& in, DType t) {
  return w.add("Where", {w.add("Less", {in[0], w.number(0, t)}), w.add("Ceil", in), w.add("Floor", in)});
}
std::string fmod(Writer& w, const Names& in, DType) { return w.add("Mod", in, {{"fmod", std::int64_t{1}}}); }
/// With the sign of the divisor.
std::string remainder(Writer& w, const Names& in, DType t) {
  if (t == int64) return w.add("Mod", in);
  return w.add("Sub", {in[0], w.add("Mul", {w.add("Floor", {w.add("Div", in)}), in[1]})});
}
std::string floor_divide(Writer& w, const Names& in, DType t) {
  if (t != int64) return w.add("Floor", {w.add("Div", in)});
  return w.add("Div", {w.add("Sub", {in[0], w.add("Mod", in)}), in[1]});
}

}  // namespace

const Rules& elementwise_rules() {
  static const Rules rules = {
      {"add", &add_rule},
      {"subtract", &operation<"Sub">},
      {"multiply", &either<"Mul", "And">},
      {"divide", &operation<"Div">},
      {"maximum", &either<"Max", "Or">},
      {"minimum", &either<"Min", "And">},
      {"pow", &operation<"Pow">},
      {"negate", &operation<"Neg">},
      {"exp", &operation<"Exp">},
      {"log", &operation<"Log">},
      {"log1p", &formula<log1p>},
      {"expm1", &formula<expm1>},
      {"exp2", &formula<exp2>},
      {"log2", &formula<log2>},
      {"log10", &formula<log10>},
      {"sqrt", &operation<"Sqrt">},
      {"cbrt", &formula<cbrt>},
      {"square", &formula<square>},
      {"hypot", &formula<hypot>},
      {"logaddexp", &formula<logaddexp>},
      {"abs", &operation<"Abs">},
      {"sign", &operation<"Sign">},
      {"tanh", &operation<"Tanh">},
      {"sigmoid", &operation<"Sigmoid">},
      {"relu", &operation<"Relu">},
      {"erf", &operation<"Erf">},
      {"erfc", &formula<erfc>},
      {"sin", &operation<"Sin">},
      {"cos", &operation<"Cos">},
      {"tan", &operation<"Tan">},
      {"asin", &operation<"Asin">},
      {"acos", &operation<"Acos">},
      {"atan", &operation<"Atan">},
      {"sinh", &operation<"Sinh">},
      {"cosh", &operation<"Cosh">},
      {"asinh", &operation<"Asinh">},
      {"acosh", &operation<"Acosh">},
      {"atanh", &operation<"Atanh">},
      {"floor", &operation<"Floor">},
      {"ceil", &operation<"Ceil">},
      {"round", &operation<"Round">},
      {"trunc", &formula<trunc>},
      {"fmod", &formula<fmod>},
      {"remainder", &formula<remainder>},
      {"floor_divide", &formula<floor_divide>},
      {"equal", &operation<"Equal">},
      {"not_equal", &formula<not_equal>},
      {"less", &operation<"Less">},
      {"less_equal", &operation<"LessOrEqual">},
      {"where", &operation<"Where">},
      {"bitwise_and", &bools<"And">},
      {"bitwise_or", &bools<"Or">},
      {"bitwise_xor", &bools<"Xor">},
      {"cast", &cast_rule},
      {"stop_gradient", &input_itself},
      {"checkpoint", &input_itself},
      {"recompute", &input_itself},
      {"on_gradient", &input_itself},
  };
  return rules;
}

}  // namespace xgrad::onnx
