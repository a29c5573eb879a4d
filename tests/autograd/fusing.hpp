#pragma once

#include <autograd/run/run.hpp>

namespace xgrad::test {

/// Chooses how runs go for the length of a scope: planned and fused, or node by node.
class Fusing {
 public:
  explicit Fusing(bool fuse) : before_(fusing()) { set_fusing(fuse); }
  Fusing(const Fusing&) = delete;
  Fusing& operator=(const Fusing&) = delete;
  ~Fusing() { set_fusing(before_); }

 private:
  bool before_;
};

}  // namespace xgrad::test
