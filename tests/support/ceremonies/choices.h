#pragma once

#include <cstdint>
#include <random>

namespace fob::testing {

// What happens next in a walk: a test throws dice, a fuzzer reads its input.
class Choices {
 public:
  virtual ~Choices() = default;
  virtual int Roll(int sides) = 0;  // 0 to sides - 1
  bool OneIn(int sides) { return Roll(sides) == 0; }
};

// The same throws for the same seed.
class Dice final : public Choices {
 public:
  explicit Dice(uint64_t seed) : engine_(seed) {}
  int Roll(int sides) override { return std::uniform_int_distribution<int>(0, sides - 1)(engine_); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace fob::testing
