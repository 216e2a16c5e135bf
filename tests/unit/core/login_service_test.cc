// Confirming, listing and ending logins.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/core_fakes/world.h"

namespace fob::core {
namespace {

using testing::Dialogue;
using testing::World;
namespace login = proto::login;

class LoginServiceTest : public ::testing::Test {
 protected:
  LoginServiceTest() {
    world_.AddOtp("alice", "phone");
    world_.AddOtp("bob", "bobs");
  }
  Result<login::Confirm::Out> Confirm(const Peer& peer, const SecretBytes& handle,
                                      std::string user = "alice", std::string service = "sshd") {
    login::Confirm::In in;
    in.handle = handle.Clone();
    in.user = std::move(user);
    in.service = std::move(service);
    in.tty = "pts/3";
    return world_.Call(world_.login(), &LoginService::Confirm, peer, std::move(in));
  }
  // How many logins `peer` is shown, or why none.
  std::string List(const Peer& peer, std::optional<std::string> user, bool all = false) {
    auto out = world_.Call(world_.login(), &LoginService::List, peer, {std::move(user), all, {}, {}});
    return out.ok() ? std::to_string(out->logins.size()) : out.error().reason;
  }
  World world_;
};

TEST_F(LoginServiceTest, AHandleIsRedeemedOnce) {
  const SecretBytes handle = world_.Pending();
  const auto confirmed = Confirm(World::Root(), handle);
  ASSERT_TRUE(confirmed.ok());
  EXPECT_EQ(confirmed->login.state, proto::LoginInfo::State::kLive);
  EXPECT_EQ(confirmed->login.user, "alice");
  EXPECT_EQ(confirmed->login.tty, "pts/3");
  EXPECT_EQ(confirmed->login.kernel_session, "audit:0");
  EXPECT_TRUE(confirmed->login.multi_factor);
  EXPECT_EQ(world_.LastEntry().action, "login.confirm");
  EXPECT_EQ(Confirm(World::Root(), handle).error().reason, "handle");
  EXPECT_EQ(world_.LastEntry().outcome, Outcome::kDenied);
}

TEST_F(LoginServiceTest, I4_AnotherUserOrServiceIsRefusedAndTheLoginStaysUnconfirmed) {
  const SecretBytes handle = world_.Pending();
  EXPECT_EQ(Confirm(World::Root(), handle, "bob").error().reason, "handle");
  EXPECT_EQ(Confirm(World::Root(), handle, "root").error().reason, "handle");
  EXPECT_EQ(Confirm(World::Root(), handle, "alice", "login").error().reason, "handle");
  EXPECT_EQ(Confirm(World::Root(), handle, "alice", "SSHD").error().reason, "handle");
  EXPECT_EQ(Confirm(World::Root(), SecretBytes("handle_of_nobody")).error().reason, "handle");
  EXPECT_EQ(Confirm(World::Root(), SecretBytes()).error().reason, "handle");
  EXPECT_EQ(Confirm(World::Root(), handle, "mallory").error().code, Code::kNotFound);
  EXPECT_EQ(List(World::Root(), {}), "0");
  EXPECT_TRUE(Confirm(World::Root(), handle).ok()) << "the right one still may";
}

TEST_F(LoginServiceTest, I4_AnotherSpellingOfTheSameAccountIsTheSameUser) {
  world_.host.aliases["Alice@EXAMPLE"] = "alice";
  world_.host.aliases["also-bob"] = "bob";
  const SecretBytes handle = world_.Pending();
  EXPECT_EQ(Confirm(World::Root(), handle, "also-bob").error().reason, "handle");
  EXPECT_TRUE(Confirm(World::Root(), handle, "Alice@EXAMPLE").ok());
}

TEST_F(LoginServiceTest, I4_AUserWhoseUidChangedIsNotTheOneWhoLoggedIn) {
  const SecretBytes handle = world_.Pending();
  ASSERT_TRUE(world_.store().RebindUser("alice", 2000, {}).ok());
  EXPECT_EQ(Confirm(World::Root(), handle).error().reason, "handle");
}

TEST_F(LoginServiceTest, AHandleDiesAfterItsTimeAndAtAReboot) {
  const SecretBytes old = world_.Pending();
  world_.Advance(120'000);
  EXPECT_EQ(Confirm(World::Root(), old).error().reason, "handle");
  const SecretBytes before = world_.Pending();
  world_.host.boot_id = "boot-2";
  EXPECT_EQ(Confirm(World::Root(), before).error().reason, "handle");
}

TEST_F(LoginServiceTest, I5_OnlyWhoMayRunLoginsOfTheServiceConfirms) {
  const SecretBytes handle = world_.Pending();
  for (const Peer& peer : {World::Alice(), World::Bob(), World::Postgres()}) {
    const auto refused = Confirm(peer, handle);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::kNotPermitted);
  }
  const SecretBytes other = world_.Pending("bob", "bobs", "postgresql");
  EXPECT_TRUE(Confirm(World::Postgres(), other, "bob", "postgresql").ok());
}

TEST_F(LoginServiceTest, WhatCannotBeAskedConfirmsNothing) {
  const SecretBytes handle = world_.Pending();
  const Error down = MakeError(Code::kUnavailable, "down", "it is down");
  world_.host.account_error = down;
  EXPECT_EQ(Confirm(World::Root(), handle, "Alice@EXAMPLE").error().reason, "down");
  world_.host.account_error.reset();
  world_.host.caller_error = down;
  EXPECT_EQ(Confirm(World::Root(), handle).error().reason, "down");
  world_.host.caller_error.reset();
  world_.queue().write_error = down;
  EXPECT_EQ(Confirm(World::Root(), handle).error().reason, "down");
  world_.queue().write_error.reset();
  EXPECT_TRUE(Confirm(World::Root(), handle).ok());
}

TEST_F(LoginServiceTest, RequestsAreBounded) {
  const SecretBytes handle = world_.Pending();
  EXPECT_EQ(Confirm(World::Root(), handle, std::string(300, 'u')).error().reason, "bad_user");
  EXPECT_EQ(Confirm(World::Root(), handle, "alice", std::string(65, 's')).error().reason,
            "bad_service");
}

TEST_F(LoginServiceTest, WithoutAKernelSessionTheTrailSaysSo) {
  world_.host.callers[0].kernel_session.clear();
  ASSERT_TRUE(Confirm(World::Root(), world_.Pending()).ok());
  EXPECT_THAT(world_.LastEntry().detail, ::testing::HasSubstr("the uid is the boundary"));
}

TEST_F(LoginServiceTest, I5_AnybodySeesHisOwnLoginsAndTrustedCallersAll) {
  world_.LoggedIn();
  world_.LoggedIn("bob", "bobs");
  EXPECT_EQ(List(World::Root(), {}), "2");
  EXPECT_EQ(List(World::Root(), "alice"), "1");
  EXPECT_EQ(List(World::Alice(), {}), "1");
  EXPECT_EQ(List(World::Alice(), "alice"), "1");
  EXPECT_EQ(List(World::Alice(), "bob"), "other_user");
  EXPECT_EQ(List(World::Alice(), "mallory"), "other_user");
  EXPECT_EQ(List(World::Postgres(), {}), "0");
}

TEST_F(LoginServiceTest, AnEndedLoginIsListedOnlyWithAll) {
  const auto info = world_.LoggedIn();
  const auto end = [&](const Peer& peer, std::optional<std::string> id) {
    auto out = world_.Call(world_.login(), &LoginService::End, peer, {std::move(id), {}, {}});
    return out.ok() ? std::string(Name(out->login.state)) : out.error().reason;
  };
  EXPECT_EQ(end(World::Bob(), info.login), "no_such_login");
  EXPECT_EQ(end(World::Alice(), {}), "ended") << "the newest of her kernel session";
  EXPECT_EQ(world_.LastEntry().action, "login.end");
  EXPECT_EQ(world_.LastEntry().subject, info.login);
  EXPECT_EQ(List(World::Alice(), {}), "0");
  EXPECT_EQ(List(World::Alice(), {}, true), "1");
  EXPECT_EQ(end(World::Alice(), {}), "no_login");
  world_.Advance(60'000);
  const auto other = world_.LoggedIn();
  EXPECT_EQ(end(World::Root(), other.login), "ended") << "an administrator may end anyone's";
}

TEST_F(LoginServiceTest, EndForAUserEndsNoOtherUsersLogin) {
  world_.host.aliases["Alice@EXAMPLE"] = "alice";
  const auto info = world_.LoggedIn();
  const auto end = [&](std::string user) {
    auto out = world_.Call(world_.login(), &LoginService::End, World::Root(),
                           {info.login, std::move(user), {}});
    return out.ok() ? std::string(Name(out->login.state)) : out.error().reason;
  };
  EXPECT_EQ(end("bob"), "no_such_login");
  EXPECT_EQ(end("mallory"), "no_account");
  EXPECT_EQ(List(World::Root(), {}), "1");
  EXPECT_EQ(end("Alice@EXAMPLE"), "ended");
}

TEST_F(LoginServiceTest, AnothersLoginLooksLikeNone) {
  const auto info = world_.LoggedIn();
  const auto theirs =
      world_.Call(world_.login(), &LoginService::End, World::Bob(), {info.login, {}, {}});
  const auto nobodys = world_.Call(world_.login(), &LoginService::End, World::Bob(),
                                   {"login_AAAAAAAAAAAAAAAAAAAAAA", {}, {}});
  ASSERT_FALSE(theirs.ok());
  ASSERT_FALSE(nobodys.ok());
  EXPECT_EQ(theirs.error().code, nobodys.error().code);
  EXPECT_EQ(theirs.error().reason, nobodys.error().reason);
  EXPECT_EQ(theirs.error().text, nobodys.error().text);
}

}  // namespace
}  // namespace fob::core
