#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <autograd/kernel/buffer.hpp>
#include <autograd/run/plan/plan.hpp>

namespace xgrad::run {

/// The constants of several programs: values that are the same bytes are kept once.
class SharedConstants {
 public:
  /// The memory with the value of a node. Where nobody else can ask for that, equal ones share it.
  BufferHandle of(Node& node);

 private:
  struct Known {
    BufferHandle buffer;
    std::size_t bytes;
  };
  std::vector<Known> known_;
};

/// A program with its plan, to be run again and again on other inputs, by any number of threads at once. All else that
/// it reads are constants, which it holds. A run asks for no list, no key and no memory beside its Frame.
class Executable {
 public:
  /// Plans the program of `result`, which is on this thread's list. `inputs` have values, of which only shapes and
  /// dtypes count.
  Executable(std::span<const Tensor> inputs, const Tensor& result, SharedConstants& shared);
  Executable(const Executable&) = delete;
  Executable& operator=(const Executable&) = delete;
  ~Executable();

  /// The memory of one run at a time.
  class Frame {
   public:
    explicit Frame(const Executable& executable);

   private:
    friend class Executable;
    std::vector<std::byte*> memory_;
    BufferHandle workspace_;
  };

  /// Writes the result of the inputs at these addresses. As in buffers, there is room behind the values, to the end of
  /// their last 64 bytes and 64 more.
  void run(Frame& frame, std::span<std::byte* const> inputs, std::byte* result) const;

 private:
  struct InputPlace {
    StorageId storage;
    std::size_t input;
  };

  void bind(const Program& program, std::span<const Tensor> inputs, SharedConstants& shared);

  std::shared_ptr<const Plan> plan_;     ///< null where the result is one of the inputs
  std::vector<Node*> nodes_;             ///< of the program; an edge each
  std::vector<BufferHandle> constants_;  ///< that it reads
  std::vector<double> numbers_;          ///< plain numbers, and room behind
  std::vector<std::byte*> memory_;       ///< the addresses that all runs have in common, by storage
  std::vector<InputPlace> input_places_;
  std::vector<StorageId> in_workspace_;
  std::vector<StorageId> in_result_;
  std::optional<StorageId> passed_on_;  ///< the storage of an input that is the result as it is
  std::size_t passed_input_ = 0;        ///< the same without a plan
  std::size_t result_bytes_;
};

}  // namespace xgrad::run
