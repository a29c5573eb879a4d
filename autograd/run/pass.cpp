#include <autograd/run/pass.hpp>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>

namespace xgrad::run {
namespace {

/// Elements that are accumulated in one go. Totals of such chunks are combined in order, so that rounding errors stay
/// small and results do not depend on who walks through which chunk.
constexpr std::int64_t chunk_elements = 32768;

/// Grow-only scratch of a thread, 64-byte aligned.
class Scratch {
 public:
  std::byte* reserve(std::size_t bytes) {
    if (bytes > size_) {
      memory_.reset(static_cast<std::byte*>(::operator new (bytes, std::align_val_t{64})));
      size_ = bytes;
    }
    return memory_.get();
  }

 private:
  struct Free {
    void operator()(std::byte* memory) const noexcept { ::operator delete (memory, std::align_val_t{64}); }
  };
  std::unique_ptr<std::byte, Free> memory_;
  std::size_t size_ = 0;
};

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
  spread_rows_typed<std::uint8_t>(from, out, rows, columns);
}

/// One walk through a pass.
class Walk {
 public:
  Walk(const Pass& pass, std::span<std::byte* const> memory) : pass_(pass), memory_(memory) {
    static thread_local Scratch scratch;
    static thread_local std::vector<std::byte*> pointers;
    const std::size_t totals_bytes = accumulator_bytes();
    std::byte* base = scratch.reserve(static_cast<std::size_t>(pass.slots * pass.slot_bytes) + totals_bytes + 64);
    slots_ = base;
    totals_ = base + pass.slots * pass.slot_bytes;
    pointers.resize(pass.operands.size());
    pointers_ = pointers.data();
    place_fixed_operands();
  }

  void run() {
    const std::int64_t tiles = (pass_.rows + pass_.tile_rows - 1) / pass_.tile_rows;
    const std::int64_t tile_size = pass_.tile_rows * pass_.columns;
    const std::int64_t per_chunk =
        pass_.accumulations.empty() ? tiles : std::max<std::int64_t>(1, chunk_elements / tile_size);
    for (std::int64_t first = 0; first < tiles; first += per_chunk) {
      begin_chunk();
      for (std::int64_t t = first; t < std::min(tiles, first + per_chunk); ++t) walk_rows(t);
      end_chunk(first == 0);
    }
    finish();
  }

 private:
  std::byte* at(const Operand& operand) const {
    return memory_[static_cast<std::size_t>(operand.storage)] + operand.offset;
  }

  void place_fixed_operands() {
    for (std::size_t i = 0; i < pass_.operands.size(); ++i) {
      const Operand& operand = pass_.operands[i];
      std::byte* slot = operand.slot >= 0 ? slots_ + operand.slot * pass_.slot_bytes : nullptr;
      pointers_[i] = slot ? slot : operand.storage >= 0 ? at(operand) : nullptr;
      if (operand.kind == Operand::Kind::row && slot)
        for (std::int64_t r = 0; r < pass_.tile_rows; ++r)
          std::memcpy(slot + r * pass_.columns * operand.width, at(operand),
                      static_cast<std::size_t>(pass_.columns * operand.width));
    }
  }

  /// One tile of whole rows, or one row in tiles.
  void walk_rows(std::int64_t t) {
    const std::int64_t row = t * pass_.tile_rows;
    for (std::int64_t column = 0; column < pass_.columns; column += pass_.tile_columns) {
      const std::int64_t start = row * pass_.columns + column;
      const std::int64_t n = pass_.tile_columns == pass_.columns
                                 ? std::min(pass_.tile_rows * pass_.columns, pass_.elements - start)
                                 : std::min(pass_.tile_columns, pass_.columns - column);
      point(row, column, start, n);
      for (const Instruction& instruction : pass_.instructions) {
        const void* in[3] = {pointers_[instruction.in[0]], pointers_[instruction.in[1]], pointers_[instruction.in[2]]};
        instruction.kernel(pointers_[instruction.out], in, instruction.step.data(), n);
      }
      accumulate(row, column, n);
    }
  }

  void point(std::int64_t row, std::int64_t column, std::int64_t start, std::int64_t n) {
    for (std::size_t i = 0; i < pass_.operands.size(); ++i) {
      const Operand& operand = pass_.operands[i];
      switch (operand.kind) {
        case Operand::Kind::full:
          pointers_[i] = at(operand) + start * operand.width;
          break;
        case Operand::Kind::row:
          if (operand.slot < 0) pointers_[i] = at(operand) + column * operand.width;
          break;
        case Operand::Kind::column:
          if (operand.slot >= 0)
            spread_rows(at(operand) + row * operand.width, pointers_[i], n / pass_.columns, pass_.columns,
                        operand.width);
          else
            pointers_[i] = at(operand) + row * operand.width;
          break;
        default:
          break;
      }
    }
  }

  // ------------------------------------------------------------------------------------------- reductions
  // Over rows there is a total for each column, over everything one; two sets of them for each reduction, one for the
  // chunk and one for all chunks so far. Over columns, every row's result is written as soon as it is known.

  std::int64_t totals_of(const Accumulation& accumulation) const {
    return accumulation.over == Accumulation::Over::rows ? pass_.columns : 1;
  }

  std::int64_t padded_bytes(const Accumulation& accumulation) const {
    return (totals_of(accumulation) * accumulation.width + 127) / 64 * 64;
  }

  std::size_t accumulator_bytes() const {
    std::int64_t bytes = 0;
    for (const Accumulation& accumulation : pass_.accumulations) bytes += 2 * padded_bytes(accumulation);
    return static_cast<std::size_t>(bytes);
  }

  /// Calls f(accumulation, the chunk's totals, all totals).
  template <class F>
  void each_total(F&& f) {
    std::byte* totals = totals_;
    for (const Accumulation& accumulation : pass_.accumulations) {
      const std::int64_t bytes = padded_bytes(accumulation);
      if (accumulation.over != Accumulation::Over::columns) f(accumulation, totals, totals + bytes);
      totals += 2 * bytes;
    }
  }

  void begin_chunk() {
    each_total([&](const Accumulation& accumulation, std::byte* chunk, std::byte*) {
      fill(chunk, accumulation.identity, totals_of(accumulation), accumulation.width);
    });
  }

  static void combine(const Accumulation& accumulation, std::byte* totals, const std::byte* x, std::int64_t n) {
    const void* in[] = {totals, x};
    const std::int64_t step[] = {1, 1};
    accumulation.combine(totals, in, step, n);
  }

  void end_chunk(bool first) {
    each_total([&](const Accumulation& accumulation, std::byte* chunk, std::byte* all) {
      const std::int64_t n = totals_of(accumulation);
      if (first)
        std::memcpy(all, chunk, static_cast<std::size_t>(n * accumulation.width));
      else
        combine(accumulation, all, chunk, n);
    });
  }

  void accumulate(std::int64_t row, std::int64_t column, std::int64_t n) {
    std::byte* totals = totals_;
    for (const Accumulation& accumulation : pass_.accumulations) {
      const std::byte* x = pointers_[accumulation.operand];
      alignas(8) std::byte part[8];
      switch (accumulation.over) {
        case Accumulation::Over::rows:
          if (pass_.tile_rows > 1)
            accumulation.columns(totals, x, n / pass_.columns, pass_.columns);
          else
            combine(accumulation, totals + column * accumulation.width, x, n);
          break;
        case Accumulation::Over::everything:
          accumulation.row(part, x, n);
          combine(accumulation, totals, part, 1);
          break;
        case Accumulation::Over::columns:
          reduce_rows(accumulation, row, column, x, n);
          break;
      }
      totals += 2 * padded_bytes(accumulation);
    }
  }

  void reduce_rows(const Accumulation& accumulation, std::int64_t row, std::int64_t column, const std::byte* x,
                   std::int64_t n) const {
    const std::int64_t width = accumulation.width;
    std::byte* out = memory_[static_cast<std::size_t>(accumulation.storage)] + accumulation.offset + row * width;
    const std::int64_t length = std::min(n, pass_.tile_columns);
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

  void finish() {
    each_total([&](const Accumulation& accumulation, std::byte*, std::byte* all) {
      std::byte* out = memory_[static_cast<std::size_t>(accumulation.storage)] + accumulation.offset;
      std::memcpy(out, all, static_cast<std::size_t>(totals_of(accumulation) * accumulation.width));
    });
  }

  const Pass& pass_;
  std::span<std::byte* const> memory_;
  std::byte* slots_ = nullptr;
  std::byte* totals_ = nullptr;
  std::byte** pointers_ = nullptr;
};

}  // namespace

void run_pass(const Pass& pass, std::span<std::byte* const> memory) { Walk(pass, memory).run(); }

}  // namespace xgrad::run
