# Several files of one folder are compiled as one: a file that only includes libtorch's headers takes two and a half
# seconds, and most of ours take little more. So names at namespace scope are unique within a folder, in anonymous
# namespaces too; the compiler says where they are not. It does not say where a file takes a name of its neighbour without
# including it: scripts/check_units does, and a build with -DDLRUN_UNITY=1.
#
# dlrun_unity(TARGET): groups of neighbours in a folder, by the alphabet, at most DLRUN_UNITY files each. Files with options of
# their own stay alone. -DDLRUN_UNITY=1 compiles each file by itself, for work on one component.
set(DLRUN_UNITY 24 CACHE STRING "Files of a folder that are compiled as one")

function(dlrun_unity target)
  if(DLRUN_UNITY LESS 2)
    return()
  endif()
  get_target_property(files ${target} SOURCES)
  set(folders)
  foreach(file ${files})
    if(NOT file MATCHES "\\.cpp$")
      continue()
    endif()
    get_filename_component(folder ${file} DIRECTORY)
    string(MAKE_C_IDENTIFIER "${folder}" folder)
    list(APPEND folders ${folder})
    list(APPEND in_${folder} ${file})
  endforeach()
  list(REMOVE_DUPLICATES folders)
  foreach(folder ${folders})
    list(LENGTH in_${folder} count)
    math(EXPR groups "(${count} + ${DLRUN_UNITY} - 1) / ${DLRUN_UNITY}")
    set(i 0)
    foreach(file ${in_${folder}})
      math(EXPR group "${i} * ${groups} / ${count}")
      math(EXPR i "${i} + 1")
      string(REGEX REPLACE "^.*_(src|tests)_" "" name ${folder})
      set_source_files_properties(${file} PROPERTIES UNITY_GROUP ${name}_${group})
    endforeach()
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  # g++ takes our .cpp files for headers here, whose types must not have members from anonymous namespaces.
  target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
endfunction()
