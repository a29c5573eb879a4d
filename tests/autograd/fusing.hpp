#pragma once

#include "way.hpp"

namespace xgrad::test {

/// Chooses how runs go for the length of a scope: planned and fused the first time, or node by node.
class Fusing {
 public:
  explicit Fusing(bool fuse) : way_(fuse, Planning::always) {}

 private:
  Way way_;
};

}  // namespace xgrad::test
