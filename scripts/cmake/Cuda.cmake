# libdlrun_cuda.so: compiled wherever nvcc and a libtorch with CUDA are found, so that a machine without a GPU still catches its
# build errors; loaded only where a GPU is (src/tensor/cuda.cpp).

option(DLRUN_CUDA "Build the CUDA plugin where nvcc is found" ON)
find_program(NVCC nvcc HINTS ENV CUDA_HOME ENV CUDA_PATH PATH_SUFFIXES bin PATHS /usr/local/cuda/bin)
if(NOT DLRUN_CUDA OR DLRUN_SANITIZE)
  return()
elseif(NOT NVCC)
  message(STATUS "CUDA: no nvcc, so no GPU support")
  return()
elseif(NOT EXISTS ${TORCH_HOME}/lib/libtorch_cuda.so)
  message(STATUS "CUDA: this libtorch has none, so no GPU support")
  return()
endif()

get_filename_component(cuda_home ${NVCC} DIRECTORY)
get_filename_component(cuda_home ${cuda_home} DIRECTORY)
message(STATUS "CUDA: ${NVCC}")

# nvcc is called by hand: CMake 3.25 does not know nvcc 13, and its language would send g++'s warnings to it.
# Built for what libtorch 2.11 itself is built for, with code for later GPUs.
set(cuda_code)
foreach(architecture 75 80 90 100 120)
  list(APPEND cuda_code -gencode=arch=compute_${architecture},code=sm_${architecture})
endforeach()
list(APPEND cuda_code -gencode=arch=compute_120,code=compute_120)

file(GLOB_RECURSE kernel_files CONFIGURE_DEPENDS src/tensor/kernels/cuda/*.cu)
set(kernel_objects)
foreach(file ${kernel_files})
  file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR} ${file})
  set(object ${PROJECT_BINARY_DIR}/CMakeFiles/dlrun_cuda.dir/${name}.o)
  get_filename_component(folder ${object} DIRECTORY)
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${NVCC} -ccbin ${CMAKE_CXX_COMPILER} -std=c++20 -O3 ${cuda_code} --expt-relaxed-constexpr -Werror all-warnings
            -Xcompiler -fPIC,-fvisibility=hidden,-Wall,-Werror -I ${PROJECT_SOURCE_DIR}/src -isystem ${TORCH_HOME}/include
            -MD -MF ${object}.d -c ${file} -o ${object}
    DEPENDS ${file} DEPFILE ${object}.d COMMENT "Compiling ${name}" VERBATIM)
  list(APPEND kernel_objects ${object})
endforeach()

file(GLOB_RECURSE host_files CONFIGURE_DEPENDS src/tensor/kernels/cuda/*.cpp)
add_library(dlrun_cuda MODULE ${host_files} ${kernel_objects})
target_include_directories(dlrun_cuda PRIVATE src)
target_include_directories(dlrun_cuda SYSTEM PRIVATE ${cuda_home}/include)
set_target_properties(dlrun_cuda PROPERTIES CXX_VISIBILITY_PRESET hidden)
target_link_libraries(dlrun_cuda PRIVATE torch::cpu -Wl,--no-as-needed ${TORCH_HOME}/lib/libtorch_cuda.so
                      ${TORCH_HOME}/lib/libc10_cuda.so -L${cuda_home}/lib64 cudart -Wl,-z,defs)
add_dependencies(dlrun_engine dlrun_cuda)
