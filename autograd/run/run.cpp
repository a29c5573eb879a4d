#include <autograd/run/run.hpp>

#include <atomic>
#include <cstdlib>
#include <string_view>

#include <autograd/run/execute/plan_cache.hpp>

namespace xgrad {
namespace {

std::atomic<bool>& fuse_flag() {
  static std::atomic<bool> fuse{[] {
    const char* text = std::getenv("XGRAD_FUSE");
    return !text || std::string_view(text) != "0";
  }()};
  return fuse;
}

std::atomic<Planning>& planning_flag() {
  static std::atomic<Planning> when{[] {
    const char* text = std::getenv("XGRAD_PLAN");
    return text && std::string_view(text) == "always" ? Planning::always : Planning::repeated;
  }()};
  return when;
}

std::atomic<Compiling>& compiling_flag() {
  static std::atomic<Compiling> when{[] {
    const char* text = std::getenv("XGRAD_COMPILE");
    const std::string_view wanted = text ? text : "";
    if (wanted == "never" || wanted == "0") return Compiling::never;
    return wanted == "always" ? Compiling::always : Compiling::repeated;
  }()};
  return when;
}

}  // namespace

bool fusing() { return fuse_flag(); }
void set_fusing(bool fuse) { fuse_flag() = fuse; }

Planning planning() { return planning_flag(); }
void set_planning(Planning when) { planning_flag() = when; }

Compiling compiling() { return compiling_flag(); }
void set_compiling(Compiling when) { compiling_flag() = when; }

PlanCacheStats plan_cache_stats() { return run::cache_stats(); }

}  // namespace xgrad
