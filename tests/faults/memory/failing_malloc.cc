#include "tests/faults/memory/failing_malloc.h"

#include <cerrno>
#include <cstddef>

extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* data, size_t size);
}

namespace fob::testing {
namespace {

bool counting = false;
int64_t count = 0;
int64_t fails = 0;
bool and_after = false;

bool Fails() {
  if (!counting) return false;
  ++count;
  if (fails == 0 || (and_after ? count < fails : count != fails)) return false;
  errno = ENOMEM;
  return true;
}

}  // namespace

void FailAllocation(int64_t number, bool and_all_after) {
  count = 0;
  fails = number;
  and_after = and_all_after;
  counting = true;
}

int64_t StopFailing() {
  counting = false;
  return count;
}

Unhindered::Unhindered() : was_(counting) { counting = false; }
Unhindered::~Unhindered() { counting = was_; }

}  // namespace fob::testing

extern "C" {
void* malloc(size_t size) { return fob::testing::Fails() ? nullptr : __libc_malloc(size); }
void* calloc(size_t times, size_t size) {
  return fob::testing::Fails() ? nullptr : __libc_calloc(times, size);
}
void* realloc(void* data, size_t size) {
  return fob::testing::Fails() ? nullptr : __libc_realloc(data, size);
}
}
