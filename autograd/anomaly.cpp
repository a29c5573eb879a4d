#include <autograd/anomaly.hpp>

#include <cstdlib>
#include <string_view>
#include <unordered_map>

#include <autograd/node.hpp>
#include <autograd/per_thread.hpp>
#include <autograd/provenance.hpp>

namespace xgrad {
namespace {

/// How often detection has begun. Memory of nodes is used again, so that what is remembered holds for one time only.
std::atomic<std::uint64_t> beginnings{0};

void begin() noexcept {
  if (detail::anomaly_scopes.fetch_add(1) == 0) ++beginnings;
}

[[maybe_unused]] const bool wanted_by_environment = [] {
  const char* text = std::getenv("XGRAD_DETECT_ANOMALY");
  const bool wanted = text && std::string_view(text) == "1";
  if (wanted) begin();
  return wanted;
}();

struct Memory {
  std::uint64_t beginning = 0;
  std::unordered_map<const Node*, Provenance> provenance;
};

/// The memory of this thread.
Memory& memory() {
  static thread_local constinit PerThread<Memory> own;
  Memory& instance = *own;
  if (const std::uint64_t now = beginnings.load(); instance.beginning != now) {
    instance.provenance.clear();
    instance.beginning = now;
  }
  return instance;
}

}  // namespace

DetectAnomaly::DetectAnomaly() noexcept { begin(); }

DetectAnomaly::~DetectAnomaly() {
  if (detail::anomaly_scopes.fetch_sub(1) == 1) forget_provenance();
}

void note_provenance(const Node& node, const Provenance& provenance) { memory().provenance[&node] = provenance; }

const Provenance* provenance_of(const Node& node) noexcept {
  const Memory& known = memory();
  const auto found = known.provenance.find(&node);
  return found == known.provenance.end() ? nullptr : &found->second;
}

Origin origin_of_derivative(const Node& node) noexcept {
  const Provenance* provenance = provenance_of(node);
  if (!provenance) return {.primitive = node.primitive, .scope = node.scope, .call = {}, .noted = false, .order = 1};
  Origin origin = provenance->origin;
  if (!origin.primitive)
    origin = {.primitive = node.primitive, .scope = node.scope, .call = provenance->call, .noted = true};
  ++origin.order;
  return origin;
}

void forget_provenance() noexcept { memory().provenance = {}; }

}  // namespace xgrad
