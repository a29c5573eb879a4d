// What asmjit reports to, for shared libraries with an asmjit whose own does not go into one (CMakeLists.txt). Nothing
// is printed. A broken assertion of asmjit's ends the program, as in asmjit itself.
#include <cstdlib>

#include <asmjit/core.h>

ASMJIT_BEGIN_NAMESPACE
namespace DebugUtils {

const char* errorAsString(Error) noexcept { return "an error of asmjit"; }
void debugOutput(const char*) noexcept {}
void assertionFailed(const char*, int, const char*) noexcept { std::abort(); }

}  // namespace DebugUtils
ASMJIT_END_NAMESPACE
