# Compiler cache, linker, warnings, sanitizers: what every target is built with.

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}
      CCACHE_NOHASHDIR=1 ${CCACHE})
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# The last four give false alarms in g++ 12 on plain std::string and std::shared_ptr code (GCC bugs 105651, 105562).
add_compile_options(-Wall -Wextra -Werror -Wno-unused-parameter -Wno-missing-field-initializers -Wno-restrict
                    -Wno-stringop-overflow -Wno-array-bounds -Wno-maybe-uninitialized)
add_compile_options($<$<NOT:$<CXX_COMPILER_ID:GNU>>:-Wno-unknown-warning-option>)
# g++ collects garbage dozens of times per file of libtorch templates; with this it never does, below 4 GiB per job.
add_compile_options($<$<COMPILE_LANG_AND_ID:CXX,GNU>:--param=ggc-min-heapsize=4194304>)
# For what does not compute: a quarter less to compile than -O3. (A target's options stand behind the preset's.)
set(DLRUN_LIGHT $<$<CONFIG:Release>:-O1>)
if(DLRUN_SANITIZE)
  # Instrumented code looks uninitialized to g++ 12 where it is not (GCC bug 105562). The vptr check needs the type
  # information of libtorch's classes, which its libraries do not export.
  add_compile_options(-Wno-maybe-uninitialized -fsanitize=${DLRUN_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all -fno-sanitize=vptr)
  add_link_options(-fsanitize=${DLRUN_SANITIZE})
endif()
# What every test runs with. Reports about libraries that are not ours are suppressed by name.
set(suppressions ${PROJECT_SOURCE_DIR}/scripts/sanitizers)
set(DLRUN_TEST_ENVIRONMENT
    DLRUN_BINARY=${PROJECT_BINARY_DIR}/dlrun ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:intercept_tls_get_addr=0:allocator_may_return_null=1
    LSAN_OPTIONS=suppressions=${suppressions}/leaks.supp:print_suppressions=0 UBSAN_OPTIONS=print_stacktrace=1
    TSAN_OPTIONS=suppressions=${suppressions}/threads.supp:halt_on_error=1)
