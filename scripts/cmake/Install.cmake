# cmake --install build --prefix X: a tree that can be moved anywhere. The program finds its engine by ../lib/dlrun, the engine its
# libraries by $ORIGIN. Component `program` is dlrun itself, component `libtorch` what it computes with (0.5 GB).
#
# -DDLRUN_INSTALL_TORCH=OFF leaves libtorch where it was at build time: smaller, and the way to install for a GPU, whose
# libraries (5 GB) are not copied.

option(DLRUN_INSTALL_TORCH "Copy libtorch into the installed tree" ON)

set(libraries dlrun_engine)
foreach(plugin dlrun_images dlrun_formats dlrun_arrow dlrun_cuda dlrun_nccl)
  if(TARGET ${plugin})
    list(APPEND libraries ${plugin})
  endif()
endforeach()
set_target_properties(${libraries} PROPERTIES INSTALL_RPATH "$ORIGIN")
if(NOT DLRUN_INSTALL_TORCH)
  set_target_properties(${libraries} PROPERTIES INSTALL_RPATH "$ORIGIN;${TORCH_HOME}/lib")
  if(TARGET dlrun_arrow)
    set_target_properties(dlrun_arrow PROPERTIES INSTALL_RPATH "$ORIGIN;${PYARROW_HOME}")
  endif()
elseif(TARGET dlrun_cuda)
  list(REMOVE_ITEM libraries dlrun_cuda dlrun_nccl)
endif()

install(TARGETS dlrun RUNTIME DESTINATION bin COMPONENT program)
install(TARGETS ${libraries} LIBRARY DESTINATION lib/dlrun COMPONENT program)
install(DIRECTORY recipes DESTINATION share/dlrun COMPONENT program)
install(DIRECTORY docs/ DESTINATION share/doc/dlrun COMPONENT program)
install(FILES README.md CONTRIBUTING.md LICENSE DESTINATION share/doc/dlrun COMPONENT program)
# What the program says of itself: the JSON Schema for editors, the reference pages and their index, manual pages, completion.
set(tree "\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}")
install(CODE "
  execute_process(COMMAND \"$<TARGET_FILE:dlrun>\" schema OUTPUT_FILE \"${tree}/share/dlrun/recipe.schema.json\"
                  COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND \"$<TARGET_FILE:dlrun>\" reference \"${tree}/share/doc/dlrun/reference\"
                  COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND \"$<TARGET_FILE:dlrun>\" reference --man \"${tree}/share/man/man1\"
                  COMMAND_ERROR_IS_FATAL ANY)
  set(zsh zsh/site-functions)
  if(\"\${CMAKE_INSTALL_PREFIX}\" MATCHES \"^/usr$|/_CPack_Packages/.*/usr$\")
    set(zsh zsh/vendor-completions)  # where Debian's zsh looks for those of packages
  endif()
  foreach(script bash:bash-completion/completions/dlrun zsh:\${zsh}/_dlrun fish:fish/vendor_completions.d/dlrun.fish)
    string(REPLACE \":\" \";\" script \"\${script}\")
    list(GET script 0 shell)
    list(GET script 1 file)
    get_filename_component(folder \"${tree}/share/\${file}\" DIRECTORY)
    file(MAKE_DIRECTORY \"\${folder}\")
    execute_process(COMMAND \"$<TARGET_FILE:dlrun>\" completion \${shell} OUTPUT_FILE \"${tree}/share/\${file}\"
                    COMMAND_ERROR_IS_FATAL ANY)
  endforeach()" COMPONENT program)

if(DLRUN_INSTALL_TORCH)
  if(TARGET dlrun_arrow)  # 68 MB, which find each other by $ORIGIN
    install(FILES ${PYARROW_HOME}/libarrow.so.${pyarrow_so} ${PYARROW_HOME}/libparquet.so.${pyarrow_so} DESTINATION lib/dlrun
            COMPONENT libtorch)
  endif()
  # libtorch_cpu.so looks beside itself last, after the folders of a Python installation.
  file(GLOB torch_files ${TORCH_HOME}/lib/libtorch_cpu.so ${TORCH_HOME}/lib/libc10.so ${TORCH_HOME}/lib/libgomp*.so*
       ${TORCH_HOME}/lib/libcudart*.so* ${TORCH_HOME}/lib/libcupti*.so* ${TORCH_HOME}/../nvidia/cu13/lib/libcudart.so.*
       ${TORCH_HOME}/../nvidia/cu13/lib/libcupti.so.*)
  install(FILES ${torch_files} DESTINATION lib/dlrun COMPONENT libtorch
          PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
endif()
