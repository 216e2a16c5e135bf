#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/bytes.h"

namespace fob::web {

// The bytes of a connection, plain or through TLS. Its descriptor never blocks.
class Transport {
 public:
  enum class Outcome { kDone, kWantsRead, kWantsWrite, kEnded, kFailed };
  struct Moved {
    Outcome outcome;
    size_t size = 0;  // of kDone, more than 0
  };

  virtual ~Transport() = default;
  virtual Moved Read(std::span<uint8_t> into) = 0;
  virtual Moved Write(ByteView from) = 0;
  virtual void ShutDown() = 0;  // says that nothing more is written
};

std::unique_ptr<Transport> PlainTransport(int fd);

}  // namespace fob::web
