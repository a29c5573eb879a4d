#include <autograd/run/run.hpp>
#include <nn/nn.hpp>

#include "../../autograd/fusing.hpp"
#include "trajectory.hpp"

namespace xgrad::optim {

using test::difference;
using test::error_of;
using test::lacks;

namespace {

/// A linear layer with a module's names, and gradients of its parameters' shapes.
struct Setting {
  nn::Sequential model{nn::Linear(3, 2)};
  SGD sgd{model.parameters(), {.lr = 0.5, .momentum = 0.9}};
  std::vector<Tensor> gradients{ones({2, 3}), ones({2})};
};

}  // namespace

TEST_CASE("a step rebinds every parameter to a computed value") {
  Setting s;
  const Tensor before = s.model.parameters()[0];
  s.sgd.step(s.gradients);
  CHECK(difference(s.model.parameters()[0], before - 0.5) == "");
  CHECK(s.sgd.steps() == 1);
}

TEST_CASE("a step refuses gradients that are not the parameters', and changes nothing") {
  Setting s;
  const std::vector<float> before = s.model.parameters()[0].value().to_vector<float>();
  const auto step = [&](const std::vector<Tensor>& gradients) { return error_of([&] { s.sgd.step(gradients); }); };
  CHECK(lacks(step({ones({2, 3})}), {"SGD::step", "1 gradients", "2 parameters"}) == "");
  CHECK(lacks(step({ones({2, 3}), ones({3})}), {"'0.bias'", "float32 (3,)", "float32 (2,)"}) == "");
  CHECK(lacks(step({ones({2, 3}, float64), ones({2})}), {"'0.weight'", "float64 (2, 3)", "float32 (2, 3)"}) == "");
  CHECK(s.sgd.steps() == 0);
  CHECK(s.model.parameters()[0].value().to_vector<float>() == before);
}

TEST_CASE("the learning rate can change between steps, but not below 0") {
  Setting s;
  s.sgd.set_lr(0);
  const Tensor before = s.model.parameters()[1];
  s.sgd.step(s.gradients);
  CHECK(difference(s.model.parameters()[1], before) == "");
  CHECK(lacks(error_of([&] { s.sgd.set_lr(-0.1); }), {"SGD", "lr is -0.1"}) == "");
  CHECK(s.sgd.lr() == 0);
}

TEST_CASE("a step whose run fails says why, and changes nothing") {
  Setting s;
  const NamedTensors saved = nn::state_dict(s.model);
  const auto train = [&](std::int64_t label) {
    const Tape tape;
    const Tensor loss = nn::cross_entropy(s.model(ones({1, 3})), full({1}, static_cast<double>(label), int64));
    s.sgd.step(tape.gradient(loss, s.model.parameters()));
  };
  const NamedTensors optimizer_saved = s.sgd.state();
  CHECK(lacks(error_of([&] { train(2); }), {"label 2", "expected 0 to 1"}) == "");
  CHECK(s.sgd.steps() == 0);
  CHECK(difference(s.model.parameters()[1], saved[1].second) == "");
  CHECK(difference(s.sgd.state().back().second, optimizer_saved.back().second) == "");
  CHECK(error_of([&] { train(1); }) == "no Error");
  CHECK(difference(s.model.parameters()[1], saved[1].second) != "");
}

TEST_CASE("without a tape an update needs no memory of its own") {
  const test::Fusing planned(true);
  const int threads = num_threads();
  set_num_threads(1);
  const nn::Parameter weight(ones({1000, 100}));
  Adam adam({weight}, {.lr = 0.1});
  const std::vector<Tensor> gradients{ones({1000, 100})};
  eval(gradients);
  adam.step(gradients);
  reset_peak_memory();
  const std::size_t before = memory_stats().live;
  for (int i = 0; i < 3; ++i) adam.step(gradients);
  // Small change: numbers of a plan, and the like.
  CHECK(memory_stats().peak < before + 100'000);
  CHECK(memory_stats().live == before);
  set_num_threads(threads);
}

TEST_CASE("new parameters take the place of gradients that nobody else holds, to the same bits") {
  const test::Fusing planned(true);
  const int threads = num_threads();
  set_num_threads(1);
  const Tensor x = arange(0, 4000, 1, float32).reshape({10, 400}) * 1e-3, initial = ones({400, 300}) * 0.01;
  eval({x, initial});
  const std::size_t bytes = 400 * 300 * sizeof(float);
  // The gradients are the step's, or still the caller's.
  const auto peak_of = [&](bool given, std::vector<float>& values) {
    const nn::Parameter weight(initial + 0);
    SGD sgd({weight}, {.lr = 0.1});
    std::size_t before = 0, peak = 0;
    for (int i = 0; i < 3; ++i) {
      before = memory_stats().live;
      reset_peak_memory();
      const Tape tape;
      const Tensor loss = mean(square(matmul(x, weight.value())));
      if (given) {
        sgd.step(tape.gradient(loss, sgd.parameters()));
      } else {
        const Tensor old = weight.value();
        const std::vector<Tensor> gradients = tape.gradient(loss, sgd.parameters());
        sgd.step(gradients);
        CHECK(gradients[0].to_vector<float>() == tape.gradient(loss, old).to_vector<float>());
      }
      peak = std::max(peak, memory_stats().peak - before);
    }
    values = weight.value().to_vector<float>();
    return peak;
  };
  std::vector<float> given, kept;
  const std::size_t less = peak_of(true, given), more = peak_of(false, kept);
  CHECK(given == kept);
  CHECK(less < bytes + bytes / 2);  // the new values, and small change
  CHECK(more >= 2 * bytes);
  set_num_threads(threads);
}

TEST_CASE("a tape can still ask for gradients at the parameters' old values after a step") {
  Setting s;
  const Tensor x = arange(0, 12, 1, float32).reshape({4, 3}) * 0.1;
  const Tensor weight = s.model.parameters()[0];
  const std::vector<float> old = weight.to_vector<float>();
  const Tape tape;
  const Tensor loss = sum(square(s.model(x)));
  const Tensor expected = [&] {
    const Tensor w = tensor(std::span<const float>(old), {2, 3});
    return matmul(2 * (matmul(x, w.T()) + s.model.parameters()[1].value()), w);
  }();
  eval(expected);
  s.sgd.step(tape.gradient(loss, s.model.parameters()));
  CHECK(difference(tape.gradient(loss, x), expected, {.rtol = 1e-5, .atol = 1e-6}) == "");
  CHECK(weight.to_vector<float>() == old);
}

TEST_CASE("a parameter given twice is refused") {
  const nn::Linear layer(2, 2);
  CHECK(lacks(error_of([&] {
                SGD(nn::ParameterList{layer.weight, layer.bias, layer.weight});
              }),
              {"'2'", "twice"}) == "");
}

TEST_CASE("a state that is another optimizer's is refused with every mismatch, and changes nothing") {
  Setting s;
  s.sgd.step(s.gradients);
  const NamedTensors wrong{{"step", tensor({1, 2}, int64)},
                           {"lr", tensor(1.0, float64)},
                           {"exp_avg.0.weight", zeros({2, 3})},
                           {"momentum_buffer.0.bias", zeros({2}, float64)}};
  const std::string error = error_of([&] { s.sgd.load_state(wrong); });
  CHECK(lacks(error, {"SGD::load_state", "4 mismatches", "'step' has shape (2,), () was expected",
                      "'momentum_buffer.0.weight' is missing", "'exp_avg.0.weight' is unexpected",
                      "'momentum_buffer.0.bias' has dtype float64, float32 was expected"}) == "");
  CHECK(s.sgd.lr() == 0.5);
  NamedTensors negative = s.sgd.state();
  negative[0].second = tensor(-1, int64);
  CHECK(lacks(error_of([&] { s.sgd.load_state(negative); }), {"step is -1"}) == "");
  negative[0].second = tensor(5, int64);
  negative[1].second = tensor(-1, float64);
  CHECK(lacks(error_of([&] { s.sgd.load_state(negative); }), {"lr is -1"}) == "");
  CHECK(s.sgd.steps() == 1);
}

TEST_CASE("batch normalization's running statistics have their values after a step, and memory does not grow") {
  nn::Sequential model{nn::Linear(3, 4), nn::BatchNorm1d(4), nn::Tanh(), nn::Linear(4, 2)};
  Adam adam(model.parameters());
  const Tensor x = randn({8, 3}), y = zeros({8}, int64);
  std::size_t live = 0;
  for (int step = 0; step < 20; ++step) {
    {
      const Tape tape;
      adam.step(tape.gradient(nn::cross_entropy(model(x), y), model.parameters()));
    }
    if (step == 1) live = memory_stats().live;
    if (step > 1) CHECK(memory_stats().live == live);
  }
  CHECK(model.named_buffers()[2].second.value().item() == 20);
}

TEST_CASE("a small network learns exclusive or") {
  for (const bool with_adam : {false, true}) {
    manual_seed(1);
    nn::Sequential model{nn::Linear(2, 8), nn::Tanh(), nn::Linear(8, 2)};
    SGD sgd(model.parameters(), {.lr = 0.5, .momentum = 0.9});
    Adam adam(model.parameters(), {.lr = 0.05});
    Optimizer& optimizer = with_adam ? static_cast<Optimizer&>(adam) : sgd;
    const Tensor x = tensor({{0, 0}, {0, 1}, {1, 0}, {1, 1}}), y = tensor({0, 1, 1, 0}, int64);
    for (int step = 0; step < 200; ++step) {
      const Tape tape;
      optimizer.step(tape.gradient(nn::cross_entropy(model(x), y), model.parameters()));
    }
    CHECK(nn::cross_entropy(model(x), y).item() < 0.01);
    CHECK(nn::accuracy(model(x), y).item() == 1);
  }
}

}  // namespace xgrad::optim
