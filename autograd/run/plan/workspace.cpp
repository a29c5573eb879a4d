#include <autograd/run/plan/workspace.hpp>

#include <algorithm>
#include <map>

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

class Layout {
 public:
  explicit Layout(Plan& plan)
      : plan_(plan),
        lifetimes_(plan.storages.size()),
        host_(plan.storages.size()),
        taken_(plan.storages.size(), false) {}

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
    if (work.kind != Step::Kind::pass) return;
    const Pass& pass = plan_.pass_of(work);
    const IdVector<OperandId, std::optional<InstructionId>> last_read = last_reads(pass);

    for (const InstructionId i : pass.instructions.ids()) {
      const PassOperand& out = pass.operands[pass.instructions[i].out];
      if (out.kind != PassOperand::Kind::full || !is_written_once(*out.storage) || host_[*out.storage]) continue;
      const auto take_over = [&](bool within_workspace) {
        for (const OperandId k : pass.operands.ids()) {
          const PassOperand& in = pass.operands[k];
          if (in.kind != PassOperand::Kind::full || in.offset != 0 || in_workspace(*in.storage) != within_workspace ||
              !can_host(*in.storage, *out.storage, step) || in.width != out.width || !last_read[k] ||
              last_read[k] > i || !ends_with(*in.storage, *out.storage, step) || read_otherwise(pass, k))
            continue;
          host(*in.storage, *out.storage);
          return true;
        }
        return false;
      };
      // Prefer operands outside the workspace: reusing their memory saves an allocation.
      if (!take_over(false)) take_over(true);
    }
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

  /// Whether one storage may take the other's memory: within the workspace; a result what lies in the workspace before;
  /// or a result that of an offered external, once no kernel that could still refuse is left to run, and nobody looks
  /// at the old value.
  bool can_host(StorageId from, StorageId to, StepId step) const {
    if (in_workspace(from)) return in_workspace(to) || !plan_.storages[to].external;
    return kind(from) == Storage::Kind::external && kind(to) == Storage::Kind::result && !plan_.storages[to].external &&
           plan_.storages[from].offered && plan_.tasks.empty() && (!last_block_ || step > *last_block_) &&
           std::find(plan_.results.begin(), plan_.results.end(), from) == plan_.results.end();
  }

  /// Whether a pass reaches the storage of an operand by another operand too.
  static bool read_otherwise(const Pass& pass, OperandId operand) {
    for (const OperandId k : pass.operands.ids())
      if (k != operand && pass.operands[k].storage == pass.operands[operand].storage) return true;
    return false;
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
    std::map<std::size_t, StorageId> alive;  // by offset
    for (const StorageId s : order) {
      Storage& storage = plan_.storages[s];
      const Lifetime& life = *lifetimes_[s];
      for (auto entry = alive.begin(); entry != alive.end();)
        entry = lifetimes_[entry->second]->last < life.first ? alive.erase(entry) : std::next(entry);
      std::size_t offset = 0;
      for (const auto& [start, other] : alive) {
        if (start >= offset + padded(storage.bytes)) break;
        offset = std::max(offset, start + padded(plan_.storages[other].bytes));
      }
      storage.offset = offset;
      alive.emplace(offset, s);
      plan_.workspace = std::max(plan_.workspace, offset + padded(storage.bytes));
    }
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
  IdVector<StorageId, bool> taken_;  ///< whether one has taken over a storage's
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
