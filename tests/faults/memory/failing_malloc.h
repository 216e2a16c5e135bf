#pragma once

#include <cstdint>

// This program's malloc, calloc and realloc, for all that is loaded into it: libc's own, and none
// left when a test says so. One thread only.
namespace fob::testing {

// From now on counts allocations; the one of that number fails and, with `and_all_after`, each that
// follows. 0: none fails.
void FailAllocation(int64_t number, bool and_all_after);
// Counts and fails no more. How many there were.
int64_t StopFailing();

// The test's own part in between: what it allocates is neither counted nor failed.
class Unhindered {
 public:
  Unhindered();
  ~Unhindered();

 private:
  bool was_;
};

}  // namespace fob::testing
