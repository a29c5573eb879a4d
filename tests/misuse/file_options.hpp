#pragma once

#include <autograd/io/npz.hpp>

#include "wrong.hpp"

namespace xgrad {

inline auto fields(LoadOptions& o) {
  auto& [max_bytes, verify_checksum] = o;
  return std::tie(max_bytes, verify_checksum);
}

}  // namespace xgrad
