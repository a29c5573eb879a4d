# `cmake --install`: the libraries, their public headers with their folders under include/xgrad/, a CMake package and
# pkg-config files, so that an outside project needs no more than find_package(xgrad) and
# target_link_libraries(... xgrad::xgrad), or `pkg-config --cflags --libs xgrad`. Components are those of the Debian
# packages (cmake/packages.cmake).
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/xgrad)
get_target_property(xgrad_type xgrad TYPE)
set(xgrad_onnx_built FALSE)
set(xgrad_images_built FALSE)
set(xgrad_mpi_built FALSE)

function(xgrad_install_library library)
  install(TARGETS ${library} EXPORT xgrad-targets
          RUNTIME COMPONENT runtime
          LIBRARY COMPONENT runtime NAMELINK_COMPONENT development
          ARCHIVE COMPONENT development)
endfunction()

xgrad_install_library(xgrad)
if(TARGET xgrad_onnx)
  set(xgrad_onnx_built TRUE)
  xgrad_install_library(xgrad_onnx)
endif()
if(TARGET xgrad_images)
  set(xgrad_images_built TRUE)
  xgrad_install_library(xgrad_images)
endif()
if(TARGET xgrad_mpi)
  set(xgrad_mpi_built TRUE)
  xgrad_install_library(xgrad_mpi)
endif()

# Public headers are those that mark what they declare as visible, and those that only gather such headers.
file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/autograd/*.hpp
     ${PROJECT_SOURCE_DIR}/nn/*.hpp ${PROJECT_SOURCE_DIR}/data/*.hpp)
if(NOT xgrad_onnx_built)
  list(FILTER headers EXCLUDE REGEX "^nn/onnx/")
endif()
if(NOT xgrad_images_built)
  list(FILTER headers EXCLUDE REGEX "^data/images/")
endif()
if(NOT xgrad_mpi_built)
  list(FILTER headers EXCLUDE REGEX "^autograd/mpi/")
endif()
set(gathering autograd/autograd.hpp autograd/xtensor.hpp nn/nn.hpp nn/onnx/onnx.hpp)
foreach(header IN LISTS headers)
  file(STRINGS ${header} marks REGEX "^#pragma GCC visibility push\\(default\\)$" LIMIT_COUNT 1)
  if(marks OR header IN_LIST gathering)
    cmake_path(GET header PARENT_PATH directory)
    install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/xgrad/${directory} COMPONENT development)
  endif()
endforeach()

install(EXPORT xgrad-targets NAMESPACE xgrad:: DESTINATION ${package_dir} COMPONENT development)
configure_package_config_file(cmake/xgradConfig.cmake.in ${PROJECT_BINARY_DIR}/xgradConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/xgradConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/xgradConfig.cmake ${PROJECT_BINARY_DIR}/xgradConfigVersion.cmake
        DESTINATION ${package_dir} COMPONENT development)

# xgrad_install_pkg_config(NAME DESCRIPTION LIBRARY REQUIRES REQUIRES_PRIVATE LIBRARY_FILE...): NAME.pc for -lLIBRARY.
# What a static library needs besides is private: `pkg-config --static` names it.
function(xgrad_install_pkg_config name description library requires requires_private)
  set(libraries "")
  set(directories "")
  foreach(file IN LISTS ARGN)
    if(IS_ABSOLUTE ${file})
      cmake_path(GET file PARENT_PATH directory)
      cmake_path(GET file STEM stem)
      string(REGEX REPLACE "^lib" "-l" file ${stem})
      if(NOT directory IN_LIST CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES)
        list(APPEND directories -L${directory})
      endif()
    endif()
    list(APPEND libraries ${file})
  endforeach()
  list(REMOVE_DUPLICATES directories)
  list(REMOVE_DUPLICATES libraries)
  set(private "")
  if(xgrad_type STREQUAL "STATIC_LIBRARY")
    list(JOIN directories " " directories)
    list(JOIN libraries " " libraries)
    string(APPEND private "Requires.private: ${requires_private}\nLibs.private: ${directories} ${libraries}\n")
  endif()
  file(RELATIVE_PATH to_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
  string(REGEX REPLACE "/$" "" to_prefix ${to_prefix})
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/${name}.pc @ONLY CONTENT
       "# Programs are compiled as C++20.
prefix=\${pcfiledir}/@to_prefix@
libdir=\${prefix}/@CMAKE_INSTALL_LIBDIR@
includedir=\${prefix}/@CMAKE_INSTALL_INCLUDEDIR@/xgrad

Name: @name@
Description: @description@
Version: @PROJECT_VERSION@
Requires: @requires@
Cflags: -I\${includedir}
Libs: -L\${libdir} -l@library@
@private@")
  install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
endfunction()

set(asmjit_file "")
if(asmjit_FOUND)
  set(asmjit_file -lasmjit)
endif()
xgrad_install_pkg_config(xgrad "${PROJECT_DESCRIPTION}" xgrad "" "fmt zlib" ${LAPACK_LIBRARIES} ${BLAS_LIBRARIES}
                         ${asmjit_file} -pthread)
if(TARGET xgrad_onnx)
  xgrad_install_pkg_config(xgrad-onnx "ONNX files of xgrad's modules" xgrad_onnx xgrad "fmt protobuf"
                           ${ONNX_PROTO_LIBRARY})
endif()
if(TARGET xgrad_images)
  xgrad_install_pkg_config(xgrad-images "PNG and JPEG files as xgrad's datasets" xgrad_images xgrad
                           "fmt libpng libjpeg")
endif()
if(TARGET xgrad_mpi)
  xgrad_install_pkg_config(xgrad-mpi "xgrad's computations shared among processes" xgrad_mpi xgrad "mpi")
endif()

# The program, what completes its command lines in shells, and pages to read.
if(TARGET xgrad_program)
  install(TARGETS xgrad_program RUNTIME COMPONENT tools)
  if(NOT CMAKE_CROSSCOMPILING)
    set(completion ${PROJECT_BINARY_DIR}/apps/completion)
    install(FILES ${completion}.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME xgrad
            COMPONENT tools)
    install(FILES ${completion}.zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions RENAME _xgrad COMPONENT tools)
    install(FILES ${completion}.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d RENAME xgrad.fish
            COMPONENT tools)
  endif()
endif()
install(FILES README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT documentation)
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT documentation
        FILES_MATCHING PATTERN *.md PATTERN *.png PATTERN *.svg)
