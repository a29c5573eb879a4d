#include <autograd/io/background.hpp>

#include <sched.h>

namespace xgrad::io {

void work_in_background() noexcept {
#if defined(SCHED_BATCH) && !defined(__EMSCRIPTEN__)
  const sched_param none{};
  ::sched_setscheduler(0, SCHED_BATCH, &none);  // without it the thread works as well
#endif
}

}  // namespace xgrad::io
