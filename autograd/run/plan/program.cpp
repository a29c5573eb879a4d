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

Program::Program(Needed& needed, std::span<const Tensor> donated) : needed_(needed), lists_(std::move(*spare)) {
  first_ = needed.first();
  end_ = needed.end();
  add_nodes(std::span<Node* const>(needed.list().nodes).subspan(first_), false);
  add_externals_to_key();
  offer(donated);
}

Program::Program(Needed& needed, std::size_t begin, std::size_t end, std::span<const Tensor> donated)
    : needed_(needed), lists_(std::move(*spare)) {
  const std::span<Node* const> nodes = needed.nodes().subspan(begin, end - begin);
  first_ = nodes.front()->position;
  end_ = end < needed.nodes().size() ? needed.nodes()[end]->position : needed.end();
  add_nodes(nodes, true);
  add_externals_to_key();
  offer_read_values();
  offer(donated);
}

Program::~Program() {
  lists_.survivors.clear();
  lists_.externals.clear();
  empty(lists_.windows);
  empty(lists_.bases);
  empty(lists_.reads);
  empty(lists_.offered);
  lists_.key.clear();
  *spare = std::move(lists_);
}

thread_local constinit PerThread<Program::Lists> Program::spare;

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
  for (Node* input : inputs) {
    const std::uint32_t index = index_of(*input);
    *word++ = index == outside ? read_external(*input) << 1 : index << 1 | 1u;
  }
  return word;
}

/// Takes in those of the candidates that are needed, and writes the key as it goes.
void Program::add_nodes(std::span<Node* const> candidates, bool piece) {
  if (lists_.index_of.size() < end_ - first_) lists_.index_of.resize(end_ - first_);
  if (lists_.nodes.size() < candidates.size()) lists_.nodes.resize(candidates.size());
  constexpr std::size_t words_of_node = 5 + 2 * Shape::max_rank;
  std::uint32_t* const index_of = lists_.index_of.data();
  std::span<std::uint32_t> room = lists_.key.room(1);
  std::uint32_t* word = room.data() + 1;
  const Node* previous = nullptr;
  std::uint32_t index = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (!piece && !needed_.has(first_ + i)) continue;
    Node& node = *candidates[i];
    if (piece && is_outside(node)) {
      index_of[node.position - first_] = outside;
      continue;
    }
    index_of[node.position - first_] = index;
    lists_.nodes[index++] = &node;
    const std::size_t most_words = words_of_node + 2 * node.attributes.words().size() + node.input_count;
    if (as_size(room.data() + room.size() - word) < most_words) {
      lists_.key.end_at(word);
      room = lists_.key.room(most_words);
      word = room.data();
    }
    const bool survives = this->survives(node);
    if (survives) lists_.survivors.push_back(&node);
    word = write_key(word, node, survives, previous);
    previous = &node;
  }
  lists_.key.end_at(word);
  lists_.key.front() = node_count_ = index;
}

void Program::add_externals_to_key() {
  constexpr std::uint32_t is_window = 1u << 4, is_strided = 1u << 5;
  for (std::size_t i = 0; i < lists_.externals.size(); ++i) {
    const Node& external = *lists_.externals.nodes()[i];
    const Window& own = window(i);
    std::uint32_t* word = lists_.key.room(1 + 4 * Shape::max_rank).data();
    std::uint32_t& described = *word++;
    described = static_cast<std::uint32_t>(external.shape.rank()) << 16 |
                static_cast<std::uint32_t>(external.dtype) << 8 | number_class(external);
    for (const std::int64_t extent : external.shape) word = put(word, static_cast<std::uint64_t>(extent));
    if (own.base) {
      described |= is_window;
      if (own.strides != contiguous_strides(external.shape)) {
        described |= is_strided;
        for (int axis = 0; axis < external.shape.rank(); ++axis)
          word = put(word, static_cast<std::uint64_t>(own.strides[as_size(axis)]));
      }
    }
    lists_.key.end_at(word);
  }
}

void Program::note_offer(std::uint32_t external) {
  lists_.offered[external] = 1;
  std::uint32_t* word = lists_.key.room(1).data();
  *word = external;
  lists_.key.end_at(word + 1);
}

void Program::offer(std::span<const Tensor> donated) {
  lists_.offered.resize(lists_.externals.size(), 0);
  for (const Tensor& tensor : donated) {
    const Node* node = tensor.node();
    const std::uint32_t i = node ? lists_.externals.find(*node) : NodeIndex::none;
    if (i == NodeIndex::none || node->number || !node->buffer->unique()) continue;
    const std::uint64_t known =
        Node::one_handle + lists_.reads[i] * Node::one_edge + (needed_.list().holds(*node) ? Node::one_edge : 0);
    if (node->references.load(std::memory_order_acquire) == known) note_offer(i);
  }
}

void Program::offer_read_values() {
  lists_.offered.assign(lists_.externals.size(), 0);
  std::vector<const Node*>& bases = lists_.bases;
  bases.clear();
  for (const Window& seen : lists_.windows)
    if (seen.base) bases.push_back(seen.base);
  std::ranges::sort(bases);
  for (std::uint32_t i = 0; i < lists_.externals.size(); ++i) {
    const Node& node = *lists_.externals.nodes()[i];
    if (window(i).base || !needed_.is_own(node) || needed_.outlives(node.position) || !node.buffer ||
        needed_.last_reader(node.position) >= end_ || !node.buffer->unique())
      continue;
    if (!std::ranges::binary_search(bases, &node)) note_offer(i);
  }
}

void Program::drop_read_values() const noexcept {
  for (std::size_t i = 0; i < lists_.externals.size(); ++i) {
    Node& node = holder(i);
    if (needed_.is_own(node) && !needed_.outlives(node.position) && needed_.last_reader(node.position) < end_)
      Needed::drop_value(node);
  }
}

Array Program::value(std::size_t external) const {
  const Node& node = *lists_.externals.nodes()[external];
  const Window& own = window(external);
  Array array(nullptr, node.dtype, node.shape);
  if (own.base) array.strides = own.strides;
  // What a view depends on beside its source has no value where nothing else reads it.
  if (Buffer* const buffer = holder(external).buffer) array.data = static_cast<std::byte*>(buffer->data()) + own.offset;
  return array;
}

std::uint32_t Program::read_external(Node& node) {
  const std::uint32_t index = lists_.externals.add(node);
  if (index == lists_.reads.size()) {
    lists_.reads.push_back(0);
    if (!node.has_value() && needed_.window(node).base) {
      lists_.windows.resize(index + 1);
      lists_.windows[index] = needed_.window(node);
    }
  }
  ++lists_.reads[index];
  return index;
}

}  // namespace xgrad::run
