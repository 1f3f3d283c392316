# Debian's libraries whose own CMake packages ask for more than we use (HDF5's a C compiler), or that have none.

# dlrun_library(NAME HEADER FOLDERS.. LIBRARIES ..): an imported target dlrun::NAME.
function(dlrun_library name header)
  cmake_parse_arguments(ARG "" "" "FOLDERS;LIBRARIES" ${ARGN})
  find_path(DLRUN_${name}_INCLUDE ${header} PATH_SUFFIXES ${ARG_FOLDERS} REQUIRED)
  add_library(dlrun::${name} INTERFACE IMPORTED)
  target_include_directories(dlrun::${name} SYSTEM INTERFACE ${DLRUN_${name}_INCLUDE})
  foreach(library ${ARG_LIBRARIES})
    find_library(DLRUN_${library}_LIBRARY ${library} REQUIRED)
    target_link_libraries(dlrun::${name} INTERFACE ${DLRUN_${library}_LIBRARY})
  endforeach()
endfunction()

dlrun_library(hdf5 hdf5.h FOLDERS hdf5/serial LIBRARIES hdf5_serial)
dlrun_library(jpeg jpeglib.h LIBRARIES jpeg)
dlrun_library(png png.h LIBRARIES png)
find_path(opencv_headers opencv2/imgcodecs.hpp PATH_SUFFIXES opencv4)
if(opencv_headers)  # without it: no pictures but JPEG and PNG
  dlrun_library(opencv opencv2/core.hpp FOLDERS opencv4 LIBRARIES opencv_core opencv_imgcodecs)
endif()
dlrun_library(pugixml pugixml.hpp LIBRARIES pugixml)
dlrun_library(xxhash xxhash.h LIBRARIES xxhash)
dlrun_library(curl curl/curl.h)  # its header alone: the library is loaded when a connection is made
