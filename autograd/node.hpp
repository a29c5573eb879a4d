#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include <autograd/kernel/buffer.hpp>
#include <autograd/primitive.hpp>

#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#define XGRAD_KNOWS_SINGLE_THREADED
#endif

#pragma GCC visibility push(default)
namespace xgrad {

/// One entry of the tape: what is computed (the recipe: primitive, inputs, attributes, shape, dtype) and, once it has
/// run, its value. Reference-counted in one word: handles (Tensors) in the upper half, edges (inputs of other nodes,
/// and the tape itself) in the lower, because a run must know which values someone can still ask for.
///
/// The first of three cache lines has the members that every walk over the list reads; most operations leave the third
/// alone.
class alignas(64) Node {
 public:
  static constexpr std::uint64_t one_handle = std::uint64_t{1} << 32;
  static constexpr std::uint64_t one_edge = 1;
  static constexpr int inline_inputs = 3;

  const Primitive* primitive = nullptr;
  std::atomic<std::uint64_t> references{0};
  run::Buffer* buffer = nullptr;  ///< the value, contiguous, once it is there
  /// Whose list the node is on; 0: none. Other threads may ask whether it is on theirs while its own takes it off.
  std::atomic<std::uint32_t> recorder{0};
  std::uint32_t position = 0;  ///< and where
  std::uint32_t scope = 0;     ///< name scope it was recorded in
  std::uint32_t input_count = 0;
  DType dtype = DType::float32;
  bool number = false;          ///< a plain number: `scalar` is its value, and its dtype adapts to what it meets
  bool derived = false;         ///< recorded by a differentiation pass, or on what one recorded and has not run
  bool recomputed = false;      ///< recorded again by checkpoint, for a derivative to read
  bool differentiated = false;  ///< a differentiation pass has read what its derivative needs
  bool recipe_dropped = false;  ///< was computed by something no longer known
  bool unknown = false;         ///< depends on a placeholder of vmap, and will never have a value
  /// A kernel refused it, or what it is computed from, when it ran along: from now on it runs only where asked for.
  bool refused = false;
  Node* inline_list[inline_inputs] = {};
  Node** overflow = nullptr;  ///< the inputs where there are more than inline_inputs
  Shape shape;
  Attributes attributes;
  Number::Value scalar;  ///< the value of a plain number

  std::span<Node* const> inputs() const noexcept { return {overflow ? overflow : inline_list, input_count}; }
  Node* input(std::size_t i) const noexcept { return overflow ? overflow[i] : inline_list[i]; }

  Number plain_number() const noexcept { return Number(scalar, dtype); }
  bool has_value() const noexcept { return number || buffer != nullptr; }
  bool has_handles() const noexcept { return references.load(std::memory_order_relaxed) >= one_handle; }
  std::size_t bytes() const noexcept { return static_cast<std::size_t>(shape.elements()) * size_of(dtype); }

  /// A node with so many references, from this thread's free list.
  static Node* create(const Primitive& primitive, const Shape& shape, DType dtype, std::uint64_t references,
                      const Attributes& attributes = no_attributes);

  void retain(std::uint64_t count) noexcept {
    if (single_threaded())
      references.store(references.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
    else
      references.fetch_add(count, std::memory_order_relaxed);
  }
  /// Gives back references; the last one frees the node and what only it held, without recursion.
  void release(std::uint64_t count) noexcept {
    if (gave_last(count)) destroy();
  }

  /// Makes the node an input-less holder of its value.
  void drop_recipe() noexcept;

 private:
  Node(const Primitive& recorded, const Shape& of_shape, DType of_dtype, std::uint64_t counted,
       const Attributes& with) noexcept
      : primitive(&recorded), references(counted), dtype(of_dtype), shape(of_shape), attributes(with) {}

  void free_overflow() noexcept;

  /// Whether the program has had one thread only, so that counting needs no atomic operations.
  static bool single_threaded() noexcept {
#ifdef XGRAD_KNOWS_SINGLE_THREADED
    return __libc_single_threaded != 0;
#else
    return false;
#endif
  }

  /// Gives back references; whether they were the last.
  bool gave_last(std::uint64_t count) noexcept { return gave_last(count, single_threaded()); }
  bool gave_last(std::uint64_t count, bool alone) noexcept {
    if (!alone) return references.fetch_sub(count, std::memory_order_acq_rel) == count;
    const std::uint64_t left = references.load(std::memory_order_relaxed) - count;
    references.store(left, std::memory_order_relaxed);
    return left == 0;
  }

  void destroy() noexcept;
};

/// The primitive of nodes that hold data.
extern const Primitive data_primitive;

}  // namespace xgrad
#pragma GCC visibility pop
