# libdlrun_nccl.so: several processes on GPUs, by libtorch's NCCL backend. Built where the CUDA plugin is and nccl.h is found: beside
# the CUDA toolkit (Debian's libnccl-dev of NVIDIA), or in the wheel nvidia-nccl-cu13 beside a Python's torch. Like that one it is
# compiled on machines without a GPU, and loaded only where several processes compute on them (src/dist/nccl.cpp).

if(NOT TARGET dlrun_cuda)
  return()
endif()
find_path(DLRUN_nccl_INCLUDE nccl.h HINTS ${cuda_home}/include ${TORCH_HOME}/../nvidia/nccl/include)
if(NOT DLRUN_nccl_INCLUDE)
  message(STATUS "NCCL: no nccl.h, so one process only on GPUs")
  return()
endif()
message(STATUS "NCCL: ${DLRUN_nccl_INCLUDE}/nccl.h")

file(GLOB nccl_files CONFIGURE_DEPENDS src/dist/plugins/nccl/*.cpp)
add_library(dlrun_nccl MODULE ${nccl_files})
target_include_directories(dlrun_nccl PRIVATE src)
target_include_directories(dlrun_nccl SYSTEM PRIVATE ${cuda_home}/include ${DLRUN_nccl_INCLUDE})
target_compile_definitions(dlrun_nccl PRIVATE USE_C10D_NCCL)
set_target_properties(dlrun_nccl PROPERTIES CXX_VISIBILITY_PRESET hidden)
# NCCL itself comes with libtorch_cuda, whose own it is.
target_link_libraries(dlrun_nccl PRIVATE torch::cpu -Wl,--no-as-needed ${TORCH_HOME}/lib/libtorch_cuda.so
                      ${TORCH_HOME}/lib/libc10_cuda.so -L${cuda_home}/lib64 cudart -Wl,-z,defs)
add_dependencies(dlrun_engine dlrun_nccl)
