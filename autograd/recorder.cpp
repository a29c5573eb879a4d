#include <autograd/recorder.hpp>

#include <atomic>
#include <deque>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace xgrad {
namespace {

std::atomic<std::uint32_t> next_recorder{1};

/// Interned names of scopes; ids stay valid for the program's life.
struct ScopeNames {
  std::mutex mutex;
  std::deque<std::string> names{""};
  std::unordered_map<std::string, std::uint32_t> ids{{"", 0}};
};

ScopeNames& scope_names() {
  static ScopeNames& instance = *new ScopeNames;
  return instance;
}

std::uint32_t intern(std::uint32_t outer, std::string_view name) {
  ScopeNames& table = scope_names();
  const std::lock_guard lock(table.mutex);
  std::string full = table.names[outer];
  if (!full.empty()) full += '.';
  full += name;
  const auto [entry, added] = table.ids.try_emplace(full, static_cast<std::uint32_t>(table.names.size()));
  if (added) table.names.push_back(full);
  return entry->second;
}

/// A name within a scope.
struct InnerScope {
  std::uint32_t outer;
  std::string name;

  operator std::pair<std::uint32_t, std::string_view>() const noexcept { return {outer, name}; }

  using View = std::pair<std::uint32_t, std::string_view>;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const View& scope) const noexcept {
      return std::hash<std::string_view>()(scope.second) + 0x9E3779B97F4A7C15u * scope.first;
    }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const View& a, const View& b) const noexcept { return a == b; }
  };
};

void connect(Node& node, std::uint32_t index, Node* input) {
  input->retain(Node::one_edge);
  node.derived = node.derived || (input->derived && !input->has_value());
  node.unknown = node.unknown || input->unknown;
  (node.overflow ? node.overflow : node.inline_list)[index] = input;
}

void check_recordable(const Recorder& list, const Primitive& primitive, const Node* input) {
  if (!input) fail(primitive.name, "an input is an undefined Tensor (default-constructed or moved from)");
  if (!input->has_value() && !list.holds(*input)) {
    fail(primitive.name, "an input of shape " + to_string(input->shape) +
                             " was recorded on another thread and has not run there; call eval() on it there first");
  }
}

Node* begin_record(Recorder& list, const Primitive& primitive, const Shape& shape, DType dtype,
                   const Attributes& attributes) {
  Node* node = Node::create(primitive, shape, dtype);
  node->attributes = attributes;
  node->scope = list.scope;
  node->derived = list.deriving;
  node->recomputed = list.recomputing;
  if (primitive.hold) primitive.hold(attributes, 1);
  return node;
}

Tensor finish_record(Recorder& list, Node* node) {
  node->references.store(Node::one_handle, std::memory_order_relaxed);
  Tensor result = Tensor::adopt(node);
  list.append(*node);
  if (detecting_anomaly()) note_provenance(*node, list.provenance);
  return result;
}

}  // namespace

Recorder::Recorder() : id(next_recorder.fetch_add(1)) { nodes.reserve(1024); }

Recorder::~Recorder() {
  for (std::size_t i = nodes.size(); i-- > 0;) {
    nodes[i]->recorder.store(0, std::memory_order_relaxed);
    nodes[i]->release(Node::one_edge);
  }
}

void Recorder::append(Node& node) {
  if (tapes == 0 && nodes.size() >= sweep_at_) {
    sweep();
    sweep_at_ = std::max<std::size_t>(1024, 2 * nodes.size());
  }
  nodes.push_back(&node);
  node.retain(Node::one_edge);
  node.recorder.store(id, std::memory_order_relaxed);
  node.position = static_cast<std::uint32_t>(nodes.size() - 1);
}

void Recorder::sweep() noexcept {
  // Backwards: what a handle waits for is alive, and so is what it is computed from. What a node gives up when it goes
  // was recorded before it, so one pass settles everything.
  alive_.assign(nodes.size(), 0);
  for (std::size_t i = nodes.size(); i-- > 0;) {
    Node& node = *nodes[i];
    if (!node.has_value() && (alive_[i] || node.has_handles())) {
      alive_[i] = 1;
      for (const Node* input : node.inputs())
        if (!input->has_value()) alive_[input->position] = 1;
    } else {
      alive_[i] = 0;
      node.recorder.store(0, std::memory_order_relaxed);
      if (node.has_value()) node.drop_recipe();
      node.release(Node::one_edge);
    }
  }
  std::size_t kept = 0;
  std::size_t pending = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (i == first_pending) pending = kept;
    if (!alive_[i]) continue;
    nodes[i]->position = static_cast<std::uint32_t>(kept);
    nodes[kept++] = nodes[i];
  }
  first_pending = first_pending >= nodes.size() ? kept : pending;
  nodes.resize(kept);
}

Recorder& recorder() noexcept {
  thread_local Recorder instance;
  return instance;
}

Tensor record(const Primitive& primitive, std::span<const Tensor> inputs, const Shape& shape, DType dtype,
              const Attributes& attributes) {
  Recorder& list = recorder();
  for (const Tensor& input : inputs) check_recordable(list, primitive, input.node());
  Node* node = begin_record(list, primitive, shape, dtype, attributes);
  node->input_count = static_cast<std::uint32_t>(inputs.size());
  // What is held is given back where the overflow is freed, so that other nodes need not look.
  if (inputs.size() > Node::inline_inputs || primitive.hold) node->overflow = new Node*[inputs.size()];
  for (std::uint32_t i = 0; i < inputs.size(); ++i) connect(*node, i, inputs[i].node());
  return finish_record(list, node);
}

Tensor record1(const Primitive& primitive, const Tensor& a, const Shape& shape, DType dtype,
               const Attributes& attributes) {
  Recorder& list = recorder();
  check_recordable(list, primitive, a.node());
  Node* node = begin_record(list, primitive, shape, dtype, attributes);
  node->input_count = 1;
  connect(*node, 0, a.node());
  return finish_record(list, node);
}

Tensor record2(const Primitive& primitive, const Tensor& a, const Tensor& b, const Shape& shape, DType dtype,
               const Attributes& attributes) {
  Recorder& list = recorder();
  check_recordable(list, primitive, a.node());
  check_recordable(list, primitive, b.node());
  Node* node = begin_record(list, primitive, shape, dtype, attributes);
  node->input_count = 2;
  connect(*node, 0, a.node());
  connect(*node, 1, b.node());
  return finish_record(list, node);
}

Tensor record3(const Primitive& primitive, const Tensor& a, const Tensor& b, const Tensor& c, const Shape& shape,
               DType dtype) {
  Recorder& list = recorder();
  for (const Tensor* input : {&a, &b, &c}) check_recordable(list, primitive, input->node());
  Node* node = begin_record(list, primitive, shape, dtype, {});
  node->input_count = 3;
  connect(*node, 0, a.node());
  connect(*node, 1, b.node());
  connect(*node, 2, c.node());
  return finish_record(list, node);
}

std::vector<std::string> recorded_primitives() {
  std::vector<std::string> names;
  for (const Node* node : recorder().nodes) names.emplace_back(node->primitive->name);
  return names;
}

NameScope::NameScope(std::string_view name) : outer_(recorder().scope) {
  // Entered in every step again, so that each thread remembers the names it has interned.
  static thread_local std::unordered_map<InnerScope, std::uint32_t, InnerScope::Hash, InnerScope::Equal> known;
  const std::pair<std::uint32_t, std::string_view> wanted(outer_, name);
  auto entry = known.find(wanted);
  if (entry == known.end()) entry = known.emplace(InnerScope{outer_, std::string(name)}, intern(outer_, name)).first;
  recorder().scope = entry->second;
}

NameScope::~NameScope() { recorder().scope = outer_; }

void CallScope::enter(CallSite site) noexcept { outer_ = std::exchange(recorder().provenance.call, site); }

void CallScope::leave() noexcept { recorder().provenance.call = outer_; }

const std::string& scope_name(std::uint32_t scope) {
  const std::lock_guard lock(scope_names().mutex);
  return scope_names().names[scope];
}

}  // namespace xgrad
