# Several processes: src/dist/gloo.cpp where the headers of Gloo are found (Debian: libgloo-dev), gloo_none.cpp otherwise. Gloo
# itself lies inside libtorch; nothing else of it is linked, and the engine needs none of it where it runs.

option(DLRUN_GLOO "Build the exchange between processes where Gloo's headers are found" ON)
find_path(DLRUN_gloo_INCLUDE gloo/context.h)
if(DLRUN_GLOO AND DLRUN_gloo_INCLUDE)
  set(gloo_left_out gloo_none)
  set_source_files_properties(src/dist/gloo.cpp PROPERTIES COMPILE_DEFINITIONS USE_C10D_GLOO)
  if(NOT DLRUN_gloo_INCLUDE STREQUAL /usr/include)
    set_source_files_properties(src/dist/gloo.cpp PROPERTIES COMPILE_OPTIONS "-isystem;${DLRUN_gloo_INCLUDE}")
  endif()
else()
  message(STATUS "Gloo: no headers, so one process only")
  set(gloo_left_out "(gloo|gloo_locks)")
endif()
# What the program answers in libc's place (src/base/waiting_locks.h). The engine is loaded behind libc, so an answer of its own
# would come too late for libtorch.
function(answers_for_locks program)
  target_link_options(${program} PRIVATE LINKER:--export-dynamic-symbol=pthread_mutex_trylock
                      LINKER:--export-dynamic-symbol=dlrun_wait_for_locks_in)
endfunction()
list(FILTER engine_files EXCLUDE REGEX "/src/dist/${gloo_left_out}\\.cpp$")
