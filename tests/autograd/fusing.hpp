#pragma once

#include <autograd/run/run.hpp>

namespace xgrad::test {

/// Chooses how runs go for the length of a scope: planned and fused the first time, or node by node.
class Fusing {
 public:
  explicit Fusing(bool fuse) {
    set_fusing(fuse);
    set_planning(Planning::always);
  }
  Fusing(const Fusing&) = delete;
  Fusing& operator=(const Fusing&) = delete;
  ~Fusing() {
    set_fusing(fused_);
    set_planning(planned_);
  }

 private:
  bool fused_ = fusing();
  Planning planned_ = planning();
};

}  // namespace xgrad::test
