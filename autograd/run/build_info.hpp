#pragma once

#include <cstddef>
#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace xgrad {

/// The library's version: "0.2.0".
std::string version();

/// How the library was built, and what it found on this machine.
struct BuildInfo {
  std::string version;
  std::string compiler;      ///< "GCC 12.2.0"
  std::string architecture;  ///< that it was built for: "x86_64"
  std::string blas;          ///< what OpenBLAS says of itself; "not OpenBLAS" of another one
  /// Whether loops can be compiled to machine code: in this build, on this processor, and by leave of the system.
  bool compiles_loops = false;
  std::string why_not_compiled;  ///< in words, where they cannot: "built without asmjit"
  /// The instruction sets beyond the architecture's baseline that kernels use here: "AVX2", "AVX-512", "AVX-512 BF16".
  std::vector<std::string> instruction_sets;
  std::string processor;  ///< its name, where the system says it
  std::size_t cores = 0;  ///< that this process may use
  /// Bytes of the processor's caches, of the first level for data, the second and the third; 0 where not known.
  std::size_t cache_sizes[3] = {};
  std::size_t memory = 0;  ///< bytes of the machine; 0 where not known
};

BuildInfo build_info();

}  // namespace xgrad
#pragma GCC visibility pop
