#include "store_fixture.h"

namespace fob::store {
namespace {

// Browsers that are signed in.
class Sessions : public StoreTest {
 protected:
  // A login that a browser made: live at once, and its session with it.
  core::ProofCommit OfBrowser(const std::string& login, const std::string& session, int64_t step) const {
    core::ProofCommit proof = CodeProof(step, login);
    proof.handle_hash.clear();
    proof.login->service = "fob-web";
    proof.login->kernel_session = core::kBrowserSession;
    proof.login->confirmed_at = kNow;
    proof.session_hash = folder_.Hash(session);
    return proof;
  }
  std::string Find(const std::string& session, int64_t now = kNow + 1, const char* boot = kBoot) {
    const auto found = store_->FindSession(folder_.Hash(session), {now, boot});
    return found.ok() ? found->login.id : found.error().reason;
  }
  std::string State(const std::string& login) {
    const auto found = store_->FindLogin(login, kNow + 1, kBoot);
    return !found.ok() ? found.error().reason : found->state == core::LoginState::kLive ? "live" : "not live";
  }
  Result<bool> End(const std::string& session) {
    return store_->EndSession(folder_.Hash(session), {kNow + 2, kBoot}, Audit("session.end"));
  }
  std::string Add(const std::string& session, const std::string& login) {
    const Status added = store_->AddSession(folder_.Hash(session), login, {kNow + 1, kBoot}, Audit("link.follow"));
    return added.ok() ? "" : added.error().reason;
  }
};

TEST_F(Sessions, BeginWithTheirLoginInOneCommit) {
  EXPECT_EQ(Find("s"), "session");
  ASSERT_TRUE(store_->CommitProof(OfBrowser("login_w", "s", 101)).ok());
  EXPECT_EQ(Find("s"), "login_w");
  EXPECT_EQ(State("login_w"), "live");
  EXPECT_EQ(Find("another"), "session");
  const auto found = store_->FindSession(folder_.Hash("s"), {kNow + 1, kBoot});
  EXPECT_EQ(found->login.user, "alice");
  EXPECT_EQ(found->login.otp, "otp_a");
  Reopen();
  EXPECT_EQ(Find("s"), "login_w");
  // What proved nothing new begins none.
  EXPECT_EQ(store_->CommitProof(OfBrowser("login_v", "t", 101)).error().code, Code::kDenied);
  EXPECT_EQ(Find("t"), "session");
  EXPECT_EQ(ChainFault(), "");
}

TEST_F(Sessions, EndWithWhateverEndsTheirLogin) {
  ASSERT_TRUE(store_->CommitProof(OfBrowser("login_w", "s", 101)).ok());
  EXPECT_EQ(Find("s", kNow + 3599), "login_w");
  EXPECT_EQ(Find("s", kNow + 3600), "session") << "its time is over";
  EXPECT_EQ(Find("s", kNow + 1, "boot-2"), "session") << "after a reboot";
  ASSERT_TRUE(store_->CommitProof(OfBrowser("login_v", "t", 102)).ok());
  ASSERT_TRUE(store_->EndLogin("login_v", kNow + 1, kBoot, Audit("login.end")).ok());
  EXPECT_EQ(Find("t"), "session");
  EXPECT_EQ(Find("s"), "login_w");
  ASSERT_TRUE(store_->RemoveOtp("alice", 1000, "otp_a", Audit("otp.remove")).ok());
  EXPECT_EQ(Find("s"), "session") << "what proved it is gone";
}

TEST_F(Sessions, EndOfABrowsersOwnEndsItsLogin) {
  ASSERT_TRUE(store_->CommitProof(OfBrowser("login_w", "s", 101)).ok());
  EXPECT_TRUE(*End("s"));
  EXPECT_EQ(Find("s"), "session");
  EXPECT_EQ(State("login_w"), "not live");
  EXPECT_EQ(store_->TailAudit(1, std::nullopt)->at(0).entry.subject, "login_w");
  EXPECT_FALSE(*End("s")) << "there is none any more";
}

TEST_F(Sessions, OfALoginHereComeByLinkAndLeaveItAsItIs) {
  LogIn("login_1", 101);
  EXPECT_EQ(Add("s", "login_x"), "login_dead");
  ASSERT_EQ(Add("s", "login_1"), "");
  EXPECT_EQ(Find("s"), "login_1");
  EXPECT_TRUE(*End("s"));
  EXPECT_EQ(Find("s"), "session");
  EXPECT_EQ(State("login_1"), "live") << "who signs out of a browser stays logged in here";
  ASSERT_EQ(Add("t", "login_1"), "");
  ASSERT_TRUE(store_->EndLogin("login_1", kNow + 1, kBoot, Audit("login.end")).ok());
  EXPECT_EQ(Find("t"), "session");
  EXPECT_EQ(Add("u", "login_1"), "login_dead");
}

TEST_F(Sessions, ALoginHas32) {
  LogIn("login_1", 101);
  for (int i = 0; i < 32; ++i) ASSERT_EQ(Add("s" + std::to_string(i), "login_1"), "");
  EXPECT_EQ(Add("t", "login_1"), "too_many_sessions");
  EXPECT_TRUE(*End("s3"));
  EXPECT_EQ(Add("t", "login_1"), "");
}

TEST_F(Sessions, GoWithTheirLoginsRow) {
  ASSERT_TRUE(store_->CommitProof(OfBrowser("login_w", "s", 101)).ok());
  auto later = CodeProof(102, "login_2");
  later.audit.at = kNow + 3601 + 7 * 24 * 3600;
  later.confirm_before = later.login->expires_at = later.audit.at + 60;
  ASSERT_TRUE(store_->CommitProof(later).ok());
  EXPECT_EQ(State("login_w"), "no_login");
  EXPECT_EQ(Find("s"), "session");
  EXPECT_EQ(ChainFault(), "");
}

TEST_F(Sessions, AKernelSessionIsNoBrowser) {
  ASSERT_TRUE(store_->CommitProof(OfBrowser("login_w", "s", 101)).ok());
  LogIn("login_1", 102);
  EXPECT_EQ(*store_->OpenSessions({kNow + 1, kBoot}), std::vector<std::string>{"audit:7"})
      << "nobody looks whether the kernel still knows it";
}

TEST_F(Sessions, I41_AreNotInTheFile) {
  ASSERT_TRUE(store_->CommitProof(OfBrowser("login_w", "session_very-secret", 101)).ok());
  const std::string all = AllBytes(folder_.path);
  EXPECT_EQ(all.find("very-secret"), std::string::npos);
  EXPECT_NE(all.find("login_w"), std::string::npos) << "it was looked at";
}

TEST_F(Sessions, TheDecoyKeyIsThisStoresOwn) {
  const Bytes key = *store_->DecoyKey();
  EXPECT_EQ(key.size(), 32u);
  Reopen();
  EXPECT_EQ(*store_->DecoyKey(), key);
  StoreFolder other;
  EXPECT_NE(*other.Open()->DecoyKey(), key);
}

TEST_F(Sessions, ACredentialIsFoundByItsId) {
  const auto found = store_->FindCredential(Key("key_a").credential_id);
  ASSERT_TRUE(found.ok()) << found.error().text;
  EXPECT_EQ(found->id, "key_a");
  EXPECT_EQ(found->user, "alice");
  EXPECT_EQ(store_->FindCredential(Bytes(16, 0)).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace fob::store
