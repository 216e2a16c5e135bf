#include "daemon/core/key_arbiter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fob::core {
namespace {

using ::testing::ElementsAre;
using PlacePtr = std::unique_ptr<KeyArbiter::Place>;

class KeyArbiterTest : public ::testing::Test {
 protected:
  // Waits in the name of `who`; its turn is written down.
  PlacePtr Wait(const std::string& who, uint32_t uid, bool trusted) {
    auto place = arbiter_.Enqueue({uid, trusted, who}, [this, who] { turns_.push_back(who); });
    EXPECT_TRUE(place.ok()) << who;
    return place.ok() ? *std::move(place) : nullptr;
  }
  KeyArbiter arbiter_;
  std::vector<std::string> turns_;
};

TEST_F(KeyArbiterTest, TheFirstOneGoesWhenCalledAndOnce) {
  const PlacePtr one = Wait("one", 0, true);
  EXPECT_TRUE(turns_.empty()) << "not before the caller holds its place";
  arbiter_.Call();
  arbiter_.Call();
  EXPECT_THAT(turns_, ElementsAre("one"));
  EXPECT_EQ(arbiter_.Ahead(*one), "");
}

TEST_F(KeyArbiterTest, I9_OneAtATimeInTheOrderOfTheirComing) {
  PlacePtr one = Wait("one", 0, true);
  arbiter_.Call();
  PlacePtr two = Wait("two", 0, true);
  const PlacePtr three = Wait("three", 0, true);
  arbiter_.Call();
  EXPECT_THAT(turns_, ElementsAre("one"));
  EXPECT_EQ(arbiter_.Ahead(*two), "one");
  EXPECT_EQ(arbiter_.Ahead(*three), "two");
  one.reset();
  EXPECT_THAT(turns_, ElementsAre("one", "two"));
  EXPECT_EQ(arbiter_.Ahead(*two), "");
  two.reset();
  EXPECT_THAT(turns_, ElementsAre("one", "two", "three"));
}

TEST_F(KeyArbiterTest, TrustedCallersGoBeforeOthersButNotBeforeOneThatIsAtTheKeys) {
  PlacePtr carol = Wait("carol", 1002, false);
  arbiter_.Call();
  PlacePtr dave = Wait("dave", 1003, false);
  PlacePtr first = Wait("sudo", 0, true);
  PlacePtr second = Wait("login", 0, true);
  EXPECT_EQ(arbiter_.Ahead(*first), "carol");
  EXPECT_EQ(arbiter_.Ahead(*second), "sudo");
  EXPECT_EQ(arbiter_.Ahead(*dave), "login");
  carol.reset();
  first.reset();
  second.reset();
  EXPECT_THAT(turns_, ElementsAre("carol", "sudo", "login", "dave"));
}

TEST_F(KeyArbiterTest, TrustedGoesBeforeAnUntrustedHeadThatWasNotCalledYet) {
  const PlacePtr carol = Wait("carol", 1002, false);
  const PlacePtr sudo = Wait("sudo", 0, true);
  arbiter_.Call();
  EXPECT_THAT(turns_, ElementsAre("sudo"));
  EXPECT_EQ(arbiter_.Ahead(*carol), "sudo");
}

TEST_F(KeyArbiterTest, I10_AnUntrustedHeadGivesWayToATrustedCaller) {
  PlacePtr carol;
  auto placed = arbiter_.Enqueue({1002, false, "carol"}, [&] { turns_.emplace_back("carol"); },
                                 [&] {
                                   turns_.emplace_back("carol gives way");
                                   carol.reset();
                                 });
  ASSERT_TRUE(placed.ok());
  carol = *std::move(placed);
  arbiter_.Call();
  const PlacePtr dave = Wait("dave", 1003, false);
  arbiter_.Call();
  EXPECT_THAT(turns_, ElementsAre("carol")) << "not to one of its own rank";
  const PlacePtr sudo = Wait("sudo", 0, true);
  arbiter_.Call();
  EXPECT_THAT(turns_, ElementsAre("carol", "carol gives way", "sudo"));
  arbiter_.Call();
  EXPECT_EQ(turns_.size(), 3u);
}

TEST_F(KeyArbiterTest, AnUntrustedUidHoldsOnePlace) {
  PlacePtr carol = Wait("carol", 1002, false);
  const auto again = arbiter_.Enqueue({1002, false, "carol again"}, [] { FAIL(); });
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, Code::kExhausted);
  EXPECT_EQ(again.error().reason, "already_waiting");
  const PlacePtr dave = Wait("dave", 1003, false);
  // A trusted caller may wait for many, even with the same uid.
  const PlacePtr trusted = Wait("carol's own", 1002, true);
  carol.reset();
  const PlacePtr later = Wait("carol later", 1002, false);
  EXPECT_NE(later, nullptr);
}

TEST_F(KeyArbiterTest, NotMoreThan64Wait) {
  std::vector<PlacePtr> places;
  for (int i = 0; i < 64; ++i) places.push_back(Wait("x", 0, true));
  const auto more = arbiter_.Enqueue({0, true, "more"}, [] { FAIL(); });
  ASSERT_FALSE(more.ok());
  EXPECT_EQ(more.error().reason, "desk_busy");
  places.pop_back();
  EXPECT_NE(Wait("y", 0, true), nullptr);
}

TEST_F(KeyArbiterTest, APlaceInTheMiddleGoesQuietly) {
  PlacePtr one = Wait("one", 0, true);
  arbiter_.Call();
  PlacePtr two = Wait("two", 0, true);
  const PlacePtr three = Wait("three", 0, true);
  two.reset();
  EXPECT_THAT(turns_, ElementsAre("one"));
  EXPECT_EQ(arbiter_.Ahead(*three), "one");
  one.reset();
  EXPECT_THAT(turns_, ElementsAre("one", "three"));
}

TEST_F(KeyArbiterTest, APlaceMayGoFromItsOwnCallBack) {
  PlacePtr one;
  auto placed = arbiter_.Enqueue({0, true, "one"}, [&] {
    turns_.push_back("one");
    one.reset();
  });
  one = *std::move(placed);
  const PlacePtr two = Wait("two", 0, true);
  arbiter_.Call();
  EXPECT_THAT(turns_, ElementsAre("one", "two"));
}

TEST_F(KeyArbiterTest, AllMayGoEachFromItsOwnCallBack) {
  std::array<PlacePtr, 64> places;
  for (size_t i = 0; i < places.size(); ++i) {
    auto placed = arbiter_.Enqueue({static_cast<uint32_t>(i), false, "x"}, [&, i] {
      turns_.push_back(std::to_string(i));
      places[i].reset();
    });
    places[i] = *std::move(placed);
  }
  arbiter_.Call();
  ASSERT_EQ(turns_.size(), 64u);
  for (size_t i = 0; i < 64; ++i) EXPECT_EQ(turns_[i], std::to_string(i));
}

TEST_F(KeyArbiterTest, OneMayComeWhileAnotherIsCalled) {
  PlacePtr late;
  PlacePtr one;
  auto placed = arbiter_.Enqueue({0, true, "one"}, [&] {
    turns_.push_back("one");
    late = Wait("late", 0, true);
    arbiter_.Call();
    one.reset();
  });
  one = *std::move(placed);
  arbiter_.Call();
  EXPECT_THAT(turns_, ElementsAre("one", "late"));
}

}  // namespace
}  // namespace fob::core
