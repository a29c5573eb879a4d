// A small training program, for the time that compiling it takes.
#include <data/mnist.hpp>
#include <nn/nn.hpp>

int main() {
  using namespace xgrad;
  const data::Mnist mnist = data::mnist("mnist");
  nn::Sequential model{nn::Linear(784, 100), nn::BatchNorm1d(100), nn::Tanh(), nn::Linear(100, 10)};
  optim::SGD sgd(model.parameters(), {.lr = 0.1});
  for (const auto& [x, y] : data::Loader(mnist.train, {.batch_size = 60, .shuffle = true})) {
    Tape tape;
    const Tensor loss = nn::cross_entropy(model(x), y);
    sgd.step(tape.gradient(loss, model.parameters()));
  }
}
