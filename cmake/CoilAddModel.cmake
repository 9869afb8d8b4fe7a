# coil_add_model(<target> MODEL file.onnx [NAME name] [TARGET altra] [OPTIONS --dim=batch=4 ...])
#
# Adds the library target <target>: the compiled model, and the folder of its header NAME.h. NAME is <target>
# if not given. TARGET is one of coilc's; if not given, the baseline of the machine the app is built for:
# `host` for this one, `aarch64` when cross-compiling. The library is built with the app, from the file.
include_guard()

function(coil_add_model target)
  cmake_parse_arguments(ARG "" "MODEL;NAME;TARGET" "OPTIONS" ${ARGN})
  if(NOT ARG_MODEL OR ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "coil_add_model(<target> MODEL file.onnx [NAME name] [TARGET machine] [OPTIONS ...])")
  endif()
  if(NOT ARG_NAME)
    set(ARG_NAME ${target})
  endif()
  if(NOT ARG_TARGET)
    set(ARG_TARGET host)
    if(CMAKE_CROSSCOMPILING AND CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
      set(ARG_TARGET aarch64)
    endif()
  endif()
  cmake_path(ABSOLUTE_PATH ARG_MODEL NORMALIZE)

  # A folder for each model, so that an app sees only the headers that it links.
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${target}.coil)
  set(library ${folder}/${ARG_NAME}.so)
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(
    OUTPUT ${library} ${folder}/${ARG_NAME}.h ${folder}/${ARG_NAME}.json
    COMMAND COIL::coilc ${ARG_MODEL} -o ${library} --name=${ARG_NAME} --target=${ARG_TARGET} ${ARG_OPTIONS}
    DEPENDS ${ARG_MODEL} COIL::coilc
    COMMENT "Compiling ${ARG_MODEL} for ${ARG_TARGET}"
    VERBATIM)
  add_custom_target(${target}-compile DEPENDS ${library})
  add_library(${target} SHARED IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES
    IMPORTED_LOCATION ${library}
    INTERFACE_INCLUDE_DIRECTORIES ${folder})
  add_dependencies(${target} ${target}-compile)
endfunction()
