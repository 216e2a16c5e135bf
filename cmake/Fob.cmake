# A folder is a library: fob_library(base LINK ...) takes every .cc of the calling folder.
# What a folder links is recorded and held against cmake/layers.toml by the test `layers`.

set(FOB_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
    -Woverloaded-virtual -Werror)
set(FOB_HARDENING -fstack-protector-strong -fcf-protection -fstack-clash-protection)

# project() has cached empty ones for types that it does not know.
set(CMAKE_CXX_FLAGS_DEV "-O1 -g1" CACHE STRING "" FORCE)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1" CACHE STRING "" FORCE)

add_compile_options(${FOB_HARDENING})
add_link_options(-Wl,-z,relro,-z,now)
set(CMAKE_EXE_LINKER_FLAGS "${CMAKE_EXE_LINKER_FLAGS} -pie")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND (FOB_SANITIZE OR CMAKE_BUILD_TYPE STREQUAL "Release"))
  # g++ 12 loses track of what an optional holds once code is instrumented or inlined; preset dev still warns.
  add_compile_options(-Wno-maybe-uninitialized)
endif()
if(FOB_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(FOB_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -Wno-error=tsan)
  add_link_options(-fsanitize=thread)
elseif(FOB_SANITIZE STREQUAL "fuzz")
  add_compile_options(-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
elseif(FOB_SANITIZE STREQUAL "coverage")
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
else()
  add_compile_definitions(_FORTIFY_SOURCE=2)
endif()
# g++ 12 warns about std::string's own insides at -O2 (GCC bug 105651).
list(APPEND FOB_WARNINGS $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
# clang lacks one of g++'s warnings and has a few of its own taste.
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  list(APPEND FOB_WARNINGS -Wno-unknown-warning-option -Wno-unused-command-line-argument)
endif()

function(_fob_common target)
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/gen)
  target_compile_options(${target} PRIVATE ${FOB_WARNINGS})
endfunction()

# fob_library(name [SOURCES ...] [LINK ...]): static library from this folder's .cc files (main.cc left out).
function(fob_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK")
  if(NOT arg_SOURCES)
    file(GLOB arg_SOURCES CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
    list(FILTER arg_SOURCES EXCLUDE REGEX "/main\\.cc$")
  endif()
  if(arg_SOURCES)
    add_library(fob_${name} STATIC ${arg_SOURCES})
    target_link_libraries(fob_${name} PUBLIC ${arg_LINK})
    _fob_common(fob_${name})
  else()
    add_library(fob_${name} INTERFACE)
    target_include_directories(fob_${name} INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/gen)
    target_link_libraries(fob_${name} INTERFACE ${arg_LINK})
  endif()
endfunction()

# fob_program(name SOURCES ... LINK ...): an executable in build/PRESET/bin.
function(fob_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LINK})
  _fob_common(${name})
endfunction()

# Where tests find the checkout and the programs: a header, so that only those who ask depend on the place.
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/gen/test_paths.h @ONLY CONTENT
"#pragma once
#define FOB_SOURCE_DIR \"@CMAKE_SOURCE_DIR@\"
#define FOB_BIN_DIR \"@CMAKE_BINARY_DIR@/bin\"
")

# fob_test(name SOURCES ... LINK ... [TIMEOUT seconds] [LABELS ...] [DEPENDS targets]): a GoogleTest program, one ctest entry.
function(fob_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "SOURCES;LINK;LABELS;DEPENDS")
  if(NOT arg_SOURCES)
    file(GLOB arg_SOURCES CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LINK} gmock gtest gtest_main Threads::Threads)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/gen)
  target_compile_options(${name} PRIVATE -Wall -Wextra -Werror)
  if(arg_DEPENDS)
    add_dependencies(${name} ${arg_DEPENDS})
  endif()
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}")
endfunction()

# Every library and program of `folder` and the folders below it.
function(_fob_targets out folder)
  get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
  get_property(below DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
  foreach(one ${below})
    _fob_targets(more ${one})
    list(APPEND targets ${more})
  endforeach()
  set(${out} ${targets} PARENT_SCOPE)
endfunction()

# Writes what each folder really links, for the test `layers`.
function(fob_write_layers)
  _fob_targets(targets ${CMAKE_SOURCE_DIR})
  set(text "")
  foreach(target ${targets})
    get_target_property(kind ${target} TYPE)
    if(kind STREQUAL "UTILITY")
      continue()
    endif()
    get_target_property(folder ${target} SOURCE_DIR)
    file(RELATIVE_PATH folder ${CMAKE_SOURCE_DIR} ${folder})
    set(links "")
    foreach(property LINK_LIBRARIES INTERFACE_LINK_LIBRARIES)
      get_target_property(some ${target} ${property})
      if(some AND NOT (kind STREQUAL "INTERFACE_LIBRARY" AND property STREQUAL "LINK_LIBRARIES"))
        list(APPEND links ${some})
      endif()
    endforeach()
    list(FILTER links EXCLUDE REGEX "^\\$<LINK_ONLY")
    list(REMOVE_DUPLICATES links)
    string(APPEND text "${target} ${folder} ${links}\n")
  endforeach()
  file(WRITE ${CMAKE_BINARY_DIR}/links.txt "${text}")
endfunction()
