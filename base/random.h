#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/secret.h"

namespace fob {

// Randomness as a port.
class Random {
 public:
  virtual ~Random() = default;
  virtual void Fill(std::span<uint8_t> out) = 0;

  Bytes Take(size_t size);
  SecretBytes TakeSecret(size_t size);
  // An opaque id of 128 random bits with its type before it: "key_" + 22 characters of base64url.
  std::string Id(std::string_view prefix);
};

// getrandom(2). Ends the process when the kernel has no randomness: there is no safe way on.
class SystemRandom final : public Random {
 public:
  void Fill(std::span<uint8_t> out) override;
};

}  // namespace fob
