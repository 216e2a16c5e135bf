// Key workers as processes: good ones, and those that die, stall, flood and lie.

#include "daemon/ipc/worker_desk.h"
#include "test_paths.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>

#include "daemon/ipc/worker_spawner.h"

namespace fob::ipc {
namespace {

using Clock = std::chrono::steady_clock;
using proto::worker::GetAssertion;
using std::chrono::milliseconds;

int OpenDescriptors() {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
    (void)entry, ++count;
  return count;
}

// Its children, zombies included.
int ChildrenOf(pid_t pid) {
  int count = 0;
  const std::string ours = " " + std::to_string(pid) + " ";
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream stat(entry.path() / "stat");
    std::string line;
    if (!std::getline(stat, line)) continue;
    const std::string rest = line.substr(line.rfind(')') + 2);  // "S 123 ..."
    count += rest.substr(1, ours.size()) == ours ? 1 : 0;
  }
  return count;
}

class WorkerDeskTest : public ::testing::Test {
 protected:
  using Assertion = Result<GetAssertion::Out>;

  ~WorkerDeskTest() override {
    desk_.reset();
    // Workers that outlive their spawner come to us.
    EXPECT_TRUE(Until([] {
      while (::waitpid(-1, nullptr, WNOHANG) > 0) {
      }
      return ChildrenOf(::getpid()) == 0;
    })) << "a worker is left, or a spawner";
  }

  void SetUp() override { ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0); }

  WorkerDesk& Serve(std::vector<std::string> command, WorkerDesk::NotReady not_ready = {}) {
    desk_.reset();
    auto spawner = WorkerSpawner::Fork(std::move(command), Ok);
    EXPECT_TRUE(spawner.ok());
    spawner_ = spawner->pid();
    return desk_.emplace(loop_, std::make_unique<WorkerSpawner>(*std::move(spawner)), std::move(not_ready));
  }
  WorkerDesk& Desk(std::string behaviour) {
    return Serve({FOB_BIN_DIR "/scripted-worker", std::move(behaviour)});
  }
  int Children() const { return ChildrenOf(spawner_); }

  // Lets the loop turn until it holds.
  bool Until(const std::function<bool()>& holds, milliseconds longest = milliseconds(10'000)) {
    const auto end = Clock::now() + longest;
    while (!holds()) {
      if (Clock::now() > end) return false;
      loop_.context().restart();
      loop_.context().run_one_for(milliseconds(20));
    }
    return true;
  }

  GetAssertion::In In(int64_t timeout_ms = 30'000) {
    GetAssertion::In in;
    in.credentials = {{"login.example.org", "AA"}};
    in.client_data_hash = "AAAA";
    in.timeout_ms = timeout_ms;
    return in;
  }

  // Calls and waits for the outcome.
  Assertion Call(core::KeyConversation& conversation, GetAssertion::In in) {
    std::optional<Assertion> outcome;
    bool inside = true;
    conversation.GetAssertion(
        std::move(in), [this](const proto::Progress&) { ++progress_; },
        [&](Assertion out) {
          EXPECT_FALSE(inside) << "called back from inside the call";
          outcome.emplace(std::move(out));
        });
    inside = false;
    EXPECT_TRUE(Until([&] { return outcome.has_value(); }));
    return outcome.has_value() ? *std::move(outcome)
                               : MakeError(Code::kInternal, "never", "no outcome");
  }

  std::string Reason(const std::string& behaviour) {
    auto conversation = Desk(behaviour).Start();
    if (!conversation.ok()) return conversation.error().reason;
    const auto out = Call(**conversation, In());
    return out.ok() ? "" : out.error().reason;
  }

  Loop loop_;
  std::optional<WorkerDesk> desk_;
  pid_t spawner_ = -1;
  int progress_ = 0;
};

TEST_F(WorkerDeskTest, AWorkerTellsAndAnswers) {
  auto conversation = Desk("answers").Start();
  ASSERT_TRUE(conversation.ok());
  const auto out = Call(**conversation, In());
  ASSERT_TRUE(out.ok()) << out.error().text;
  EXPECT_EQ(progress_, 1);
  EXPECT_EQ(out->assertion->device, "scripted");
}

TEST_F(WorkerDeskTest, AfterAPinWasAskedForASecondCallBringsIt) {
  auto conversation = Desk("asks").Start();
  const auto asked = Call(**conversation, In());
  ASSERT_TRUE(asked.ok());
  ASSERT_TRUE(asked->pin_needed.has_value());
  EXPECT_EQ(asked->pin_needed->retries, 5);
  auto in = In();
  in.pin = SecretBytes("1234");
  const auto out = Call(**conversation, std::move(in));
  ASSERT_TRUE(out.ok()) << out.error().text;
  EXPECT_EQ(out->assertion->device, "with a pin");
}

TEST_F(WorkerDeskTest, AnErrorOfTheWorkerComesThrough) { EXPECT_EQ(Reason("refuses"), "no_touch"); }

TEST_F(WorkerDeskTest, I1_AWorkerThatDiesOrLiesIsAnErrorNeverAnAnswer) {
  EXPECT_EQ(Reason("dies"), "worker_gone");
  EXPECT_EQ(Reason("dies later"), "worker_gone");
  EXPECT_EQ(Reason("cut"), "worker_gone");
  EXPECT_EQ(Reason("other type"), "worker_gone");
  EXPECT_EQ(Reason("garbage"), "malformed_message");
  EXPECT_EQ(Reason("empty"), "empty_message");
  EXPECT_EQ(Reason("endless"), "message_too_long");
}

TEST_F(WorkerDeskTest, AWorkerThatCannotStartIsSaidSo) {
  Serve({"/nonexistent/fob-keyd"});
  EXPECT_EQ(desk_->Prepare().error().reason, "worker_start");
  const auto conversation = desk_->Start();
  ASSERT_FALSE(conversation.ok());
  EXPECT_EQ(conversation.error().code, Code::kUnavailable);
  EXPECT_NE(conversation.error().text.find("/nonexistent/fob-keyd"), std::string::npos);
  Serve({});
  EXPECT_EQ(desk_->Start().error().reason, "no_worker");
}

TEST_F(WorkerDeskTest, AWorkerThatSaysMoreThanItWasAskedEndsTheConversation) {
  auto conversation = Desk("babbles").Start();
  ASSERT_TRUE(Call(**conversation, In())->pin_needed.has_value());
  const auto out = Call(**conversation, In());
  EXPECT_FALSE(out.ok());
}

TEST_F(WorkerDeskTest, AReplyThatWaitsIsTakenWithoutFurtherBytes) {
  auto conversation = Desk("foretells").Start();
  ASSERT_TRUE(Call(**conversation, In())->pin_needed.has_value());
  const auto out = Call(**conversation, In());
  ASSERT_TRUE(out.ok()) << out.error().text;
  EXPECT_EQ(out->assertion->device, "foretold");
}

TEST_F(WorkerDeskTest, I1_ThatNoWorkerIsReadyForTheNextCeremonyIsTold) {
  const std::string program = std::filesystem::temp_directory_path() / ("fob-worker-" + std::to_string(::getpid()));
  std::filesystem::create_symlink(FOB_BIN_DIR "/scripted-worker", program);
  std::vector<std::string> told;
  Serve({program, "mute"}, [&](const Error& error) { told.push_back(error.reason); });
  EXPECT_TRUE(desk_->Prepare().ok());
  std::filesystem::remove(program);
  EXPECT_TRUE(desk_->Start().ok()) << "the idle one is there";
  EXPECT_TRUE(Until([&] { return !told.empty(); }));
  EXPECT_EQ(told, std::vector<std::string>{"worker_start"});
}

TEST_F(WorkerDeskTest, I1_WithoutItsSpawnerNoWorkerStartsAndThatIsSaid) {
  WorkerDesk& desk = Desk("mute");
  ::kill(spawner_, SIGKILL);
  for (int i = 0; i < 2; ++i) {
    const auto conversation = desk.Start();
    ASSERT_FALSE(conversation.ok());
    EXPECT_EQ(conversation.error().reason, "worker_start");
    EXPECT_NE(conversation.error().text.find("restart fobd"), std::string::npos);
  }
}

TEST_F(WorkerDeskTest, TheSpawnerKeepsNothingOpenThatItWasNotGiven) {
  const int inherited = ::open("/dev/null", O_RDONLY);
  WorkerDesk& desk = Desk("mute");
  ::close(inherited);
  ASSERT_TRUE(desk.Prepare().ok());
  ASSERT_TRUE(Until([&] { return Children() == 1; }));
  // While it starts a worker it holds that one's ends, too; what it inherited would stay.
  int count = 0;
  EXPECT_TRUE(Until([&] {
    count = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator("/proc/" + std::to_string(spawner_) + "/fd"))
      count += std::stoi(entry.path().filename()) > 2 ? 1 : 0;
    return count == 1;
  })) << count << " descriptors, beside its line to us";
}

TEST_F(WorkerDeskTest, AFloodIsCutOffByDroppingTheConversation) {
  auto conversation = *Desk("floods").Start();
  bool dropped = false;
  conversation->GetAssertion(
      In(),
      [&](const proto::Progress&) {
        EXPECT_FALSE(dropped) << "called back after destruction";
        if (++progress_ == 500) {
          dropped = true;
          conversation.reset();
        }
      },
      [&](Assertion) { ADD_FAILURE() << "answered"; });
  EXPECT_TRUE(Until([&] { return dropped; }));
}

TEST_F(WorkerDeskTest, CancelIsEndOfFile) {
  auto conversation = *Desk("mute").Start();
  conversation->GetAssertion(
      In(), [](const proto::Progress&) {}, [](Assertion) { ADD_FAILURE() << "answered"; });
  EXPECT_TRUE(Until([&] { return Children() == 2; })) << "this one, and an idle one for the next";
  conversation.reset();
  EXPECT_TRUE(Until([&] { return Children() == 1; }));
}

TEST_F(WorkerDeskTest, AWorkerThatDoesNotEndIsKilledAfter200Ms) {
  auto conversation = *Desk("deaf").Start();
  conversation->GetAssertion(
      In(), [](const proto::Progress&) {}, [](Assertion) { ADD_FAILURE() << "answered"; });
  ASSERT_TRUE(Until([&] { return Children() == 2; }));
  const auto from = Clock::now();
  conversation.reset();
  ASSERT_TRUE(Until([&] { return Children() == 1; }));
  const auto took = Clock::now() - from;
  EXPECT_GE(took, milliseconds(200));
  EXPECT_LT(took, milliseconds(5'000));
}

TEST_F(WorkerDeskTest, ASilentWorkerIsGivenUp) {
  auto conversation = Desk("mute").Start();
  const auto out = Call(**conversation, In(1));
  ASSERT_FALSE(out.ok());
  EXPECT_EQ(out.error().reason, "worker_silent");
  EXPECT_EQ(out.error().code, Code::kTimedOut);
}

TEST_F(WorkerDeskTest, AnIdleWorkerThatDiedIsReplaced) {
  WorkerDesk& desk = Desk("dies");
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(desk.Prepare().ok());
    EXPECT_TRUE(Until([&] { return Children() == 0; }));
  }
}

TEST_F(WorkerDeskTest, I3_AWorkerInheritsItsSocketAndNothingElse) {
  auto conversation = Desk("tells").Start();
  const auto out = Call(**conversation, In());
  ASSERT_TRUE(out.ok()) << out.error().text;
  EXPECT_EQ(out->assertion->device, "fds 0 1 2, no environment, nothing blocked");
}

TEST_F(WorkerDeskTest, TwoHundredConversationsLeaveNoZombieAndNoDescriptor) {
  WorkerDesk& desk = Desk("answers");
  // The idle one is left, and we have heard of the end of the others, which their spawner reaped.
  const auto settle = [&] {
    const bool alone = Until([&] { return Children() == 1; });
    loop_.context().restart();
    loop_.context().poll();
    return alone;
  };
  ASSERT_TRUE(Call(**desk.Start(), In()).ok());
  ASSERT_TRUE(settle());
  const int before = OpenDescriptors();
  for (int i = 0; i < 200; ++i) {
    auto conversation = desk.Start();
    ASSERT_TRUE(conversation.ok()) << i;
    // Every third is dropped before it answers.
    if (i % 3 == 0) {
      (*conversation)
          ->GetAssertion(
              In(), [](const proto::Progress&) {}, [](Assertion) {});
    } else {
      ASSERT_TRUE(Call(**conversation, In()).ok()) << i;
    }
  }
  ASSERT_TRUE(settle());
  // What the loop has yet to close of the last ones goes first.
  EXPECT_TRUE(Until([&] { return OpenDescriptors() <= before; })) << OpenDescriptors() << ", before " << before;
}

}  // namespace
}  // namespace fob::ipc
