#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include "daemon/store/sqlite_store_queue.h"
#include "store_fixture.h"

namespace fob::store {
namespace {

// The core's thread, as far as the queue knows it: functions come in, the test runs them.
class Loop {
 public:
  SqliteStoreQueue::Post Poster() {
    return [this](UniqueFunction<void()> function) {
      const std::lock_guard lock(mutex_);
      functions_.push_back(std::move(function));
      came_.notify_all();
    };
  }
  // Runs what comes until `done` holds; false after ten seconds.
  template <typename Done>
  bool RunUntil(Done done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    std::unique_lock lock(mutex_);
    while (!done()) {
      if (!came_.wait_until(lock, deadline, [&] { return !functions_.empty(); })) return false;
      const UniqueFunction<void()> next = std::move(functions_.front());
      functions_.pop_front();
      lock.unlock();
      next();
      lock.lock();
    }
    return true;
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::deque<UniqueFunction<void()>> functions_;
};

class Queue : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    LogIn("login_1", 101);
    ASSERT_TRUE(store_->AddClient(Client("client_1", "wiki"), Audit("client.add")).ok());
    Start({});
  }
  void TearDown() override { queue_.reset(); }
  void Start(SqliteStoreQueue::Limits limits) {
    queue_.reset();
    store_.reset();
    auto writer = folder_.Open();
    auto reader = folder_.Open(SqliteStore::Mode::kReader);
    ASSERT_TRUE(writer && reader);
    queue_ = std::make_unique<SqliteStoreQueue>(std::move(writer), std::move(reader),
                                                loop_.Poster(), limits);
  }
  // Runs one job and waits for its outcome.
  template <typename Work>
  auto Write(Work work) {
    std::optional<std::invoke_result_t<Work&, core::Store&>> outcome;
    queue_->Write(std::move(work), [&](auto result) { outcome.emplace(std::move(result)); });
    EXPECT_TRUE(loop_.RunUntil([&] { return outcome.has_value(); }));
    return *std::move(outcome);
  }
  // Holds the writing thread until the promise is kept.
  void Block(std::shared_future<void> gate,
             core::StoreQueue::Lane lane = core::StoreQueue::Lane::kWrite) {
    auto running = std::make_shared<std::promise<void>>();
    auto started = running->get_future();
    const auto work = [gate, running](core::Store&) -> Status {
      running->set_value();
      gate.wait();
      return Ok();
    };
    const auto done = [this](const Status&) { ++unblocked_; };
    lane == core::StoreQueue::Lane::kWrite ? queue_->Write(work, done) : queue_->Read(work, done);
    started.wait();
  }

  std::thread::id ReadersThread() {
    std::optional<std::thread::id> reader;
    queue_->Read(
        [](core::Store&) -> Result<std::thread::id> { return std::this_thread::get_id(); },
        [&](const Result<std::thread::id>& id) { reader = *id; });
    EXPECT_TRUE(loop_.RunUntil([&] { return reader.has_value(); }));
    return *reader;
  }

  Loop loop_;
  std::unique_ptr<SqliteStoreQueue> queue_;
  int unblocked_ = 0;
};

TEST_F(Queue, AnswersOnTheCoresThread) {
  const auto here = std::this_thread::get_id();
  std::thread::id worked;
  std::optional<std::thread::id> answered;
  queue_->Read(
      [&](core::Store& store) {
        worked = std::this_thread::get_id();
        return store.FindUser("alice");
      },
      [&](Result<core::UserRecord> user) {
        EXPECT_EQ(user->uid, 1000u);
        answered = std::this_thread::get_id();
      });
  ASSERT_TRUE(loop_.RunUntil([&] { return answered.has_value(); }));
  EXPECT_EQ(*answered, here);
  EXPECT_NE(worked, here);
}

TEST_F(Queue, I30_I36_OneOf32RedemptionsOfATicketSucceeds) {
  constexpr int kThreads = 32;
  constexpr int kRounds = 50;
  for (int round = 0; round < kRounds; ++round) {
    const std::string ticket = "ticket " + std::to_string(round);
    ASSERT_TRUE(Write([&](core::Store& s) {
                  return s.AddTicket(Ticket(ticket, "login_1"), {kNow, kBoot}, {}, Audit("ticket.issue"));
                }).ok());
    int good = 0;
    int used = 0;
    int answers = 0;
    std::promise<void> start;
    const auto gate = start.get_future().share();
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        const auto redemption =
            Redemption(ticket, "grant_" + std::to_string(round) + "_" + std::to_string(i));
        gate.wait();
        queue_->Write([redemption](core::Store& s) { return s.RedeemTicket(redemption); },
                      [&](const Result<core::GrantFacts>& redeemed) {
                        ++answers;
                        if (redeemed.ok()) ++good;
                        if (!redeemed.ok() && redeemed.error().reason == "ticket_used") ++used;
                      });
      });
    }
    start.set_value();
    ASSERT_TRUE(loop_.RunUntil([&] { return answers == kThreads; }));
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(good, 1) << "round " << round;
    ASSERT_EQ(used, kThreads - 1) << "round " << round;
  }
}

TEST_F(Queue, I18_OneOfManyUsesOfACodeSucceeds) {
  int good = 0;
  int answers = 0;
  for (int i = 0; i < 100; ++i) {
    queue_->Write([proof = CodeProof(500)](core::Store& s) { return s.CommitProof(proof); },
                  [&](const Status& status) {
                    ++answers;
                    good += status.ok() ? 1 : 0;
                  });
  }
  ASSERT_TRUE(loop_.RunUntil([&] { return answers == 100; }));
  EXPECT_EQ(good, 1);
}

TEST_F(Queue, WritesThatWaitTogetherShareACommit) {
  std::promise<void> gate;
  Block(gate.get_future().share());
  const int64_t before = queue_->Commits();
  int answers = 0;
  for (int i = 0; i < 60; ++i) {
    queue_->Write([i](core::Store& s) { return s.Record(Audit("a" + std::to_string(i))); },
                  [&](const Status& status) {
                    EXPECT_TRUE(status.ok());
                    ++answers;
                  });
  }
  gate.set_value();
  ASSERT_TRUE(loop_.RunUntil([&] { return answers == 60; }));
  EXPECT_LE(queue_->Commits() - before, 2) << "the blocked job's own, and one for the sixty";
  queue_.reset();
  Reopen();
  EXPECT_EQ(ChainFault(), "");
}

TEST_F(Queue, AJobThatFailsIsUndoneAlone) {
  std::promise<void> gate;
  Block(gate.get_future().share());
  int answers = 0;
  const auto write = [&](bool good) {
    queue_->Write(
        [good](core::Store& s) -> Status {
          FOB_CHECK(s.Record(Audit(good ? "kept" : "undone")));
          if (!good) return MakeError(Code::kDenied, "no", "");
          return Ok();
        },
        [&, good](const Status& status) {
          EXPECT_EQ(status.ok(), good);
          ++answers;
        });
  };
  write(true);
  write(false);
  write(true);
  gate.set_value();
  ASSERT_TRUE(loop_.RunUntil([&] { return answers == 3; }));
  queue_.reset();
  Reopen();
  const auto entries = *store_->TailAudit(2, std::nullopt);
  EXPECT_EQ(entries.at(0).entry.action, "kept");
  EXPECT_EQ(entries.at(1).entry.action, "kept");
  EXPECT_EQ(ChainFault(), "");
}

TEST_F(Queue, I8_ARemovalBetweenCheckAndCommitWins) {
  // The factors are read, the factor is removed, the proof comes to be committed.
  std::optional<bool> there;
  queue_->Read(
      [](core::Store& s) { return s.LoadFactors("alice", 1000); },
      [&](const Result<core::UserFactors>& factors) { there = factors->otps.size() == 1; });
  ASSERT_TRUE(loop_.RunUntil([&] { return there.has_value(); }));
  ASSERT_TRUE(*there);
  ASSERT_TRUE(Write([](core::Store& s) {
                return s.RemoveOtp("alice", 1000, "otp_a", Audit("otp.remove"));
              }).ok());
  const auto committed =
      Write([proof = CodeProof(500, "login_2")](core::Store& s) { return s.CommitProof(proof); });
  EXPECT_EQ(committed.error().reason, "factor_removed");
}

TEST_F(Queue, AFewRowsAreReadByWhoAsksOfAWarmCacheByTheIdleWriterElseAndBesideABusyOneByTheReader) {
  const auto here = std::this_thread::get_id();
  const std::thread::id writer = *Write([](core::Store&) -> Result<std::thread::id> { return std::this_thread::get_id(); });
  const std::thread::id reader = ReadersThread();
  std::vector<std::thread::id> worked;
  const auto read = [&] {
    worked.clear();
    std::optional<uint32_t> uid;
    queue_->ReadFew(
        [&](core::Store& store) {
          worked.push_back(std::this_thread::get_id());
          return store.FindUser("alice");
        },
        [&](const Result<core::UserRecord>& user) { uid = user->uid; });
    EXPECT_TRUE(loop_.RunUntil([&] { return uid.has_value(); }));
    EXPECT_EQ(uid, 1000u);
    return worked.back();
  };
  // Answered before the writer is idle again: it may take a few looks.
  for (int i = 0; i < 1000 && read() == reader; ++i) std::this_thread::yield();
  EXPECT_EQ(worked, (std::vector{here, writer})) << "the cache was cold";
  for (int i = 0; i < 1000 && read() == reader; ++i) std::this_thread::yield();
  EXPECT_EQ(worked, (std::vector{here})) << "the cache was warm";
  std::promise<void> gate;
  Block(gate.get_future().share());
  EXPECT_EQ(read(), reader);
  gate.set_value();
}

TEST_F(Queue, OutcomesThatNobodyWaitsBehindAreBroughtAndOthersPosted) {
  std::atomic<int> brought = 0;
  queue_.reset();
  queue_ = std::make_unique<SqliteStoreQueue>(
      folder_.Open(), folder_.Open(SqliteStore::Mode::kReader),
      SqliteStoreQueue::Ways(loop_.Poster(), [this, &brought, post = loop_.Poster()](UniqueFunction<void()> work) {
        ++brought;
        post(std::move(work));
      }));
  const auto record = [](core::Store& store) { return store.Record(Audit("a")); };
  ASSERT_TRUE(Write(record).ok());
  EXPECT_EQ(brought, 1);
  std::promise<void> gate;
  Block(gate.get_future().share());
  int done = 0;
  for (int i = 0; i < 3; ++i) queue_->Write(record, [&](const Status&) { ++done; });
  gate.set_value();
  ASSERT_TRUE(loop_.RunUntil([&] { return done == 3; }));
  EXPECT_EQ(brought, 1);
}

TEST_F(Queue, WhatIsWrittenBehindIsThereForWhoeverLooksNext) {
  std::promise<void> gate;
  Block(gate.get_future().share());
  int answers = 0;
  const auto done = [&](const Status& status) {
    EXPECT_TRUE(status.ok());
    ++answers;
  };
  for (int i = 0; i < 10; ++i) {
    const auto work = [i](core::Store& s) { return s.Record(Audit("a" + std::to_string(i))); };
    i % 3 == 0 ? queue_->Write(work, done) : queue_->WriteBehind(work, done);
  }
  gate.set_value();
  ASSERT_TRUE(loop_.RunUntil([&] { return answers == 10; }));
  queue_->WriteBehind([](core::Store& s) { return s.Record(Audit("last")); }, done);
  ASSERT_TRUE(loop_.RunUntil([&] { return answers == 11; }));
  std::optional<std::string> last;
  queue_->Read([](core::Store& s) { return s.TailAudit(1, std::nullopt); },
               [&](const auto& entries) { last = entries->at(0).entry.action; });
  ASSERT_TRUE(loop_.RunUntil([&] { return last.has_value(); }));
  EXPECT_EQ(last, "last");
  queue_.reset();
  Reopen();
  EXPECT_EQ(ChainFault(), "");
}

TEST_F(Queue, AJobThatWaitsTooLongFailsInTimeAndIsNotRun) {
  for (const auto lane : {core::StoreQueue::Lane::kWrite, core::StoreQueue::Lane::kRead}) {
    SqliteStoreQueue::Limits limits;
    limits.deadline = std::chrono::milliseconds(300);  // the one that blocks must begin within it, too
    Start(limits);
    std::promise<void> gate;
    Block(gate.get_future().share(), lane);
    std::atomic<bool> ran = false;
    std::optional<Error> error;
    const auto work = [&](core::Store&) -> Status {
      ran = true;
      return Ok();
    };
    const auto done = [&](const Status& status) { error = status.ok() ? Error{} : status.error(); };
    lane == core::StoreQueue::Lane::kWrite ? queue_->Write(work, done) : queue_->Read(work, done);
    ASSERT_TRUE(loop_.RunUntil([&] { return error.has_value(); }))
        << "while the thread is still held";
    EXPECT_EQ(error->code, Code::kUnavailable);
    EXPECT_EQ(error->reason, "store_busy");
    gate.set_value();
    queue_->Stop();
    EXPECT_FALSE(ran);
  }
}

TEST_F(Queue, IsBounded) {
  SqliteStoreQueue::Limits limits;
  limits.waiting = 3;
  Start(limits);
  std::promise<void> gate;
  Block(gate.get_future().share());
  int good = 0;
  int refused = 0;
  for (int i = 0; i < 5; ++i) {
    queue_->Write([](core::Store& s) { return s.Record(Audit("a")); },
                  [&](const Status& status) {
                    status.ok() ? ++good : ++refused;
                    if (!status.ok()) {
                      EXPECT_EQ(status.error().code, Code::kExhausted);
                    }
                  });
  }
  gate.set_value();
  ASSERT_TRUE(loop_.RunUntil([&] { return good + refused == 5; }));
  EXPECT_EQ(refused, 2);
}

TEST_F(Queue, StopRunsWhatWaitsAndRefusesWhatComes) {
  std::promise<void> gate;
  Block(gate.get_future().share());
  int good = 0;
  for (int i = 0; i < 200; ++i) {
    queue_->Write([](core::Store& s) { return s.Record(Audit("a")); },
                  [&](const Status& status) { good += status.ok() ? 1 : 0; });
  }
  gate.set_value();
  queue_->Stop();
  std::optional<Error> error;
  queue_->Read([](core::Store& s) { return s.FindUser("alice"); },
               [&](const Result<core::UserRecord>& user) { error = user.error(); });
  ASSERT_TRUE(loop_.RunUntil([&] { return error.has_value() && good == 200; }));
  EXPECT_EQ(error->code, Code::kUnavailable);
  EXPECT_EQ(unblocked_, 1);
}

TEST_F(Queue, TheLogIsMovedIntoTheFileWhenItIsQuiet) {
  SqliteStoreQueue::Limits limits;
  limits.quiet = std::chrono::milliseconds(1);
  limits.log_pages = 8;
  Start(limits);
  const auto size = [&] { return std::filesystem::file_size(folder_.file()); };
  const auto before = size();
  core::AuditEntry entry = Audit("a");
  entry.detail = std::string(4000, 'x');
  for (int i = 0; i < 40; ++i)
    ASSERT_TRUE(Write([entry](core::Store& s) { return s.Record(entry); }).ok());
  for (int i = 0; i < 5000 && size() == before; ++i) ::poll(nullptr, 0, 2);
  EXPECT_GT(size(), before);
}

TEST_F(Queue, TheLogStaysSmallUnderWritesWithoutPause) {
  SqliteStoreQueue::Limits limits;
  limits.quiet = std::chrono::seconds(60);
  limits.log_pages = 16;
  limits.log_pages_now = 64;
  limits.log_pages_full = 128;  // however late the reader comes to it
  Start(limits);
  core::AuditEntry entry = Audit("a");
  entry.detail = std::string(16'000, 'x');
  for (int i = 0; i < 400; ++i)
    ASSERT_TRUE(Write([entry](core::Store& s) { return s.Record(entry); }).ok());
  queue_->Stop();
  // 6 MB were written; the log has not grown beyond what it was given beforehand.
  EXPECT_GT(std::filesystem::file_size(folder_.file()), 5'000'000u);
  EXPECT_LE(std::filesystem::file_size(folder_.file() + "-wal"),
            static_cast<uintmax_t>(SqliteStore::kLogReserve));
}

TEST_F(Queue, ALogWithItsReserveIsReadBackAfterAKill) {
  queue_.reset();
  const pid_t child = ::fork();
  if (child == 0) {
    Start({});
    Write([](core::Store& s) { return s.Record(Audit("kept")); }).ok() ? ::raise(SIGKILL)
                                                                       : ::raise(SIGABRT);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  EXPECT_EQ(std::filesystem::file_size(folder_.file() + "-wal"),
            static_cast<uintmax_t>(SqliteStore::kLogReserve));
  Reopen();
  EXPECT_EQ(store_->TailAudit(1, std::nullopt)->at(0).entry.action, "kept");
  EXPECT_EQ(ChainFault(), "");
}

// Runs `body` in a child of one thread, and answers its exit code.
template <typename Body>
int InChild(Body body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST_F(Queue, AFailedCommitFailsAllThatShareIt) {
  queue_.reset();
  const std::string file = folder_.file();
  EXPECT_EQ(InChild([&] {
              Start({});
              ::signal(SIGXFSZ, SIG_IGN);
              std::promise<void> gate;
              Block(gate.get_future().share());
              int failed = 0;
              int answers = 0;
              for (int i = 0; i < 10; ++i) {
                queue_->Write([](core::Store& s) { return s.Record(Audit("a")); },
                              [&](const Status& status) {
                                ++answers;
                                if (!status.ok() && status.error().code == Code::kUnavailable &&
                                    status.error().reason == "store_not_writable")
                                  ++failed;
                              });
              }
              rlimit limit = {4096, RLIM_INFINITY};
              ::setrlimit(RLIMIT_FSIZE, &limit);
              gate.set_value();
              if (!loop_.RunUntil([&] { return answers == 10; })) return 1;
              if (failed != 10) return 2;
              limit.rlim_cur = RLIM_INFINITY;
              ::setrlimit(RLIMIT_FSIZE, &limit);
              if (!Write([](core::Store& s) { return s.Record(Audit("after")); }).ok()) return 3;
              queue_.reset();
              return 0;
            }),
            0);
  Reopen();
  EXPECT_EQ(ChainFault(), "");
  EXPECT_EQ(store_->TailAudit(1, std::nullopt)->at(0).entry.action, "after");
}

TEST_F(Queue, I30_WhatWasAcknowledgedSurvivesKill9) {
  queue_.reset();
  for (int round = 0; round < 5; ++round) {
    const int64_t step = 1000 + round;
    const std::string ticket = "ticket " + std::to_string(round);
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      Start({});
      const bool good =
          Write([proof = CodeProof(step)](core::Store& s) { return s.CommitProof(proof); }).ok() &&
          Write([&](core::Store& s) {
            return s.AddTicket(Ticket(ticket, "login_1"), {kNow, kBoot}, {}, Audit("ticket.issue"));
          }).ok() &&
          Write([&](core::Store& s) {
            return s.RedeemTicket(Redemption(ticket, "grant_" + std::to_string(round)));
          }).ok();
      const char answer = good ? 'y' : 'n';
      (void)!::write(pipe[1], &answer, 1);
      // Goes on writing, so that the kill comes in the middle of something.
      for (int i = 0;
           i < 1'000'000 && Write([](core::Store& s) { return s.Record(Audit("noise")); }).ok();
           ++i)
        continue;
      ::_exit(0);
    }
    ::close(pipe[1]);
    char answer = 'x';
    EXPECT_EQ(::read(pipe[0], &answer, 1), 1);
    ::close(pipe[0]);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    EXPECT_EQ(answer, 'y');
    Reopen();
    EXPECT_EQ(store_->CommitProof(CodeProof(step)).error().reason, "replayed_code");
    EXPECT_EQ(store_->RedeemTicket(Redemption(ticket, "grant_x")).error().reason, "ticket_used");
    EXPECT_TRUE(store_->CheckGrant("grant_" + std::to_string(round), "", {kNow, kBoot})->live);
    core::ChainCheck check;
    while (!check.done) check = *store_->CheckChain(check, 10'000);
    EXPECT_FALSE(check.broken_at.has_value()) << check.why;
    store_.reset();
  }
}

}  // namespace
}  // namespace fob::store
