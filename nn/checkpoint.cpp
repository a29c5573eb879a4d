#include <nn/checkpoint.hpp>

#include <fmt/format.h>

#include <autograd/differentiate/checkpoint.hpp>

namespace xgrad::nn {
Tensor checkpoint_sequential(const Sequential& model, std::size_t segments, const Tensor& x) {
  const auto& modules = model.children();
  if (segments < 1 || segments > modules.size()) {
    fail("checkpoint_sequential", fmt::format("{} segments were asked for, of {} modules; expected 1 to {}", segments,
                                              modules.size(), modules.size()));
  }
  Tensor y = x;
  for (std::size_t segment = 0; segment < segments; ++segment) {
    const std::size_t first = segment * modules.size() / segments, last = (segment + 1) * modules.size() / segments;
    y = checkpoint(
        [&](const Tensor& in) {
          Tensor out = in;
          for (std::size_t i = first; i < last; ++i) out = modules[i].second(out);
          return out;
        },
        y);
  }
  return y;
}
}  // namespace xgrad::nn
