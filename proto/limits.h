#pragma once

#include <cstddef>

namespace fob::proto {

// What either side accepts from the other (docs/protocol.md).
inline constexpr size_t kMaxMessage = 64 * 1024;  // bytes, without the closing NUL
inline constexpr size_t kMaxDepth = 8;            // nested objects and arrays
inline constexpr size_t kMaxKeys = 512;           // members of one object

}  // namespace fob::proto
