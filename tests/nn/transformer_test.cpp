#include <doctest/doctest.h>

#include <cmath>

#include <nn/nn.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {
namespace {

using test::difference;
using test::error_of;
using test::lacks;

const TransformerLayerOptions small{.dim_feedforward = 5, .dropout = 0, .batch_first = true};

}  // namespace

TEST_CASE("a stack holds clones of its layer, under PyTorch's names") {
  const TransformerEncoderLayer layer(4, 2, small);
  const TransformerEncoder encoder(layer, 2, LayerNorm(4));
  const NamedTensors state = state_dict(encoder);
  CHECK(state.size() == 2 * state_dict(layer).size() + 2);
  CHECK(state.front().first == "layers.0.self_attn.in_proj_weight");
  CHECK(state.back().first == "norm.bias");
  CHECK(encoder.layers[0].linear1.weight.id() != encoder.layers[1].linear1.weight.id());
  CHECK(encoder.layers[0].linear1.weight.id() != layer.linear1.weight.id());
  CHECK(difference(encoder.layers[1].linear1.weight, layer.linear1.weight) == "");
  const Tensor x = randn({2, 3, 4});
  CHECK(difference(encoder(x), (*encoder.norm)(encoder.layers[1](encoder.layers[0](x)))) == "");
}

TEST_CASE("what is assigned to a layer of a stack is its entry, also in copies and clones") {
  const TransformerEncoder original(TransformerEncoderLayer(4, 2, small), 2);
  const TransformerEncoder copy = original, deep = clone(original);
  for (const TransformerEncoder& encoder : {original, deep}) {
    encoder.layers[1].linear1.weight = Parameter(ones({5, 4}));
    for (const auto& [name, parameter] : encoder.named_parameters())
      if (name == "layers.1.linear1.weight") CHECK(difference(parameter, ones({5, 4})) == "");
    encoder.layers[0] = TransformerEncoderLayer(4, 2, small);
    CHECK(encoder.named_parameters()[0].second.id() == encoder.layers[0].self_attn.in_proj_weight.id());
    CHECK(encoder(ones({1, 2, 4})).shape() == Shape{1, 2, 4});
  }
  CHECK(copy.layers[0].linear1.weight.id() == original.layers[0].linear1.weight.id());
  CHECK(deep.layers[0].linear1.weight.id() != original.layers[0].linear1.weight.id());
}

TEST_CASE("errors in a stack name the layer") {
  const TransformerEncoder encoder(TransformerEncoderLayer(4, 2, small), 2);
  CHECK(lacks(error_of([&] { encoder(zeros({2, 3, 5})); }), {"'layers.0.self_attn'", "(2, 3, 5)"}) == "");
  CHECK(lacks(error_of([&] { TransformerEncoder(TransformerEncoderLayer(4, 2, small), -1); }),
              {"TransformerEncoder", "num_layers is -1"}) == "");
}

TEST_CASE("activations are relu, gelu, or functions") {
  TransformerLayerOptions options = small;
  const Tensor x = randn({1, 3, 4});
  const TransformerEncoderLayer layer(4, 2, options);
  options.activation = [](const Tensor& t) { return relu(t); };
  const TransformerEncoderLayer same(4, 2, options);
  options.activation = "gelu";
  const TransformerEncoderLayer other(4, 2, options);
  load_state_dict(same, state_dict(layer));
  load_state_dict(other, state_dict(layer));
  CHECK(difference(same(x), layer(x)) == "");
  CHECK(difference(other(x), layer(x)) != "");
  CHECK(lacks(error_of([] { Activation("swish"); }), {"'swish'", "'relu', 'gelu'"}) == "");
  CHECK(lacks(error_of([] { Activation(std::function<Tensor(const Tensor&)>()); }), {"empty"}) == "");
}

TEST_CASE("causal layers do not see what follows") {
  const TransformerDecoderLayer layer(4, 2, small);
  const Tensor memory = randn({1, 2, 4}), x = randn({1, 5, 4});
  const Tensor changed = concatenate({slice(x, 1, 0, 3), randn({1, 2, 4})}, 1);
  const TransformerDecoderMasks masks{.tgt_is_causal = true};
  const Tensor a = layer(x, memory, masks), b = layer(changed, memory, masks);
  CHECK(difference(slice(a, 1, 0, 3), slice(b, 1, 0, 3), {.atol = 1e-6}) == "");
  CHECK(difference(slice(a, 1, 3, 5), slice(b, 1, 3, 5), {.atol = 1e-2}) != "");
  const double none = -std::numeric_limits<double>::infinity();
  CHECK(difference(generate_square_subsequent_mask(3), {{0, none, none}, {0, 0, none}, {0, 0, 0}}) == "");
  CHECK(lacks(error_of([] { generate_square_subsequent_mask(-1); }), {"size is -1"}) == "");
}

TEST_CASE("dropout of a Transformer's layer ends in evaluation mode") {
  TransformerLayerOptions options = small;
  options.dropout = 0.5;
  TransformerEncoderLayer layer(4, 2, options);
  const Tensor x = randn({1, 3, 4});
  CHECK(difference(layer(x), layer(x)) != "");
  layer.eval();
  CHECK(difference(layer(x), layer(x)) == "");
}

TEST_CASE("a Transformer learns to copy") {
  manual_seed(1);
  const Transformer model(8, 2, {.num_encoder_layers = 1, .num_decoder_layers = 1, .layer = small});
  const Linear head(8, 3);
  optim::Adam optimizer(model.parameters() + head.parameters(), {.lr = 0.01});
  const Tensor labels = randint(3, {8, 4});
  const Tensor src = pad(one_hot(labels, 3), {{0, 0}, {0, 0}, {0, 5}});
  const Tensor tgt = SinusoidalPositions(8)(zeros({8, 4, 8})), positioned = SinusoidalPositions(8)(src);
  double first = 0, last = 0;
  for (int step = 0; step < 60; ++step) {
    const Tape tape;
    const Tensor logits = head(model(positioned, tgt));
    const Tensor loss = cross_entropy(reshape(logits, {32, 3}), labels.reshape({32}));
    optimizer.step(tape.gradient(loss, model.parameters() + head.parameters()));
    last = loss.item();
    if (step == 0) first = last;
  }
  CHECK(first > 0.9);
  CHECK(last < 0.5 * first);
}

}  // namespace xgrad::nn
