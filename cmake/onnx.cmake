# The optional library xgrad::onnx, of the sources in nn/onnx/, where libonnx and protobuf are found (Debian: libonnx-dev,
# libprotobuf-dev). libonnx has no CMake package.
option(XGRAD_ONNX "Read and write ONNX files (needs libonnx and protobuf)" ON)
if(NOT XGRAD_ONNX)
  return()
endif()

find_package(Protobuf QUIET)
find_path(ONNX_INCLUDE_DIR onnx/onnx_pb.h)
find_library(ONNX_PROTO_LIBRARY onnx_proto)
find_library(ONNX_LIBRARY onnx)
mark_as_advanced(ONNX_INCLUDE_DIR ONNX_PROTO_LIBRARY ONNX_LIBRARY)
if(NOT (Protobuf_FOUND AND ONNX_INCLUDE_DIR AND ONNX_PROTO_LIBRARY AND ONNX_LIBRARY))
  message(STATUS "libonnx was not found (Debian: libonnx-dev libprotobuf-dev): ONNX files are left out")
  return()
endif()

file(GLOB_RECURSE xgrad_onnx_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/nn/onnx/*.cpp)
add_library(xgrad_onnx ${xgrad_onnx_sources})
add_library(xgrad::onnx ALIAS xgrad_onnx)
set_target_properties(xgrad_onnx PROPERTIES EXPORT_NAME onnx)
target_link_libraries(xgrad_onnx PUBLIC xgrad::xgrad
                      PRIVATE onnx_proto protobuf::libprotobuf fmt::fmt $<BUILD_INTERFACE:xgrad_options>)
# As Debian builds the messages.
set(xgrad_onnx_definitions ONNX_ML=1 ONNX_NAMESPACE=onnx)
target_compile_definitions(xgrad_onnx PRIVATE ${xgrad_onnx_definitions})
target_include_directories(xgrad_onnx SYSTEM PRIVATE ${ONNX_INCLUDE_DIR} ${Protobuf_INCLUDE_DIRS})
cmake_path(GET ONNX_PROTO_LIBRARY PARENT_PATH xgrad_onnx_directory)
target_link_directories(xgrad_onnx PRIVATE $<BUILD_INTERFACE:${xgrad_onnx_directory}>)
xgrad_library(xgrad_onnx)
