#include <autograd/recorder.hpp>

#include <deque>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

#include <autograd/ops.hpp>
#include <autograd/per_thread.hpp>
#include <autograd/run/execute/evaluate.hpp>

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

thread_local constinit Recorder* this_threads = nullptr;

Recorder& make_recorder() {
  run::with_memory_for("record", sizeof(Recorder), [] {
    auto made = std::make_unique<Recorder>();
    at_thread_end([](void*) noexcept { delete std::exchange(this_threads, nullptr); }, nullptr);
    this_threads = made.release();
  });
  return *this_threads;
}

Recorder& current() { return this_threads ? *this_threads : make_recorder(); }

/// The lists of all threads, for the rare case that one ends a tape of another.
struct Lists {
  std::mutex mutex;
  std::unordered_map<std::uint32_t, Recorder*> by_id;
};

Lists& lists() {
  static Lists& instance = *new Lists;
  return instance;
}

/// Properties that a node takes on from its inputs.
struct Inherited {
  bool derived = false;
  bool unknown = false;
  bool refused = false;
  bool narrow = false;  ///< one of them is bfloat16
};

[[noreturn, gnu::cold]] void refuse_dtype(const Primitive& primitive, DType dtype) {
  fail(primitive.name, "number " + std::to_string(static_cast<int>(dtype)) +
                           " is no dtype; bool, int64, bfloat16, float32 or float64 is expected");
}

[[noreturn, gnu::cold]] void refuse(const Primitive& primitive, const Node* input) {
  if (!input) fail(primitive.name, "an input is an undefined Tensor (default-constructed or moved from)");
  refuse_foreign(primitive.name, "an input", *input);
}

inline void check_recordable(Recorder& list, const Primitive& primitive, const Node* input, Inherited& inherited) {
  if (!input) refuse(primitive, input);
  inherited.unknown |= input->unknown;
  inherited.narrow |= input->dtype == DType::bfloat16;
  if (input->has_value()) return list.note_read(*input);
  inherited.derived |= input->derived;
  inherited.refused |= input->refused;
  if (!list.holds(*input)) refuse(primitive, input);
}

/// The most elements whose bytes a size of 32 bits counts; with one of 64, Shape::max_elements is less.
constexpr std::int64_t most_of_narrow_sizes = std::int64_t{1} << 28;

/// A node with references by the list and by the handle that finish_record makes.
inline Node* begin_record(Recorder& list, const Primitive& primitive, const Shape& shape, DType dtype,
                          const Attributes& attributes, Inherited inherited) {
  if (!is_dtype(dtype)) [[unlikely]]
    refuse_dtype(primitive, dtype);
  check_size(primitive.name, shape);
  if constexpr (sizeof(std::size_t) < sizeof(std::int64_t))
    if (shape.elements() > most_of_narrow_sizes)
      fail(primitive.name, "shape " + to_string(shape) + " has more elements than memory of 32 bits holds, " +
                               std::to_string(most_of_narrow_sizes));
  Node* node = Node::create(primitive, shape, dtype, Node::one_handle + Node::one_edge, attributes);
  node->scope = list.scope;
  node->derived = list.deriving || inherited.derived;
  node->recomputed = list.recomputing;
  node->unknown = inherited.unknown;
  node->refused = inherited.refused;
  return node;
}

inline Node* read_by_another(Node* input) noexcept {
  input->retain(Node::one_edge);
  return input;
}

inline Tensor finish_record(Recorder& list, Node* node) {
  Tensor result = Tensor::adopt(node);
  try {
    list.append(*node);
  } catch (const std::bad_alloc&) {
    node->release(Node::one_edge);
    run::refuse_memory(node->primitive->name, 2 * list.nodes.size() * sizeof(Node*));
  }
  if (detecting_anomaly()) note_provenance(*node, list.provenance);
  return result;
}

}  // namespace

Recorder::Recorder() : id(next_recorder.fetch_add(1)) {
  nodes.reserve(1024);
  const std::lock_guard lock(lists().mutex);
  lists().by_id.emplace(id, this);
}

Recorder::~Recorder() {
  {
    const std::lock_guard lock(lists().mutex);
    lists().by_id.erase(id);
  }
  for (std::size_t i = nodes.size(); i-- > 0;) {
    nodes[i]->recorder.store(0, std::memory_order_relaxed);
    if (nodes[i]->has_value()) nodes[i]->drop_recipe();
    nodes[i]->release(Node::one_edge);
  }
}

void Recorder::end_tape_of(std::uint32_t id) noexcept {
  const std::lock_guard lock(lists().mutex);
  const auto found = lists().by_id.find(id);
  if (found != lists().by_id.end()) found->second->ended_elsewhere_.fetch_add(1);
}

void Recorder::make_room() noexcept {
  prune();
  bound_waiting();
  prune_at_ = std::max<std::size_t>(1024, 2 * nodes.size());
}

void Recorder::bound_waiting() noexcept {
  if (tapes != 0 || (nodes.size() <= run_at_nodes_ && waiting_bytes_ <= run_at_bytes_)) return;
  run::evaluate_waiting(*this);
  // The rest can't run. It is tried again once the list has doubled.
  run_at_nodes_ = std::max(most_waiting_nodes, 2 * nodes.size());
  run_at_bytes_ = std::max(most_waiting_bytes, 2 * waiting_bytes_);
}

void Recorder::prune() noexcept {
  if (last_ordered.defined() && last_ordered.node()->has_value()) last_ordered = Tensor();
  // Backwards: what a handle waits for is alive, and so is what it is computed from. What a node gives up when it goes
  // was recorded before it, so one pass settles everything.
  try {
    alive_.assign(nodes.size(), 0);
  } catch (const std::bad_alloc&) {
    return;  // all stays until there is memory
  }
  read_ = 0;
  waiting_bytes_ = 0;
  bool any_alive = false;
  for (std::size_t i = nodes.size(); i-- > 0;) {
    Node& node = *nodes[i];
    if (!node.has_value() && (alive_[i] || node.has_handles())) {
      alive_[i] = 1;
      any_alive = true;
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
  for (std::size_t i = 0; any_alive && i < nodes.size(); ++i) {
    if (i == first_pending) pending = kept;
    if (!alive_[i]) continue;
    for (const Node* input : nodes[i]->inputs())
      if (input->has_value() && !input->number && !input->has_handles()) waiting_bytes_ += input->bytes();
    nodes[i]->position = static_cast<std::uint32_t>(kept);
    nodes[kept++] = nodes[i];
  }
  first_pending = first_pending >= nodes.size() ? kept : pending;
  nodes.resize(kept);
}

Recorder& recorder() { return current(); }

void refuse_foreign(const char* where, const char* what, const Node& node) {
  const std::string tensor = std::string(what) + " of shape " + to_string(node.shape);
  if (node.recipe_dropped)
    fail(where, tensor + " has no value any more: its memory was given to another tensor (eval with donated tensors)");
  if (node.recorder.load(std::memory_order_relaxed) == 0)
    fail(where, tensor + " was recorded on another thread, which has ended before it was run; call eval() on it there");
  fail(where, tensor + " was recorded on another thread and has not run there; call eval() on it there first");
}

namespace {

/// Whether bfloat16 is among what a primitive is to read or give, which does not know it.
bool widens(const Primitive& primitive, const Inherited& inherited, DType dtype) {
  return (inherited.narrow || dtype == DType::bfloat16) && !primitive.reads_bfloat16();
}

/// Records what computes in float32 instead. A result of bfloat16 that is not that of an input was asked for.
[[gnu::cold]] Tensor record_widened(const Primitive& primitive, std::span<const Tensor> inputs, const Shape& shape,
                                    DType dtype, const Attributes& attributes, bool narrow) {
  std::vector<Tensor> wide(inputs.begin(), inputs.end());
  for (Tensor& input : wide)
    if (input.node()->dtype == DType::bfloat16) input = cast(input, DType::float32);
  const Tensor result = record(primitive, wide, shape, computed_in(dtype), attributes);
  return dtype == DType::bfloat16 && !narrow ? cast(result, dtype) : result;
}

}  // namespace

Tensor record(const Primitive& primitive, std::span<const Tensor> inputs, const Shape& shape, DType dtype,
              const Attributes& attributes) {
  Recorder& list = current();
  Inherited inherited;
  for (const Tensor& input : inputs) check_recordable(list, primitive, input.node(), inherited);
  if (widens(primitive, inherited, dtype)) [[unlikely]]
    return record_widened(primitive, inputs, shape, dtype, attributes, inherited.narrow);
  // Shared attributes are let go where the overflow is freed, so that other nodes need not look.
  std::unique_ptr<Node*[]> overflow;
  if (inputs.size() > Node::inline_inputs || attributes.shared()) {
    run::with_memory_for(primitive.name, inputs.size() * sizeof(Node*),
                         [&] { overflow = std::make_unique_for_overwrite<Node*[]>(inputs.size()); });
  }
  Node* node = begin_record(list, primitive, shape, dtype, attributes, inherited);
  node->input_count = static_cast<std::uint32_t>(inputs.size());
  node->overflow = overflow.release();
  Node** connected = node->overflow ? node->overflow : node->inline_list;
  for (const Tensor& input : inputs) *connected++ = read_by_another(input.node());
  return finish_record(list, node);
}

Tensor record1(const Primitive& primitive, const Tensor& a, const Shape& shape, DType dtype,
               const Attributes& attributes) {
  if (attributes.shared()) [[unlikely]]
    return record(primitive, std::span(&a, 1), shape, dtype, attributes);
  Recorder& list = current();
  Inherited inherited;
  check_recordable(list, primitive, a.node(), inherited);
  if (widens(primitive, inherited, dtype)) [[unlikely]]
    return record_widened(primitive, std::span(&a, 1), shape, dtype, attributes, inherited.narrow);
  Node* node = begin_record(list, primitive, shape, dtype, attributes, inherited);
  node->input_count = 1;
  node->inline_list[0] = read_by_another(a.node());
  return finish_record(list, node);
}

Tensor record2(const Primitive& primitive, const Tensor& a, const Tensor& b, const Shape& shape, DType dtype,
               const Attributes& attributes) {
  if (attributes.shared()) [[unlikely]]
    return record(primitive, std::array{a, b}, shape, dtype, attributes);
  Recorder& list = current();
  Inherited inherited;
  check_recordable(list, primitive, a.node(), inherited);
  check_recordable(list, primitive, b.node(), inherited);
  if (widens(primitive, inherited, dtype)) [[unlikely]]
    return record_widened(primitive, std::array{a, b}, shape, dtype, attributes, inherited.narrow);
  Node* node = begin_record(list, primitive, shape, dtype, attributes, inherited);
  node->input_count = 2;
  node->inline_list[0] = read_by_another(a.node());
  node->inline_list[1] = read_by_another(b.node());
  return finish_record(list, node);
}

Tensor record3(const Primitive& primitive, const Tensor& a, const Tensor& b, const Tensor& c, const Shape& shape,
               DType dtype) {
  Recorder& list = current();
  Inherited inherited;
  for (const Tensor* input : {&a, &b, &c}) check_recordable(list, primitive, input->node(), inherited);
  if (widens(primitive, inherited, dtype)) [[unlikely]]
    return record_widened(primitive, std::array{a, b, c}, shape, dtype, no_attributes, inherited.narrow);
  Node* node = begin_record(list, primitive, shape, dtype, no_attributes, inherited);
  node->input_count = 3;
  node->inline_list[0] = read_by_another(a.node());
  node->inline_list[1] = read_by_another(b.node());
  node->inline_list[2] = read_by_another(c.node());
  return finish_record(list, node);
}

std::vector<std::string> recorded_primitives() {
  std::vector<std::string> names;
  for (const Node* node : recorder().nodes) names.emplace_back(node->primitive->name);
  return names;
}

NameScope::NameScope(std::string_view name) : outer_(recorder().scope) {
  // Entered in every step again, so that each thread remembers the names it has interned.
  using Known = std::unordered_map<InnerScope, std::uint32_t, InnerScope::Hash, InnerScope::Equal>;
  static thread_local constinit PerThread<Known> known;
  const std::pair<std::uint32_t, std::string_view> wanted(outer_, name);
  auto entry = known->find(wanted);
  if (entry == known->end()) entry = known->emplace(InnerScope{outer_, std::string(name)}, intern(outer_, name)).first;
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
