// A program of an outside project: trains a small network for a few steps.
#include <cstdlib>
#include <iostream>

#include <data/synthetic.hpp>
#include <nn/nn.hpp>

using namespace xgrad;

int main() {
  manual_seed(1);
  auto [x, y] = data::synthetic_digits(200, 1).all();
  nn::Sequential model{nn::Linear(784, 20), nn::BatchNorm1d(20), nn::Tanh(), nn::Linear(20, 10)};
  optim::SGD sgd(model.parameters(), {.lr = 0.1});
  double first = 0;
  double last = 0;
  for (int step = 0; step < 20; ++step) {
    Tape tape;
    Tensor loss = nn::cross_entropy(model(x), y);
    sgd.step(tape.gradient(loss, model.parameters()));
    (step == 0 ? first : last) = loss.item();
  }
  std::cout << "loss " << first << " -> " << last << "\n";
  return last < first ? EXIT_SUCCESS : EXIT_FAILURE;
}
