#pragma once

#include <string>

#include "base/bytes.h"

namespace fob::testing {

inline void Append(Bytes& out, ByteView more) { out.insert(out.end(), more.begin(), more.end()); }

inline void AppendBe16(Bytes& out, uint16_t value) {
  out.push_back(static_cast<uint8_t>(value >> 8));
  out.push_back(static_cast<uint8_t>(value & 0xff));
}

inline void AppendBe32(Bytes& out, uint32_t value) {
  AppendBe16(out, static_cast<uint16_t>(value >> 16));
  AppendBe16(out, static_cast<uint16_t>(value & 0xffff));
}

inline uint16_t ReadBe16(ByteView in, size_t at) {
  return static_cast<uint16_t>((in[at] << 8) | in[at + 1]);
}

inline uint32_t ReadBe32(ByteView in, size_t at) {
  return (static_cast<uint32_t>(ReadBe16(in, at)) << 16) | ReadBe16(in, at + 2);
}

inline Bytes Concat(ByteView a, ByteView b) {
  Bytes out(a.begin(), a.end());
  Append(out, b);
  return out;
}

}  // namespace fob::testing
