#include <autograd/tape.hpp>

#include <autograd/recorder.hpp>
#include <autograd/transforms.hpp>

namespace xgrad {

Tape::Tape() { recorder().begin_tape(); }
Tape::~Tape() { recorder().end_tape(); }

Tensor Tape::gradient(const Tensor& y, const Tensor& x, const GradientOptions& options) const {
  return xgrad::gradient(y, x, options);
}

std::vector<Tensor> Tape::gradient(const Tensor& y, const std::vector<Tensor>& xs,
                                   const GradientOptions& options) const {
  return xgrad::gradient(y, xs, options);
}

std::vector<Tensor> Tape::gradient(const Tensor& y, std::initializer_list<Tensor> xs,
                                   const GradientOptions& options) const {
  return gradient(y, std::vector<Tensor>(xs), options);
}

bool Tape::alive() noexcept { return recorder().tapes > 0; }
std::size_t Tape::size() const noexcept { return recorder().nodes.size(); }

}  // namespace xgrad
