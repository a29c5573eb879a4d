#pragma once

namespace xgrad::io {

/// Tells the system that this thread writes while others compute: its waking up interrupts none of them, where the
/// system has such a policy.
void work_in_background() noexcept;

}  // namespace xgrad::io
