#include <autograd/run/execute.hpp>

#include <algorithm>
#include <cstring>

#include <autograd/recorder.hpp>
#include <autograd/run/array.hpp>

namespace xgrad::run {
namespace {

constexpr std::uint8_t needed = 1;
constexpr std::uint8_t survives = 2;

void write_number(double value, DType dtype, void* out) {
  switch (dtype) {
    case DType::boolean:
      *static_cast<bool*>(out) = value != 0;
      break;
    case DType::int64:
      *static_cast<std::int64_t*>(out) = static_cast<std::int64_t>(value);
      break;
    case DType::float32:
      *static_cast<float*>(out) = static_cast<float>(value);
      break;
    case DType::float64:
      *static_cast<double*>(out) = value;
      break;
  }
}

/// The nodes that a run must compute, in record order, and which of their values outlive it.
class Program {
 public:
  Program(Recorder& list, std::span<const Tensor> targets) : list_(list) {
    marks_.assign(list.nodes.size(), 0);
    for (std::size_t i = list.first_pending; i < marks_.size(); ++i) {
      const Node& node = *list.nodes[i];
      if (!node.has_value() && node.has_handles()) require(i, needed | survives);
    }
    for (const Tensor& target : targets) {
      const Node& node = *target.node();
      if (node.has_value()) continue;
      if (!list.holds(node)) {
        fail(node.primitive->name,
             "a tensor of shape " + to_string(node.shape) +
                 " was recorded on another thread and has not run there; call eval() on it there");
      }
      require(node.position, needed | survives);
    }
    first_ = marks_.size();
    for (std::size_t i = marks_.size(); outstanding_ > 0; --i) {
      if (!(marks_[i - 1] & needed)) continue;
      --outstanding_;
      visit(*list.nodes[i - 1]);
      first_ = i - 1;
    }
  }

  std::size_t first() const noexcept { return first_; }
  std::size_t end() const noexcept { return marks_.size(); }
  bool needs(std::size_t i) const noexcept { return (marks_[i] & needed) != 0; }
  bool keeps(std::size_t i) const noexcept { return (marks_[i] & survives) != 0; }

 private:
  void require(std::size_t i, std::uint8_t mark) {
    if (!(marks_[i] & needed)) ++outstanding_;
    marks_[i] |= mark;
  }

  void visit(const Node& node) {
    for (const Node* input : node.inputs())
      if (!input->has_value()) require(input->position, needed);
    // What the derivative of a node will read stays, as long as a tape could still ask for it.
    if (list_.tapes == 0 || node.derived || node.differentiated || !node.primitive->vjp) return;
    for (std::size_t k = 0; k < node.input_count; ++k)
      if (node.primitive->reads >> std::min<std::size_t>(k, 30) & 1u) keep(node.input(k));
    if (node.primitive->reads & reads_output) keep(&node);
  }

  void keep(const Node* node) {
    while (!node->has_value() && node->primitive->execution == Execution::view) node = node->input(0);
    if (!node->has_value()) marks_[node->position] |= survives;
  }

  Recorder& list_;
  std::vector<std::uint8_t> marks_;
  std::size_t outstanding_ = 0;
  std::size_t first_ = 0;
};

/// A value during the run: a view, what keeps its memory alive, and how many nodes still read it.
struct Value {
  Array array;
  BufferHandle memory;
  std::uint32_t uses = 0;
};

/// Runs a program node by node.
class Interpreter {
 public:
  Interpreter(Recorder& list, const Program& program)
      : list_(list), program_(program), values_(program.end() - program.first()) {
    for (std::size_t i = program.first(); i < program.end(); ++i) {
      if (!program.needs(i)) continue;
      for (const Node* input : list.nodes[i]->inputs())
        if (!input->has_value()) ++value(*input).uses;
    }
  }

  void run() {
    for (std::size_t i = program_.first(); i < program_.end(); ++i) {
      if (!program_.needs(i)) continue;
      Node& node = *list_.nodes[i];
      compute(node);
      if (program_.keeps(i)) keep(node);
      for (const Node* input : node.inputs()) release(*input);
      if (value(node).uses == 0) value(node) = Value();
    }
  }

 private:
  Value& value(const Node& node) { return values_[node.position - program_.first()]; }

  void release(const Node& input) {
    if (!list_.holds(input) || input.position < program_.first() || !program_.needs(input.position)) return;
    Value& used = value(input);
    if (used.uses > 0 && --used.uses == 0) used = Value();
  }

  /// The view of an input; plain numbers are written to `number` in the dtype that is asked for.
  Array operand(const Node& input, DType number_dtype, double& number) {
    if (input.number) {
      write_number(input.scalar, number_dtype, &number);
      return Array(&number, number_dtype, input.shape);
    }
    if (pending(input)) return value(input).array;
    return Array(input.buffer->data(), input.dtype, input.shape);
  }

  bool pending(const Node& node) const {
    return list_.holds(node) && node.position >= program_.first() && program_.needs(node.position) &&
           values_[node.position - program_.first()].memory;
  }

  void compute(Node& node) {
    // Numbers take the dtype of the operands they meet; a node of numbers alone computes in its own.
    DType operand_dtype = node.dtype == boolean && node.input_count < 3 ? float64 : node.dtype;
    for (std::size_t k = node.input_count == 3 ? 1 : 0; k < node.input_count; ++k)
      if (!node.input(k)->number) operand_dtype = node.input(k)->dtype;

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
    const bool adapts = node.primitive->execution == Execution::elementwise;
    for (std::size_t k = 0; k < inputs.size(); ++k)
      inputs[k] = operand(*node.input(k), adapts ? adapted(node, k, operand_dtype) : node.input(k)->dtype, numbers[k]);

    if (node.primitive->execution == Execution::view && view(node, inputs[0])) return;
    Value& result = value(node);
    result.memory = BufferHandle(Buffer::allocate(node.bytes()));
    result.array = Array(result.memory->data(), node.dtype, node.shape);
    switch (node.primitive->execution) {
      case Execution::elementwise:
        run_elementwise(node.primitive->tile(inputs.back().dtype, node.dtype), inputs, result.array);
        break;
      case Execution::block:
        node.primitive->kernel(Call{node.attributes, inputs, result.array});
        break;
      case Execution::view:
        copy_through(node, inputs[0], result.array);
        break;
      case Execution::data:
        break;
    }
  }

  /// where's condition stays bool, whatever its branches are.
  static DType adapted(const Node& node, std::size_t k, DType operand_dtype) {
    return node.input_count == 3 && k == 0 ? DType::boolean : operand_dtype;
  }

  bool view(const Node& node, const Array& input) {
    const Node& source = *node.input(0);
    if (source.number) return false;
    Array array;
    array.dtype = node.dtype;
    array.shape = node.shape;
    if (!node.primitive->view(node.attributes, input, array)) return false;
    Value& result = value(node);
    result.array = array;
    if (pending(source)) {
      result.memory = value(source).memory;
    } else {
      source.buffer->retain();
      result.memory = BufferHandle(source.buffer);
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
    node.primitive->view(node.attributes, flat, view);
    copy(view, result);
  }

  /// Hands a value over to its node: contiguous, in a buffer of its own or shared whole with others.
  void keep(Node& node) {
    Value& result = value(node);
    const bool whole = result.array.contiguous() && result.array.data == result.memory->data() &&
                       result.memory->capacity <= std::max<std::size_t>(256, 2 * node.bytes());
    if (!whole) {
      BufferHandle buffer(Buffer::allocate(node.bytes()));
      const Array target(buffer->data(), node.dtype, node.shape);
      copy(result.array, target);
      result.memory = std::move(buffer);
      result.array = target;
    }
    node.buffer = BufferHandle(result.memory).release();
  }

  Recorder& list_;
  const Program& program_;
  std::vector<Value> values_;
};

void materialise_number(Node& node) {
  node.buffer = Buffer::allocate(sizeof(double));
  write_number(node.scalar, node.dtype, node.buffer->data());
}

}  // namespace

void evaluate(std::span<const Tensor> tensors) {
  Recorder& list = recorder();
  bool waiting = false;
  for (const Tensor& tensor : tensors) {
    if (!tensor.defined()) fail("eval", "a Tensor is undefined (default-constructed or moved from)");
    Node& node = *tensor.node();
    if (node.number && !node.buffer) materialise_number(node);
    waiting = waiting || !node.has_value();
  }
  if (!waiting) return;

  const std::size_t end = list.nodes.size();
  {
    const ListGuard guard(list);
    const Program program(list, tensors);
    list.first_pending = end;  // also where a kernel refuses: what failed does not run along again
    if (program.first() < program.end()) Interpreter(list, program).run();
  }
}

}  // namespace xgrad::run
