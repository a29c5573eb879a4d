#include <autograd/kernel/fft.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <mutex>
#include <numbers>
#include <vector>

#include <autograd/kernel/fft_pass.hpp>
#include <autograd/kernel/processor.hpp>
#include <autograd/kernel/threads.hpp>

namespace xgrad::run {
namespace {

struct Root {
  double real, imag;
};

/// exp(-2 pi i k / n), from an angle of at most pi / 4.
Root root_of_unity(std::int64_t k, std::int64_t n) {
  std::int64_t x = 8 * (k % n);
  const bool below = x >= 4 * n;  // the lower half of the circle
  if (below) x = 8 * n - x;
  const bool left = x > 2 * n;
  if (left) x = 4 * n - x;
  const bool steep = x > n;
  if (steep) x = 2 * n - x;
  const double angle = std::numbers::pi / 4 * (static_cast<double>(x) / static_cast<double>(n));
  double real = std::cos(angle), imag = std::sin(angle);
  if (steep) std::swap(real, imag);
  return {left ? -real : real, below ? imag : -imag};
}

/// The radices of a length; the rest that none divides follows as one more.
std::vector<std::int64_t> factors_of(std::int64_t n) {
  std::vector<std::int64_t> factors;
  for (const int radix : {4, 2, 3, 5, 7, 11, 13})
    for (; n % radix == 0; n /= radix) factors.push_back(radix);
  if (n > 1) factors.push_back(n);
  return factors;
}

std::int64_t convenient_length(std::int64_t least) {
  std::int64_t best = 1;
  while (best < least) best *= 2;
  for (std::int64_t fives = 1; fives < best; fives *= 5)
    for (std::int64_t threes = fives; threes < best; threes *= 3) {
      std::int64_t length = threes;
      while (length < least) length *= 2;
      best = std::min(best, length);
    }
  return best;
}

/// Real and imaginary parts of several transforms that run side by side: element j of transform q at j count + q.
template <class T>
struct Parts {
  T *real, *imag;

  Parts behind(std::int64_t elements) const { return {real + elements, imag + elements}; }
};

/// A complex transform of one length, with the sign minus.
template <class T>
class Plan {
 public:
  explicit Plan(std::int64_t n) : n_(n) {
    const std::vector<std::int64_t> factors = factors_of(n);
    if (!factors.empty() && factors.back() > 13) {
      plan_convolution();
      return;
    }
    std::int64_t m = n;
    for (const std::int64_t radix : factors) {
      m /= radix;
      passes_.push_back({static_cast<int>(radix), m, twiddles_.size(), roots_.size()});
      for (std::int64_t j = 0; m > 1 && j < m; ++j) {
        for (std::int64_t k = 1; k < radix; ++k) {
          const Root root = root_of_unity(j * k, m * radix);
          twiddles_.push_back(static_cast<T>(root.real));
          twiddles_.push_back(static_cast<T>(root.imag));
        }
      }
      for (std::int64_t k = 0; k < radix; ++k) roots_.push_back(static_cast<T>(root_of_unity(k, radix).real));
      for (std::int64_t k = 0; k < radix; ++k) roots_.push_back(static_cast<T>(-root_of_unity(k, radix).imag));
    }
  }

  std::int64_t length() const { return n_; }
  /// Elements of each of the two arrays of a transform: the length, or that of the convolution.
  std::int64_t room() const { return convolution_ ? convolution_->n_ : n_; }
  /// Elements of memory that it holds.
  std::size_t size() const {
    return twiddles_.size() + chirp_.size() + spectrum_.size() + (convolution_ ? convolution_->size() : 0);
  }

  /// Transforms `count` sequences side by side. Overwrites both arrays, of room() elements each, and returns the one
  /// that has the results.
  Parts<T> transform(Parts<T> x, Parts<T> y, std::int64_t count) const {
    if (convolution_) return convolve(x, y, count);
    std::int64_t s = count;
    for (const Pass& pass : passes_) {
      const FftPass<T> call{
          pass.radix, pass.m, s,     twiddles_.data() + pass.twiddles, roots_.data() + pass.roots, x.real,
          x.imag,     y.real, y.imag};
#ifdef XGRAD_HAVE_AVX2
      if (use_avx2())
        avx2::fft_pass(call);
      else
#endif
        baseline::fft_pass(call);
      std::swap(x, y);
      s *= pass.radix;
    }
    return x;
  }

 private:
  struct Pass {
    int radix;
    std::int64_t m;
    std::size_t twiddles, roots;
  };

  /// With j k = (j^2 + k^2 - (k - j)^2) / 2 the transform is a convolution with a chirp.
  void plan_convolution() {
    const std::int64_t length = convenient_length(2 * n_ - 1);
    convolution_ = std::make_unique<Plan>(length);
    std::vector<T> real(static_cast<std::size_t>(length)), imag(real), more_real(real), more_imag(real);
    std::int64_t square = 0;  // k^2 modulo 2 n
    for (std::int64_t k = 0; k < n_; ++k) {
      const Root root = root_of_unity(square, 2 * n_);
      chirp_.push_back(static_cast<T>(root.real));
      chirp_.push_back(static_cast<T>(root.imag));
      for (const std::int64_t place : {k, (length - k) % length}) {
        real[static_cast<std::size_t>(place)] = static_cast<T>(root.real);
        imag[static_cast<std::size_t>(place)] = static_cast<T>(-root.imag);
      }
      square = (square + 2 * k + 1) % (2 * n_);
    }
    const Parts<T> result =
        convolution_->transform({real.data(), imag.data()}, {more_real.data(), more_imag.data()}, 1);
    for (std::int64_t k = 0; k < length; ++k) {
      spectrum_.push_back(result.real[k] / static_cast<T>(length));
      spectrum_.push_back(result.imag[k] / static_cast<T>(length));
    }
  }

  static void multiply(const Parts<T>& x, const std::vector<T>& factors, std::int64_t n, std::int64_t count) {
    for (std::int64_t k = 0; k < n; ++k) {
      const T wr = factors[static_cast<std::size_t>(2 * k)], wi = factors[static_cast<std::size_t>(2 * k + 1)];
      T *real = x.real + k * count, *imag = x.imag + k * count;
      for (std::int64_t q = 0; q < count; ++q) {
        const T re = real[q], im = imag[q];
        real[q] = re * wr - im * wi;
        imag[q] = re * wi + im * wr;
      }
    }
  }

  Parts<T> convolve(Parts<T> x, Parts<T> y, std::int64_t count) const {
    const std::int64_t length = convolution_->n_;
    multiply(x, chirp_, n_, count);
    std::fill(x.real + n_ * count, x.real + length * count, T(0));
    std::fill(x.imag + n_ * count, x.imag + length * count, T(0));
    Parts<T> result = convolution_->transform(x, y, count);
    multiply(result, spectrum_, length, count);
    // Exchanged parts turn the transform into its inverse.
    const Parts<T> other = result.real == x.real ? y : x;
    result = convolution_->transform({result.imag, result.real}, {other.imag, other.real}, count);
    result = {result.imag, result.real};
    multiply(result, chirp_, n_, count);
    return result;
  }

  std::int64_t n_;
  std::vector<Pass> passes_;
  std::vector<T> twiddles_, roots_;
  std::unique_ptr<Plan> convolution_;  ///< of a length with large prime factors
  std::vector<T> chirp_, spectrum_;
};

/// A complex plan, and for real transforms of twice its length the roots of that.
template <class T>
struct Tables {
  Plan<T> plan;
  std::vector<T> roots;

  Tables(std::int64_t n, bool halved) : plan(halved ? n / 2 : n) {
    for (std::int64_t k = 0; halved && k <= n / 2; ++k) {
      const Root root = root_of_unity(k, n);
      roots.push_back(static_cast<T>(root.real));
      roots.push_back(static_cast<T>(root.imag));
    }
  }
};

/// The tables of a length. They are kept until the memory of all of them passes a bound.
template <class T>
std::shared_ptr<const Tables<T>> tables(std::int64_t n, bool halved) {
  constexpr std::size_t most = std::size_t{1} << 22;
  struct Cache {
    std::mutex mutex;
    std::map<std::pair<std::int64_t, bool>, std::shared_ptr<const Tables<T>>> entries;
    std::size_t size = 0;
  };
  static Cache& cache = *new Cache;  // never destroyed: destructors of static objects may transform
  const std::lock_guard lock(cache.mutex);
  auto& entry = cache.entries[{n, halved}];
  if (entry) return entry;
  const auto made = std::make_shared<const Tables<T>>(n, halved);
  const std::size_t size = made->plan.size() + made->roots.size();
  if (cache.size + size > most) {
    cache.entries.clear();
    cache.size = 0;
  }
  cache.size += size;
  return cache.entries[{n, halved}] = made;
}

/// Where the numbers of some sequences begin, which run side by side.
struct Lanes {
  static constexpr std::int64_t most = 16;

  std::int64_t count;
  std::array<std::int64_t, most> first;  ///< sequence q begins at (first[q] n + inner[q]) numbers
  std::array<std::int64_t, most> inner;
};

/// Calls f(lanes, x, y) for sequences in groups, with two arrays for their parts, on the threads that are free.
template <class T, class F>
void each_group(const FftExtents& extents, std::int64_t room, F f) {
  const std::int64_t all = extents.outer * extents.inner;
  if (all == 0) return;
  // The parts of a group stay in the cache.
  const std::int64_t wide = std::clamp<std::int64_t>(8192 / std::max<std::int64_t>(room, 1), 1, Lanes::most);
  const std::int64_t groups = (all + wide - 1) / wide;
  const std::int64_t pieces = std::min(groups, std::max<std::int64_t>(1, all * room / 32768));
  parallel_for(static_cast<int>(std::min<std::int64_t>(pieces, 64)),
               [&, parts = std::min<std::int64_t>(pieces, 64)](int piece) {
                 const std::int64_t size = room * wide;
                 const auto memory = std::make_unique_for_overwrite<T[]>(static_cast<std::size_t>(4 * size));
                 const Parts<T> x{memory.get(), memory.get() + size}, y = x.behind(2 * size);
                 for (std::int64_t group = groups * piece / parts; group < groups * (piece + 1) / parts; ++group) {
                   Lanes lanes;
                   lanes.count = std::min(wide, all - group * wide);
                   for (std::int64_t q = 0; q < lanes.count; ++q) {
                     lanes.first[static_cast<std::size_t>(q)] = (group * wide + q) / extents.inner * extents.inner;
                     lanes.inner[static_cast<std::size_t>(q)] = (group * wide + q) % extents.inner;
                   }
                   f(lanes, x, y);
                 }
               });
}

/// Calls f(j, q, place) for j < n and every lane: element j of its sequence of `length` numbers is number `place`.
template <class F>
void each_element(const FftExtents& extents, const Lanes& lanes, std::int64_t length, std::int64_t n, F f) {
  std::array<std::int64_t, Lanes::most> start;
  for (std::size_t q = 0; q < static_cast<std::size_t>(lanes.count); ++q)
    start[q] = lanes.first[q] * length + lanes.inner[q];
  // Sequences that lie one after the other are read by lines of the cache.
  const std::int64_t block = extents.inner == 1 ? 8 : 1;
  for (std::int64_t from = 0; from < n; from += block) {
    const std::int64_t to = std::min(from + block, n);
    for (std::int64_t q = 0; q < lanes.count; ++q)
      for (std::int64_t j = from; j < to; ++j) f(j, q, start[static_cast<std::size_t>(q)] + j * extents.inner);
  }
}

}  // namespace

template <class T>
void complex_fft(const FftExtents& extents, FftSign sign, double scale, const T* x, T* y) {
  if (extents.n == 0) return;
  const auto found = tables<T>(extents.n, false);
  const Plan<T>& plan = found->plan;
  const bool plus = sign == FftSign::plus;
  const T factor = static_cast<T>(scale);
  each_group<T>(extents, plan.room(), [&](const Lanes& lanes, const Parts<T>& a, const Parts<T>& b) {
    const std::int64_t count = lanes.count;
    each_element(extents, lanes, extents.n, extents.n, [&](std::int64_t j, std::int64_t q, std::int64_t place) {
      a.real[j * count + q] = x[2 * place + (plus ? 1 : 0)];
      a.imag[j * count + q] = x[2 * place + (plus ? 0 : 1)];
    });
    const Parts<T> result = plan.transform(a, b, count);
    each_element(extents, lanes, extents.n, extents.n, [&](std::int64_t j, std::int64_t q, std::int64_t place) {
      y[2 * place + (plus ? 1 : 0)] = factor * result.real[j * count + q];
      y[2 * place + (plus ? 0 : 1)] = factor * result.imag[j * count + q];
    });
  });
}

template <class T>
void real_fft(const FftExtents& extents, double scale, const T* x, T* y) {
  const std::int64_t n = extents.n, half = n / 2;
  if (n == 0) return;
  const bool even = n % 2 == 0;
  const auto found = tables<T>(n, even);
  const Plan<T>& plan = found->plan;
  const T factor = static_cast<T>(scale);
  each_group<T>(extents, plan.room(), [&](const Lanes& lanes, const Parts<T>& a, const Parts<T>& b) {
    const std::int64_t count = lanes.count;
    if (even) {  // pairs of neighbours as complex numbers
      each_element(extents, lanes, n, n, [&](std::int64_t j, std::int64_t q, std::int64_t place) {
        const std::int64_t pair = j / 2 * count + q;
        if (j % 2 == 0)
          a.real[pair] = x[place];
        else
          a.imag[pair] = x[place];
      });
    } else {
      each_element(extents, lanes, n, n, [&](std::int64_t j, std::int64_t q, std::int64_t place) {
        a.real[j * count + q] = x[place];
        a.imag[j * count + q] = 0;
      });
    }
    const Parts<T> z = plan.transform(a, b, count);
    each_element(extents, lanes, half + 1, half + 1, [&](std::int64_t k, std::int64_t q, std::int64_t place) {
      T real, imag;
      if (even) {
        const std::int64_t i = k % half * count + q, mirrored = (half - k) % half * count + q;
        const T wr = found->roots[static_cast<std::size_t>(2 * k)],
                wi = found->roots[static_cast<std::size_t>(2 * k + 1)];
        const T even_r = (z.real[i] + z.real[mirrored]) / 2, even_i = (z.imag[i] - z.imag[mirrored]) / 2;
        const T odd_r = (z.imag[i] + z.imag[mirrored]) / 2, odd_i = (z.real[mirrored] - z.real[i]) / 2;
        real = even_r + wr * odd_r - wi * odd_i;
        imag = even_i + wr * odd_i + wi * odd_r;
        if (k % half == 0) imag = 0;
      } else {
        real = z.real[k * count + q];
        imag = k == 0 ? T(0) : z.imag[k * count + q];
      }
      y[2 * place] = factor * real;
      y[2 * place + 1] = factor * imag;
    });
  });
}

template <class T>
void inverse_real_fft(const FftExtents& extents, double scale, const T* x, T* y) {
  const std::int64_t n = extents.n, half = n / 2;
  if (n == 0) return;
  const bool even = n % 2 == 0;
  const auto found = tables<T>(n, even);
  const Plan<T>& plan = found->plan;
  const T factor = static_cast<T>(scale);
  each_group<T>(extents, plan.room(), [&](const Lanes& lanes, const Parts<T>& a, const Parts<T>& b) {
    const std::int64_t count = lanes.count;
    // Element k and its mirror image, which becomes its conjugate. Parts are exchanged for the sign plus.
    if (even) {
      each_element(extents, lanes, half + 1, half, [&](std::int64_t k, std::int64_t q, std::int64_t place) {
        const std::int64_t other = place + (half - 2 * k) * extents.inner;
        const T real = x[2 * place], imag = k == 0 ? T(0) : x[2 * place + 1];
        const T other_real = x[2 * other], other_imag = k == 0 ? T(0) : x[2 * other + 1];
        const T wr = found->roots[static_cast<std::size_t>(2 * k)],
                wi = -found->roots[static_cast<std::size_t>(2 * k + 1)];
        const T low_r = real - other_real, low_i = imag + other_imag;
        const T odd_r = low_r * wr - low_i * wi, odd_i = low_r * wi + low_i * wr;
        a.imag[k * count + q] = real + other_real - odd_i;
        a.real[k * count + q] = imag - other_imag + odd_r;
      });
    } else {
      each_element(extents, lanes, half + 1, half + 1, [&](std::int64_t k, std::int64_t q, std::int64_t place) {
        const T real = x[2 * place], imag = k == 0 ? T(0) : x[2 * place + 1];
        a.imag[k * count + q] = real;
        a.real[k * count + q] = imag;
        if (k == 0) return;
        a.imag[(n - k) * count + q] = real;
        a.real[(n - k) * count + q] = -imag;
      });
    }
    const Parts<T> z = plan.transform(a, b, count);
    each_element(extents, lanes, n, n, [&](std::int64_t j, std::int64_t q, std::int64_t place) {
      const std::int64_t at = (even ? j / 2 : j) * count + q;
      y[place] = factor * (even && j % 2 != 0 ? z.real[at] : z.imag[at]);
    });
  });
}

template void complex_fft(const FftExtents&, FftSign, double, const float*, float*);
template void complex_fft(const FftExtents&, FftSign, double, const double*, double*);
template void real_fft(const FftExtents&, double, const float*, float*);
template void real_fft(const FftExtents&, double, const double*, double*);
template void inverse_real_fft(const FftExtents&, double, const float*, float*);
template void inverse_real_fft(const FftExtents&, double, const double*, double*);

}  // namespace xgrad::run
