#include "store_fixture.h"

namespace fob::store {
namespace {

using Clients = StoreTest;

class Tickets : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    LogIn("login_1", 101);
    ASSERT_TRUE(store_->AddClient(Client("client_1", "wiki"), Audit("client.add")).ok());
    ASSERT_TRUE(store_->AddClient(Client("client_2", "mail"), Audit("client.add")).ok());
  }
  std::string Add(const core::TicketRecord& ticket, int64_t now = kNow) {
    const auto added = store_->AddTicket(ticket, {now, kBoot}, {}, Audit("ticket.issue"));
    return added.ok() ? "" : added.error().reason;
  }
  std::string Redeem(const core::Store::Redemption& redemption) {
    const auto redeemed = store_->RedeemTicket(redemption);
    return redeemed.ok() ? "" : redeemed.error().reason;
  }
  std::string Why(const std::string& grant, int64_t now = kNow, const char* boot = kBoot) {
    const auto state = store_->CheckGrant(grant, "a jti", {now, boot});
    EXPECT_EQ(state->live, state->why.empty());
    return state->why;
  }
};

TEST_F(Clients, AreFoundByIdOrNameAndKeepTheirLists) {
  ASSERT_TRUE(store_->AddClient(Client("client_1", "wiki"), Audit("client.add")).ok());
  EXPECT_EQ(store_->FindClient("client_1")->name, "wiki");
  EXPECT_EQ(store_->FindClient("wiki")->id, "client_1");
  EXPECT_EQ(store_->FindClient("wiki")->audiences, Client("", "").audiences);
  EXPECT_EQ(store_->FindClient("wiki")->scopes, Client("", "").scopes);
  EXPECT_EQ(store_->FindClient("other").error().code, Code::kNotFound);
  const auto again = store_->AddClient(Client("client_2", "wiki"), Audit("client.add"));
  EXPECT_EQ(again.error().code, Code::kConflict);
  EXPECT_EQ(again.error().reason, "name_taken");
}

TEST_F(Clients, TheIdGoesBeforeTheName) {
  ASSERT_TRUE(store_->AddClient(Client("client_1", "client_2"), Audit("client.add")).ok());
  ASSERT_TRUE(store_->AddClient(Client("client_2", "mail"), Audit("client.add")).ok());
  EXPECT_EQ(store_->FindClient("client_2")->name, "mail");
}

TEST_F(Clients, RotateTheirSecretAndGo) {
  ASSERT_TRUE(store_->AddClient(Client("client_1", "wiki"), Audit("client.add")).ok());
  const auto rotated =
      store_->RotateClientSecret("wiki", Bytes(32, 1), kNow + 5, Audit("client.rotate_secret"));
  EXPECT_EQ(rotated->secret_hash, Bytes(32, 1));
  EXPECT_EQ(rotated->secret_rotated_at, kNow + 5);
  EXPECT_EQ(store_->ListClients()->size(), 1u);
  EXPECT_EQ(store_->RemoveClient("wiki", Audit("client.remove"))->id, "client_1");
  EXPECT_EQ(store_->TailAudit(1, std::nullopt)->at(0).entry.subject, "client_1");
  EXPECT_EQ(store_->RemoveClient("wiki", Audit("client.remove")).error().code, Code::kNotFound);
  EXPECT_EQ(store_->RotateClientSecret("wiki", Bytes(32, 1), kNow, Audit("x")).error().code,
            Code::kNotFound);
  EXPECT_TRUE(store_->ListClients()->empty());
  EXPECT_TRUE(store_->AddClient(Client("client_3", "wiki"), Audit("client.add")).ok());
}

TEST_F(Tickets, BecomeAGrant) {
  ASSERT_EQ(Add(Ticket("t", "login_1")), "");
  const auto redeemed = store_->RedeemTicket(Redemption("t", "grant_1"));
  ASSERT_TRUE(redeemed.ok()) << redeemed.error().text;
  EXPECT_EQ(redeemed->grant.login, "login_1");
  EXPECT_EQ(redeemed->grant.client, "client_1");
  EXPECT_EQ(redeemed->grant.audience, "https://app.example.org");
  EXPECT_EQ(redeemed->grant.scope, "read");
  EXPECT_EQ(redeemed->sub, "sub_alice");
  EXPECT_EQ(redeemed->acr, "mfa");
  EXPECT_EQ(Why("grant_1"), "");
}

TEST_F(Tickets, I36_WorkOnceForOneClientAndAudienceForSeconds) {
  ASSERT_EQ(Add(Ticket("t", "login_1")), "");
  auto wrong = Redemption("t", "grant_1");
  wrong.client = "client_2";
  EXPECT_EQ(Redeem(wrong), "ticket_unknown");
  wrong = Redemption("t", "grant_1");
  wrong.audience = "https://api.example.org";
  EXPECT_EQ(Redeem(wrong), "ticket_unknown");
  wrong = Redemption("t", "grant_1");
  wrong.moment.now = kNow + 30;
  EXPECT_EQ(Redeem(wrong), "ticket_expired");
  EXPECT_EQ(Redeem(Redemption("guess", "grant_1")), "ticket_unknown");
  auto good = Redemption("t", "grant_1");
  good.audience = "https://app.example.org";
  EXPECT_EQ(Redeem(good), "");
  EXPECT_EQ(Redeem(Redemption("t", "grant_2")), "ticket_used");
  Reopen();
  EXPECT_EQ(Redeem(Redemption("t", "grant_2")), "ticket_used");
}

TEST_F(Tickets, I36_AreBoundToTheirUsersUid) {
  auto ticket = Ticket("t", "login_1");
  ticket.uid = 1001;
  EXPECT_EQ(Add(ticket), "login_dead");
  ASSERT_EQ(Add(Ticket("t", "login_1")), "");
  ASSERT_TRUE(store_->RebindUser("alice", 2000, Audit("user.rebind")).ok());
  EXPECT_EQ(Redeem(Redemption("t", "grant_1")), "login_dead");
}

TEST_F(Tickets, NeedALiveLogin) {
  EXPECT_EQ(Add(Ticket("t", "login_x")), "login_dead");
  EXPECT_EQ(Add(Ticket("t", "login_1"), kNow + 3600), "login_dead");
  ASSERT_TRUE(store_->CommitProof(CodeProof(102, "login_2")).ok());
  EXPECT_EQ(Add(Ticket("t", "login_2")), "login_dead") << "not confirmed";
  ASSERT_EQ(Add(Ticket("t", "login_1")), "");
  auto rebooted = Redemption("t", "grant_1");
  rebooted.moment.boot_id = "boot-2";
  EXPECT_EQ(Redeem(rebooted), "login_dead");
  ASSERT_TRUE(store_->EndLogin("login_1", kNow, kBoot, Audit("login.end")).ok());
  EXPECT_EQ(Redeem(Redemption("t", "grant_1")), "login_dead");
  EXPECT_EQ(Add(Ticket("t2", "login_1")), "login_dead");
}

TEST_F(Tickets, DieWithTheirClient) {
  ASSERT_EQ(Add(Ticket("t", "login_1")), "");
  ASSERT_EQ(Add(Ticket("u", "login_1")), "");
  ASSERT_EQ(Redeem(Redemption("u", "grant_1")), "");
  ASSERT_TRUE(store_->RemoveClient("client_1", Audit("client.remove")).ok());
  EXPECT_EQ(Redeem(Redemption("t", "grant_2")), "invalid_client");
  EXPECT_EQ(Add(Ticket("v", "login_1")), "client_removed");
  EXPECT_NE(Why("grant_1").find("client"), std::string::npos);
}

TEST_F(Tickets, I8_AreNotForASecretThatWasRotatedMeanwhile) {
  ASSERT_EQ(Add(Ticket("t", "login_1")), "");
  auto redemption = Redemption("t", "grant_1");
  ASSERT_TRUE(
      store_->RotateClientSecret("client_1", Bytes(32, 1), kNow, Audit("client.rotate_secret"))
          .ok());
  const auto refused = store_->RedeemTicket(redemption);
  EXPECT_EQ(refused.error().code, Code::kDenied);
  EXPECT_EQ(refused.error().reason, "invalid_client");
  redemption.proof.hash.clear();
  EXPECT_EQ(Redeem(redemption), "invalid_client");
  redemption.proof.hash = Bytes(32, 1);
  EXPECT_EQ(Redeem(redemption), "") << "the ticket itself was not used up";
}

TEST_F(Tickets, TheDeadAreSweptAfterADay) {
  for (int i = 0; i < 20; ++i) ASSERT_EQ(Add(Ticket("t" + std::to_string(i), "login_1")), "");
  // The login must still live a day later.
  store_.reset();
  Tamper(folder_.file(), "UPDATE logins SET expires_at = expires_at + 1000000");
  Reopen();
  const int64_t later = kNow + 2 * 24 * 3600;
  for (int i = 0; i < 3; ++i) {
    auto ticket = Ticket("u" + std::to_string(i), "login_1");
    ticket.expires_at = later + 30;
    ASSERT_EQ(Add(ticket, later), "");
  }
  for (int i = 0; i < 20; ++i) {
    auto late = Redemption("t" + std::to_string(i), "grant_1");
    late.moment.now = later;
    EXPECT_EQ(Redeem(late), "ticket_unknown");
  }
}

TEST_F(Tickets, ALoginHas64ThatAreGood) {
  for (int i = 0; i < 64; ++i) ASSERT_EQ(Add(Ticket("t" + std::to_string(i), "login_1")), "");
  const auto more = store_->AddTicket(Ticket("u", "login_1"), {kNow, kBoot}, {}, Audit("ticket.issue"));
  EXPECT_EQ(more.error().code, Code::kExhausted);
  EXPECT_EQ(more.error().reason, "too_many_tickets");
  ASSERT_EQ(Redeem(Redemption("t7", "grant_1")), "");
  EXPECT_EQ(Add(Ticket("u", "login_1")), "") << "one was used";
  EXPECT_EQ(Add(Ticket("v", "login_1")), "too_many_tickets");
  LogIn("login_2", 102);
  EXPECT_EQ(Add(Ticket("v", "login_2")), "") << "another login has its own";
  auto later = Ticket("w", "login_1");
  later.expires_at = kNow + 60;
  EXPECT_EQ(Add(later, kNow + 30), "") << "the others have expired";
}

// Logins that are dead for a week go with the next one, and what came of them; nothing else does. Where nothing was
// to be done, the next one looks a minute later.
TEST_F(Tickets, DeadLoginsAndGrantsGoAfterAWeek) {
  constexpr int64_t kWeek = 7 * 24 * 3600;
  ASSERT_EQ(Add(Ticket("t", "login_1")), "");
  ASSERT_EQ(Add(Ticket("unused", "login_1")), "");
  ASSERT_EQ(Redeem(Redemption("t", "grant_1")), "");
  LogIn("ended", 102);
  ASSERT_TRUE(store_->EndLogin("ended", kNow + 10, kBoot, Audit("login.end")).ok());
  int64_t step = 104;
  const auto log_in_at = [&](int64_t now) {
    auto proof = CodeProof(step, "new_" + std::to_string(step));
    ++step;
    proof.audit.at = now;
    proof.login->expires_at = now + 30 * 24 * 3600;
    proof.confirm_before = now + 120;
    ASSERT_TRUE(store_->CommitProof(proof).ok());
  };
  const auto there = [&](const std::string& id) {
    return store_->FindLogin(id, kNow, kBoot).ok();
  };
  log_in_at(kNow + 10 + kWeek);
  EXPECT_TRUE(there("ended"));
  log_in_at(kNow + 69 + kWeek);
  EXPECT_TRUE(there("ended")) << "looked a minute ago";
  log_in_at(kNow + 70 + kWeek);
  EXPECT_FALSE(there("ended"));
  log_in_at(kNow + 130 + kWeek);
  EXPECT_NE(Why("grant_1"), "there is no such grant");
  log_in_at(kNow + 303 + kWeek);
  EXPECT_EQ(Why("grant_1"), "there is no such grant");
  EXPECT_TRUE(there("login_1"));
  log_in_at(kNow + 3600 + kWeek);
  EXPECT_TRUE(there("login_1"));
  log_in_at(kNow + 3660 + kWeek);
  EXPECT_FALSE(there("login_1"));
  EXPECT_EQ(ChainFault(), "") << "the audit trail is kept";
}

TEST_F(Tickets, ABacklogOfTheDeadGoesInSmallSteps) {
  for (int64_t i = 0; i < 50; ++i)
    LogIn("old_" + std::to_string(i), 102 + i);
  const auto count = [&] {
    return store_->ListLogins({1000, false, kNow, kBoot})->size();
  };
  ASSERT_EQ(count(), 51u);
  const int64_t later = kNow + 30 * 24 * 3600;
  for (const auto& [step, left] : {std::pair(200, 31u), std::pair(201, 11u), std::pair(202, 0u)}) {
    auto proof = CodeProof(step, "new_" + std::to_string(step));
    proof.audit.at = later;
    proof.confirm_before = proof.login->expires_at = later + 60;
    ASSERT_TRUE(store_->CommitProof(proof).ok());
    EXPECT_EQ(count(), left);
  }
}

TEST_F(Tickets, I31_AGrantDiesWithWhateverItCameFrom) {
  ASSERT_EQ(Add(Ticket("t", "login_1")), "");
  ASSERT_EQ(Redeem(Redemption("t", "grant_1")), "");
  EXPECT_EQ(Why("grant_1"), "");
  EXPECT_NE(Why("grant_x"), "");
  EXPECT_EQ(Why("grant_1", kNow + 302), "it has expired");
  EXPECT_NE(Why("grant_1", kNow, "boot-2").find("reboot"), std::string::npos);
  ASSERT_TRUE(store_->RemoveOtp("alice", 1000, "otp_a", Audit("otp.remove")).ok());
  EXPECT_NE(Why("grant_1").find("removed"), std::string::npos);
}

TEST_F(Tickets, I32_AGrantDoesNotDieWithAnother) {
  LogIn("login_2", 102);
  ASSERT_EQ(Add(Ticket("t", "login_1")), "");
  ASSERT_EQ(Add(Ticket("u", "login_2")), "");
  ASSERT_EQ(Redeem(Redemption("t", "grant_1")), "");
  ASSERT_EQ(Redeem(Redemption("u", "grant_2")), "");
  ASSERT_TRUE(store_->EndLogin("login_1", kNow, kBoot, Audit("login.end")).ok());
  EXPECT_NE(Why("grant_1").find("ended"), std::string::npos);
  EXPECT_EQ(Why("grant_2"), "");
}

TEST_F(Tickets, I41_BearerValuesAreNotInTheFile) {
  ASSERT_EQ(Add(Ticket("tkt_very-secret-ticket", "login_1")), "");
  ASSERT_EQ(Redeem(Redemption("tkt_very-secret-ticket", "grant_1")), "");
  const std::string all = AllBytes(folder_.path);
  EXPECT_EQ(all.find("very-secret"), std::string::npos);
  EXPECT_EQ(all.find("handle of"), std::string::npos);
  EXPECT_EQ(all.find("12345678901234567890"), std::string::npos) << "the TOTP secret";
  EXPECT_NE(all.find("grant_1"), std::string::npos) << "it was looked at";
}

}  // namespace
}  // namespace fob::store
