#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include <autograd/autograd.hpp>
#include <autograd/io/npz.hpp>
#include <autograd/io/safetensors.hpp>
#include <autograd/io/small_floats.hpp>
#include <autograd/primitive.hpp>
#include "expect.hpp"

namespace xgrad {
namespace {

using test::difference;
using test::error_of;

constexpr double infinite = std::numeric_limits<double>::infinity();

Tensor narrow(const Tensor& x) { return x.to(bfloat16); }

/// Floating-point inputs in another dtype.
std::vector<Tensor> in_dtype(const std::vector<Tensor>& inputs, DType dtype) {
  std::vector<Tensor> all;
  for (const Tensor& x : inputs) all.push_back(is_floating(x.dtype()) ? x.to(dtype) : x);
  return all;
}

struct Call {
  std::string name;
  Sample sample;
};

std::vector<Call> calls() {
  std::vector<Call> all;
  for (const Primitive* primitive : primitives())
    for (const Sample& sample : primitive->samples()) all.push_back({primitive->name, sample});
  for (const Composition* composition : compositions())
    for (const Sample& sample : composition->samples()) all.push_back({composition->name, sample});
  return all;
}

TEST_CASE("numbers are rounded to the nearest bfloat16, of two to the even one, as in files") {
  for (std::uint64_t i = 0; i < 1 << 20; ++i) {
    const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(i * 4099 + i / 7));
    const std::uint32_t expected = io::narrow_bits<io::BFloat16>(value);
    if (std::isnan(value)) {
      CHECK(std::isnan(static_cast<float>(BFloat16(value))));
      continue;
    }
    if (BFloat16(value).bits != expected) FAIL(value);
  }
  for (std::uint32_t bits = 0; bits < 1 << 16; ++bits) {
    const auto value = std::bit_cast<float>(bits << 16);
    if (!std::isnan(value) && BFloat16(value).bits != bits) FAIL(value);
  }
}

TEST_CASE("a tensor of bfloat16 holds rounded values, and takes two bytes for each") {
  const Tensor x = tensor({1.0, 1.00390625, 1.01171875, -0.1, 3.4e38, infinite, 1e-40}, bfloat16);
  CHECK(x.dtype() == bfloat16);
  CHECK(size_of(x.dtype()) == 2);
  CHECK(to_string(x.dtype()) == "bfloat16");
  CHECK(difference(x.to(float32), {1.0, 1.0, 1.015625, -0.10009765625, infinite, infinite, 9.1835e-41}, {1e-3, 0}) ==
        "");
  CHECK(x[2].item() == 1.015625);
  CHECK(x.data<BFloat16>()[0].bits == 0x3f80);
  CHECK(to_string(x[0]).find("bfloat16") != std::string::npos);
  CHECK(std::isnan(tensor({std::numeric_limits<double>::quiet_NaN()}, bfloat16).item()));
  CHECK(error_of([&] { x.data<float>(); }) ==
        "Tensor::data: the tensor has dtype bfloat16, data of float32 was asked for; convert with to()");
}

TEST_CASE("factories give bfloat16 where it is asked for") {
  CHECK(zeros({2}, bfloat16).dtype() == bfloat16);
  CHECK(difference(full({2}, 1.5, bfloat16), {1.5, 1.5}) == "");
  CHECK(difference(arange(0, 4, 1, bfloat16), {0, 1, 2, 3}) == "");
  CHECK(rand({3}, bfloat16).dtype() == bfloat16);
  CHECK(ones_like(zeros({2}, bfloat16)).dtype() == bfloat16);
}

TEST_CASE("every operation reads bfloat16 as float32") {
  for (const Call& call : calls()) {
    INFO(call.name, ", sample '", call.sample.name, "'");
    const std::vector<Tensor> narrowed = in_dtype(call.sample.inputs, bfloat16), wide = in_dtype(narrowed, float32);
    if (std::none_of(narrowed.begin(), narrowed.end(), [](const Tensor& x) { return x.dtype() == bfloat16; })) continue;
    manual_seed(1);
    const Tensor y = call.sample.f(narrowed);
    manual_seed(1);
    const Tensor expected = call.sample.f(wide);
    if (y.dtype() == bfloat16)
      CHECK(difference(y.to(float32), expected) == "");  // elements as they were
    else
      CHECK(difference(y, expected, {1e-6, 1e-6}) == "");
  }
}

TEST_CASE("gradients of bfloat16 tensors are float32, and those of the float32 tensors of the same values") {
  for (const Call& call : calls()) {
    INFO(call.name, ", sample '", call.sample.name, "'");
    bool multiplies = false;  // whose cotangents are rounded to bfloat16
    const auto gradients = [&](const std::vector<Tensor>& inputs) {
      manual_seed(1);
      const Tape tape;
      std::vector<Tensor> sources;
      for (const Tensor& x : inputs)
        if (is_floating(x.dtype())) sources.push_back(x);
      const Tensor y = call.sample.f(inputs);
      std::vector<Tensor> found;
      if (!sources.empty() && is_floating(y.dtype()))
        found = tape.gradient(sum(y.to(float32)), sources, {.materialize_grads = true});
      eval(found);
      const std::vector<std::string> recorded = recorded_primitives();
      multiplies = multiplies || std::find(recorded.begin(), recorded.end(), "matmul") != recorded.end();
      return found;
    };
    const std::vector<Tensor> narrowed = in_dtype(call.sample.inputs, bfloat16);
    const std::vector<Tensor> found = gradients(narrowed), expected = gradients(in_dtype(narrowed, float32));
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      const bool empty = expected[i].size() == 0;
      const double size = multiplies && !empty ? max(abs(expected[i])).item<double>() : 0;
      CHECK(difference(found[i], expected[i], {1e-5, 1e-5 + 0.02 * size}) == "");
    }
  }
}

TEST_CASE("views, take and stop_gradient keep bfloat16, other operations and sums with other dtypes do not") {
  const Tensor x = narrow(arange(0, 6, 1, float32).reshape({2, 3}));
  for (const Tensor& y : {x.T(), x.reshape({3, 2}), x[0], x.slice(1, 0, 2), broadcast_to(x, {4, 2, 3}),
                          take(x, tensor({1, 0}, int64)), stop_gradient(x)})
    CHECK(y.dtype() == bfloat16);
  CHECK(difference(x.T(), {{0, 3}, {1, 4}, {2, 5}}) == "");
  CHECK((x + x).dtype() == float32);
  CHECK((x * 2).dtype() == float32);
  CHECK((x + 1.5).dtype() == float32);
  CHECK((x + ones({3}, float64)).dtype() == float64);
  CHECK(concatenate({x, x}).dtype() == float32);
  CHECK(matmul(x, x.T()).dtype() == float32);
  CHECK(argmax(x).dtype() == int64);
}

TEST_CASE("passes that read and write bfloat16 compute what single operations do, at every length") {
  manual_seed(1);
  for (const std::int64_t n : {1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33, 100, 1023, 5000}) {
    CAPTURE(n);
    const Tensor x = narrow(randn({n})), y = narrow(randn({n})), b = narrow(randn({1})), flags = less(x, y);
    const auto formula = [&](auto&& step) {
      const Tensor lost = step(cast(step(x * y) + step(b * 1.25), bfloat16));
      const Tensor chosen = step(where(flags, lost, x));
      return std::vector<Tensor>{lost, step(cast(step(chosen - lost) * step(relu(y)), bfloat16)), step(exp(lost))};
    };
    const auto now = [](const Tensor& t) {
      eval(t);
      return t;
    };
    const std::vector<Tensor> one_by_one = formula(now), together = formula([](const Tensor&t) { return t; });
    eval(together);
    for (std::size_t i = 0; i < together.size(); ++i) CHECK(difference(together[i], one_by_one[i]) == "");
  }
}

TEST_CASE("passes over rows read and write bfloat16, whatever the number of columns") {
  manual_seed(2);
  for (std::int64_t columns = 1; columns <= 35; ++columns) {
    CAPTURE(columns);
    const Tensor x = narrow(randn({6, columns})), row = narrow(randn({columns})), column = narrow(randn({6, 1}));
    const auto formula = [&](auto&& step) {
      const Tensor y = step(cast(step(step(x * row) + column), bfloat16));
      return std::vector<Tensor>{y, step(sum(step(y * x), 0))};
    };
    const auto now = [](const Tensor& t) {
      eval(t);
      return t;
    };
    const std::vector<Tensor> one_by_one = formula(now), together = formula([](const Tensor&t) { return t; });
    eval(together);
    CHECK(difference(together[0], one_by_one[0]) == "");
    CHECK(difference(together[1], one_by_one[1], {1e-5, 1e-5}) == "");
  }
}

TEST_CASE("infinities and NaN pass through bfloat16 in passes") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Tensor x = tensor({infinite, -infinite, nan, 3.4e38, -0.0, 1.0, 2.0, 3.0, nan});
  const Tensor y = cast(x * 1 + 0, bfloat16);
  CHECK(difference(cast(y * 1 + 0, float32), {infinite, -infinite, nan, infinite, 0.0, 1, 2, 3, nan}) == "");
}

TEST_CASE("products of two bfloat16 matrices are sums in float32, in every layout and for batches") {
  manual_seed(3);
  const auto check = [](const Tensor& a, const Tensor& b) {
    const Tensor expected = matmul(a.to(float64), b.to(float64));
    CHECK(difference(matmul(a, b), expected.to(float32), {1e-5, 1e-5}) == "");
  };
  for (const std::int64_t n : {1, 3, 20}) {
    const Tensor a = narrow(randn({n, 37})), b = narrow(randn({37, 18}));
    check(a, b);
    check(narrow(randn({37, n})).T(), b);
    check(a, narrow(randn({18, 37})).T());
  }
  check(narrow(randn({2, 4, 5})), narrow(randn({2, 5, 3})));
  check(narrow(randn({2, 4, 5})), narrow(randn({5, 3})));
  check(narrow(randn({5})), narrow(randn({5, 3})));
  check(narrow(randn({4, 5})), narrow(randn({5})));
  check(narrow(zeros({2, 0})), narrow(zeros({0, 3})));
  // With another dtype they are read as float32 first.
  const Tensor a = narrow(randn({4, 5})), w = randn({5, 3});
  CHECK(difference(matmul(a, w), matmul(a.to(float32), w)) == "");
}

TEST_CASE("second derivatives go through bfloat16") {
  const Tensor x = narrow(tensor({{0.5, 1.5}, {-1.0, 2.0}}));
  const Tape tape;
  const Tensor first = tape.gradient(sum(square(matmul(x, x))), x);
  const Tensor second = tape.gradient(sum(first * first), x);
  const Tensor wide = x.to(float32);
  const Tensor expected_first = tape.gradient(sum(square(matmul(wide, wide))), wide);
  const Tensor expected = tape.gradient(sum(expected_first * expected_first), wide);
  CHECK(difference(second, expected, {0.02, 0.1}) == "");
}

TEST_CASE("safetensors files hold bfloat16 as it is, NumPy has none") {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("xgrad_bfloat16_test_" + std::to_string(::getpid()) + ".safetensors");
  const Tensor x = narrow(tensor({1.5, -2.25, 1e30}));
  save_safetensors(file, {{"x", x}});
  CHECK(std::filesystem::file_size(file) < 200);
  const Safetensors read = load_safetensors(file);
  CHECK(read.dtypes.at("x") == StoredDType::bfloat16);
  CHECK(difference(read.tensors.front().second, x.to(float32)) == "");
  std::filesystem::remove(file);
  CHECK(error_of([&] { save_npy("bfloat16_test.npy", x); }).find("NumPy has no dtype bfloat16") != std::string::npos);
}

}  // namespace
}  // namespace xgrad
