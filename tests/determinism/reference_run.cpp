#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

#include <autograd/autograd.hpp>
#include <autograd/run/build_info.hpp>
#include <data/loader.hpp>
#include <data/synthetic.hpp>
#include <nn/freeze.hpp>
#include <nn/nn.hpp>

// A training run whose numbers repeat to the bit: two epochs of digits by a convolutional network and by a recurrent
// one, from loaders with workers, with dropout and three optimizers. Prints each loss, then a hash of the bits of all
// parameters and of a frozen network's answers. Settings come from the environment. `--instruction-sets` prints those
// alone.
namespace {

using namespace xgrad;

/// FNV-1a of the bits of float32 tensors.
class Hash {
 public:
  void add(const Tensor& tensor) {
    for (const float value : tensor.to_vector<float>()) {
      std::uint32_t bits = 0;
      std::memcpy(&bits, &value, sizeof(bits));
      for (int byte = 0; byte < 4; ++byte) value_ = (value_ ^ (bits >> 8 * byte & 0xFF)) * 0x100000001B3u;
    }
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xCBF29CE484222325u;
};

template <class Optimizer>
void train(const char* name, const data::ImageDataset& images, nn::Sequential model, Optimizer optimizer,
           const Shape& shape) {
  data::Loader loader(images, {.batch_size = 25, .shuffle = true, .seed = 4, .workers = 2});
  for (int epoch = 0; epoch < 2; ++epoch) {
    int step = 0;
    for (const auto& [x, y] : loader) {
      Shape batch{x.shape()[0]};
      for (const std::int64_t extent : shape) batch.push_back(extent);
      const Tape tape;
      const Tensor loss = nn::cross_entropy(model(x.reshape(batch)), y);
      optimizer.step(tape.gradient(loss, model.parameters()));
      std::printf("%s %d.%d %a\n", name, epoch, ++step, loss.item<double>());
    }
  }
  Hash hash;
  for (const auto& [entry, tensor] : nn::state_dict(model))
    if (tensor.dtype() == float32) hash.add(tensor);
  model.eval();
  Shape one{3};
  for (const std::int64_t extent : shape) one.push_back(extent);
  hash.add(nn::freeze(model)(rand(one)));
  std::printf("%s parameters and answers %016llx\n", name, static_cast<unsigned long long>(hash.value()));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == "--instruction-sets") {
    std::string all = "baseline";
    for (const std::string& set : build_info().instruction_sets)
      if (set != "AVX-512 BF16") all = set;  // which float32 knows nothing of
    std::printf("%s\n", all.c_str());
    return 0;
  }
  manual_seed(11);
  const data::ImageDataset images = data::synthetic_digits(300, 5);
  nn::Sequential convolutions{nn::Conv2d(1, 16, 3), nn::BatchNorm2d(16), nn::ReLU(),    nn::Conv2d(16, 16, 3),
                              nn::ReLU(),           nn::MaxPool2d(2),    nn::Flatten(), nn::Dropout(0.25),
                              nn::Linear(2304, 32), nn::BatchNorm1d(32), nn::Tanh(),    nn::Linear(32, 10)};
  train("convolutions", images, convolutions, optim::Adam(convolutions.parameters(), {.lr = 0.002}), {1, 28, 28});
  nn::Sequential layers{nn::Linear(784, 100), nn::LayerNorm(100), nn::GELU(),        nn::Linear(100, 50),
                        nn::BatchNorm1d(50),  nn::Sigmoid(),      nn::Linear(50, 10)};
  train("layers", images, layers, optim::SGD(layers.parameters(), {.lr = 0.1, .momentum = 0.9}), {784});
}
