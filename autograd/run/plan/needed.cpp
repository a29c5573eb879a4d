#include <autograd/run/plan/needed.hpp>

#include <algorithm>
#include <optional>
#include <utility>

#include <autograd/run/plan/view.hpp>

namespace xgrad::run {

namespace {

/// A walk over the list asks for nodes so far ahead, since long lists do not stay in the cache.
constexpr std::size_t ahead = 8;

void fetch(const Node& node) {
  __builtin_prefetch(&node);
  __builtin_prefetch(reinterpret_cast<const std::byte*>(&node) + 64);
}

}  // namespace

thread_local constinit PerThread<Needed::Lists> Needed::spare;

/// Marks a node. Readers come later ones first, but one that turns out to read nothing of it is taken back
/// (visit_view).
inline void Needed::require(std::size_t position, std::uint8_t mark, std::size_t reader) {
  std::uint8_t& marks = lists_.marks[position];
  std::uint32_t& last_reader = lists_.last_reader[position];
  if ((marks & needed) == 0) {
    ++outstanding_;
    ++count_;
    last_reader = static_cast<std::uint32_t>(reader);
  } else {
    last_reader = std::max(last_reader, static_cast<std::uint32_t>(reader));
  }
  marks |= mark;
}

inline void Needed::visit(const Node& node) {
  for (const Node* input : node.inputs()) {
    if (input->has_value()) continue;
    if (!list_.holds(*input)) refuse_foreign(node.primitive->name, "an input", *input);
    require(input->position, needed, node.position);
  }
  if (node.primitive->view()) visit_view(node);
  if (node.primitive->is_ordered()) visit_ordered(node);
  // Values that the derivative of a node will read stay, as long as a tape could still ask for it.
  if (node.derived || node.differentiated || list_.tapes <= 1 || !node.primitive->vjp) return;
  for (std::size_t k = 0; k < node.input_count; ++k)
    if (node.primitive->reads >> std::min<std::size_t>(k, 30) & 1u) keep(node.input(k));
  if (node.primitive->reads & reads_output) keep(&node);
}

/// What reads a view reads what it is a view of, and nothing else that the view depends on.
void Needed::visit_view(const Node& node) {
  std::vector<std::uint32_t>& last_reader = lists_.last_reader;
  const Node& source = *node.input(0);
  if (!source.has_value() && !outlives(node.position))
    last_reader[source.position] = std::max(last_reader[source.position], last_reader[node.position]);
  for (std::size_t k = 1; k < node.input_count; ++k) {
    const Node& other = *node.input(k);
    if (!other.has_value() && last_reader[other.position] == node.position)
      last_reader[other.position] = other.position;
  }
}

/// Whether its only handle is the list's own, for the next ordered operation to wait for it.
bool Needed::only_waited_for(const Node& node) const noexcept {
  return list_.last_ordered.node() == &node && node.references.load(std::memory_order_relaxed) < 2 * Node::one_handle;
}

/// Its value outlives the run, so that it never runs again; where only a checkpoint's copy of it is read from then on
/// (differentiate/checkpoint), the value goes, and with it the recipe.
void Needed::visit_ordered(const Node& node) {
  if (node.recipe_dropped) {
    fail(node.primitive->name, "a value of shape " + to_string(node.shape) +
                                   ", exchanged within a checkpoint, is asked for again after its memory was let go; "
                                   "derivatives of derivatives through it have to be recorded before the first runs");
  }
  if (node.recomputed && node.differentiated)
    lists_.let_go.push_back(list_.nodes[node.position]);
  else
    lists_.marks[node.position] |= outliving;
}

void Needed::keep(const Node* node) {
  const auto costs_little = [](const Primitive& p) { return p.view() || (p.block() && p.block()->rearranges); };
  while (!node->has_value() && costs_little(*node->primitive)) node = node->input(0);
  if (!node->has_value()) lists_.marks[node->position] |= outliving;
}

Needed::Needed(Recorder& list, std::span<const Tensor> targets) : list_(list), lists_(std::move(*spare)) {
  lists_.marks.assign(list.nodes.size(), 0);
  if (lists_.last_reader.size() < list.nodes.size()) lists_.last_reader.resize(list.nodes.size());
  if (lists_.windows.empty()) lists_.windows.resize(1);
  for (const Tensor& target : targets) {
    const Node& node = *target.node();
    if (node.has_value()) continue;
    if (!list.holds(node)) refuse_foreign(node.primitive->name, "a tensor", node);
    require(node.position, needed | outliving, node.position);
  }
  first_ = lists_.marks.size();
  for (std::size_t i = lists_.marks.size(); i > list.first_pending || outstanding_ > 0; --i) {
    if (i > ahead) fetch(*list.nodes[i - ahead]);
    const Node& node = *list.nodes[i - 1];
    if (node.has_handles() && i > list.first_pending && !node.has_value() && !node.unknown && !node.refused)
      require(i - 1, only_waited_for(node) ? needed : needed | outliving, i - 1);
    if (!(lists_.marks[i - 1] & needed)) continue;
    --outstanding_;
    visit(node);
    first_ = i - 1;
  }
}

Needed::~Needed() {
  empty(lists_.nodes);
  empty(lists_.let_go);
  empty(lists_.windows);
  empty(lists_.window_of);
  *spare = std::move(lists_);
}

void Needed::list_nodes() {
  if (!lists_.nodes.empty()) return;
  lists_.nodes.reserve(count_);
  lists_.window_of.assign(end() - first_, 0);
  for (std::size_t i = first_; i < end(); ++i) {
    if (i + ahead < end()) fetch(*list_.nodes[i + ahead]);
    if (!has(i)) continue;
    Node& node = *list_.nodes[i];
    lists_.nodes.push_back(&node);
    if (node.primitive->view() && !outlives(i)) add_window(node);
  }
}

void Needed::add_window(const Node& node) {
  Node& source = *node.input(0);
  if (source.number) return;
  const Window* known = source.has_value() ? nullptr : &window(source);
  const bool through = known && known->base;
  const Lie from = through ? Lie{known->offset, known->strides} : Lie{0, contiguous_strides(source.shape)};
  const std::optional<Lie> lie =
      view_of(*node.primitive->view(), node.attributes, source.dtype, source.shape, from, node.dtype, node.shape);
  if (!lie) return;
  lists_.window_of[node.position - first_] = static_cast<std::uint32_t>(lists_.windows.size());
  lists_.windows.push_back({through ? known->base : &source, lie->offset, lie->strides});
}

void Needed::let_go() noexcept {
  Tensor& last = list_.last_ordered;
  for (Node* node : lists_.let_go) {
    if (node->buffer) continue;
    node->recipe_dropped = true;
    if (last.node() == node) last = Tensor();
  }
  if (last.defined() && last.node()->has_value()) last = Tensor();
}

void Needed::drop_values() noexcept {
  for (std::size_t i = first_; i < end(); ++i)
    if (has(i)) drop_value(*list_.nodes[i]);
}

}  // namespace xgrad::run
