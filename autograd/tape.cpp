#include <autograd/tape.hpp>

#include <exception>

#include <autograd/differentiate/gradient.hpp>
#include <autograd/recorder.hpp>

namespace xgrad {

Tape::Tape() : list_(recorder().id) { recorder().begin_tape(); }

Tape::~Tape() {
  Recorder& list = recorder();
  if (list.id != list_) {
    Recorder::end_tape_of(list_);
    return;
  }
  list.end_tape();
  // Kernels need not run on the way of an exception; what is recorded next looks again.
  if (std::uncaught_exceptions() == 0) list.bound_waiting();
}

Tensor Tape::gradient(const Tensor& y, const Tensor& x, const GradientOptions& options) const {
  check_thread("Tape::gradient");
  return xgrad::gradient(y, x, options);
}

std::vector<Tensor> Tape::gradient(const Tensor& y, const std::vector<Tensor>& xs,
                                   const GradientOptions& options) const {
  check_thread("Tape::gradient");
  return xgrad::gradient(y, xs, options);
}

std::vector<Tensor> Tape::gradient(const Tensor& y, std::initializer_list<Tensor> xs,
                                   const GradientOptions& options) const {
  return gradient(y, std::vector<Tensor>(xs), options);
}

bool Tape::alive() noexcept { return recorder().tapes > 0; }

std::size_t Tape::size() const {
  check_thread("Tape::size");
  return recorder().nodes.size();
}

void Tape::check_thread(const char* where) const {
  if (recorder().id != list_)
    fail(where, "the Tape belongs to another thread; ask there, and share values (after eval), or make a Tape here");
}

}  // namespace xgrad
