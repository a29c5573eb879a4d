#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <random>
#include <set>
#include <xtensor/xmanipulation.hpp>
#include <xtensor/xview.hpp>

#include <autograd/primitive.hpp>
#include <autograd/xtensor.hpp>

#include "judge.hpp"

namespace xgrad::judge {
namespace {

/// The tensor of an array's values, which it sees in one of several layouts.
Tensor laid_out(const Array& array, int layout) {
  const int rank = static_cast<int>(array.dimension());
  if (layout == 0 || rank == 0) return tensor(array);
  if (layout == 1) return transpose(tensor(Array(xt::transpose(array))));  // another order of axes
  std::vector<std::size_t> wide(array.shape().begin(), array.shape().end());
  if (layout == 2) {  // every other element of a wider array
    wide.back() *= 2;
    Array base = Array::from_shape(wide);
    base.fill(1e30);
    const std::size_t rows = array.shape().back() == 0 ? 0 : array.size() / array.shape().back();
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t i = 0; i < array.shape().back(); ++i)
        base.flat(row * wide.back() + 2 * i) = array.flat(row * array.shape().back() + i);
    return slice(tensor(base), rank - 1, 0, static_cast<std::int64_t>(wide.back()), 2);
  }
  return flip(tensor(Array(xt::flip(array, 0))), 0);  // negative steps
}

Array random_array(const Shape& shape, const Range& range, std::mt19937_64& bits, bool single) {
  Array array = Array::from_shape(std::vector<std::size_t>(shape.begin(), shape.end()));
  for (double& value : array) {
    value = range.low + (range.high - range.low) * (static_cast<double>(bits() >> 11) * 0x1p-53);
    if (range.whole) value = std::round(value);
    if (single) value = static_cast<float>(value);
  }
  return array;
}

/// "" where a tensor has an array's shape and values, else the difference.
std::string difference(const Tensor& actual, const Array& expected, double tolerance) {
  const Tensor judged = tensor(expected);
  if (actual.shape() != judged.shape())
    return "shape " + to_string(actual.shape()) + " instead of " + to_string(judged.shape());
  const std::vector<double> a = actual.to_vector<double>(), e = judged.to_vector<double>();
  double largest = 1;
  for (const double value : e)
    if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
  for (std::size_t i = 0; i < e.size(); ++i) {
    if (std::isnan(a[i]) && std::isnan(e[i])) continue;
    if (a[i] == e[i] || std::abs(a[i] - e[i]) <= tolerance * largest) continue;
    return "entry " + std::to_string(i) + " is " + std::to_string(a[i]) + " instead of " + std::to_string(e[i]);
  }
  return "";
}

/// The registered operations that xtensor and xtensor-blas do not judge, and why.
const std::map<std::string, std::string>& not_judged() {
  static const std::string no_such = "xtensor has no function that computes it";
  static const std::string random = "random numbers are the library's own; their tests are statistical";
  static const std::string recording = "says something to derivatives or runs; its value is its input's";
  static const std::string ranks = "is between ranks; its own tests give several of them";
  static const std::string inner = "is recorded by public functions that are judged";
  static const std::string loops = "its own tests compare it with loops and with PyTorch's values";
  static const std::string pairs =
      "complex numbers are pairs of reals here; its own tests compare it with sums of sines";
  static const std::map<std::string, std::string> reasons{
      {"relu", "maximum(x, 0) is judged as maximum"},
      {"remainder", "std::remainder rounds to nearest; ours has the sign of the divisor, as Python's %"},
      {"argsort", "the order of equal elements is not promised by xtensor; sort() is judged"},
      {"qr", "columns are unique but for their sign; judged by its product in tests of its own"},
      {"svd", "vectors are unique but for their sign; its values are judged as singular values"},
      {"eigh", "vectors are unique but for their sign; its values are judged as eigenvalues"},
      {"polygamma", no_such},
      {"logaddexp", no_such},
      {"logcumsumexp", no_such},
      {"linear_scan", no_such},
      {"scatter_add", no_such},
      {"one_hot", no_such},
      {"unfold", no_such},
      {"fold", no_such},
      {"window_argmax", no_such},
      {"pick_largest", inner},
      {"spread_to_largest", inner},
      {"channel_product", inner},
      {"channel_correlation", inner},
      {"window_product", inner},
      {"window_correlation", inner},
      {"winograd_correlation", inner},
      {"winograd_product", inner},
      {"winograd_data", inner},
      {"winograd_data_adjoint", inner},
      {"winograd_result", inner},
      {"winograd_result_adjoint", inner},
      {"embed", inner},
      {"add_at", inner},
      {"joint_index", inner},
      {"last_position", inner},
      {"cofactors", inner},
      {"random_bernoulli", random},
      {"random_integers", random},
      {"random_normal", random},
      {"random_truncated_normal", random},
      {"random_uniform", random},
      {"checkpoint", recording},
      {"on_gradient", recording},
      {"recompute", recording},
      {"ran", recording},
      {"replicated", recording},
      {"member", recording},
      {"all_reduce", ranks},
      {"reduce", ranks},
      {"broadcast", ranks},
      {"all_gather", ranks},
      {"reduce_scatter", ranks},
      {"all_to_all", ranks},
      {"copy_to_group", ranks},
      {"reduce_from_group", ranks},
      {"scatter_to_group", ranks},
      {"gather_from_group", ranks},
      {"stop_gradient", recording},
      {"placeholder", recording},
      {"data", recording},
      {"adaptive_argmax", inner},
      {"adaptive_avg_pool1d", no_such},
      {"adaptive_avg_pool2d", no_such},
      {"adaptive_avg_pool3d", no_such},
      {"adaptive_max_pool1d", no_such},
      {"adaptive_max_pool1d_with_indices", no_such},
      {"adaptive_max_pool2d", no_such},
      {"adaptive_max_pool2d_with_indices", no_such},
      {"adaptive_max_pool3d", no_such},
      {"adaptive_max_pool3d_with_indices", no_such},
      {"addbmm", no_such},
      {"addcdiv", no_such},
      {"addmm", loops},
      {"addmv", loops},
      {"addr", no_such},
      {"affine_grid", no_such},
      {"aminmax", no_such},
      {"atleast_1d", no_such},
      {"atleast_2d", no_such},
      {"atleast_3d", no_such},
      {"avg_pool1d", no_such},
      {"avg_pool2d", no_such},
      {"avg_pool3d", no_such},
      {"baddbmm", no_such},
      {"bessel_i", inner},
      {"bincount", loops},
      {"bitwise_and", no_such},
      {"bitwise_left_shift", no_such},
      {"bitwise_not", no_such},
      {"bitwise_or", no_such},
      {"bitwise_right_shift", no_such},
      {"bitwise_xor", no_such},
      {"block_diag", no_such},
      {"bmm", loops},
      {"broadcast_tensors", no_such},
      {"bucketize", no_such},
      {"cartesian_prod", no_such},
      {"cdist", loops},
      {"celu", no_such},
      {"channel_shuffle", no_such},
      {"cholesky_inverse", no_such},
      {"cholesky_solve", no_such},
      {"chunk", no_such},
      {"clone", no_such},
      {"column_stack", no_such},
      {"combinations", no_such},
      {"complex_abs", pairs},
      {"complex_angle", pairs},
      {"complex_conj", pairs},
      {"complex_divide", pairs},
      {"complex_imag", pairs},
      {"complex_multiply", pairs},
      {"complex_pair", pairs},
      {"complex_polar", pairs},
      {"complex_real", pairs},
      {"cond", loops},
      {"conv1d", no_such},
      {"conv2d", no_such},
      {"conv3d", no_such},
      {"conv_transpose1d", no_such},
      {"conv_transpose2d", no_such},
      {"conv_transpose3d", no_such},
      {"copysign", no_such},
      {"corrcoef", no_such},
      {"cosine_similarity", no_such},
      {"count_nonzero", loops},
      {"cov", loops},
      {"cummax", no_such},
      {"cummin", no_such},
      {"cumulative_trapezoid", no_such},
      {"digamma", no_such},
      {"dist", no_such},
      {"dsplit", no_such},
      {"dstack", no_such},
      {"eigvalsh", loops},
      {"elu", no_such},
      {"embedding", no_such},
      {"entr", no_such},
      {"erfinv", no_such},
      {"expand_as", no_such},
      {"extreme_so_far", inner},
      {"fft", pairs},
      {"fft2", pairs},
      {"fftfreq", pairs},
      {"fftn", pairs},
      {"fftshift", pairs},
      {"float_power", no_such},
      {"floor_divide", no_such},
      {"frac", no_such},
      {"gcd", no_such},
      {"gelu", no_such},
      {"glu", no_such},
      {"grid_sample", no_such},
      {"gumbel_softmax", random},
      {"hardshrink", no_such},
      {"hardsigmoid", no_such},
      {"hardswish", no_such},
      {"hardtanh", no_such},
      {"heaviside", no_such},
      {"histc", loops},
      {"householder_product", no_such},
      {"hsplit", no_such},
      {"ifft", pairs},
      {"ifft2", pairs},
      {"ifftn", pairs},
      {"ifftshift", pairs},
      {"index_copy", no_such},
      {"index_fill", no_such},
      {"index_put", no_such},
      {"index_add", loops},
      {"index_select", loops},
      {"inner", loops},
      {"interpolate", no_such},
      {"irfft", pairs},
      {"irfft2", pairs},
      {"irfftn", pairs},
      {"isneginf", no_such},
      {"isposinf", no_such},
      {"kthvalue", loops},
      {"lcm", no_such},
      {"ldexp", no_such},
      {"leaky_relu", no_such},
      {"local_response_norm", no_such},
      {"log_ndtr", no_such},
      {"log_sigmoid", no_such},
      {"logaddexp2", no_such},
      {"logical_xor", no_such},
      {"logit", no_such},
      {"lp_pool1d", no_such},
      {"lp_pool2d", no_such},
      {"lstsq", loops},
      {"lu", no_such},
      {"lu_factor", no_such},
      {"lu_solve", no_such},
      {"masked_fill", loops},
      {"masked_scatter", no_such},
      {"match_points", inner},
      {"matrix_exp", no_such},
      {"matrix_norm", no_such},
      {"matrix_rank", loops},
      {"max_pool1d", no_such},
      {"max_pool1d_with_indices", no_such},
      {"max_pool2d_with_indices", no_such},
      {"max_pool3d", no_such},
      {"max_pool3d_with_indices", no_such},
      {"max_unpool1d", no_such},
      {"max_unpool2d", no_such},
      {"max_unpool3d", no_such},
      {"mish", no_such},
      {"mixed_cofactors", inner},
      {"mode", no_such},
      {"mode_place", inner},
      {"movedim", no_such},
      {"multi_dot", no_such},
      {"multigammaln", no_such},
      {"multinomial", random},
      {"nanmean", loops},
      {"nanmedian", no_such},
      {"nanquantile", no_such},
      {"nansum", loops},
      {"narrow", no_such},
      {"ndtr", no_such},
      {"nonzero", loops},
      {"normalize", no_such},
      {"pairwise_distance", no_such},
      {"pixel_shuffle", no_such},
      {"pixel_unshuffle", no_such},
      {"prelu", no_such},
      {"put", no_such},
      {"quantile", loops},
      {"ravel", no_such},
      {"relu6", no_such},
      {"renorm", no_such},
      {"resample", inner},
      {"reshape_as", no_such},
      {"rfft", pairs},
      {"rfft2", pairs},
      {"rfftfreq", pairs},
      {"rfftn", pairs},
      {"row_order", inner},
      {"rrelu", random},
      {"sample_points", inner},
      {"scaled_dot_product_attention", no_such},
      {"scatter", no_such},
      {"scatter_extremum", inner},
      {"scatter_reduce", no_such},
      {"searchsorted", loops},
      {"segmented_scan", inner},
      {"select", no_such},
      {"selu", no_such},
      {"sgn", no_such},
      {"signbit", no_such},
      {"silu", no_such},
      {"sinc", no_such},
      {"softmin", no_such},
      {"softplus", no_such},
      {"softshrink", no_such},
      {"softsign", no_such},
      {"split", loops},
      {"spread_points", inner},
      {"std_mean", no_such},
      {"svdvals", loops},
      {"take_along_axis", loops},
      {"tanhshrink", no_such},
      {"tensor_split", no_such},
      {"tensorinv", no_such},
      {"tensorsolve", no_such},
      {"threshold", no_such},
      {"topk", loops},
      {"tril_indices", no_such},
      {"triu_indices", no_such},
      {"unflatten", no_such},
      {"unique", loops},
      {"unstack", no_such},
      {"upsample_nearest2d", no_such},
      {"vander", no_such},
      {"var_mean", no_such},
      {"vector_norm", no_such},
      {"vsplit", no_such},
      {"xlog1py", no_such},
  };
  return reasons;
}

std::vector<Ruling> all_rulings() {
  std::vector<Ruling> all;
  for (const auto& family : {elementwise_rulings(), reduction_rulings(), manipulation_rulings(),
                             linear_algebra_rulings(), further_rulings()})
    all.insert(all.end(), family.begin(), family.end());
  return all;
}

}  // namespace

void check(const std::vector<Ruling>& rulings) {
  std::mt19937_64 bits(1);
  for (const Ruling& ruling : rulings) {
    REQUIRE_MESSAGE(!ruling.shapes.empty(), ruling.name);
    for (const Shapes& shapes : ruling.shapes)
      for (const DType dtype : {float64, float32, int64}) {
        if (dtype == int64 && !ruling.range.whole) continue;
        Arrays arrays;
        for (const Shape& shape : shapes) arrays.push_back(random_array(shape, ruling.range, bits, dtype == float32));
        Array expected;
        CHECK_NOTHROW_MESSAGE(expected = ruling.theirs(arrays), ruling.name);
        for (int layout = 0; layout < 4; ++layout) {
          Tensors tensors;
          for (const Array& array : arrays) tensors.push_back(laid_out(array, layout).to(dtype));
          std::string shown =
              ruling.name + " of " + std::string(to_string(dtype)) + ", layout " + std::to_string(layout);
          for (const Shape& shape : shapes) shown += " " + to_string(shape);
          const double tolerance = ruling.tolerance * (dtype == float32 ? 1e7 : 1);
          CHECK_MESSAGE(difference(ruling.ours(tensors), expected, tolerance) == "", shown);
        }
      }
  }
}

std::vector<Shapes> every_shape(int least_rank, int least_extent) {
  static const std::vector<Shape> all{{},     {1},       {5},          {0},          {2, 3},       {4, 1},
                                      {3, 0}, {1, 5},    {2, 3, 4},    {1, 4, 2},    {3, 0, 2},    {2, 1, 5},
                                      {5, 5}, {3, 3, 3}, {2, 3, 2, 2}, {1, 2, 1, 3}, {2, 0, 3, 1}, {5, 1, 2, 4}};
  std::vector<Shapes> shapes;
  for (const Shape& shape : all)
    if (shape.rank() >= least_rank &&
        std::all_of(shape.begin(), shape.end(), [&](auto n) { return n >= least_extent; }))
      shapes.push_back({shape});
  return shapes;
}

std::vector<Shapes> broadcasting() {
  return {{{}, {}},
          {{3}, {}},
          {{}, {2, 3}},
          {{2, 3}, {3}},
          {{4}, {2, 4}},
          {{2, 1}, {1, 5}},
          {{2, 3}, {2, 3}},
          {{2, 1}, {2, 4}},
          {{0, 3}, {3}},
          {{2, 0}, {1, 1}},
          {{2, 3, 4}, {3, 1}},
          {{4}, {2, 3, 1}},
          {{1, 3, 1}, {2, 1, 4}},
          {{2, 1, 3, 1}, {3, 1, 5}},
          {{2, 2, 2, 2}, {2, 2, 2, 2}}};
}

std::vector<Shapes> broadcasting3() {
  return {{{}, {}, {}},    {{3}, {3}, {3}},          {{2, 3}, {3}, {}},        {{2, 1}, {1, 3}, {3}},
          {{0}, {1}, {0}}, {{2, 3}, {2, 3}, {1, 1}}, {{4}, {2, 3, 1}, {3, 4}}, {{2, 1, 2, 1}, {3, 1, 1}, {4}}};
}

std::vector<Shapes> square() { return {{{1, 1}}, {{2, 2}}, {{3, 3}}, {{5, 5}}}; }

TEST_CASE("every registered operation has a ruling, or a reason why not") {
  std::set<std::string> registered, ruled;
  for (const Primitive* primitive : primitives()) registered.insert(primitive->name);
  for (const Composition* composition : compositions()) registered.insert(composition->name);
  for (const Ruling& ruling : all_rulings()) ruled.insert(ruling.name);
  for (const std::string& name : registered) {
    CHECK_MESSAGE((ruled.contains(name) || not_judged().contains(name)),
                  name << " has neither a ruling (tests/xtensor/judge) nor a reason why it has none (not_judged)");
    CHECK_MESSAGE(!(ruled.contains(name) && not_judged().contains(name)), name << " has both a ruling and a reason");
  }
  CHECK(ruled.size() > 100);
}

TEST_CASE("the judge sees a wrong value, a wrong shape, and a wrong layout") {
  CHECK(difference(tensor({1, 2}), Array{1, 2.001}, 1e-6) != "");
  CHECK(difference(tensor({1, 2}), Array{{1, 2}}, 1e-6) != "");
  CHECK(difference(tensor({1, NAN}), Array{1, 2}, 1e-6) != "");
  const Array array{{1, 2, 3}, {4, 5, 6}};
  for (int layout = 0; layout < 4; ++layout) CHECK(difference(laid_out(array, layout), array, 0) == "");
  CHECK(difference(transpose(laid_out(array, 1)), array, 0) != "");
}

}  // namespace xgrad::judge
