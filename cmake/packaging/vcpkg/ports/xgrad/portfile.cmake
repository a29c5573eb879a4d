# An overlay port, which builds the checkout that it lies in:
#
#   vcpkg install xgrad --overlay-ports=<checkout>/cmake/packaging/vcpkg/ports
cmake_path(ABSOLUTE_PATH CURRENT_PORT_DIR NORMALIZE OUTPUT_VARIABLE port)
cmake_path(APPEND port ../../../../.. OUTPUT_VARIABLE SOURCE_PATH)
cmake_path(NORMAL_PATH SOURCE_PATH)

vcpkg_check_features(OUT_FEATURE_OPTIONS features FEATURES images XGRAD_IMAGES mpi XGRAD_MPI onnx XGRAD_ONNX)
if(NOT "compile" IN_LIST FEATURES)
  list(APPEND features -DCMAKE_DISABLE_FIND_PACKAGE_asmjit=ON)
endif()

vcpkg_cmake_configure(
  SOURCE_PATH ${SOURCE_PATH}
  OPTIONS
    ${features}
    -DXGRAD_BUILD_TESTS=OFF
    -DXGRAD_BUILD_APPS=OFF
    -DXGRAD_BUILD_BENCH=OFF
    -DXGRAD_BUILD_EXAMPLES=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/xgrad)
vcpkg_fixup_pkgconfig()

file(REMOVE_RECURSE ${CURRENT_PACKAGES_DIR}/debug/include ${CURRENT_PACKAGES_DIR}/debug/share)
vcpkg_install_copyright(FILE_LIST ${SOURCE_PATH}/LICENSE)
