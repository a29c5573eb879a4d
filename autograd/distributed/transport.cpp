#include <autograd/distributed/transport.hpp>

namespace xgrad::distributed {

const char* to_string(Collective collective) noexcept {
  switch (collective) {
    case Collective::all_reduce:
      return "all_reduce";
    case Collective::reduce:
      return "reduce";
    case Collective::reduce_scatter:
      return "reduce_scatter";
    case Collective::all_gather:
      return "all_gather";
    case Collective::broadcast:
      return "broadcast";
    case Collective::all_to_all:
      return "all_to_all";
    case Collective::barrier:
      return "barrier";
  }
  return "collective";
}

std::string to_string(const Exchange& exchange) {
  std::string text = to_string(exchange.collective);
  if (exchange.collective == Collective::barrier) return text;
  text += " of " + std::to_string(exchange.in.size() / size_of(exchange.dtype)) + " ";
  text += xgrad::to_string(exchange.dtype);
  if (exchange.collective == Collective::reduce) text += " to rank " + std::to_string(exchange.root);
  if (exchange.collective == Collective::broadcast) text += " from rank " + std::to_string(exchange.root);
  return text;
}

}  // namespace xgrad::distributed
