#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <autograd/autograd.hpp>
#include <autograd/fingerprint.hpp>
#include <autograd/recorder.hpp>
#include <autograd/run/plan/pieces.hpp>
#include <autograd/run/run.hpp>
#include <nn/nn.hpp>

#include "../autograd/fusing.hpp"
#include "../autograd/kernel/instruction_sets.hpp"
#include "../autograd/random_program.hpp"
#include "../autograd/way.hpp"
#include "test_data.hpp"

// What the planner decides for many programs, beside what is written down in plans.txt: the plans of layers and
// networks as explain() prints them, those of random programs as a number of their text. A change of the planner that
// means to change them writes them anew, and shows in the difference what it does:
//
//   XGRAD_WRITE_PLANS=1 build/release/tests/test_nn --source-file=*/plans_test*
namespace xgrad {
namespace {

/// A program as the tensors that it leaves to be computed.
struct Program {
  std::string name;
  std::function<std::vector<Tensor>()> record;
};

/// Zeros that have their value.
Tensor data(const Shape& shape, DType dtype = float32) {
  Tensor x = zeros(shape, dtype);
  eval(x);
  return x;
}

Tensor labels(std::int64_t count) { return data({count}, int64); }

/// The loss of a model on some images and labels, and its gradients.
std::vector<Tensor> training_step(const nn::Module& model, const Shape& images) {
  const Tensor x = data(images), y = labels(images[0]);
  const Tape tape;
  const Tensor loss = nn::cross_entropy(model(x), y);
  std::vector<Tensor> all = tape.gradient(loss, model.parameters());
  all.push_back(loss);
  return all;
}

/// The values of f and its gradients for all inputs.
std::vector<Tensor> with_gradients(const std::vector<Tensor>& inputs,
                                   const std::function<Tensor(const std::vector<Tensor>&)>& f) {
  const Tape tape;
  const Tensor y = f(inputs);
  std::vector<Tensor> all = tape.gradient(sum(square(y)), inputs);
  all.push_back(y);
  return all;
}

nn::Sequential deep(std::int64_t width, bool normalized) {
  nn::Sequential model;
  std::int64_t in = 784;
  for (int layer = 0; layer < 3; ++layer) {
    model.push_back(nn::Linear(in, width));
    if (normalized) model.push_back(nn::BatchNorm1d(width));
    model.push_back(nn::Tanh());
    in = width;
  }
  model.push_back(nn::Linear(in, 10));
  return model;
}

std::vector<Program> programs() {
  std::vector<Program> all;
  const auto add = [&](std::string name, std::function<std::vector<Tensor>()> record) {
    all.push_back({std::move(name), std::move(record)});
  };
  add("tanh network with batch normalization, batch 60", [] { return training_step(deep(100, true), {60, 784}); });
  add("tanh network, batch 60", [] { return training_step(deep(100, false), {60, 784}); });
  add("wide network, batch 128", [] { return training_step(deep(1024, false), {128, 784}); });
  add("convolutions with batch normalization and pooling, batch 16", [] {
    const nn::Sequential model{nn::Conv2d(1, 8, 3, {.padding = 1}),
                               nn::BatchNorm2d(8),
                               nn::ReLU(),
                               nn::MaxPool2d(2),
                               nn::Conv2d(8, 16, 3),
                               nn::ReLU(),
                               nn::Flatten(),
                               nn::Linear(16 * 12 * 12, 10)};
    return training_step(model, {16, 1, 28, 28});
  });
  add("convolutions answer one image", [] {
    nn::Sequential model{
        nn::Conv2d(1, 8, 5, {.stride = 2}), nn::BatchNorm2d(8), nn::ReLU(), nn::Dropout(0.5), nn::Flatten(),
        nn::Linear(8 * 12 * 12, 10)};
    model.eval();
    return std::vector<Tensor>{model(data({1, 1, 28, 28}))};
  });
  for (const int kernel : {1, 3, 5})
    add(fmt::format("convolution {0} x {0} of 64 images", kernel), [=] {
      return with_gradients({data({64, 16, 28, 28}), data({32, 16, kernel, kernel}), data({32})},
                            [](const auto& in) { return relu(conv2d(in[0], in[1], in[2])); });
    });
  add("convolution in groups", [] {
    return with_gradients({data({8, 16, 20, 20}), data({16, 1, 3, 3})},
                          [](const auto& in) { return conv2d(in[0], in[1], {}, {.groups = 16}); });
  });
  add("transposed convolution", [] {
    return with_gradients({data({16, 32, 14, 14}), data({32, 16, 4, 4})}, [](const auto& in) {
      return conv_transpose2d(in[0], in[1], {}, {.stride = 2, .padding = 1});
    });
  });
  add("LSTM over 5 steps", [] {
    const nn::LSTM model(12, 16);
    const Tensor x = data({5, 4, 12});
    const Tape tape;
    const Tensor y = sum(square(model(x)));
    return tape.gradient(y, model.parameters());
  });
  add("transformer layer", [] {
    const nn::TransformerEncoderLayer model(32, 4, {.dim_feedforward = 64, .dropout = 0});
    const Tensor x = data({10, 4, 32});
    const Tape tape;
    const Tensor y = sum(square(model(x)));
    return tape.gradient(y, model.parameters());
  });
  for (const std::int64_t length : {64, 512, 2048})
    add(fmt::format("attention over {}", length), [=] {
      const Shape shape{2, length, 64};
      return with_gradients({data(shape), data(shape), data(shape)}, [](const auto& in) {
        return scaled_dot_product_attention(in[0], in[1], in[2], {.is_causal = true});
      });
    });
  for (const Shape& shape : {Shape{64, 256}, Shape{1000, 1000}})
    add(fmt::format("normalizations of {}", to_string(shape)), [=] {
      const nn::LayerNorm over_features(shape[1]);
      const nn::BatchNorm1d over_batch(shape[1]);
      return with_gradients({data(shape)}, [&](const auto& in) { return over_features(over_batch(in[0])); });
    });
  add("softmax cross-entropy", [] {
    return with_gradients({data({512, 1000})}, [](const auto& in) { return nn::cross_entropy(in[0], labels(512)); });
  });
  add("embedding and its transpose", [] {
    const nn::Embedding table(2000, 32);
    const Tape tape;
    const Tensor y = nn::cross_entropy(matmul(table(labels(64)), table.weight.T()), labels(64));
    return tape.gradient(y, table.parameters());
  });
  add("gradient of a gradient", [] {
    const std::vector<Tensor> in{data({20, 6}), data({6, 8}), data({8, 3})};
    const Tape tape;
    const Tensor y = sum(square(matmul(tanh(matmul(in[0], in[1])), in[2])));
    const std::vector<Tensor> first = tape.gradient(y, in);
    return tape.gradient(sum(square(first[1])), in);
  });
  add("checkpoints", [] {
    return with_gradients({data({64, 64})}, [](const auto& in) {
      Tensor y = in[0];
      for (int i = 0; i < 3; ++i) y = checkpoint([](const Tensor& x) { return tanh(matmul(sigmoid(x), x)); }, y);
      return y;
    });
  });
  add("Jacobian by vmap", [] {
    return std::vector<Tensor>{jacobian([](const Tensor& x) { return tanh(matmul(x, x.T())); }, data({4, 3}))};
  });
  // At the sizes where decisions turn.
  for (const std::int64_t size : {4095, 4096, 4097, 32767, 32768, 32769, 65535, 65536, 65537, 262144, 1048576})
    add(fmt::format("chain over {}", size), [=] {
      return with_gradients({data({size})}, [](const auto& in) {
        const Tensor y = exp(in[0] * 0.5 + 1);
        return y / sum(y) + mean(y) * in[0];
      });
    });
  for (const Shape& shape : {Shape{16, 4096}, Shape{16, 4097}, Shape{4096, 16}, Shape{255, 257}, Shape{1024, 64},
                             Shape{65536, 1}, Shape{1, 65536}, Shape{3, 7, 11, 300}})
    add(fmt::format("reductions of {}", to_string(shape)), [=] {
      const Tensor x = data(shape), rows = exp(x) * 2 + 1;
      const Tensor centred = rows - mean(rows, 0, {.keepdims = true});
      return std::vector<Tensor>{sum(square(centred), 0), max(rows, -1), softmax(rows, -1),
                                 centred / sqrt(mean(square(centred), -1, {.keepdims = true}) + 1e-5), sum(rows)};
    });
  for (const std::int64_t n : {3, 64, 300})
    add(fmt::format("views and copies of {0} x {0}", n), [=] {
      const Tensor x = data({n, n}), y = data({n, 1});
      const Tensor t = tanh(x).T() + y, joined = concatenate({t, x * 2, x}, 1);
      return std::vector<Tensor>{slice(joined, 1, 1, n + 1) * y,
                                 matmul(t, joined),
                                 joined.reshape({-1, n}) + t[0],
                                 broadcast_to(y, {n, n}) + t,
                                 sum(joined.T() * 3, 1),
                                 cast(t > 0, int64),
                                 cumsum(t, 0)};
    });
  add("sums of products", [] {
    const Tensor a = data({64, 64}), b = data({64, 64});
    Tensor total = matmul(a, b) + exp(a);
    for (int i = 0; i < 4; ++i) total = total + matmul(total, b * i);
    return std::vector<Tensor>{total};
  });
  add("a long chain of matrices", [] {
    Tensor x = data({8, 8});
    for (int i = 0; i < 1500; ++i) x = tanh(matmul(x, x)) + 0.5;
    return std::vector<Tensor>{x};
  });
  for (const int length : {1023, 1024, 1025, 2100})
    add(fmt::format("a chain of {} operations", length), [=] {
      Tensor x = data({100});
      for (int i = 0; i < length; ++i) x = i % 2 == 0 ? x + 1 : tanh(x);
      return std::vector<Tensor>{x};
    });
  for (const int times : {2, 3, 4, 5, 6, 8})
    add(fmt::format("a body that is repeated {} times", times), [=] {
      Tensor x = data({16, 16}), state = data({16, 16});
      const Tensor w = data({16, 16});
      for (int i = 0; i < times; ++i) {
        state = tanh(matmul(x, w) + state) * sigmoid(matmul(state, w)) + 0.1;
        x = x * 0.5 + relu(matmul(state, w) - x);
      }
      return std::vector<Tensor>{x, state};
    });
  for (const std::int64_t rows : {511, 512, 513, 1024})
    add(fmt::format("products of {} rows handed on", rows), [=] {
      const Tensor a = data({rows, 64}), b = data({64, 512}), c = data({512, 64});
      return std::vector<Tensor>{matmul(relu(matmul(a, b) + 1), c)};
    });
  for (const int readers : {8, 31, 32, 33, 34})
    add(fmt::format("a value with {} readers", readers), [=] {
      const Tensor x = relu(matmul(data({300, 40}), data({40, 1000})));
      std::vector<Tensor> sums;
      for (int i = 0; i < readers; ++i) sums.push_back(sum(x * i + 1, i % 2));
      return sums;
    });
  for (const std::int64_t repeats : {31, 32, 33})
    add(fmt::format("a value repeated {} times along rows", repeats), [=] {
      return std::vector<Tensor>{data({20, 5, 1}) * 2 + data({20, 5, repeats}).T().T() + data({1, 5, 1})};
    });
  add("drawn numbers", [] {
    manual_seed(1);
    const Tensor x = data({256, 512});
    return std::vector<Tensor>{nn::dropout(x, {.p = 0.3}) * x, sum(randn({256, 512}) * x, 0)};
  });
  add("dtypes", [] {
    const Tensor x = data({100, 30}, bfloat16), n = data({100, 30}, int64);
    return std::vector<Tensor>{matmul(x, x.T()), sum(x * n.to(float64), 0), where(n > 2, x, 0), (n + 1) * n};
  });
  add("decompositions", [] {
    const Tensor a = data({12, 12}) + 1;
    return std::vector<Tensor>{sum(solve(a, a * 2)), det(a), sum(sort(a, 1)), irfft(rfft(a))};
  });
  return all;
}

std::uint64_t number_of(const std::string& text) { return Fingerprint().add(text).value(); }

/// The plan of a random program of so many operations and its gradients, as a number.
std::uint64_t random_plan(unsigned seed, int operations) {
  constexpr std::int64_t extents[][2] = {{3, 4},     {17, 33},   {64, 100},  {5, 1},     {1, 300},
                                         {16, 4096}, {256, 256}, {255, 257}, {1024, 80}, {300, 300}};
  const auto& [rows, columns] = extents[seed % std::size(extents)];
  test::RandomProgram program(seed, rows, columns);
  const std::vector<Tensor> inputs = program.inputs(float32);
  const Tape tape;
  std::vector<Tensor> results = program(inputs, operations);
  const Tensor y = sum(tanh(results.back())) + mean(results[program.below(results.size())]);
  const std::vector<Tensor> gradients = tape.gradient(y, inputs, {.materialize_grads = true});
  std::vector<Tensor> wanted = {results[program.below(results.size())], y};
  wanted.insert(wanted.end(), gradients.begin(), gradients.end());
  return number_of(explain(wanted));
}

/// Where what is needed for some tensors is cut.
std::string pieces_of(const std::vector<Tensor>& wanted) {
  Recorder& list = recorder();
  const ListGuard guard(list);
  run::Needed needed(list, wanted);
  const run::Pieces pieces = run::pieces_of(needed);
  Fingerprint ends;
  for (const std::size_t end : pieces.ends) ends.add(std::uint64_t{end});
  return fmt::format("{} nodes in {} pieces{}{} {:016x}", needed.count(), pieces.ends.size(),
                     pieces.repeats ? ", repeats" : "", pieces.alone ? ", alone" : "", ends.value());
}

/// Where a random long program is cut: stretches of operations on values of several sizes, most of which are repeated,
/// and some of whose results are read much later.
std::string random_pieces(unsigned seed) {
  std::mt19937 random(seed);
  const auto below = [&](std::size_t count) { return random() % count; };
  constexpr std::int64_t extents[] = {4, 100, 3000, 8192, 65535, 65536, 300000};
  const Tensor x = data({extents[below(std::size(extents))]}), small = data({4, 4});
  const auto step = [&](const Tensor& y, std::size_t kind) -> Tensor {
    switch (kind) {
      case 0:
        return tanh(y);
      case 1:
        return y * 0.5;
      case 2:
        return y + x;
      case 3:
        return y - mean(y);
      case 4:
        return y + sum(matmul(small, small));
      case 5:
        return maximum(y, 0.1);
      default:
        return reshape(reshape(y, {1, -1}) + 1, {-1});
    }
  };
  constexpr std::size_t evenly[] = {0, 1, 2, 5};
  const bool even = seed % 4 == 3;  // values of one size
  const Tape waiting;               // what is long waits
  Tensor y = x;
  std::vector<Tensor> kept;
  for (std::size_t stretches = 2 + below(5); stretches > 0; --stretches) {
    std::vector<std::size_t> body(1 + below(below(3) == 0 ? 300 : 30));
    for (std::size_t& kind : body) kind = even ? evenly[below(std::size(evenly))] : below(7);
    for (std::size_t times = below(3) == 0 ? 1 : 1 + below(50); times > 0; --times)
      for (const std::size_t kind : body) y = step(y, kind);
    if (below(2) == 0) kept.push_back(y);
    if (below(3) == 0 && !kept.empty()) y = y + kept[below(kept.size())];
  }
  kept.push_back(y);
  return pieces_of(kept);
}

/// Where programs of few nodes and bodies are cut, with pieces of at most 24 nodes.
std::string short_pieces(std::int64_t extent, int nodes, int times) {
  const Tensor x = data({extent});
  const Tape waiting;
  Tensor y = x;
  for (int i = 0; i < times; ++i) {
    std::mt19937 random(1);
    for (int k = 0; k < nodes; ++k) y = random() % 3 == 0 ? tanh(y) : random() % 3 == 0 ? y + x : y * 0.5;
  }
  const test::Way short_ones(fusing(), planning(), compiling(), {.whole = 24, .piece = 24});
  return pieces_of({y});
}

/// A plan as it is written down: a long one as its first line and a number.
std::string section(const std::string& name, const std::string& plan) {
  constexpr std::ptrdiff_t most_lines = 300;
  if (std::ranges::count(plan, '\n') <= most_lines) return fmt::format("== {}\n{}", name, plan);
  return fmt::format("== {}\n{}\n{:016x}\n", name, plan.substr(0, plan.find('\n')), number_of(plan));
}

/// All plans, one section after the other.
std::vector<std::string> sections() {
  std::vector<std::string> all;
  set_num_threads(1);
  for (const Program& program : programs()) all.push_back(section(program.name, explain(program.record())));
  const auto add_random = [&](unsigned seed, int operations) {
    all.push_back(fmt::format("== random program {} of {} operations: {:016x}\n", seed, operations,
                              random_plan(seed, operations)));
  };
  for (unsigned seed = 0; seed < 400; ++seed) add_random(seed, 10);
  for (unsigned seed = 0; seed < 100; ++seed) add_random(seed, 60);
  // Of thousands, those where a pass over rows goes to an earlier one that it reads.
  add_random(1212, 10);
  add_random(1186, 30);
  add_random(1004, 60);
  for (unsigned seed = 0; seed < 200; ++seed)
    all.push_back(fmt::format("== random long program {}: {}\n", seed, random_pieces(seed)));
  for (const std::int64_t extent : {4, 8192, 65536})
    for (const int nodes : {1, 8, 11, 12, 13, 23, 24, 25, 26, 47, 48, 49, 100})
      for (const int times : {1, 2, 3, 4, 9})
        all.push_back(
            fmt::format("== {} times {} nodes on {}: {}\n", times, nodes, extent, short_pieces(extent, nodes, times)));
  // With helpers little changes: that much is told by a number.
  set_num_threads(2);
  for (const Program& program : programs())
    all.push_back(fmt::format("== two threads, {}: {:016x}\n", program.name, number_of(explain(program.record()))));
  return all;
}

}  // namespace

TEST_CASE("plans are those that are written down") {
#ifdef __clang__
  MESSAGE("skipped: Clang evaluates operands in another order than g++, and so records other programs");
  return;
#endif
  if (!test::has_own_products()) {
    MESSAGE("skipped: without AVX2 convolutions go other ways than those that are written down");
    return;
  }
  const std::string path = std::string(test::test_data) + "/nn/plans.txt";
  const test::Fusing fusing(true);
  const int threads = num_threads();
  const std::vector<std::string> found = sections();
  set_num_threads(threads);
  if (std::getenv("XGRAD_WRITE_PLANS")) {
    std::ofstream file(path);
    for (const std::string& section : found) file << section;
    REQUIRE(file.flush());
  }
  std::ifstream file(path);
  REQUIRE(file.is_open());
  std::stringstream text;
  text << file.rdbuf();
  std::vector<std::string> written;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("== ")) written.emplace_back();
    REQUIRE_FALSE(written.empty());
    written.back() += line + "\n";
  }
  REQUIRE(found.size() == written.size());
  for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i] == written[i]);
}

}  // namespace xgrad
