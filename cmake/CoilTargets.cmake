# Code for the machines that models run on. A host build makes it for every
# architecture, so it is compiled by clang and lld directly, not by CMake's
# compiler. Needs the C headers of the architectures that are not the host's.

include_guard()
set(COIL_ARCHITECTURES x86_64 aarch64)
set(COIL_TARGET_LIBRARIES ${CMAKE_BINARY_DIR}/lib/coil) # below it, a folder an architecture

find_program(COIL_CLANG NAMES clang-22 clang PATHS /usr/lib/llvm-22/bin REQUIRED)
find_program(COIL_LLD NAMES ld.lld-22 ld.lld PATHS /usr/lib/llvm-22/bin REQUIRED)
find_program(COIL_LLVM_AR NAMES llvm-ar-22 llvm-ar PATHS /usr/lib/llvm-22/bin REQUIRED)

# coil_target_flags(<arch> <out>): what makes clang compile for <arch>.
function(coil_target_flags arch out)
  set(flags --target=${arch}-linux-gnu)
  if(NOT arch STREQUAL CMAKE_HOST_SYSTEM_PROCESSOR)
    set(include /usr/${arch}-linux-gnu/include)
    if(NOT EXISTS ${include}/stdio.h)
      string(REPLACE x86_64 amd64 debian ${arch})
      string(REPLACE aarch64 arm64 debian ${debian})
      message(FATAL_ERROR "No C headers for ${arch}: apt-get install libc6-dev-${debian}-cross")
    endif()
    list(APPEND flags -nostdlibinc -isystem ${include})
  endif()
  if(arch STREQUAL aarch64)
    list(APPEND flags -mno-outline-atomics) # its helpers are in libgcc, which a model does without
  endif()
  set(${out} ${flags} PARENT_SCOPE)
endfunction()

# coil_target_objects(<arch> <out> SOURCES ... FLAGS ...): objects in the current
# binary folder, one for each source.
function(coil_target_objects arch out)
  cmake_parse_arguments(ARG "" "" "SOURCES;FLAGS" ${ARGN})
  coil_target_flags(${arch} target)
  set(objects)
  foreach(source ${ARG_SOURCES})
    set(object ${CMAKE_CURRENT_BINARY_DIR}/${arch}/${source}.o)
    cmake_path(GET object PARENT_PATH folder)
    file(MAKE_DIRECTORY ${folder})
    add_custom_command(
      OUTPUT ${object}
      COMMAND ${COIL_CLANG} ${target} ${ARG_FLAGS} -MD -MF ${object}.d
              -c ${CMAKE_CURRENT_SOURCE_DIR}/${source} -o ${object}
      DEPENDS ${source}
      DEPFILE ${object}.d
      COMMENT "Compiling ${source} for ${arch}"
      VERBATIM)
    list(APPEND objects ${object})
  endforeach()
  set(${out} ${objects} PARENT_SCOPE)
endfunction()
