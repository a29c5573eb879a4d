#include <apps/common/ranks.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <unistd.h>

#include <apps/common/output.hpp>
#include <autograd/error.hpp>
#include <autograd/run/run.hpp>
#ifdef XGRAD_APPS_HAVE_MPI
#include <autograd/mpi/session.hpp>
#endif

namespace xgrad::apps {

#ifdef XGRAD_APPS_HAVE_MPI
namespace {

/// How many ranks run on this machine.
int ranks_here(const distributed::Communicator& world) {
  char name[256] = {};
  ::gethostname(name, sizeof name - 1);
  constexpr std::size_t most = 0x3fffffff;
  return world.split(static_cast<int>(std::hash<std::string_view>()(name) & most)).size();
}

}  // namespace

struct Ranks::State {
  mpi::Session session;
};

Ranks::Ranks(const RanksOptions& options)
    : state_(new State{mpi::Session({.deadline = std::chrono::duration<double>(options.deadline)})}) {
  const distributed::Communicator& world = state_->session.world();
  if (world.rank() != 0) say_nothing();
  if (options.shares_threads) set_num_threads(std::max(1, num_threads() / ranks_here(world)));
}
#else
struct Ranks::State {};

Ranks::Ranks(const RanksOptions&) {
  fail("--distributed", "xgrad was built without MPI; expected a build with it (Debian: libopenmpi-dev, openmpi-bin)");
}
#endif

Ranks::~Ranks() = default;

}  // namespace xgrad::apps
