#pragma once

#include <string>

#include <autograd/run/plan/plan.hpp>

namespace xgrad::run {

/// A step in a line: its operations, the space it runs over, and its module.
std::string step_title(const Plan& plan, const Step& step);

/// A storage as explain() names it.
std::string storage_text(const Plan& plan, StorageId storage);

}  // namespace xgrad::run
