#include "store_fixture.h"

namespace fob::store {
namespace {

constexpr const char* kUri = "https://wiki.example.org/callback";
const std::string kChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

class Codes : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    LogIn("login_1", 101);
    ASSERT_TRUE(store_->AddClient(Client("client_1", "wiki"), Audit("client.add")).ok());
    ASSERT_TRUE(store_->AddClient(Client("client_2", "mail"), Audit("client.add")).ok());
  }
  core::CodeRecord Code(const std::string& code, const std::string& login = "login_1") const {
    core::CodeRecord record;
    record.hash = folder_.Hash(code);
    record.login = login;
    record.client = "client_1";
    record.redirect_uri = kUri;
    record.uri_named = true;
    record.audience = "https://app.example.org";
    record.scope = "read";
    record.nonce = "a nonce";
    record.challenge = kChallenge;
    record.expires_at = kNow + 60;
    return record;
  }
  std::string Add(const core::CodeRecord& code, int64_t now = kNow, const char* boot = kBoot) {
    const auto added = store_->AddCode(code, {now, boot}, Audit("code.issue"));
    return added.ok() ? "" : added.error().reason;
  }
  core::GrantStore::CodeRedemption Redemption(const std::string& code, const std::string& grant) const {
    core::GrantStore::CodeRedemption redemption;
    redemption.code_hash = folder_.Hash(code);
    redemption.client = "client_1";
    redemption.proof.hash = Client("", "").secret_hash;
    redemption.redirect_uri = kUri;
    redemption.challenge = kChallenge;
    redemption.grant.id = grant;
    redemption.grant.created_at = kNow + 2;
    redemption.grant.expires_at = kNow + 302;
    redemption.moment = {kNow + 2, kBoot};
    redemption.audit = Audit("code.redeem");
    return redemption;
  }
  std::string Redeem(const core::GrantStore::CodeRedemption& redemption) {
    // A look tells the same, and uses nothing up. It does not ask who the client is.
    const auto look = store_->LookAtCode(redemption);
    const auto redeemed = store_->RedeemCode(redemption);
    const std::string reason = redeemed.ok() ? "" : redeemed.error().reason;
    if (reason != "invalid_client") {
      EXPECT_EQ(look.ok() ? "" : look.error().reason, reason);
    }
    return reason;
  }
  std::string Why(const std::string& grant, int64_t now = kNow + 3) {
    const auto state = store_->CheckGrant(grant, "a jti", {now, kBoot});
    EXPECT_EQ(state->live, state->why.empty());
    return state->why;
  }
};

TEST_F(Codes, BecomeAGrantOfTheirLogin) {
  ASSERT_EQ(Add(Code("c")), "");
  const auto look = store_->LookAtCode(Redemption("c", "grant_1"));
  ASSERT_TRUE(look.ok()) << look.error().text;
  EXPECT_EQ(look->nonce, "a nonce");
  EXPECT_EQ(look->of.user, "alice");
  EXPECT_EQ(look->of.auth_time, kNow);
  const auto redeemed = store_->RedeemCode(Redemption("c", "grant_1"));
  ASSERT_TRUE(redeemed.ok()) << redeemed.error().text;
  EXPECT_EQ(redeemed->grant.login, "login_1");
  EXPECT_EQ(redeemed->grant.client, "client_1");
  EXPECT_EQ(redeemed->grant.audience, "https://app.example.org");
  EXPECT_EQ(redeemed->grant.scope, "read");
  EXPECT_EQ(redeemed->sub, "sub_alice");
  EXPECT_EQ(redeemed->acr, "mfa");
  EXPECT_EQ(Why("grant_1"), "");
  EXPECT_EQ(ChainFault(), "");
}

TEST_F(Codes, I30_WorkOnceAlsoOverARestart) {
  ASSERT_EQ(Add(Code("c")), "");
  EXPECT_EQ(Redeem(Redemption("c", "grant_1")), "");
  EXPECT_EQ(Redeem(Redemption("c", "grant_2")), "code_used");
  Reopen();
  EXPECT_EQ(Redeem(Redemption("c", "grant_2")), "code_used");
  EXPECT_NE(Why("grant_2"), "") << "there is none";
}

TEST_F(Codes, I35_AreOfOneClientAndRedirectUri) {
  ASSERT_EQ(Add(Code("c")), "");
  auto wrong = Redemption("c", "grant_1");
  wrong.client = "client_2";
  EXPECT_EQ(Redeem(wrong), "invalid_grant");
  for (const std::optional<std::string>& uri :
       {std::optional<std::string>(), std::optional<std::string>(""), std::optional<std::string>(std::string(kUri) + "/"),
        std::optional<std::string>("https://mail.example.org/callback")}) {
    wrong = Redemption("c", "grant_1");
    wrong.redirect_uri = uri;
    EXPECT_EQ(Redeem(wrong), "invalid_grant") << uri.value_or("none");
  }
  EXPECT_EQ(Redeem(Redemption("guess", "grant_1")), "invalid_grant");
  EXPECT_EQ(Redeem(Redemption("c", "grant_1")), "") << "none of that used it up";
}

TEST_F(Codes, AUriThatWasNotNamedMayBeLeftOut) {
  auto code = Code("c");
  code.uri_named = false;
  ASSERT_EQ(Add(code), "");
  auto redemption = Redemption("c", "grant_1");
  redemption.redirect_uri = "https://mail.example.org/callback";
  EXPECT_EQ(Redeem(redemption), "invalid_grant");
  redemption.redirect_uri.reset();
  EXPECT_EQ(Redeem(redemption), "");
}

TEST_F(Codes, I33_AChallengeIsAnsweredByItsVerifierAndNoneByNone) {
  ASSERT_EQ(Add(Code("c")), "");
  auto wrong = Redemption("c", "grant_1");
  for (const std::string& challenge : {std::string(), std::string(43, 'A')}) {
    wrong.challenge = challenge;
    EXPECT_EQ(Redeem(wrong), "invalid_grant") << challenge;
  }
  EXPECT_EQ(Redeem(Redemption("c", "grant_1")), "");
  auto without = Code("d");
  without.challenge.clear();
  ASSERT_EQ(Add(without), "");
  EXPECT_EQ(Redeem(Redemption("d", "grant_2")), "invalid_grant") << "a verifier without a challenge";
  auto plain = Redemption("d", "grant_2");
  plain.challenge.clear();
  EXPECT_EQ(Redeem(plain), "");
}

TEST_F(Codes, LiveForTheirMinute) {
  ASSERT_EQ(Add(Code("c")), "");
  auto late = Redemption("c", "grant_1");
  late.moment.now = kNow + 60;
  EXPECT_EQ(Redeem(late), "invalid_grant");
  late.moment.now = kNow + 59;
  EXPECT_EQ(Redeem(late), "");
}

TEST_F(Codes, NeedALiveLogin) {
  EXPECT_EQ(Add(Code("c", "login_x")), "login_dead");
  EXPECT_EQ(Add(Code("c"), kNow, "boot-2"), "login_dead");
  EXPECT_EQ(Add(Code("c"), kNow + 3600), "login_dead");
  ASSERT_EQ(Add(Code("c")), "");
  auto rebooted = Redemption("c", "grant_1");
  rebooted.moment.boot_id = "boot-2";
  EXPECT_EQ(Redeem(rebooted), "invalid_grant");
  ASSERT_TRUE(store_->EndLogin("login_1", kNow, kBoot, Audit("login.end")).ok());
  EXPECT_EQ(Redeem(Redemption("c", "grant_1")), "invalid_grant");
  EXPECT_EQ(Add(Code("d")), "login_dead");
}

TEST_F(Codes, OneThatComesAgainTakesItsGrantAlongAndNoOther) {
  ASSERT_EQ(Add(Code("c")), "");
  ASSERT_EQ(Add(Code("d")), "");
  ASSERT_EQ(Redeem(Redemption("c", "grant_1")), "");
  ASSERT_EQ(Redeem(Redemption("d", "grant_2")), "");
  const core::Moment again{kNow + 3, kBoot};
  ASSERT_TRUE(store_->RevokeGrantOfCode(folder_.Hash("c"), "client_2", again, Audit("code.reuse")).ok());
  EXPECT_EQ(Why("grant_1"), "") << "another client's word does not count";
  ASSERT_TRUE(store_->RevokeGrantOfCode(folder_.Hash("c"), "client_1", again, Audit("code.reuse")).ok());
  EXPECT_NE(Why("grant_1").find("its code came again"), std::string::npos) << Why("grant_1");
  EXPECT_EQ(Why("grant_2"), "");
  Reopen();
  EXPECT_NE(Why("grant_1"), "");
}

TEST_F(Codes, I32_AGrantOfACodeDoesNotDieWithOneOfATicket) {
  ASSERT_EQ(Add(Code("c")), "");
  ASSERT_EQ(Redeem(Redemption("c", "grant_1")), "");
  ASSERT_TRUE(store_->AddTicket(Ticket("t", "login_1"), {kNow, kBoot}, {}, Audit("ticket.issue")).ok());
  ASSERT_TRUE(store_->RedeemTicket(StoreTest::Redemption("t", "grant_2")).ok());
  ASSERT_TRUE(store_->RevokeGrant("grant_2", {kNow + 3, kBoot}, Audit("grant.revoke")).ok());
  EXPECT_NE(Why("grant_2"), "");
  EXPECT_EQ(Why("grant_1"), "");
}

TEST_F(Codes, I8_AreNotForASecretThatWasRotatedMeanwhile) {
  ASSERT_EQ(Add(Code("c")), "");
  ASSERT_TRUE(store_->RotateClientSecret("client_1", Bytes(32, 1), kNow, Audit("client.rotate_secret")).ok());
  auto redemption = Redemption("c", "grant_1");
  EXPECT_EQ(Redeem(redemption), "invalid_client");
  redemption.proof.hash = Bytes(32, 1);
  redemption.proof.method = core::AuthMethod::kPrivateKeyJwt;
  EXPECT_EQ(Redeem(redemption), "invalid_client") << "by another method";
  redemption.proof.method = core::AuthMethod::kSecret;
  EXPECT_EQ(Redeem(redemption), "");
}

TEST_F(Codes, DieWithTheirClient) {
  ASSERT_EQ(Add(Code("c")), "");
  ASSERT_TRUE(store_->RemoveClient("client_1", Audit("client.remove")).ok());
  EXPECT_EQ(Redeem(Redemption("c", "grant_1")), "invalid_client");
  EXPECT_EQ(Add(Code("d")), "client_removed");
}

TEST_F(Codes, ALoginHas64ThatAreGood) {
  for (int i = 0; i < 64; ++i) ASSERT_EQ(Add(Code("c" + std::to_string(i))), "");
  EXPECT_EQ(Add(Code("d")), "too_many_codes");
  ASSERT_EQ(Redeem(Redemption("c7", "grant_1")), "");
  EXPECT_EQ(Add(Code("d")), "") << "one was used";
  LogIn("login_2", 102);
  EXPECT_EQ(Add(Code("e", "login_2")), "") << "another login has its own";
  auto later = Code("f");
  later.expires_at = kNow + 120;
  EXPECT_EQ(Add(later, kNow + 60), "") << "the others have expired";
}

TEST_F(Codes, I41_AreNotInTheFile) {
  ASSERT_EQ(Add(Code("code_very-secret-code")), "");
  ASSERT_EQ(Redeem(Redemption("code_very-secret-code", "grant_1")), "");
  const std::string all = AllBytes(folder_.path);
  EXPECT_EQ(all.find("very-secret"), std::string::npos);
  EXPECT_NE(all.find("grant_1"), std::string::npos) << "it was looked at";
}

TEST_F(Codes, AnAssertionCountsOnce) {
  const auto use = [&](const std::string& client, const std::string& id) {
    const Status used = store_->UseAssertion(client, folder_.Hash(id), kNow + 60, kNow);
    return used.ok() ? "" : used.error().reason;
  };
  EXPECT_EQ(use("client_1", "a"), "");
  EXPECT_EQ(use("client_1", "a"), "invalid_client");
  EXPECT_EQ(use("client_2", "a"), "") << "each client has ids of its own";
  Reopen();
  EXPECT_EQ(use("client_1", "a"), "invalid_client");
  EXPECT_EQ(use("client_1", "b"), "");
}

TEST_F(Codes, ConsentIsOfOneUserAndClient) {
  EXPECT_TRUE(store_->FindConsent("alice", "client_1")->empty());
  ASSERT_TRUE(store_->SetConsent("alice", "client_1", {"openid", "read"}, Audit("consent.allow")).ok());
  EXPECT_EQ(*store_->FindConsent("alice", "client_1"), (std::vector<std::string>{"openid", "read"}));
  EXPECT_TRUE(store_->FindConsent("alice", "client_2")->empty());
  EXPECT_TRUE(store_->FindConsent("bob", "client_1")->empty());
  ASSERT_TRUE(store_->SetConsent("alice", "client_1", {"openid"}, Audit("consent.allow")).ok());
  EXPECT_EQ(store_->FindConsent("alice", "client_1")->size(), 1u);
  EXPECT_EQ(store_->SetConsent("alice", "client_x", {"openid"}, Audit("consent.allow")).error().reason, "client_removed");
  ASSERT_TRUE(store_->RemoveClient("client_1", Audit("client.remove")).ok());
  EXPECT_TRUE(store_->FindConsent("alice", "client_1")->empty());
}

}  // namespace
}  // namespace fob::store
