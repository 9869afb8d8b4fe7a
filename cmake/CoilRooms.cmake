# How the rooms of the house are built: find LLVM, then one function a kind of room.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_C_STANDARD 11)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)

find_package(MLIR 22.1 REQUIRED CONFIG)
set(MLIR_BINARY_DIR ${CMAKE_BINARY_DIR}) # add_mlir_doc writes below this
list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")
include(TableGen)
include(AddLLVM)
include(AddMLIR)
include(HandleLLVMOptions)
include_directories(SYSTEM ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
include_directories(${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR} ${CMAKE_SOURCE_DIR}/include)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  # The precompiled header carries time stamps that ccache must not mind.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
endif()

# One precompiled header for every C++ room: a translation unit then takes a second, not twelve.
add_library(CoilPch OBJECT ${CMAKE_SOURCE_DIR}/cmake/pch.cpp)
target_precompile_headers(CoilPch PRIVATE ${CMAKE_SOURCE_DIR}/cmake/pch.h)
target_compile_options(CoilPch PRIVATE -Xclang -fno-pch-timestamp)

# coil_room(<name> [sources...] USES <rooms...>): one static library, whose USES
# list is the only place its dependencies are written. MLIR and LLVM are an executable's: see tools/.
function(coil_room name)
  cmake_parse_arguments(ARG "" "" "USES" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_precompile_headers(${name} REUSE_FROM CoilPch)
  target_compile_options(${name} PRIVATE -Xclang -fno-pch-timestamp)
  target_link_libraries(${name} PUBLIC ${ARG_USES})
endfunction()

# coil_tablegen(<room> <file.td> {<out> <flags>}...): generate, and make the room wait for it.
function(coil_tablegen room td)
  set(LLVM_TARGET_DEFINITIONS ${td})
  set(outputs ${ARGN})
  while(outputs)
    list(POP_FRONT outputs file flags)
    separate_arguments(flags)
    mlir_tablegen(${file} ${flags})
  endwhile()
  add_public_tablegen_target(${room}IncGen)
  add_dependencies(${room} ${room}IncGen)
endfunction()

# coil_dialect(<Name> <namespace> <sources...> [SHARDS n] [USES rooms]): a dialect room, with
# <Name>Ops.td next to its sources, documented into build/docs. A dialect of many ops is compiled in
# n shards of them, side by side.
function(coil_dialect name namespace)
  cmake_parse_arguments(ARG "" "SHARDS" "" ${ARGN})
  set(shards)
  set(split)
  if(ARG_SHARDS)
    set(split "-op-shard-count=${ARG_SHARDS}")
    math(EXPR last "${ARG_SHARDS} - 1")
    foreach(i RANGE ${last})
      file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${name}Ops.${i}.cpp CONTENT
        "#include \"dialects/${namespace}/${name}.h\"\n#define GET_OP_DEFS_${i}\n#include \"dialects/${namespace}/${name}Ops.cpp.inc\"\n" @ONLY)
      list(APPEND shards ${CMAKE_CURRENT_BINARY_DIR}/${name}Ops.${i}.cpp)
    endforeach()
  endif()
  coil_room(Coil${name} ${ARG_UNPARSED_ARGUMENTS} ${shards})
  coil_tablegen(Coil${name} ${name}Ops.td
    ${name}Dialect.h.inc      "-gen-dialect-decls -dialect=${namespace}"
    ${name}Dialect.cpp.inc    "-gen-dialect-defs -dialect=${namespace}"
    ${name}Types.h.inc        "-gen-typedef-decls -typedefs-dialect=${namespace}"
    ${name}Types.cpp.inc      "-gen-typedef-defs -typedefs-dialect=${namespace}"
    ${name}Interfaces.h.inc   "-gen-op-interface-decls"
    ${name}Interfaces.cpp.inc "-gen-op-interface-defs"
    ${name}Ops.h.inc          "-gen-op-decls ${split}"
    ${name}Ops.cpp.inc        "-gen-op-defs ${split}")
  add_mlir_doc(${name}Ops ${name}Dialect ./ -gen-dialect-doc -dialect ${namespace})
endfunction()

# coil_stage(<Name> <sources...> [USES rooms]): a stage room, Passes.td next to one .cpp per pass.
function(coil_stage name)
  coil_room(Coil${name} ${ARGN})
  coil_tablegen(Coil${name} Passes.td Passes.h.inc "-gen-pass-decls -name ${name}")
  add_mlir_doc(Passes ${name}Passes ./ -gen-pass-doc)
endfunction()
