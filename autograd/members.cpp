#include <autograd/members_definitions.hpp>

namespace xgrad {

template class Members<Tensor>;

}  // namespace xgrad
