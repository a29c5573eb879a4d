#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <utility>
#include <vector>

#include <autograd/run/plan/computed_list.hpp>

namespace xgrad::run {

/// A number that is not negative, as the standard library counts.
constexpr std::size_t as_size(std::integral auto number) noexcept { return static_cast<std::size_t>(number); }

/// The number of something in the list of its kind: numbers of different kinds are different types. Where there may be
/// none, there is a std::optional.
template <class Tag>
class Id {
 public:
  constexpr Id() = default;  ///< the first one, for arrays of ids
  explicit constexpr Id(std::integral auto number) noexcept : number_(static_cast<int>(number)) {}

  constexpr int number() const noexcept { return number_; }
  constexpr std::size_t index() const noexcept { return as_size(number_); }

  constexpr Id& operator++() noexcept {
    ++number_;
    return *this;
  }
  friend constexpr Id operator+(Id id, int further) noexcept { return Id(id.number_ + further); }
  friend constexpr int operator-(Id later, Id earlier) noexcept { return later.number_ - earlier.number_; }
  friend constexpr auto operator<=>(Id, Id) = default;

 private:
  int number_ = 0;
};

using ExternalId = Id<struct ExternalTag>;        ///< of a program's externals()
using VertexId = Id<struct VertexTag>;            ///< of Graph::vertices
using StorageId = Id<struct StorageTag>;          ///< of Plan::storages
using StepId = Id<struct StepTag>;                ///< of Plan::steps
using OperandId = Id<struct OperandTag>;          ///< of Pass::operands
using InstructionId = Id<struct InstructionTag>;  ///< of Pass::instructions
using FoldId = Id<struct FoldTag>;                ///< of all loops of a pass
using GroupId = Id<struct GroupTag>;              ///< of Draft::groups

/// A list whose elements are found by their ids.
template <class Key, class T>
class IdVector : std::vector<T> {
  using List = std::vector<T>;

 public:
  using List::assign;
  using List::back;
  using List::begin;
  using List::clear;
  using List::emplace_back;
  using List::empty;
  using List::end;
  using List::insert;
  using List::List;
  using List::pop_back;
  using List::push_back;
  using List::reserve;
  using List::resize;
  using List::size;

  decltype(auto) operator[](Key id) { return List::operator[](id.index()); }
  decltype(auto) operator[](Key id) const { return List::operator[](id.index()); }

  /// Puts an element at the end.
  Key add(T element) {
    push_back(std::move(element));
    return Key(size() - 1);
  }
  /// The id of what is added next.
  Key next_id() const noexcept { return Key(size()); }
  /// Of the elements that are there now, in order.
  auto ids() const {
    return ComputedList(size(), [](std::size_t i) { return Key(i); });
  }
  /// The same from the last to the first.
  auto ids_from_last() const {
    return ComputedList(size(), [last = size() - 1](std::size_t i) { return Key(last - i); });
  }
};

}  // namespace xgrad::run
