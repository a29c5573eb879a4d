#include <doctest/doctest.h>

#include <complex>
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xbuilder.hpp>
#include <xtensor/xfixed.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xstrided_view.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>

#include <autograd/autograd.hpp>
#include <autograd/xtensor.hpp>

#include "autograd/expect.hpp"

namespace xgrad {

using test::difference;
using test::error_of;
using test::lacks;

namespace {

/// What pytensor and its like are: a class of another library derived from xtensor's container, with strides.
class ForeignArray : public xt::xarray_adaptor<xt::xbuffer_adaptor<double*>, xt::layout_type::dynamic> {
 public:
  using Base = xt::xarray_adaptor<xt::xbuffer_adaptor<double*>, xt::layout_type::dynamic>;
  ForeignArray(double* memory, std::size_t size, const shape_type& shape, const strides_type& strides)
      : Base(xt::xbuffer_adaptor<double*>(std::move(memory), size), shape, strides) {}
};

template <class T>
std::string tensor_of_integers(std::initializer_list<T> values) {
  const xt::xtensor<T, 1> array(values);
  std::vector<std::int64_t> expected(values.begin(), values.end());
  return difference(tensor(array), tensor(std::span<const std::int64_t>(expected), {std::ssize(expected)}));
}

}  // namespace

TEST_CASE("xtensor's containers of every element type become tensors") {
  CHECK(difference(tensor(xt::xarray<float>{{1, 2}, {3, 4}}), xgrad::tensor({{1, 2}, {3, 4}})) == "");
  CHECK(difference(tensor(xt::xtensor<double, 1>{0.1, 0.2}), xgrad::tensor({0.1, 0.2}, float64)) == "");
  CHECK(difference(tensor(xt::xarray<bool>{true, false}), xgrad::tensor({1, 0}, boolean)) == "");
  CHECK(difference(tensor(xt::xarray<long double>{0.5L, -2}), test::f64({0.5, -2})) == "");
  CHECK(tensor_of_integers<std::int8_t>({-128, 127}) == "");
  CHECK(tensor_of_integers<std::int16_t>({-32768, 5}) == "");
  CHECK(tensor_of_integers<std::int32_t>({-2147483647, 7}) == "");
  CHECK(tensor_of_integers<std::int64_t>({std::numeric_limits<std::int64_t>::min(), 7}) == "");
  CHECK(tensor_of_integers<std::uint8_t>({0, 255}) == "");
  CHECK(tensor_of_integers<std::uint16_t>({65535}) == "");
  CHECK(tensor_of_integers<std::uint32_t>({4294967295u}) == "");
  CHECK(tensor_of_integers<std::uint64_t>({std::uint64_t{1} << 62}) == "");
  CHECK(tensor_of_integers<char>({'a', 'b'}) == "");
  const Tensor fixed = tensor(xt::xtensor_fixed<float, xt::xshape<2, 3>>{{1, 2, 3}, {4, 5, 6}});
  CHECK(difference(fixed, xgrad::tensor({{1, 2, 3}, {4, 5, 6}})) == "");
}

TEST_CASE("a dtype may be asked for") {
  CHECK(difference(tensor(xt::xarray<double>{1.5, -2.5}, float32), xgrad::tensor({1.5, -2.5})) == "");
  CHECK(difference(tensor(xt::xarray<int>{1, 0}, boolean), xgrad::tensor({1, 0}, boolean)) == "");
}

TEST_CASE("an unsigned integer that int64 does not hold is refused, wherever it stands") {
  const xt::xarray<std::uint64_t> large{1, 18446744073709551615u};
  CHECK(lacks(error_of([&] { tensor(large); }), {"tensor", "18446744073709551615", "int64"}) == "");
  CHECK(lacks(error_of([&] { tensor(large + std::uint64_t{0}); }), {"18446744073709551615"}) == "");
  CHECK(lacks(error_of([&] { tensor(xt::view(large, xt::range(1, 2))); }), {"18446744073709551615"}) == "");
}

TEST_CASE("more axes than a tensor can have are refused") {
  const auto nine = xt::xarray<float>::from_shape(std::vector<std::size_t>(9, 1));
  CHECK(lacks(error_of([&] { tensor(nine); }), {"at most 8 axes"}) == "");
}

TEST_CASE("lazy expressions are evaluated on the way") {
  const xt::xarray<double> a = {{1, 2, 3}, {4, 5, 6}};
  const xt::xarray<float> f = {{1, 2, 3}, {4, 5, 6}};
  CHECK(difference(tensor(a * a + 1), test::f64({{2, 5, 10}, {17, 26, 37}})) == "");
  CHECK(difference(tensor(f * f + 1.f), tensor({{2, 5, 10}, {17, 26, 37}})) == "");
  CHECK(difference(tensor(xt::sum(a, {0})), test::f64({5, 7, 9})) == "");
  CHECK(difference(tensor(a + xt::xtensor<double, 1>{10, 20, 30}), test::f64({{11, 22, 33}, {14, 25, 36}})) == "");
  CHECK(difference(tensor(xt::arange<float>(3)), xgrad::tensor({0, 1, 2})) == "");
  CHECK(difference(tensor(xt::arange<int>(3)), test::i64({0, 1, 2})) == "");
  CHECK(difference(tensor(a > 2), tensor({{0, 0, 1}, {1, 1, 1}}, boolean)) == "");
  CHECK(difference(tensor(xt::broadcast(xt::xarray<float>{1, 2}, {3, 2})), tensor({{1, 2}, {1, 2}, {1, 2}})) == "");
  CHECK(difference(tensor(xt::cast<int>(a)), test::i64({{1, 2, 3}, {4, 5, 6}})) == "");
}

TEST_CASE("views of every kind keep their indices") {
  const xt::xarray<double> a = {{1, 2, 3}, {4, 5, 6}};
  CHECK(difference(tensor(xt::transpose(a)), test::f64({{1, 4}, {2, 5}, {3, 6}})) == "");
  CHECK(difference(tensor(xt::view(a, xt::all(), xt::range(1, 3))), test::f64({{2, 3}, {5, 6}})) == "");
  CHECK(difference(tensor(xt::view(a, 1)), test::f64({4, 5, 6})) == "");
  CHECK(difference(tensor(xt::view(a, xt::all(), 1)), test::f64({2, 5})) == "");
  CHECK(difference(tensor(xt::view(a, xt::newaxis(), xt::all(), xt::range(0, 3, 2))), test::f64({{{1, 3}, {4, 6}}})) ==
        "");
  CHECK(difference(tensor(xt::view(a, xt::all(), xt::keep(2, 0))), test::f64({{3, 1}, {6, 4}})) == "");
  CHECK(difference(tensor(xt::strided_view(a, {xt::all(), xt::range(2, xt::placeholders::_, -1)})),
                   test::f64({{3, 2, 1}, {6, 5, 4}})) == "");
  CHECK(difference(tensor(xt::flip(a, 0)), test::f64({{4, 5, 6}, {1, 2, 3}})) == "");
  CHECK(difference(tensor(xt::view(xt::transpose(a), xt::range(1, 3))), test::f64({{2, 5}, {3, 6}})) == "");
}

TEST_CASE("column-major containers keep their indices") {
  xt::xarray<float, xt::layout_type::column_major> a = {{1, 2, 3}, {4, 5, 6}};
  CHECK(difference(tensor(a), xgrad::tensor({{1, 2, 3}, {4, 5, 6}})) == "");
  CHECK(difference(tensor(xt::view(a, xt::all(), xt::range(1, 3))), xgrad::tensor({{2, 3}, {5, 6}})) == "");
  const xt::xtensor<int, 2, xt::layout_type::column_major> whole = {{1, 2, 3}, {4, 5, 6}};
  CHECK(difference(tensor(whole), test::i64({{1, 2, 3}, {4, 5, 6}})) == "");
  CHECK(difference(tensor(a + 1.f), xgrad::tensor({{2, 3, 4}, {5, 6, 7}})) == "");
}

TEST_CASE("adaptors and classes of other libraries that derive from them are read by their strides") {
  std::vector<double> memory{1, 2, 3, 4, 5, 6, 7, 8};
  CHECK(difference(tensor(xt::adapt(memory, std::vector<std::size_t>{2, 4})),
                   test::f64({{1, 2, 3, 4}, {5, 6, 7, 8}})) == "");
  const ForeignArray every_other(memory.data(), 4, {2, 2}, {1, 4});
  CHECK(difference(tensor(every_other), test::f64({{1, 5}, {2, 6}})) == "");
}

TEST_CASE("scalars and empty containers keep their shape") {
  CHECK(tensor(xt::xarray<float>(2.5f)).shape() == Shape{});
  CHECK(tensor(xt::xarray<float>(2.5f)).item() == 2.5);
  CHECK(tensor(xt::xarray<float>::from_shape({0, 3})).shape() == Shape{0, 3});
  CHECK(tensor(xt::xarray<int>::from_shape({2, 0})).shape() == Shape{2, 0});
  CHECK(tensor(xt::xarray<float>::from_shape({0, 3}) + 1.f).shape() == Shape{0, 3});
}

TEST_CASE("the values are a copy: what is written to the array later does not reach the tensor") {
  xt::xarray<float> a{1, 2};
  const Tensor t = tensor(a);
  a(0) = 7;
  CHECK(difference(t, tensor({1, 2})) == "");
}

TEST_CASE("an array in the tensors' pool becomes a tensor without a copy, and is left empty") {
  PoolArray<float> a{{1, 2, 3}, {4, 5, 6}};
  const float* memory = a.data();
  const Tensor t = tensor(std::move(a));
  CHECK(t.data<float>().data() == memory);
  CHECK(difference(t, tensor({{1, 2, 3}, {4, 5, 6}})) == "");
  CHECK(a.size() == 0);
  const Tensor doubled = t * 2;
  CHECK(difference(doubled, tensor({{2, 4, 6}, {8, 10, 12}})) == "");
  CHECK(difference(t, tensor({{1, 2, 3}, {4, 5, 6}})) == "");
}

TEST_CASE("an array in the tensors' pool that is no rvalue is copied") {
  const PoolArray<double> a{1, 2};
  const Tensor t = tensor(a);
  CHECK(t.data<double>().data() != a.data());
  CHECK(difference(t, test::f64({1, 2})) == "");
  CHECK(tensor(PoolArray<float>::from_shape({0, 2})).shape() == Shape{0, 2});
  CHECK(difference(tensor(PoolArray<int>{1, 2}), test::i64({1, 2})) == "");  // int is no element of a tensor's
}

TEST_CASE("memory that an array took from the pool goes back to it with the tensor") {
  const auto in_use = [] { return memory_stats().live; };
  const std::size_t before = in_use();
  {
    const Tensor t = tensor(PoolArray<float>::from_shape({1000, 100}));
    CHECK(in_use() >= before + 400000);
  }
  CHECK(in_use() == before);
}

TEST_CASE("gradients go from xtensor to xtensor by hand, too") {
  const Tensor x = tensor(xt::xarray<double>{1, 2, 3});
  const Tape tape;
  const Tensor slope = tape.gradient(sum(x * x), x);
  CHECK(xt::all(xt::equal(as_xtensor<double>(slope), xt::xarray<double>{2, 4, 6})));
}

}  // namespace xgrad
