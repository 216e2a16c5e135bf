#pragma once

#include "base/random.h"

namespace fob::testing {

// The same bytes for the same seed (splitmix64): repeatable tests, worthless as a secret.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  void Fill(std::span<uint8_t> out) override {
    for (uint8_t& byte : out) byte = Next();
  }

 private:
  uint8_t Next() {
    state_ += 0x9e3779b97f4a7c15u;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return static_cast<uint8_t>((z ^ (z >> 31)) & 0xff);
  }

  uint64_t state_;
};

}  // namespace fob::testing
