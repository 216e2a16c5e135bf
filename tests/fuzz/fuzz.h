#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

// What must hold for every input.
#define FUZZ_REQUIRE(condition) \
  if (!(condition)) std::abort()
