#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

#pragma GCC visibility push(default)
namespace xgrad {

/// The part of a call that is no input (an axis, extents, steps): one struct of the primitive's family,
/// or nothing. Kernels and rules read it by its type: `attributes.as<SliceAttributes>().axis`.
///
/// A struct of integers, enumerations and pointers, without padding, is compared by its bytes. So is one with
/// floating-point members, which lists all of them:
///
///     struct Bounds {
///       double low, high;
///       auto fields() const { return std::tie(low, high); }
///     };
///
/// Any other type is shared by the copies of one Attributes, and equal only to those: what owns memory, for instance.
/// Structs of up to `room` bytes are kept inside, without an allocation.
class Attributes {
 public:
  static constexpr std::size_t room = 24;

  /// Whether a type is compared by its bytes.
  template <class T>
  static constexpr bool by_bytes = [] {
    if constexpr (!std::is_trivially_copyable_v<T> || alignof(T) > alignof(std::uint64_t))
      return false;
    else if constexpr (requires(const T& value) { value.fields(); })
      return []<class... F>(std::tuple<F...>*) {
        return (sizeof(F) + ...) == sizeof(T);
      }(static_cast<std::remove_cvref_t<decltype(std::declval<const T&>().fields())>*>(nullptr));
    else
      return std::has_unique_object_representations_v<T>;
  }();
  template <class T>
  static constexpr bool kept_inside = by_bytes<T> && sizeof(T) <= room;

  Attributes() noexcept = default;
  template <class T>
  requires(!std::same_as<T, Attributes>) Attributes(const T& value) : type_(&type_of<T>) {
    if constexpr (kept_inside<T>)
      std::memcpy(words_.data(), &value, sizeof(T));
    else
      put(new Holder<T>(value));
  }
  Attributes(const Attributes& other) noexcept : type_(other.type_), words_(other.words_) {
    if (shared()) [[unlikely]]
      held().references.fetch_add(1, std::memory_order_relaxed);
  }
  Attributes(Attributes&& other) noexcept : type_(std::exchange(other.type_, nullptr)), words_(other.words_) {}
  Attributes& operator=(Attributes other) noexcept {
    std::swap(type_, other.type_);
    std::swap(words_, other.words_);
    return *this;
  }
  ~Attributes() {
    if (shared()) [[unlikely]]
      let_go();
  }

  bool empty() const noexcept { return type_ == nullptr; }
  template <class T>
  bool is() const noexcept {
    return type_ == &type_of<T>;
  }
  /// Throws Error where the attributes are of another type.
  template <class T>
  const T& as() const {
    if (!is<T>()) [[unlikely]]
      refuse_type();
    if constexpr (kept_inside<T>)
      return *reinterpret_cast<const T*>(words_.data());
    else
      return static_cast<const Holder<T>&>(held()).value();
  }

  /// A number that types have in common with no other type of a primitive's attributes.
  std::uint32_t type_number() const noexcept {
    return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(type_));
  }

  /// Whether copies share a value that the last of them frees.
  bool shared() const noexcept { return type_ && type_->shared; }

  /// The words that attributes of one type are compared by. Those of a value that is compared by its bytes are these
  /// bytes; a value that is not has a number, which no other value ever gets.
  std::span<const std::uint64_t> words() const noexcept {
    if (!type_) return {};
    return {type_->shared ? held().words : words_.data(), type_->words};
  }
  friend bool operator==(const Attributes& a, const Attributes& b) noexcept {
    return a.type_ == b.type_ && std::ranges::equal(a.words(), b.words());
  }

 private:
  struct Type {
    std::size_t words;  ///< of a value
    bool shared;
  };
  struct Held {
    std::atomic<std::int64_t> references{1};
    const std::uint64_t* words = nullptr;

    Held() = default;
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    virtual ~Held() = default;
  };

  template <class T>
  static constexpr std::size_t words_of = by_bytes<T> ? (sizeof(T) + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t)
                                                      : 1;
  template <class T>
  static constexpr Type type_of{words_of<T>, !kept_inside<T>};

  template <class T>
  class Holder final : public Held {
   public:
    explicit Holder(const T& value) : value_(value) {
      if constexpr (by_bytes<T>)
        std::memcpy(own_.data(), &value_, sizeof(T));
      else
        own_[0] = next_number();
      words = own_.data();
    }
    const T& value() const noexcept { return value_; }

   private:
    T value_;
    std::array<std::uint64_t, words_of<T>> own_{};
  };

  static std::uint64_t next_number() noexcept;
  [[noreturn, gnu::cold]] static void refuse_type();

  void put(Held* held) noexcept { words_[0] = reinterpret_cast<std::uintptr_t>(held); }
  Held& held() const noexcept { return *reinterpret_cast<Held*>(words_[0]); }
  void let_go() noexcept;

  const Type* type_ = nullptr;
  std::array<std::uint64_t, room / sizeof(std::uint64_t)> words_{};
};

/// Of calls that say nothing beside their inputs.
inline constinit const Attributes no_attributes;

/// Of every reduction that a run may compute as it goes (BlockTraits::reduction): which axes of its input it reduces.
struct ReducedAxes {
  std::uint64_t mask;  ///< bit i for axis i

  bool contains(int axis) const noexcept { return (mask >> axis & 1u) != 0; }
};

}  // namespace xgrad
#pragma GCC visibility pop
