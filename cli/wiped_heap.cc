#include "cli/wiped_heap.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <algorithm>

#include "base/secret.h"

namespace {

thread_local int wiping = 0;

}  // namespace

namespace fob::cli {

WipedHeap::WipedHeap() { ++wiping; }
WipedHeap::~WipedHeap() { --wiping; }

}  // namespace fob::cli

// Sanitizers have a heap of their own.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define FOB_FOREIGN_HEAP
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FOB_FOREIGN_HEAP
#endif

#ifndef FOB_FOREIGN_HEAP
// The program's own, which its libraries find before glibc's; the heap remains glibc's.
extern "C" {

void __libc_free(void* memory);
void* __libc_realloc(void* memory, size_t size);

void free(void* memory) noexcept {
  if (wiping > 0 && memory != nullptr) fob::Wipe(memory, ::malloc_usable_size(memory));
  __libc_free(memory);
}

// glibc's would leave the former place as it was.
void* realloc(void* memory, size_t size) noexcept {
  if (wiping == 0 || memory == nullptr || size == 0) return __libc_realloc(memory, size);
  void* moved = ::malloc(size);
  if (moved == nullptr) return nullptr;
  ::memcpy(moved, memory, std::min(size, ::malloc_usable_size(memory)));
  ::free(memory);
  return moved;
}

}  // extern "C"
#endif
