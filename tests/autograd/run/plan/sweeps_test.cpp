#include <doctest/doctest.h>

#include <functional>
#include <random>

#include <autograd/autograd.hpp>
#include <autograd/ops/window_product.hpp>

#include "../../expect.hpp"
#include "../../fusing.hpp"

// Steps that hand large values to each other run part by part, and nobody can tell but by memory and time.
namespace xgrad {
namespace {

using test::difference;
using test::Fusing;
using Program = std::function<std::vector<Tensor>()>;

Tensor drawn(const Shape& shape, DType dtype = float64) {
  static Generator generator(11);
  const Tensor x = randn(shape, dtype, generator);
  eval(x);
  return x;
}

std::vector<Tensor> results(const Program& program, bool fused) {
  const Fusing fusing(fused);
  std::vector<Tensor> values = program();
  eval(values);
  return values;
}

/// "" where a program gives the same fused and node by node, else the first difference.
std::string disagreement(const Program& program, double precision = 1e-12) {
  const std::vector<Tensor> expected = results(program, false), actual = results(program, true);
  if (expected.size() != actual.size()) return "another number of results";
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double scale = 1 + std::sqrt(mean(square(expected[i].to(float64))).item());
    const std::string found = difference(actual[i], expected[i], {.rtol = precision, .atol = precision * scale});
    if (!found.empty()) return "result " + std::to_string(i) + ": " + found;
  }
  return "";
}

/// The lines of explain() that tell of sweeps.
std::vector<std::string> sweeps(const Program& program) {
  const std::string text = explain(program());
  std::vector<std::string> found;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    const std::size_t start = line.find("in ");
    if (line.find(" parts: ") != std::string::npos && start < 10) found.push_back(line.substr(start));
    at = end + 1;
  }
  return found;
}

std::size_t peak_of(const Program& program) {
  results(program, true);
  reset_peak_memory();
  const std::size_t before = memory_stats().live;
  results(program, true);
  return memory_stats().peak - before;
}

bool contains(const std::string& text, std::initializer_list<const char*> pieces) {
  std::size_t at = 0;
  for (const char* piece : pieces) {
    at = text.find(piece, at);
    if (at == std::string::npos) return false;
  }
  return true;
}

Tensor total(const std::vector<Tensor>& tensors) {
  Tensor result = full({}, 0.0, float64);
  for (const Tensor& tensor : tensors) result = result + sum(square(tensor));
  return result;
}

}  // namespace

TEST_CASE("a convolution, its bias and its activation go through memory once, a few images at a time") {
  // In two groups: convolutions in one read the windows where they lie.
  const Tensor x = drawn({33, 8, 20, 20}), weight = drawn({6, 4, 3, 3}), bias = drawn({6});
  const Program layer = [&] { return std::vector<Tensor>{relu(conv2d(x, weight, bias, {.groups = 2}))}; };
  const std::vector<std::string> found = sweeps(layer);
  REQUIRE(found.size() == 1);
  CHECK_MESSAGE(contains(found[0], {"unfold", "matmul", "pass", "add", "copy", "relu"}), found[0]);
  CHECK(disagreement(layer) == "");
  if (fusing()) {
    // The windows alone take 72 * 33 * 18 * 18 * 8 bytes, the result a twelfth of that.
    const std::size_t windows = 72 * 33 * 18 * 18 * 8;
    CHECK(peak_of(layer) < windows / 2);
  }
}

TEST_CASE("a convolution that reads its windows where they lie hands its result on, a few images at a time") {
  if (!ops::window_product_pays(4, 8, {Pair(3), Pair(18), {Pair(1), Pair(0), Pair(1)}}, float64)) return;
  const Tensor x = drawn({66, 4, 20, 20}), weight = drawn({8, 4, 3, 3}), bias = drawn({8});
  const Program layer = [&] { return std::vector<Tensor>{relu(conv2d(x, weight, bias))}; };
  const std::vector<std::string> found = sweeps(layer);
  REQUIRE(found.size() == 1);
  CHECK_MESSAGE(contains(found[0], {"window_product", "pass", "add", "relu"}), found[0]);
  CHECK(disagreement(layer) == "");
}

TEST_CASE("gradients of a convolution unfold the images again instead of keeping the windows") {
  const Tensor x = drawn({40, 8, 20, 20}), weight = drawn({8, 4, 3, 3}), bias = drawn({8});
  const Program training = [&] {
    const Tensor y = relu(conv2d(x, weight, bias, {.groups = 2}));
    std::vector<Tensor> all = gradient(sum(square(y)), {x, weight, bias});
    all.push_back(y);
    return all;
  };
  int unfolding = 0, folding = 0;
  for (const std::string& line : sweeps(training)) {
    unfolding += contains(line, {"unfold", "matmul"}) ? 1 : 0;
    folding += contains(line, {"matmul", "fold"}) && !contains(line, {"unfold"}) ? 1 : 0;
  }
  CHECK(unfolding == 2);
  CHECK(folding == 1);
  CHECK(disagreement(training) == "");
  if (fusing()) CHECK(peak_of(training) < 2 * std::size_t{72 * 40 * 18 * 18 * 8});
}

TEST_CASE("a tape keeps a convolution's images, not their windows, for the gradient") {
  const Tensor x = drawn({33, 4, 20, 20}), weight = drawn({6, 4, 3, 3});
  const Tensor expected = gradient([&](const Tensor& w) { return sum(square(conv2d(x, w))); }, weight);
  eval(expected);
  reset_peak_memory();
  const std::size_t before = memory_stats().live;
  const Tape tape;
  const Tensor y = sum(square(conv2d(x, weight)));
  CHECK(y.item() > 0);
  CHECK(memory_stats().live - before < 36 * 33 * 18 * 18 * 8 / 2);
  CHECK(difference(tape.gradient(y, weight), expected, {.rtol = 1e-11, .atol = 1e-9}) == "");
}

TEST_CASE("convolutions of every kind give the same part by part and as a whole, to second order") {
  struct Kind {
    const char* name;
    Shape x, weight;
    std::function<Tensor(const Tensor&, const Tensor&)> f;
  };
  const Kind kinds[] = {
      {"strides and padding",
       {77, 3, 30, 31},
       {16, 3, 3, 5},
       [](const Tensor& x, const Tensor& w) {
         return conv2d(x, w, {}, {.stride = {1, 2}, .padding = Pair(2, 1)});
       }},
      {"dilation",
       {61, 4, 25, 25},
       {8, 4, 3, 3},
       [](const Tensor& x, const Tensor& w) { return conv2d(x, w, {}, {.dilation = 2}); }},
      {"groups",
       {24, 6, 22, 22},
       {8, 3, 3, 3},
       [](const Tensor& x, const Tensor& w) { return conv2d(x, w, {}, {.groups = 2}); }},
      {"1 x 1", {32, 16, 24, 24}, {16, 16, 1, 1}, [](const Tensor& x, const Tensor& w) { return conv2d(x, w); }},
      {"transposed",
       {20, 6, 16, 16},
       {6, 4, 3, 3},
       [](const Tensor& x, const Tensor& w) { return conv_transpose2d(x, w, {}, {.stride = 2}); }},
      {"with pooling", {24, 4, 24, 24}, {6, 4, 3, 3}, [](const Tensor& x, const Tensor& w) {
         return max_pool2d(tanh(conv2d(x, w)), 2);
       }}};
  for (const Kind& kind : kinds) {
    CAPTURE(kind.name);
    const Tensor x = drawn(kind.x) * 0.5, weight = drawn(kind.weight) * 0.3;
    eval({x, weight});
    const Program program = [&] {
      const Tensor y = tanh(kind.f(x, weight));
      const std::vector<Tensor> first = gradient(sum(square(y)), {x, weight});
      std::vector<Tensor> all = gradient(total(first), {x, weight});
      all.insert(all.end(), first.begin(), first.end());
      all.push_back(y);
      return all;
    };
    CHECK(!sweeps(program).empty());
    CHECK(disagreement(program, 1e-11) == "");
  }
}

TEST_CASE("layers applied to many examples hand on parts, and keep what someone holds") {
  const Tensor x = drawn({20011, 24}), w1 = drawn({24, 30}), b1 = drawn({30}), w2 = drawn({30, 20}), b2 = drawn({20});
  const Program plain = [&] { return std::vector<Tensor>{softmax(matmul(tanh(matmul(x, w1) + b1), w2) + b2, 1)}; };
  const std::vector<std::string> found = sweeps(plain);
  REQUIRE(found.size() == 1);
  CHECK_MESSAGE(contains(found[0], {"matmul", "tanh", "matmul"}), found[0]);
  CHECK(disagreement(plain) == "");
  if (fusing()) CHECK(peak_of(plain) < 20011 * (20 + 20) * sizeof(double));
  const Program held = [&] {
    const Tensor hidden = tanh(matmul(x, w1) + b1);
    return std::vector<Tensor>{matmul(hidden, w2) + b2, hidden};
  };
  CHECK(disagreement(held) == "");
  const Program summed = [&] {
    const Tensor hidden = tanh(matmul(x, w1) + b1);
    return std::vector<Tensor>{matmul(hidden.T(), hidden), sum(hidden, 0), matmul(hidden, w2) + mean(hidden)};
  };
  CHECK(disagreement(summed) == "");
}

TEST_CASE("sums over parts are the same for any number of threads") {
  const Tensor x = drawn({61, 4, 20, 20}, float32), weight = drawn({8, 4, 3, 3}, float32), bias = drawn({8}, float32);
  const Program training = [&] { return gradient(sum(square(relu(conv2d(x, weight, bias)))), {x, weight, bias}); };
  const int before = num_threads();
  set_num_threads(1);
  const std::vector<Tensor> once = results(training, true);
  for (const int threads : {2, 4}) {
    set_num_threads(threads);
    const std::vector<Tensor> again = results(training, true);
    for (std::size_t i = 0; i < once.size(); ++i) CHECK(difference(again[i], once[i]) == "");
  }
  set_num_threads(before);
}

namespace {

/// softmax(q k^T) v of (..., L, E), which a derivative computes again.
Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v) {
  return checkpoint(
      [](const std::vector<Tensor>& in) {
        const Tensor scores = matmul(in[0], swapaxes(in[1], -1, -2)) * 0.3;
        const Tensor row = broadcast_to(expand_dims(arange(scores.size(-2)), 1), [&] {
          Shape shape = scores.shape();
          shape[shape.rank() - 1] = 1;
          return shape;
        }());
        return matmul(softmax(where(less_equal(arange(scores.size(-1)), row), scores, -1e9)), in[2]);
      },
      {q, k, v});
}

}  // namespace

TEST_CASE("attention and its gradient run in tiles, so that its weights are never whole") {
  struct Case {
    const char* name;
    Shape shape;
    bool by_heads;  ///< whether parts lie within a head
  };
  // Rows of 5,000 are longer than a pass keeps whole, so the softmax is several passes.
  const Case cases[] = {{"one head", {1, 1024, 16}, false},
                        {"some heads, in which rows are cut", {3, 1024, 16}, true},
                        {"many heads, none of which is cut", {12, 300, 16}, false},
                        {"long rows", {1, 5000, 8}, false}};
  for (const Case& one : cases) {
    CAPTURE(one.name);
    const Tensor q = drawn(one.shape), k = drawn(one.shape), v = drawn(one.shape);
    const Program forward = [&] { return std::vector<Tensor>{attention(q, k, v)}; };
    const Program training = [&] {
      const Tape tape;
      const Tensor y = attention(q, k, v);
      std::vector<Tensor> all = tape.gradient(sum(square(y)), {q, k, v});
      all.push_back(y);
      return all;
    };
    std::vector<std::string> found = sweeps(forward);
    REQUIRE(found.size() == 1);
    CHECK_MESSAGE(contains(found[0], {"matmul", "exp", "matmul"}), found[0]);
    const int parts = std::stoi(found[0].substr(3));
    CHECK((parts % static_cast<int>(one.shape[0]) == 0 && parts > one.shape[0]) == (one.by_heads || one.shape[0] == 1));
    found = sweeps(training);
    CHECK(found.size() == 2);
    CHECK_MESSAGE(contains(found[1], {"matmul", "exp", "matmul", "matmul", "matmul", "matmul"}), found[1]);
    CHECK(disagreement(forward) == "");
    CHECK(disagreement(training, 1e-11) == "");
    if (!fusing() || one.shape[0] > 3) continue;
    const auto weights = static_cast<std::size_t>(one.shape[0] * one.shape[1] * one.shape[1]) * sizeof(double);
    CHECK(peak_of(forward) < weights / 2);
    CHECK(peak_of(training) < 3 * weights / 2);
  }
}

TEST_CASE("the masks of dropout and of causal attention are never whole, and the drawn numbers are the same") {
  // Rows of 1025 numbers begin in the middle of a block of the generator.
  for (const std::int64_t keys : {1024, 1025}) {
    CAPTURE(keys);
    const Tensor q = drawn({4, 1024, 16}), k = drawn({4, keys, 16}), v = drawn({4, keys, 16});
    const Program training = [&] {
      manual_seed(7);
      const Tape tape;
      const Tensor y = scaled_dot_product_attention(q, k, v, {.dropout_p = 0.25, .is_causal = true});
      std::vector<Tensor> all = tape.gradient(sum(square(y)), {q, k, v});
      all.push_back(y);
      return all;
    };
    const std::vector<std::string> found = sweeps(training);
    REQUIRE(found.size() == 2);
    for (const std::string& sweep : found) CHECK_MESSAGE(contains(sweep, {"random_bernoulli", "less_equal"}), sweep);
    CHECK(disagreement(training, 1e-11) == "");
    if (fusing()) CHECK(peak_of(training) < static_cast<std::size_t>(4 * 1024 * keys) * sizeof(double) / 2);
  }
}

TEST_CASE("numbers drawn part by part are those drawn as a whole") {
  const Tensor bank = drawn({300, 5});
  const auto draws = [&](auto draw) {
    const Program program = [&] {
      manual_seed(3);
      return std::vector<Tensor>{matmul(square(draw(Shape{5, 997, 300}) + 0.25), bank)};
    };
    if (sweeps(program).empty()) return std::string("it does not run in parts");
    return disagreement(program);
  };
  CHECK(draws([](const Shape& shape) { return rand(shape, float64); }) == "");
  CHECK(draws([](const Shape& shape) { return rand(shape, float32).to(float64); }) == "");
  CHECK(draws([](const Shape& shape) { return randn(shape, float64); }) == "");
  CHECK(draws([](const Shape& shape) { return truncated_normal(shape, {}, float64); }) == "");
  CHECK(draws([](const Shape& shape) { return randint(-3, 7, shape).to(float64); }) == "");
  CHECK(draws([](const Shape& shape) { return bernoulli(0.3, shape, float64); }) == "");
}

TEST_CASE("a value that repeats along long rows is copied once for each row") {
  const Tensor x = drawn({16, 64, 400}), scale = drawn({64, 1});
  const Program program = [&] { return std::vector<Tensor>{tanh(x * scale)}; };
  CHECK(disagreement(program) == "");
  if (fusing()) CHECK(peak_of(program) < static_cast<std::size_t>(x.size()) * sizeof(double) * 3 / 2);
}

TEST_CASE("attention in tiles gives the same bits for any number of threads") {
  const Tensor q = drawn({3, 1024, 16}, float32), k = drawn({3, 1024, 16}, float32), v = drawn({3, 1024, 16}, float32);
  const Tensor one = drawn({1, 1600, 16}, float32);
  const Program training = [&] {
    const Tape tape;
    std::vector<Tensor> all = tape.gradient(sum(square(attention(q, k, v))), {q, k, v});
    all.push_back(tape.gradient(sum(square(attention(one, one, one))), one));
    return all;
  };
  const int before = num_threads();
  set_num_threads(1);
  const std::vector<Tensor> once = results(training, true);
  for (const int threads : {2, 4}) {
    set_num_threads(threads);
    const std::vector<Tensor> again = results(training, true);
    for (std::size_t i = 0; i < once.size(); ++i) CHECK(difference(again[i], once[i]) == "");
  }
  set_num_threads(before);
}

TEST_CASE("small programs, and those whose weights are larger than what would be handed on, stay as they are") {
  const Tensor x = drawn({8, 3, 10, 10}), weight = drawn({4, 3, 3, 3});
  CHECK(sweeps([&] { return std::vector<Tensor>{relu(conv2d(x, weight))}; }).empty());
  const Tensor batch = drawn({300, 700}), large = drawn({700, 700});
  CHECK(sweeps([&] { return std::vector<Tensor>{tanh(matmul(batch, large))}; }).empty());
}

namespace {

/// A program on large matrices and images, drawn from a seed: what runs in parts meets what does not.
std::vector<Tensor> random_program(unsigned seed, const std::vector<Tensor>& inputs, bool second_order) {
  std::mt19937 random(seed);
  const auto below = [&](std::size_t count) { return random() % count; };
  Tensor x = inputs[0];  // (rows, 16)
  std::vector<Tensor> kept, matrices;
  for (int step = 0; step < 8; ++step) {
    const std::int64_t rows = x.size(0);
    switch (below(10)) {
      case 0:
      case 1:
        x = tanh(matmul(x, inputs[1 + below(2)]) * 0.3);
        break;
      case 2:
        x = x + inputs[3];
        break;
      case 3:
        x = x * slice(inputs[4], 0, 0, rows);
        break;
      case 4:
        x = relu(x) - 0.1 * x;
        break;
      case 5:
        x = softmax(x, 1) + x;
        break;
      case 6:
        x = tanh(sum(matmul(swapaxes(x, 0, 1), matmul(x, inputs[1]) * 0.01)) * 1e-3 + x);
        break;
      case 7:
        x = x - mean(x, below(2) == 0 ? 0 : 1, {.keepdims = true});
        break;
      case 8: {
        // As (rows / 64) images of 4 channels and 16 x 16, convolved.
        const Tensor images = x.reshape({rows / 64, 4, 16, 16});
        x = tanh(conv2d(images, inputs[5], {}, {.padding = 1})).reshape({rows, 16});
        break;
      }
      case 9:
        x = swapaxes(swapaxes(x, 0, 1) * 0.7, 0, 1);
        break;
    }
    if (below(6) == 0) kept.push_back(x);
    if (below(6) == 0) matrices.push_back(mean(x, static_cast<int>(below(2))));
  }
  std::vector<Tensor> all = gradient(sum(square(x)) * 0.01, inputs, {.materialize_grads = true});
  if (second_order) {
    const std::vector<Tensor> again = gradient(total(all), inputs, {.materialize_grads = true});
    all.insert(all.end(), again.begin(), again.end());
  }
  all.insert(all.end(), kept.begin(), kept.end());
  all.insert(all.end(), matrices.begin(), matrices.end());
  all.push_back(x);
  return all;
}

}  // namespace

TEST_CASE("random programs on large arrays give the same values planned and node by node") {
  const std::int64_t rows = 64 * 139;
  const std::vector<Tensor> inputs = {drawn({rows, 16}), drawn({16, 16}),      drawn({16, 16}),
                                      drawn({16}),       drawn({rows + 3, 1}), drawn({4, 4, 3, 3})};
  std::size_t in_parts = 0;
  for (unsigned seed = 0; seed < 40; ++seed) {
    INFO("seed ", seed);
    const Program program = [&] { return random_program(seed, inputs, seed % 4 == 0); };
    in_parts += sweeps(program).size();
    CHECK(disagreement(program, 1e-11) == "");
  }
  CHECK(in_parts > 40);
}

}  // namespace xgrad
