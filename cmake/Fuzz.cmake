# fob_fuzzer(name LINK ...): the calling folder tests/fuzz/NAME holds LLVMFuzzerTestOneInput and a folder `corpus`.
# Preset fuzz builds a libFuzzer program, build/fuzz/bin/fuzz_NAME; every other preset a program that replays
# the corpus, as the test fuzz_NAME. The target `fuzzers` builds them all.
if(NOT TARGET fuzzers)
  add_custom_target(fuzzers)
endif()

function(fob_fuzzer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINK")
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  add_executable(fuzz_${name} ${sources})
  target_include_directories(fuzz_${name} PRIVATE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/gen)
  target_link_libraries(fuzz_${name} PRIVATE ${arg_LINK})
  target_compile_options(fuzz_${name} PRIVATE -Wall -Wextra -Werror)
  add_dependencies(fuzzers fuzz_${name})
  if(FOB_SANITIZE STREQUAL "fuzz")
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(fuzz_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/replay.cc)
    add_test(NAME fuzz_${name} COMMAND fuzz_${name} ${CMAKE_CURRENT_SOURCE_DIR}/corpus)
    set_tests_properties(fuzz_${name} PROPERTIES TIMEOUT 120)
  endif()
endfunction()
