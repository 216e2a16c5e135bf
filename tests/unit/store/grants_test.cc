#include "store_fixture.h"

// Grants, opaque tokens, refresh tokens: what the core's tests do not reach.
namespace fob::store {
namespace {

class Grants : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    LogIn("login_1", 101);
    auto client = Client("client_1", "wiki");
    client.refresh_lifetime = 3600;
    ASSERT_TRUE(store_->AddClient(client, Audit("client.add")).ok());
  }
  core::NewTokens::Refresh Token(const std::string& family, const std::string& own) const {
    return {folder_.Hash(family), folder_.Hash(family + own)};
  }
  // A grant with an opaque token and a refresh token.
  void Grant(const std::string& id, const std::string& access, const std::string& family) {
    ASSERT_TRUE(store_->AddTicket(Ticket("ticket of " + id, "login_1"), {kNow, kBoot}, {}, Audit("ticket.issue")).ok());
    auto redemption = Redemption("ticket of " + id, id);
    redemption.grant.expires_at = kNow + 3600;
    redemption.tokens.access_hash = folder_.Hash(access);
    redemption.tokens.scope = "read";
    redemption.tokens.expires_at = kNow + 300;
    redemption.tokens.refresh = Token(family, "1");
    const auto redeemed = store_->RedeemTicket(redemption);
    ASSERT_TRUE(redeemed.ok()) << redeemed.error().text;
  }
  core::Store::Rotation Rotation(const core::NewTokens::Refresh& used, const core::NewTokens::Refresh& next,
                                 std::string_view answer, int64_t now = kNow + 10) const {
    core::Store::Rotation rotation;
    rotation.used = used;
    rotation.request_hash = folder_.Hash("request");
    rotation.client = "client_1";
    rotation.proof.hash = Client("", "").secret_hash;
    rotation.tokens.refresh = next;
    rotation.answer = SecretBytes(answer);
    rotation.grace_since = now - 10;
    rotation.moment = {now, kBoot};
    rotation.audit = Audit("token.refresh");
    rotation.reuse_audit = Audit("grant.reuse");
    return rotation;
  }
  using Outcome = core::Store::Rotated::Outcome;
};

TEST_F(Grants, I41_TokensAndAnswersAreNotInTheFile) {
  Grant("grant_1", "at_very-secret-access", "very-secret-family");
  ASSERT_TRUE(store_->RotateRefresh(Rotation(Token("very-secret-family", "1"), Token("very-secret-family", "2"),
                                             "very-secret-answer")).ok());
  const std::string all = AllBytes(folder_.path);
  EXPECT_EQ(all.find("very-secret"), std::string::npos);
  EXPECT_NE(all.find("grant_1"), std::string::npos) << "it was looked at";
}

TEST_F(Grants, AnAnswerOpensForItsOwnRowAlone) {
  Grant("grant_1", "a", "one");
  Grant("grant_2", "b", "two");
  ASSERT_TRUE(store_->RotateRefresh(Rotation(Token("one", "1"), Token("one", "2"), "answer one")).ok());
  ASSERT_TRUE(store_->RotateRefresh(Rotation(Token("two", "1"), Token("two", "2"), "answer two")).ok());
  const auto again = store_->RotateRefresh(Rotation(Token("one", "1"), Token("one", "3"), "x"));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->outcome, Outcome::kRepeated);
  EXPECT_EQ(again->answer.RevealText(), "answer one");
  store_.reset();
  Tamper(folder_.file(),
         "UPDATE refresh_families SET answer = (SELECT answer FROM refresh_families f WHERE f.hash <> "
         "refresh_families.hash)");
  Reopen();
  const auto swapped = store_->RotateRefresh(Rotation(Token("one", "1"), Token("one", "3"), "x"));
  EXPECT_EQ(swapped.error().code, Code::kCorrupt);
}

TEST_F(Grants, I30_ARotationSurvivesARestart) {
  Grant("grant_1", "a", "one");
  ASSERT_EQ(store_->RotateRefresh(Rotation(Token("one", "1"), Token("one", "2"), "answer"))->outcome, Outcome::kRotated);
  Reopen();
  const auto again = store_->RotateRefresh(Rotation(Token("one", "1"), Token("one", "3"), "x"));
  EXPECT_EQ(again->outcome, Outcome::kRepeated);
  EXPECT_EQ(again->answer.RevealText(), "answer");
  EXPECT_EQ(store_->RotateRefresh(Rotation(Token("one", "1"), Token("one", "3"), "x", kNow + 30))->outcome,
            Outcome::kReused);
  Reopen();
  EXPECT_EQ(store_->RotateRefresh(Rotation(Token("one", "2"), Token("one", "3"), "x")).error().reason, "invalid_grant");
  EXPECT_EQ(ChainFault(), "");
}

TEST_F(Grants, I8_ASecretThatWasRotatedMeanwhileRefreshesNothing) {
  Grant("grant_1", "a", "one");
  ASSERT_TRUE(store_->RotateClientSecret("client_1", Bytes(32, 1), kNow, Audit("client.rotate_secret")).ok());
  EXPECT_EQ(store_->RotateRefresh(Rotation(Token("one", "1"), Token("one", "2"), "x")).error().reason, "invalid_client");
}

TEST_F(Grants, ThatMayOutliveTheirLoginKeepItsRecord) {
  constexpr int64_t kDay = 24 * 3600;
  auto client = *store_->FindClient("client_1");
  client.outlives_login = true;
  client.refresh_lifetime = 30 * kDay;
  ASSERT_TRUE(store_->UpdateClient(client, Audit("client.update")).ok());
  ASSERT_TRUE(store_->AddTicket(Ticket("t", "login_1"), {kNow, kBoot}, {}, Audit("ticket.issue")).ok());
  auto redemption = Redemption("t", "grant_1");
  redemption.grant.expires_at = kNow + 30 * kDay;
  ASSERT_TRUE(store_->RedeemTicket(redemption).ok());
  int64_t step = 200;
  const auto log_in_at = [&](int64_t now) {
    auto proof = CodeProof(step, "new_" + std::to_string(step));
    ++step;
    proof.audit.at = now;
    ASSERT_TRUE(store_->CommitProof(proof).ok());
  };
  log_in_at(kNow + 29 * kDay);
  const auto alive = store_->FindGrant("grant_1", {kNow + 29 * kDay, kBoot});
  ASSERT_TRUE(alive.ok());
  EXPECT_TRUE(alive->live) << alive->why;
  EXPECT_EQ(alive->sub, "sub_alice");
  for (int i = 0; i < 3; ++i) log_in_at(kNow + 38 * kDay + i);
  EXPECT_EQ(store_->FindGrant("grant_1", {kNow + 38 * kDay, kBoot}).error().code, Code::kNotFound);
  EXPECT_EQ(store_->FindLogin("login_1", kNow, kBoot).error().code, Code::kNotFound);
}

TEST_F(Grants, I31_WhatDiedAtTheLockOfItsUserStaysDeadWhenHeIsUnlocked) {
  auto lasting = *store_->FindClient("client_1");
  lasting.outlives_login = true;
  ASSERT_TRUE(store_->UpdateClient(lasting, Audit("client.update")).ok());
  Grant("grant_1", "access", "family");
  ASSERT_TRUE(store_->CommitProof(CodeProof(150, "login_pending")).ok());
  ASSERT_TRUE(store_->AddTicket(Ticket("ticket", "login_1"), {kNow, kBoot}, {}, Audit("ticket.issue")).ok());
  ASSERT_TRUE(store_->LockUser("alice", true, Audit("user.lock")).ok());
  EXPECT_EQ(store_->TailAudit(1, std::nullopt)->back().entry.detail, "1 logins ended, all grants revoked");
  ASSERT_TRUE(store_->LockUser("alice", false, Audit("user.unlock")).ok());
  const core::Moment moment{kNow + 5, kBoot};
  EXPECT_FALSE(store_->FindGrant("grant_1", moment)->live);
  EXPECT_FALSE(store_->FindAccessToken(folder_.Hash("access"), moment)->live);
  EXPECT_EQ(store_->RotateRefresh(Rotation(Token("family", "1"), Token("family", "2"), "answer")).error().reason, "invalid_grant");
  EXPECT_EQ(store_->FindLogin("login_1", kNow + 5, kBoot)->state, core::LoginState::kEnded);
  auto confirmation = Confirmation("login_pending");
  EXPECT_EQ(store_->ConfirmLogin(confirmation).error().reason, "handle");
  EXPECT_EQ(store_->RedeemTicket(Redemption("ticket", "grant_2")).error().reason, "login_dead");
  LogIn("login_2", 300);
  EXPECT_EQ(store_->FindLogin("login_2", kNow + 5, kBoot)->state, core::LoginState::kLive) << "a new one lives";
}

TEST_F(Grants, RevokedTogetherAreCountedIfTheyLived) {
  using Of = core::Store::GrantsOf;
  const core::Moment moment{kNow, kBoot};
  const auto revoke = [&](Of whose, const std::string& id) { return store_->RevokeGrantsOf(whose, id, moment, Audit("grant.revoke_all")); };
  LogIn("login_2", 300);
  const auto grant = [&](const std::string& id, const std::string& login) {
    ASSERT_TRUE(store_->AddTicket(Ticket(id, login), moment, {}, Audit("ticket.issue")).ok());
    ASSERT_TRUE(store_->RedeemTicket(Redemption(id, id)).ok());
  };
  EXPECT_EQ(*revoke(Of::kUser, "alice"), 0);
  grant("a", "login_1");
  grant("b", "login_1");
  grant("c", "login_2");
  ASSERT_TRUE(store_->RevokeGrant("a", moment, Audit("grant.revoke")).ok());
  EXPECT_EQ(*revoke(Of::kLogin, "login_1"), 1) << "another was dead";
  EXPECT_EQ(store_->TailAudit(1, std::nullopt)->back().entry.detail, "1 grants");
  EXPECT_EQ(*revoke(Of::kUser, "alice"), 1);
  grant("d", "login_1");
  grant("e", "login_2");
  EXPECT_EQ(*revoke(Of::kClient, "client_1"), 2);
  EXPECT_EQ(*revoke(Of::kClient, "client_1"), 0);
  EXPECT_EQ(revoke(Of::kUser, "nobody").error().code, Code::kNotFound);
}

// To another uid and back, and by a name that comes and goes.
TEST_F(Grants, I31_WhatLivedUnderAFormerBindingStaysDeadWhenItIsBoundAgain) {
  auto lasting = *store_->FindClient("client_1");
  lasting.outlives_login = true;
  ASSERT_TRUE(store_->UpdateClient(lasting, Audit("client.update")).ok());
  const auto dead = [&](const std::string& grant, const std::string& access, const std::string& login) {
    const core::Moment moment{kNow + 5, kBoot};
    return !store_->FindGrant(grant, moment)->live && !store_->FindAccessToken(folder_.Hash(access), moment)->live &&
           store_->FindLogin(login, kNow + 5, kBoot)->state == core::LoginState::kEnded;
  };
  Grant("grant_1", "access", "family");
  ASSERT_TRUE(store_->CommitProof(CodeProof(150, "login_pending")).ok());
  ASSERT_TRUE(store_->AddTicket(Ticket("ticket", "login_1"), {kNow, kBoot}, {}, Audit("ticket.issue")).ok());
  ASSERT_TRUE(store_->AddEnrolCode("alice", 1000, folder_.Hash("code"), kNow + 600, Audit("enrol_code.create")).ok());
  ASSERT_TRUE(store_->RebindUser("alice", 2000, Audit("user.rebind")).ok());
  EXPECT_EQ(store_->TailAudit(1, std::nullopt)->back().entry.detail, "1 logins ended, all grants revoked");
  ASSERT_TRUE(store_->RebindUser("alice", 1000, Audit("user.rebind")).ok());
  EXPECT_TRUE(dead("grant_1", "access", "login_1"));
  EXPECT_EQ(store_->RotateRefresh(Rotation(Token("family", "1"), Token("family", "2"), "answer")).error().reason, "invalid_grant");
  EXPECT_EQ(store_->ConfirmLogin(Confirmation("login_pending")).error().reason, "handle");
  EXPECT_EQ(store_->RedeemTicket(Redemption("ticket", "grant_2")).error().reason, "login_dead");
  EXPECT_FALSE(*store_->EnrolCodeIsGood("alice", folder_.Hash("code"), kNow)) << "given to who had the account before";

  // Renamed: the uid is the same all along.
  LogIn("login_2", 300);
  ASSERT_TRUE(store_->AddTicket(Ticket("ticket_2", "login_2"), {kNow, kBoot}, {}, Audit("ticket.issue")).ok());
  ASSERT_TRUE(store_->RebindUser("alicia", 1000, Audit("user.rebind")).ok());
  EXPECT_EQ(store_->FindLogin("login_2", kNow + 5, kBoot)->state, core::LoginState::kEnded);
  EXPECT_EQ(store_->RedeemTicket(Redemption("ticket_2", "grant_3")).error().reason, "login_dead");
  ASSERT_TRUE(store_->RebindUser("alice", 1000, Audit("user.rebind")).ok());

  // Another user takes the uid, and gives it back.
  LogIn("login_3", 310);
  ASSERT_TRUE(store_->AddOtp(For("bob", 1001), Otp("otp_b")).ok());
  ASSERT_TRUE(store_->RebindUser("bob", 1000, Audit("user.rebind")).ok());
  EXPECT_EQ(store_->TailAudit(1, std::nullopt)->back().entry.detail, "1 logins ended, all grants revoked");
  ASSERT_TRUE(store_->RebindUser("alice", 1000, Audit("user.rebind")).ok());
  EXPECT_EQ(store_->FindLogin("login_3", kNow + 5, kBoot)->state, core::LoginState::kEnded);
  LogIn("login_4", 320);
  EXPECT_EQ(store_->FindLogin("login_4", kNow + 5, kBoot)->state, core::LoginState::kLive) << "a new one lives";
}

TEST_F(Grants, ALoginHasAThousand) {
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(store_->AddTicket(Ticket("t" + std::to_string(i), "login_1"), {kNow, kBoot}, {}, Audit("x")).ok());
    ASSERT_TRUE(store_->RedeemTicket(Redemption("t" + std::to_string(i), "grant_" + std::to_string(i))).ok());
  }
  ASSERT_TRUE(store_->AddTicket(Ticket("more", "login_1"), {kNow, kBoot}, {}, Audit("x")).ok());
  EXPECT_EQ(store_->RedeemTicket(Redemption("more", "grant_x")).error().reason, "too_many_grants");
  auto later = Redemption("more", "grant_x");
  later.moment.now = kNow + 29;
  EXPECT_EQ(store_->RedeemTicket(later).error().reason, "too_many_grants") << "the refusal did not use it up";
}

TEST_F(Grants, OpenSessionsAreThoseOfLiveLogins) {
  EXPECT_EQ(*store_->OpenSessions({kNow, kBoot}), std::vector<std::string>{"audit:7"});
  LogIn("login_2", 102);
  EXPECT_EQ(store_->OpenSessions({kNow, kBoot})->size(), 1u);
  EXPECT_TRUE(store_->OpenSessions({kNow, "boot-2"})->empty());
  EXPECT_TRUE(store_->OpenSessions({kNow + 3600, kBoot})->empty());
  EXPECT_EQ(*store_->EndLoginsOf("audit:7", {kNow, kBoot}, Audit("login.vanish")), 2);
  EXPECT_EQ(*store_->EndLoginsOf("audit:7", {kNow, kBoot}, Audit("login.vanish")), 0);
  EXPECT_TRUE(store_->OpenSessions({kNow, kBoot})->empty());
}

TEST_F(Grants, TheClockMarkComesBack) {
  EXPECT_EQ(store_->FindClockMark()->seconds, 0);
  EXPECT_EQ(store_->FindClockMark()->newest_entry_at, kNow);
  ASSERT_TRUE(store_->SetClockMark({kNow + 5, 77, kBoot, 0}).ok());
  ASSERT_TRUE(store_->SetClockMark({kNow + 9, 78, kBoot, 0}).ok());
  Reopen();
  EXPECT_EQ(store_->FindClockMark()->seconds, kNow + 9);
  EXPECT_EQ(store_->FindClockMark()->since_boot_ms, 78);
  EXPECT_EQ(store_->FindClockMark()->boot_id, kBoot);
}

// The live ones stand behind more dead ones than are looked at in one go.
TEST_F(Grants, AreListedBeyondThoseThatAreLookedAtInOneGo) {
  LogIn("login_2", 102);
  {
    auto together = store_->Begin();
    ASSERT_TRUE(together.ok());
    const auto grant = [&](const std::string& login, int n) {
      const std::string id = login + "_" + std::to_string(n);
      ASSERT_TRUE(store_->AddTicket(Ticket(id, login), {kNow, kBoot}, {}, Audit("ticket.issue")).ok());
      auto redemption = Redemption(id, id);
      redemption.grant.expires_at = kNow + 3600;
      const auto redeemed = store_->RedeemTicket(redemption);
      ASSERT_TRUE(redeemed.ok()) << redeemed.error().text;
    };
    for (int n = 0; n < 70; ++n) grant("login_1", n);
    for (int n = 0; n < 1000; ++n) grant("login_2", n);
    ASSERT_TRUE(store_->RevokeGrantsOf(core::Store::GrantsOf::kLogin, "login_2", {kNow, kBoot}, Audit("grant.revoke_all")).ok());
    ASSERT_TRUE(together->Commit().ok());
  }
  for (const auto& [uid, client] : {std::pair<std::optional<uint32_t>, std::string>{}, {1000, ""}, {{}, "client_1"}}) {
    std::vector<std::string> listed;
    core::Store::GrantFilter filter{uid, "", client, true, {kNow, kBoot}};
    int pages = 0;
    do {
      const auto page = store_->ListGrants(filter);
      ASSERT_TRUE(page.ok()) << page.error().text;
      for (const auto& facts : *page) listed.push_back(facts.grant.id);
      filter.before = page->next.value_or("");
      ASSERT_LT(++pages, 10);
    } while (!filter.before.empty());
    ASSERT_EQ(listed.size(), 70u);
    EXPECT_EQ(listed.front(), "login_1_69");
    EXPECT_EQ(listed.back(), "login_1_0");
  }
  EXPECT_EQ(store_->ListGrants({1001, "", "", true, {kNow, kBoot}})->next, std::nullopt);
}

}  // namespace
}  // namespace fob::store
