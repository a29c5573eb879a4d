// The cases in libtorch, as its users write them: its own modules, losses, optimizers and fused kernels.
#include <torch/torch.h>

#include <cmath>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "cartpole.hpp"
#include "cases.hpp"
#include "random_networks.hpp"
#include "side.hpp"

extern "C" void openblas_set_num_threads(int);

namespace {

using torch::Tensor;
using namespace bench::dynamic;

Tensor filled(const std::vector<std::int64_t>& shape, std::uint64_t seed, double bound = 1) {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) count *= extent;
  return torch::tensor(bench::values(count, seed, bound)).reshape(shape);
}

Tensor labels(std::int64_t count, std::int64_t bound) { return torch::tensor(bench::labels(count, bound)); }

/// Gives every parameter its initial values, the same as on the other side.
void initialize(const torch::nn::Module& module, std::uint64_t seed, double scale = 1) {
  const torch::NoGradGuard constant;
  for (Tensor& parameter : module.parameters())
    parameter.copy_(
        filled(parameter.sizes().vec(), seed++, scale / std::sqrt(static_cast<double>(parameter.size(-1)))));
}

// ----------------------------------------------------------------------------------------------- sequences

Tensor last_state(torch::nn::LSTM& layer, const Tensor& x) { return std::get<0>(std::get<1>(layer->forward(x))); }
Tensor last_state(torch::nn::GRU& layer, const Tensor& x) { return std::get<1>(layer->forward(x)); }

template <class Layer>
class ClassifierImpl : public torch::nn::Module {
 public:
  explicit ClassifierImpl(const Sequences& sequences)
      : layer_(register_module("layer", Layer(sequences.inputs, sequences.units))),
        head_(register_module("head", torch::nn::Linear(sequences.units, sequences.classes))) {}

  Tensor forward(const Tensor& x) { return head_->forward(last_state(layer_, x).squeeze(0)); }

 private:
  Layer layer_;
  torch::nn::Linear head_;
};

template <class Layer>
Work classify(const Sequences& sequences) {
  struct State {
    std::shared_ptr<ClassifierImpl<Layer>> model;
    torch::optim::Adam optimizer;
    std::vector<Tensor> batches;
    Tensor y;
    double losses = 0;
  };
  auto model = std::make_shared<ClassifierImpl<Layer>>(sequences);
  initialize(*model, 1);
  auto state =
      std::make_shared<State>(State{model,
                                    torch::optim::Adam(model->parameters(), torch::optim::AdamOptions(adam_rate)),
                                    {},
                                    labels(sequences.batch, sequences.classes)});
  for (std::int64_t length = sequences.shortest; length <= sequences.longest; ++length)
    state->batches.push_back(
        filled({length, sequences.batch, sequences.inputs}, 100 + static_cast<std::uint64_t>(length)));
  const auto step = [state, shortest = sequences.shortest](std::int64_t length) {
    state->optimizer.zero_grad();
    const Tensor& x = state->batches[static_cast<std::size_t>(length - shortest)];
    const Tensor loss = torch::nn::functional::cross_entropy(state->model->forward(x), state->y);
    loss.backward();
    state->optimizer.step();
    state->losses += loss.template item<double>();
    return length;
  };
  return {step, [state] { return state->losses; }};
}

Work recurrence() {
  const Tensor w = filled({recurrence_units, recurrence_units}, 1, recurrence_bound).requires_grad_();
  const Tensor x = filled({recurrence_batch, recurrence_units}, 2);
  auto gradient = std::make_shared<Tensor>();
  const auto step = [=](std::int64_t steps) {
    Tensor h = torch::zeros({recurrence_batch, recurrence_units});
    for (std::int64_t i = 0; i < steps; ++i) h = torch::tanh(torch::addmm(x, h, w));
    *gradient = torch::autograd::grad({h.sum()}, {w}).front();
    return steps;
  };
  return {step, [gradient] { return gradient->abs().sum().item<double>(); }};
}

// ----------------------------------------------------------------------------------------------- integration

Work runge_kutta() {
  struct State {
    torch::nn::Sequential slope;
    Tensor start, target;
    double losses = 0;
    std::vector<Tensor> gradients;
  };
  auto state = std::make_shared<State>();
  state->slope = torch::nn::Sequential(torch::nn::Linear(ode_extent, ode_units), torch::nn::Tanh(),
                                       torch::nn::Linear(ode_units, ode_extent));
  initialize(*state->slope, 1, 2);
  state->start = filled({ode_batch, ode_extent}, 2);
  state->target = filled({ode_batch, ode_extent}, 3);
  const auto step = [state](std::int64_t steps) {
    const auto f = [&](const Tensor& y) { return state->slope->forward(y); };
    Tensor y = state->start, k1 = f(y), errors = torch::zeros({});
    for (const double h : step_sizes(steps)) {
      const Tensor k2 = f(y + h / 2 * k1);
      const Tensor k3 = f(y + 3 * h / 4 * k2);
      y = y + 2 * h / 9 * k1 + h / 3 * k2 + 4 * h / 9 * k3;
      const Tensor k4 = f(y);
      errors = errors + (-5 * h / 72 * k1 + h / 12 * k2 + h / 9 * k3 - h / 8 * k4).square().mean();
      k1 = k4;
    }
    const Tensor loss = torch::mse_loss(y, state->target) + ode_error_weight * errors;
    state->gradients = torch::autograd::grad({loss}, state->slope->parameters());
    state->losses += loss.item<double>();
    return steps;
  };
  return {step, [state] { return state->losses + state->gradients.front().abs().sum().item<double>(); }};
}

// ----------------------------------------------------------------------------------------------- decisions

Work cartpole() {
  struct State {
    torch::nn::Sequential policy;
    torch::optim::Adam optimizer;
    Draws draws{1};
    double value = 0;
  };
  torch::nn::Sequential policy(torch::nn::Linear(4, policy_units), torch::nn::Tanh(),
                               torch::nn::Linear(policy_units, 2));
  initialize(*policy, 1);
  auto state = std::make_shared<State>(
      State{policy, torch::optim::Adam(policy->parameters(), torch::optim::AdamOptions(policy_rate))});
  const auto step = [state](std::int64_t) {
    CartPole environment(state->draws);
    std::vector<Tensor> log_probabilities;
    std::vector<std::int64_t> actions;
    for (bool goes_on = true; goes_on && actions.size() < longest_episode;) {
      const Tensor x = torch::tensor(environment.state()).unsqueeze(0);
      log_probabilities.push_back(torch::log_softmax(state->policy->forward(x), -1));
      const float right = std::exp(log_probabilities.back().data_ptr<float>()[1]);
      actions.push_back(state->draws.uniform() < static_cast<double>(right) ? 1 : 0);
      goes_on = environment.step(static_cast<int>(actions.back()));
    }
    const auto steps = static_cast<std::int64_t>(actions.size());
    const Tensor taken = torch::cat(log_probabilities).gather(1, torch::tensor(actions).unsqueeze(1));
    const Tensor returns = torch::tensor(normalized_returns(actions.size())).unsqueeze(1);
    const Tensor loss = -(taken * returns).sum();
    state->optimizer.zero_grad();
    loss.backward();
    state->optimizer.step();
    state->value += std::abs(loss.item<double>()) + static_cast<double>(steps);
    return steps;
  };
  return {step, [state] { return state->value; }};
}

Work beam_search() {
  struct State {
    torch::nn::Embedding embedding{vocabulary, decoder_units};
    torch::nn::GRUCell cell{decoder_units, decoder_units};
    torch::nn::Linear output{decoder_units, vocabulary};
    double scores = 0;
  };
  auto state = std::make_shared<State>();
  initialize(*state->embedding, 1, embedding_scale);
  initialize(*state->cell, 2);
  initialize(*state->output, 10, output_scale);
  const auto step = [state](std::int64_t sentence) {
    const c10::InferenceMode no_gradients;
    Tensor h = filled({1, decoder_units}, 100 + static_cast<std::uint64_t>(sentence));
    std::vector<std::int64_t> tokens{begin_token};
    std::vector<float> scores{0};
    double best = -INFINITY;
    std::int64_t live = beam_width, length = 0;
    for (const std::int64_t limit = length_limit(sentence); live > 0 && length < limit;) {
      ++length;
      h = state->cell->forward(state->embedding->forward(torch::tensor(tokens)), h);
      const Tensor total = torch::log_softmax(state->output->forward(h), -1) + torch::tensor(scores).unsqueeze(1);
      const auto [values, places] = total.flatten().topk(live);
      std::vector<std::int64_t> parents;
      tokens.clear();
      scores.clear();
      for (std::int64_t i = 0; i < live; ++i) {
        const float score = values.data_ptr<float>()[i];
        const std::int64_t place = places.data_ptr<std::int64_t>()[i];
        if (place % vocabulary == end_token || length == limit)
          best = std::max(best, static_cast<double>(score) / static_cast<double>(length));
        if (place % vocabulary == end_token) continue;
        parents.push_back(place / vocabulary);
        tokens.push_back(place % vocabulary);
        scores.push_back(score);
      }
      live = static_cast<std::int64_t>(tokens.size());
      if (live > 0) h = h.index_select(0, torch::tensor(parents));
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
      return x.tanh();
    case Function::sigmoid:
      return x.sigmoid();
    case Function::relu:
      return x.relu();
    case Function::sin:
      return x.sin();
    case Function::square:
      return x.square();
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
    const auto some = [&](at::IntArrayRef shape) { return torch::from_blob(state->numbers.data(), shape).clone(); };
    std::vector<Tensor> parameters;
    Tensor x = some({network.batch, network.inputs});
    for (const RandomLayer& layer : network.layers) {
      parameters.push_back(some({x.size(1), layer.width}).requires_grad_());
      const Tensor& weight = parameters.back();
      Tensor y;
      if (layer.biased) {
        const Tensor bias = some({layer.width}).requires_grad_();
        y = torch::addmm(bias, x, weight);
        parameters.push_back(bias);
      } else {
        y = torch::mm(x, weight);
      }
      if (layer.centred) y = y - y.mean(1, true);
      y = apply(layer.function, y);
      x = layer.residual ? x + y : y;
    }
    const Tensor loss = x.square().mean();
    std::vector<Tensor> results = torch::autograd::grad({loss}, parameters);
    results.push_back(loss);
    for (const Tensor& result : results)
      state->value += std::abs(static_cast<double>(result.contiguous().data_ptr<float>()[0]));
    return std::int64_t{1};
  };
  return {step, [state] { return state->value; }};
}

Work batch_sizes() {
  struct State {
    torch::nn::Sequential model;
    std::unique_ptr<torch::optim::SGD> optimizer;
    std::vector<Tensor> x, y;
    double losses = 0;
  };
  auto state = std::make_shared<State>();
  for (std::size_t i = 0; i + 1 < mlp_widths.size(); ++i) {
    const bool last = i + 2 == mlp_widths.size();
    torch::nn::Linear linear(torch::nn::LinearOptions(mlp_widths[i], mlp_widths[i + 1]).bias(last));
    initialize(*linear, 10 + 2 * i);
    state->model->push_back(linear);
    if (last) break;
    state->model->push_back(torch::nn::BatchNorm1d(mlp_widths[i + 1]));
    state->model->push_back(torch::nn::ReLU());
  }
  state->optimizer =
      std::make_unique<torch::optim::SGD>(state->model->parameters(), torch::optim::SGDOptions(sgd_rate));
  for (std::int64_t size = 0; size <= largest_batch; ++size) {
    state->x.push_back(filled({size, mlp_widths.front()}, 100 + static_cast<std::uint64_t>(size)));
    state->y.push_back(labels(size, mlp_widths.back()));
  }
  const auto step = [state](std::int64_t size) {
    const auto i = static_cast<std::size_t>(size);
    state->optimizer->zero_grad();
    const Tensor loss = torch::nn::functional::cross_entropy(state->model->forward(state->x[i]), state->y[i]);
    loss.backward();
    state->optimizer->step();
    state->losses += loss.item<double>();
    return size;
  };
  return {step, [state] { return state->losses; }};
}

/// OpenBLAS has threads of its own, which libtorch does not know of.
void set_threads(int count) {
  torch::set_num_threads(count);
  openblas_set_num_threads(count);
}

}  // namespace

int main(int argc, char** argv) {
  return run_side(argc, argv,
                  {.version = "libtorch " TORCH_VERSION,
                   .set_threads = &set_threads,
                   .cases = {{"lstm", [] { return classify<torch::nn::LSTM>(drawn_lengths); }},
                             {"gru", [] { return classify<torch::nn::GRU>(drawn_lengths); }},
                             {"lstm-28x128", [] { return classify<torch::nn::LSTM>(image_rows); }},
                             {"recurrence", &recurrence},
                             {"runge-kutta", &runge_kutta},
                             {"cartpole", &cartpole},
                             {"beam-search", &beam_search},
                             {"programs", &programs},
                             {"batch-sizes", &batch_sizes}}});
}
