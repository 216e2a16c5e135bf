#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace fob::fido {

// Reads the part of CBOR (RFC 8949) that CTAP uses, forwards, from bytes that nobody has checked:
// integers, byte and text strings, arrays, maps and simple values, of definite length, at most 8
// deep. A call that fails leaves the reader where it was.
class CborReader {
 public:
  explicit CborReader(ByteView bytes) : rest_(bytes) {}

  std::optional<int64_t> Int();
  std::optional<ByteView> ByteString();
  std::optional<std::string_view> Text();
  std::optional<uint64_t> Array();  // its number of items, which follow
  std::optional<uint64_t> Map();    // its number of pairs, which follow
  bool Skip();                      // one whole item

  ByteView rest() const { return rest_; }
  bool done() const { return rest_.empty(); }

 private:
  struct Head {
    unsigned major = 0;
    uint64_t value = 0;
    size_t size = 0;
  };
  std::optional<Head> Peek() const;
  std::optional<ByteView> String(unsigned major);
  std::optional<uint64_t> Container(unsigned major);
  bool SkipNested(int depth);

  ByteView rest_;
};

// The content of one byte string that fills `bytes` to the end.
std::optional<ByteView> UnwrapByteString(ByteView bytes);

// {"sig": signature, "x5c": [certificate]}: the statement of format fido-u2f (WebAuthn clause 8.6).
Bytes U2fStatement(ByteView signature, ByteView certificate);

}  // namespace fob::fido
