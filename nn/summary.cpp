#include <nn/summary.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <ostream>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include <autograd/differentiate/batching.hpp>
#include <autograd/ops/winograd.hpp>
#include <autograd/random.hpp>
#include <autograd/recorder.hpp>
#include <autograd/tape.hpp>
#include <nn/module_state.hpp>

namespace xgrad::nn {
namespace {

constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

/// Products: what is linear in each of several inputs, a multiplication and an addition at a time.
std::int64_t multiply_adds_of(const Node& node) {
  const BlockTraits* block = node.primitive->block();
  if (!block || !block->flops || std::popcount(block->linear) < 2) return 0;
  return block->flops(node.input(0)->shape, node.shape) / 2;
}

/// The node whose memory a node's value lies in: itself, but for views.
const Node* memory_of(const Node* node) {
  while (!node->has_value() && node->primitive->view() && node->input_count > 0) node = node->input(0);
  return node;
}

/// A row in the making.
struct Row {
  SummaryRow shown;
  const ModuleState* state;
  std::size_t parent;
  std::vector<std::size_t> children;
};

/// The rows of a module and all in it, in the order of registration.
class Tree {
 public:
  Tree(const Module& module, const SummaryOptions& options) {
    if (options.trained) {
      trained_.emplace();
      for (const Parameter& parameter : *options.trained) trained_->insert(parameter.id());
    }
    add(module, "", nowhere);
  }

  std::vector<Row>& rows() { return rows_; }

  /// The row of a module that is applied in the forward of a row's module, or `nowhere`: the one of the name that the
  /// call has, or the first of that module.
  std::size_t find(std::size_t around, const ModuleState& state, const std::string& label) const {
    const auto known = first_.find(&state);
    if (known == first_.end()) return nowhere;
    const std::size_t first = first_.at(rows_[around].state);
    const std::size_t named = named_row(first, label);
    if (named != nowhere && rows_[named].state == &state) return named;
    const std::size_t inside = inner_row(first, state);
    return inside != nowhere ? inside : known->second;
  }

 private:
  void add(const Module& module, const std::string& name, std::size_t parent) {
    const ModuleState& state = *ModuleAccess::state(module);
    const std::size_t place = rows_.size();
    rows_.push_back({.shown = {}, .state = &state, .parent = parent, .children = {}});
    const bool first = first_.emplace(&state, place).second;
    if (parent != nowhere) rows_[parent].children.push_back(place);
    SummaryRow& shown = rows_[place].shown;
    const bool at_root = parent == nowhere;
    shown.name = at_root || rows_[parent].shown.name.empty() ? name : rows_[parent].shown.name + "." + name;
    shown.type = state.type_name;
    shown.depth = at_root ? 0 : rows_[parent].shown.depth + 1;
    shown.recursive = !first;
    if (!first) return;
    for (const auto& entry : state.parameters) count(*entry, shown);
    for (const auto& entry : state.buffers) count(*entry, shown);
    for (const auto& [child_name, child] : state.children) add(child, child_name, place);
  }

  void count(const Registration& entry, SummaryRow& row) {
    if (!entry.slot || !counted_.insert(entry.slot.get()).second) return;
    const Tensor& value = entry.slot->value;
    row.state_bytes += value.size() * static_cast<std::int64_t>(size_of(value.dtype()));
    if (!entry.trained) {
      row.buffers += value.size();
      return;
    }
    row.parameters += value.size();
    const auto id = reinterpret_cast<std::uintptr_t>(entry.slot.get());
    if (!trained_ || trained_->contains(id)) row.trained_parameters += value.size();
  }

  /// The row that lies at a place ("layers.0") in another one.
  std::size_t named_row(std::size_t row, std::string_view place) const {
    const std::size_t dot = place.find('.');
    const std::string_view name = place.substr(0, dot);
    const auto& children = rows_[row].state->children;
    for (std::size_t i = 0; i < children.size(); ++i) {
      if (children[i].first != name) continue;
      const std::size_t child = rows_[row].children[i];
      if (dot == std::string_view::npos) return child;
      return named_row(first_.at(rows_[child].state), place.substr(dot + 1));
    }
    return nowhere;
  }

  /// The first row of a module in another one.
  std::size_t inner_row(std::size_t row, const ModuleState& state) const {
    for (const std::size_t child : rows_[row].children) {
      if (rows_[child].state == &state) return child;
      if (const std::size_t found = inner_row(child, state); found != nowhere) return found;
    }
    return nowhere;
  }

  std::vector<Row> rows_;
  std::unordered_map<const ModuleState*, std::size_t> first_;
  std::unordered_set<const Slot*> counted_;
  std::optional<std::unordered_set<std::uintptr_t>> trained_;
};

/// Follows the calls of modules while one is recorded, and keeps whose nodes are whose.
class Follower final : public CallObserver {
 public:
  Follower(Tree& tree, Overrides& changes, const Module& module)
      : tree_(tree), changes_(changes), list_(recorder()), begin_(list_.nodes.size()), outer_(observing) {
    keep(*ModuleAccess::state(module));
    observing = this;
  }
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;
  ~Follower() { observing = outer_; }

  void begins(const Module& module) override {
    const ModuleState& state = *ModuleAccess::state(module);
    keep(state);
    const std::size_t row = calls_.empty() ? 0 : tree_.find(calls_.back().row, state, ModuleAccess::label(module));
    end_stretch();
    const bool known = row != nowhere;
    calls_.push_back({known ? row : calls_.back().row, known, false});
    if (known) ++tree_.rows()[row].shown.calls;
  }

  void takes(const std::vector<Tensor>& inputs) override {
    SummaryRow& row = tree_.rows()[calls_.back().row].shown;
    if (!calls_.back().known || row.calls > 1) return;
    for (const Tensor& input : inputs)
      if (input.defined()) row.inputs.push_back(input.shape());
  }

  void gives(const Tensor& output) override {
    Call& call = calls_.back();
    if (!call.known || call.gave || !output.defined()) return;
    call.gave = true;
    Row& row = tree_.rows()[call.row];
    if (!row.shown.output) row.shown.output = output.shape();
    if (!row.state->children.empty()) return;
    const Node* memory = memory_of(output.node());
    if (outputs_.insert(memory).second && list_.holds(*memory) && memory->position >= begin_ && memory->input_count > 0)
      row.shown.output_bytes += static_cast<std::int64_t>(output.node()->bytes());
  }

  void ends() noexcept override {
    end_stretch();
    calls_.pop_back();
  }

  /// Adds the arithmetic that a tensor depends on to the rows.
  void count(const Tensor& result) {
    std::vector<bool> needed(list_.nodes.size() - begin_);
    const auto need = [&](const Node& node) {
      if (list_.holds(node) && node.position >= begin_) needed[node.position - begin_] = true;
    };
    need(*result.node());
    for (std::size_t i = needed.size(); i-- > 0;)
      if (needed[i])
        for (const Node* input : list_.nodes[begin_ + i]->inputs()) need(*input);
    for (const Stretch& stretch : stretches_)
      for (std::size_t i = stretch.begin; i < stretch.end; ++i)
        if (needed[i - begin_]) tree_.rows()[stretch.row].shown.multiply_adds += multiply_adds_of(*list_.nodes[i]);
  }

 private:
  struct Call {
    std::size_t row;  ///< that its arithmetic belongs to
    bool known;       ///< whether that is its own
    bool gave;
  };
  /// Nodes from one place to another that a row's module has recorded.
  struct Stretch {
    std::size_t begin, end, row;
  };

  /// Lets a module change copies of its parameters and buffers. Those of standalone modules come as they are applied.
  void keep(const ModuleState& state) {
    if (kept_.contains(&state)) return;
    any_state(state, [&](const ModuleState& one) {
      if (!kept_.insert(&one).second) return false;
      for (const auto* entries : {&one.parameters, &one.buffers})
        for (const auto& entry : *entries)
          if (entry->slot && slots_.insert(entry->slot.get()).second)
            changes_.add(ParameterAccess::of(entry), ParameterAccess::of(entry).value());
      return false;
    });
  }

  void end_stretch() {
    const std::size_t end = list_.nodes.size();
    if (!calls_.empty() && end > stretch_begin_) stretches_.push_back({stretch_begin_, end, calls_.back().row});
    stretch_begin_ = end;
  }

  Tree& tree_;
  Overrides& changes_;
  Recorder& list_;
  std::size_t begin_;
  CallObserver* outer_;
  std::vector<Call> calls_;
  std::vector<Stretch> stretches_;
  std::size_t stretch_begin_ = begin_;
  std::unordered_set<const ModuleState*> kept_;
  std::unordered_set<const Slot*> slots_;
  std::unordered_set<const Node*> outputs_;
};

/// The inputs to record with.
std::vector<Tensor> recorded_inputs(const std::vector<ExampleInput>& inputs) {
  std::vector<Tensor> tensors;
  for (const ExampleInput& input : inputs) {
    if (!input.is_tensor()) {
      check_size("summary", input.shape());
      if (!is_dtype(input.dtype()))
        fail("summary", fmt::format("input {} is given by a number that is no dtype", tensors.size()));
    }
    tensors.push_back(input.is_tensor() ? input.tensor() : placeholder("summary", "", input.shape(), input.dtype()));
  }
  if (tensors.empty()) fail("summary", "no inputs were given");
  if (!tensors[0].defined())
    fail("summary", "the first input is an undefined Tensor (default-constructed or moved from)");
  return tensors;
}

/// Adds the numbers of a row to another.
void add(SummaryRow& to, const SummaryRow& from) {
  to.parameters += from.parameters;
  to.trained_parameters += from.trained_parameters;
  to.buffers += from.buffers;
  to.multiply_adds += from.multiply_adds;
  to.state_bytes += from.state_bytes;
  to.output_bytes += from.output_bytes;
}

/// The rows down to a depth, with what lies deeper.
std::vector<SummaryRow> folded(std::vector<Row> rows, int depth) {
  for (std::size_t i = rows.size(); i-- > 0;)
    if (rows[i].shown.depth > depth) add(rows[rows[i].parent].shown, rows[i].shown);
  std::vector<SummaryRow> shown;
  for (Row& row : rows)
    if (row.shown.depth <= depth) shown.push_back(std::move(row.shown));
  return shown;
}

/// "61,706", of a number that is not negative.
std::string grouped(std::int64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t place = text.size(); place > 3;) text.insert(place -= 3, ",");
  return text;
}

std::string or_dash(std::int64_t number) { return number == 0 ? "-" : grouped(number); }

}  // namespace

Summary summary(const Module& module, const ExampleInputs& inputs, const SummaryOptions& options) {
  if (!ModuleAccess::state(module)) fail("summary", "the module was moved from");
  if (options.depth < 0) fail("summary", fmt::format("depth is {}; it must not be negative", options.depth));
  Tree tree(module, options);
  Summary result;
  {
    const OutsideOfModules outside;
    Generator generator;
    const GeneratorScope drawing(generator);
    const ops::DirectConvolutions direct;
    const Tape tape;
    const std::vector<Tensor> tensors = recorded_inputs(inputs.list());
    for (const Tensor& input : tensors)
      if (input.defined()) result.input_bytes += static_cast<std::int64_t>(input.node()->bytes());
    Overrides changes;
    Follower follower(tree, changes, module);
    const Tensor output = module(tensors);
    if (!output.defined()) fail("summary", fmt::format("{} gives an undefined Tensor", module.type_name()));
    follower.count(output);
  }
  result.rows = folded(std::move(tree.rows()), options.depth);
  for (const SummaryRow& row : result.rows) {
    result.parameters += row.parameters;
    result.trained_parameters += row.trained_parameters;
    result.buffers += row.buffers;
    result.multiply_adds += row.multiply_adds;
    result.output_bytes += row.output_bytes;
    result.state_bytes += row.state_bytes;
  }
  return result;
}

std::string Summary::text() const {
  struct Line {
    std::string cells[4];
  };
  std::vector<Line> lines{{{"module", "output", "parameters", "multiply-adds"}}};
  for (const SummaryRow& row : rows) {
    const std::string_view own_name = std::string_view(row.name).substr(row.name.rfind('.') + 1);
    std::string name = std::string(2 * static_cast<std::size_t>(row.depth), ' ');
    name += own_name.empty() ? row.type : fmt::format("{}: {}", own_name, row.type);
    if (row.calls > 1) name += fmt::format(" ({} calls)", row.calls);
    lines.push_back({{std::move(name), row.output ? to_string(*row.output) : "-",
                      row.recursive ? "recursive" : or_dash(row.parameters), or_dash(row.multiply_adds)}});
  }
  std::size_t widths[4] = {};
  for (const Line& line : lines)
    for (std::size_t i = 0; i < 4; ++i) widths[i] = std::max(widths[i], line.cells[i].size());
  std::string text;
  for (const Line& line : lines) {
    text += fmt::format("{:<{}}  {:<{}}  {:>{}}  {:>{}}\n", line.cells[0], widths[0], line.cells[1], widths[1],
                        line.cells[2], widths[2], line.cells[3], widths[3]);
    if (&line == &lines.front()) text += std::string(widths[0] + widths[1] + widths[2] + widths[3] + 6, '-') + '\n';
  }
  const std::pair<const char*, std::string> totals[] = {
      {"parameters", grouped(parameters)},
      {"  trained", grouped(trained_parameters)},
      {"  frozen", grouped(frozen_parameters())},
      {"buffers", grouped(buffers)},
      {"multiply-adds", grouped(multiply_adds)},
      {"bytes of input", grouped(input_bytes)},
      {"bytes of outputs, forward and backward", grouped(forward_backward_bytes())},
      {"bytes of parameters and buffers", grouped(state_bytes)},
      {"bytes together", grouped(total_bytes())},
  };
  std::size_t label = 0, number = 0;
  for (const auto& [what, value] : totals) {
    label = std::max(label, std::string_view(what).size());
    number = std::max(number, value.size());
  }
  text += '\n';
  for (const auto& [what, value] : totals) text += fmt::format("{:<{}}  {:>{}}\n", what, label, value, number);
  return text;
}

std::ostream& operator<<(std::ostream& out, const Summary& summary) { return out << summary.text(); }

}  // namespace xgrad::nn
