#include <doctest/doctest.h>

#include <filesystem>
#include <memory>
#include <sstream>
#include <xtensor/xview.hpp>

#include <autograd/xtensor.hpp>

#include "autograd/expect.hpp"
#include "misuse/lists.hpp"

namespace xgrad::test {

Probes object_probes() {
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 6}}), one = tensor({2.5}, float64);
  const std::vector<std::int64_t> extents{2, 3};
  const Shape shape{2, 3};
  using I = std::int64_t;
  return {
      probe(
          "Tensor::item", [](const Tensor& a) { return a.item<double>(); }, one),
      probe(
          "Tensor::item", [](const Tensor& a) { return a.item<I>(); }, one),
      probe(
          "Tensor::item", [](const Tensor& a) { return a.item<int>(); }, one),
      probe(
          "Tensor::item", [](const Tensor& a) { return a.item<bool>(); }, one),
      probe(
          "Tensor::item", [](const Tensor& a) { return a.item<float>(); }, one),
      probe(
          {"Tensor::data", "Tensor::size"}, [](const Tensor& a) { return a.data<float>().size(); }, x),
      probe(
          {"cast", "Tensor"}, [](const Tensor& a) { return a.to_vector<I>().size(); }, x),
      probe(
          {"Tensor::size", "Tensor"}, [](const Tensor& a, int axis) { return a.size(axis); }, x, 1),
      probe(
          {"Tensor", "Tensor::same_as"}, [](const Tensor& a) { return a.size() + a.rank() + (a.same_as(a) ? 1 : 0); },
          x),
      probe(
          "cast", [](const Tensor& a, DType dtype) { return a.to(dtype); }, x, float64),
      probe(
          {"reshape", "Tensor::reshape"}, [](const Tensor& a, const Shape& s) { return a.reshape(s); }, x, Shape{3, 2}),
      probe(
          {"transpose", "Members::T"}, [](const Tensor& a) { return a.T(); }, x),
      probe(
          {"reshape", "Members::view"}, [](const Tensor& a, const std::vector<I>& s) { return a.view(s); }, x,
          std::vector<I>{3, -1}),
      probe(
          {"Tensor::item", "Tensor"}, [](const Tensor& a) { return a ? 1 : 0; }, one),
      probe(
          {"Tensor::of", "Number", "Number::to_int64", "Number::check_fits", "Number::write", "truncated_to_int64"},
          [](double value, std::uint64_t count, DType dtype) {
            const Number number(value), whole(count);
            std::int64_t element = truncated_to_int64(value) ^ truncated_to_int64(static_cast<float>(value));
            number.write(dtype, &element);
            whole.write(dtype, &element);
            number.text();
            number.check_fits(dtype, "Number", "the value");
            number.to_int64("Number", "the value");
            return Tensor::of(number) + Tensor::of(whole);
          },
          2.0, std::uint64_t{3}, float32),
      probe(
          "extent_sum", [](I a, I b) { return extent_sum("extent_sum", a, b); }, I{2}, I{3}),
      probe(
          "extent_product", [](I a, I b) { return extent_product("extent_product", a, b); }, I{2}, I{3}),
      probe(
          "check_size",
          [](const Shape& s, int axis, I extent) {
            Shape changed = s;
            changed[axis] = extent;
            check_size("check_size", changed);
            return changed.elements();
          },
          shape, 1, I{2}),
      probe(
          "tensor",
          [](double a, double b, DType dtype) {
            return tensor({{a, b}, {b, a}}, dtype);
          },
          1.0, 2.0, float32),
      probe(
          "tensor", [](const std::vector<float>& values, const Shape& s) { return tensor(std::span(values), s); },
          std::vector<float>(6, 1.0F), shape),
      probe(
          {"tensor", "eval"},
          [](const Shape& s) {
            double elements = 1;
            for (const I extent : s) elements *= static_cast<double>(extent);
            if (elements > 1e6 && elements < 1e14) return zeros({1});
            return make_tensor<float>(s, [](std::span<float> out) { std::fill(out.begin(), out.end(), 1.0F); });
          },
          shape),
      probe(
          "eval", [](const std::vector<Tensor>& a) { eval(std::span(a)); }, std::vector<Tensor>{x, x}),
      probe(
          "eval",
          [](const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
            std::vector<Tensor> donated = b;
            eval(std::span(a), donated);
          },
          std::vector<Tensor>{x, x}, std::vector<Tensor>{x, x}),
      probe(
          {"to_string", "Tensor"}, [](const Tensor& a) { return a.size() > 1000000 ? "" : to_string(a); }, x),
      probe(
          {"explain", "add"}, [](const Tensor& a) { return explain(a + 1); }, x),
      probe(
          {"NameScope", "add"},
          [](const std::string& name, const Tensor& a) {
            const NameScope scope(name);
            const Tensor y = a + 1;
            to_dot();
            return y;
          },
          std::string("net"), ones({2})),
      probe(
          {"Shape", "Shape::insert", "Shape::erase", "Shape::push_back"},
          [](const std::vector<I>& e, int axis, I extent) {
            Shape s(e);
            s.insert(axis, extent);
            s.erase(axis);
            s.push_back(extent);
            return s[axis] + s.elements();
          },
          extents, 1, I{2}),
      probe(
          {"Shape", "Shape::insert", "Shape::erase", "Shape::push_back"},
          [](const std::vector<I>& e, int axis, I extent) {
            Shape s(e);
            s[axis] = extent;
            return zeros(s);
          },
          extents, 1, I{2}),
      probe(
          "Axes", [](const std::vector<int>& axes) { return Axes(axes).list().size(); }, std::vector<int>{0, 1}),
      probe(
          {"set_compiling", "set_planning", "set_fusing"},
          [](Compiling when, Planning plan, bool fuse, const Tensor& a) {
            const Compiling compiled = compiling();
            const Planning planned = planning();
            const bool fused = fusing();
            set_compiling(when);
            set_planning(plan);
            set_fusing(fuse);
            if (a.defined() && a.size() < 1000) eval(a + 1);
            set_compiling(compiled);
            set_planning(planned);
            set_fusing(fused);
          },
          Compiling::repeated, Planning::repeated, true, x),
      probe(
          "set_num_threads",
          [](int count) {
            if (count > 0 && count < 100) set_num_threads(count);
            if (count < 1) set_num_threads(count);
            set_num_threads(1);
          },
          2),
      probe(
          {"as_xtensor", "Tensor"},
          [](const Tensor& a) { return a.defined() && a.size() > 1000 ? 0 : as_xtensor<float>(a).size(); }, x),
      probe(
          {"as_xtensor", "as_strided_xtensor", "assign", "to_xarray", "to_xtensor"},
          [](const Tensor& a) {
            if (a.defined() && a.size() > 1000) return std::size_t{0};
            xt::xtensor<float, 2> whole = to_xtensor<float, 2>(a);
            assign(xt::view(whole, 0), as_strided_xtensor<float>(a).dimension() == 2 ? a[0] : a);
            return as_xtensor<float, 2>(a).size() + to_xarray<float>(a).size();
          },
          x),
      probe(
          {"Profile", "Profile::write_trace"},
          [](const std::string& path) {
            Profile profile;
            profile.write_trace((std::filesystem::temp_directory_path() / "xgrad-misuse" / path).string());
          },
          std::string()),
  };
}

TEST_CASE("tensors, shapes and scopes stand wrong calls") {
  Probes probes = object_probes();
  probes.pop_back();  // whose right call is none: it writes to a folder that is not there
  run(probes);
}

TEST_CASE("a shape's axes count from either end, and others are refused") {
  Shape shape{2, 3, 4};
  CHECK(shape[-1] == 4);
  CHECK(shape[-3] == 2);
  for (const int axis : {3, -4, 8, std::numeric_limits<int>::max(), std::numeric_limits<int>::min()}) {
    CAPTURE(axis);
    CHECK_THROWS_AS(shape[axis], Error);
    CHECK_THROWS_AS(shape.erase(axis), Error);
    if (axis != 3 && axis != -4) CHECK_THROWS_AS(shape.insert(axis, 1), Error);
  }
  CHECK_THROWS_AS(Shape{}[0], Error);
  CHECK_THROWS_AS(Shape{}[-1], Error);
  shape.insert(-1, 5);
  CHECK(shape == Shape{2, 3, 4, 5});
  shape.insert(0, 1);
  CHECK(shape == Shape{1, 2, 3, 4, 5});
  shape.erase(-2);
  CHECK(shape == Shape{1, 2, 3, 5});
}

TEST_CASE("tapes, scopes and profiles end in any order") {
  auto outer = std::make_unique<Tape>();
  const Tensor x = ones({3}), y = x * 2;
  auto inner = std::make_unique<Tape>();
  auto first = std::make_unique<NameScope>("a");
  auto second = std::make_unique<NameScope>("b");
  const Tensor z = y * y;
  outer.reset();
  first.reset();
  CHECK(inner->gradient(sum(z), x).to_vector<double>() == std::vector<double>{8, 8, 8});
  inner.reset();
  second.reset();
  CHECK_FALSE(Tape::alive());
  CHECK_NOTHROW(eval(z));

  auto profile = std::make_unique<Profile>();
  CHECK(error_of([] { const Profile other; }).starts_with("Profile: "));
  profile->stop();
  profile->stop();
  CHECK_NOTHROW(eval(x + 1));
  CHECK_FALSE(profile->report().empty());
  const auto next = std::make_unique<Profile>();  // the first has stopped
  profile.reset();
  CHECK_NOTHROW(eval(x + 2));
  CHECK(next->summary().runs == 1);
}

TEST_CASE("what was moved from is refused or documented, and never read") {
  Custom function = custom("twice", [](const std::vector<Tensor>& in) { return in[0] * 2; }, {});
  const Custom taken = std::move(function);
  CHECK(error_of([&] { function(ones({2})); }).starts_with("custom: "));
  CHECK(function.name().empty());
  CHECK(error_of([] { Custom(nullptr)(ones({2})); }).starts_with("custom: "));
  CHECK(taken.name() == "twice");

  GradcheckResult result = gradcheck([](const Tensor& t) { return sum(t); }, ones({2}));
  const GradcheckResult kept = std::move(result);
  CHECK(kept.passed);
  CHECK(static_cast<bool>(result));

  TensorFunction batched = vmap([](const Tensor& t) { return t; });
  const TensorFunction moved = std::move(batched);
  CHECK(error_of([&] { gradient(batched, ones({2})); }).starts_with("gradient: "));
}

}  // namespace xgrad::test
