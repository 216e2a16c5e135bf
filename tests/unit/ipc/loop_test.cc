#include "daemon/ipc/loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <thread>
#include <vector>

namespace fob::ipc {
namespace {

using ::testing::ElementsAre;

class LoopTest : public ::testing::Test {
 protected:
  LoopTest() : thread_([this] { loop_.Run([](int) {}, [] {}); }) {
    OnTheLoop([] {});  // it runs by now
  }
  ~LoopTest() override { End(); }
  void End() {
    loop_.Stop();
    if (thread_.joinable()) thread_.join();
  }
  // Runs `work` on the loop's thread and waits for its end.
  template <typename Work>
  void OnTheLoop(Work work) {
    std::promise<void> done;
    auto ended = done.get_future();
    loop_.Post([&] {
      work();
      loop_.AtTurnsEnd([&] { done.set_value(); });
    });
    ended.wait();
  }

  Loop loop_;
  std::thread thread_;
};

TEST_F(LoopTest, WhatIsBroughtWhileNobodyHasTheTurnIsRunThere) {
  const auto here = std::this_thread::get_id();
  // The loop may still be ending a turn of its own: it takes a few looks.
  std::optional<std::thread::id> ran;
  for (int i = 0; i < 1000 && ran != here; ++i) {
    std::promise<void> done;
    auto ended = done.get_future();
    loop_.Bring([&] {
      ran = std::this_thread::get_id();
      done.set_value();
    });
    ended.wait();
  }
  EXPECT_EQ(ran, here);
}

TEST_F(LoopTest, WhatIsBroughtDuringAnothersTurnIsRunByTheLoopAfterIt) {
  std::promise<void> entered;
  std::promise<void> leave;
  loop_.Post([&] {
    entered.set_value();
    leave.get_future().wait();
  });
  entered.get_future().wait();
  std::promise<std::thread::id> ran;
  auto by = ran.get_future();
  loop_.Bring([&] { ran.set_value(std::this_thread::get_id()); });
  EXPECT_EQ(by.wait_for(std::chrono::milliseconds(0)), std::future_status::timeout);
  leave.set_value();
  EXPECT_EQ(by.get(), thread_.get_id());
}

TEST_F(LoopTest, WhatATurnBringsIsRunAtItsEndAndWhatIsLastComesLast) {
  std::vector<int> order;
  OnTheLoop([&] {
    loop_.AtTurnsEnd([&] { order.push_back(4); });
    loop_.Bring([&] {
      order.push_back(2);
      loop_.Bring([&] { order.push_back(3); });
    });
    order.push_back(1);
  });
  EXPECT_THAT(order, ElementsAre(1, 2, 3, 4));
}

TEST_F(LoopTest, WhatBringsMoreWithoutEndLeavesOthersTheirTurn) {
  std::atomic<bool> over = false;
  std::promise<void> stopped;
  struct Chain {
    Loop& loop;
    std::atomic<bool>& over;
    std::promise<void>& stopped;
    void Next() {
      if (over) return stopped.set_value();
      loop.Bring([this] { Next(); });
    }
  } chain{loop_, over, stopped};
  loop_.Post([&] { chain.Next(); });
  OnTheLoop([] {});
  over = true;
  stopped.get_future().wait();
}

// The core is one thread's at a time, and each finds its own work done in the order it came in.
TEST_F(LoopTest, TurnsAreAlone) {
  constexpr int kThreads = 4;
  constexpr int kEach = 5000;
  int total = 0;
  bool inside = false;
  bool together = false;
  std::vector<std::vector<int>> seen(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        loop_.Bring([&, t, i] {
          together |= std::exchange(inside, true);
          ++total;
          seen[static_cast<size_t>(t)].push_back(i);
          inside = false;
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  OnTheLoop([] {});
  End();
  EXPECT_FALSE(together);
  EXPECT_EQ(total, kThreads * kEach);
  for (const auto& one : seen) EXPECT_TRUE(std::is_sorted(one.begin(), one.end()));
}

TEST_F(LoopTest, NobodyHasATurnAfterTheEnd) {
  End();
  bool ran = false;
  loop_.Bring([&] { ran = true; });
  EXPECT_FALSE(ran);
}

class TimersTest : public LoopTest {
 protected:
  void After(int64_t ms, int number) {
    timers_.push_back(loop_.After(ms, [this, number] {
      fired_.push_back(number);
      if (number == 0) done_.set_value();
    }));
  }
  std::vector<std::unique_ptr<core::Timers::Handle>> timers_;
  std::vector<int> fired_;
  std::promise<void> done_;
};

TEST_F(TimersTest, ExpireInTheirOrderHoweverTheyWereSet) {
  OnTheLoop([&] {
    After(30, 0);
    After(1, 1);
    After(20, 2);
    After(10, 3);
  });
  done_.get_future().wait();
  OnTheLoop([&] { EXPECT_THAT(fired_, ElementsAre(1, 3, 2, 0)); });
}

TEST_F(TimersTest, OneThatIsCancelledDoesNotExpire) {
  OnTheLoop([&] {
    After(1, 1);
    After(2, 2);
    After(20, 0);
    timers_[0].reset();
    // Another one cancels it just before its time.
    timers_.push_back(loop_.After(1, [this] { timers_[1].reset(); }));
  });
  done_.get_future().wait();
  OnTheLoop([&] { EXPECT_THAT(fired_, ElementsAre(0)); });
}

// It may hold what is gone by the time that the loop is.
TEST_F(TimersTest, WhatWaitsIsDroppedWhenTheLoopEnds) {
  const auto held = std::make_shared<int>(0);
  OnTheLoop([&] { timers_.push_back(loop_.After(60'000, [held] {})); });
  EXPECT_EQ(held.use_count(), 2);
  End();
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(TimersTest, AHandleMayOutliveItsLoop) {
  auto loop = std::make_unique<Loop>();
  const auto handle = loop->After(1000, [] {});
  loop.reset();
}

}  // namespace
}  // namespace fob::ipc
