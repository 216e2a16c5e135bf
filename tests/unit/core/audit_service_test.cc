// The audit trail as an administrator sees it: read, verified, pruned, its heads signed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "base/encoding.h"
#include "proto/limits.h"
#include "proto/messages_json.h"
#include "tests/support/core_fakes/world.h"

namespace fob::core {
namespace {

using ::testing::HasSubstr;
using testing::Dialogue;
using testing::World;
namespace admin = proto::admin;
using Fault = admin::VerifyAudit::Out::Fault;

constexpr int64_t kDay = 24 * 3600;

class AuditServiceTest : public ::testing::Test {
 protected:
  struct Ask {
    std::optional<int64_t> limit = {};
    std::optional<int64_t> after_seq = {};
    std::optional<int64_t> before_seq = {};
    std::optional<std::string> user = {};
    std::optional<std::string> action = {};
    std::optional<int64_t> since = {};
  };
  admin::TailAudit::Out Tail(Ask ask) {
    return *world_.Call(
        world_.audit(), &AuditService::TailAudit, World::Root(),
        {ask.limit, ask.after_seq, ask.before_seq, ask.user, ask.action, ask.since, {}});
  }
  Result<admin::VerifyAudit::Out> Verify(std::vector<std::string> heads = {}) {
    return world_.Stream(world_.audit(), &AuditService::VerifyAudit, World::Root(),
                         {std::move(heads)});
  }
  Result<admin::PruneAudit::Out> Prune(std::optional<int64_t> days = {}) {
    return world_.Call(world_.audit(), &AuditService::PruneAudit, World::Root(), {days});
  }
  void Record(const std::string& action, int64_t at, const std::string& user = "alice") {
    AuditEntry entry;
    entry.action = action;
    entry.at = at;
    entry.user = user;
    ASSERT_TRUE(world_.store().Record(entry).ok());
  }
  // `count` entries, one a day, the last one today.
  void RecordDays(int count) {
    for (int i = count - 1; i >= 0; --i)
      Record("day." + std::to_string(i), world_.clock.UnixSeconds() - i * kDay);
  }
  // SQL behind the store's back.
  void Tamper(const std::string& sql) {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open((world_.folder() + "/fob.db").c_str(), &handle), SQLITE_OK);
    char* error = nullptr;
    EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, &error), SQLITE_OK) << error;
    sqlite3_close(handle);
  }
  World world_;
};

TEST_F(AuditServiceTest, TheTrailIsReadInPiecesAndVerifies) {
  for (int i = 0; i < 7; ++i) world_.AddOtp("alice", "otp" + std::to_string(i));
  const auto newest = Tail({.limit = 3}).events;
  ASSERT_EQ(newest.size(), 3u);
  EXPECT_LT(newest[0].seq, newest[2].seq);
  EXPECT_EQ(Tail({.limit = 100, .after_seq = newest[0].seq}).events.size(), 2u);
  EXPECT_EQ(Tail({.limit = -1}).events.size(), 1u);
  EXPECT_EQ(Tail({.limit = INT64_MAX}).events.size(), 7u);
  EXPECT_EQ(Tail({.limit = 3}).next, newest[0].seq);
  EXPECT_EQ(Tail({.limit = 3, .before_seq = newest[0].seq}).events.back().seq, newest[0].seq - 1);
  const auto verified = Verify();
  ASSERT_TRUE(verified.ok());
  EXPECT_TRUE(verified->intact);
  EXPECT_EQ(verified->events, 7);
  EXPECT_EQ(verified->head, newest[2].hash);
}

TEST_F(AuditServiceTest, TheTrailIsFilteredByUserActionAndAge) {
  const int64_t now = world_.clock.UnixSeconds();
  Record("login.begin", now - 100);
  Record("login.confirm", now - 50, "bob");
  Record("loginx", now - 40);
  Record("key.enrol", now - 30);
  Record("login.end", now - 10);
  const auto actions = [&](Ask in) {
    std::vector<std::string> found;
    for (const auto& event : Tail(std::move(in)).events) found.push_back(event.action);
    return found;
  };
  using ::testing::ElementsAre;
  EXPECT_THAT(actions({.user = "bob"}), ElementsAre("login.confirm"));
  EXPECT_THAT(actions({.action = "login"}), ElementsAre("login.begin", "login.confirm", "login.end"));
  EXPECT_THAT(actions({.action = "login.end"}), ElementsAre("login.end"));
  EXPECT_THAT(actions({.since = now - 40}), ElementsAre("loginx", "key.enrol", "login.end"));
  EXPECT_THAT(actions({.after_seq = 1, .user = "alice", .action = "login", .since = now - 60}),
              ElementsAre("login.end"));
  EXPECT_THAT(actions({.limit = 1, .action = "login"}), ElementsAre("login.end"));
}

TEST_F(AuditServiceTest, NobodyCanMakeTheTrailTooLongToRead) {
  // What a caller can have recorded at most: names, terminal and host as long as they may be,
  // all of them characters that JSON escapes.
  for (int i = 0; i < 120; ++i) {
    Dialogue dialogue;
    proto::login::Begin::In in;
    in.user = std::string(256, '"');
    in.service = std::string(64, '\\');
    in.tty = std::string(256, '"');
    in.rhost = std::string(256, '"');
    world_.Begin(dialogue, World::Root(), std::move(in));
    if (dialogue.asks(proto::Ask::Kind::kCode)) {
      world_.Answer(dialogue, "000000");
      world_.Advance(250);
    }
    EXPECT_TRUE(dialogue.error.has_value());
  }
  const auto tail = [&](std::optional<int64_t> after) {
    auto out = Tail({.limit = 100, .after_seq = after});
    EXPECT_LT(boost::json::serialize(proto::ToJson(out)).size(), proto::kMaxMessage - 64);
    return out;
  };
  const auto newest = tail({});
  ASSERT_FALSE(newest.events.empty());
  EXPECT_EQ(newest.events.back().seq, 120);
  EXPECT_EQ(newest.next, newest.events.front().seq) << "where to read back from";
  // Reading on from the start misses none.
  int64_t seen = 0;
  for (std::optional<int64_t> after = 0; after.has_value();) {
    const auto out = tail(after);
    ASSERT_FALSE(out.events.empty());
    EXPECT_EQ(out.events.front().seq, seen + 1);
    seen = out.events.back().seq;
    after = out.next;
  }
  EXPECT_EQ(seen, 120);
}

TEST_F(AuditServiceTest, ALongTrailIsVerifiedPieceByPiece) {
  ASSERT_TRUE(world_.store().Record(AuditEntry()).ok());
  // Many rows at little cost, none of which needs to hold: pieces come before the fault.
  Tamper("WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) INSERT INTO audit "
         "SELECT i, at, action, outcome, user, caller_uid, caller_pid, service, tty, rhost, subject, rule, detail, "
         "hash FROM n, audit WHERE seq = 1");
  EXPECT_EQ(Verify()->broken_at, 2);
  int pieces = 0;
  Tamper("DELETE FROM audit WHERE seq > 1");
  for (int i = 0; i < 20'500; ++i) ASSERT_TRUE(world_.store().Record(AuditEntry()).ok());
  const auto out = world_.Stream(world_.audit(), &AuditService::VerifyAudit, World::Root(),
                                 {std::nullopt}, &pieces);
  ASSERT_TRUE(out.ok());
  EXPECT_TRUE(out->intact);
  EXPECT_EQ(out->events, 20'501);
  EXPECT_EQ(pieces, 1);
}

TEST_F(AuditServiceTest, AVerificationThatIsDroppedEnds) {
  RecordDays(3);
  bool answered = false;
  auto flow = world_.audit().VerifyAudit(
      World::Root(), {}, {[&](auto) { answered = true; }, [&](auto) { answered = true; }});
  flow->Next();
  flow.reset();
  world_.Settle();
  EXPECT_FALSE(answered);
}

TEST_F(AuditServiceTest, TheHeadIsSignedAtTheStartThenByNumberOrTime) {
  world_.settings.audit.head_events = 5;
  world_.settings.audit.head_interval = 600;
  RecordDays(2);
  world_.heads().Start();
  world_.Settle();
  ASSERT_EQ(world_.told_heads.size(), 1u);
  RecordDays(3);
  world_.Advance(60'000);
  EXPECT_EQ(world_.told_heads.size(), 1u) << "neither enough events nor enough time";
  RecordDays(2);
  world_.Advance(15'000);
  ASSERT_EQ(world_.told_heads.size(), 2u) << "five events";
  RecordDays(1);
  world_.Advance(599'000);
  EXPECT_EQ(world_.told_heads.size(), 2u);
  world_.Advance(16'000);
  ASSERT_EQ(world_.told_heads.size(), 3u) << "ten minutes";
  world_.Advance(1'200'000);
  EXPECT_EQ(world_.told_heads.size(), 3u) << "nothing new to sign";
  RecordDays(1);
  world_.heads().Finish(world_.store());
  ASSERT_EQ(world_.told_heads.size(), 4u) << "and at the end";
  EXPECT_TRUE(Verify(world_.told_heads)->intact);
  EXPECT_EQ(Verify(world_.told_heads)->heads, 5) << "those given and the one in memory";
}

TEST_F(AuditServiceTest, ATailThatWasCutOffIsFoundByAHeadThatWasSigned) {
  RecordDays(10);
  world_.heads().Start();
  world_.Settle();
  const std::string head = world_.told_heads.at(0);
  Tamper("DELETE FROM audit WHERE seq > 7");
  const auto by_memory = Verify();
  EXPECT_FALSE(by_memory->intact);
  EXPECT_EQ(by_memory->broken_at, 8);
  EXPECT_EQ(by_memory->fault, Fault::kMissing);
  EXPECT_THAT(*by_memory->why, HasSubstr("entry 10"));
  // After a restart, from the journal.
  World again;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(again.store().Record(AuditEntry()).ok());
  const auto foreign = again.Stream(again.audit(), &AuditService::VerifyAudit, World::Root(),
                                    {std::vector<std::string>{head}});
  EXPECT_FALSE(foreign->intact);
  EXPECT_EQ(foreign->fault, Fault::kHead) << "of another store";
}

TEST_F(AuditServiceTest, ATailThatWasWrittenAnewIsFoundByAHeadThatWasSigned) {
  RecordDays(10);
  world_.heads().Start();
  world_.Settle();
  Tamper("DELETE FROM audit WHERE seq > 7");
  RecordDays(4);
  const auto out = Verify();
  EXPECT_FALSE(out->intact);
  EXPECT_EQ(out->broken_at, 10);
  EXPECT_EQ(out->fault, Fault::kHead);
}

// A fobd that starts anew knows of no head but the one that the store keeps.
TEST_F(AuditServiceTest, ATailThatWasCutOffWhileNobodyLookedIsAnEventAndStaysKnown) {
  const auto start = [&](std::vector<std::string>& told) {
    HeadKeeper keeper(world_.context(), world_.audit_signer(), World::Root(),
                      [&told](const std::string& head) { told.push_back(head); });
    keeper.Start();
    world_.Settle();
    world_.Advance(16'000);
    world_.Settle();
  };
  std::vector<std::string> told;
  RecordDays(10);
  start(told);
  ASSERT_EQ(told.size(), 1u);
  start(told);
  EXPECT_TRUE(Verify()->intact) << "nothing is wrong yet";
  EXPECT_NE(world_.LastEntry().action, "audit.broken");

  Tamper("DELETE FROM audit WHERE seq > 7");
  start(told);
  EXPECT_EQ(world_.LastEntry().action, "audit.broken");
  EXPECT_EQ(world_.LastEntry().subject, "8");
  EXPECT_THAT(world_.LastEntry().detail, HasSubstr("ends with entry 7, but had entry 10"));
  ASSERT_FALSE(world_.alarms.empty());
  EXPECT_THAT(world_.alarms.back().text, HasSubstr("tampered with"));
  EXPECT_GT(told.size(), 1u) << "what there is now is signed all the same";
  const auto events = Tail({.limit = 100}).events.size();
  EXPECT_FALSE(Verify()->intact);
  EXPECT_EQ(Verify()->fault, Fault::kMissing);

  RecordDays(5);
  start(told);
  EXPECT_EQ(Tail({.limit = 100}).events.size(), events + 5) << "told once";
  const auto later = Verify();
  EXPECT_FALSE(later->intact) << "however long the trail is by now";
  EXPECT_EQ(later->broken_at, 10);
  EXPECT_EQ(later->fault, Fault::kHead);
}

TEST_F(AuditServiceTest, AKeptHeadThatWasAlteredIsNamed) {
  RecordDays(3);
  world_.heads().Start();
  world_.Settle();
  Tamper("UPDATE audit_heads SET signature = zeroblob(64)");
  EXPECT_EQ(Verify()->fault, Fault::kHead);
  HeadKeeper again(world_.context(), world_.audit_signer(), World::Root(), [](const std::string&) {});
  again.Start();
  world_.Settle();
  EXPECT_EQ(world_.LastEntry().action, "audit.broken");
  EXPECT_THAT(world_.LastEntry().detail, HasSubstr("not signed by this store's audit key"));
}

TEST_F(AuditServiceTest, AHeadThatWasPrunedIsNotMissed) {
  RecordDays(10);
  world_.heads().Start();
  world_.Settle();
  ASSERT_TRUE(Prune(1).ok());
  world_.Advance(3 * kDay * 1000);
  world_.Settle();
  ASSERT_TRUE(Prune(1).ok());
  HeadKeeper again(world_.context(), world_.audit_signer(), World::Root(), [](const std::string&) {});
  again.Start();
  world_.Settle();
  EXPECT_NE(world_.LastEntry().action, "audit.broken");
  EXPECT_TRUE(Verify()->intact);
}

TEST_F(AuditServiceTest, WhoSeesTheWholeTrailIsToldWhereItBeginsAndEnds) {
  RecordDays(10);
  ASSERT_TRUE(Prune(5).ok());
  const auto all = Tail({.limit = 1});
  EXPECT_EQ(all.first_seq, 5);
  EXPECT_EQ(all.newest_seq, 11);
  const auto own = world_.Call(world_.audit(), &AuditService::TailAudit, World::Alice(), {});
  ASSERT_TRUE(own.ok());
  EXPECT_FALSE(own->first_seq.has_value());
  EXPECT_FALSE(own->newest_seq.has_value());
}

TEST_F(AuditServiceTest, AHeadThatIsAlteredOrNoHeadIsNamed) {
  RecordDays(3);
  world_.heads().Start();
  world_.Settle();
  std::string head = world_.told_heads.at(0);
  head.back() = head.back() == 'A' ? 'Q' : 'A';
  EXPECT_EQ(Verify({head})->fault, Fault::kHead);
  for (const char* bad : {"", ":", "::", "3", "3:00:", "x:y:z", "-1:00:AA", "3:00:AA"}) {
    EXPECT_EQ(Verify({bad}).error().reason, "bad_head") << bad;
  }
}

TEST_F(AuditServiceTest, PruningLeavesASignedCheckpointThatVerifies) {
  RecordDays(10);
  const auto pruned = Prune(5);
  ASSERT_TRUE(pruned.ok()) << pruned.error().text;
  EXPECT_EQ(pruned->pruned, 4);
  EXPECT_EQ(pruned->first_seq, 5);
  EXPECT_EQ(world_.LastEntry().action, "audit.prune");
  const auto out = Verify();
  EXPECT_TRUE(out->intact) << out->why.value_or("");
  EXPECT_EQ(out->first_seq, 5);
  EXPECT_EQ(out->events, 7);
  EXPECT_EQ(Prune(5)->pruned, 0) << "nothing is old any more";
  EXPECT_EQ(Tail({.limit = 100}).events.size(), 7u) << "and nothing more was recorded";
  // Once more, from the checkpoint on.
  world_.Advance(3 * kDay * 1000);
  EXPECT_EQ(Prune(5)->pruned, 3);
  EXPECT_TRUE(Verify()->intact);
}

TEST_F(AuditServiceTest, PrunedHeadsAreNoFault) {
  RecordDays(10);
  world_.heads().Start();
  world_.Settle();
  const auto head_at = [&](int64_t seq) {
    const auto entry = world_.store().TailAudit(1, seq - 1)->at(0);
    return FormatHead(*SignHead(world_.audit_signer(), seq, entry.hash));
  };
  const std::vector<std::string> heads = {head_at(2), head_at(4), head_at(5)};
  ASSERT_TRUE(Prune(5).ok());
  EXPECT_TRUE(Verify(heads)->intact) << *Verify(heads)->why;
  Bytes other(32, 7);
  EXPECT_EQ(Verify({FormatHead(*SignHead(world_.audit_signer(), 4, other))})->fault, Fault::kHead)
      << "the entry that the checkpoint stands for is still known";
}

TEST_F(AuditServiceTest, AForgedCheckpointIsNamedAndNothingIsPrunedFromIt) {
  RecordDays(10);
  ASSERT_TRUE(Prune(5).ok());
  for (const char* forged :
       {"UPDATE audit_checkpoint SET seq = 6, hash = (SELECT hash FROM audit WHERE seq = 6); "
        "DELETE FROM audit WHERE seq <= 6",
        "UPDATE audit_checkpoint SET at = at + 1", "UPDATE audit_checkpoint SET hash = zeroblob(32)",
        "UPDATE audit_checkpoint SET signature = zeroblob(64)"}) {
    Tamper(forged);
    const auto out = Verify();
    EXPECT_FALSE(out->intact) << forged;
    EXPECT_EQ(out->fault, Fault::kCheckpoint) << forged;
    EXPECT_EQ(Prune(1).error().reason, "checkpoint_forged") << forged;
  }
  Tamper("DELETE FROM audit_checkpoint");
  EXPECT_EQ(Verify()->fault, Fault::kMissing) << "without it the first entries are missing";
}

TEST_F(AuditServiceTest, ABrokenTrailIsNotPruned) {
  RecordDays(10);
  Tamper("UPDATE audit SET user = 'mallory' WHERE seq = 2");
  EXPECT_EQ(Prune(5).error().reason, "chain_broken");
  EXPECT_EQ(Tail({.limit = 100}).events.size(), 10u);
  Tamper("UPDATE audit SET user = 'alice' WHERE seq = 2");
  Tamper("DELETE FROM audit WHERE seq = 3");
  EXPECT_EQ(Prune(5).error().reason, "chain_broken");
}

TEST_F(AuditServiceTest, PruningIsBoundedAndOneAtATime) {
  EXPECT_EQ(Prune(0).error().reason, "bad_keep_days");
  EXPECT_EQ(Prune(36'501).error().reason, "bad_keep_days");
  RecordDays(3);
  std::string second;
  world_.pruner().Prune(World::Root(), 1, [](auto) {});
  world_.pruner().Prune(World::Root(), 1, [&](auto out) { second = out.error().reason; });
  world_.Settle();
  EXPECT_EQ(second, "prune_running");
  EXPECT_TRUE(Prune(1).ok()) << "and then again";
}

TEST_F(AuditServiceTest, TheDaemonPrunesByItself) {
  world_.settings.audit.keep_days = 30;
  RecordDays(40);
  world_.pruner().Start();
  world_.Settle();
  world_.Advance(61'000);
  EXPECT_EQ(Tail({.after_seq = 0}).events.front().seq, 11);
  world_.Advance(2 * kDay * 1000);
  world_.Advance(61'000);
  EXPECT_EQ(Tail({.after_seq = 0}).events.front().seq, 13);
  EXPECT_TRUE(Verify()->intact);
}

TEST_F(AuditServiceTest, AKilledPruningLeavesAChainThatHolds) {
  RecordDays(10);
  // Each write in turn is the first that does not happen.
  for (int writes = 0; writes < 3; ++writes) {
    world_.pruner().Prune(World::Root(), 5, [](auto) {});
    const int before = world_.queue().writes;
    for (int i = 0; i < 20 && world_.queue().writes < before + writes; ++i) world_.queue().Deliver();
    world_.queue().write_error = MakeError(Code::kUnavailable, "store_not_writable", "disk full");
    world_.Settle();
    world_.queue().write_error.reset();
    EXPECT_TRUE(Verify()->intact) << writes;
  }
  EXPECT_TRUE(Prune(5).ok());
  EXPECT_TRUE(Verify()->intact);
}

TEST_F(AuditServiceTest, TheAuditKeyIsShownWithoutItsSecret) {
  RecordDays(1);
  world_.heads().Start();
  world_.Settle();
  const auto key = world_.Call(world_.audit(), &AuditService::AuditKey, World::Root(), {});
  ASSERT_TRUE(key.ok());
  const auto jwk = boost::json::parse(key->jwk.text).as_object();
  EXPECT_EQ(jwk.at("kid").as_string(), key->kid);
  EXPECT_FALSE(jwk.contains("d"));
  EXPECT_EQ(key->head, world_.told_heads.at(0));
}

}  // namespace
}  // namespace fob::core
