#include <autograd/kernel/convert.hpp>

#include <type_traits>

#include <autograd/kernel/functors.hpp>
#include <autograd/number.hpp>

namespace xgrad::kernels {

template <class>
struct Convert {
  static constexpr int arity = 1;
  static constexpr Domain domain = Domain::convert;
  template <class Out, class In>
  static Out apply_to(In x) noexcept {
    if constexpr (std::is_same_v<Out, bool>)
      return x != In();
    else if constexpr (std::is_same_v<Out, std::int64_t> && std::is_same_v<In, BFloat16>)
      return truncated_to_int64(static_cast<float>(x));
    else if constexpr (std::is_same_v<Out, std::int64_t> && std::is_floating_point_v<In>)
      return truncated_to_int64(x);
    else if constexpr (std::is_same_v<In, Out>)
      return x;
    else if constexpr (std::is_same_v<Out, BFloat16>)
      return BFloat16(x);
    else
      return static_cast<Out>(x);
  }
};

template struct Compiled<Convert>;

}  // namespace xgrad::kernels

#ifndef XGRAD_TARGET_AVX2
xgrad::TileKernel xgrad::run::copy_tile(DType operand, DType result) { return tile<kernels::Convert>(operand, result); }
#endif
