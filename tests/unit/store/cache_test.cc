#include "store_fixture.h"

namespace fob::store {
namespace {

using Cache = StoreTest;

// What FindUser answers from the cache alone; nothing when that does not hold it all.
std::optional<Result<core::UserRecord>> Cached(SqliteStore& store, const std::string& name) {
  std::optional<Result<core::UserRecord>> found;
  if (!store.FromCache([&] { found.emplace(store.FindUser(name)); })) found.reset();
  return found;
}

TEST_F(Cache, HoldsWhatWasReadBefore) {
  Reopen();
  EXPECT_FALSE(Cached(*store_, "alice").has_value());
  ASSERT_TRUE(store_->FindUser("alice").ok());
  const auto found = Cached(*store_, "alice");
  ASSERT_TRUE(found.has_value() && found->ok());
  EXPECT_EQ((*found)->uid, 1000u);
}

TEST_F(Cache, TellsThatThereIsNothingFromThatThereIsNothingCached) {
  Reopen();
  EXPECT_FALSE(Cached(*store_, "nobody").has_value());
  ASSERT_FALSE(store_->FindUser("nobody").ok());
  const auto found = Cached(*store_, "nobody");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->error().code, Code::kNotFound);
}

TEST_F(Cache, OutlivesItsOwnCommitAndNoOther) {
  ASSERT_TRUE(store_->Record(Audit("own")).ok());
  ASSERT_TRUE(store_->FindUser("alice").ok());
  ASSERT_TRUE(store_->Record(Audit("own")).ok());
  EXPECT_TRUE(Cached(*store_, "alice").has_value());
  const auto other = folder_.Open();
  ASSERT_TRUE(other->RebindUser("alice", 2000, Audit("user.rebind")).ok());
  EXPECT_FALSE(Cached(*store_, "alice").has_value()) << "what it held is old";
  EXPECT_EQ(store_->FindUser("alice")->uid, 2000u);
}

TEST_F(Cache, ThatLacksSomethingLeavesTheStoreAsItWas) {
  Reopen();
  EXPECT_FALSE(store_->FromCache([&] { (void)store_->LoadFactors("alice", 1000).ok(); }));
  EXPECT_FALSE(store_->InTransaction());
  EXPECT_TRUE(store_->LoadFactors("alice", 1000).ok());
  EXPECT_TRUE(store_->FromCache([&] { EXPECT_TRUE(store_->LoadFactors("alice", 1000).ok()); }));
  EXPECT_TRUE(store_->Record(Audit("after")).ok());
}

}  // namespace
}  // namespace fob::store
