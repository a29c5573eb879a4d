#include <autograd/run/program.hpp>

#include <algorithm>
#include <bit>
#include <cmath>

namespace xgrad::run {
namespace {

constexpr std::uint8_t needed = 1;
constexpr std::uint8_t outlives = 2;
constexpr std::uint32_t none = ~std::uint32_t{0};

/// What a plan may know of a plain number.
std::uint64_t number_class(const Node& node) {
  if (!node.number) return 0;
  if (node.scalar == 1) return 1;
  if (node.scalar == 0 && !std::signbit(node.scalar)) return 2;
  return 3;
}

}  // namespace

Program::Program(Recorder& list, std::span<const Tensor> targets) : list_(list) {
  marks_.assign(list.nodes.size(), 0);
  for (std::size_t i = list.first_pending; i < marks_.size(); ++i) {
    const Node& node = *list.nodes[i];
    if (!node.has_value() && node.has_handles()) require(i, needed | outlives);
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
  std::size_t count = 0;
  first_ = marks_.size();
  for (std::size_t i = marks_.size(); outstanding_ > 0; --i) {
    if (!(marks_[i - 1] & needed)) continue;
    --outstanding_;
    ++count;
    visit(*list.nodes[i - 1]);
    first_ = i - 1;
  }
  nodes_.reserve(count);
  survives_.reserve(count);
  first_reference_.reserve(count);
  references_.reserve(2 * count);
  key_.reserve(12 * count);
  collect();
}

void Program::require(std::size_t position, std::uint8_t mark) {
  if (!(marks_[position] & needed)) ++outstanding_;
  marks_[position] |= mark;
}

void Program::visit(const Node& node) {
  for (const Node* input : node.inputs())
    if (!input->has_value()) require(input->position, needed);
  // What the derivative of a node will read stays, as long as a tape could still ask for it.
  if (list_.tapes <= 1 || node.derived || node.differentiated || !node.primitive->vjp) return;
  for (std::size_t k = 0; k < node.input_count; ++k)
    if (node.primitive->reads >> std::min<std::size_t>(k, 30) & 1u) keep(node.input(k));
  if (node.primitive->reads & reads_output) keep(&node);
}

void Program::keep(const Node* node) {
  while (!node->has_value() && node->primitive->execution == Execution::view) node = node->input(0);
  if (!node->has_value()) marks_[node->position] |= outlives;
}

void Program::collect() {
  index_of_.assign(marks_.size() - first_, none);
  external_table_.assign(64, none);
  for (std::size_t position = first_; position < marks_.size(); ++position) {
    if (!(marks_[position] & needed)) continue;
    Node& node = *list_.nodes[position];
    index_of_[position - first_] = static_cast<std::uint32_t>(nodes_.size());
    const bool survives = (marks_[position] & outlives) != 0;
    nodes_.push_back(&node);
    survives_.push_back(survives ? 1 : 0);
    first_reference_.push_back(static_cast<std::uint32_t>(references_.size()));

    key_.push_back(std::bit_cast<std::uint64_t>(node.primitive));
    key_.push_back(std::uint64_t{node.input_count} << 32 | static_cast<std::uint64_t>(node.shape.rank()) << 16 |
                   static_cast<std::uint64_t>(node.dtype) << 8 | (survives ? 1u : 0u));
    for (const std::int64_t extent : node.shape) key_.push_back(static_cast<std::uint64_t>(extent));
    if (node.primitive->execution != Execution::elementwise)
      for (const std::int64_t word : node.attributes) key_.push_back(static_cast<std::uint64_t>(word));
    for (Node* input : node.inputs()) {
      if (input->has_value()) {
        const std::uint32_t index = external_index(*input);
        references_.push_back({false, index});
        key_.push_back(std::uint64_t{index} << 1);
      } else {
        const std::uint32_t index = index_of_[input->position - first_];
        references_.push_back({true, index});
        key_.push_back(std::uint64_t{index} << 1 | 1);
      }
    }
  }
  for (const Node* external : externals_) {
    key_.push_back(static_cast<std::uint64_t>(external->shape.rank()) << 16 |
                   static_cast<std::uint64_t>(external->dtype) << 8 | number_class(*external));
    for (const std::int64_t extent : external->shape) key_.push_back(static_cast<std::uint64_t>(extent));
  }
}

std::uint32_t Program::external_index(Node& node) {
  if (2 * externals_.size() >= external_table_.size()) {
    external_table_.assign(2 * external_table_.size(), none);
    for (std::uint32_t i = 0; i < externals_.size(); ++i) add_external(*externals_[i], i);
  }
  const std::size_t mask = external_table_.size() - 1;
  for (std::size_t place = std::bit_cast<std::uintptr_t>(&node) / 64 * 0x9E3779B97F4A7C15u >> 20;; ++place) {
    const std::uint32_t index = external_table_[place & mask];
    if (index == none) break;
    if (externals_[index] == &node) return index;
  }
  externals_.push_back(&node);
  add_external(node, static_cast<std::uint32_t>(externals_.size() - 1));
  return static_cast<std::uint32_t>(externals_.size() - 1);
}

void Program::add_external(Node& node, std::uint32_t index) {
  const std::size_t mask = external_table_.size() - 1;
  std::size_t place = std::bit_cast<std::uintptr_t>(&node) / 64 * 0x9E3779B97F4A7C15u >> 20;
  while (external_table_[place & mask] != none) ++place;
  external_table_[place & mask] = index;
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
