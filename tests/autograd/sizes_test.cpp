#include <doctest/doctest.h>

#include <functional>
#include <limits>

#include <autograd/autograd.hpp>

#include "address_limit.hpp"
#include "expect.hpp"

// Extents of any size: a tensor has its elements, or is an Error that names the operation and what it was given.
namespace xgrad {
namespace {

using test::error_of;
using test::lacks;

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

/// Around the powers of 2 where products and bytes leave 31, 32, 46, 53 and 63 bits, for each number of axes.
std::vector<std::int64_t> large_extents() {
  std::vector<std::int64_t> extents;
  for (const int bits : {12, 16, 21, 23, 31, 32, 40, 43, 46, 53, 60, 61, 62})
    for (const std::int64_t more : {-1, 0, 1}) extents.push_back((std::int64_t{1} << bits) + more);
  extents.insert(extents.end(), {most / 8, most / 2, most - 1, most});
  return extents;
}

std::vector<std::vector<std::int64_t>> large_shapes() {
  std::vector<std::vector<std::int64_t>> shapes;
  for (const std::int64_t n : large_extents()) {
    for (const std::vector<std::int64_t>& shape : std::vector<std::vector<std::int64_t>>{{n},
                                                                                         {n, n},
                                                                                         {n, 1, n},
                                                                                         {0, n, n},
                                                                                         {n, 0, n},
                                                                                         {n, n, 0},
                                                                                         {0, n},
                                                                                         {n, 0},
                                                                                         {n, 2},
                                                                                         {3, n},
                                                                                         {n, n, n},
                                                                                         {n, n, n, n},
                                                                                         {0, 0, n, n},
                                                                                         {1, n, 1},
                                                                                         {n, n, 0, n},
                                                                                         {n, n, n, 0},
                                                                                         {2, 0, n},
                                                                                         {n, 4096},
                                                                                         {0, 8, n}}) {
      shapes.push_back(shape);
    }
  }
  return shapes;
}

std::string text_of(const std::vector<std::int64_t>& extents) {
  std::string text;
  for (const std::int64_t extent : extents) text += std::to_string(extent) + " ";
  return text;
}

/// "" where a call gives a tensor of at most so many elements as may be, or throws an Error. What has more bytes than
/// any machine is refused when its value is asked for; what is small is computed.
std::string wrong(const std::function<Tensor()>& call) {
  Tensor result;
  if (error_of([&] { result = call(); }) != "no Error") return "";
  const Shape& shape = result.shape();
  if (!shape.fits()) return "a tensor of shape " + to_string(shape);
  const std::int64_t bytes = result.size() * static_cast<std::int64_t>(size_of(result.dtype()));
  // Values of little memory may still be computed from more than the machine has.
  if (!test::can_limit_addresses()) return "";
  if (bytes <= 1 << 16) {
    // Refused still where it reads more than there is memory for, or what does not fit in its values.
    const std::string refused = error_of([&] { eval(result); });
    if (refused == "no Error") eval(result + result);
  } else if (bytes > std::int64_t{1} << 46) {
    const std::string text = error_of([&] { eval(result); });
    return lacks(text, {"memory", " bytes"});
  }
  return "";
}

using Creation = std::function<Tensor(const Shape&)>;

struct NamedCreation {
  const char* name;
  Creation of;
};

std::vector<NamedCreation> creations() {
  return {{"zeros", [](const Shape& s) { return zeros(s); }},
          {"ones", [](const Shape& s) { return ones(s, float64); }},
          {"full", [](const Shape& s) { return full(s, 2, int64); }},
          {"rand", [](const Shape& s) { return rand(s); }},
          {"randn", [](const Shape& s) { return randn(s, float64); }},
          {"normal", [](const Shape& s) { return normal(0, 1, s); }},
          {"uniform", [](const Shape& s) { return uniform(0, 1, s); }},
          {"bernoulli", [](const Shape& s) { return bernoulli(0.5, s); }},
          {"randint", [](const Shape& s) { return randint(0, 5, s); }},
          {"truncated_normal", [](const Shape& s) { return truncated_normal(s); }},
          {"categorical", [](const Shape& s) { return categorical(zeros({2}), s); }},
          {"broadcast_to", [](const Shape& s) { return broadcast_to(tensor(1), s); }},
          {"make_tensor",
           [](const Shape& s) {
             return make_tensor<float>(s, [](std::span<float> out) {
               if (!out.empty()) out.front() = out.back() = 1;
             });
           }},
          {"one_hot",
           [](const Shape& s) {
             Shape labels = s;
             const std::int64_t classes = labels[labels.rank() - 1];
             labels.erase(labels.rank() - 1);
             return one_hot(zeros(labels, int64), classes);
           }},
          {"scatter_add", [](const Shape& s) { return scatter_add(s, 0, zeros(s, int64), ones(s)); }}};
}

/// Operations that make more of a (2, 3) tensor, by a number or two.
std::vector<std::pair<const char*, std::function<Tensor(const Tensor&, std::int64_t, std::int64_t)>>> growths() {
  using T = const Tensor&;
  using I = std::int64_t;
  return {
      {"arange", [](T, I n, I) { return arange(static_cast<double>(n)); }},
      {"arange from",
       [](T, I n, I m) { return arange(-static_cast<double>(m), static_cast<double>(n), 0.5, float64); }},
      {"linspace", [](T, I n, I) { return linspace(0, 1, n); }},
      {"eye", [](T, I n, I m) { return eye(n, m); }},
      {"permutation", [](T, I n, I) { return permutation(n); }},
      {"repeat", [](T x, I n, I) { return repeat(x, n); }},
      {"repeat rows", [](T x, I n, I) { return repeat(x, n, 0); }},
      {"tile",
       [](T x, I n, I m) {
         return tile(x, {n, m});
       }},
      {"pad",
       [](T x, I n, I m) {
         return pad(x, {{n, 0}, {0, m}});
       }},
      {"pad, both ends",
       [](T x, I n, I m) {
         return pad(x, {{n, m}, {m, n}}, {.mode = PadMode::replicate});
       }},
      {"pad, less",
       [](T x, I n, I m) {
         return pad(x, {{n, -m}, {-n, m}});
       }},
      {"one_hot",
       [](T, I n, I) {
         return one_hot(zeros({2, 2}, int64), n);
       }},
      {"roll", [](T x, I n, I m) { return roll(roll(x, n, 0), -m, 1); }},
      {"slice", [](T x, I n, I m) { return slice(x, 0, -n, m, n); }},
      {"slice backwards", [](T x, I n, I m) { return slice(x, {{.start = n, .stop = -m, .step = -n}}); }},
      {"reshape",
       [](T x, I n, I m) {
         return reshape(x, {n, m, -1});
       }},
      {"outer", [](T, I n, I m) { return outer(ones({n}), ones({m})); }},
      {"add",
       [](T, I n, I m) {
         return ones({n, 1}) + ones({1, m});
       }},
      {"add without elements",
       [](T, I n, I m) {
         return ones({0, n, 1}) + ones({1, 1, m});
       }},
      {"concatenate",
       [](T, I n, I m) {
         return concatenate({ones({n, 2}), ones({m, 2}), ones({n, 2})});
       }},
      {"stack",
       [](T, I n, I) {
         return stack({ones({n, 2}), ones({n, 2})});
       }},
      {"matmul",
       [](T, I n, I m) {
         return matmul(ones({n, 0}), ones({0, m}));
       }},
      {"tensordot",
       [](T, I n, I m) {
         return tensordot(ones({n, 0}), ones({0, m}), 1);
       }},
      {"flatten",
       [](T, I n, I m) {
         return flatten(ones({0, n, m}));
       }},
      {"sum of none",
       [](T, I n, I m) {
         return sum(ones({n, 0, m}), 1);
       }},
      {"take", [](T x, I n, I) { return take(x, zeros({n}, int64)); }},
      {"diag", [](T, I n, I) { return diag(ones({n})); }},
      {"tril",
       [](T, I n, I m) {
         return tril(ones({n, m}));
       }},
      {"unfold",
       [](T, I n, I m) {
         return unfold(ones({0, n, 4, 4}), {m, 1}, {.padding = {n, m}});
       }},
      {"fold",
       [](T, I n, I m) {
         return fold(ones({0, 4, 4}), {n, m}, {2, 2});
       }},
      {"conv2d",
       [](T, I n, I m) {
         return conv2d(ones({0, 1, n, m}), ones({1, 1, 2, 2}), {}, {.padding = {n, m}});
       }},
      {"conv_transpose2d",
       [](T, I n, I m) {
         return conv_transpose2d(ones({0, 1, n, 1}), ones({1, 1, 2, 2}), {}, {.stride = {m, n}});
       }},
      {"max_pool2d",
       [](T, I n, I m) {
         return max_pool2d(ones({0, 1, n, m}), {2, 2}, {.padding = {1, 1}, .dilation = {m, 1}});
       }},
      {"adaptive_avg_pool2d",
       [](T, I n, I m) {
         return adaptive_avg_pool2d(ones({0, 1, n, 3}), {std::min(m, I{1} << 12), 2});  // a table of its size
       }},
      {"upsample_nearest2d",
       [](T x, I n, I m) {
         return upsample_nearest2d(x.reshape({1, 1, 2, 3}), {n, m});
       }},
      {"cumsum",
       [](T, I n, I m) {
         return cumsum(ones({0, n, m}), 1);
       }},
      {"sort",
       [](T, I n, I m) {
         return sort(ones({0, n, m}), 1);
       }},
      {"qr",
       [](T, I n, I m) {
         return qr(ones({0, n, m})).q;
       }},
      {"svd",
       [](T, I n, I m) {
         return svd(ones({0, n, m})).s;
       }},
      {"vmap",
       [](T, I n, I m) { return vmap(TensorFunction([=](const Tensor& t) { return t + ones({m}); }))(ones({n})); }},
      {"einsum",
       [](T, I n, I m) {
         return einsum("i,j->ij", {ones({n}), ones({m})});
       }},
  };
}

}  // namespace

TEST_CASE("tensors of any extents are made, or refused by name with their shape") {
  const test::AddressLimit limit(std::size_t{3} << 30);
  for (const std::vector<std::int64_t>& extents : large_shapes()) {
    for (const NamedCreation& creation : creations()) {
      const std::string name = creation.name;
      INFO(name, ", extents ", text_of(extents));
      const auto call = [&] { return creation.of(Shape(extents)); };
      // An array of a user's own is memory at once, for which there may be some or not.
      const bool in_memory = name == "make_tensor";
      double bytes = 4;
      for (const std::int64_t extent : extents) bytes *= static_cast<double>(extent);
      if (in_memory && bytes > 1e6 && (bytes < 0x1p47 || !test::can_limit_addresses())) continue;
      CHECK(wrong(call) == "");
    }
  }
}

TEST_CASE("what operations make of large numbers has its elements, or is refused") {
  const test::AddressLimit limit(std::size_t{3} << 30);
  const Tensor x = ones({2, 3});
  const std::vector<std::int64_t> extents = large_extents();
  for (const auto& entry : growths()) {
    const auto& name = entry.first;
    const auto& grown = entry.second;
    for (std::size_t i = 0; i < extents.size(); ++i) {
      for (const std::int64_t m :
           {std::int64_t{0}, std::int64_t{1}, std::int64_t{3}, extents[i], extents[(i * 7 + 3) % extents.size()]}) {
        const std::int64_t n = extents[i];
        INFO(std::string(name), " with ", n, " and ", m);
        CHECK(wrong([&] { return grown(x, n, m); }) == "");
      }
    }
  }
}

TEST_CASE("a refused size names the operation and the shape") {
  constexpr std::int64_t huge = std::int64_t{1} << 62;
  const std::vector<std::pair<std::string, std::function<void()>>> refused = {
      {"zeros", [] { zeros({huge}); }},
      {"ones", [] { sum(ones({huge})); }},
      {"full", [] { full({huge}, 1); }},
      {"rand", [] { rand({huge}); }},
      {"randn", [] { randn({huge}); }},
      {"linspace", [] { linspace(0, 1, huge); }},
      {"permutation", [] { permutation(huge); }},
      {"broadcast_to", [] { broadcast_to(tensor(1), {huge}); }},
      {"one_hot", [] { one_hot(zeros({2}, int64), huge); }},
  };
  for (const auto& [name, call] : refused) {
    const std::string text = error_of(call);
    CHECK(text.starts_with(name + ": "));
    CHECK(lacks(text, {"4611686018427387904", "more elements than a tensor may have"}) == "");
  }
  CHECK(lacks(error_of([] {
                zeros({0, huge, huge});
              }),
              {"Shape", "(0, 4611686018427387904, 4611686018427387904)", "64 bits"}) == "");
  CHECK(lacks(error_of([] { eye(huge); }), {"eye: ", "4611686018427387904 rows"}) == "");
}

TEST_CASE("shapes whose extents fit in one order fit in every order") {
  constexpr std::int64_t n = std::int64_t{1} << 40;
  const std::string texts[] = {error_of([] {
                                 Shape{0, n, n};
                               }),
                               error_of([] {
                                 Shape{n, 0, n};
                               }),
                               error_of([] {
                                 Shape{n, n, 0};
                               }),
                               error_of([] {
                                 Shape shape{n, 0};
                                 shape.insert(0, n);
                               }),
                               error_of([] {
                                 Shape shape{n, 0};
                                 shape.push_back(n);
                               })};
  for (const std::string& text : texts) CHECK(lacks(text, {"Shape: ", "64 bits"}) == "");
  CHECK(zeros({0, n}).size() == 0);
  CHECK(error_of([] { eval(zeros({n, 0, 32}) + 1); }) == "no Error");
}

}  // namespace xgrad
