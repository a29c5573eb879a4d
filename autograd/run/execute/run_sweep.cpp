#include <autograd/run/execute/run_sweep.hpp>

#include <algorithm>

#include <autograd/kernel/threads.hpp>
#include <autograd/per_thread.hpp>
#include <autograd/run/execute/run_pass.hpp>

namespace xgrad::run {
namespace {

template <class T>
void add_into(std::byte* total, const std::byte* x, std::size_t bytes) {
  auto* const out = reinterpret_cast<T*>(total);
  const auto* const in = reinterpret_cast<const T*>(x);
  for (std::size_t i = 0; i < bytes / sizeof(T); ++i) out[i] += in[i];
}

/// Memory that the parts of a sweep which one thread runs use one after the other.
class Parts {
 public:
  Parts(const Plan& plan, const Sweep& sweep, std::span<Node* const> nodes, std::span<std::byte* const> memory)
      : plan_(plan), sweep_(sweep), nodes_(nodes), memory_(memory), handed_(Buffer::allocate(sweep.part_bytes)) {}

  /// Gives totals memory of their own, apart from their place in the plan.
  void keep_totals_apart() {
    if (!apart_.empty()) return;
    for (const Sweep::Stage& stage : sweep_.stages) {
      if (!stage.accumulates) continue;
      const StorageId s = block(stage).result.storage;
      apart_.emplace_back(s, BufferHandle(Buffer::allocate(plan_.storages[s].bytes)));
    }
  }

  /// Adds what was kept apart to the plan's totals.
  void add_totals() const {
    for (const auto& [s, total] : apart_) {
      const Storage& storage = plan_.storages[s];
      const auto add = storage.dtype == DType::float32 ? add_into<float> : add_into<double>;
      add(memory_[s.index()], static_cast<const std::byte*>(total->data()), storage.bytes);
    }
  }

  /// Runs all stages on a part; the first one of a thread starts the totals.
  void run(std::int64_t part, bool first) {
    group_ = part / sweep_.parts_of_group();
    first_place_ = part % sweep_.parts_of_group() * sweep_.part;
    places_ = std::min(sweep_.part, sweep_.places - first_place_);
    for (const Sweep::Stage& stage : sweep_.stages) {
      if (stage.step.kind == Step::Kind::pass)
        run_pass_stage(stage);
      else
        run_block_stage(stage, first);
    }
  }

 private:
  const Block& block(const Sweep::Stage& stage) const { return plan_.block_of(stage.step); }

  const Sweep::Handed* handed(StorageId storage) const {
    const auto found = std::find_if(sweep_.handed.begin(), sweep_.handed.end(),
                                    [&](const Sweep::Handed& h) { return h.storage == storage; });
    return found == sweep_.handed.end() ? nullptr : &*found;
  }

  std::byte* start_of(const Sweep::Handed& own) const { return static_cast<std::byte*>(handed_->data()) + own.offset; }

  /// The part of an array along an axis, and along that of the groups.
  Array view(const Place& place, int axis, int group_axis) const {
    Array array = array_of(place, memory_);
    const Sweep::Handed* own = handed(place.storage);
    if (group_axis != all_of_it) narrow(array, group_axis, group_, 1, sweep_.groups, own == nullptr);
    if (axis == all_of_it) {
      for (const auto& [s, total] : apart_)
        if (s == place.storage) array.data = static_cast<std::byte*>(total->data()) + place.offset;
      return array;
    }
    narrow(array, axis, first_place_, places_, sweep_.places, own == nullptr);
    if (!own) return array;
    // A part lies there as if it were all; what stepped over all places steps over those of the part.
    array.data = start_of(*own);
    const std::int64_t over_all = sweep_.places * own->cut.inner;
    for (int other = 0; other < place.shape.rank(); ++other) {
      std::int64_t& stride = array.strides[as_size(other)];
      if (other != axis && stride % over_all == 0) stride = stride / over_all * places_ * own->cut.inner;
    }
    return array;
  }

  /// Leaves `count` places from the given one on of those that an axis is cut into.
  static void narrow(Array& array, int axis, std::int64_t first, std::int64_t count, std::int64_t places, bool moves) {
    const std::int64_t units = array.shape[axis] / places;
    array.shape[axis] = count * units;
    if (moves)
      array.data += first * units * array.strides[as_size(axis)] * static_cast<std::int64_t>(size_of(array.dtype));
  }

  void run_block_stage(const Sweep::Stage& stage, bool first) {
    static thread_local constinit PerThread<std::vector<Array>> own_inputs;
    std::vector<Array>& inputs = *own_inputs;
    const Block& own = block(stage);
    inputs.resize(own.inputs.size());
    const auto group_axis = [&](std::size_t k) { return stage.group_axes.empty() ? all_of_it : stage.group_axes[k]; };
    for (std::size_t k = 0; k < inputs.size(); ++k) inputs[k] = view(own.inputs[k], stage.axes[k], group_axis(k));
    const int axis = stage.axes.back(), of_groups = group_axis(inputs.size());
    PartOf part{.whole = own.result.shape};
    if (axis >= 0) part.first[as_size(axis)] = part.whole[axis] / sweep_.places * first_place_;
    if (of_groups >= 0) part.first[as_size(of_groups)] = part.whole[of_groups] / sweep_.groups * group_;
    run_block(own, nodes_, inputs, view(own.result, axis, of_groups), stage.accumulates && !first, &part);
  }

  void run_pass_stage(const Sweep::Stage& stage) {
    static thread_local constinit PerThread<std::vector<std::byte*>> own_moved;
    std::vector<std::byte*>& moved = *own_moved;
    const Pass& pass = plan_.pass_of(stage.step);
    const Cut& cut = stage.cut;
    moved.assign(memory_.begin(), memory_.end());
    const std::int64_t outer = cut.outer / sweep_.groups;
    for (std::int64_t o = 0; o < outer; ++o) {
      const auto start = [&](const Cut& of) {
        return ((group_ * outer + o) * sweep_.places + first_place_) * of.inner;
      };
      // A pass counts elements from the start of the whole, which is where a part's would be before it.
      for (const Sweep::Handed& own : sweep_.handed) {
        const auto here = reinterpret_cast<std::intptr_t>(start_of(own));
        const std::int64_t shift =
            (o * places_ * own.cut.inner - start(own.cut)) * static_cast<std::int64_t>(own.width);
        moved[own.storage.index()] = reinterpret_cast<std::byte*>(here + shift);
      }
      run_pass_range(pass, moved, start(cut), places_ * cut.inner);
    }
  }

  const Plan& plan_;
  const Sweep& sweep_;
  std::span<Node* const> nodes_;
  std::span<std::byte* const> memory_;
  BufferHandle handed_;
  std::vector<std::pair<StorageId, BufferHandle>> apart_;
  std::int64_t group_ = 0;
  std::int64_t first_place_ = 0;
  std::int64_t places_ = 0;
};

}  // namespace

Array array_of(const Place& place, std::span<std::byte* const> memory) {
  Array array;
  array.data = memory[place.storage.index()];
  if (array.data) array.data += place.offset;
  array.dtype = place.dtype;
  array.shape = place.shape;
  array.strides = place.strides;
  return array;
}

void run_block(const Block& block, std::span<Node* const> nodes, std::span<const Array> inputs, const Array& result,
               bool accumulate, const PartOf* part) {
  if (!block.primitive) return copy(inputs.front(), result);
  with_memory_for(block.primitive->name, result.bytes(), [&] {
    if (const ElementwiseTraits* function = block.primitive->elementwise())
      run_elementwise(function->tile(inputs[unmasked_operand(*function)].dtype, result.dtype), inputs, result);
    else
      block.primitive->block()->kernel({nodes[block.node]->attributes, inputs, result, accumulate, part});
  });
}

void run_sweep(const Plan& plan, const Sweep& sweep, std::span<Node* const> nodes, std::span<std::byte* const> memory) {
  const std::int64_t parts = sweep.parts();
  if (sweep.chunks == 0) {
    // Parts do not depend on each other, or those of different groups do not: each thread takes its share of pieces.
    const bool adds_up = std::ranges::any_of(sweep.stages, &Sweep::Stage::accumulates);
    const std::int64_t pieces = adds_up ? sweep.groups : parts;
    parallel_for(static_cast<int>(pieces), [&](int piece) {
      Parts own(plan, sweep, nodes, memory);
      for (std::int64_t k = 0; k < parts / pieces; ++k) own.run(piece * (parts / pieces) + k, k == 0);
    });
    return;
  }
  // Totals of chunks of parts are added in order, so that they do not depend on who ran which. As many chunks are on
  // their way as there are threads.
  std::vector<Parts> running;
  const int at_once = std::min(sweep.chunks, num_threads());
  for (int first = 0; first < sweep.chunks; first += at_once) {
    const int count = std::min(at_once, sweep.chunks - first);
    for (int k = 0; k < count; ++k) {
      if (as_size(k) == running.size()) running.emplace_back(plan, sweep, nodes, memory);
      if (first + k > 0) running[as_size(k)].keep_totals_apart();
    }
    parallel_for(count, [&](int k) {
      const int c = first + k;
      const std::int64_t begin = parts * c / sweep.chunks;
      for (std::int64_t part = begin; part < parts * (c + 1) / sweep.chunks; ++part)
        running[as_size(k)].run(part, part == begin);
    });
    for (int k = 0; k < count; ++k) running[as_size(k)].add_totals();
  }
}

}  // namespace xgrad::run
