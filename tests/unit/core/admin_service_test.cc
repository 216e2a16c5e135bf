// Status, users and clients.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/core_fakes/world.h"

namespace fob::core {
namespace {

using testing::World;
namespace admin = proto::admin;

class AdminServiceTest : public ::testing::Test {
 protected:
  std::string Show(const Peer& peer, std::optional<std::string> user) {
    auto out = world_.Call(world_.admin(), &AdminService::ShowUser, peer, {std::move(user), {}});
    return out.ok() ? out->user.user + (out->user.blocked ? " blocked" : "") : out.error().reason;
  }
  World world_;
};

TEST_F(AdminServiceTest, StatusTellsOfTheStoreEvenWhenItCannotBeRead) {
  world_.AddKey("alice", "blue");
  auto out = world_.Call(world_.admin(), &AdminService::Status, World::Root(), {});
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(out->status.pid, 4711);
  EXPECT_EQ(out->status.connections, 3);
  EXPECT_EQ(out->status.store, proto::StatusInfo::Store::kWritable);
  EXPECT_EQ(out->status.keys, 1);
  EXPECT_EQ(out->status.users, 1);
  world_.queue().read_error = MakeError(Code::kUnavailable, "down", "it is down");
  out = world_.Call(world_.admin(), &AdminService::Status, World::Root(), {});
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(out->status.store, proto::StatusInfo::Store::kUnavailable);
}

TEST_F(AdminServiceTest, I5_ShowsAnyoneToRootAndOthersThemselves) {
  world_.AddKey("alice", "blue");
  EXPECT_EQ(Show(World::Root(), "alice"), "alice");
  EXPECT_EQ(Show(World::Alice(), {}), "alice");
  EXPECT_EQ(Show(World::Alice(), "alice"), "alice");
  EXPECT_EQ(Show(World::Bob(), "alice"), "other_user");
  EXPECT_EQ(Show(World::Bob(), "mallory"), "other_user");
}

TEST_F(AdminServiceTest, I13_AUserWhoIsNotEnrolledIsNotAStoreThatCannotBeRead) {
  const auto none = world_.Call(world_.admin(), &AdminService::ShowUser, World::Root(), {"bob", {}});
  EXPECT_EQ(none.error().code, Code::kNotFound);
  world_.queue().read_error = MakeError(Code::kUnavailable, "down", "it is down");
  const auto down = world_.Call(world_.admin(), &AdminService::ShowUser, World::Root(), {"bob", {}});
  EXPECT_EQ(down.error().code, Code::kUnavailable);
}

TEST_F(AdminServiceTest, AUserWhoseUidChangedIsBlockedUntilRebound) {
  world_.AddOtp("alice", "phone");
  world_.host.accounts["alice"].uid = 2000;
  EXPECT_EQ(Show(World::Root(), "alice"), "alice blocked");
  const auto rebound =
      world_.Call(world_.admin(), &AdminService::RebindUser, World::Root(), {"alice"});
  ASSERT_TRUE(rebound.ok());
  EXPECT_EQ(rebound->user.uid, 2000);
  EXPECT_EQ(world_.LastEntry().action, "user.rebind");
  EXPECT_EQ(world_.LastEntry().detail, "uid 2000; 0 logins ended, all grants revoked");
  EXPECT_EQ(Show(World::Root(), "alice"), "alice");
}

}  // namespace
}  // namespace fob::core
