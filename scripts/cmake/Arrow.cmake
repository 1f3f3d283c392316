# libdlrun_arrow.so, which reads and writes Parquet, Arrow and Feather: built where pyarrow's headers and libraries are.
#
# DLRUN_PYARROW (variable or environment) may name the `pyarrow` folder of a Python installation; without it the copy that
# `scripts/setup.sh parquet` put into .deps/ is used, where there is one. Libraries of another release have other names
# (libarrow.so.2500 of 25.0), so a plugin fits the release it was built with, and no other.

if(NOT DLRUN_PYARROW AND DEFINED ENV{DLRUN_PYARROW})
  set(DLRUN_PYARROW $ENV{DLRUN_PYARROW})
endif()
set(DLRUN_PYARROW "${DLRUN_PYARROW}" CACHE PATH "The pyarrow folder of a Python installation")
set(PYARROW_HOME ${DLRUN_PYARROW})
if(NOT PYARROW_HOME)
  set(PYARROW_HOME ${PROJECT_SOURCE_DIR}/.deps/pyarrow/pyarrow)
  if(NOT EXISTS ${PYARROW_HOME})
    return()
  endif()
endif()
set(pyarrow_so 2500)
foreach(name arrow parquet)
  if(NOT EXISTS ${PYARROW_HOME}/lib${name}.so.${pyarrow_so} OR NOT EXISTS ${PYARROW_HOME}/include/${name})
    message(FATAL_ERROR "${PYARROW_HOME} holds no pyarrow 25.0.\n"
            "Point DLRUN_PYARROW at the pyarrow folder of a Python installation that has it, or unset it and run "
            "scripts/setup.sh parquet; without it everything is built but the reading of Parquet, Arrow and Feather.")
  endif()
  add_library(pyarrow::${name} SHARED IMPORTED)
  set_target_properties(pyarrow::${name} PROPERTIES IMPORTED_LOCATION ${PYARROW_HOME}/lib${name}.so.${pyarrow_so})
  target_include_directories(pyarrow::${name} SYSTEM INTERFACE ${PYARROW_HOME}/include)
endforeach()
message(STATUS "pyarrow: ${PYARROW_HOME}")

file(GLOB arrow_files CONFIGURE_DEPENDS src/data/plugins/arrow/*.cpp)
add_library(dlrun_arrow MODULE ${arrow_files})
target_link_libraries(dlrun_arrow PRIVATE pyarrow::parquet pyarrow::arrow)
target_include_directories(dlrun_arrow PRIVATE src)
dlrun_unity(dlrun_arrow)
add_dependencies(dlrun_engine dlrun_arrow)
