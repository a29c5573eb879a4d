#pragma once

#include <cstdint>
#include <type_traits>

#include <autograd/dtype.hpp>
#include <autograd/kernel/loops.hpp>
#include <autograd/kernel/processor.hpp>
#include <autograd/kernel/target.hpp>
#include <xsimd/xsimd.hpp>

/// Vectorised loops from functors, which are templates over the instruction set. Which build of them
/// (autograd/kernel/target.hpp) a program runs is decided when it starts.
namespace xgrad::run {

using Target = xsimd::default_arch;

namespace baseline {
template <template <class> class F>
TileKernel tile_of(DType operand, DType result);
}  // namespace baseline
namespace avx2 {
template <template <class> class F>
TileKernel tile_of(DType operand, DType result);
}  // namespace avx2

/// The loop of functor F for this processor.
template <template <class> class F>
TileKernel tile(DType operand, DType result) {
#ifdef XGRAD_HAVE_AVX2
  if (use_avx2()) return avx2::tile_of<F>(operand, result);
#endif
  return baseline::tile_of<F>(operand, result);
}

namespace kernel {

/// The operands of functors: floating-point vectors, or single elements of any dtype.
template <class T, class Arch>
using Vector = xsimd::batch<T, Arch>;

template <class T, class Arch>
Vector<T, Arch> load(const T* from) noexcept {
  return Vector<T, Arch>::load_unaligned(from);
}

/// The first `count` elements of a vector; the rest is 1, which no function minds.
template <class T, class Arch>
Vector<T, Arch> load_some(const T* from, std::int64_t count) noexcept {
  alignas(64) T padded[Vector<T, Arch>::size];
  for (std::size_t i = 0; i < Vector<T, Arch>::size; ++i)
    padded[i] = static_cast<std::int64_t>(i) < count ? from[i] : T{1};
  return Vector<T, Arch>::load_aligned(padded);
}

template <class T, class Arch>
void store_some(const Vector<T, Arch>& from, T* to, std::int64_t count) noexcept {
  alignas(64) T padded[Vector<T, Arch>::size];
  from.store_aligned(padded);
  for (std::int64_t i = 0; i < count; ++i) to[i] = padded[i];
}

/// out = f(a) by vectors. The last, partial vector takes the same path, so a value never depends on where it stands.
template <class F, class T, class Arch>
void unary_vector(void* out, const void* const* in, const std::int64_t* step, std::int64_t n) {
  using V = Vector<T, Arch>;
  constexpr auto width = static_cast<std::int64_t>(V::size);
  auto* o = static_cast<T*>(out);
  const auto* a = static_cast<const T*>(in[0]);
  if (step[0] == 0) {
    const V value = F::apply(V(*a));
    std::int64_t i = 0;
    for (; i + width <= n; i += width) value.store_unaligned(o + i);
    if (i < n) store_some<T, Arch>(value, o + i, n - i);
    return;
  }
  std::int64_t i = 0;
  for (; i + width <= n; i += width) F::apply(load<T, Arch>(a + i)).store_unaligned(o + i);
  if (i < n) store_some<T, Arch>(F::apply(load_some<T, Arch>(a + i, n - i)), o + i, n - i);
}

template <class F, class T, class Arch, bool StepA, bool StepB>
void binary_loop(T* o, const T* a, const T* b, std::int64_t n) {
  using V = Vector<T, Arch>;
  constexpr auto width = static_cast<std::int64_t>(V::size);
  const V fixed_a(*a);
  const V fixed_b(*b);
  std::int64_t i = 0;
  for (; i + width <= n; i += width) {
    const V x = StepA ? load<T, Arch>(a + i) : fixed_a;
    const V y = StepB ? load<T, Arch>(b + i) : fixed_b;
    F::apply(x, y).store_unaligned(o + i);
  }
  if (i < n) {
    const V x = StepA ? load_some<T, Arch>(a + i, n - i) : fixed_a;
    const V y = StepB ? load_some<T, Arch>(b + i, n - i) : fixed_b;
    store_some<T, Arch>(F::apply(x, y), o + i, n - i);
  }
}

template <class F, class T, class Arch>
void binary_vector(void* out, const void* const* in, const std::int64_t* step, std::int64_t n) {
  auto* o = static_cast<T*>(out);
  const auto* a = static_cast<const T*>(in[0]);
  const auto* b = static_cast<const T*>(in[1]);
  if (step[0] != 0 && step[1] != 0) return binary_loop<F, T, Arch, true, true>(o, a, b, n);
  if (step[0] != 0) return binary_loop<F, T, Arch, true, false>(o, a, b, n);
  if (step[1] != 0) return binary_loop<F, T, Arch, false, true>(o, a, b, n);
  return binary_loop<F, T, Arch, false, false>(o, a, b, n);
}

/// Element by element, for the compiler to vectorise: integers, bools, and results of another dtype.
template <class F, class In, class Out, class Arch>
void unary_scalar(void* out, const void* const* in, const std::int64_t* step, std::int64_t n) {
  auto* o = static_cast<Out*>(out);
  const auto* a = static_cast<const In*>(in[0]);
  if (step[0] == 0) {
    const Out value = F::template apply_to<Out>(*a);
    for (std::int64_t i = 0; i < n; ++i) o[i] = value;
  } else {
    for (std::int64_t i = 0; i < n; ++i) o[i] = F::template apply_to<Out>(a[i]);
  }
}

template <class F, class In, class Out, class Arch>
void binary_scalar(void* out, const void* const* in, const std::int64_t* step, std::int64_t n) {
  auto* o = static_cast<Out*>(out);
  const auto* a = static_cast<const In*>(in[0]);
  const auto* b = static_cast<const In*>(in[1]);
  if (step[0] != 0 && step[1] != 0) {
    for (std::int64_t i = 0; i < n; ++i) o[i] = F::template apply_to<Out>(a[i], b[i]);
  } else if (step[0] != 0) {
    const In y = *b;
    for (std::int64_t i = 0; i < n; ++i) o[i] = F::template apply_to<Out>(a[i], y);
  } else if (step[1] != 0) {
    const In x = *a;
    for (std::int64_t i = 0; i < n; ++i) o[i] = F::template apply_to<Out>(x, b[i]);
  } else {
    const Out value = F::template apply_to<Out>(*a, *b);
    for (std::int64_t i = 0; i < n; ++i) o[i] = value;
  }
}

/// The dtypes that a functor takes and gives.
enum class Domain {
  real,     ///< float32 or float64, by vectors
  scalar,   ///< float32 or float64, by elements
  number,   ///< int64, float32 or float64, to the same
  compare,  ///< two of any dtype, to bool
  convert,  ///< any dtype to any
  own,      ///< what the functor's own loop_for(DType) says
};

/// Element functions of functors whose apply() works on plain numbers too.
template <class F>
struct ByElement {
  template <class Out, class... In>
  static Out apply_to(In... x) noexcept {
    return static_cast<Out>(F::apply(x...));
  }
};

template <class F, class T, class Arch>
constexpr TileKernel vector_loop() {
  if constexpr (F::arity == 1)
    return &unary_vector<F, T, Arch>;
  else
    return &binary_vector<F, T, Arch>;
}

template <class F, class In, class Out, class Arch>
constexpr TileKernel scalar_loop() {
  if constexpr (F::arity == 1)
    return &unary_scalar<ByElement<F>, In, Out, Arch>;
  else
    return &binary_scalar<ByElement<F>, In, Out, Arch>;
}

/// The loop of a functor for a dtype of operands and one of results; null where it has none.
template <class F, class Arch>
TileKernel select(DType operand, [[maybe_unused]] DType result) noexcept {
  constexpr Domain domain = F::domain;
  if constexpr (domain == Domain::own) {
    return F::loop_for(operand);
  } else if constexpr (domain == Domain::convert) {
    return visit_dtype(operand, [&]<class In>(std::type_identity<In>) {
      return visit_dtype(
          result, []<class Out>(std::type_identity<Out>) -> TileKernel { return &unary_scalar<F, In, Out, Arch>; });
    });
  } else if constexpr (domain == Domain::compare) {
    return visit_dtype(operand, []<class In>(std::type_identity<In>) { return scalar_loop<F, In, bool, Arch>(); });
  } else if constexpr (domain == Domain::scalar) {
    if (operand == DType::float32) return scalar_loop<F, float, float, Arch>();
    if (operand == DType::float64) return scalar_loop<F, double, double, Arch>();
  } else {
    if (operand == DType::float32) return vector_loop<F, float, Arch>();
    if (operand == DType::float64) return vector_loop<F, double, Arch>();
    if constexpr (domain == Domain::number)
      if (operand == DType::int64) return scalar_loop<F, std::int64_t, std::int64_t, Arch>();
  }
  return nullptr;
}

}  // namespace kernel

template <template <class> class F>
TileKernel XGRAD_TARGET::tile_of(DType operand, DType result) {
  return kernel::select<F<Target>, Target>(operand, result);
}

}  // namespace xgrad::run

namespace xgrad::kernels {
inline namespace XGRAD_TARGET {

/// The functors of a family, whose loops `template struct Compiled<...>` compiles.
template <template <class> class... F>
struct Compiled {
  static constexpr TileKernel (*loops[])(DType operand, DType result) = {&run::XGRAD_TARGET::tile_of<F>...};
};

}  // namespace XGRAD_TARGET
}  // namespace xgrad::kernels
