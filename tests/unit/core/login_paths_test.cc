// Logins that take one factor after another, and codes that are not an app's.

#include "daemon/core/one_time_code.h"
#include "tests/unit/core/login_fixture.h"

namespace fob::core {
namespace {

class LoginPaths : public LoginFixture {
 protected:
  std::vector<std::string> RecoveryCodes() {
    Dialogue dialogue;
    dialogue.Begun(world_.enrol().CreateRecoveryCodes(World::Root(), {"alice", {}, {}}, dialogue.Sink()));
    world_.Settle();
    EXPECT_NE(dialogue.done(), nullptr) << dialogue.reason();
    std::vector<std::string> codes;
    if (dialogue.done() == nullptr) return codes;
    for (const SecretBytes& code : *dialogue.done()->recovery_codes) codes.emplace_back(code.RevealText());
    return codes;
  }
  // alice at "both", with key and phone, who has touched the key.
  void TouchFirst(Dialogue& dialogue) {
    world_.Sit(0);
    const KeyRecord key = world_.AddKey("alice", "blue");
    world_.AddOtp("alice", "phone");
    world_.Begin(dialogue, World::Root(), "alice", "both");
    world_.desk.current()->Assert(key, testing::kUp, 11);
    world_.Settle();
  }
  OtpRecord AddToken(int64_t last_counter) {
    OtpRecord otp;
    otp.id = "otp_token";
    otp.user = "alice";
    otp.name = "token";
    otp.kind = OtpKind::kHotp;
    otp.secret = SecretBytes("12345678901234567890");
    otp.last_step = last_counter;
    AuditEntry audit;
    audit.action = "test.setup";
    auto added = world_.store().AddOtp({world_.host.accounts.at("alice"), "sub-alice", {}, audit}, otp);
    EXPECT_TRUE(added.ok());
    return *std::move(added);
  }
  static std::string TokenCode(int64_t counter) { return testing::HotpCodeOf("token", counter); }
};

TEST_F(LoginPaths, KeyThenCodeTakesBoth) {
  Dialogue dialogue;
  TouchFirst(dialogue);
  ASSERT_TRUE(dialogue.asks(AskKind::kCode)) << dialogue.reason();
  EXPECT_EQ(world_.LastEntry().action, "login.prove") << "durable before the next question";
  EXPECT_EQ(world_.LastEntry().detail, "key");
  world_.Answer(dialogue, world_.Code("phone"));
  ASSERT_NE(dialogue.granted(), nullptr) << dialogue.reason();
  EXPECT_THAT(dialogue.granted()->factors, ElementsAre("key", "totp"));
  EXPECT_EQ(world_.LastEntry().detail, "key totp");
}

TEST_F(LoginPaths, TheFirstFactorAloneGrantsNothing) {
  Dialogue dialogue;
  TouchFirst(dialogue);
  world_.Answer(dialogue, "wrong");
  EXPECT_EQ(dialogue.reason(), "wrong_code");
}

TEST_F(LoginPaths, WithoutTheSecondFactorNobodyIsAskedForTheFirst) {
  world_.Sit(0);
  world_.AddKey("alice", "blue");
  const auto explained = world_.Call(world_.login(), &LoginService::Explain, World::Root(), {"alice", "both", {}, {}});
  ASSERT_TRUE(explained.ok()) << explained.error().text;
  ASSERT_EQ(explained->ways.size(), 2u);
  EXPECT_FALSE(explained->ways[0].why_not.has_value());
  EXPECT_EQ(explained->ways[1].why_not, "alice has no totp");
}

TEST_F(LoginPaths, AHotpTokenLogsIn) {
  AddToken(41);
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "spare");
  world_.Answer(dialogue, TokenCode(44));
  ASSERT_NE(dialogue.granted(), nullptr) << dialogue.reason();
  EXPECT_THAT(dialogue.granted()->factors, ElementsAre("hotp"));
}

TEST_F(LoginPaths, I18_ACounterCodeWorksOnceAndNoneBeforeIt) {
  AddToken(41);
  bool first = true;
  for (const int64_t counter : {44, 44, 43, 42}) {
    Dialogue dialogue;
    world_.Begin(dialogue, World::Root(), "alice", "spare");
    world_.Answer(dialogue, TokenCode(counter));
    EXPECT_EQ(dialogue.granted() != nullptr, std::exchange(first, false)) << counter;
  }
  const auto factors = world_.store().LoadFactors("alice", testing::kAliceUid);
  EXPECT_EQ(factors->otps.at(0).last_step, 44);
}

TEST_F(LoginPaths, ATokenThatRanAheadComesBackWithTwoCodes) {
  AddToken(41);
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "spare");
  world_.Answer(dialogue, TokenCode(100));
  ASSERT_TRUE(dialogue.asks(AskKind::kCode)) << dialogue.reason();
  EXPECT_THAT(dialogue.prompt(), HasSubstr("next code"));
  world_.Answer(dialogue, TokenCode(101));
  ASSERT_NE(dialogue.granted(), nullptr) << dialogue.reason();

  for (const auto& [first, second] : {std::pair{120, 122}, std::pair{120, 120}, std::pair{1000, 1001}}) {
    Dialogue other;
    world_.Begin(other, World::Root(), "alice", "spare");
    world_.Answer(other, TokenCode(first));
    if (other.asks(AskKind::kCode)) world_.Answer(other, TokenCode(second));
    EXPECT_EQ(other.reason(), "wrong_code") << first;
  }
}

TEST_F(LoginPaths, ARecoveryCodeLogsInOnce) {
  world_.AddOtp("alice", "phone");
  const auto codes = RecoveryCodes();
  ASSERT_EQ(codes.size(), 10u);
  std::string typed = codes[3];
  for (char& c : typed) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  for (const bool first : {true, false}) {
    Dialogue dialogue;
    world_.Begin(dialogue, World::Root(), "alice", "spare");
    world_.Answer(dialogue, typed);
    EXPECT_EQ(dialogue.granted() != nullptr, first) << dialogue.reason();
  }
  EXPECT_EQ(world_.store().LoadFactors("alice", testing::kAliceUid)->recovery_codes.size(), 9u);
  Dialogue elsewhere;
  world_.Begin(elsewhere, World::Root(), "alice", "sshd");
  world_.Answer(elsewhere, codes[4]);
  EXPECT_EQ(elsewhere.reason(), "wrong_code") << "only where policy names recovery codes";
}

TEST_F(LoginPaths, OneConversationOffersWhatIsPossibleNow) {
  world_.AddOtp("alice", "phone");
  world_.AddKey("alice", "blue");
  world_.Sit(0);
  Dialogue here;
  world_.Begin(here, World::Root(), "alice", "su");
  EXPECT_TRUE(here.asks(AskKind::kChoice));
  Dialogue afar;
  auto in = At("xdm");
  in.rhost = "198.51.100.7";
  world_.Begin(afar, World::Root(), std::move(in));
  EXPECT_TRUE(afar.asks(AskKind::kCode)) << "a remote login wakes no key";
}

TEST_F(LoginPaths, FobctlLoginYieldsALoginOfOnesOwn) {
  Rule rule;
  rule.name = "own";
  rule.services = {std::string(kOwnService)};
  rule.action = Rule::Action::kRequire;
  rule.require = {{Factor::kTotp}};
  world_.settings.rules.insert(world_.settings.rules.begin(), rule);
  world_.AddOtp("alice", "phone");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Alice(), "alice", kOwnService);
  world_.Answer(dialogue, world_.Code("phone"));
  ASSERT_NE(dialogue.granted(), nullptr) << dialogue.reason();
  ASSERT_TRUE(dialogue.granted()->handle.has_value());
  const auto confirm = [&](const Peer& peer, std::string_view service) {
    proto::login::Confirm::In in;
    in.handle = dialogue.granted()->handle->Clone();
    in.user = "alice";
    in.service = service;
    auto out = world_.Call(world_.login(), &LoginService::Confirm, peer, std::move(in));
    return out.ok() ? "confirmed" : out.error().reason;
  };
  EXPECT_EQ(confirm(World::Bob(), kOwnService), "other_user") << "the handle is of no use to another";
  EXPECT_EQ(confirm(World::Alice(), "sshd"), "other_service");
  EXPECT_EQ(confirm(World::Alice(), kOwnService), "confirmed");
  EXPECT_EQ(confirm(World::Alice(), kOwnService), "handle");
  EXPECT_EQ(world_.LastEntry().action, "login.confirm");
  EXPECT_EQ(world_.LastEntry().outcome, Outcome::kDenied);
}

TEST_F(LoginPaths, OfOneselfAtAnotherServiceComesAnEventOnly) {
  world_.AddOtp("alice", "phone");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Alice(), "alice", "sshd");
  world_.Answer(dialogue, world_.Code("phone"));
  ASSERT_NE(dialogue.granted(), nullptr) << dialogue.reason();
  EXPECT_FALSE(dialogue.granted()->handle.has_value());
  EXPECT_EQ(dialogue.granted()->outcome, GrantedOutcome::kEvent);
}

TEST_F(LoginPaths, ExplainDecidesAsALoginDoes) {
  using Decision = proto::login::Explain::Out::Decision;
  const auto explain = [&](const Peer& peer, std::string_view service, std::optional<std::string> user = "alice") {
    auto out = world_.Call(world_.login(), &LoginService::Explain, peer, {std::move(user), std::string(service), {}, {}});
    EXPECT_TRUE(out.ok()) << out.error().text;
    return *std::move(out);
  };
  EXPECT_EQ(explain(World::Root(), "sshd").decision, Decision::kDeny) << "not enrolled";
  EXPECT_EQ(explain(World::Root(), "lobby").decision, Decision::kSkip);
  world_.AddOtp("alice", "phone");
  EXPECT_EQ(explain(World::Root(), "sshd").decision, Decision::kAsk);
  EXPECT_EQ(explain(World::Root(), "sshd").rule, "ssh");
  EXPECT_EQ(explain(World::Root(), "cron").decision, Decision::kSkip);
  EXPECT_EQ(explain(World::Root(), "telnet").decision, Decision::kDeny);
  EXPECT_EQ(explain(World::Root(), "vault").decision, Decision::kDeny);
  EXPECT_EQ(explain(World::Alice(), "sshd", {}).decision, Decision::kAsk);
  EXPECT_EQ(world_.Call(world_.login(), &LoginService::Explain, World::Bob(), {"alice", "sshd", {}, {}}).error().reason, "other_user");
  const auto remote = world_.Call(world_.login(), &LoginService::Explain, World::Alice(),
                                  {{}, "sshd", {}, proto::login::Explain::In::Locality::kLocal});
  EXPECT_EQ(remote.error().reason, "not_trusted");
}

}  // namespace
}  // namespace fob::core
