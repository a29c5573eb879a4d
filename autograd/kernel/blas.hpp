#pragma once

extern "C" [[gnu::weak]] void openblas_set_num_threads(int);  // NOLINT(readability-redundant-declaration)

namespace xgrad::ops {

/// The products of a run are spread over the library's own threads; threads of OpenBLAS's would only get in their way.
inline void keep_blas_to_one_thread() {
  [[maybe_unused]] static const bool once = [] {
    if (openblas_set_num_threads) openblas_set_num_threads(1);
    return true;
  }();
}

}  // namespace xgrad::ops
