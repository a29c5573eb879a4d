// The fuzzer of the one target that is linked (https://llvm.org/docs/LibFuzzer.html).
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const xgrad::fuzz::Target target = xgrad::fuzz::targets().at(0);
  try {
    target.run({reinterpret_cast<const char*>(data), size});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", target.name.c_str(), error.what());
    std::abort();
  }
  return 0;
}
