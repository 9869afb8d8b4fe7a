# What `cmake --install` puts where, and how an app finds it: a CMake package and a pkg-config file, both
# relative to where they lie, so that an installed COIL may be moved. The runtime and coil-run install themselves.
#
#   bin/          coilc, coil-run, coil-opt, ...
#   include/coil  headers
#   lib/coil      for each architecture, the runtime that models are linked with
#   lib/cmake/COIL, lib/pkgconfig

include_guard()
include(CMakePackageConfigHelpers)

# Installed tools find LLVM where the build found it.
set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON)

function(coil_install)
  foreach(tool coilc coil-tune coil-opt coil-lsp-server coil-reduce)
    if(TARGET ${tool})
      install(TARGETS ${tool} DESTINATION bin)
    endif()
  endforeach()
  install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/coil DESTINATION include FILES_MATCHING PATTERN "*.h")

  set(package ${CMAKE_BINARY_DIR}/cmake)
  configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/COILConfig.cmake.in ${package}/COILConfig.cmake
    INSTALL_DESTINATION lib/cmake/COIL)
  write_basic_package_version_file(${package}/COILConfigVersion.cmake COMPATIBILITY SameMinorVersion
    ARCH_INDEPENDENT)
  configure_file(${CMAKE_SOURCE_DIR}/cmake/coil.pc.in ${package}/coil.pc @ONLY)
  install(FILES ${package}/COILConfig.cmake ${package}/COILConfigVersion.cmake
    ${CMAKE_SOURCE_DIR}/cmake/CoilAddModel.cmake DESTINATION lib/cmake/COIL)
  install(FILES ${package}/coil.pc DESTINATION lib/pkgconfig)
endfunction()

# After the rooms, whose targets it installs.
cmake_language(DEFER DIRECTORY ${CMAKE_SOURCE_DIR} CALL coil_install)
