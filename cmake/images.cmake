# The optional library xgrad::images, of the sources in data/images/, where libpng and libjpeg are found (Debian:
# libpng-dev, libjpeg-dev).
option(XGRAD_IMAGES "Read PNG and JPEG files (needs libpng and libjpeg)" ON)
if(NOT XGRAD_IMAGES)
  return()
endif()

find_package(PNG QUIET)
find_package(JPEG QUIET)
if(NOT (PNG_FOUND AND JPEG_FOUND))
  message(STATUS "libpng and libjpeg were not found (Debian: libpng-dev libjpeg-dev): folders of images are left out")
  return()
endif()

file(GLOB_RECURSE xgrad_images_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/data/images/*.cpp)
add_library(xgrad_images ${xgrad_images_sources})
add_library(xgrad::images ALIAS xgrad_images)
set_target_properties(xgrad_images PROPERTIES EXPORT_NAME images)
target_link_libraries(xgrad_images PUBLIC xgrad::xgrad
                      PRIVATE PNG::PNG JPEG::JPEG fmt::fmt $<BUILD_INTERFACE:xgrad_options>)
xgrad_library(xgrad_images)
