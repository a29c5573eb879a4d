# `cmake --install`: the library, the headers with their folders under include/xgrad/, and a CMake package, so that an
# outside project needs no more than find_package(xgrad) and target_link_libraries(... xgrad::xgrad).
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/xgrad)
get_target_property(xgrad_type xgrad TYPE)
set(xgrad_onnx_built FALSE)
set(xgrad_images_built FALSE)

install(TARGETS xgrad EXPORT xgrad-targets)
install(DIRECTORY autograd nn data DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/xgrad FILES_MATCHING PATTERN *.hpp
        PATTERN nn/onnx EXCLUDE PATTERN data/images EXCLUDE)
if(TARGET xgrad_onnx)
  set(xgrad_onnx_built TRUE)
  install(TARGETS xgrad_onnx EXPORT xgrad-targets)
  install(FILES nn/onnx/onnx.hpp nn/onnx/export.hpp nn/onnx/import.hpp
          DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/xgrad/nn/onnx)
endif()
if(TARGET xgrad_images)
  set(xgrad_images_built TRUE)
  install(TARGETS xgrad_images EXPORT xgrad-targets)
  install(FILES data/images/image.hpp data/images/image_folder.hpp
          DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/xgrad/data/images)
endif()
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(EXPORT xgrad-targets NAMESPACE xgrad:: DESTINATION ${package_dir})

configure_package_config_file(cmake/xgradConfig.cmake.in ${PROJECT_BINARY_DIR}/xgradConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/xgradConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/xgradConfig.cmake ${PROJECT_BINARY_DIR}/xgradConfigVersion.cmake
        DESTINATION ${package_dir})
