#include <nn/data_parallel.hpp>

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include <autograd/autograd.hpp>
#include <autograd/distributed/collectives.hpp>
#include <autograd/recorder.hpp>
#include <nn/entries_of_ranks.hpp>
#include <nn/module_state.hpp>

namespace xgrad::nn {
namespace {

/// Tensors, given by place, all of rank 0: those of one dtype go together.
std::vector<Tensor> all_of_rank_0(const std::vector<Tensor>& tensors, const distributed::Communicator& group) {
  std::map<DType, std::vector<std::size_t>> by_dtype;
  for (std::size_t i = 0; i < tensors.size(); ++i) by_dtype[tensors[i].dtype()].push_back(i);
  std::vector<Tensor> result(tensors.size());
  for (const auto& [dtype, places] : by_dtype) {
    std::vector<Tensor> parts;
    for (const std::size_t i : places) parts.push_back(stop_gradient(tensors[i]).reshape({tensors[i].size()}));
    const Tensor all = distributed::broadcast(concatenate(parts, 0), 0, group);
    std::int64_t start = 0;
    for (const std::size_t i : places) {
      const std::int64_t end = start + tensors[i].size();
      result[i] = slice(all, 0, start, end).reshape(NewShape(tensors[i].shape()));
      start = end;
    }
  }
  return result;
}

void give_rank_0s(const NamedParameters& entries, const distributed::Communicator& group) {
  std::vector<Tensor> values;
  for (const auto& [name, entry] : entries) values.push_back(entry.value());
  const std::vector<Tensor> given = all_of_rank_0(values, group);
  eval(given);
  for (std::size_t i = 0; i < entries.size(); ++i) entries[i].second.set(given[i]);
}

}  // namespace

struct DistributedDataParallel::State {
  DataParallelOptions options;
  NamedParameters parameters;  ///< distinct
  NamedParameters buffers;     ///< those that each forward broadcasts
  /// Places of parameters, bucket by bucket, the first to be ready first.
  std::vector<std::vector<std::size_t>> buckets;
  bool ordered = false;  ///< whether they are in the order of the first forward

  /// Fills buckets with parameters in an order; each has one dtype.
  void fill(const std::vector<std::size_t>& order) {
    buckets.clear();
    std::map<DType, std::size_t> open;
    std::map<DType, std::int64_t> bytes;
    for (const std::size_t i : order) {
      const Tensor value = parameters[i].second.value();
      const auto more = value.size() * static_cast<std::int64_t>(size_of(value.dtype()));
      const auto found = open.find(value.dtype());
      if (found == open.end() || bytes[value.dtype()] + more > options.bucket_bytes) {
        open[value.dtype()] = buckets.size();
        bytes[value.dtype()] = 0;
        buckets.emplace_back();
      }
      buckets[open[value.dtype()]].push_back(i);
      bytes[value.dtype()] += more;
    }
  }

  /// The members of all buckets, by place of the parameter. The last bucket is recorded first, since a derivative goes
  /// backwards.
  std::vector<Tensor> members() const {
    std::vector<Tensor> result(parameters.size());
    for (auto bucket = buckets.rbegin(); bucket != buckets.rend(); ++bucket) {
      std::vector<Tensor> values;
      for (const std::size_t i : *bucket) values.push_back(parameters[i].second.value());
      const std::vector<Tensor> given = distributed::bucketed(values, options.group);
      for (std::size_t k = 0; k < given.size(); ++k) result[(*bucket)[k]] = given[k];
    }
    return result;
  }

  /// Orders buckets by where the forward first read each member: the later, the sooner its gradient is ready.
  void order_by_use(const std::vector<Tensor>& members) {
    const std::vector<Node*>& nodes = recorder().nodes;
    std::map<const Node*, std::size_t> place;
    for (std::size_t i = 0; i < members.size(); ++i) place.emplace(members[i].node(), i);
    std::vector<std::size_t> first_use(members.size(), std::numeric_limits<std::size_t>::max());
    std::size_t begin = nodes.size();
    for (const Tensor& member : members) begin = std::min<std::size_t>(begin, member.node()->position);
    for (std::size_t at = begin; at < nodes.size(); ++at) {
      for (const Node* input : nodes[at]->inputs()) {
        const auto found = place.find(input);
        if (found != place.end()) first_use[found->second] = std::min(first_use[found->second], at);
      }
    }
    std::vector<std::size_t> order(members.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::ranges::greater(), [&](std::size_t i) { return first_use[i]; });
    fill(order);
    ordered = true;
  }
};

DistributedDataParallel::DistributedDataParallel(Module module, const DataParallelOptions& options)
    : Module("DistributedDataParallel"),
      state_(std::make_shared<State>()),
      module_(register_module("module", std::move(module))) {
  if (options.bucket_bytes <= 0)
    refuse(fmt::format("bucket_bytes is {}; it must be more than 0", options.bucket_bytes));
  state_->options = options;
  state_->parameters = module_.named_parameters();
  if (state_->parameters.empty()) refuse("the model has no parameters");
  const NamedParameters buffers = module_.named_buffers();
  for (const auto& entry : buffers)
    if (is_floating(entry.second.dtype())) state_->buffers.push_back(entry);

  NamedParameters all = state_->parameters;
  all.insert(all.end(), buffers.begin(), buffers.end());
  if (const auto rank = rank_with_other_entries(all, options.group))
    refuse(fmt::format("rank {} has a model of other parameters or buffers than rank 0", *rank));
  give_rank_0s(all, options.group);

  std::vector<std::size_t> order(state_->parameters.size());
  std::iota(order.rbegin(), order.rend(), std::size_t{0});
  state_->fill(order);
}

void DistributedDataParallel::broadcast_buffers() const {
  std::vector<Tensor> values;
  for (const auto& [name, buffer] : state_->buffers) values.push_back(buffer.value());
  if (values.empty()) return;
  const std::vector<Tensor> given = all_of_rank_0(values, state_->options.group);
  for (std::size_t i = 0; i < given.size(); ++i) state_->buffers[i].second.set(given[i]);
}

Tensor DistributedDataParallel::forward(const std::vector<Tensor>& inputs) const {
  if (state_->options.group.size() == 1) return module_(inputs);
  if (is_training() && state_->options.broadcast_buffers) broadcast_buffers();
  const std::vector<Tensor> members = state_->members();
  Overrides overrides;
  for (std::size_t i = 0; i < members.size(); ++i) overrides.add(state_->parameters[i].second, members[i]);
  const Tensor y = module_(inputs);
  // Without a tape the list may have let go of what has run.
  if (!state_->ordered && Tape::alive()) state_->order_by_use(members);
  return y;
}

std::vector<std::vector<std::string>> DistributedDataParallel::buckets() const {
  std::vector<std::vector<std::string>> names;
  for (const std::vector<std::size_t>& bucket : state_->buckets) {
    names.emplace_back();
    for (const std::size_t i : bucket) names.back().push_back(state_->parameters[i].first);
  }
  return names;
}

std::string DistributedDataParallel::arguments() const {
  return fmt::format("bucket_bytes={}, broadcast_buffers={}", state_->options.bucket_bytes,
                     state_->options.broadcast_buffers ? "True" : "False");
}

}  // namespace xgrad::nn
