# For the browser: what Debian's emscripten (3.1.6, with clang 14) and its packages of headers give, without libraries.

# Clang 14's own C++ library lacks std::bit_cast and most of std::ranges; version 16, which clang 14 can compile, has them
# (Debian: libc++-16-dev-wasm32). Its types lie in memory as those of emscripten's compiled library do: both are of ABI
# version 2.
find_path(XGRAD_LIBCXX_DIR __algorithm/ranges_find.h PATHS /usr/lib/llvm-16/include/wasm32-wasi/c++/v1
          NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH REQUIRED)
set(headers ${PROJECT_BINARY_DIR}/headers)
file(CONFIGURE OUTPUT ${headers}/libcxx/__config_site CONTENT "#pragma once
#define _LIBCPP_ABI_NAMESPACE __2
#define _LIBCPP_HAS_MUSL_LIBC
#define _LIBCPP_HAS_NO_VENDOR_AVAILABILITY_ANNOTATIONS
#define _LIBCPP_ENABLE_ASSERTIONS_DEFAULT 0
")

# Packages of headers, by links in a folder of their own: /usr/include has the C library of this machine, too.
foreach(package IN ITEMS fmt nlohmann xsimd xtensor xtl)
  find_path(XGRAD_${package}_DIR ${package} PATHS /usr/include NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH REQUIRED)
  file(MAKE_DIRECTORY ${headers}/packages)
  file(CREATE_LINK ${XGRAD_${package}_DIR}/${package} ${headers}/packages/${package} SYMBOLIC)
endforeach()
foreach(target IN ITEMS fmt::fmt nlohmann_json::nlohmann_json xsimd xtensor xtensor-blas)
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES ${headers}/packages)
endforeach()
set_target_properties(fmt::fmt PROPERTIES INTERFACE_COMPILE_DEFINITIONS FMT_HEADER_ONLY)

# Vectors of 128 bits, which xsimd uses as SSE2's, and exceptions of WebAssembly's own.
add_compile_options(-msimd128 -msse2 -fwasm-exceptions
                    -nostdinc++ "SHELL:-isystem ${headers}/libcxx" "SHELL:-isystem ${XGRAD_LIBCXX_DIR}")
add_link_options(-fwasm-exceptions)
