#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <autograd/dtype.hpp>

#pragma GCC visibility push(default)
namespace xgrad::distributed {

/// What ranks do together.
enum class Collective : std::uint8_t { all_reduce, reduce, reduce_scatter, all_gather, broadcast, all_to_all, barrier };

/// "all_reduce", ...
const char* to_string(Collective collective) noexcept;

/// One rank's part in a collective. Memory is contiguous. all_reduce, reduce and broadcast work in place: in and out
/// are the same memory.
struct Exchange {
  Collective collective = Collective::barrier;
  DType dtype = DType::float32;
  int root = 0;  ///< of reduce and broadcast
  std::span<const std::byte> in = {};
  std::span<std::byte> out = {};

  /// Whether it adds values up.
  bool adds() const noexcept {
    return collective == Collective::all_reduce || collective == Collective::reduce ||
           collective == Collective::reduce_scatter;
  }
};

/// "all_reduce of 100 float32"
std::string to_string(const Exchange& exchange);

/// How the ranks of a group exchange values: the part of a Communicator that an implementation overrides. All ranks
/// make the same calls in the same order, each from one thread at a time. A call returns once this rank's memory is
/// done with. Sums are in an order that depends on the number of ranks and of elements only, and are the same on all
/// ranks that get them.
class Transport {
 public:
  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  virtual int rank() const noexcept = 0;
  virtual int size() const noexcept = 0;
  /// all_reduce: out becomes the sum of all ranks' out. reduce: the same on `root`; on others out becomes zeros.
  /// reduce_scatter: out becomes block number rank() of the sum of all ranks' in, which has size() blocks. all_gather:
  /// block r of out becomes rank r's in. broadcast: out becomes root's out. all_to_all: block r of out becomes block
  /// number rank() of rank r's in. barrier: nothing.
  /// Throws Error where ranks do not come within the deadline, naming them, and where they call something else.
  virtual void run(const Exchange& exchange) = 0;
  /// The group of the ranks that give the same color, ordered by key and rank. A collective itself.
  virtual std::shared_ptr<Transport> split(int color, int key) = 0;
};

}  // namespace xgrad::distributed
#pragma GCC visibility pop
