#pragma once

#include <cstddef>
#include <iterator>
#include <utility>

namespace xgrad::run {

/// A list whose elements a function computes from their indices as they are read. Its iterators refer to it. (Clang
/// before 16 does not compile the views of libstdc++.)
template <class Of>
class ComputedList {
 public:
  ComputedList(std::size_t size, Of of) : size_(size), of_(std::move(of)) {}

  auto operator[](std::size_t i) const { return of_(i); }
  auto front() const { return of_(std::size_t{0}); }
  std::size_t size() const noexcept { return size_; }

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using difference_type = std::ptrdiff_t;
    using value_type = decltype(std::declval<const Of&>()(std::size_t{}));
    using reference = value_type;
    using pointer = void;

    Iterator() = default;
    Iterator(const ComputedList& list, std::size_t index) noexcept : list_(&list), index_(index) {}

    value_type operator*() const { return (*list_)[index_]; }
    Iterator& operator++() noexcept {
      ++index_;
      return *this;
    }
    Iterator operator++(int) noexcept {
      const Iterator before = *this;
      ++index_;
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) noexcept { return a.index_ == b.index_; }

   private:
    const ComputedList* list_ = nullptr;
    std::size_t index_ = 0;
  };

  Iterator begin() const noexcept { return {*this, 0}; }
  Iterator end() const noexcept { return {*this, size_}; }

 private:
  std::size_t size_;
  Of of_;
};

}  // namespace xgrad::run
