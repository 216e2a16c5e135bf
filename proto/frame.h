#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace fob::proto {

// Cuts a byte stream into messages.
//
//   stream  = *message
//   message = 1*kMaxMessage(%x01-FF) %x00
//
// The buffer is wiped as messages are consumed: they may carry PINs and codes.
class FrameReader {
 public:
  FrameReader();
  ~FrameReader();
  FrameReader(FrameReader&&) noexcept = default;
  FrameReader& operator=(FrameReader&&) noexcept = default;

  // Room for the next bytes off the socket, never empty unless a whole message waits.
  std::span<uint8_t> Space();
  void Filled(size_t size);

  // The next whole message, without its NUL; nothing when more bytes are needed. The view holds until
  // the next call of Space() or Next(). kInvalidArgument: too long or empty; the stream is lost.
  Result<std::optional<std::string_view>> Next();

  // Bytes of a message that has not ended: end-of-file now is a cut-off message.
  bool partial() const { return end_ > begin_; }

 private:
  void Compact();

  SecretBytes buffer_;
  size_t begin_ = 0;    // first byte not consumed
  size_t end_ = 0;      // one past the last byte received
  size_t scanned_ = 0;  // no NUL before here
};

}  // namespace fob::proto
