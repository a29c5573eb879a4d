#include <autograd/differentiate/dependencies.hpp>

#include <algorithm>

namespace xgrad {
namespace {

/// Whether a node has a recipe that is on the list of another thread, or was when that thread ended.
bool is_foreign(const Recorder& list, const Node& node) {
  return !list.holds(node) && !node.number && !node.primitive->is_data();
}

}  // namespace

void check_recipes(const Recorder& list, const Tensor& y, const std::vector<Tensor>& xs) {
  const Node& root = *y.node();
  if (std::ranges::none_of(xs, [&](const Tensor& x) { return x.same_as(y); })) {
    if (is_foreign(list, root)) {
      fail("gradient", "y (shape " + to_string(y.shape()) + ") was recorded on another thread" +
                           (root.recorder.load(std::memory_order_relaxed) == 0 ? ", which has ended" : "") +
                           "; ask for its gradient on the thread that recorded it, while its Tape is alive");
    }
    if (!list.holds(root) && root.recipe_dropped) {
      fail("gradient",
           "y (shape " + to_string(y.shape()) +
               ") was computed while no Tape was alive on this thread, so how is no longer known; create the "
               "Tape before computing y, and ask for the gradient before it goes out of scope");
    }
  }
  for (const Tensor& x : xs)
    if (!x.node()->has_value() && !list.holds(*x.node())) refuse_foreign("gradient", "x", *x.node());
}

void check_reaches_end(const Recorder& list, const Node& y, const std::vector<Tensor>& xs, bool taped) {
  if (!list.holds(y)) return;
  std::vector<std::uint8_t> reached(y.position + 1, 0);
  reached[y.position] = 1;
  for (std::size_t i = reached.size(); i-- > 0;) {
    const Node& node = *list.nodes[i];
    if (!reached[i] || !node.primitive->vjp) continue;
    for (const Node* input : node.inputs()) {
      if (!is_floating(input->dtype)) continue;
      if (list.holds(*input)) {
        reached[input->position] = 1;
        continue;
      }
      const bool foreign = is_foreign(list, *input);
      if (!foreign && (taped || !input->recipe_dropped)) continue;
      if (std::ranges::any_of(xs, [&](const Tensor& x) { return x.node() == input; })) continue;
      if (foreign) {
        fail("gradient", "y (shape " + to_string(y.shape) + ") depends on a tensor of shape " +
                             to_string(input->shape) +
                             " that another thread recorded, and not on x on this one; record all of it on one thread, "
                             "or apply stop_gradient to that tensor here, if it is meant to be constant");
      }
      fail("gradient", "y (shape " + to_string(y.shape) + ") depends on a tensor of shape " + to_string(input->shape) +
                           " that was computed while no Tape was alive on this thread, and how is no longer known; "
                           "create the Tape before computing it");
    }
  }
}

Dependencies::Dependencies(const Recorder& list, const Node& y) : list_(list) {
  if (!list.holds(y)) return;
  on_list_.assign(y.position + 1, false);
  on_list_[y.position] = true;
  for (std::size_t i = on_list_.size(); i-- > 0;) {
    const Node& node = *list.nodes[i];
    if (!on_list_[i] || node.primitive->stops_gradient) continue;
    for (const Node* input : node.inputs()) {
      if (!is_floating(input->dtype)) continue;
      if (list.holds(*input))
        on_list_[input->position] = true;
      else
        leaves_.insert(input);
    }
  }
}

bool Dependencies::hold(const Node& node) const {
  if (list_.holds(node)) return node.position < on_list_.size() && on_list_[node.position];
  return leaves_.contains(&node);
}

}  // namespace xgrad
