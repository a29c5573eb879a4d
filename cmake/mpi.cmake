# The optional library xgrad::mpi, of the sources in autograd/mpi/, where MPI is found (Debian: libopenmpi-dev,
# openmpi-bin).
option(XGRAD_MPI "Let processes compute together (needs MPI)" ON)
if(NOT XGRAD_MPI)
  return()
endif()

set(MPI_CXX_SKIP_MPICXX TRUE)  # the C interface
find_package(MPI QUIET COMPONENTS CXX)
if(NOT MPI_CXX_FOUND)
  message(STATUS "MPI was not found (Debian: libopenmpi-dev openmpi-bin): distributed runs are left out")
  return()
endif()

file(GLOB_RECURSE xgrad_mpi_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/autograd/mpi/*.cpp)
add_library(xgrad_mpi ${xgrad_mpi_sources})
add_library(xgrad::mpi ALIAS xgrad_mpi)
set_target_properties(xgrad_mpi PROPERTIES EXPORT_NAME mpi)
target_link_libraries(xgrad_mpi PUBLIC xgrad::xgrad PRIVATE MPI::MPI_CXX $<BUILD_INTERFACE:xgrad_options>)
xgrad_library(xgrad_mpi)
