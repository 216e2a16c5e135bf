#include "store_fixture.h"

// Transactions within transactions: what fails is undone alone, whether or not it is the first to write.
namespace fob::store {
namespace {

class Transactions : public ::testing::Test {
 protected:
  void SetUp() override {
    database_ = std::move(*Database::Open(folder_.path + "/t.db", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
    ASSERT_TRUE(database_->Execute("PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER) STRICT;").ok());
  }
  Transaction Begin() { return std::move(*Transaction::Begin(*database_, Transaction::Kind::kWrite)); }
  void Insert(int n) { ASSERT_TRUE(database_->Run("INSERT INTO t VALUES (?1)", n).ok()); }
  // The rows that are there, as another connection sees them.
  std::string Committed() { return Rows(**Database::Open(folder_.path + "/t.db", SQLITE_OPEN_READWRITE)); }
  static std::string Rows(Database& database) {
    std::string rows;
    auto query = database.Prepare("SELECT n FROM t ORDER BY n");
    for (int n = 0; query.ok() && *query->Step();) {
      query->Read(n);
      rows += std::to_string(n) + " ";
    }
    return rows;
  }

  StoreFolder folder_;
  std::unique_ptr<Database> database_;
};

TEST_F(Transactions, WhatIsDroppedIsUndone) {
  {
    const Transaction whole = Begin();
    Insert(1);
  }
  EXPECT_FALSE(database_->InTransaction());
  EXPECT_EQ(Committed(), "");
}

TEST_F(Transactions, TheFirstInnerOneIsUndoneAndTheOuterGoesOn) {
  Transaction whole = Begin();
  {
    const Transaction inner = Begin();
    Insert(1);
  }
  ASSERT_TRUE(database_->InTransaction());
  Insert(2);
  EXPECT_EQ(Committed(), "");
  ASSERT_TRUE(whole.Commit().ok());
  EXPECT_EQ(Committed(), "2 ");
}

TEST_F(Transactions, AnInnerOneThatStandsIsUndoneWithTheOuter) {
  {
    const Transaction whole = Begin();
    Transaction inner = Begin();
    Insert(1);
    ASSERT_TRUE(inner.Commit().ok());
  }
  EXPECT_EQ(Committed(), "");
}

TEST_F(Transactions, ALaterInnerOneIsUndoneAlone) {
  Transaction whole = Begin();
  {
    Transaction first = Begin();
    Insert(1);
    ASSERT_TRUE(first.Commit().ok());
  }
  {
    const Transaction second = Begin();
    Insert(2);
    {
      Transaction in_second = Begin();
      Insert(3);
      ASSERT_TRUE(in_second.Commit().ok());
    }
  }
  {
    Transaction third = Begin();
    Insert(4);
    {
      const Transaction in_third = Begin();
      Insert(5);
    }
    ASSERT_TRUE(third.Commit().ok());
  }
  ASSERT_TRUE(whole.Commit().ok());
  EXPECT_EQ(Committed(), "1 4 ");
}

TEST_F(Transactions, NestedFirstOnesAreUndoneEachForItself) {
  Transaction whole = Begin();
  {
    Transaction outer = Begin();
    {
      const Transaction inner = Begin();
      Insert(1);
    }
    Insert(2);
    ASSERT_TRUE(outer.Commit().ok());
  }
  {
    const Transaction last = Begin();
    Insert(3);
  }
  ASSERT_TRUE(whole.Commit().ok());
  EXPECT_EQ(Committed(), "2 ");
}

TEST_F(Transactions, UndoingOneThatWroteNothingKeepsItsMoment) {
  Transaction whole = std::move(*Transaction::Begin(*database_, Transaction::Kind::kRead));
  EXPECT_EQ(Rows(*database_), "");
  const auto other = std::move(*Database::Open(folder_.path + "/t.db", SQLITE_OPEN_READWRITE));
  ASSERT_TRUE(other->Run("INSERT INTO t VALUES (7)").ok());
  { const Transaction inner = std::move(*Transaction::Begin(*database_, Transaction::Kind::kRead)); }
  EXPECT_EQ(Rows(*database_), "");
  ASSERT_TRUE(whole.Commit().ok());
  EXPECT_EQ(Rows(*database_), "7 ");
}

// Counts syncs of the log while an Unsynced lives.
class Syncs {
 public:
  explicit Syncs(Database& database) : log_(database, HeldFile::Which::kLog) {
    real_ = log_.real();
    count_ = 0;
    log_.methods().xSync = [](sqlite3_file* file, int flags) { return ++count_, real_->xSync(file, flags); };
  }
  int TakeCount() { return std::exchange(count_, 0); }

 private:
  static inline const sqlite3_io_methods* real_ = nullptr;
  static inline int count_ = 0;
  HeldFile log_;
};

TEST_F(Transactions, UnsyncedCommitsWaitForNoDiskAndSyncedOnesDo) {
  ASSERT_TRUE(database_->Execute("PRAGMA synchronous = FULL;").ok());
  Insert(1);
  Syncs syncs(*database_);
  Insert(2);
  EXPECT_EQ(syncs.TakeCount(), 1);
  {
    const Unsynced unsynced(*database_);
    Insert(3);
  }
  EXPECT_EQ(syncs.TakeCount(), 0);
  EXPECT_EQ(Committed(), "1 2 3 ");
  Insert(4);
  EXPECT_EQ(syncs.TakeCount(), 1);
}

TEST_F(Transactions, ALogThatBeginsAnewHasItsHeadSyncedAlsoWhenUnsynced) {
  ASSERT_TRUE(database_->Execute("PRAGMA synchronous = FULL;").ok());
  Insert(1);
  ASSERT_EQ(sqlite3_wal_checkpoint_v2(database_->handle(), "main", SQLITE_CHECKPOINT_FULL, nullptr, nullptr), SQLITE_OK);
  Syncs syncs(*database_);
  const Unsynced unsynced(*database_);
  Insert(2);
  EXPECT_EQ(syncs.TakeCount(), 1);
  Insert(3);
  EXPECT_EQ(syncs.TakeCount(), 0);
}

}  // namespace
}  // namespace fob::store
