#include <autograd/run/plan/program.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace xgrad::run {
namespace {

/// The class of a plain number, which a plan may rely on.
std::uint32_t number_class(const Node& node) {
  if (!node.number) return 0;
  const double value = node.plain_number().to_double();
  if (value == 1) return 1;
  if (value == 0 && !std::signbit(value)) return 2;
  return 3;
}

/// Writes a value into two words of a key; where the next one goes.
std::uint32_t* put(std::uint32_t* word, std::uint64_t value) {
  std::memcpy(word, &value, sizeof(value));
  return word + 2;
}

}  // namespace

inline void Program::require(std::size_t position, std::uint8_t mark) {
  std::uint8_t& marks = lists_.marks[position];
  outstanding_ += (marks & needed) == 0 ? 1 : 0;
  marks |= mark;
}

inline void Program::visit(const Node& node) {
  for (const Node* input : node.inputs()) {
    if (input->has_value()) continue;
    if (!list_.holds(*input)) refuse_foreign(node.primitive->name, "an input", *input);
    require(input->position, needed);
  }
  // Values that the derivative of a node will read stay, as long as a tape could still ask for it.
  if (node.derived || node.differentiated || list_.tapes <= 1 || !node.primitive->vjp) return;
  for (std::size_t k = 0; k < node.input_count; ++k)
    if (node.primitive->reads >> std::min<std::size_t>(k, 30) & 1u) keep(node.input(k));
  if (node.primitive->reads & reads_output) keep(&node);
}

Program::Program(Recorder& list, std::span<const Tensor> targets, std::span<const Tensor> donated)
    : list_(list), lists_(std::move(*spare)) {
  lists_.marks.assign(list.nodes.size(), 0);
  for (const Tensor& target : targets) {
    const Node& node = *target.node();
    if (node.has_value()) continue;
    if (!list.holds(node)) refuse_foreign(node.primitive->name, "a tensor", node);
    require(node.position, needed | outlives);
  }
  first_ = lists_.marks.size();
  for (std::size_t i = lists_.marks.size(); i > list.first_pending || outstanding_ > 0; --i) {
    const Node& node = *list.nodes[i - 1];
    if (node.has_handles() && i > list.first_pending && !node.has_value() && !node.unknown && !node.refused)
      require(i - 1, needed | outlives);
    if (!(lists_.marks[i - 1] & needed)) continue;
    --outstanding_;
    visit(node);
    first_ = i - 1;
  }
  collect();
  offer(donated);
}

Program::~Program() {
  lists_.survivors.clear();
  lists_.externals.clear();
  lists_.reads.clear();
  lists_.offered.clear();
  lists_.key.clear();
  *spare = std::move(lists_);
}

thread_local constinit PerThread<Program::Lists> Program::spare;

void Program::keep(const Node* node) {
  const auto costs_little = [](const Primitive& p) { return p.view() || (p.block() && p.block()->rearranges); };
  while (!node->has_value() && costs_little(*node->primitive)) node = node->input(0);
  if (!node->has_value()) lists_.marks[node->position] |= outlives;
}

/// Their type, of which it follows how many words they are, and these.
inline std::uint32_t* write_attributes(std::uint32_t* word, const Attributes& attributes) {
  *word++ = attributes.type_number();
  for (const std::uint64_t attribute : attributes.words()) word = put(word, attribute);
  return word;
}

/// Writes a header, the primitive, the shape where it is not that of the node before, the attributes and the operands.
inline std::uint32_t* Program::write_key(std::uint32_t* header, const Node& node, bool survives, const Node* previous) {
  constexpr std::uint32_t many_inputs = (1u << 19) - 1;
  const Primitive& primitive = *node.primitive;
  const std::span<Node* const> inputs = node.inputs();
  std::uint32_t* word = put(header + 1, std::bit_cast<std::uintptr_t>(&primitive));
  std::uint32_t described = static_cast<std::uint32_t>(node.dtype) << 2 | (survives ? 1u : 0u) |
                            static_cast<std::uint32_t>(std::min<std::size_t>(inputs.size(), many_inputs)) << 13;
  if (previous && node.shape == previous->shape) {
    described |= 2;
  } else {
    described |= static_cast<std::uint32_t>(node.shape.rank()) << 6;
    for (const std::int64_t extent : node.shape) word = put(word, static_cast<std::uint64_t>(extent));
  }
  if (!node.attributes.empty() && !primitive.elementwise() && !primitive.is_identity())
    word = write_attributes(word, node.attributes);
  *header = described;
  if (inputs.size() >= many_inputs) *word++ = static_cast<std::uint32_t>(inputs.size());
  const std::uint32_t* const index_of = lists_.index_of.data();
  const std::size_t first = first_;
  for (Node* input : inputs)
    *word++ = input->has_value() ? read_external(*input) << 1 : index_of[input->position - first] << 1 | 1u;
  return word;
}

void Program::collect() {
  const std::size_t count = lists_.marks.size() - first_;
  if (lists_.index_of.size() < count) lists_.index_of.resize(count);
  if (lists_.nodes.size() < count) lists_.nodes.resize(count);
  constexpr std::size_t words_of_node = 5 + 2 * Shape::max_rank;
  const std::uint8_t* const marks = lists_.marks.data() + first_;
  Node* const* const listed = list_.nodes.data() + first_;
  std::uint32_t* const index_of = lists_.index_of.data();
  std::span<std::uint32_t> room = lists_.key.room(1);
  std::uint32_t* word = room.data() + 1;
  const Node* previous = nullptr;
  std::uint32_t index = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!(marks[i] & needed)) continue;
    Node& node = *listed[i];
    index_of[i] = index;
    lists_.nodes[index++] = &node;
    const std::size_t most_words = words_of_node + 2 * node.attributes.words().size() + node.input_count;
    if (as_size(room.data() + room.size() - word) < most_words) {
      lists_.key.end_at(word);
      room = lists_.key.room(most_words);
      word = room.data();
    }
    const bool survives = (marks[i] & outlives) != 0;
    if (survives) lists_.survivors.push_back(&node);
    word = write_key(word, node, survives, previous);
    previous = &node;
  }
  lists_.key.end_at(word);
  lists_.key.front() = node_count_ = index;
  add_externals_to_key();
}

void Program::add_externals_to_key() {
  for (const Node* external : lists_.externals.nodes()) {
    std::uint32_t* word = lists_.key.room(1 + 2 * external->shape.size()).data();
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
    const std::uint32_t i = node ? lists_.externals.find(*node) : NodeIndex::none;
    if (i == NodeIndex::none || node->number || !node->buffer->unique()) continue;
    const std::uint64_t known =
        Node::one_handle + lists_.reads[i] * Node::one_edge + (list_.holds(*node) ? Node::one_edge : 0);
    if (node->references.load(std::memory_order_acquire) != known) continue;
    lists_.offered[i] = 1;
    std::uint32_t* word = lists_.key.room(1).data();
    *word = i;
    lists_.key.end_at(word + 1);
  }
}

std::uint32_t Program::read_external(Node& node) {
  const std::uint32_t index = lists_.externals.add(node);
  if (index == lists_.reads.size()) lists_.reads.push_back(0);
  ++lists_.reads[index];
  return index;
}

}  // namespace xgrad::run
