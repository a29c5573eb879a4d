#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

#include <autograd/differentiate/gradcheck.hpp>
#include <nn/nn.hpp>
#include <nn/optim/sgd.hpp>

#include "../autograd/expect.hpp"

// Given weights, limits of their rows and scaled gradients. Numbers with ten digits are PyTorch 1.13's.
namespace xgrad::nn {
namespace {

using test::difference;
using test::error_of;
using test::f64;
using test::i64;
using test::lacks;
using test::Tolerance;

constexpr Tolerance digits{.rtol = 0, .atol = 1e-10};

Tensor table() { return f64({{3, 4}, {0.6, 0.8}, {-1, 2}, {5, 12}}); }

}  // namespace

TEST_CASE("a given weight is a buffer, or a parameter if it is not frozen") {
  const Embedding frozen = Embedding::from_pretrained(table());
  CHECK(frozen.parameters().empty());
  CHECK(state_dict(frozen).size() == 1);
  CHECK(state_dict(frozen)[0].first == "weight");
  CHECK(difference(frozen(i64({3, 0})), f64({{5, 12}, {3, 4}})) == "");
  const Embedding trained = Embedding::from_pretrained(table(), {.freeze = false, .padding_idx = -4});
  CHECK(trained.parameters().size() == 1);
  CHECK(difference(trained.weight, table()) == "");  // the padding row, too
  const Tape tape;
  CHECK(difference(tape.gradient(sum(trained(i64({0, 1, 1}))), trained.weight), {{0, 0}, {2, 2}, {0, 0}, {0, 0}}) ==
        "");
  const EmbeddingBag bag = EmbeddingBag::from_pretrained(table(), {.mode = BagMode::sum});
  CHECK(bag.parameters().empty());
  CHECK(difference(bag(i64({{0, 2}})), f64({{2, 6}})) == "");
  CHECK(EmbeddingBag::from_pretrained(table(), {.freeze = false}).parameters().size() == 1);
}

TEST_CASE("rows that are looked up are scaled to max_norm, in the weight as well") {
  const Tensor factors = f64({{1, 2}, {3, -1}, {0.5, 4}, {2, 2}}), x = i64({0, 2, 0, 1});
  const auto check = [&](double norm_type, const Tensor& limited) {
    const Embedding layer =
        Embedding::from_pretrained(table(), {.freeze = false, .max_norm = 1.5, .norm_type = norm_type});
    const Tape tape;
    const Tensor y = layer(x);
    CHECK(difference(y, take(limited, x), digits) == "");
    CHECK(difference(layer.weight, limited, digits) == "");
    // The gradient is that in the scaled rows.
    CHECK(difference(tape.gradient(sum(y * factors), layer.weight), f64({{1.5, 6}, {2, 2}, {3, -1}, {0, 0}})) == "");
  };
  check(2, f64({{0.8999999820, 1.1999999760}, {0.6, 0.8}, {-0.6708203632, 1.3416407265}, {5, 12}}));
  check(1, f64({{0.6428571337, 0.8571428449}, {0.6, 0.8}, {-0.4999999833, 0.9999999667}, {5, 12}}));
  check(std::numeric_limits<double>::infinity(),
        f64({{1.125 / (1 + 2.5e-8), 1.5 / (1 + 2.5e-8)}, {0.6, 0.8}, {-0.75 / (1 + 5e-8), 1.5 / (1 + 5e-8)}, {5, 12}}));
}

TEST_CASE("evaluation limits rows and leaves the weight as it is") {
  Embedding layer = Embedding::from_pretrained(table(), {.max_norm = 2.5});
  layer.eval();
  CHECK(difference(layer(i64({0})), f64({{1.5, 2}}), {.rtol = 1e-7}) == "");
  CHECK(difference(layer.weight, table()) == "");
}

TEST_CASE("two calls before a step have the gradients of one weight") {
  const Embedding layer = Embedding::from_pretrained(table(), {.freeze = false, .max_norm = 2.5});
  const Embedding copy = layer;
  const Tape tape;
  const Tensor first = layer(i64({0})), second = copy(i64({3, 0}));
  CHECK(difference(second, f64({{12.5 / 13, 30.0 / 13}, {1.5, 2}}), {.rtol = 1e-7}) == "");
  CHECK(difference(tape.gradient(sum(first) + 10 * sum(second), layer.weight),
                   f64({{11, 11}, {0, 0}, {0, 0}, {10, 10}})) == "");
}

TEST_CASE("a step goes on from the scaled rows") {
  const Embedding layer = Embedding::from_pretrained(table(), {.freeze = false, .max_norm = 2.5});
  optim::SGD sgd(layer.parameters(), {.lr = 0.5});
  for (int i = 0; i < 2; ++i) {
    const Tape tape;
    sgd.step(tape.gradient(sum(layer(i64({0}))), layer.parameters()));
  }
  // (3, 4) becomes (1.5, 2), less 0.5 each; (1, 1.5) is short enough and loses another 0.5.
  CHECK(difference(layer.weight, f64({{0.5, 1}, {0.6, 0.8}, {-1, 2}, {5, 12}}), {.rtol = 1e-6}) == "");
}

TEST_CASE("a limited lookup has the gradient of the row in functions of the weight, too") {
  const Embedding layer = Embedding::from_pretrained(table(), {.freeze = false, .max_norm = 2.5});
  const auto f = [&](const Tensor& weight) {
    return sum(functional_call(layer, {{"weight", weight}}, i64({0, 3})) * f64({{1, 2}, {3, 4}}));
  };
  CHECK(difference(gradient(f, table()), f64({{1, 2}, {0, 0}, {0, 0}, {3, 4}})) == "");
}

TEST_CASE("gradients are divided by how often an index occurs") {
  const Embedding layer =
      Embedding::from_pretrained(table(), {.freeze = false, .padding_idx = 3, .scale_grad_by_freq = true});
  {
    const Tensor x = i64({{0, 2}, {-4, 3}, {0, 2}}), factors = arange(12).to(float64).reshape({3, 2, 2});
    const Tape tape;
    const Tensor y = layer(x);
    CHECK(difference(y, table()[x + 4 * less(x, 0).to(int64)]) == "");
    CHECK(difference(tape.gradient(sum(y * factors), layer.weight), f64({{4, 5}, {0, 0}, {6, 7}, {0, 0}}),
                     {.rtol = 1e-15}) == "");
  }
  const Tensor indices = i64({0, 2, 0, 0, 1}), offsets = i64({0, 2}), factors = f64({{1, 2}, {3, -1}});
  const auto check = [&](BagMode mode, const Tensor& value, const Tensor& gradient) {
    const EmbeddingBag bag =
        EmbeddingBag::from_pretrained(table(), {.freeze = false, .scale_grad_by_freq = true, .mode = mode});
    const Tape tape;
    const Tensor y = bag(indices, offsets);
    CHECK(difference(y, value, digits) == "");
    CHECK(difference(tape.gradient(sum(y * factors), bag.weight), gradient, digits) == "");
  };
  // Row 0 occurs three times, the others once. (PyTorch 1.13's bags divide by the counts of other rows on processors.)
  check(BagMode::sum, f64({{2, 6}, {6.6, 8.8}}), f64({{7.0 / 3, 0}, {3, -1}, {1, 2}, {0, 0}}));
  check(BagMode::mean, f64({{1, 3}, {2.2, 2.9333333333}}), f64({{2.5 / 3, 1.0 / 9}, {1, -1.0 / 3}, {0.5, 1}, {0, 0}}));
}

TEST_CASE("bags of limited rows") {
  const EmbeddingBag bag = EmbeddingBag::from_pretrained(table(), {.max_norm = 2, .mode = BagMode::max});
  CHECK(difference(bag(i64({0, 2, 0, 0, 1}), i64({0, 2})),
                   f64({{1.1999999760, 1.7888543020}, {1.1999999760, 1.5999999680}}), digits) == "");
  CHECK(difference(bag.weight, f64({{1.1999999760, 1.5999999680}, {0.6, 0.8}, {-0.8944271510, 1.7888543020}, {5, 12}}),
                   digits) == "");
}

TEST_CASE("options of embeddings are printed as PyTorch's, and refused out of range") {
  CHECK(to_string(Embedding(4, 2, {.padding_idx = 3, .max_norm = 1.5, .norm_type = 1, .scale_grad_by_freq = true})) ==
        "Embedding(4, 2, padding_idx=3, max_norm=1.5, norm_type=1, scale_grad_by_freq=True)");
  CHECK(to_string(EmbeddingBag(4, 2, {.max_norm = 2.5, .mode = BagMode::max, .padding_idx = -1})) ==
        "EmbeddingBag(4, 2, max_norm=2.5, mode='max', padding_idx=3)");
  const auto refused = [](const auto& make, const std::vector<std::string>& parts) {
    CHECK(lacks(error_of([&] { make(); }), parts) == "");
  };
  refused([] { Embedding(4, 2, {.max_norm = -1}); }, {"Embedding", "max_norm is -1", "negative"});
  refused([] { Embedding(4, 2, {.norm_type = 0}); }, {"Embedding", "norm_type is 0", "positive"});
  refused([] { Embedding::from_pretrained(ones({3})); }, {"Embedding::from_pretrained", "float32 (3,)"});
  refused([] { Embedding::from_pretrained(ones({3, 2}, int64)); }, {"Embedding::from_pretrained", "int64 (3, 2)"});
  refused([] { Embedding::from_pretrained(Tensor()); }, {"Embedding::from_pretrained", "undefined"});
  refused([] { EmbeddingBag::from_pretrained(ones({3})); }, {"EmbeddingBag::from_pretrained", "float32 (3,)"});
  refused([] { EmbeddingBag(4, 2, {.scale_grad_by_freq = true, .mode = BagMode::max}); },
          {"EmbeddingBag", "scale_grad_by_freq", "BagMode::max"});
  refused([] { embedding_bag(i64({{0}}), table(), {.scale_grad_by_freq = true, .mode = BagMode::max}); },
          {"embedding_bag", "scale_grad_by_freq"});
}

}  // namespace xgrad::nn
