# What the shared libraries export: what stands between `#pragma GCC visibility push(default)` and `pop` in a header,
# and no instantiations of the standard library's templates (docs/design.md, "Public headers").
include(CheckLinkerFlag)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(xgrad_version_script ${CMAKE_CURRENT_LIST_DIR}/exported.map)
check_linker_flag(CXX "LINKER:--version-script=${xgrad_version_script}" XGRAD_HAVE_VERSION_SCRIPT)

# xgrad_library(LIBRARY [OBJECT_LIBRARY...]): a library of xgrad's. Where it is a shared one, tests and benchmarks that
# use more than it exports link LIBRARY_core, a static library of the same objects; else that is the library itself.
function(xgrad_library library)
  set_target_properties(${library} PROPERTIES POSITION_INDEPENDENT_CODE ON VERSION ${PROJECT_VERSION}
                        SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
                        DEFINE_SYMBOL "")  # objects are the same in shared and static libraries
  set(objects "")
  foreach(object_library IN LISTS ARGN)
    list(APPEND objects $<TARGET_OBJECTS:${object_library}>)
  endforeach()
  target_sources(${library} PRIVATE ${objects})

  get_target_property(type ${library} TYPE)
  if(NOT type STREQUAL "SHARED_LIBRARY")
    add_library(${library}_core ALIAS ${library})
    return()
  endif()
  if(XGRAD_HAVE_VERSION_SCRIPT)
    target_link_options(${library} PRIVATE "LINKER:--version-script=${xgrad_version_script}")
    set_property(TARGET ${library} APPEND PROPERTY LINK_DEPENDS ${xgrad_version_script})
  endif()
  get_target_property(libraries ${library} LINK_LIBRARIES)
  list(TRANSFORM libraries REPLACE "^xgrad::xgrad$" xgrad_core)
  add_library(${library}_core STATIC EXCLUDE_FROM_ALL $<TARGET_OBJECTS:${library}> ${objects})
  target_compile_features(${library}_core PUBLIC cxx_std_20)
  target_include_directories(${library}_core PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${library}_core PUBLIC ${libraries})
  set_target_properties(${library}_core PROPERTIES LINKER_LANGUAGE CXX)
endfunction()
