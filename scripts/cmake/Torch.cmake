# torch::cpu, imported by hand: find_package(Torch) wants the CUDA toolkit and its language even for CPU work.
#
# DLRUN_TORCH_DIR (variable or environment) may name a libtorch folder, a Python `torch` package folder, or a folder
# that holds one somewhere inside; without it the copy that scripts/setup.sh put into .deps/ is used.

if(NOT DLRUN_TORCH_DIR AND DEFINED ENV{DLRUN_TORCH_DIR})
  set(DLRUN_TORCH_DIR $ENV{DLRUN_TORCH_DIR})
endif()
if(NOT DLRUN_TORCH_DIR)
  set(DLRUN_TORCH_DIR ${PROJECT_SOURCE_DIR}/.deps)
endif()
set(DLRUN_TORCH_DIR ${DLRUN_TORCH_DIR} CACHE PATH "libtorch, or a Python torch package")

file(GLOB torch_candidates ${DLRUN_TORCH_DIR} ${DLRUN_TORCH_DIR}/torch ${DLRUN_TORCH_DIR}/*/torch
     ${DLRUN_TORCH_DIR}/*/lib/python*/site-packages/torch ${DLRUN_TORCH_DIR}/lib/python*/site-packages/torch)
foreach(candidate ${torch_candidates})
  if(EXISTS ${candidate}/lib/libtorch_cpu.so AND EXISTS ${candidate}/include/ATen/ATen.h)
    set(TORCH_HOME ${candidate})
    break()
  endif()
endforeach()
if(NOT TORCH_HOME)
  message(FATAL_ERROR "No libtorch under ${DLRUN_TORCH_DIR}.\n"
          "Run scripts/setup.sh, or point -DDLRUN_TORCH_DIR= (or the variable of that name in the environment) "
          "at an existing libtorch or Python torch 2.11.")
endif()
set(torch_version "of another version")
if(EXISTS ${TORCH_HOME}/include/torch/headeronly/version.h)  # Since 2.9.
  file(STRINGS ${TORCH_HOME}/include/torch/headeronly/version.h torch_version REGEX "TORCH_VERSION_(MAJOR|MINOR) ")
  string(REGEX REPLACE "[^0-9]+([0-9]+)[^0-9]+([0-9]+)" "\\1.\\2" torch_version "${torch_version}")
endif()
if(NOT torch_version STREQUAL 2.11)
  message(FATAL_ERROR "${TORCH_HOME} is libtorch ${torch_version}; dlrun is written for 2.11.\n"
          "Point DLRUN_TORCH_DIR at a libtorch or Python torch 2.11, or unset it and run scripts/setup.sh.")
endif()
message(STATUS "libtorch: ${TORCH_HOME} (${torch_version})")

foreach(name c10 torch_cpu)
  add_library(torch::${name} SHARED IMPORTED)
  set_target_properties(torch::${name} PROPERTIES IMPORTED_LOCATION ${TORCH_HOME}/lib/lib${name}.so)
  target_include_directories(torch::${name} SYSTEM INTERFACE ${TORCH_HOME}/include
                             ${TORCH_HOME}/include/torch/csrc/api/include)
endforeach()
add_library(torch_cpu_all INTERFACE)
target_link_libraries(torch_cpu_all INTERFACE torch::torch_cpu torch::c10)
# libtorch's include folder carries another fmt, whose functions no library at hand defines. -I comes before -isystem.
find_path(FMT_INCLUDE fmt/format.h PATHS /usr/include REQUIRED)
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/include)
file(CREATE_LINK ${FMT_INCLUDE}/fmt ${PROJECT_BINARY_DIR}/include/fmt SYMBOLIC)
target_include_directories(torch_cpu_all INTERFACE ${PROJECT_BINARY_DIR}/include)
target_link_options(torch_cpu_all INTERFACE -Wl,--allow-shlib-undefined -Wl,--disable-new-dtags)
add_library(torch::cpu ALIAS torch_cpu_all)
