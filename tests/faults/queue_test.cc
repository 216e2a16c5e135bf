// The same of the queue, where many share one commit: nobody is told of it before it is on the
// disk.
#include <gtest/gtest.h>

#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <future>
#include <mutex>
#include <set>
#include <thread>

#include "daemon/store/sqlite_store_queue.h"
#include "tests/faults/faults.h"
#include "tests/support/core_fakes/world.h"

namespace fob::testing {
namespace {

using Fault = FaultVfs::Fault;
using store::SqliteStore;
using store::SqliteStoreQueue;

constexpr int kWaves = 6, kTogether = 8;

class QueueFaults : public ::testing::Test {
 protected:
  QueueFaults() {
    World world(prepared_.path());
    world.AddOtp("alice", "phone");
    const auto factors = world.store().LoadFactors("alice", kAliceUid);
    user_id_ = factors->user.id;
    otp_ = factors->otps.front().id;
  }

  Result<std::unique_ptr<SqliteStore>> Open(SqliteStore::Mode mode) {
    return SqliteStore::Open(folder_.path(), mode, hasher_, *sealer_);
  }

  // Time steps that were committed, as their jobs were told.
  std::set<int64_t> Live() {
    std::set<int64_t> acknowledged;
    auto writer = Open(SqliteStore::Mode::kWriter);
    auto reader = writer.ok() ? Open(SqliteStore::Mode::kReader) : writer.error();
    if (!reader.ok()) return acknowledged;
    SqliteStoreQueue::Limits limits;
    limits.quiet = std::chrono::milliseconds(0);  // the log is moved between the waves
    limits.log_pages = 8;
    SqliteStoreQueue queue(*std::move(writer), *std::move(reader),
                           SqliteStoreQueue::Ways([](UniqueFunction<void()> work) { work(); }), limits);
    std::mutex mutex;
    std::condition_variable came;
    for (int wave = 0; wave < kWaves; ++wave) {
      int waiting = kTogether;
      for (int i = 0; i < kTogether; ++i) {
        const int64_t step = 60'000'000 + wave * kTogether + i;
        const auto work = [this, step](core::Store& store) {
          return store.CommitProof(Proof(step));
        };
        const auto done = [&, step](Status outcome) {
          const std::lock_guard lock(mutex);
          if (outcome.ok()) acknowledged.insert(step);
          --waiting;
          came.notify_all();
        };
        IsBehind(step) ? queue.WriteBehind(work, done) : queue.Write(work, done);
      }
      std::unique_lock lock(mutex);
      came.wait(lock, [&] { return waiting == 0; });
    }
    return acknowledged;
  }

  // What the disk was asked for when two jobs had been answered, the first one written behind, and when
  // the queue had stopped. `seen` looks at the folder before the files are closed.
  struct Asked {
    int64_t at_first = 0;
    int64_t at_end = 0;
  };
  template <typename Seen>
  Asked WriteBehindThenDurably(bool both, Seen seen) {
    Asked asked;
    SqliteStoreQueue queue(*Open(SqliteStore::Mode::kWriter), *Open(SqliteStore::Mode::kReader),
                           SqliteStoreQueue::Ways([](UniqueFunction<void()> work) { work(); }));
    std::promise<void> answered;
    queue.WriteBehind([this](core::Store& store) { return store.CommitProof(Proof(kBehind)); },
                      [&](Status done) {
                        EXPECT_TRUE(done.ok());
                        asked.at_first = vfs_.operations();
                        answered.set_value();
                      });
    answered.get_future().wait();
    if (both) {
      // Else the second commit would take the first one along.
      while (vfs_.operations() == asked.at_first) std::this_thread::yield();
      std::promise<Status> durable;
      queue.Write([this](core::Store& store) { return store.CommitProof(Proof(kDurable)); },
                  [&](Status done) { durable.set_value(std::move(done)); });
      const Status done = durable.get_future().get();
      EXPECT_TRUE(done.ok()) << done.error().text;
    }
    queue.Stop();
    asked.at_end = vfs_.operations();
    seen();
    return asked;
  }
  static constexpr int64_t kBehind = 60'000'000, kDurable = 60'000'001;

  // Reported as soon as it is committed: a loss of power may forget it.
  static bool IsBehind(int64_t step) { return step % 3 == 0; }

  core::ProofCommit Proof(int64_t step) const {
    core::ProofCommit proof;
    proof.user_id = user_id_;
    proof.uid = kAliceUid;
    proof.otp_step = core::ProofCommit::OtpStep{otp_, step};
    proof.audit.action = "login";
    proof.audit.subject = std::to_string(step);
    return proof;
  }

  void Check(const std::set<int64_t>& acknowledged, bool power_was_lost = false) {
    auto store = Open(SqliteStore::Mode::kWriter);
    ASSERT_TRUE(store.ok()) << store.error().text;
    const auto chain = (*store)->CheckChain({}, 1000);
    ASSERT_TRUE(chain.ok()) << chain.error().text;
    EXPECT_FALSE(chain->broken_at.has_value()) << chain->why;
    std::set<std::string> told;
    const auto trail = (*store)->TailAudit(1000, std::nullopt);
    for (const core::AuditRecord& record : *trail) {
      EXPECT_TRUE(told.insert(record.entry.subject).second || record.entry.action != "login")
          << record.entry.subject << " was committed twice";
    }
    for (const int64_t step : acknowledged) {
      if (power_was_lost && IsBehind(step)) continue;
      EXPECT_TRUE(told.contains(std::to_string(step))) << step << " is lost";
      EXPECT_EQ((*store)->CommitProof(Proof(step)).error().reason, "replayed_code");
    }
    EXPECT_TRUE((*store)->CommitProof(Proof(70'000'000)).ok());
  }

  void Rewind() {
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
      std::filesystem::remove(entry.path());
    std::filesystem::copy(prepared_.path(), folder_.path());
  }

  TempFolder folder_, prepared_;
  crypto::Sha256Hasher hasher_;
  std::unique_ptr<crypto::AesGcmSealer> sealer_ =
      *crypto::AesGcmSealer::Create(SecretBytes(crypto::AesGcmSealer::kMasterKeySize));
  int64_t user_id_ = 0;
  std::string otp_;
  FaultVfs vfs_;
};

TEST_F(QueueFaults, I18_NobodyIsToldOfACommitThatDoesNotStand) {
  int64_t points = 0;
  size_t held = 0;
  for (const Way& way : kWays) {
    Rewind();
    vfs_.Arm(way.fault, 0);
    ASSERT_EQ(Live().size(), size_t{kWaves * kTogether});
    const int64_t operations = vfs_.operations();
    const int64_t stride = All() ? 1 : operations / 8 + 1;
    for (int64_t operation = 1; operation <= operations; operation += stride) {
      SCOPED_TRACE(std::string(way.name) + ", operation " + std::to_string(operation));
      Rewind();
      vfs_.Arm(way.fault, operation);
      const auto acknowledged = Live();
      if (way.then_power_loss) vfs_.LosePower(way.keep_some, SeedOf(way, operation));
      vfs_.Uninstall();
      Check(acknowledged, way.then_power_loss);
      vfs_.Install();
      held += acknowledged.size();
      ++points;
      if (HasFailure()) return;
    }
  }
  std::printf("%lld crash points, %zu acknowledged proofs held\n", static_cast<long long>(points),
              held);
}

TEST_F(QueueFaults, WhatIsWrittenBehindIsOnTheDiskRightAfterItsAnswer) {
  const auto nothing = [] {};
  Rewind();
  vfs_.Arm(Fault::kPowerLoss, 0);
  const Asked asked = WriteBehindThenDurably(false, nothing);
  ASSERT_LT(asked.at_first, asked.at_end) << "the answer does not wait for the disk; the disk is asked all the same";

  Rewind();
  vfs_.Arm(Fault::kPowerLoss, asked.at_end + 1);  // closing the files writes nothing more
  WriteBehindThenDurably(false, nothing);
  vfs_.LosePower(false, 1);
  vfs_.Uninstall();
  Check({kBehind});
  vfs_.Install();
}

TEST_F(QueueFaults, ASyncThatFailsBehindAnAnswerCostsNoLaterCommit) {
  Rewind();
  vfs_.Arm(Fault::kIoError, 0);
  const Asked asked = WriteBehindThenDurably(false, [] {});
  Rewind();
  vfs_.Arm(Fault::kIoError, asked.at_first + 1);
  // The disk may have dropped what the log says of the first: it must be in the file itself before the second is
  // promised.
  TempFolder moved;
  WriteBehindThenDurably(true, [&] {
    std::filesystem::copy(folder_.path() + "/fob.db", moved.path() + "/fob.db");
  });
  auto store = SqliteStore::Open(moved.path(), SqliteStore::Mode::kWriter, hasher_, *sealer_);
  ASSERT_TRUE(store.ok()) << store.error().text;
  EXPECT_EQ((*store)->CommitProof(Proof(kBehind)).error().reason, "replayed_code");
  EXPECT_TRUE((*store)->CommitProof(Proof(kDurable)).ok()) << "that one is in the log";
}

}  // namespace
}  // namespace fob::testing
