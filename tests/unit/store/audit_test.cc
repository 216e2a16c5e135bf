#include "base/encoding.h"
#include "daemon/store/chain.h"
#include "store_fixture.h"

namespace fob::store {
namespace {

class AuditTrail : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    for (int i = 3; i <= 10; ++i)
      ASSERT_TRUE(store_->Record(Audit("action " + std::to_string(i))).ok());
  }
  void TamperWith(const std::string& sql) {
    store_.reset();
    Tamper(folder_.file(), sql);
    Reopen();
  }
  std::optional<int64_t> BrokenAt() { return store_->CheckChain({}, 1000)->broken_at; }
};

TEST_F(AuditTrail, TheCanonicalFormIsFixed) {
  core::AuditEntry entry = Audit("a", 1);
  entry.caller_uid = -1;
  entry.outcome = core::Outcome::kDenied;
  EXPECT_EQ(HexEncode(CanonicalEntry(2, entry)),
            "01"
            "0000000000000002"
            "0000000000000001"
            "00000001"
            "61"
            "00000006"
            "64656e696564"
            "00000005"
            "616c696365"
            "ffffffffffffffff"
            "000000000000002a"
            "00000004"
            "73736864"
            "00000000"
            "00000000"
            "00000000"
            "00000000"
            "00000000");
}

TEST_F(AuditTrail, EachOperationAddsOneEntryThatHolds) {
  const auto check = store_->CheckChain({}, 1000);
  ASSERT_TRUE(check.ok());
  EXPECT_TRUE(check->done);
  EXPECT_FALSE(check->broken_at.has_value()) << check->why;
  EXPECT_EQ(check->checked, 10);
  EXPECT_EQ(check->last_seq, 10);
  EXPECT_EQ(check->head, store_->TailAudit(1, std::nullopt)->at(0).hash);
  EXPECT_EQ(AuditHead(), 10);
}

TEST_F(AuditTrail, IsCheckedInSteps) {
  core::ChainCheck check;
  int steps = 0;
  while (!check.done && ++steps < 20) check = *store_->CheckChain(check, 3);
  EXPECT_EQ(steps, 4);
  EXPECT_EQ(check.checked, 10);
  EXPECT_FALSE(check.broken_at.has_value());
}

TEST_F(AuditTrail, Tails) {
  const auto last = store_->TailAudit(3, std::nullopt);
  ASSERT_EQ(last->size(), 3u);
  EXPECT_EQ(last->front().seq, 8);
  EXPECT_EQ(last->back().entry.action, "action 10");
  const auto after = store_->TailAudit(2, 5);
  ASSERT_EQ(after->size(), 2u);
  EXPECT_EQ(after->front().seq, 6);
  EXPECT_EQ(after->front().entry.user, "alice");
  EXPECT_EQ(after->front().entry.caller_pid, 42);
  EXPECT_TRUE(store_->TailAudit(10, 10)->empty());
}

TEST_F(AuditTrail, AChangedFieldShows) {
  for (const char* column :
       {"action", "user", "service", "tty", "rhost", "subject", "rule", "detail"}) {
    SCOPED_TRACE(column);
    TamperWith(std::string("UPDATE audit SET ") + column + " = " + column +
               " || 'x' WHERE seq = 5");
    EXPECT_EQ(BrokenAt(), 5);
    TamperWith(std::string("UPDATE audit SET ") + column + " = substr(" + column + ", 1, length(" +
               column + ") - 1) WHERE seq = 5");
    EXPECT_EQ(BrokenAt(), std::nullopt);
  }
  for (const char* column : {"at", "caller_uid", "caller_pid"}) {
    SCOPED_TRACE(column);
    TamperWith(std::string("UPDATE audit SET ") + column + " = " + column + " + 1 WHERE seq = 6");
    EXPECT_EQ(BrokenAt(), 6);
    TamperWith(std::string("UPDATE audit SET ") + column + " = " + column + " - 1 WHERE seq = 6");
  }
  TamperWith("UPDATE audit SET outcome = 'denied' WHERE seq = 7");
  EXPECT_EQ(BrokenAt(), 7);
  TamperWith("UPDATE audit SET outcome = 'perhaps' WHERE seq = 7");
  EXPECT_EQ(BrokenAt(), 7);
}

TEST_F(AuditTrail, TextThatMovesBetweenFieldsShows) {
  TamperWith("UPDATE audit SET tty = service, service = tty WHERE seq = 5");
  EXPECT_EQ(BrokenAt(), 5);
}

TEST_F(AuditTrail, AFlippedBitOfAHashShows) {
  TamperWith("UPDATE audit SET hash = zeroblob(32) WHERE seq = 4");
  EXPECT_EQ(BrokenAt(), 4);
}

TEST_F(AuditTrail, ARemovedRowShows) {
  TamperWith("DELETE FROM audit WHERE seq = 4");
  EXPECT_EQ(BrokenAt(), 4);
  TamperWith("UPDATE audit SET seq = seq - 1 WHERE seq > 4");
  EXPECT_EQ(BrokenAt(), 4) << "and closing the gap does not help";
}

TEST_F(AuditTrail, TheFirstRowsRemovalAndOneBeforeItShow) {
  TamperWith(
      "INSERT INTO audit SELECT 0, at, action, outcome, user, caller_uid, caller_pid, service, "
      "tty, rhost, subject,"
      " rule, detail, hash FROM audit WHERE seq = 1");
  EXPECT_EQ(BrokenAt(), 1);
  TamperWith("DELETE FROM audit WHERE seq < 2");
  EXPECT_EQ(BrokenAt(), 1);
}

TEST_F(AuditTrail, ReorderedRowsShow) {
  TamperWith(
      "UPDATE audit SET seq = -1 WHERE seq = 4; UPDATE audit SET seq = 4 WHERE seq = 5;"
      "UPDATE audit SET seq = 5 WHERE seq = -1;");
  EXPECT_EQ(BrokenAt(), 4);
}

TEST_F(AuditTrail, GoesOnAfterAReopening) {
  Reopen();
  ASSERT_TRUE(store_->Record(Audit("later")).ok());
  EXPECT_EQ(ChainFault(), "");
  EXPECT_EQ(AuditHead(), 11);
}

}  // namespace
}  // namespace fob::store
