#include <autograd/run/program.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace xgrad::run {
namespace {

constexpr std::uint32_t none = ~std::uint32_t{0};

/// Where a node's entry in a table by address is looked for first.
std::size_t place_of(const Node& node) { return std::bit_cast<std::uintptr_t>(&node) / 64 * 0x9E3779B97F4A7C15u >> 20; }

/// What a plan may know of a plain number.
std::uint32_t number_class(const Node& node) {
  if (!node.number) return 0;
  if (node.scalar == 1) return 1;
  if (node.scalar == 0 && !std::signbit(node.scalar)) return 2;
  return 3;
}

/// Writes a value into two words of a key; where the next one goes.
std::uint32_t* put(std::uint32_t* word, std::uint64_t value) {
  std::memcpy(word, &value, sizeof(value));
  return word + 2;
}

}  // namespace

Program::Program(Recorder& list, std::span<const Tensor> targets, std::span<const Tensor> donated)
    : list_(list), lists_(std::move(spare)) {
  lists_.marks.assign(list.nodes.size(), 0);
  for (const Tensor& target : targets) {
    const Node& node = *target.node();
    if (node.has_value()) continue;
    if (!list.holds(node)) {
      fail(node.primitive->name, "a tensor of shape " + to_string(node.shape) +
                                     " was recorded on another thread and has not run there; call eval() on it there");
    }
    require(node.position, needed | outlives);
  }
  first_ = lists_.marks.size();
  for (std::size_t i = lists_.marks.size(); i > list.first_pending || outstanding_ > 0; --i) {
    const Node& node = *list.nodes[i - 1];
    const bool waited_for = i > list.first_pending && node.has_handles() && !node.has_value() && !node.unknown;
    if (waited_for) require(i - 1, needed | outlives);
    if (!(lists_.marks[i - 1] & needed)) continue;
    --outstanding_;
    visit(node);
    first_ = i - 1;
  }
  collect();
  offer(donated);
}

Program::~Program() {
  spare = std::move(lists_);
  if (const std::size_t half = spare.external_table.size() / 2; half > 64 && 4 * spare.externals.size() < half)
    spare.external_table.resize(half);
  spare.nodes.clear();
  spare.survivors.clear();
  spare.externals.clear();
  spare.reads.clear();
  spare.offered.clear();
  spare.key.clear();
}

thread_local Program::Lists Program::spare;

void Program::require(std::size_t position, std::uint8_t mark) {
  if (!(lists_.marks[position] & needed)) ++outstanding_;
  lists_.marks[position] |= mark;
}

void Program::visit(const Node& node) {
  for (const Node* input : node.inputs())
    if (!input->has_value()) {
      if (!list_.holds(*input))
        fail(node.primitive->name, "needs a value of shape " + to_string(input->shape) +
                                       " whose memory was given to another tensor (eval with donated tensors)");
      require(input->position, needed);
    }
  // What the derivative of a node will read stays, as long as a tape could still ask for it.
  if (list_.tapes <= 1 || node.derived || node.differentiated || !node.primitive->vjp) return;
  for (std::size_t k = 0; k < node.input_count; ++k)
    if (node.primitive->reads >> std::min<std::size_t>(k, 30) & 1u) keep(node.input(k));
  if (node.primitive->reads & reads_output) keep(&node);
}

void Program::keep(const Node* node) {
  const auto costs_little = [](const Primitive& p) { return p.execution == Execution::view || p.rearranges; };
  while (!node->has_value() && costs_little(*node->primitive)) node = node->input(0);
  if (!node->has_value()) lists_.marks[node->position] |= outlives;
}

void Program::collect() {
  const std::size_t count = lists_.marks.size() - first_;
  if (lists_.index_of.size() < count) lists_.index_of.resize(count);
  // As large as it had to be last time: programs repeat.
  lists_.external_table.assign(std::max<std::size_t>(64, lists_.external_table.size()), none);
  lists_.nodes.reserve(count);
  lists_.key.end_at(lists_.key.room(1) + 1);
  const Node* previous = nullptr;
  for (std::size_t position = first_; position < lists_.marks.size(); ++position) {
    const std::uint8_t marks = lists_.marks[position];
    if (!(marks & needed)) continue;
    Node& node = *list_.nodes[position];
    lists_.index_of[position - first_] = static_cast<std::uint32_t>(lists_.nodes.size());
    lists_.nodes.push_back(&node);
    const bool survives = (marks & outlives) != 0;
    if (survives) lists_.survivors.push_back(&node);
    add_to_key(node, survives, previous);
    previous = &node;
  }
  lists_.key.front() = static_cast<std::uint32_t>(lists_.nodes.size());
  add_externals_to_key();
}

/// A header, the primitive, the shape where it is not that of the node before, attributes up to the last that is not
/// 0, and the operands.
void Program::add_to_key(const Node& node, bool survives, const Node* previous) {
  constexpr std::uint32_t many_inputs = (1u << 19) - 1;
  const bool plain = node.primitive->execution == Execution::elementwise || node.primitive->identity;
  std::size_t attributes = plain ? 0 : node.attributes.size();
  while (attributes > 0 && node.attributes[attributes - 1] == 0) --attributes;
  const bool same_shape = previous && node.shape == previous->shape;
  const std::size_t extents = same_shape ? 0 : node.shape.size();
  const std::uint32_t inputs = std::min(node.input_count, many_inputs);
  std::uint32_t* word = lists_.key.room(4 + 2 * (extents + attributes) + node.input_count);
  *word++ = inputs << 13 | static_cast<std::uint32_t>(attributes) << 10 | static_cast<std::uint32_t>(extents) << 6 |
            static_cast<std::uint32_t>(node.dtype) << 2 | (same_shape ? 2u : 0u) | (survives ? 1u : 0u);
  word = put(word, std::bit_cast<std::uintptr_t>(node.primitive));
  for (std::size_t i = 0; i < extents; ++i) word = put(word, static_cast<std::uint64_t>(node.shape.begin()[i]));
  for (std::size_t i = 0; i < attributes; ++i) word = put(word, static_cast<std::uint64_t>(node.attributes[i]));
  if (inputs == many_inputs) *word++ = node.input_count;
  for (Node* input : node.inputs()) {
    *word++ = input->has_value() ? read_external(*input) << 1 : lists_.index_of[input->position - first_] << 1 | 1u;
  }
  lists_.key.end_at(word);
}

void Program::add_externals_to_key() {
  for (const Node* external : lists_.externals) {
    std::uint32_t* word = lists_.key.room(1 + 2 * external->shape.size());
    *word++ = static_cast<std::uint32_t>(external->shape.rank()) << 16 |
              static_cast<std::uint32_t>(external->dtype) << 8 | number_class(*external);
    for (const std::int64_t extent : external->shape) word = put(word, static_cast<std::uint64_t>(extent));
    lists_.key.end_at(word);
  }
}

void Program::offer(std::span<const Tensor> donated) {
  lists_.offered.assign(lists_.externals.size(), 0);
  if (donated.empty()) return;
  for (const Tensor& tensor : donated) {
    const Node* node = tensor.node();
    const std::uint32_t i = node ? find_external(*node) : none;
    if (i == none || node->number || !node->buffer->unique()) continue;
    const std::uint64_t known =
        Node::one_handle + lists_.reads[i] * Node::one_edge + (list_.holds(*node) ? Node::one_edge : 0);
    if (node->references.load(std::memory_order_acquire) != known) continue;
    lists_.offered[i] = 1;
    std::uint32_t* word = lists_.key.room(1);
    *word = i;
    lists_.key.end_at(word + 1);
  }
}

std::uint32_t Program::read_external(Node& node) {
  if (const std::uint32_t known = find_external(node); known != none) {
    ++lists_.reads[known];
    return known;
  }
  if (2 * lists_.externals.size() >= lists_.external_table.size()) {
    lists_.external_table.assign(2 * lists_.external_table.size(), none);
    for (std::uint32_t i = 0; i < lists_.externals.size(); ++i) add_external(*lists_.externals[i], i);
  }
  lists_.externals.push_back(&node);
  lists_.reads.push_back(1);
  add_external(node, static_cast<std::uint32_t>(lists_.externals.size() - 1));
  return static_cast<std::uint32_t>(lists_.externals.size() - 1);
}

std::uint32_t Program::find_external(const Node& node) const {
  const std::size_t mask = lists_.external_table.size() - 1;
  for (std::size_t place = place_of(node);; ++place) {
    const std::uint32_t index = lists_.external_table[place & mask];
    if (index == none || lists_.externals[index] == &node) return index;
  }
}

void Program::add_external(const Node& node, std::uint32_t index) {
  const std::size_t mask = lists_.external_table.size() - 1;
  std::size_t place = place_of(node);
  while (lists_.external_table[place & mask] != none) ++place;
  lists_.external_table[place & mask] = index;
}

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

}  // namespace xgrad::run
