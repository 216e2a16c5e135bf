#include "daemon/core/key_arbiter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fob::core {
namespace {

using ::testing::ElementsAre;

// A ceremony that waits: its leave to be here, and its place.
struct Waiting {
  std::unique_ptr<KeyArbiter::Visit> visit;
  std::unique_ptr<KeyArbiter::Place> place;
  void Leave() {
    place.reset();
    visit.reset();
  }
};

class KeyArbiterTest : public ::testing::Test {
 protected:
  // Waits in the name of `who`; its turn, and whom it waits for, is written down.
  Waiting Wait(const std::string& who, uint32_t uid, bool trusted) {
    return Wait(who, uid, trusted, [this, who] { turns_.push_back(who); });
  }
  Waiting Wait(const std::string& who, uint32_t uid, bool trusted, UniqueFunction<void()> ready,
               UniqueFunction<void()> give_way = {}) {
    auto visit = arbiter_.Enter({uid, trusted, who});
    EXPECT_TRUE(visit.ok()) << who;
    if (!visit.ok()) return {};
    KeyArbiter::Calls calls;
    calls.ready = std::move(ready);
    calls.give_way = std::move(give_way);
    calls.waits = [this, who](const std::string& first) {
      told_.push_back(who + " waits for " + first);
    };
    auto place = arbiter_.Enqueue(**visit, std::move(calls));
    return {*std::move(visit), std::move(place)};
  }
  std::string WhyNot(uint32_t uid, bool trusted) {
    const auto visit = arbiter_.Enter({uid, trusted, "x"});
    return visit.ok() ? "" : visit.error().reason;
  }

  KeyArbiter arbiter_;
  std::vector<std::string> turns_;
  std::vector<std::string> told_;
};

TEST_F(KeyArbiterTest, TheFirstOneGoesWhenCalledAndOnce) {
  const Waiting one = Wait("one", 0, true);
  EXPECT_TRUE(turns_.empty()) << "not before the caller holds its place";
  arbiter_.Call();
  arbiter_.Call();
  EXPECT_THAT(turns_, ElementsAre("one"));
  EXPECT_TRUE(told_.empty());
}

TEST_F(KeyArbiterTest, I9_OneAtATimeInTheOrderOfTheirComing) {
  Waiting one = Wait("one", 0, true);
  arbiter_.Call();
  Waiting two = Wait("two", 0, true);
  const Waiting three = Wait("three", 0, true);
  arbiter_.Call();
  EXPECT_THAT(turns_, ElementsAre("one"));
  one.Leave();
  EXPECT_THAT(turns_, ElementsAre("one", "two"));
  two.Leave();
  EXPECT_THAT(turns_, ElementsAre("one", "two", "three"));
}

TEST_F(KeyArbiterTest, I11_WhoWaitsIsToldWhoIsAskedFirstAndWhenThatChanges) {
  Waiting one = Wait("one", 0, true);
  arbiter_.Call();
  Waiting two = Wait("two", 0, true);
  const Waiting three = Wait("three", 0, true);
  arbiter_.Call();
  EXPECT_THAT(told_, ElementsAre("two waits for one", "three waits for one"));
  arbiter_.Call();
  EXPECT_EQ(told_.size(), 2u) << "told once";
  one.Leave();
  EXPECT_THAT(told_, ElementsAre("two waits for one", "three waits for one", "three waits for two"));
}

TEST_F(KeyArbiterTest, WhoWaitsBehindManyIsToldALimitedNumberOfTimes) {
  std::vector<Waiting> many;
  for (int i = 0; i < 40; ++i) many.push_back(Wait("x", 0, true));
  const Waiting last = Wait("last", 0, true);
  arbiter_.Call();
  for (Waiting& one : many) one.Leave();
  EXPECT_EQ(std::ranges::count(told_, "last waits for x"), 16);
  EXPECT_EQ(turns_.back(), "last");
}

TEST_F(KeyArbiterTest, TrustedCallersGoBeforeOthersButNotBeforeOneThatIsAtTheKeys) {
  Waiting carol = Wait("carol", 1002, false);
  arbiter_.Call();
  const Waiting dave = Wait("dave", 1003, false);
  Waiting first = Wait("sudo", 0, true);
  Waiting second = Wait("login", 0, true);
  carol.Leave();
  first.Leave();
  second.Leave();
  EXPECT_THAT(turns_, ElementsAre("carol", "sudo", "login", "dave"));
}

TEST_F(KeyArbiterTest, TrustedGoesBeforeAnUntrustedHeadThatWasNotCalledYet) {
  const Waiting carol = Wait("carol", 1002, false);
  const Waiting sudo = Wait("sudo", 0, true);
  arbiter_.Call();
  EXPECT_THAT(turns_, ElementsAre("sudo"));
  EXPECT_THAT(told_, ElementsAre("carol waits for sudo"));
}

TEST_F(KeyArbiterTest, I10_AnUntrustedHeadGivesWayToATrustedCaller) {
  Waiting carol;
  carol = Wait(
      "carol", 1002, false, [&] { turns_.emplace_back("carol"); },
      [&] {
        turns_.emplace_back("carol gives way");
        carol.Leave();
      });
  arbiter_.Call();
  const Waiting dave = Wait("dave", 1003, false);
  arbiter_.Call();
  EXPECT_THAT(turns_, ElementsAre("carol")) << "not to one of its own rank";
  const Waiting sudo = Wait("sudo", 0, true);
  arbiter_.Call();
  EXPECT_THAT(turns_, ElementsAre("carol", "carol gives way", "sudo"));
  arbiter_.Call();
  EXPECT_EQ(turns_.size(), 3u);
}

TEST_F(KeyArbiterTest, I9_AnUntrustedUidHasOneVisitWithOrWithoutAPlace) {
  Waiting carol = Wait("carol", 1002, false);
  EXPECT_EQ(WhyNot(1002, false), "already_waiting");
  carol.place.reset();
  EXPECT_EQ(WhyNot(1002, false), "already_waiting") << "its person types a PIN";
  // A trusted caller may wait for many, even with the same uid.
  const Waiting trusted = Wait("carol's own", 1002, true);
  carol.Leave();
  EXPECT_EQ(WhyNot(1002, false), "");
}

TEST_F(KeyArbiterTest, UntrustedUidsCannotFillTheDesk) {
  std::vector<Waiting> others;
  for (uint32_t uid = 1000; uid < 1016; ++uid) others.push_back(Wait("x", uid, false));
  EXPECT_EQ(WhyNot(2000, false), "desk_busy");
  std::vector<Waiting> trusted;
  for (int i = 0; i < 64; ++i) trusted.push_back(Wait("t", 0, true));
  EXPECT_EQ(WhyNot(0, true), "desk_busy") << "of their own kind";
  trusted.pop_back();
  EXPECT_EQ(WhyNot(0, true), "");
  EXPECT_EQ(WhyNot(2000, false), "desk_busy");
  others.front().Leave();
  EXPECT_EQ(WhyNot(2000, false), "");
}

TEST_F(KeyArbiterTest, APlaceInTheMiddleGoesQuietly) {
  Waiting one = Wait("one", 0, true);
  arbiter_.Call();
  Waiting two = Wait("two", 0, true);
  const Waiting three = Wait("three", 0, true);
  two.Leave();
  EXPECT_THAT(turns_, ElementsAre("one"));
  one.Leave();
  EXPECT_THAT(turns_, ElementsAre("one", "three"));
}

TEST_F(KeyArbiterTest, APlaceMayGoFromItsOwnCallBack) {
  Waiting one;
  one = Wait("one", 0, true, [&] {
    turns_.emplace_back("one");
    one.Leave();
  });
  const Waiting two = Wait("two", 0, true);
  arbiter_.Call();
  EXPECT_THAT(turns_, ElementsAre("one", "two"));
}

TEST_F(KeyArbiterTest, AllMayGoEachFromItsOwnCallBack) {
  std::array<Waiting, 64> all;
  for (size_t i = 0; i < all.size(); ++i) {
    all[i] = Wait("x", 0, true, [&, i] {
      turns_.push_back(std::to_string(i));
      all[i].Leave();
    });
  }
  arbiter_.Call();
  ASSERT_EQ(turns_.size(), 64u);
  for (size_t i = 0; i < 64; ++i) EXPECT_EQ(turns_[i], std::to_string(i));
}

TEST_F(KeyArbiterTest, OneMayComeWhileAnotherIsCalled) {
  Waiting late;
  Waiting one;
  one = Wait("one", 0, true, [&] {
    turns_.emplace_back("one");
    late = Wait("late", 0, true);
    arbiter_.Call();
    one.Leave();
  });
  arbiter_.Call();
  EXPECT_THAT(turns_, ElementsAre("one", "late"));
}

// Whoever is told may be gone by it, as a connection that broke.
TEST_F(KeyArbiterTest, APlaceMayGoWhileItIsTold) {
  const Waiting one = Wait("one", 0, true);
  arbiter_.Call();
  Waiting two;
  auto visit = arbiter_.Enter({0, true, "two"});
  KeyArbiter::Calls calls;
  calls.ready = [] { FAIL(); };
  calls.waits = [&](const std::string&) { two.Leave(); };
  two.place = arbiter_.Enqueue(**visit, std::move(calls));
  two.visit = *std::move(visit);
  const Waiting three = Wait("three", 0, true);
  arbiter_.Call();
  EXPECT_EQ(two.place, nullptr);
  EXPECT_THAT(told_, ElementsAre("three waits for one"));
}

}  // namespace
}  // namespace fob::core
