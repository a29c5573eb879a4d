#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include <autograd/autograd.hpp>
#include <autograd/node.hpp>
#include <autograd/primitive.hpp>

#include "expect.hpp"

// What a thread recorded has a meaning on that thread only: everywhere else it is refused, with what to do, and never
// taken for a constant.
namespace xgrad {
namespace {

using test::difference;
using test::error_of;
using test::f64;
using test::lacks;

/// The text of the Error that a call throws on another thread.
std::string error_elsewhere(const std::function<void()>& call) {
  std::string text;
  std::thread([&] { text = error_of(call); }).join();
  return text;
}

/// Calls that reach what another thread recorded: y from x, neither of which has run.
struct Call {
  const char* name;
  std::function<void(const Tensor& y, const Tensor& x)> run;
};

std::vector<Call> calls() {
  return {
      {"gradient", [](const Tensor& y, const Tensor& x) { gradient(y, x); }},
      {"gradient of several",
       [](const Tensor& y, const Tensor& x) {
         gradient(y, std::vector<Tensor>{x, x});
       }},
      {"gradient under a tape here",
       [](const Tensor& y, const Tensor& x) {
         const Tape tape;
         tape.gradient(y, x);
       }},
      {"gradient with a cotangent",
       [](const Tensor& y, const Tensor& x) { gradient(y, x, {.cotangent = ones(y.shape(), y.dtype())}); }},
      {"a cotangent",
       [](const Tensor& y, const Tensor&) {
         const Tape tape;
         const Tensor own = f64({3});
         eval(tape.gradient(own * 2, own, {.cotangent = y.reshape({1})}));
       }},
      {"a source",
       [](const Tensor& y, const Tensor&) {
         const Tape tape;
         const Tensor own = f64({3});
         tape.gradient(sum(own * own), y);
       }},
      {"gradient of a function",
       [](const Tensor& y, const Tensor&) { gradient(TensorFunction([&](const Tensor&) { return y; }), f64({1})); }},
      {"vjp",
       [](const Tensor& y, const Tensor&) {
         vjp(TensorFunction([&](const Tensor&) { return y; }), f64({1}), ones(y.shape(), y.dtype()));
       }},
      {"jvp", [](const Tensor& y,
                 const Tensor&) { jvp(TensorFunction([&](const Tensor&) { return y; }), f64({1}), f64({1})); }},
      {"hvp", [](const Tensor& y,
                 const Tensor&) { hvp(TensorFunction([&](const Tensor&) { return y; }), f64({1}), f64({1})); }},
      {"value_and_gradient",
       [](const Tensor& y, const Tensor&) {
         value_and_gradient(TensorFunction([&](const Tensor&) { return y; }), f64({1}));
       }},
      {"jacobian",
       [](const Tensor& y, const Tensor&) { jacobian(TensorFunction([&](const Tensor&) { return y; }), f64({1})); }},
      {"jacobian at a tensor",
       [](const Tensor& y, const Tensor&) { jacobian(TensorFunction([](const Tensor& t) { return t * 2; }), y); }},
      {"hessian",
       [](const Tensor& y, const Tensor&) { hessian(TensorFunction([&](const Tensor&) { return y; }), f64({1})); }},
      {"on_gradient", [](const Tensor& y, const Tensor&) { on_gradient(y, [](const Tensor& g) { return g; }); }},
      {"checkpoint",
       [](const Tensor& y, const Tensor&) {
         const Tape tape;
         checkpoint([&](const Tensor& t) { return t * y; }, f64({1}));
       }},
      {"gradient through a checkpoint",
       [](const Tensor& y, const Tensor& x) {
         const Tape tape;
         tape.gradient(checkpoint([&](const Tensor&) { return y; }, f64({1})), x);
       }},
      {"vmap",
       [](const Tensor& y, const Tensor&) {
         vmap(TensorFunction([&](const Tensor&) { return y; }))(f64({1, 2}));
       }},
      {"stop_gradient", [](const Tensor& y, const Tensor&) { stop_gradient(y); }},
      {"eval", [](const Tensor& y, const Tensor&) { eval(y); }},
      {"eval of several",
       [](const Tensor& y, const Tensor& x) {
         eval({f64({1}) + 1, x, y});
       }},
      {"eval with donated tensors",
       [](const Tensor& y, const Tensor&) {
         std::vector<Tensor> donated{f64({1})};
         eval(std::span(&y, 1), donated);
       }},
      {"item", [](const Tensor& y, const Tensor&) { y.item(); }},
      {"data", [](const Tensor& y, const Tensor&) { (void)y.data<double>(); }},
      {"to_vector", [](const Tensor& y, const Tensor&) { y.to_vector<float>(); }},
      {"to_string", [](const Tensor& y, const Tensor&) { to_string(y); }},
      {"explain", [](const Tensor& y, const Tensor&) { explain(y); }},
      {"gradcheck", [](const Tensor& y, const Tensor&) { gradcheck([](const Tensor& t) { return t * 2; }, y); }},
  };
}

}  // namespace

TEST_CASE("everything that is given what another thread recorded is refused with what to do") {
  const Tensor data = f64({1, 2, 3});
  for (const bool taped : {false, true}) {
    const auto tape = taped ? std::make_unique<Tape>() : nullptr;
    const Tensor x = data * 1;
    const Tensor y = sum(x * x);
    for (const Call& call : calls()) {
      INFO(std::string(call.name), ", recorded on a tape: ", taped);
      CHECK(lacks(error_elsewhere([&] { call.run(y, x); }), {"another thread"}) == "");
    }
    if (taped) CHECK(difference(tape->gradient(y, x), f64({2, 4, 6})) == "");
  }
}

TEST_CASE("what a thread recorded that has ended is refused with what would have helped") {
  Tensor x, y;
  std::thread([&] {
    const Tape tape;
    x = f64({1, 2, 3}) * 1;
    y = sum(x * x);
  }).join();
  for (const Call& call : calls()) {
    INFO(std::string(call.name));
    CHECK(lacks(error_of([&] { call.run(y, x); }), {"another thread", "has ended"}) == "");
  }
}

TEST_CASE("a gradient of what has its value is refused on another thread, while its tape lives and after") {
  Tensor x = f64({1, 2, 3}), y, z;
  {
    const Tape tape;
    y = sum(x * x);
    eval(y);
    CHECK(lacks(error_elsewhere([&] { gradient(y, x); }), {"gradient: ", "another thread"}) == "");
    CHECK(lacks(error_elsewhere([&] { tape.gradient(y, x); }), {"Tape::gradient: ", "another thread"}) == "");
    // y is a value there, and how it came to be is not known: neither is the gradient of what is computed from it.
    const auto through = [&] {
      const Tape own;
      own.gradient(y * 2, x);
    };
    CHECK(lacks(error_elsewhere(through), {"gradient: ", "another thread", "stop_gradient"}) == "");
    std::thread([&] {
      const Tape own;
      CHECK(difference(own.gradient(y * y, y), f64(28)) == "");
      CHECK(difference(own.gradient(stop_gradient(y) * 2, x, {.materialize_grads = true}), f64({0, 0, 0})) == "");
    }).join();
  }
  std::thread([&] {
    const Tape own;
    z = sum(x * x);
    eval(z);
    y = own.gradient(z, x);
  }).join();
  CHECK(lacks(error_of([&] { gradient(z, x); }), {"gradient: "}) == "");
  CHECK(lacks(error_of([&] { gradient(sum(y), x); }), {"another thread"}) == "");
}

TEST_CASE("no operation takes an input that another thread recorded and has not run") {
  for (const Primitive* primitive : primitives()) {
    if (!primitive->samples) continue;
    for (const Sample& sample : primitive->samples()) {
      if (sample.inputs.empty()) continue;
      INFO(std::string(primitive->name), ": ", sample.name);
      std::vector<Tensor> waiting;
      for (const Tensor& input : sample.inputs) waiting.push_back(input.reshape({input.size()}).reshape(input.shape()));
      for (Tensor& input : waiting)
        if (input.node()->has_value()) input = where(ones_like(input).to(boolean), input, input);
      CHECK(lacks(error_elsewhere([&] { sample.f(waiting); }), {"another thread", "eval()"}) == "");
      // Here they are what they are.
      const Tensor expected = sample.f(sample.inputs);
      CHECK(difference(sample.f(waiting), expected) == "");
    }
  }
}

TEST_CASE("a gradient of any operation that another thread recorded is an error, not zeros") {
  for (const Primitive* primitive : primitives()) {
    if (!primitive->samples || !primitive->vjp) continue;
    for (const Sample& sample : primitive->samples()) {
      if (sample.inputs.empty() || !is_floating(sample.inputs.front().dtype())) continue;
      INFO(std::string(primitive->name), ": ", sample.name);
      const Tape tape;
      const Tensor y = sum(sample.f(sample.inputs));
      if (!is_floating(y.dtype())) continue;
      CHECK(lacks(error_elsewhere([&] { gradient(y, sample.inputs.front()); }), {"another thread"}) == "");
    }
  }
}

TEST_CASE("a tape may be ended on another thread") {
  const auto end_elsewhere = [] {
    auto tape = std::make_unique<Tape>();
    const Tensor x = f64({1, 2});
    { const Tensor unused = exp(x) * 2; }
    CHECK(tape->size() > 0);
    std::thread([&] {
      CHECK(lacks(error_of([&] { (void)tape->size(); }), {"Tape::size", "another thread"}) == "");
      tape.reset();
      // That thread has no tape, and did not lose one.
      CHECK(!Tape::alive());
      const Tape own;
      CHECK(Tape::alive());
      CHECK(difference(own.gradient(sum(x * x), x), f64({2, 4})) == "");
    }).join();
    eval(x + 1);
    CHECK(!Tape::alive());
    CHECK(recorded_primitives().empty());
  };
  end_elsewhere();  // what the library keeps from its first use on is there
  const std::size_t live = memory_stats().live;
  end_elsewhere();
  CHECK(memory_stats().live == live);
}

TEST_CASE("a profile may go on another thread, and is stopped on its own") {
  auto profile = std::make_unique<Profile>();
  eval(f64({1, 2}) * 2 + 1);
  CHECK(profile->summary().runs == 1);
  CHECK(lacks(error_elsewhere([&] { profile->stop(); }), {"Profile::stop", "another thread"}) == "");
  std::thread([&] {
    const Profile own;
    eval(f64({1, 2}) * 3);
    CHECK(own.summary().runs == 1);
    profile.reset();
  }).join();
  eval(f64({1, 2}) * 2 + 1);
  Profile next;
  eval(f64({1, 2}) * 2 + 2);
  next.stop();
  CHECK(next.summary().runs == 1);
}

}  // namespace xgrad
