// The cases in xgrad, as its users write them.
#include <cmath>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <autograd/run/run.hpp>
#include <nn/nn.hpp>

#include "cartpole.hpp"
#include "cases.hpp"
#include "random_networks.hpp"
#include "side.hpp"

namespace {

using namespace xgrad;
using namespace bench::dynamic;

Tensor filled(const Shape& shape, std::uint64_t seed, double bound = 1) {
  return tensor(std::span<const float>(bench::values(shape.elements(), seed, bound)), shape);
}

Tensor labels(std::int64_t count, std::int64_t bound) {
  return tensor(std::span<const std::int64_t>(bench::labels(count, bound)), {count});
}

/// Gives every parameter its initial values, the same as on the other side.
void initialize(const nn::Module& module, std::uint64_t seed, double scale = 1) {
  for (const nn::Parameter& parameter : module.parameters()) {
    const Shape shape = parameter.shape();
    parameter.set(filled(shape, seed++, scale / std::sqrt(static_cast<double>(*(shape.end() - 1)))));
  }
}

// ----------------------------------------------------------------------------------------------- sequences

Tensor last_state(const nn::LSTM& layer, const Tensor& x) { return layer(x, nn::LSTMState{}).state.h; }
Tensor last_state(const nn::GRU& layer, const Tensor& x) { return layer(x, Tensor()).h_n; }

template <class Layer>
class Classifier : public nn::Module {
 public:
  explicit Classifier(const Sequences& sequences) : Module("Classifier"), sequences_(sequences) {}

  Tensor forward(const Tensor& x) const override { return head(squeeze(last_state(layer, x), 0)); }

 private:
  Sequences sequences_;
  Layer layer = register_module("layer", Layer(sequences_.inputs, sequences_.units));
  nn::Linear head = register_module("head", nn::Linear(sequences_.units, sequences_.classes));
};

template <class Layer>
Work classify(const Sequences& sequences) {
  struct State {
    Classifier<Layer> model;
    optim::Adam optimizer;
    std::vector<Tensor> batches;
    Tensor y;
    double losses = 0;
  };
  const Classifier<Layer> model(sequences);
  initialize(model, 1);
  auto state = std::make_shared<State>(State{.model = model,
                                             .optimizer = optim::Adam(model.parameters(), {.lr = adam_rate}),
                                             .batches = {},
                                             .y = labels(sequences.batch, sequences.classes)});
  for (std::int64_t length = sequences.shortest; length <= sequences.longest; ++length)
    state->batches.push_back(
        filled({length, sequences.batch, sequences.inputs}, 100 + static_cast<std::uint64_t>(length)));
  const auto step = [state, shortest = sequences.shortest](std::int64_t length) {
    Tape tape;
    const Tensor& x = state->batches[static_cast<std::size_t>(length - shortest)];
    const Tensor loss = nn::cross_entropy(state->model(x), state->y);
    state->optimizer.step(tape.gradient(loss, state->model.parameters()));
    state->losses += loss.item();
    return length;
  };
  return {step, [state] { return state->losses; }};
}

Work recurrence() {
  const Tensor w = filled({recurrence_units, recurrence_units}, 1, recurrence_bound);
  const Tensor x = filled({recurrence_batch, recurrence_units}, 2);
  auto gradient = std::make_shared<Tensor>();
  const auto step = [=](std::int64_t steps) {
    Tape tape;
    Tensor h = zeros({recurrence_batch, recurrence_units});
    for (std::int64_t i = 0; i < steps; ++i) h = tanh(matmul(h, w) + x);
    const Tensor loss = sum(h);
    *gradient = tape.gradient(loss, w);
    eval({*gradient, loss});
    return steps;
  };
  return {step, [gradient] { return sum(abs(*gradient)).item(); }};
}

// ----------------------------------------------------------------------------------------------- integration

Work runge_kutta() {
  struct State {
    nn::Sequential slope;
    Tensor start, target;
    double losses = 0;
    std::vector<Tensor> gradients;
  };
  const nn::Sequential slope{nn::Linear(ode_extent, ode_units), nn::Tanh(), nn::Linear(ode_units, ode_extent)};
  initialize(slope, 1, 2);
  auto state = std::make_shared<State>(State{.slope = slope,
                                             .start = filled({ode_batch, ode_extent}, 2),
                                             .target = filled({ode_batch, ode_extent}, 3),
                                             .losses = 0,
                                             .gradients = {}});
  const auto step = [state](std::int64_t steps) {
    const nn::Sequential& f = state->slope;
    Tape tape;
    Tensor y = state->start, k1 = f(y), errors = zeros({});
    for (const double h : step_sizes(steps)) {
      const Tensor k2 = f(y + h / 2 * k1);
      const Tensor k3 = f(y + 3 * h / 4 * k2);
      y = y + 2 * h / 9 * k1 + h / 3 * k2 + 4 * h / 9 * k3;
      const Tensor k4 = f(y);
      errors = errors + mean(square(-5 * h / 72 * k1 + h / 12 * k2 + h / 9 * k3 - h / 8 * k4));
      k1 = k4;
    }
    const Tensor loss = nn::mse_loss(y, state->target) + ode_error_weight * errors;
    state->gradients = tape.gradient(loss, f.parameters());
    std::vector<Tensor> results = state->gradients;
    results.push_back(loss);
    eval(results);
    state->losses += loss.item();
    return steps;
  };
  return {step, [state] { return state->losses + sum(abs(state->gradients.front())).item(); }};
}

// ----------------------------------------------------------------------------------------------- decisions

Work cartpole() {
  struct State {
    nn::Sequential policy;
    optim::Adam optimizer;
    Draws draws{1};
    double value = 0;
  };
  const nn::Sequential policy{nn::Linear(4, policy_units), nn::Tanh(), nn::Linear(policy_units, 2)};
  initialize(policy, 1);
  auto state = std::make_shared<State>(
      State{.policy = policy, .optimizer = optim::Adam(policy.parameters(), {.lr = policy_rate})});
  const auto step = [state](std::int64_t) {
    CartPole environment(state->draws);
    std::vector<Tensor> log_probabilities;
    std::vector<std::int64_t> actions;
    Tape tape;
    for (bool goes_on = true; goes_on && actions.size() < longest_episode;) {
      const Tensor x = tensor(std::span<const float>(environment.state()), {1, 4});
      log_probabilities.push_back(log_softmax(state->policy(x)));
      const float right = std::exp(log_probabilities.back().data<float>()[1]);
      actions.push_back(state->draws.uniform() < static_cast<double>(right) ? 1 : 0);
      goes_on = environment.step(static_cast<int>(actions.back()));
    }
    const auto steps = static_cast<std::int64_t>(actions.size());
    const Tensor taken =
        gather(concatenate(log_probabilities), 1, tensor(std::span<const std::int64_t>(actions), {steps, 1}));
    const Tensor returns = tensor(std::span<const float>(normalized_returns(actions.size())), {steps, 1});
    const Tensor loss = -sum(taken * returns);
    state->optimizer.step(tape.gradient(loss, state->policy.parameters()));
    state->value += std::abs(loss.item<double>()) + static_cast<double>(steps);
    return steps;
  };
  return {step, [state] { return state->value; }};
}

Work beam_search() {
  struct State {
    nn::Embedding embedding{vocabulary, decoder_units};
    nn::GRU cell{decoder_units, decoder_units};
    nn::Linear output{decoder_units, vocabulary};
    double scores = 0;
  };
  auto state = std::make_shared<State>();
  initialize(state->embedding, 1, embedding_scale);
  initialize(state->cell, 2);
  initialize(state->output, 10, output_scale);
  const auto step = [state](std::int64_t sentence) {
    Tensor h = filled({1, decoder_units}, 100 + static_cast<std::uint64_t>(sentence));
    std::vector<std::int64_t> tokens{begin_token};
    std::vector<float> scores{0};
    double best = -INFINITY;
    std::int64_t live = beam_width, length = 0;
    for (const std::int64_t limit = length_limit(sentence); live > 0 && length < limit;) {
      ++length;
      const auto rows = static_cast<std::int64_t>(tokens.size());
      const Tensor x = state->embedding(tensor(std::span<const std::int64_t>(tokens), {rows}));
      h = squeeze(state->cell(expand_dims(x, 0), expand_dims(h, 0)).h_n, 0);
      const Tensor total = log_softmax(state->output(h)) + tensor(std::span<const float>(scores), {rows, 1});
      const auto [values, places] = topk(flatten(total), live);
      eval({values, places, h});
      std::vector<std::int64_t> parents;
      tokens.clear();
      scores.clear();
      for (std::size_t i = 0; i < static_cast<std::size_t>(live); ++i) {
        const float score = values.data<float>()[i];
        const std::int64_t place = places.data<std::int64_t>()[i];
        if (place % vocabulary == end_token || length == limit)
          best = std::max(best, static_cast<double>(score) / static_cast<double>(length));
        if (place % vocabulary == end_token) continue;
        parents.push_back(place / vocabulary);
        tokens.push_back(place % vocabulary);
        scores.push_back(score);
      }
      live = static_cast<std::int64_t>(tokens.size());
      if (live > 0) h = take(h, tensor(std::span<const std::int64_t>(parents), {live}));
    }
    state->scores += best;
    return length;
  };
  return {step, [state] { return state->scores; }};
}

// ----------------------------------------------------------------------------------------------- many programs

Tensor apply(Function function, const Tensor& x) {
  switch (function) {
    case Function::tanh:
      return tanh(x);
    case Function::sigmoid:
      return sigmoid(x);
    case Function::relu:
      return relu(x);
    case Function::sin:
      return sin(x);
    case Function::square:
      return square(x);
  }
  return x;
}

Work programs() {
  struct State {
    std::vector<RandomNetwork> networks = random_networks(2000);
    std::vector<float> numbers = bench::values(widest * widest, 1, random_weight_bound);
    double value = 0;
  };
  auto state = std::make_shared<State>();
  const auto step = [state](std::int64_t number) {
    const RandomNetwork& network = state->networks[static_cast<std::size_t>(number)];
    const auto some = [&](const Shape& shape) {
      return tensor(std::span<const float>(state->numbers).first(static_cast<std::size_t>(shape.elements())), shape);
    };
    std::vector<Tensor> parameters;
    Tape tape;
    Tensor x = some({network.batch, network.inputs});
    for (const RandomLayer& layer : network.layers) {
      parameters.push_back(some({x.size(1), layer.width}));
      Tensor y = matmul(x, parameters.back());
      if (layer.biased) {
        parameters.push_back(some({layer.width}));
        y = y + parameters.back();
      }
      if (layer.centred) y = y - mean(y, 1, {.keepdims = true});
      y = apply(layer.function, y);
      x = layer.residual ? x + y : y;
    }
    const Tensor loss = mean(square(x));
    std::vector<Tensor> results = tape.gradient(loss, parameters);
    results.push_back(loss);
    eval(results);
    for (const Tensor& result : results) state->value += std::abs(static_cast<double>(result.data<float>()[0]));
    return std::int64_t{1};
  };
  return {step, [state] { return state->value; }};
}

Work batch_sizes() {
  struct State {
    nn::Sequential model;
    std::unique_ptr<optim::SGD> optimizer;
    std::vector<Tensor> x, y;
    double losses = 0;
  };
  auto state = std::make_shared<State>();
  for (std::size_t i = 0; i + 1 < mlp_widths.size(); ++i) {
    const bool last = i + 2 == mlp_widths.size();
    const nn::Linear linear(mlp_widths[i], mlp_widths[i + 1], {.bias = last});
    initialize(linear, 10 + 2 * i);
    state->model.push_back(linear);
    if (last) break;
    state->model.push_back(nn::BatchNorm1d(mlp_widths[i + 1]));
    state->model.push_back(nn::ReLU());
  }
  state->optimizer = std::make_unique<optim::SGD>(state->model.parameters(), optim::SGDOptions{.lr = sgd_rate});
  for (std::int64_t size = 0; size <= largest_batch; ++size) {
    state->x.push_back(filled({size, mlp_widths.front()}, 100 + static_cast<std::uint64_t>(size)));
    state->y.push_back(labels(size, mlp_widths.back()));
  }
  const auto step = [state](std::int64_t size) {
    const auto i = static_cast<std::size_t>(size);
    Tape tape;
    const Tensor loss = nn::cross_entropy(state->model(state->x[i]), state->y[i]);
    state->optimizer->step(tape.gradient(loss, state->model.parameters()));
    state->losses += loss.item();
    return size;
  };
  return {step, [state] { return state->losses; }};
}

}  // namespace

int main(int argc, char** argv) {
  return run_side(argc, argv,
                  {.version = "xgrad " XGRAD_BENCH_VERSION,
                   .set_threads = &set_num_threads,
                   .cases = {{"lstm", [] { return classify<nn::LSTM>(drawn_lengths); }},
                             {"gru", [] { return classify<nn::GRU>(drawn_lengths); }},
                             {"lstm-28x128", [] { return classify<nn::LSTM>(image_rows); }},
                             {"recurrence", &recurrence},
                             {"runge-kutta", &runge_kutta},
                             {"cartpole", &cartpole},
                             {"beam-search", &beam_search},
                             {"programs", &programs},
                             {"batch-sizes", &batch_sizes}}});
}
