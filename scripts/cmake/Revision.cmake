# Which revision was built: -P writes it into a header that only src/run/environment.cpp includes, and only when it changed.
# A tarball without git has none.
if(CMAKE_SCRIPT_MODE_FILE)
  cmake_minimum_required(VERSION 3.25)
  execute_process(COMMAND git describe --always --dirty --abbrev=12 WORKING_DIRECTORY ${SOURCE}
                  OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  file(CONFIGURE OUTPUT ${HEADER} CONTENT "#define DLRUN_REVISION \"@revision@\"\n" @ONLY)
  return()
endif()

set(revision_header ${PROJECT_BINARY_DIR}/include/run/revision.h)
add_custom_target(revision COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DHEADER=${revision_header}
                  -P ${CMAKE_CURRENT_LIST_FILE} BYPRODUCTS ${revision_header} COMMENT "Looking up the revision")
add_dependencies(engine_objects revision)
