#include <autograd/run/plan/workspace.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <set>
#include <utility>

namespace xgrad::run {
namespace {

constexpr std::size_t alignment = 64;

struct Lifetime {
  StepId first;
  StepId last;
};

/// By operand, the last instruction that reads it; one past all where it is reduced in the end, none where nothing
/// does.
IdVector<OperandId, std::optional<InstructionId>> last_reads(const Pass& pass) {
  IdVector<OperandId, std::optional<InstructionId>> last(pass.operands.size());
  for (const InstructionId i : pass.instructions.ids())
    for (int k = 0; k < pass.instructions[i].inputs; ++k) last[pass.instructions[i].in[as_size(k)]] = i;
  for (const Accumulation& accumulation : pass.accumulations) last[accumulation.operand] = pass.instructions.next_id();
  return last;
}

/// Free memory between what is allocated: gaps by offset, and by their sizes in classes of at most an eighth more than
/// the smallest, so that the lowest gap that fits is found without a walk over all.
class Gaps {
 public:
  /// The lowest place with room for so many bytes, a multiple of the alignment, which is taken.
  std::size_t take(std::size_t bytes, std::int64_t& looked_at) {
    std::optional<std::size_t> lowest;
    const std::size_t own = class_of(bytes);
    // Of the gaps of its own class some are too small.
    int left = most_looks;
    for (const std::size_t offset : classes_[own]) {
      ++looked_at;
      if (left-- == 0) break;
      if (gaps_.at(offset) < bytes) continue;
      lowest = offset;
      break;
    }
    for (std::size_t c = next_used(own + 1); c < class_count; c = next_used(c + 1)) {
      ++looked_at;
      const std::size_t first = *classes_[c].begin();
      if (!lowest || first < *lowest) lowest = first;
    }
    if (!lowest) return take_from_end(bytes);
    const std::size_t size = gaps_.at(*lowest);
    erase(*lowest);
    if (size > bytes) insert(*lowest + bytes, size - bytes);
    return *lowest;
  }

  void give_back(std::size_t offset, std::size_t bytes) {
    const auto after = gaps_.lower_bound(offset);
    std::size_t end = offset + bytes;
    if (after != gaps_.begin()) {
      const auto [start, size] = *std::prev(after);
      if (start + size == offset) {
        offset = start;
        erase(start);
      }
    }
    if (const auto next = gaps_.find(end); next != gaps_.end()) {
      end += next->second;
      erase(next->first);
    }
    insert(offset, end - offset);
  }

  std::size_t highest() const noexcept { return highest_; }

 private:
  static constexpr std::size_t class_count = 8 * 64;
  static constexpr int most_looks = 32;

  /// Eight classes from one power of two to the next.
  static std::size_t class_of(std::size_t bytes) {
    const auto units = std::max<std::size_t>(bytes / alignment, 1);
    const auto power = as_size(std::bit_width(units) - 1);
    const std::size_t eighths = power >= 3 ? units >> (power - 3) : units << (3 - power);
    return 8 * power + (eighths - 8);
  }

  /// What lies behind all that is allocated is free too, a gap that ends there included.
  std::size_t take_from_end(std::size_t bytes) {
    std::size_t offset = end_;
    if (!gaps_.empty() && gaps_.rbegin()->first + gaps_.rbegin()->second == end_) {
      offset = gaps_.rbegin()->first;
      erase(offset);
    }
    end_ = offset + bytes;
    highest_ = std::max(highest_, end_);
    return offset;
  }

  void insert(std::size_t offset, std::size_t size) {
    gaps_.emplace(offset, size);
    const std::size_t c = class_of(size);
    classes_[c].insert(offset);
    used_[c / 64] |= std::uint64_t{1} << c % 64;
  }
  void erase(std::size_t offset) {
    const auto entry = gaps_.find(offset);
    const std::size_t c = class_of(entry->second);
    classes_[c].erase(offset);
    if (classes_[c].empty()) used_[c / 64] &= ~(std::uint64_t{1} << c % 64);
    gaps_.erase(entry);
  }

  /// The first class from one on that has gaps, or class_count.
  std::size_t next_used(std::size_t c) const {
    while (c < class_count) {
      const std::uint64_t rest = used_[c / 64] >> c % 64;
      if (rest != 0) return c + as_size(std::countr_zero(rest));
      c = (c / 64 + 1) * 64;
    }
    return class_count;
  }

  std::map<std::size_t, std::size_t> gaps_;                 ///< sizes by offset
  std::array<std::set<std::size_t>, class_count> classes_;  ///< offsets by size
  std::array<std::uint64_t, class_count / 64> used_{};      ///< a bit for every class that has any
  std::size_t end_ = 0;
  std::size_t highest_ = 0;
};

class Layout {
 public:
  explicit Layout(Plan& plan)
      : plan_(plan),
        lifetimes_(plan.storages.size()),
        host_(plan.storages.size()),
        taken_(plan.storages.size(), false),
        stays_(plan.storages.size(), false),
        operands_(plan.storages.size()) {
    for (const StorageId s : plan.results) stays_[s] = true;
  }

  void run() {
    for (const StepId step : plan_.steps.ids()) each_storage(step, [&](StorageId s) { touch(s, step); });
    for (const Task& task : plan_.tasks) stretch(task);
    for (const StepId step : plan_.steps.ids()) {
      plan_.each_stage(plan_.steps[step], [&](const Step& work) {
        const bool may_refuse = work.kind == Step::Kind::block && plan_.block_of(work).primitive != nullptr;
        if (may_refuse) last_block_ = step;
      });
    }
    for (const StepId step : plan_.steps.ids()) overwrite_operands(step);
    allocate();
  }

 private:
  template <class F>
  void each_storage(StepId step, F&& f) {
    plan_.each_stage(plan_.steps[step], [&](const Step& stage) { plan_.each_storage(stage, f); });
  }

  bool in_workspace(StorageId s) const { return kind(s) == Storage::Kind::workspace; }

  void touch(StorageId s, StepId step) {
    ++plan_.work;
    std::optional<Lifetime>& life = lifetimes_[s];
    life = {life ? life->first : step, step};
  }

  /// A task may run at any time between what it waits for and the end.
  void stretch(const Task& task) {
    const StepId step(task.step);
    const StepId start(task.after_step == 0 ? 0 : plan_.chain[as_size(task.after_step - 1)] + 1);
    each_storage(step, [&](StorageId s) {
      Lifetime& life = *lifetimes_[s];
      if (life.first == step) life.first = std::min(life.first, start);
      life.last = plan_.steps.next_id();
    });
  }

  /// An output takes over the memory of an operand of the same extent that nothing reads after it.
  void overwrite_operands(StepId step) {
    const Step& work = plan_.steps[step];
    if (work.kind == Step::Kind::block) update_in_place(plan_.block_of(work), step);
    if (work.kind != Step::Kind::pass) return;
    const Pass& pass = plan_.pass_of(work);
    const std::vector<Old> old = ending_in(pass, step);
    if (old.empty()) return;
    const IdVector<OperandId, std::optional<InstructionId>> last_read = last_reads(pass);
    for (const InstructionId i : pass.instructions.ids()) {
      const PassOperand& out = pass.operands[pass.instructions[i].out];
      if (out.kind != PassOperand::Kind::full || !is_written_once(*out.storage) || host_[*out.storage]) continue;
      const auto take_over = [&](bool within_workspace) {
        for (const Old& in : old) {
          ++plan_.work;
          if (in.in_workspace != within_workspace || in.width != out.width || !last_read[in.operand] ||
              last_read[in.operand] > i || !can_host(in.storage, *out.storage) ||
              !ends_with(in.storage, *out.storage, step))
            continue;
          host(in.storage, *out.storage);
          return true;
        }
        return false;
      };
      // Prefer operands outside the workspace: reusing their memory saves an allocation.
      if (!take_over(false)) take_over(true);
    }
  }

  /// A block that changes some places of its first input does so where that lies, if nothing reads it after it.
  void update_in_place(const Block& block, StepId step) {
    if (!block.primitive || !block.primitive->block() || !block.primitive->block()->updates) return;
    const StorageId in = block.inputs.front().storage, out = block.result.storage;
    const auto is_whole = [&](const Place& place) {
      return place.offset == 0 && place.strides == contiguous_strides(place.shape) &&
             as_size(place.shape.elements()) * size_of(place.dtype) == plan_.storages[place.storage].bytes;
    };
    const auto is_input = [&](const Place& place) { return place.storage == in; };
    if (std::ranges::count_if(block.inputs, is_input) != 1 || !is_whole(block.inputs.front()) ||
        !is_whole(block.result) || !is_written_once(out) || host_[out] || !can_host(in, out) ||
        !gives_memory(in, step, true) || !ends_with(in, out, step))
      return;
    host(in, out);
  }

  /// An operand that a pass walks through, and reads last.
  struct Old {
    OperandId operand;
    StorageId storage;
    std::int64_t width;
    bool in_workspace;
  };

  /// Those whose memory something might take over, in order.
  std::vector<Old> ending_in(const Pass& pass, StepId step) {
    std::vector<Old> old;
    for (const PassOperand& operand : pass.operands)
      if (operand.storage) operands_[*operand.storage] = 0;
    for (const PassOperand& operand : pass.operands)
      if (operand.storage) ++operands_[*operand.storage];
    for (const OperandId k : pass.operands.ids()) {
      const PassOperand& in = pass.operands[k];
      // What the pass reaches by another operand too stays as it is.
      if (in.kind != PassOperand::Kind::full || in.offset != 0 || operands_[*in.storage] != 1) continue;
      const Lifetime& life = *lifetimes_[*in.storage];
      if (life.last == step && gives_memory(*in.storage, step) && !(in_workspace(*in.storage) && life.first == step))
        old.push_back({k, *in.storage, in.width, in_workspace(*in.storage)});
    }
    return old;
  }

  /// Whether a value is read last, and the other written first, in a step, and both have the same extent.
  bool ends_with(StorageId in, StorageId out, StepId step) const {
    const Lifetime &old = *lifetimes_[in], &fresh = *lifetimes_[out];
    return !taken_[in] && old.last == step && !(in_workspace(in) && old.first == step) && fresh.first == step &&
           plan_.storages[in].bytes == plan_.storages[out].bytes;
  }

  /// Lets a storage take over the memory of another; a result, which has its own, gives it to the workspace's before.
  void host(StorageId in, StorageId out) {
    taken_[in] = true;
    if (!in_workspace(in)) {
      plan_.storages[out].external = plan_.storages[in].external;
      return;
    }
    const StorageId hosting = root(in);
    if (!in_workspace(out)) {
      plan_.storages[hosting].result = out;
      return;
    }
    host_[out] = hosting;
    lifetimes_[hosting]->last = lifetimes_[out]->last;
    lifetimes_[in]->last = lifetimes_[out]->last;
  }

  Storage::Kind kind(StorageId s) const { return plan_.storages[s].kind; }

  bool is_written_once(StorageId s) const { return in_workspace(s) || kind(s) == Storage::Kind::result; }

  /// Whether something may take a storage's memory from a step on: if it lies in the workspace; or an offered external,
  /// once no kernel that could still refuse is left to run, and nobody looks at the old value. The step's own kernel
  /// may refuse, if it does before it writes.
  bool gives_memory(StorageId s, StepId step, bool refuses_first = false) const {
    if (in_workspace(s)) return true;
    return kind(s) == Storage::Kind::external && plan_.storages[s].offered && plan_.tasks.empty() &&
           (!last_block_ || step > *last_block_ || (refuses_first && step == *last_block_)) && !stays_[s];
  }

  /// Whether one storage may take the other's memory: within the workspace; a result what lies in the workspace before,
  /// or that of an external.
  bool can_host(StorageId from, StorageId to) const {
    if (in_workspace(from)) return in_workspace(to) || !plan_.storages[to].external;
    return kind(to) == Storage::Kind::result && !plan_.storages[to].external;
  }

  StorageId root(StorageId s) const {
    while (host_[s]) s = *host_[s];
    return s;
  }

  /// First fit: the lowest gap between what is alive, in order of birth.
  void allocate() {
    std::vector<StorageId> order;
    for (const StorageId s : plan_.storages.ids())
      if (in_workspace(s) && !host_[s] && !plan_.storages[s].result && lifetimes_[s]) order.push_back(s);
    std::stable_sort(order.begin(), order.end(),
                     [&](StorageId a, StorageId b) { return lifetimes_[a]->first < lifetimes_[b]->first; });
    IdVector<StepId, std::vector<StorageId>> ending(plan_.steps.size() + 1);  // what a step is the last to need
    Gaps gaps;
    StepId now(0);
    for (const StorageId s : order) {
      Storage& storage = plan_.storages[s];
      const Lifetime& life = *lifetimes_[s];
      for (; now < life.first; ++now)
        for (const StorageId gone : std::exchange(ending[now], {}))
          gaps.give_back(plan_.storages[gone].offset, padded(plan_.storages[gone].bytes));
      storage.offset = gaps.take(padded(storage.bytes), plan_.work);
      ending[life.last].push_back(s);
    }
    plan_.workspace = gaps.highest();
    for (const StorageId s : plan_.storages.ids()) {
      if (!host_[s]) continue;
      const Storage& hosting = plan_.storages[root(s)];
      plan_.storages[s].offset = hosting.offset;
      plan_.storages[s].result = hosting.result;
    }
  }

  static std::size_t padded(std::size_t bytes) {
    return std::max(alignment, (bytes + alignment - 1) / alignment * alignment);
  }

  Plan& plan_;
  IdVector<StorageId, std::optional<Lifetime>> lifetimes_;  ///< of those that a step touches
  IdVector<StorageId, std::optional<StorageId>> host_;      ///< whose memory a storage takes over
  std::optional<StepId> last_block_;
  IdVector<StorageId, bool> taken_;    ///< whether one has taken over a storage's
  IdVector<StorageId, bool> stays_;    ///< whether it is a result
  IdVector<StorageId, int> operands_;  ///< of the pass at hand, that are of a storage
};

bool is_register(const PassOperand& operand) {
  return !operand.storage && !operand.in_loop &&
         (operand.kind == PassOperand::Kind::tile || operand.kind == PassOperand::Kind::per_row);
}

/// Whether an operand lies elsewhere for each tile, or has to be spread over one.
bool moves(const PassOperand& operand) {
  switch (operand.kind) {
    case PassOperand::Kind::full:
    case PassOperand::Kind::column:
      return true;
    case PassOperand::Kind::row:
    case PassOperand::Kind::per_row:
      return !operand.slot && operand.storage;
    default:
      return false;
  }
}

}  // namespace

void lay_out_workspace(Plan& plan) { Layout(plan).run(); }

void lay_out_scratch(Pass& pass) {
  pass.slots = 0;
  pass.moving.clear();
  for (PassOperand& operand : pass.operands) operand.slot = std::nullopt;
  IdVector<OperandId, std::optional<InstructionId>> last_use = last_reads(pass);
  std::int64_t width = 4;
  for (PassOperand& operand : pass.operands) {
    width = std::max(width, operand.width);
    const bool expanded = operand.kind == PassOperand::Kind::row || operand.kind == PassOperand::Kind::column;
    if (expanded && pass.tile_rows > 1 && !pass.by_rows) operand.slot = pass.slots++;
  }
  std::vector<int> free, leaving;
  std::size_t loop = 0;
  for (const InstructionId i : pass.instructions.ids()) {
    const Instruction& instruction = pass.instructions[i];
    PassOperand& out = pass.operands[instruction.out];
    if (is_register(out)) {
      if (free.empty()) free.push_back(pass.slots++);
      out.slot = free.back();
      if (last_use[instruction.out]) free.pop_back();
    }
    for (int k = 0; k < instruction.inputs; ++k) {
      const OperandId in = instruction.in[as_size(k)];
      if (last_use[in] != i || !is_register(pass.operands[in])) continue;
      leaving.push_back(*pass.operands[in].slot);
      last_use[in] = std::nullopt;  // an operand that is read twice is freed once
    }
    // A compiled loop goes through all of its instructions before it reads on.
    if (loop < pass.loops.size() && i + 1 == pass.loops[loop].last) ++loop;
    if (loop < pass.loops.size() && i >= pass.loops[loop].first) continue;
    free.insert(free.end(), leaving.begin(), leaving.end());
    leaving.clear();
  }
  for (const OperandId i : pass.operands.ids())
    if (moves(pass.operands[i])) pass.moving.push_back(i);
  pass.slot_bytes = (pass.tile_rows * pass.tile_columns * width + 63) / 64 * 64 + 64;
}

}  // namespace xgrad::run
