#include <autograd/run/execute/run_pass.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include <autograd/kernel/scratch.hpp>
#include <autograd/per_thread.hpp>
#include <autograd/run/compile/code.hpp>

namespace xgrad::run {
namespace {

/// Elements that are accumulated in one go. Totals of such chunks are combined in an order of their own (Cascade), so
/// that rounding errors stay small and results do not depend on who walks through which chunk.
constexpr std::int64_t chunk_elements = 32768;
/// And so many rows at least, where there are totals for each column: they take as long to combine as a row to add.
constexpr std::int64_t chunk_rows = 16;

template <class T>
void fill_typed(void* out, double value, std::int64_t n) {
  std::fill_n(static_cast<T*>(out), n, static_cast<T>(value));
}

void fill(void* out, double value, std::int64_t n, std::int64_t width) {
  if (width == 4)
    fill_typed<float>(out, value, n);
  else
    fill_typed<double>(out, value, n);
}

template <class T>
void spread_rows_typed(const std::byte* from, std::byte* out, std::int64_t rows, std::int64_t columns) {
  for (std::int64_t r = 0; r < rows; ++r)
    std::fill_n(reinterpret_cast<T*>(out) + r * columns, columns, reinterpret_cast<const T*>(from)[r]);
}

/// One value of each row, over its columns.
void spread_rows(const std::byte* from, std::byte* out, std::int64_t rows, std::int64_t columns, std::int64_t width) {
  if (width == 4) return spread_rows_typed<std::uint32_t>(from, out, rows, columns);
  if (width == 8) return spread_rows_typed<std::uint64_t>(from, out, rows, columns);
  if (width == 2) return spread_rows_typed<std::uint16_t>(from, out, rows, columns);
  spread_rows_typed<std::uint8_t>(from, out, rows, columns);
}

/// A pass cut into chunks of tiles, each walked through by one thread.
struct Chunks {
  std::int64_t tiles;
  std::int64_t per_chunk;
  int count;

  explicit Chunks(const Pass& pass)
      : Chunks(pass, std::max(chunk_elements / (pass.tile_rows * pass.columns), fewest_rows(pass) / pass.tile_rows)) {}

  /// One for each of so many threads.
  static Chunks of_threads(const Pass& pass, std::int64_t threads) {
    return {pass, (tiles_of(pass) + threads - 1) / threads};
  }

 private:
  Chunks(const Pass& pass, std::int64_t tiles_of_chunk)
      : tiles(tiles_of(pass)),
        per_chunk(std::max<std::int64_t>(1, tiles_of_chunk)),
        count(static_cast<int>((tiles + per_chunk - 1) / per_chunk)) {}

  static std::int64_t fewest_rows(const Pass& pass) {
    const bool by_column = std::ranges::any_of(
        pass.accumulations, [](const Accumulation& a) { return a.over == Accumulation::Over::rows; });
    return by_column ? chunk_rows : 0;
  }
  static std::int64_t tiles_of(const Pass& pass) { return (pass.rows + pass.tile_rows - 1) / pass.tile_rows; }
};

/// From so much work on, in simple operations on an element, two threads are done with a pass sooner than one.
constexpr std::int64_t worth_sharing = 32768;

/// Whether threads gain by sharing a pass that is no longer than one chunk. Its bits must not depend on how it is cut:
/// no total goes over rows.
bool worth_cutting(const Pass& pass) {
  for (const Accumulation& accumulation : pass.accumulations)
    if (accumulation.over != Accumulation::Over::columns) return false;
  std::int64_t work = 0;
  for (const Instruction& instruction : pass.instructions) {
    work += is_simple(instruction.machine) ? pass.elements : 8 * pass.elements;
  }
  return work >= worth_sharing;
}

/// A walk through some of a pass's tiles, and the totals of its reductions over them.
class Walk {
 public:
  Walk(const Pass& pass, std::span<std::byte* const> memory) : pass_(pass), memory_(memory) {
    static thread_local constinit PerThread<Scratch> scratch;
    static thread_local constinit PerThread<std::vector<std::byte*>> pointers;
    const std::int64_t slot_bytes = (pass.slots * pass.slot_bytes + 63) / 64 * 64;
    slots_ = scratch->reserve(as_size(slot_bytes + pass.folds * fold_bytes) + 64);
    pointers->resize(as_size(pass.pointer_of_fold(FoldId(pass.folds))));
    pointers_ = pointers->data();
    place_fixed_operands();
    for (int fold = 0; fold < pass.folds; ++fold)
      pointers_[pass.pointer_of_fold(FoldId(fold))] = slots_ + slot_bytes + fold * fold_bytes;
  }

  /// Walks through a chunk, from fresh totals at `totals`.
  void run(const Chunks& chunks, int chunk, std::byte* totals) {
    totals_ = totals;
    each_total(totals, [&](const Accumulation& accumulation, std::byte* total) {
      fill(total, accumulation.identity, totals_of(pass_, accumulation), accumulation.width);
    });
    const std::int64_t first = chunk * chunks.per_chunk;
    if (pass_.by_rows) {
      const std::int64_t last = std::min(chunks.tiles, first + chunks.per_chunk);
      return run_rows(first * pass_.tile_rows, std::min(last * pass_.tile_rows, pass_.rows));
    }
    for (std::int64_t t = first; t < std::min(chunks.tiles, first + chunks.per_chunk); ++t)
      walk_rows(t * pass_.tile_rows, pass_.elements);
  }

  /// Walks through some elements of a pass all of whose reductions are those of rows.
  void run_range(std::int64_t first, std::int64_t count, std::byte* totals) {
    totals_ = totals;
    const std::int64_t row = first / pass_.columns, column = first % pass_.columns;
    if (pass_.by_rows) {
      run_rows(row, row + count / pass_.columns);
    } else if (column == 0 && count % pass_.columns == 0) {
      for (std::int64_t r = row; r * pass_.columns < first + count; r += pass_.tile_rows) walk_rows(r, first + count);
    } else if (pass_.tile_rows == 1 && column + count <= pass_.columns) {
      for (std::int64_t c = column; c < column + count; c += pass_.tile_columns)
        walk_tile(row, c, std::min(pass_.tile_columns, column + count - c));
    } else {
      const std::int64_t tile = pass_.tile_rows * pass_.tile_columns;
      for (std::int64_t i = first; i < first + count; i += tile) walk_tile(0, i, std::min(tile, first + count - i));
    }
  }

  /// Bytes of one set of totals.
  static std::int64_t totals_bytes(const Pass& pass) {
    std::int64_t bytes = 0;
    for (const Accumulation& accumulation : pass.accumulations) bytes += padded_bytes(pass, accumulation);
    return bytes;
  }

  /// Takes a later chunk's totals into earlier ones.
  void merge(std::byte* into, const std::byte* later) const {
    std::int64_t offset = 0;
    for (const Accumulation& accumulation : pass_.accumulations) {
      if (accumulation.over != Accumulation::Over::columns)
        combine(accumulation, into + offset, later + offset, totals_of(pass_, accumulation));
      offset += padded_bytes(pass_, accumulation);
    }
  }

  /// Writes totals to where the plan wants them.
  void finish(std::byte* totals) const {
    each_total(totals, [&](const Accumulation& accumulation, const std::byte* total) {
      std::byte* out = memory_[accumulation.storage.index()] + accumulation.offset;
      std::memcpy(out, total, as_size(totals_of(pass_, accumulation) * accumulation.width));
    });
  }

 private:
  std::byte* at(const PassOperand& operand) const { return memory_[operand.storage->index()] + operand.offset; }

  void place_fixed_operands() {
    for (const OperandId i : pass_.operands.ids()) {
      const PassOperand& operand = pass_.operands[i];
      std::byte* slot = operand.slot ? slots_ + *operand.slot * pass_.slot_bytes : nullptr;
      pointers_[i.number()] = slot ? slot : operand.storage ? at(operand) : nullptr;
      if (operand.kind == PassOperand::Kind::row && slot)
        for (std::int64_t r = 0; r < pass_.tile_rows; ++r)
          std::memcpy(slot + r * pass_.columns * operand.width, at(operand), as_size(pass_.columns * operand.width));
    }
  }

  /// One tile of whole rows, or one row in tiles; nothing from element `end` on.
  void walk_rows(std::int64_t row, std::int64_t end) {
    for (std::int64_t column = 0; column < pass_.columns; column += pass_.tile_columns) {
      const std::int64_t start = row * pass_.columns + column;
      walk_tile(row, column,
                pass_.tile_columns == pass_.columns ? std::min(pass_.tile_rows * pass_.columns, end - start)
                                                    : std::min(pass_.tile_columns, pass_.columns - column));
    }
  }

  void walk_tile(std::int64_t row, std::int64_t column, std::int64_t n) {
    point(row, column, row * pass_.columns + column, n);
    if (pass_.loops.empty())
      for (const Instruction& instruction : pass_.instructions) run(instruction, n);
    else
      run_loops(column, n);
    accumulate(row, column, n);
  }

  /// The rows from first to last - 1 of a pass that is one loop over rows. Where its blocks do not fit those of tiles
  /// together, it goes tile by tile.
  void run_rows(std::int64_t first, std::int64_t last) {
    const Code& code = *pass_.loops.front().code;
    const std::int64_t rows = pass_.blocks_fit_tiles() ? last - first : pass_.tile_rows;
    point_to_totals(0);
    for (; first < last; first += rows) {
      point(first, 0, first * pass_.columns, 0);
      code(pointers_, std::min(rows, last - first));
    }
  }

  void point_to_totals(std::int64_t column) {
    std::byte* totals = totals_;
    for (std::size_t a = 0; a < pass_.accumulations.size(); ++a) {
      pointers_[pass_.pointer_of_total(a)] = totals + column * pass_.accumulations[a].width;
      totals += padded_bytes(pass_, pass_.accumulations[a]);
    }
  }

  /// Compiled loops, and the instructions between them.
  void run_loops(std::int64_t column, std::int64_t n) {
    point_to_totals(column);
    InstructionId next(0);
    for (const Loop& loop : pass_.loops) {
      for (; next < loop.first; ++next) run(pass_.instructions[next], n);
      (*loop.code)(pointers_, n);
      for (const Loop::Fold& fold : loop.folds) {
        if (loop.type == DType::float32)
          finish_fold<float>(fold, n);
        else
          finish_fold<double>(fold, n);
      }
      next = loop.last;
    }
    for (; next < pass_.instructions.next_id(); ++next) run(pass_.instructions[next], n);
  }

  static constexpr std::int64_t fold_bytes = sizeof(FoldResult<float>);

  /// One value from what a loop has left of a fold; it goes where an instruction's result belongs, or to its front.
  template <class T>
  void finish_fold(const Loop::Fold& fold, std::int64_t n) const {
    using Result = FoldResult<T>;
    std::byte* const memory = pointers_[pass_.pointer_of_fold(fold.index)];
    const auto& left = *reinterpret_cast<const Result*>(memory);
    const auto combine_scalars = [&](T total, T x) {
      if (fold.op == MachineOp::add) return total + x;
      return (fold.op == MachineOp::maximum ? x > total : x < total) || x != x ? x : total;
    };
    T total = left.lanes[0];
    for (std::int64_t k = 1; k < Result::width; ++k) total = combine_scalars(total, left.lanes[k]);
    for (std::int64_t k = 0; k < n % Result::width; ++k) total = combine_scalars(total, left.rest[k]);
    std::byte* const out = fold.instruction ? pointers_[pass_.instructions[*fold.instruction].out.number()] : memory;
    std::memcpy(out, &total, sizeof(T));
  }

  void run(const Instruction& instruction, std::int64_t n) const {
    std::byte* out = pointers_[instruction.out.number()];
    const void* in[3] = {pointers_[instruction.in[0].number()], pointers_[instruction.in[1].number()],
                         pointers_[instruction.in[2].number()]};
    if (instruction.kind == Instruction::Kind::full) return instruction.kernel(out, in, instruction.step.data(), n);
    const std::int64_t rows = n / pass_.columns;
    if (instruction.kind == Instruction::Kind::rows) return instruction.kernel(out, in, instruction.step.data(), rows);
    const auto* x = static_cast<const std::byte*>(in[0]);
    const std::int64_t width = pass_.operands[instruction.out].width;
    if (instruction.kind == Instruction::Kind::spread) return spread_rows(x, out, rows, pass_.columns, width);
    for (std::int64_t r = 0; r < rows; ++r)
      instruction.row(out + r * width, x + r * pass_.columns * width, pass_.columns);
  }

  void point(std::int64_t row, std::int64_t column, std::int64_t start, std::int64_t n) {
    for (const OperandId i : pass_.moving) {
      const PassOperand& operand = pass_.operands[i];
      const std::int64_t element = operand.kind == PassOperand::Kind::full  ? start
                                   : operand.kind == PassOperand::Kind::row ? column
                                                                            : row;
      std::byte* const here = at(operand) + element * operand.width;
      if (operand.slot)
        spread_rows(here, pointers_[i.number()], n / pass_.columns, pass_.columns, operand.width);
      else
        pointers_[i.number()] = here;
    }
  }

  // ------------------------------------------------------------------------------------------- reductions
  // Over rows there is a total for each column, over everything one. Over columns, every row's result is written as
  // soon as it is known.

  static std::int64_t totals_of(const Pass& pass, const Accumulation& accumulation) {
    return accumulation.over == Accumulation::Over::rows ? pass.columns : 1;
  }

  static std::int64_t padded_bytes(const Pass& pass, const Accumulation& accumulation) {
    return (totals_of(pass, accumulation) * accumulation.width + 127) / 64 * 64;
  }

  /// Calls f(accumulation, its totals).
  template <class F>
  void each_total(std::byte* totals, F&& f) const {
    for (const Accumulation& accumulation : pass_.accumulations) {
      if (accumulation.over != Accumulation::Over::columns) f(accumulation, totals);
      totals += padded_bytes(pass_, accumulation);
    }
  }

  static void combine(const Accumulation& accumulation, std::byte* totals, const std::byte* x, std::int64_t n) {
    const void* in[] = {totals, x};
    const std::int64_t step[] = {1, 1};
    accumulation.combine(totals, in, step, n);
  }

  void accumulate(std::int64_t row, std::int64_t column, std::int64_t n) {
    std::byte* totals = totals_;
    for (const Accumulation& accumulation : pass_.accumulations) {
      const std::byte* x =
          pointers_[accumulation.fold ? pass_.pointer_of_fold(*accumulation.fold) : accumulation.operand.number()];
      alignas(8) std::byte part[8];
      switch (accumulation.over) {
        case Accumulation::Over::rows:
          if (accumulation.compiled) break;
          if (pass_.tile_rows > 1)
            accumulation.columns(totals, x, n / pass_.columns, pass_.columns);
          else
            combine(accumulation, totals + column * accumulation.width, x, n);
          break;
        case Accumulation::Over::everything:
          if (!accumulation.fold) {
            accumulation.row(part, x, n);
            x = part;
          }
          combine(accumulation, totals, x, 1);
          break;
        case Accumulation::Over::columns:
          reduce_rows(accumulation, row, column, x, n);
          break;
      }
      totals += padded_bytes(pass_, accumulation);
    }
  }

  void reduce_rows(const Accumulation& accumulation, std::int64_t row, std::int64_t column, const std::byte* x,
                   std::int64_t n) const {
    const std::int64_t width = accumulation.width;
    std::byte* out = memory_[accumulation.storage.index()] + accumulation.offset + row * width;
    const std::int64_t length = std::min(n, pass_.tile_columns);
    if (accumulation.fold) {
      if (column == 0)
        std::memcpy(out, x, as_size(width));
      else
        combine(accumulation, out, x, 1);
      return;
    }
    for (std::int64_t done = 0; done < n; done += length, out += width, x += length * width) {
      if (column == 0) {
        accumulation.row(out, x, length);
      } else {
        alignas(8) std::byte part[8];
        accumulation.row(part, x, length);
        combine(accumulation, out, part, 1);
      }
    }
  }

  const Pass& pass_;
  std::span<std::byte* const> memory_;
  std::byte* slots_ = nullptr;
  std::byte* totals_ = nullptr;
  std::byte** pointers_ = nullptr;
};

/// Combines the totals of chunks, which are added in their order: always those of as many chunks, as the digits of a
/// binary counter carry. Rounding errors grow with the logarithm of their number (Higham, "The Accuracy of Floating
/// Point Summation", 1993).
class Cascade {
 public:
  explicit Cascade(const Walk& walk) : walk_(walk) {}

  /// The most totals that wait to be combined, with those of the chunk that was added last.
  static std::int64_t most(int chunks) { return std::bit_width(static_cast<unsigned>(chunks)) + 1; }

  int waiting() const { return waiting_; }
  void add(std::byte* totals) {
    totals_[as_size(waiting_++)] = totals;
    for (int count = ++added_; count % 2 == 0; count /= 2) combine_last();
  }
  /// The totals of all.
  std::byte* finished() {
    while (waiting_ > 1) combine_last();
    return totals_[0];
  }

 private:
  void combine_last() {
    --waiting_;
    walk_.merge(totals_[as_size(waiting_ - 1)], totals_[as_size(waiting_)]);
  }

  const Walk& walk_;
  int added_ = 0, waiting_ = 0;
  std::array<std::byte*, 33> totals_;
};

}  // namespace

void run_pass(const Pass& pass, std::span<std::byte* const> memory) {
  static thread_local constinit PerThread<Scratch> scratch;
  Chunks chunks(pass);
  if (chunks.count < 2 && shares_work() && worth_cutting(pass)) chunks = Chunks::of_threads(pass, num_threads());
  const std::int64_t bytes = Walk::totals_bytes(pass);
  if (chunks.count < 2 || !shares_work()) {
    std::byte* totals = scratch->reserve(as_size(Cascade::most(chunks.count) * bytes) + 64);
    Walk walk(pass, memory);
    Cascade cascade(walk);
    for (int chunk = 0; chunk < chunks.count; ++chunk) {
      std::byte* own = totals + cascade.waiting() * bytes;
      walk.run(chunks, chunk, own);
      cascade.add(own);
    }
    walk.finish(cascade.finished());
    return;
  }
  std::byte* totals = scratch->reserve(as_size(chunks.count * bytes) + 64);
  parallel_for(chunks.count, [&](int chunk) { Walk(pass, memory).run(chunks, chunk, totals + chunk * bytes); });
  const Walk walk(pass, memory);
  Cascade cascade(walk);
  for (int chunk = 0; chunk < chunks.count; ++chunk) cascade.add(totals + chunk * bytes);
  walk.finish(cascade.finished());
}

void run_pass_range(const Pass& pass, std::span<std::byte* const> memory, std::int64_t first, std::int64_t count) {
  static thread_local constinit PerThread<Scratch> scratch;
  Walk(pass, memory).run_range(first, count, scratch->reserve(as_size(Walk::totals_bytes(pass)) + 64));
}

}  // namespace xgrad::run
