#include <autograd/ops/fft.hpp>

#include <cmath>
#include <tuple>

#include <autograd/batched_call.hpp>
#include <autograd/kernel/array.hpp>
#include <autograd/kernel/fft.hpp>
#include <autograd/ops/common.hpp>
#include <autograd/ops/pairs.hpp>
#include <autograd/ops/rearrange.hpp>

namespace xgrad {
namespace {

using run::FftSign;

struct FftAttributes {
  double scale;
  std::int32_t axis;
  FftSign sign;  ///< of complex transforms
  auto fields() const { return std::tie(scale, axis, sign); }
};

// ------------------------------------------------------------------------------------------------- kernels

/// The array of numbers, real or complex, around the axis.
run::FftExtents extents_of(const Shape& numbers, int rank, int axis, std::int64_t n) {
  run::FftExtents extents{1, n, 1};
  for (int i = 0; i < rank; ++i)
    if (i != axis) (i < axis ? extents.outer : extents.inner) *= numbers[i];
  return extents;
}

template <class T>
void fft_of(const run::Call& call) {
  const auto [scale, axis, sign] = call.attributes.as<FftAttributes>();
  run::BufferHandle storage;
  const run::Array x = run::contiguous(call.inputs[0], storage);
  run::complex_fft(extents_of(x.shape, x.shape.rank() - 1, axis, x.shape[axis]), sign, scale, x.as<T>(),
                   call.result.as<T>());
}

template <class T>
void rfft_of(const run::Call& call) {
  const auto [scale, axis, sign] = call.attributes.as<FftAttributes>();
  run::BufferHandle storage;
  const run::Array x = run::contiguous(call.inputs[0], storage);
  run::real_fft(extents_of(x.shape, x.shape.rank(), axis, x.shape[axis]), scale, x.as<T>(), call.result.as<T>());
}

template <class T>
void irfft_of(const run::Call& call) {
  const auto [scale, axis, sign] = call.attributes.as<FftAttributes>();
  run::BufferHandle storage;
  const run::Array x = run::contiguous(call.inputs[0], storage);
  const Shape& shape = call.result.shape;
  run::inverse_real_fft(extents_of(shape, shape.rank(), axis, shape[axis]), scale, x.as<T>(), call.result.as<T>());
}

template <void (*single)(const run::Call&), void (*twice)(const run::Call&)>
void by_dtype(const run::Call& call) {
  if (call.result.dtype == DType::float32)
    single(call);
  else
    twice(call);
}

std::int64_t operations(const Shape& input, const Shape&) {
  const std::int64_t n = input.elements();
  return static_cast<std::int64_t>(2.5 * static_cast<double>(n) * std::log2(static_cast<double>(n) + 1));
}

// ------------------------------------------------------------------------------------------------- derivatives

Tensor record_fft(const Tensor& x, const FftAttributes& attributes);
Tensor record_rfft(const Tensor& x, const FftAttributes& attributes);
Tensor record_irfft(const Tensor& x, std::int64_t n, const FftAttributes& attributes);

/// The transposed map of pairs conjugates the factors.
void fft_vjp(Vjp& v) {
  FftAttributes attributes = v.attributes().as<FftAttributes>();
  attributes.sign = attributes.sign == FftSign::minus ? FftSign::plus : FftSign::minus;
  v.give(0, record_fft(v.cotangent(), attributes));
}

/// A factor for those of the n / 2 + 1 entries of an axis that stand for their conjugates, too; the others have 1.
Tensor weights(std::int64_t n, int axis, int rank, double twice, DType dtype) {
  Shape shape;
  for (int i = axis; i < rank; ++i) shape.push_back(i == axis ? n / 2 + 1 : 1);
  const auto values = make_tensor<double>(shape, [&](std::span<double> out) {
    for (std::size_t k = 0; k < out.size(); ++k) out[k] = k == 0 || 2 * static_cast<std::int64_t>(k) == n ? 1 : twice;
  });
  return cast(values, dtype);
}

void rfft_vjp(Vjp& v) {
  const FftAttributes& attributes = v.attributes().as<FftAttributes>();
  const std::int64_t n = v.input_shape(0)[attributes.axis];
  const Tensor g = v.cotangent();
  v.give(0, record_irfft(g * weights(n, attributes.axis, g.rank(), 0.5, g.dtype()), n, attributes));
}

void irfft_vjp(Vjp& v) {
  const FftAttributes& attributes = v.attributes().as<FftAttributes>();
  const Tensor g = v.cotangent();
  v.give(0,
         record_rfft(g, attributes) * weights(g.shape()[attributes.axis], attributes.axis, g.rank() + 1, 2, g.dtype()));
}

// ------------------------------------------------------------------------------------------------- primitives

using Inputs = const std::vector<Tensor>&;

template <Tensor (*f)(const Operand&, const FftOptions&)>
std::vector<Sample> one_axis_samples(const Shape& even, const Shape& odd) {
  const auto with = [](const FftOptions& options) { return [options](Inputs x) { return f(x[0], options); }; };
  const Tensor x = ops::sample_values(even, -1, 1), y = ops::sample_values(odd, -1, 1);
  return {{"a vector", with({}), {y}},
          {"the first axis", with({.axis = 0, .norm = FftNorm::ortho}), {x}},
          {"cut", with({.n = 3, .axis = -1, .norm = FftNorm::forward}), {y}},
          {"extended", with({.n = 6}), {x}}};
}

template <Tensor (*f)(const Operand&, const FftnOptions&)>
std::vector<Sample> more_axes_samples(const Shape& shape) {
  const Tensor x = ops::sample_values(shape, -1, 1);
  return {{"the default", [](Inputs in) { return f(in[0], {}); }, {x}},
          {"lengths, axes",
           [](Inputs in) {
             return f(in[0], {.s = {{2, 4}}, .axes = {{1, 0}}, .norm = FftNorm::ortho});
           },
           {x}}};
}

constexpr Primitive fft_primitive{
    .name = "fft",
    .doc = "Fourier transform of complex numbers along an axis",
    .vjp = &fft_vjp,
    .traits = BlockTraits{.kernel = &by_dtype<&fft_of<float>, &fft_of<double>>, .flops = &operations},
    .batch = &batch::along_axis<FftAttributes>,
    .samples = [] {
      return one_axis_samples<fft>({4, 2, 2}, {5, 2});
    }};
constexpr Primitive rfft_primitive{
    .name = "rfft",
    .doc = "Fourier transform of real numbers along an axis",
    .vjp = &rfft_vjp,
    .traits = BlockTraits{.kernel = &by_dtype<&rfft_of<float>, &rfft_of<double>>, .flops = &operations},
    .batch = &batch::along_axis<FftAttributes>,
    .samples = [] {
      return one_axis_samples<rfft>({4, 2}, {5});
    }};
constexpr Primitive irfft_primitive{
    .name = "irfft",
    .doc = "real numbers along an axis from their Fourier transform",
    .vjp = &irfft_vjp,
    .traits = BlockTraits{.kernel = &by_dtype<&irfft_of<float>, &irfft_of<double>>, .flops = &operations},
    .batch = &batch::along_axis<FftAttributes>,
    .samples = [] {
      return one_axis_samples<irfft>({4, 3, 2}, {5, 2});
    }};

Tensor record_fft(const Tensor& x, const FftAttributes& attributes) {
  return record1(fft_primitive, x, x.shape(), x.dtype(), attributes);
}

Tensor record_rfft(const Tensor& x, const FftAttributes& attributes) {
  Shape shape = x.shape();
  shape[attributes.axis] = shape[attributes.axis] / 2 + 1;
  shape.push_back(2);
  return record1(rfft_primitive, x, shape, x.dtype(), attributes);
}

Tensor record_irfft(const Tensor& x, std::int64_t n, const FftAttributes& attributes) {
  Shape shape = x.shape();
  shape.erase(shape.rank() - 1);
  shape[attributes.axis] = n;
  return record1(irfft_primitive, x, shape, x.dtype(), attributes);
}

// ------------------------------------------------------------------------------------------------- recording

/// The shape of the complex numbers of pairs.
Shape numbers_of(const Tensor& pairs) {
  Shape shape = pairs.shape();
  shape.erase(shape.rank() - 1);
  return shape;
}

/// x with n entries along an axis: cut at its end, or with zeros there.
Tensor resized(const char* op, const Tensor& x, int axis, std::int64_t n) {
  const std::int64_t extent = x.shape()[axis];
  if (n <= extent) return n == extent ? x : slice(x, axis, 0, n);
  Shape shape = x.shape();
  shape[axis] = n;
  if (!shape.fits()) {
    fail(op, "the length " + std::to_string(n) + " makes shape " + to_string(x.shape()) + " into " + to_string(shape) +
                 ", which has more elements than a tensor may have, " + std::to_string(Shape::max_elements));
  }
  return ops::embedded(x, shape, axis, 0);
}

void check_length(const char* op, std::int64_t n, const Tensor& x) {
  if (n >= 1 && n <= Shape::max_elements) return;
  fail(op, "the length of the transform is " + std::to_string(n) + ", for shape " + to_string(x.shape()) +
               "; at least 1 is expected, and no more than " + std::to_string(Shape::max_elements));
}

FftAttributes attributes_of(std::int64_t n, int axis, FftNorm norm, FftSign sign) {
  const auto length = static_cast<double>(n);
  const bool divides = norm == (sign == FftSign::minus ? FftNorm::forward : FftNorm::backward);
  const double scale = norm == FftNorm::ortho ? 1 / std::sqrt(length) : divides ? 1 / length : 1;
  return {scale, axis, sign};
}

void check_norm(const char* op, FftNorm norm) {
  if (norm == FftNorm::backward || norm == FftNorm::forward || norm == FftNorm::ortho) return;
  fail(op, "option 'norm' is " + std::to_string(static_cast<int>(norm)) + "; backward, forward or ortho is expected");
}

/// The transform of pairs along an axis of their numbers that is checked.
Tensor along(const char* op, const Tensor& x, int axis, std::optional<std::int64_t> n, FftNorm norm, FftSign sign) {
  const std::int64_t length = n.value_or(x.shape()[axis]);
  check_length(op, length, x);
  return record_fft(resized(op, x, axis, length), attributes_of(length, axis, norm, sign));
}

Tensor real_along(const char* op, const Tensor& x, int axis, std::optional<std::int64_t> n, FftNorm norm) {
  const std::int64_t length = n.value_or(x.shape()[axis]);
  check_length(op, length, x);
  return record_rfft(resized(op, x, axis, length), attributes_of(length, axis, norm, FftSign::minus));
}

Tensor inverse_real_along(const char* op, const Tensor& x, int axis, std::optional<std::int64_t> n, FftNorm norm) {
  const std::int64_t length = n.value_or(2 * (x.shape()[axis] - 1));
  check_length(op, length, x);
  return record_irfft(resized(op, x, axis, length / 2 + 1), length, attributes_of(length, axis, norm, FftSign::plus));
}

Tensor real_operand(const char* op, const Tensor& x) {
  ops::check_defined(op, "x", x);
  return cast(x, ops::real(x.dtype()));
}

Tensor complex_transform(const char* op, const Tensor& x, const FftOptions& options, FftSign sign) {
  const Tensor pairs = ops::checked_pairs(op, "x", x);
  check_norm(op, options.norm);
  return along(op, pairs, ops::checked_axis(op, options.axis, numbers_of(pairs)), options.n, options.norm, sign);
}

/// The axes of a transform along several, and its lengths.
struct Several {
  std::vector<int> axes;
  std::vector<std::optional<std::int64_t>> lengths;

  Several(const char* op, const Shape& numbers, const FftnOptions& options, std::optional<int> last) {
    check_norm(op, options.norm);
    if (options.axes) {
      axes = *options.axes;
    } else {
      const int count = last        ? *last
                        : options.s ? static_cast<int>(std::min<std::size_t>(options.s->size(), 64))
                                    : numbers.rank();
      for (int i = -count; i < 0; ++i) axes.push_back(i);
    }
    for (int& axis : axes) axis = ops::checked_axis(op, axis, numbers);
    ops::axes_mask(op, Axes(axes), numbers);
    lengths.resize(axes.size());
    if (!options.s) return;
    if (options.s->size() != axes.size()) {
      fail(op, "option 's' has " + std::to_string(options.s->size()) + " lengths for " + std::to_string(axes.size()) +
                   " axes; expected as many");
    }
    for (std::size_t i = 0; i < axes.size(); ++i) lengths[i] = (*options.s)[i];
  }

  void need_one(const char* op) const {
    if (axes.empty()) fail(op, "no axes are given; at least one is expected");
  }
};

Tensor complex_transforms(const char* op, const Tensor& x, const FftnOptions& options, std::optional<int> last,
                          FftSign sign) {
  Tensor result = ops::checked_pairs(op, "x", x);
  const Several several(op, numbers_of(result), options, last);
  for (std::size_t i = several.axes.size(); i-- > 0;)
    result = along(op, result, several.axes[i], several.lengths[i], options.norm, sign);
  return result;
}

Tensor real_transforms(const char* op, const Tensor& x, const FftnOptions& options, std::optional<int> last) {
  const Tensor given = real_operand(op, x);
  const Several several(op, given.shape(), options, last);
  several.need_one(op);
  Tensor result = real_along(op, given, several.axes.back(), several.lengths.back(), options.norm);
  for (std::size_t i = several.axes.size() - 1; i-- > 0;)
    result = along(op, result, several.axes[i], several.lengths[i], options.norm, FftSign::minus);
  return result;
}

Tensor inverse_real_transforms(const char* op, const Tensor& x, const FftnOptions& options, std::optional<int> last) {
  Tensor result = ops::checked_pairs(op, "x", x);
  const Several several(op, numbers_of(result), options, last);
  several.need_one(op);
  for (std::size_t i = 0; i + 1 < several.axes.size(); ++i)
    result = along(op, result, several.axes[i], several.lengths[i], options.norm, FftSign::plus);
  return inverse_real_along(op, result, several.axes.back(), several.lengths.back(), options.norm);
}

/// Entry i of the result is f(i) / (n d).
template <class F>
Tensor frequencies(const char* op, std::int64_t n, double d, DType dtype, std::int64_t count, F f) {
  if (n < 1 || n > Shape::max_elements)
    fail(op, "n is " + std::to_string(n) + "; expected 1 to " + std::to_string(Shape::max_elements));
  if (!(std::abs(d) > 0)) fail(op, "d is " + Number(d).text() + "; a number other than 0 is expected");
  if (!is_floating(dtype)) fail(op, "dtype is " + std::string(to_string(dtype)) + "; float32 or float64 is expected");
  return cast(f(arange(0, static_cast<double>(count), 1, float64)) / (static_cast<double>(n) * d), dtype);
}

Tensor shifted(const char* op, const Operand& x, const Axes& axes, bool back) {
  ops::check_defined(op, "x", x);
  const std::int64_t mask = ops::axes_mask(op, axes, x.shape());
  Tensor result = x;
  for (int axis = 0; axis < x.rank(); ++axis) {
    const std::int64_t half = x.shape()[axis] / 2;
    if (mask >> axis & 1) result = roll(result, back ? -half : half, axis);
  }
  return result;
}

}  // namespace

Tensor fft(const Operand& x, const FftOptions& options) {
  const Called called("fft");
  return complex_transform("fft", x, options, FftSign::minus);
}

Tensor ifft(const Operand& x, const FftOptions& options) {
  const Called called("ifft");
  return complex_transform("ifft", x, options, FftSign::plus);
}

Tensor rfft(const Operand& x, const FftOptions& options) {
  const Called called("rfft");
  const Tensor given = real_operand("rfft", x);
  check_norm("rfft", options.norm);
  ops::check_rank("rfft", x.rank() + 1, {&given});
  return real_along("rfft", given, ops::checked_axis("rfft", options.axis, given.shape()), options.n, options.norm);
}

Tensor irfft(const Operand& x, const FftOptions& options) {
  const Called called("irfft");
  const Tensor pairs = ops::checked_pairs("irfft", "x", x);
  check_norm("irfft", options.norm);
  const int axis = ops::checked_axis("irfft", options.axis, numbers_of(pairs));
  return inverse_real_along("irfft", pairs, axis, options.n, options.norm);
}

Tensor fft2(const Operand& x, const FftnOptions& options) {
  const Called called("fft2");
  return complex_transforms("fft2", x, options, 2, FftSign::minus);
}

Tensor ifft2(const Operand& x, const FftnOptions& options) {
  const Called called("ifft2");
  return complex_transforms("ifft2", x, options, 2, FftSign::plus);
}

Tensor rfft2(const Operand& x, const FftnOptions& options) {
  const Called called("rfft2");
  return real_transforms("rfft2", x, options, 2);
}

Tensor irfft2(const Operand& x, const FftnOptions& options) {
  const Called called("irfft2");
  return inverse_real_transforms("irfft2", x, options, 2);
}

Tensor fftn(const Operand& x, const FftnOptions& options) {
  const Called called("fftn");
  return complex_transforms("fftn", x, options, {}, FftSign::minus);
}

Tensor ifftn(const Operand& x, const FftnOptions& options) {
  const Called called("ifftn");
  return complex_transforms("ifftn", x, options, {}, FftSign::plus);
}

Tensor rfftn(const Operand& x, const FftnOptions& options) {
  const Called called("rfftn");
  return real_transforms("rfftn", x, options, {});
}

Tensor irfftn(const Operand& x, const FftnOptions& options) {
  const Called called("irfftn");
  return inverse_real_transforms("irfftn", x, options, {});
}

Tensor fftfreq(std::int64_t n, double d, DType dtype) {
  const Called called("fftfreq");
  return frequencies("fftfreq", n, d, dtype, n, [&](const Tensor& i) {
    const auto length = static_cast<double>(n);
    return where(less(2.0 * i, length), i, i - length);
  });
}

Tensor rfftfreq(std::int64_t n, double d, DType dtype) {
  const Called called("rfftfreq");
  return frequencies("rfftfreq", n, d, dtype, n / 2 + 1, [](const Tensor& i) { return i; });
}

Tensor fftshift(const Operand& x, const Axes& axes) {
  const Called called("fftshift");
  return shifted("fftshift", x, axes, false);
}

Tensor ifftshift(const Operand& x, const Axes& axes) {
  const Called called("ifftshift");
  return shifted("ifftshift", x, axes, true);
}

namespace {

template <Tensor (*f)(const Operand&, const Axes&)>
std::vector<Sample> shift_samples() {
  return {{"two axes", [](Inputs x) { return f(x[0], {0, 1}); }, {ops::sample_values({3, 4, 2}, -1, 1)}}};
}

constexpr Composition ifft_composition{"ifft", [] { return one_axis_samples<ifft>({4, 2, 2}, {5, 2}); }};
constexpr Composition fft2_composition{"fft2", [] { return more_axes_samples<fft2>({3, 3, 2}); }};
constexpr Composition ifft2_composition{"ifft2", [] { return more_axes_samples<ifft2>({3, 3, 2}); }};
constexpr Composition rfft2_composition{"rfft2", [] { return more_axes_samples<rfft2>({3, 4}); }};
constexpr Composition irfft2_composition{"irfft2", [] { return more_axes_samples<irfft2>({3, 3, 2}); }};
constexpr Composition fftn_composition{"fftn", [] { return more_axes_samples<fftn>({2, 3, 2, 2}); }};
constexpr Composition ifftn_composition{"ifftn", [] { return more_axes_samples<ifftn>({2, 3, 2, 2}); }};
constexpr Composition rfftn_composition{"rfftn", [] { return more_axes_samples<rfftn>({2, 3, 2}); }};
constexpr Composition irfftn_composition{"irfftn", [] { return more_axes_samples<irfftn>({2, 3, 2, 2}); }};
constexpr Composition fftfreq_composition{
    "fftfreq",
    [] {
      return std::vector<Sample>{
          {"even", [](Inputs) { return fftfreq(4, 0.5, float64); }, {}, tensor({0, 0.5, -1, -0.5}, float64)},
          {"odd", [](Inputs) { return fftfreq(5, 0.1, float64); }, {}, tensor({0, 2, 4, -4, -2}, float64)}};
    },
    false};
constexpr Composition rfftfreq_composition{
    "rfftfreq",
    [] {
      return std::vector<Sample>{
          {"even", [](Inputs) { return rfftfreq(4, 0.5, float64); }, {}, tensor({0, 0.5, 1}, float64)}};
    },
    false};
constexpr Composition fftshift_composition{"fftshift", &shift_samples<fftshift>};
constexpr Composition ifftshift_composition{"ifftshift", &shift_samples<ifftshift>};

}  // namespace

std::span<const Primitive* const> fft_primitives() {
  static constexpr const Primitive* list[] = {&fft_primitive, &rfft_primitive, &irfft_primitive};
  return list;
}

std::span<const Composition* const> fft_compositions() {
  static constexpr const Composition* list[] = {
      &ifft_composition,     &fft2_composition,     &ifft2_composition,    &rfft2_composition,  &irfft2_composition,
      &fftn_composition,     &ifftn_composition,    &rfftn_composition,    &irfftn_composition, &fftfreq_composition,
      &rfftfreq_composition, &fftshift_composition, &ifftshift_composition};
  return list;
}

}  // namespace xgrad
