#include <autograd/run/execute/interpret.hpp>

#include <algorithm>
#include <cstring>

#include <autograd/run/execute/run_pass.hpp>
#include <autograd/run/inspect/finite.hpp>
#include <autograd/run/inspect/profile_sink.hpp>
#include <autograd/run/plan/emit.hpp>

namespace xgrad::run {
namespace {

/// A value during the run: a view, what keeps its memory alive, and how many nodes still read it.
struct Value {
  Array array;
  BufferHandle memory;
  std::uint32_t uses = 0;
};

/// Runs a program node by node.
class Interpreter {
 public:
  explicit Interpreter(const Program& program) : program_(program), values_(program.nodes().size()) {
    for (std::size_t i = 0; i < values_.size(); ++i)
      for (const Program::Reference operand : program.operands(i))
        if (operand.computed) ++values_[operand.index].uses;
  }

  void run(Refused refused) {
    std::vector<BufferHandle> results(values_.size());
    for (std::size_t i = 0; i < values_.size(); ++i) {
      results[i] = refused == Refused::throws ? result_of(i) : result_unless_refused(i);
      for (const Program::Reference operand : program_.operands(i)) {
        if (!operand.computed) continue;
        Value& used = values_[operand.index];
        if (--used.uses == 0) used = Value();
      }
      if (values_[i].uses == 0) values_[i] = Value();
    }
    for (std::size_t i = 0; i < values_.size(); ++i)
      if (results[i]) program_.nodes()[i]->buffer = results[i].release();
  }

 private:
  BufferHandle result_of(std::size_t i) {
    const Node& node = *program_.nodes()[i];
    return with_memory_for(node.primitive->name, node.bytes(), [&] {
      compute(i);
      return program_.survives(i) ? keep(i) : BufferHandle();
    });
  }

  BufferHandle result_unless_refused(std::size_t i) {
    Node& node = *program_.nodes()[i];
    for (const Program::Reference operand : program_.operands(i))
      node.refused = node.refused || (operand.computed && program_.nodes()[operand.index]->refused);
    if (node.refused) return {};
    try {
      return result_of(i);
    } catch (...) {
      node.refused = true;  // whoever asks for it gets the error
      return {};
    }
  }

  /// The view of an input; plain numbers are written to `number` in the dtype that is asked for.
  Array operand(const Program::Reference& reference, DType number_dtype, double& number) {
    if (reference.computed) return values_[reference.index].array;
    const Node& input = *program_.externals()[reference.index];
    if (!input.number) return program_.value(reference.index);
    input.plain_number().write(number_dtype, &number);
    return Array(&number, number_dtype, input.shape);
  }

  void compute(std::size_t index) {
    const StepTimer timer(profile_, index);
    const Node& node = *program_.nodes()[index];
    const auto references = program_.operands(index);
    // Numbers take the dtype of the operands they meet; a node of numbers alone computes in its own.
    const ElementwiseTraits* const function = node.primitive->elementwise();
    DType operand_dtype = function ? function->number_dtype(node.dtype) : node.dtype;
    for (std::size_t k = 0; function && k < node.input_count; ++k)
      if (!function->is_mask(k) && !node.input(k)->number) operand_dtype = node.input(k)->dtype;

    std::array<Array, Node::inline_inputs> few;
    std::array<double, Node::inline_inputs> few_numbers{};
    std::vector<Array> many;
    std::vector<double> many_numbers;
    std::span<Array> inputs(few.data(), std::min<std::size_t>(node.input_count, few.size()));
    std::span<double> numbers(few_numbers);
    if (node.input_count > few.size()) {
      many.resize(node.input_count);
      many_numbers.resize(node.input_count);
      inputs = many;
      numbers = many_numbers;
    }
    const auto dtype_of = [&](std::size_t k) {
      if (!function) return node.input(k)->dtype;
      return function->is_mask(k) ? DType::boolean : operand_dtype;
    };
    for (std::size_t k = 0; k < inputs.size(); ++k) inputs[k] = operand(references[k], dtype_of(k), numbers[k]);

    if (node.primitive->view() && view(index, inputs[0])) return;
    Value& result = values_[index];
    result.memory = BufferHandle(Buffer::allocate(node.bytes()));
    result.array = Array(result.memory->data(), node.dtype, node.shape);
    if (function)
      run_elementwise(function->tile(operand_dtype, node.dtype), inputs, result.array);
    else if (const BlockTraits* block = node.primitive->block())
      run_block(node, *block, inputs, result.array);
    else if (node.primitive->view())
      copy_through(node, inputs[0], result.array);
    if (watching_ && !node.primitive->view()) check_finite(node, inputs, result.array);
  }

  /// A kernel, but for reductions that a plan does in passes: those are passes here too, so that they add up in the
  /// same order.
  static void run_block(const Node& node, const BlockTraits& block, std::span<const Array> inputs,
                        const Array& result) {
    if (block.reduction) {
      Vertex vertex;
      vertex.primitive = node.primitive;
      vertex.dtype = node.dtype;
      vertex.shape = node.shape;
      vertex.attributes = &node.attributes;
      if (const std::optional<Pass> pass = pass_of_reduction(vertex, inputs.front().shape)) {
        BufferHandle storage;
        const std::array<std::byte*, 2> memory{contiguous(inputs.front(), storage).data, result.data};
        return run_pass(*pass, memory);
      }
    }
    block.kernel(Call{node.attributes, inputs, result});
  }

  bool view(std::size_t index, const Array& input) {
    const Node& node = *program_.nodes()[index];
    const Program::Reference source = program_.operands(index).front();
    if (!source.computed && program_.externals()[source.index]->number) return false;
    Array array;
    array.dtype = node.dtype;
    array.shape = node.shape;
    if (!node.primitive->view()->view(node.attributes, input, array)) return false;
    Value& result = values_[index];
    result.array = array;
    if (source.computed) {
      result.memory = values_[source.index].memory;
    } else {
      Buffer* buffer = program_.holder(source.index).buffer;
      buffer->retain();
      result.memory = BufferHandle(buffer);
    }
    return true;
  }

  /// A view that strides cannot express (a reshape of a transpose), or of a plain number: through a contiguous copy.
  static void copy_through(const Node& node, const Array& input, const Array& result) {
    BufferHandle storage;
    const Array flat = contiguous(input, storage);
    Array view;
    view.dtype = node.dtype;
    view.shape = node.shape;
    node.primitive->view()->view(node.attributes, flat, view);
    copy(view, result);
  }

  /// A value that outlives the run: contiguous, in a buffer of its own or shared whole with others.
  BufferHandle keep(std::size_t index) {
    const Node& node = *program_.nodes()[index];
    Value& result = values_[index];
    const bool whole = result.array.contiguous() && result.array.data == result.memory->data() &&
                       result.memory->capacity <= std::max<std::size_t>(256, 2 * node.bytes());
    if (!whole) {
      BufferHandle buffer(Buffer::allocate(node.bytes()));
      const Array target(buffer->data(), node.dtype, node.shape);
      copy(result.array, target);
      result.memory = std::move(buffer);
      result.array = target;
    }
    return result.memory;
  }

  const Program& program_;
  ProfileSink* const profile_ = active_profile();
  const bool watching_ = detecting_anomaly();
  std::vector<Value> values_;
};

}  // namespace

void interpret(const Program& program, Refused refused) { Interpreter(program).run(refused); }

}  // namespace xgrad::run
