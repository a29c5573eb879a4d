# What the libraries have in common. A shared library exports what stands between `#pragma GCC visibility push(default)`
# and `pop` in a header, and no instantiations of the standard library's templates (docs/design.md, "Public headers").
include(CheckLinkerFlag)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(xgrad_version_script ${CMAKE_CURRENT_LIST_DIR}/exported.map)
check_linker_flag(CXX "LINKER:--version-script=${xgrad_version_script}" XGRAD_HAVE_VERSION_SCRIPT)

# Installed libraries and programs find each other wherever the prefix is.
if(NOT DEFINED CMAKE_INSTALL_RPATH AND NOT CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  file(RELATIVE_PATH libraries_from_programs ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
  set(CMAKE_INSTALL_RPATH $ORIGIN $ORIGIN/${libraries_from_programs})
endif()

function(xgrad_limit_exports library)
  set_target_properties(${library} PROPERTIES VERSION ${PROJECT_VERSION}
                        SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  if(XGRAD_HAVE_VERSION_SCRIPT)
    target_link_options(${library} PRIVATE "LINKER:--version-script=${xgrad_version_script}")
    set_property(TARGET ${library} APPEND PROPERTY LINK_DEPENDS ${xgrad_version_script})
  endif()
endfunction()

# xgrad_library(LIBRARY [OBJECT_LIBRARY...]): completes a library, static or shared as BUILD_SHARED_LIBS has it, of its
# own sources and those of object libraries. Tests have both kinds, of the same objects: LIBRARY_core is a static one, for
# what uses more than a shared library exports; LIBRARY_shared is a shared one, which has those of an object library
# LIBRARY_shared_only besides.
function(xgrad_library library)
  set(objects "")
  foreach(object_library IN LISTS ARGN)
    list(APPEND objects $<TARGET_OBJECTS:${object_library}>)
  endforeach()
  target_sources(${library} PRIVATE ${objects})
  if(EMSCRIPTEN)  # which has static libraries only
    add_library(${library}_core ALIAS ${library})
    return()
  endif()
  set_target_properties(${library} PROPERTIES POSITION_INDEPENDENT_CODE ON DEFINE_SYMBOL "")

  get_target_property(type ${library} TYPE)
  if(type STREQUAL "SHARED_LIBRARY")
    xgrad_limit_exports(${library})
    add_library(${library}_shared ALIAS ${library})
    set(other ${library}_core)
    add_library(${other} STATIC EXCLUDE_FROM_ALL)
    set(shared ${library})
  else()
    add_library(${library}_core ALIAS ${library})
    set(other ${library}_shared)
    add_library(${other} SHARED EXCLUDE_FROM_ALL)
    set(shared ${other})
    xgrad_limit_exports(${other})
    set_target_properties(${other} PROPERTIES OUTPUT_NAME ${library}
                          LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/shared)
  endif()
  if(TARGET ${library}_shared_only)
    target_sources(${shared} PRIVATE $<TARGET_OBJECTS:${library}_shared_only>)
  endif()
  get_target_property(libraries ${library} LINK_LIBRARIES)
  string(REGEX MATCH "_[a-z]+$" kind ${other})
  list(TRANSFORM libraries REPLACE "^xgrad::xgrad$" xgrad${kind})
  target_sources(${other} PRIVATE $<TARGET_OBJECTS:${library}> ${objects})
  target_compile_features(${other} PUBLIC cxx_std_20)
  target_include_directories(${other} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${other} PRIVATE ${libraries})
  set_target_properties(${other} PROPERTIES LINKER_LANGUAGE CXX)
endfunction()
