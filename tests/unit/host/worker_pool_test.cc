#include "daemon/host/worker_pool.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/host/loop.h"

namespace fob::host {
namespace {

constexpr WorkerPool::Limits kQuick = {.threads = 2, .queue = 4, .most_lost = 2, .deadline_ms = 250};

struct Answers {
  auto Keep() {
    return [this](Result<int> outcome) {
      all.push_back(outcome.ok() ? std::to_string(*outcome) : outcome.error().reason);
      threads.push_back(std::this_thread::get_id());
    };
  }
  std::vector<std::string> all;
  std::vector<std::thread::id> threads;
};

auto Hang(const std::shared_ptr<Door>& door) {
  return [door]() -> Result<int> {
    door->Pass();
    return 0;
  };
}

TEST(WorkerPool, AnswersOnTheCallersThread) {
  Loop loop;
  Answers answers;
  WorkerPool pool(WorkerPool::Limits{}, loop.post());
  pool.Run<int>([]() -> Result<int> { return 7; }, answers.Keep());
  ASSERT_TRUE(loop.RunNext());
  EXPECT_EQ(answers.all, std::vector<std::string>{"7"});
  EXPECT_EQ(answers.threads.front(), std::this_thread::get_id());
}

TEST(WorkerPool, HungCallsTimeOutAndBlockNoOther) {
  Loop loop;
  Answers answers;
  const auto door = std::make_shared<Door>();
  WorkerPool pool(kQuick, loop.post());
  pool.Run<int>(Hang(door), answers.Keep());
  pool.Run<int>(Hang(door), answers.Keep());
  ASSERT_TRUE(loop.RunNext(2));
  EXPECT_EQ(answers.all, (std::vector<std::string>{"timed_out", "timed_out"}));
  EXPECT_EQ(pool.lost(), 2u);
  pool.Run<int>([]() -> Result<int> { return 8; }, answers.Keep());
  ASSERT_TRUE(loop.RunNext());
  EXPECT_EQ(answers.all.back(), "8");
  door->Open();
}

TEST(WorkerPool, CallsThatNeverRanTimeOutToo) {
  Loop loop;
  Answers answers;
  const auto door = std::make_shared<Door>();
  WorkerPool pool({.threads = 1, .queue = 4, .most_lost = 0, .deadline_ms = 250}, loop.post());
  pool.Run<int>(Hang(door), answers.Keep());
  pool.Run<int>([]() -> Result<int> { return 9; }, answers.Keep());
  ASSERT_TRUE(loop.RunNext(2));
  EXPECT_EQ(answers.all, (std::vector<std::string>{"timed_out", "timed_out"}));
  door->Open();
}

TEST(WorkerPool, FailsAtOnceWhenEveryThreadHangsAndRecovers) {
  Loop loop;
  Answers answers;
  const auto door = std::make_shared<Door>();
  WorkerPool pool({.threads = 1, .queue = 4, .most_lost = 1, .deadline_ms = 250}, loop.post());
  for (int i = 0; i < 2; ++i) {
    pool.Run<int>(Hang(door), answers.Keep());
    ASSERT_TRUE(loop.RunNext());
  }
  EXPECT_EQ(pool.lost(), 2u);
  pool.Run<int>([]() -> Result<int> { return 1; }, answers.Keep());
  ASSERT_TRUE(loop.RunNext());
  EXPECT_EQ(answers.all.back(), "busy");

  door->Open();
  while (pool.lost() != 0) std::this_thread::yield();
  pool.Run<int>([]() -> Result<int> { return 2; }, answers.Keep());
  ASSERT_TRUE(loop.RunNext());
  EXPECT_EQ(answers.all.back(), "2");
}

TEST(WorkerPool, QueueIsBounded) {
  Loop loop;
  Answers answers;
  const auto door = std::make_shared<Door>();
  WorkerPool pool({.threads = 1, .queue = 2, .most_lost = 1, .deadline_ms = 10'000}, loop.post());
  pool.Run<int>(Hang(door), answers.Keep());
  ASSERT_TRUE(door->AwaitWaiting(1));
  for (int i = 0; i < 3; ++i) pool.Run<int>([i]() -> Result<int> { return i; }, answers.Keep());
  ASSERT_TRUE(loop.RunNext());
  EXPECT_EQ(answers.all, std::vector<std::string>{"busy"});
  door->Open();
  ASSERT_TRUE(loop.RunNext(3));
  EXPECT_EQ(answers.all, (std::vector<std::string>{"busy", "0", "0", "1"}));
}

TEST(WorkerPool, LateAnswersAreDropped) {
  Loop loop;
  Answers answers;
  const auto door = std::make_shared<Door>();
  WorkerPool pool(kQuick, loop.post());
  pool.Run<int>(Hang(door), answers.Keep());
  ASSERT_TRUE(loop.RunNext());
  door->Open();
  while (pool.lost() != 0) std::this_thread::yield();
  EXPECT_TRUE(loop.empty());
  EXPECT_EQ(answers.all.size(), 1u);
}

// What an answer owns belongs to the caller's thread, and must die there even when a worker is last to
// let go of the call.
TEST(WorkerPool, AnswersDieOnTheCallersThread) {
  struct Owned {
    explicit Owned(std::thread::id* where) : died(where) {}
    ~Owned() { *died = std::this_thread::get_id(); }
    std::thread::id* died;
  };
  std::thread::id answered;
  std::thread::id dropped;
  const auto door = std::make_shared<Door>();
  {
    Loop loop;
    WorkerPool pool({.threads = 1, .queue = 2, .most_lost = 1, .deadline_ms = 10'000}, loop.post());
    pool.Run<int>([]() -> Result<int> { return 1; }, [owned = std::make_unique<Owned>(&answered)](Result<int>) {});
    ASSERT_TRUE(loop.RunNext());
    EXPECT_EQ(answered, std::this_thread::get_id());
    pool.Run<int>(Hang(door), [](Result<int>) {});
    ASSERT_TRUE(door->AwaitWaiting(1));
    pool.Run<int>([]() -> Result<int> { return 1; }, [owned = std::make_unique<Owned>(&dropped)](Result<int>) {});
    door->Open();
    ASSERT_TRUE(loop.RunNext());
  }
  EXPECT_EQ(dropped, std::this_thread::get_id());
}

}  // namespace
}  // namespace fob::host
