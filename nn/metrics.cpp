#include <nn/metrics.hpp>

#include <fmt/format.h>

#include <autograd/ops.hpp>

namespace xgrad::nn {

Tensor accuracy(const Tensor& logits, const Tensor& labels) {
  const Called called("accuracy");
  if (!logits.defined() || !labels.defined())
    fail("accuracy", fmt::format("{} are an undefined Tensor (default-constructed or moved from)",
                                 logits.defined() ? "labels" : "logits"));
  if (logits.rank() != 2 || labels.rank() != 1 || labels.size(0) != logits.size(0) || labels.dtype() != int64) {
    fail("accuracy", fmt::format("logits have shape {}, labels are {} {}; (N, C) and int64 (N,) were expected",
                                 to_string(logits.shape()), to_string(labels.dtype()), to_string(labels.shape())));
  }
  return mean(equal(argmax(logits, 1), labels));
}

}  // namespace xgrad::nn
