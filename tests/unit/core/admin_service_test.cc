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
    auto out = world_.Call(world_.admin(), &AdminService::ShowUser, peer, {std::move(user)});
    return out.ok() ? out->user.user + (out->user.blocked ? " blocked" : "") : out.error().reason;
  }
  std::string Add(std::string name, std::vector<std::string> audiences,
                  std::vector<std::string> scopes = {}, std::optional<int64_t> lifetime_ms = {}) {
    auto out = world_.Call(world_.admin(), &AdminService::AddClient, World::Root(),
                           {std::move(name), std::move(audiences), std::move(scopes), lifetime_ms});
    return out.ok() ? "" : out.error().reason;
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
  const auto none = world_.Call(world_.admin(), &AdminService::ShowUser, World::Root(), {"bob"});
  EXPECT_EQ(none.error().code, Code::kNotFound);
  world_.queue().read_error = MakeError(Code::kUnavailable, "down", "it is down");
  const auto down = world_.Call(world_.admin(), &AdminService::ShowUser, World::Root(), {"bob"});
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
  EXPECT_EQ(Show(World::Root(), "alice"), "alice");
}

TEST_F(AdminServiceTest, ClientsAreChecked) {
  EXPECT_EQ(Add("wiki", {"api"}, {"read"}), "");
  EXPECT_EQ(Add("wiki", {"api"}), "name_taken");
  EXPECT_EQ(Add("", {"api"}), "bad_name");
  EXPECT_EQ(Add("x", {}), "bad_audience");
  EXPECT_EQ(Add("x", {""}), "bad_audience");
  EXPECT_EQ(Add("x", {"a b"}), "bad_audience");
  EXPECT_EQ(Add("x", {"a\"b"}), "bad_audience");
  EXPECT_EQ(Add("x", {"\xc3\xa9"}), "bad_audience");
  EXPECT_EQ(Add("x", {std::string(257, 'a')}), "bad_audience");
  EXPECT_EQ(Add("x", std::vector<std::string>(33, "a")), "bad_audience");
  EXPECT_EQ(Add("x", {"api"}, {"a b"}), "bad_scope");
  for (const int64_t bad : {int64_t{0}, int64_t{9'999}, int64_t{3'601'000}, INT64_MIN, INT64_MAX}) {
    EXPECT_EQ(Add("x", {"api"}, {}, bad), "bad_lifetime") << bad;
  }
  EXPECT_EQ(Add("x", {"api"}, {}, 10'000), "");
}

TEST_F(AdminServiceTest, I41_AClientsSecretIsShownOnceAndKeptAsAHash) {
  const World::App app = world_.AddApp("wiki");
  EXPECT_GE(app.secret.size(), 43u) << "256 bits";
  const ClientRecord stored = *world_.store().FindClient(app.id);
  EXPECT_EQ(stored.secret_hash, world_.context().HashText(app.secret));
  const auto listed = world_.Call(world_.admin(), &AdminService::ListClients, World::Root(), {});
  ASSERT_EQ(listed->clients.size(), 1u);
}

}  // namespace
}  // namespace fob::core
