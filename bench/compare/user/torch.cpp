// The same program in libtorch, for the time that compiling it takes.
#include <torch/torch.h>

int main() {
  auto mnist = torch::data::datasets::MNIST("mnist").map(torch::data::transforms::Stack<>());
  torch::nn::Sequential model(torch::nn::Flatten(), torch::nn::Linear(784, 100), torch::nn::BatchNorm1d(100),
                              torch::nn::Tanh(), torch::nn::Linear(100, 10));
  torch::optim::SGD sgd(model->parameters(), torch::optim::SGDOptions(0.1));
  for (auto& batch : *torch::data::make_data_loader<torch::data::samplers::RandomSampler>(std::move(mnist), 60)) {
    sgd.zero_grad();
    torch::nn::functional::cross_entropy(model->forward(batch.data), batch.target).backward();
    sgd.step();
  }
}
