# `cpack -G DEB`: four Debian packages, of a build with -DCMAKE_INSTALL_PREFIX=/usr -DBUILD_SHARED_LIBS=ON.
# scripts/check-packages builds them, installs them in a clean root, and uses them there.
set(version ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME xgrad)
set(CPACK_PACKAGE_VENDOR "The xgrad authors")
set(CPACK_PACKAGE_CONTACT "The xgrad authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL runtime development tools documentation)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# xgrad_package(COMPONENT NAME SECTION DESCRIPTION): all packages have the title CPACK_PACKAGE_DESCRIPTION_SUMMARY.
function(xgrad_package component name section description)
  string(TOUPPER ${component} COMPONENT)
  set(CPACK_DEBIAN_${COMPONENT}_PACKAGE_NAME ${name} PARENT_SCOPE)
  set(CPACK_DEBIAN_${COMPONENT}_PACKAGE_SECTION ${section} PARENT_SCOPE)
  set(CPACK_DEBIAN_${COMPONENT}_DESCRIPTION "${description}" PARENT_SCOPE)
  # In packages alone: an installation by hand has one licence, in its own folder.
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${name} RENAME copyright
          COMPONENT ${component} EXCLUDE_FROM_ALL)
endfunction()
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT licence)

xgrad_package(runtime libxgrad${version} libs
  "The shared libraries. xgrad records tensor operations on a tape, differentiates the tape to any
order, and runs it in fused loops on OpenBLAS. It has the layers, losses,
optimizers and data loaders of neural networks.")
xgrad_package(development libxgrad-dev libdevel
  "The C++20 headers of xgrad, and what CMake's find_package and pkg-config need
to find it. The bridge to xtensor's arrays needs libxtensor-dev.")
xgrad_package(tools xgrad-tools science
  "Programs of xgrad: they train and apply networks on MNIST and on text, and
show what batch normalization does.")
xgrad_package(documentation xgrad-doc doc
  "The pages of xgrad's documentation, in Markdown.")

set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR})
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libxgrad${version} (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS "libxtensor-dev, cmake, pkg-config, xgrad-doc")
set(CPACK_DEBIAN_TOOLS_PACKAGE_DEPENDS "libxgrad${version} (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_DOCUMENTATION_PACKAGE_ARCHITECTURE all)
include(CPack)
