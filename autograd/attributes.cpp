#include <autograd/attributes.hpp>

#include <autograd/error.hpp>

namespace xgrad {

std::uint64_t Attributes::next_number() noexcept {
  static std::atomic<std::uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

void Attributes::refuse_type() {
  fail("attributes", "a kernel or rule asks for attributes of another type than the primitive was recorded with");
}

void Attributes::let_go() noexcept {
  if (held().references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete &held();
}

}  // namespace xgrad
