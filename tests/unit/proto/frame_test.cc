#include "proto/frame.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "proto/limits.h"

namespace fob::proto {
namespace {

// Feeds `bytes` in pieces of at most `piece` and gives the messages, or "!" and the reason of the error.
std::vector<std::string> Cut(std::string_view bytes, size_t piece, bool* partial = nullptr) {
  FrameReader reader;
  std::vector<std::string> out;
  while (true) {
    auto next = reader.Next();
    if (!next.ok()) {
      out.push_back("!" + next.error().reason);
      return out;
    }
    if (next->has_value()) {
      out.emplace_back(**next);
      continue;
    }
    if (bytes.empty()) break;
    const auto space = reader.Space();
    const size_t size = std::min({space.size(), piece, bytes.size()});
    EXPECT_GT(size, 0u);
    if (size == 0) break;
    std::copy_n(bytes.begin(), size, space.begin());
    reader.Filled(size);
    bytes.remove_prefix(size);
  }
  if (partial != nullptr) *partial = reader.partial();
  return out;
}

std::string Bytes(std::initializer_list<std::string_view> messages) {
  std::string out;
  for (const std::string_view message : messages) out += std::string(message) + '\0';
  return out;
}

TEST(FrameReader, I6_SplitAtEveryByte) {
  const std::string stream = Bytes({"{\"method\":\"a\"}", "{}", "x"});
  const std::vector<std::string> expected = {"{\"method\":\"a\"}", "{}", "x"};
  for (size_t piece = 1; piece <= stream.size(); ++piece) EXPECT_EQ(Cut(stream, piece), expected) << piece;
  for (size_t at = 0; at <= stream.size(); ++at) {
    FrameReader reader;
    std::vector<std::string> out;
    for (const std::string_view part : {std::string_view(stream).substr(0, at), std::string_view(stream).substr(at)}) {
      const auto space = reader.Space();
      std::copy(part.begin(), part.end(), space.begin());
      reader.Filled(part.size());
      for (auto next = reader.Next(); next.ok() && next->has_value(); next = reader.Next()) out.emplace_back(**next);
    }
    EXPECT_EQ(out, expected) << at;
  }
}

TEST(FrameReader, I6_CutOffMessageIsPartial) {
  bool partial = false;
  EXPECT_EQ(Cut(std::string("{}\0{\"meth", 9), 100, &partial), std::vector<std::string>{"{}"});
  EXPECT_TRUE(partial);
  EXPECT_EQ(Cut(Bytes({"{}"}), 100, &partial), std::vector<std::string>{"{}"});
  EXPECT_FALSE(partial);
}

TEST(FrameReader, LongestMessagePassesAndOneMoreDoesNot) {
  for (const size_t piece : {size_t{1000}, size_t{70'000}}) {
    EXPECT_EQ(Cut(Bytes({std::string(kMaxMessage, 'x'), "y"}), piece),
              (std::vector<std::string>{std::string(kMaxMessage, 'x'), "y"}));
    EXPECT_EQ(Cut(Bytes({std::string(kMaxMessage + 1, 'x')}), piece), std::vector<std::string>{"!message_too_long"});
  }
}

TEST(FrameReader, FloodWithoutEndStopsAtTheLimit) {
  EXPECT_EQ(Cut(std::string(10 * kMaxMessage, 'x'), 4096), std::vector<std::string>{"!message_too_long"});
  std::vector<std::string> many = Cut(std::string(std::string("x\0", 2)) + std::string(kMaxMessage + 1, 'y'), 4096);
  EXPECT_EQ(many, (std::vector<std::string>{"x", "!message_too_long"}));
}

TEST(FrameReader, FloodOfSmallMessagesKeepsItsBufferSmall) {
  FrameReader reader;
  for (int i = 0; i < 100'000; ++i) {
    const auto space = reader.Space();
    ASSERT_LE(space.size(), kMaxMessage + 1);
    ASSERT_GE(space.size(), 2u);
    space[0] = 'x';
    space[1] = 0;
    reader.Filled(2);
    const auto next = reader.Next();
    ASSERT_TRUE(next.ok() && next->has_value());
    ASSERT_EQ(**next, "x");
    ASSERT_FALSE(reader.Next()->has_value());
  }
}

TEST(FrameReader, EmptyMessageIsRefused) {
  EXPECT_EQ(Cut(std::string("\0", 1), 10), std::vector<std::string>{"!empty_message"});
  EXPECT_EQ(Cut(std::string("{}\0\0", 4), 10), (std::vector<std::string>{"{}", "!empty_message"}));
}

// Messages carry PINs: what was consumed must not stay in the buffer.
TEST(FrameReader, WipesConsumedMessages) {
  FrameReader reader;
  const std::string stream = Bytes({"PIN-1234-PIN-1234"}) + "next";
  auto space = reader.Space();
  const uint8_t* begin = space.data();
  std::copy(stream.begin(), stream.end(), space.begin());
  reader.Filled(stream.size());
  ASSERT_EQ(**reader.Next(), "PIN-1234-PIN-1234");
  ASSERT_FALSE(reader.Next()->has_value());
  space = reader.Space();
  ASSERT_EQ(space.data(), begin + 4) << "the rest moves to the front";
  const std::string_view behind(reinterpret_cast<const char*>(space.data()), space.size());
  EXPECT_EQ(behind.find("1234"), std::string_view::npos);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(begin), 4), "next");
}

}  // namespace
}  // namespace fob::proto
