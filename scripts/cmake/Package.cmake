# What packages hold. `ninja package_wheel_parts`: program, engine and plugins linked once more, from the same objects, for a
# tree that carries its libraries and finds libtorch in the Python that it is installed into; scripts/package.sh makes a
# wheel of them. `cpack` makes a .deb of what is installed.

# HDF5 and libarchive, static and small: scripts/packaging/libraries.sh
set(packaging ${PROJECT_SOURCE_DIR}/.deps/packaging)
if(DEFINED ENV{DLRUN_PACKAGING_DIR})
  set(packaging $ENV{DLRUN_PACKAGING_DIR})
endif()
if(EXISTS ${packaging}/complete)
  # site-packages/dlrun/lib/dlrun beside site-packages/torch/lib. DT_RPATH, so that carried libraries find each other by it.
  set(beside "$ORIGIN:$ORIGIN/../../../torch/lib:$ORIGIN/../../../nvidia/cu13/lib")
  set(parts ${PROJECT_BINARY_DIR}/wheel-parts)
  function(wheel_part name rpath output)
    set_target_properties(${name} PROPERTIES OUTPUT_NAME ${output} BUILD_WITH_INSTALL_RPATH ON INSTALL_RPATH "${rpath}"
                          LINKER_LANGUAGE CXX LIBRARY_OUTPUT_DIRECTORY ${parts}/lib/dlrun RUNTIME_OUTPUT_DIRECTORY ${parts}/bin)
    target_link_options(${name} PRIVATE -Wl,--disable-new-dtags -Wl,--exclude-libs,ALL -Wl,--gc-sections)
    add_dependencies(package_wheel_parts ${name})
  endfunction()
  add_custom_target(package_wheel_parts)

  add_library(wheel_engine SHARED EXCLUDE_FROM_ALL $<TARGET_OBJECTS:engine_objects> $<TARGET_OBJECTS:core>)
  target_link_libraries(wheel_engine PRIVATE torch::cpu spdlog::spdlog fmt::fmt Threads::Threads dlrun::xxhash dlrun::pugixml yaml-cpp
                        ${packaging}/lib/libhdf5.a ${packaging}/lib/libarchive.a ZLIB::ZLIB lzma zstd ${CMAKE_DL_LIBS})
  wheel_part(wheel_engine "${beside}" dlrun_engine)
  add_executable(wheel_dlrun EXCLUDE_FROM_ALL $<TARGET_OBJECTS:dlrun> $<TARGET_OBJECTS:core>)
  target_link_libraries(wheel_dlrun PRIVATE spdlog::spdlog fmt::fmt Threads::Threads dlrun::xxhash yaml-cpp ${CMAKE_DL_LIBS})
  wheel_part(wheel_dlrun "$ORIGIN/../lib/dlrun" dlrun)
  add_library(wheel_images MODULE EXCLUDE_FROM_ALL $<TARGET_OBJECTS:dlrun_images>)
  target_link_libraries(wheel_images PRIVATE dlrun::jpeg dlrun::png)
  wheel_part(wheel_images "$ORIGIN" dlrun_images)
  if(TARGET dlrun_arrow)  # beside site-packages/pyarrow, which the extra `parquet` brings
    add_library(wheel_arrow MODULE EXCLUDE_FROM_ALL $<TARGET_OBJECTS:dlrun_arrow>)
    target_link_libraries(wheel_arrow PRIVATE pyarrow::parquet pyarrow::arrow)
    wheel_part(wheel_arrow "$ORIGIN/../../../pyarrow" dlrun_arrow)
  endif()
  if(TARGET dlrun_cuda)
    add_library(wheel_cuda MODULE EXCLUDE_FROM_ALL $<TARGET_OBJECTS:dlrun_cuda> ${kernel_objects})
    get_target_property(cuda_links dlrun_cuda LINK_LIBRARIES)
    target_link_libraries(wheel_cuda PRIVATE ${cuda_links})
    wheel_part(wheel_cuda "${beside}" dlrun_cuda)
  endif()
  if(TARGET dlrun_nccl)
    add_library(wheel_nccl MODULE EXCLUDE_FROM_ALL $<TARGET_OBJECTS:dlrun_nccl>)
    get_target_property(nccl_links dlrun_nccl LINK_LIBRARIES)
    target_link_libraries(wheel_nccl PRIVATE ${nccl_links})
    wheel_part(wheel_nccl "${beside}" dlrun_nccl)
  endif()
endif()

# The .deb: the installed tree with libtorch in lib/dlrun; what Debian has is a dependency, found by dpkg-shlibdeps.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME dlrun)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The dlrun developers <dlrun@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "trains neural networks from one YAML recipe")
set(CPACK_PACKAGE_DESCRIPTION "One YAML recipe in; a trained, evaluated, exported model out. With libtorch 2.11 for processors.")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEB_COMPONENT_INSTALL OFF)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Loaded by name: for dlrun data fetch and logging.mlflow, for curves.png, and OpenCV with its plugin for rarer pictures.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "libcurl4 | libcurl3-gnutls, librsvg2-2")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "$ENV{DLRUN_DEB_SUGGESTS}")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${TORCH_HOME}/lib ${TORCH_HOME}/../nvidia/cu13/lib)
include(CPack)
