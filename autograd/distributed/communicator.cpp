#include <autograd/distributed/communicator.hpp>

#include <algorithm>
#include <utility>
#include <vector>

#include <autograd/attributes.hpp>
#include <autograd/distributed/collective_attributes.hpp>
#include <autograd/error.hpp>
#include <autograd/ops.hpp>
#include <autograd/recorder.hpp>

namespace xgrad::distributed {
namespace {

/// One rank: everything is there already.
class Alone final : public Transport {
 public:
  int rank() const noexcept override { return 0; }
  int size() const noexcept override { return 1; }
  void run(const Exchange& exchange) override {
    if (exchange.in.data() != exchange.out.data()) std::ranges::copy(exchange.in, exchange.out.begin());
  }
  std::shared_ptr<Transport> split(int, int) override { return std::make_shared<Alone>(); }
};

constinit thread_local const Communicator* this_threads = nullptr;

Communicator& default_world() {
  static Communicator& world = *new Communicator;  // destructors of static objects may still use it
  return world;
}

}  // namespace

struct Communicator::State {
  std::shared_ptr<Transport> transport;
  /// By root. Calls share them, so that plans know that they are of one group.
  std::vector<Attributes> attributes;
};

Communicator::Communicator() {
  static const Communicator& alone = *new Communicator(std::make_shared<Alone>());
  state_ = alone.state_;
}

Communicator::Communicator(std::shared_ptr<Transport> transport) {
  if (!transport) fail("Communicator", "there is no transport");
  std::vector<Attributes> attributes;
  for (int root = 0; root < transport->size(); ++root)
    attributes.emplace_back(CollectiveAttributes{.transport = transport, .root = root});
  state_ = std::make_shared<const State>(State{std::move(transport), std::move(attributes)});
}

int Communicator::rank() const noexcept { return state_->transport->rank(); }
int Communicator::size() const noexcept { return state_->transport->size(); }

void Communicator::barrier() const {
  run_ordered();
  state_->transport->run({.collective = Collective::barrier});
}

Communicator Communicator::split(int color, int key) const {
  run_ordered();
  return Communicator(state_->transport->split(color, key));
}

const Attributes& Communicator::attributes(int root) const {
  if (root < 0 || root >= size()) {
    fail("Communicator",
         "rank " + std::to_string(root) + " was asked for; there are ranks 0 to " + std::to_string(size() - 1));
  }
  return state_->attributes[static_cast<std::size_t>(root)];
}

const Communicator& world() { return this_threads ? *this_threads : default_world(); }

void set_default_world(const Communicator& world) { default_world() = world; }

WorldScope::WorldScope(Communicator world) : world_(std::move(world)), outer_(std::exchange(this_threads, &world_)) {}

WorldScope::~WorldScope() { this_threads = outer_; }

void run_ordered() {
  const Tensor last = recorder().last_ordered;
  if (last.defined()) eval(last);
}

}  // namespace xgrad::distributed
