#pragma once

#include <autograd/run/plan/pieces.hpp>
#include <autograd/run/run.hpp>

namespace xgrad::test {

/// How programs run, for the length of a scope. What is not given stays as it is; what is changed in the scope's course
/// is put back at its end.
class Way {
 public:
  explicit Way(bool fuse = fusing(), Planning plan = planning(), Compiling compile = compiling(),
               const run::Lengths& cut = run::lengths()) {
    set_fusing(fuse);
    set_planning(plan);
    set_compiling(compile);
    run::lengths() = cut;
  }
  Way(const Way&) = delete;
  Way& operator=(const Way&) = delete;
  ~Way() {
    set_fusing(fusing_);
    set_planning(planning_);
    set_compiling(compiling_);
    run::lengths() = lengths_;
  }

 private:
  bool fusing_ = fusing();
  Planning planning_ = planning();
  Compiling compiling_ = compiling();
  run::Lengths lengths_ = run::lengths();
};

}  // namespace xgrad::test
