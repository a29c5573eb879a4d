#include <autograd/kernel/fft_pass.hpp>

#include <autograd/kernel/tile.hpp>

namespace xgrad::run {
namespace kernel {

/// Loads and stores of a vector, or of one element.
template <class V, class T, class Arch>
struct Lanes {
  static V load(const T* from) noexcept { return V::load_unaligned(from); }
  static void store(const V& value, T* to) noexcept { value.store_unaligned(to); }
};
template <class T, class Arch>
struct Lanes<T, T, Arch> {
  static T load(const T* from) noexcept { return *from; }
  static void store(const T& value, T* to) noexcept { *to = value; }
};

template <int radix, class V, class T, class Arch>
struct Butterfly;

template <class V, class T, class Arch>
struct Butterfly<2, V, T, Arch> {
  static void apply(V* re, V* im, const T*) noexcept {
    const V a = re[0], b = im[0];
    re[0] = a + re[1];
    im[0] = b + im[1];
    re[1] = a - re[1];
    im[1] = b - im[1];
  }
};

template <class V, class T, class Arch>
struct Butterfly<4, V, T, Arch> {
  static void apply(V* re, V* im, const T*) noexcept {
    const V sum_r = re[0] + re[2], sum_i = im[0] + im[2], odd_r = re[1] + re[3], odd_i = im[1] + im[3];
    const V low_r = re[0] - re[2], low_i = im[0] - im[2], high_r = re[1] - re[3], high_i = im[1] - im[3];
    re[0] = sum_r + odd_r;
    im[0] = sum_i + odd_i;
    re[1] = low_r + high_i;
    im[1] = low_i - high_r;
    re[2] = sum_r - odd_r;
    im[2] = sum_i - odd_i;
    re[3] = low_r - high_i;
    im[3] = low_i + high_r;
  }
};

/// An odd radix: elements k and radix - k share their cosines, and their sines up to the sign.
template <int radix, class V, class T, class Arch>
struct Butterfly {
  static void apply(V* re, V* im, const T* roots) noexcept {
    constexpr int half = radix / 2;
    V even_r[half], even_i[half], odd_r[half], odd_i[half];
    const V first_r = re[0], first_i = im[0];
    for (int k = 1; k <= half; ++k) {
      even_r[k - 1] = re[k] + re[radix - k];
      even_i[k - 1] = im[k] + im[radix - k];
      odd_r[k - 1] = re[k] - re[radix - k];
      odd_i[k - 1] = im[k] - im[radix - k];
      re[0] = re[0] + even_r[k - 1];
      im[0] = im[0] + even_i[k - 1];
    }
    for (int j = 1; j <= half; ++j) {
      V cos_r = first_r, cos_i = first_i, sin_r = V(roots[radix + j]) * odd_r[0],
        sin_i = V(roots[radix + j]) * odd_i[0];
      cos_r = cos_r + V(roots[j]) * even_r[0];
      cos_i = cos_i + V(roots[j]) * even_i[0];
      for (int k = 2; k <= half; ++k) {
        const V cosine(roots[j * k % radix]), sine(roots[radix + j * k % radix]);
        cos_r = cos_r + cosine * even_r[k - 1];
        cos_i = cos_i + cosine * even_i[k - 1];
        sin_r = sin_r + sine * odd_r[k - 1];
        sin_i = sin_i + sine * odd_i[k - 1];
      }
      re[j] = cos_r + sin_i;
      im[j] = cos_i - sin_r;
      re[radix - j] = cos_r - sin_i;
      im[radix - j] = cos_i + sin_r;
    }
  }
};

/// The elements from q on of group j.
template <int radix, bool twiddled, class V, class T, class Arch>
inline void fft_step(const FftPass<T>& pass, const T* twiddles, std::int64_t from, std::int64_t to) noexcept {
  V re[radix], im[radix];
  const std::int64_t apart = pass.s * pass.m;
  for (int k = 0; k < radix; ++k) {
    re[k] = Lanes<V, T, Arch>::load(pass.x_real + from + k * apart);
    im[k] = Lanes<V, T, Arch>::load(pass.x_imag + from + k * apart);
  }
  Butterfly<radix, V, T, Arch>::apply(re, im, pass.roots);
  Lanes<V, T, Arch>::store(re[0], pass.y_real + to);
  Lanes<V, T, Arch>::store(im[0], pass.y_imag + to);
  for (int k = 1; k < radix; ++k) {
    if constexpr (twiddled) {
      const V wr(twiddles[2 * k - 2]), wi(twiddles[2 * k - 1]);
      Lanes<V, T, Arch>::store(re[k] * wr - im[k] * wi, pass.y_real + to + k * pass.s);
      Lanes<V, T, Arch>::store(re[k] * wi + im[k] * wr, pass.y_imag + to + k * pass.s);
    } else {
      Lanes<V, T, Arch>::store(re[k], pass.y_real + to + k * pass.s);
      Lanes<V, T, Arch>::store(im[k], pass.y_imag + to + k * pass.s);
    }
  }
}

template <int radix, bool twiddled, class T, class Arch>
void fft_groups(const FftPass<T>& pass) noexcept {
  using V = Vector<T, Arch>;
  constexpr auto width = static_cast<std::int64_t>(V::size);
  for (std::int64_t j = 0; j < pass.m; ++j) {
    const T* twiddles = twiddled ? pass.twiddles + 2 * (radix - 1) * j : nullptr;
    const std::int64_t from = pass.s * j, to = pass.s * radix * j;
    std::int64_t q = 0;
    for (; q + width <= pass.s; q += width) fft_step<radix, twiddled, V, T, Arch>(pass, twiddles, from + q, to + q);
    for (; q < pass.s; ++q) fft_step<radix, twiddled, T, T, Arch>(pass, twiddles, from + q, to + q);
  }
}

template <int radix, class T, class Arch>
void fft_radix(const FftPass<T>& pass) noexcept {
  return pass.m == 1 ? fft_groups<radix, false, T, Arch>(pass) : fft_groups<radix, true, T, Arch>(pass);
}

template <class T, class Arch>
void fft_pass_of(const FftPass<T>& pass) noexcept {
  switch (pass.radix) {
    case 2:
      return fft_radix<2, T, Arch>(pass);
    case 3:
      return fft_radix<3, T, Arch>(pass);
    case 4:
      return fft_radix<4, T, Arch>(pass);
    case 5:
      return fft_radix<5, T, Arch>(pass);
    case 7:
      return fft_radix<7, T, Arch>(pass);
    case 11:
      return fft_radix<11, T, Arch>(pass);
    default:
      return fft_radix<13, T, Arch>(pass);
  }
}

}  // namespace kernel

void XGRAD_TARGET::fft_pass(const FftPass<float>& pass) { kernel::fft_pass_of<float, Target>(pass); }
void XGRAD_TARGET::fft_pass(const FftPass<double>& pass) { kernel::fft_pass_of<double, Target>(pass); }

}  // namespace xgrad::run
