#include <autograd/run/program.hpp>

#include <algorithm>
#include <bit>
#include <cmath>

namespace xgrad::run {
namespace {

constexpr std::uint8_t needed = 1;
constexpr std::uint8_t outlives = 2;
constexpr std::uint32_t none = ~std::uint32_t{0};

/// Where a node's entry in a table by address is looked for first.
std::size_t place_of(const Node& node) { return std::bit_cast<std::uintptr_t>(&node) / 64 * 0x9E3779B97F4A7C15u >> 20; }

/// What a plan may know of a plain number.
std::uint64_t number_class(const Node& node) {
  if (!node.number) return 0;
  if (node.scalar == 1) return 1;
  if (node.scalar == 0 && !std::signbit(node.scalar)) return 2;
  return 3;
}

}  // namespace

Program::Program(Recorder& list, std::span<const Tensor> targets, std::span<const Tensor> donated)
    : list_(list), lists_(std::move(spare)) {
  lists_.marks.assign(list.nodes.size(), 0);
  for (std::size_t i = list.first_pending; i < lists_.marks.size(); ++i) {
    const Node& node = *list.nodes[i];
    if (!node.has_value() && node.has_handles() && !node.unknown) require(i, needed | outlives);
  }
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
  for (std::size_t i = lists_.marks.size(); outstanding_ > 0; --i) {
    if (!(lists_.marks[i - 1] & needed)) continue;
    --outstanding_;
    visit(*list.nodes[i - 1]);
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
  spare.survives.clear();
  spare.externals.clear();
  spare.offered.clear();
  spare.first_reference.clear();
  spare.references.clear();
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
  lists_.survives.reserve(count);
  lists_.first_reference.reserve(count);
  for (std::size_t position = first_; position < lists_.marks.size(); ++position) {
    const std::uint8_t marks = lists_.marks[position];
    if (!(marks & needed)) continue;
    Node& node = *list_.nodes[position];
    lists_.index_of[position - first_] = static_cast<std::uint32_t>(lists_.nodes.size());
    lists_.nodes.push_back(&node);
    lists_.survives.push_back((marks & outlives) != 0 ? 1 : 0);
    lists_.first_reference.push_back(static_cast<std::uint32_t>(lists_.references.size()));
    add_to_key(node, (marks & outlives) != 0);
  }
  for (const Node* external : lists_.externals) {
    std::uint64_t* word = lists_.key.room(1 + external->shape.size());
    *word++ = static_cast<std::uint64_t>(external->shape.rank()) << 16 |
              static_cast<std::uint64_t>(external->dtype) << 8 | number_class(*external);
    for (const std::int64_t extent : external->shape) *word++ = static_cast<std::uint64_t>(extent);
    lists_.key.end_at(word);
  }
}

void Program::add_to_key(const Node& node, bool survives) {
  const bool plain = node.primitive->execution == Execution::elementwise || node.primitive->identity;
  std::size_t attributes = plain ? 0 : node.attributes.size();
  while (attributes > 0 && node.attributes[attributes - 1] == 0) --attributes;
  std::uint64_t* word = lists_.key.room(2 + node.shape.size() + attributes + node.input_count);
  *word++ = std::bit_cast<std::uint64_t>(node.primitive);
  *word++ = std::uint64_t{node.input_count} << 32 | static_cast<std::uint64_t>(attributes) << 24 |
            static_cast<std::uint64_t>(node.shape.rank()) << 16 | static_cast<std::uint64_t>(node.dtype) << 8 |
            (survives ? 1u : 0u);
  for (const std::int64_t extent : node.shape) *word++ = static_cast<std::uint64_t>(extent);
  for (std::size_t i = 0; i < attributes; ++i) *word++ = static_cast<std::uint64_t>(node.attributes[i]);
  for (Node* input : node.inputs()) {
    const bool computed = !input->has_value();
    const std::uint32_t index = computed ? lists_.index_of[input->position - first_] : external_index(*input);
    lists_.references.push_back({computed, index});
    *word++ = std::uint64_t{index} << 1 | (computed ? 1u : 0u);
  }
  lists_.key.end_at(word);
}

void Program::offer(std::span<const Tensor> donated) {
  lists_.offered.assign(lists_.externals.size(), 0);
  if (donated.empty()) return;
  std::vector<std::uint64_t> edges(lists_.externals.size(), 0);
  for (const Reference& reference : lists_.references)
    if (!reference.computed) ++edges[reference.index];
  for (const Tensor& tensor : donated) {
    const Node* node = tensor.node();
    const std::uint32_t i = node ? find_external(*node) : none;
    if (i == none || node->number || !node->buffer->unique()) continue;
    const std::uint64_t known = Node::one_handle + edges[i] + (list_.holds(*node) ? Node::one_edge : 0);
    if (node->references.load(std::memory_order_acquire) != known) continue;
    lists_.offered[i] = 1;
    std::uint64_t* word = lists_.key.room(1);
    *word = i;
    lists_.key.end_at(word + 1);
  }
}

std::uint32_t Program::external_index(Node& node) {
  if (2 * lists_.externals.size() >= lists_.external_table.size()) {
    lists_.external_table.assign(2 * lists_.external_table.size(), none);
    for (std::uint32_t i = 0; i < lists_.externals.size(); ++i) add_external(*lists_.externals[i], i);
  }
  if (const std::uint32_t known = find_external(node); known != none) return known;
  lists_.externals.push_back(&node);
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

void Program::add_external(Node& node, std::uint32_t index) {
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
