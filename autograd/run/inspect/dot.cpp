#include <autograd/run/inspect/dot.hpp>

#include <unordered_map>

#include <fmt/format.h>

#include <autograd/recorder.hpp>

namespace xgrad {
namespace {

/// Text as part of a quoted label.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\n') {
      result += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

/// "l0 [...]" for a value that nothing on the list computes.
std::string leaf(std::size_t index, const Node& node) {
  const std::string label =
      node.number ? node.plain_number().text() : to_string(node.shape) + " " + std::string(to_string(node.dtype));
  return fmt::format("  l{} [label=\"{}\", shape=ellipse, fillcolor=\"white\"];\n", index, label);
}

}  // namespace

std::string to_dot() {
  const Recorder& list = recorder();
  std::string nodes, edges;
  std::unordered_map<const Node*, std::size_t> leaves;
  for (const Node* node : list.nodes) {
    nodes += fmt::format("  n{} [label=\"{}\\n{} {}", node->position, escaped(node->primitive->name),
                         to_string(node->shape), to_string(node->dtype));
    if (node->scope != 0) nodes += "\\n" + escaped(scope_name(node->scope));
    nodes += node->derived ? "\", fillcolor=\"moccasin\"];\n" : "\"];\n";
    for (const Node* input : node->inputs()) {
      if (list.holds(*input)) {
        edges += fmt::format("  n{} -> n{};\n", input->position, node->position);
        continue;
      }
      const auto [entry, added] = leaves.try_emplace(input, leaves.size());
      if (added) nodes += leaf(entry->second, *input);
      edges += fmt::format("  l{} -> n{};\n", entry->second, node->position);
    }
  }
  return "digraph tape {\n  node [shape=box, style=filled, fillcolor=\"lightblue\"];\n" + nodes + edges + "}\n";
}

}  // namespace xgrad
