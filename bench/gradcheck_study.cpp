// Every gradient of the study's network (784-100x9-10 tanh, batch norm, float64, a batch of 60) against central
// differences: some 170,000 parameters, two losses each. Prints the worst entry, and fails where it is out of bounds.
//
//   bench_gradcheck_study          takes minutes
#include <cstdio>

#include <autograd/differentiate/gradcheck.hpp>

#include "common.hpp"

int main() {
  using namespace xgrad;
  manual_seed(1);
  nn::Sequential model = bench::ten_layer_network();
  model.to(float64);
  const auto [images, labels] = bench::random_batch();
  const Tensor x = images.to(float64), y = labels;
  eval(x);
  const nn::ParameterList parameters = model.parameters();
  const std::vector<Tensor> values = parameters;
  std::int64_t count = 0;
  for (const Tensor& value : values) count += value.size();
  const auto loss = [&](const std::vector<Tensor>& candidates) {
    std::size_t i = 0;
    for (const auto& parameter : parameters) parameter.set(candidates[i++]);
    return nn::cross_entropy(model(x), y);
  };
  const GradcheckResult result = gradcheck(loss, values);
  std::printf("%lld parameters: %s\n", static_cast<long long>(count), result.message.c_str());
  return result.passed ? 0 : 1;
}
