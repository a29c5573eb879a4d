#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <nn/nn.hpp>

#include "../autograd/expect.hpp"

namespace xgrad::nn {
namespace {

using test::difference;
using test::error_of;
using test::f64;
using test::lacks;

/// Its parts of a model, and which of its inputs it was given ("src, -, padding").
class Recording : public Module {
 public:
  explicit Recording(std::string* seen) : Module("Recording"), seen_(seen) {}

  Tensor forward(const Tensor& x) const override { return forward(std::vector<Tensor>{x}); }
  Tensor forward(const std::vector<Tensor>& inputs) const override {
    seen_->clear();
    for (const Tensor& input : inputs) *seen_ += input.defined() ? to_string(input.shape()) + " " : "- ";
    return linear(inputs[0]) + (inputs.size() > 1 && inputs[1].defined() ? sum(inputs[1]) : Tensor(tensor(0.0)));
  }

  Linear linear = register_module("linear", Linear(4, 4));

 private:
  std::string* seen_;
};

const TransformerLayerOptions small{.dim_feedforward = 5, .dropout = 0, .batch_first = true};

}  // namespace

TEST_CASE("a custom encoder stands in the place of the encoder, by its name") {
  std::string seen;
  const Recording own(&seen);
  const Transformer model(4, 2, {.num_decoder_layers = 1, .layer = small, .custom_encoder = own});
  CHECK(model.named_parameters()[0].first == "encoder.linear.weight");
  CHECK(model.named_parameters()[0].second.id() == own.linear.weight.id());
  CHECK(model.named_parameters()[2].first == "decoder.layers.0.self_attn.in_proj_weight");
  const Tensor src = randn({2, 3, 4}), tgt = randn({2, 5, 4});
  CHECK(difference(model(src, tgt), model.decoder(tgt, own(src))) == "");
  CHECK(seen == "(2, 3, 4) ");
  const Tensor padding = zeros({2, 3}, boolean);
  model(src, tgt, {.src_key_padding_mask = padding, .tgt_is_causal = true});
  CHECK(seen == "(2, 3, 4) - (2, 3) ");
  model(src, tgt, {.src_mask = zeros({3, 3})});
  CHECK(seen == "(2, 3, 4) (3, 3) ");
  CHECK(lacks(error_of([&] { model(src, tgt, {.src_is_causal = true}); }),
              {"Transformer", "src_is_causal", "src_mask"}) == "");
}

TEST_CASE("a custom decoder gets the memory and the masks") {
  std::string seen;
  const Recording own(&seen);
  const Transformer model(4, 2, {.num_encoder_layers = 1, .layer = small, .custom_decoder = own});
  CHECK(model.named_parameters().back().first == "decoder.linear.bias");
  const Tensor src = randn({2, 3, 4}), tgt = randn({2, 5, 4});
  CHECK(difference(model(src, tgt), own(tgt, model.encoder(src))) == "");
  CHECK(seen == "(2, 5, 4) (2, 3, 4) ");
  model(src, tgt, {.tgt_mask = zeros({5, 5}), .memory_key_padding_mask = zeros({2, 3}, boolean)});
  CHECK(seen == "(2, 5, 4) (2, 3, 4) (5, 5) - - (2, 3) ");
  CHECK(lacks(error_of([&] { model(src, tgt, {.tgt_is_causal = true}); }), {"Transformer", "tgt_is_causal"}) == "");
  CHECK(lacks(error_of([&] { model(src, tgt, {.memory_is_causal = true}); }), {"Transformer", "memory_is_causal"}) ==
        "");
}

TEST_CASE("custom parts are part of copies, clones, modes and gradients") {
  std::string seen;
  Transformer model(4, 2, {.layer = small, .custom_encoder = Recording(&seen), .custom_decoder = Recording(&seen)});
  CHECK(model.parameters().size() == 4);
  const Transformer deep = clone(model);
  CHECK(deep.parameters()[0].id() != model.parameters()[0].id());
  const Tensor src = randn({2, 3, 4}), tgt = randn({2, 5, 4});
  CHECK(difference(deep(src, tgt), model(src, tgt)) == "");
  model.parameters()[0] *= 2.0;
  CHECK(difference(deep(src, tgt), model(src, tgt)) != "");
  model.eval();
  CHECK(!model.custom_encoder->is_training());
  const Tape tape;
  const std::vector<Tensor> gradients = tape.gradient(sum(model(src, tgt)), model.parameters());
  CHECK(max(abs(gradients[0])).item() > 0);
}

}  // namespace xgrad::nn
