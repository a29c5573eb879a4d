#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <autograd/autograd.hpp>
#include <nn/nn.hpp>

#include "../../autograd/expect.hpp"
#include "../../autograd/fusing.hpp"

namespace xgrad {
namespace {

using test::difference;
using test::error_of;

Tensor loss_of(const nn::Embedding& table, const Tensor& words) { return sum(square(table(words)) * 0.5); }

/// The table after a step by the whole gradient.
Tensor by_whole_gradient(const nn::Embedding& table, const Tensor& words, double lr) {
  const Tape tape;
  const Tensor weight = table.weight;
  Tensor gradient = tape.gradient(loss_of(table, words), weight);
  eval(gradient);
  const Tensor next = weight - lr * gradient;
  eval(next);
  return next;
}

TEST_CASE("a step of SGD on the rows that were used is one by the whole gradient") {
  manual_seed(1);
  for (const bool padded : {false, true}) {
    const nn::Embedding table = padded ? nn::Embedding(50, 7, {.padding_idx = 3}) : nn::Embedding(50, 7);
    optim::SGD sgd(table.parameters(), {.lr = 0.1});
    for (const Tensor& words : {tensor({3, 49, 3, 3, 0}, int64), tensor({{1, 2}, {2, -1}}, int64), zeros({0}, int64)}) {
      const Tensor expected = by_whole_gradient(table, words, 0.1);
      const Tape tape;
      sgd.step(tape.gradient(loss_of(table, words), table.parameters()));
      CHECK(difference(table.weight, expected, {1e-6, 1e-7}) == "");
    }
  }
}

TEST_CASE("maximize climbs on the rows that were used") {
  const nn::Embedding table(4, 2);
  const Tensor before = table.weight;
  optim::SGD sgd(table.parameters(), {.lr = 0.5, .maximize = true});
  const Tape tape;
  sgd.step(tape.gradient(sum(table(tensor({1}, int64))), table.parameters()));
  CHECK(difference(table.weight - before, {{0, 0}, {0.5, 0.5}, {0, 0}, {0, 0}}, {0, 1e-6}) == "");
}

TEST_CASE("a gradient that was looked at, is shared or scaled, gives the same step") {
  manual_seed(2);
  const Tensor words = tensor({1, 1, 4}, int64);
  for (const int how : {0, 1, 2}) {
    const nn::Embedding table(6, 3);
    const Tensor expected = by_whole_gradient(table, words, 0.1);
    optim::SGD sgd(table.parameters(), {.lr = 0.1});
    const Tape tape;
    const Tensor loss =
        how == 1 ? loss_of(table, words.slice(0, 0, 1)) + loss_of(table, words.slice(0, 1, 3)) : loss_of(table, words);
    std::vector<Tensor> gradients = tape.gradient(loss, table.parameters());
    if (how == 0) eval(gradients);
    if (how == 2) gradients[0] = gradients[0] * 2 / 2;
    sgd.step(gradients);
    CHECK(difference(table.weight, expected, {1e-6, 1e-7}) == "");
  }
}

TEST_CASE("a step that is refused leaves the table as it was") {
  const nn::Embedding table(4, 2);
  const nn::Linear out(2, 3);
  optim::SGD sgd(table.parameters() + out.parameters(), {.lr = 0.5});
  const Tensor before = table.weight + 0;
  eval(before);
  const Tape tape;
  const Tensor loss = nn::cross_entropy(out(table(tensor({1, 2}, int64))), tensor({0, 7}, int64));
  CHECK(error_of([&] { sgd.step(tape.gradient(loss, table.parameters() + out.parameters())); }) != "");
  CHECK(difference(table.weight, before) == "");
  CHECK(sgd.steps() == 0);
}

TEST_CASE("steps change the table where it lies") {
  const nn::Embedding table(1000, 16);
  optim::SGD sgd(table.parameters(), {.lr = 0.1});
  const Tensor words = tensor({5, 7, 5}, int64);
  Profile profile;
  for (int i = 0; i < 12; ++i) {
    Tape tape;
    sgd.step(tape.gradient(loss_of(table, words), table.parameters()));
  }
  // A whole gradient would be of 16,000 numbers in each step.
  CHECK(profile.report().find("index_add (1000, 16) (3, 16) (3,) -> (1000, 16)") != std::string::npos);
  CHECK(profile.report().find("pass over 16000") == std::string::npos);
  CHECK(profile.report().find("add_at") == std::string::npos);
}

TEST_CASE("planned steps write no row that was not used") {
  const test::Fusing planned(true);
  const nn::Embedding table(1000, 16);
  optim::SGD sgd(table.parameters(), {.lr = 0.1});
  const auto memory = [&] {
    const Tensor weight = table.weight;
    return weight.data<float>().data();
  };
  const void* const before = memory();
  const auto gradients = [&] {
    const Tape tape;
    return tape.gradient(loss_of(table, tensor({5, 7, 5}, int64)), table.parameters());
  };
  sgd.step(gradients());  // the tape, which could still ask for the former values, has ended
  CHECK(memory() == before);
}

}  // namespace
}  // namespace xgrad
