#include <doctest/doctest.h>

#include <vector>

#include <autograd/autograd.hpp>

#include "../../fusing.hpp"

// Which operations go together.
namespace xgrad {

TEST_CASE("a step that reads thousands of results keeps its place between passes that would go together") {
  // More results than are listed for a step (3,072), and fewer.
  for (const int count : {3000, 3071, 3072, 3073, 3074, 4000}) {
    std::vector<Tensor> inputs;
    for (int i = 0; i < count; ++i) inputs.push_back(full({3}, 0.01 * i));
    eval(inputs);
    const auto program = [&] {
      std::vector<Tensor> parts;
      for (const Tensor& x : inputs) parts.push_back(tanh(x));
      const Tensor joined = concatenate(parts, 0);
      // Needs what the concatenation gives, and is added to what the concatenation reads.
      return parts.back() + sin(slice(joined, 0, joined.size() - 3, joined.size()));
    };
    const auto values = [&](bool fused) {
      const test::Fusing fusing(fused);
      return program().to_vector<float>();
    };
    CHECK(values(true) == values(false));
  }
}

}  // namespace xgrad
