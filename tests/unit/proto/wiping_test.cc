// Storage of parsed messages is wiped when it is freed: they hold PINs and codes.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string>
#include <string_view>

#include "proto/envelope.h"

namespace fob::proto {
namespace {

// Hands out blocks of a pool that is never given back, so that released ones can be looked at.
class Witness {
 public:
  static void* Take(size_t size) {
    void* block = nullptr;
    if (!armed_ || used_ + size + 16 > sizeof(pool_)) return std::malloc(size);
    used_ = (used_ + 15) & ~size_t{15};
    block = pool_ + used_;
    used_ += size;
    return block;
  }
  static bool Owns(const void* block) { return block >= pool_ && block < pool_ + sizeof(pool_); }
  static void Arm(bool on) { armed_ = on; }
  static bool Holds(std::string_view text) {
    return std::string_view(pool_, sizeof(pool_)).find(text) != std::string_view::npos;
  }

 private:
  static inline bool armed_ = false;
  static inline size_t used_ = 0;
  alignas(16) static inline char pool_[1 << 20];
};

}  // namespace
}  // namespace fob::proto

void* operator new(size_t size) { return fob::proto::Witness::Take(size); }
void operator delete(void* block) noexcept {
  if (!fob::proto::Witness::Owns(block)) std::free(block);
}
void operator delete(void* block, size_t) noexcept { operator delete(block); }
// AddressSanitizer's own do not come to the above.
void* operator new[](size_t size) { return operator new(size); }
void operator delete[](void* block) noexcept { operator delete(block); }
void operator delete[](void* block, size_t) noexcept { operator delete(block); }

namespace fob::proto {
namespace {

TEST(WipingStorage, LeavesNothingBehind) {
  const std::string secret = "PIN-that-is-longer-than-any-small-string-buffer";
  const std::string text = "{\"method\":\"a.B\",\"parameters\":{\"list\":[\"" + secret + "\",{\"x\":\"" + secret + "\"}]}}";
  Witness::Arm(true);
  {
    const auto call = ParseCall(text);
    ASSERT_TRUE(call.ok());
    EXPECT_TRUE(Witness::Holds(secret)) << "the test does not see the storage";
  }
  Witness::Arm(false);
  EXPECT_FALSE(Witness::Holds(secret));
  EXPECT_FALSE(Witness::Holds("longer-than-any"));
}

TEST(WipingStorage, HoweverMuchTheMessageHolds) {
  const std::string secret = "code-behind-much-else";
  const std::string filler(5000, 'x');
  std::string list;
  for (int i = 0; i < 5; ++i) list += "\"" + filler + "\",\"" + secret + "\",";
  const std::string text = "{\"method\":\"a.B\",\"parameters\":{\"list\":[" + list + "1]}}";
  Witness::Arm(true);
  {
    const auto call = ParseCall(text);
    ASSERT_TRUE(call.ok());
    EXPECT_EQ(call->parameters.at("list").as_array().size(), 11u);
    EXPECT_EQ(call->parameters.at("list").as_array().at(9).as_string(), secret);
    EXPECT_TRUE(Witness::Holds(secret)) << "the test does not see the storage";
  }
  Witness::Arm(false);
  EXPECT_FALSE(Witness::Holds(secret));
}

TEST(WipingStorage, RefusedMessagesToo) {
  const std::string secret = "code-in-a-message-that-turns-out-to-be-malformed";
  const std::string text = "{\"method\":5,\"parameters\":{\"x\":\"" + secret + "\"}}";
  Witness::Arm(true);
  EXPECT_FALSE(ParseCall(text).ok());
  Witness::Arm(false);
  EXPECT_FALSE(Witness::Holds(secret));
}

}  // namespace
}  // namespace fob::proto
