#pragma once

#include <random>

#include "base/random.h"

namespace fob::testing {

// The same bytes in every run.
class SeededRandom final : public Random {
 public:
  void Fill(std::span<uint8_t> out) override {
    for (uint8_t& byte : out) byte = static_cast<uint8_t>(engine_() & 0xff);
  }

 private:
  std::mt19937_64 engine_{20260101};
};

}  // namespace fob::testing
