#pragma once

#include <cstddef>
#include <limits>
#include <new>
#include <xtensor/xarray.hpp>

#include <autograd/shared_memory.hpp>

#pragma GCC visibility push(default)
namespace xgrad {

/// An allocator that takes memory from the pool of the tensors. A container of xtensor's with it becomes a tensor
/// without a copy: `tensor(std::move(array))`.
template <class T>
class PoolAllocator {
 public:
  using value_type = T;

  PoolAllocator() noexcept = default;
  template <class U>
  PoolAllocator(const PoolAllocator<U>&) noexcept {}

  T* allocate(std::size_t count) {
    if (count > std::numeric_limits<std::size_t>::max() / sizeof(T)) throw std::bad_array_new_length();
    return static_cast<T*>(run::Buffer::allocate(count * sizeof(T))->data());
  }
  void deallocate(T* memory, std::size_t) noexcept { detail::buffer_of(memory)->release(); }

  template <class U>
  bool operator==(const PoolAllocator<U>&) const noexcept {
    return true;
  }
};

/// A row-major array of xtensor's in the memory of the tensors' pool: xt::xarray<T> but for the allocator.
template <class T>
using PoolArray = xt::xarray<T, xt::layout_type::row_major, PoolAllocator<T>>;

}  // namespace xgrad
#pragma GCC visibility pop
