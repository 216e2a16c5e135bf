// Logins in a browser: what signs one in, what does not, and what nobody learns by trying.
#include "tests/unit/core/web_fixture.h"

namespace fob::core {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kUp;
using testing::kUv;
using testing::World;

TEST_F(WebLife, AKeyThatVerifiesItsUserIsEnough) {
  const proto::Step begun = Begin();
  EXPECT_THAT(begun.offers, ElementsAre(Offer::kKey));
  EXPECT_TRUE(begun.key->credentials.empty()) << "any passkey may answer";
  auto done = Key(Answer(begun, blue_, kUp | kUv, 11));
  ASSERT_TRUE(done.ok()) << ReasonOf(done);
  ASSERT_TRUE(done->session.has_value());
  EXPECT_TRUE(done->offers.empty());
  EXPECT_EQ(done->signed_in->user, "alice");
  EXPECT_EQ(done->signed_in->acr, "phr");
  EXPECT_THAT(done->signed_in->factors, ElementsAre("key+uv"));
  const auto shown = Show(*done->session);
  ASSERT_TRUE(shown.ok());
  EXPECT_EQ(shown->login, done->signed_in->login);
  const AuditEntry entry = world_.LastEntry();
  EXPECT_EQ(entry.action, "login");
  EXPECT_EQ(entry.service, "fob-web");
  EXPECT_EQ(entry.rhost, "192.0.2.7");
  EXPECT_EQ(entry.rule, "web");
}

TEST_F(WebLife, ATouchTakesThePasswordToo) {
  auto step = Key(Answer(Begin(), blue_, kUp, 11));
  ASSERT_TRUE(step.ok());
  EXPECT_FALSE(step->session.has_value());
  EXPECT_THAT(step->offers, ElementsAre(Offer::kPassword));
  auto done = Password(*step, "wonderland");
  ASSERT_TRUE(done.ok() && done->session.has_value());
  EXPECT_THAT(done->signed_in->factors, ElementsAre("key", "password"));
}

TEST_F(WebLife, CodesComeAfterThePasswordOnly) {
  const proto::Step begun = Begin();
  auto named = Identify(begun, "alice");
  ASSERT_TRUE(named.ok());
  EXPECT_THAT(named->offers, ElementsAre(Offer::kKey, Offer::kPassword));
  EXPECT_EQ(ReasonOf(Code(*named, world_.Code("phone"))), "not_offered");
  auto wrong = Password(*named, "looking-glass");
  ASSERT_TRUE(wrong.ok());
  EXPECT_THAT(wrong->message.value_or(""), HasSubstr("not accepted"));
  auto known = Password(*wrong, "wonderland");
  ASSERT_TRUE(known.ok());
  EXPECT_THAT(known->offers, ElementsAre(Offer::kKey, Offer::kCode));
  auto done = Code(*known, world_.Code("phone"));
  ASSERT_TRUE(done.ok() && done->session.has_value()) << ReasonOf(done);
  EXPECT_EQ(done->signed_in->acr, "mfa");
}

TEST_F(WebLife, I18_ACodeThatWasUsedSignsNobodyIn) {
  const std::string code = world_.Code("phone");
  for (const bool first : {true, false}) {
    auto known = Password(*Identify(Begin(), "alice"), "wonderland");
    ASSERT_TRUE(known.ok());
    const auto done = Code(*known, code);
    EXPECT_EQ(done.ok() && done->session.has_value(), first);
  }
}

// The same offers, the same kind of credentials, the same texts, and no answer sooner than another.
TEST_F(WebLife, NobodyLearnsWhetherAUserIsThere) {
  world_.AddOtp("bob", "bobs");  // without a key
  std::string told;
  for (const char* user : {"alice", "bob", "root", "nobody-of-this-name"}) {
    auto step = Identify(Begin(), user);
    ASSERT_TRUE(step.ok()) << user;
    EXPECT_THAT(step->offers, ElementsAre(Offer::kKey, Offer::kPassword)) << user;
    ASSERT_EQ(step->key->credentials.size(), 1u) << user;
    EXPECT_FALSE(step->message.has_value());
    const auto again = Identify(Begin(), user);
    EXPECT_EQ(again->key->credentials.front().credential_id, step->key->credentials.front().credential_id) << user;
    waited_ = false;
    auto refused = Password(*step, "a guess");
    ASSERT_TRUE(refused.ok()) << user;
    EXPECT_TRUE(waited_) << user;
    if (told.empty()) told = *refused->message;
    EXPECT_EQ(*refused->message, told) << user;
    waited_ = false;
    KeyRecord none = blue_;
    none.credential_id = *Base64UrlDecode(step->key->credentials.front().credential_id);
    auto answer = Answer(*refused, none, kUp | kUv, 200, "webauthn.get", "https://evil.example.org");
    answer.user_handle.reset();
    const auto key = Key(std::move(answer));
    ASSERT_TRUE(key.ok()) << user;
    EXPECT_TRUE(waited_) << user;
    EXPECT_EQ(*key->message, told) << user;
    EXPECT_THAT(world_.passwords.asked, ::testing::Contains(user));
  }
}

TEST_F(WebLife, LockedAndUnenrolledUsersAreRefusedAsWrongOnesAre) {
  ASSERT_TRUE(world_.Call(world_.admin(), &AdminService::LockUser, World::Root(), {"alice"}).ok());
  auto refused = Key(Answer(Begin(), blue_, kUp | kUv, 11));
  ASSERT_TRUE(refused.ok());
  EXPECT_FALSE(refused->session.has_value());
  EXPECT_EQ(world_.LastEntry().detail, "user_locked");
  // Who proved the password may be told how to go on.
  auto bob = Password(*Identify(Begin(), "bob"), "builder");
  ASSERT_TRUE(bob.ok());
  EXPECT_THAT(*bob->message, HasSubstr("administrator"));
  EXPECT_EQ(world_.LastEntry().detail, "not_enrolled");
}

TEST_F(WebLife, AnAnswerIsForItsChallengeItsOriginAndItsKindOnly) {
  const auto refused = [&](proto::web::ProveKey::In in, std::string_view what) {
    const auto step = Key(std::move(in));
    EXPECT_TRUE(step.ok() && !step->session.has_value()) << what;
  };
  proto::Step step = Begin();
  refused(Answer(step, blue_, kUp | kUv, 11, "webauthn.create"), "the other ceremony");
  step = Begin();
  refused(Answer(step, blue_, kUp | kUv, 11, "org.fobd.get"), "a local ceremony's");
  step = Begin();
  refused(Answer(step, blue_, kUp | kUv, 11, "webauthn.get", "https://evil.example.org"), "another origin");
  step = Begin();
  refused(Answer(step, blue_, 0, 11), "no touch");
  step = Begin();
  auto in = Answer(step, blue_, kUp | kUv, 11);
  in.user_handle = Base64UrlEncode(AsBytes("sub-bob"));
  refused(std::move(in), "another user's handle");
  in = Answer(step, blue_, kUp | kUv, 11);
  refused(std::move(in), "a challenge that was answered");
}

TEST_F(WebLife, I8_ACounterThatGoesBackSignsNobodyIn) {
  SignIn(50);
  const auto step = Key(Answer(Begin(), blue_, kUp | kUv, 50));
  EXPECT_TRUE(!step.ok() || !step->session.has_value());
}

TEST_F(WebLife, I35_AnAttemptIsItsBrowsersAlone) {
  const proto::Step begun = Begin();
  auto in = Answer(begun, blue_, kUp | kUv, 11);
  in.browser = Browser("another");
  EXPECT_EQ(ReasonOf(Key(std::move(in))), "attempt");
  EXPECT_TRUE(Key(Answer(begun, blue_, kUp | kUv, 11)).ok());
  EXPECT_EQ(ReasonOf(Key(Answer(begun, blue_, kUp | kUv, 12))), "attempt") << "it is done";
  const proto::Step old = Begin();
  world_.Advance(WebAttempts::kLifetimeMs + 1);
  EXPECT_EQ(ReasonOf(Key(Answer(old, blue_, kUp | kUv, 13))), "attempt");
}

TEST_F(WebLife, GuessesFromAfarAreSlowedDownAndLockNobodyOutHere) {
  auto step = Identify(Begin(), "alice");
  for (int i = 0; i < 5; ++i) step = Password(*step, "a guess");
  ASSERT_TRUE(step.ok());
  const size_t asked = world_.passwords.asked.size();
  auto held = Password(*step, "wonderland");
  ASSERT_TRUE(held.ok());
  EXPECT_FALSE(held->session.has_value());
  EXPECT_EQ(world_.passwords.asked.size(), asked) << "PAM is not asked while the next try has to wait";
  EXPECT_EQ(world_.LastEntry().detail, "locked_out");
  testing::Dialogue local;
  world_.Sit(testing::kAliceUid);
  world_.Begin(local, World::Root(), "alice", "sshd");
  world_.Answer(local, world_.Code("phone"));
  EXPECT_NE(local.granted(), nullptr);
}

TEST_F(WebLife, AnAttemptEndsAfterTenWrongAnswers) {
  auto step = Identify(Begin(), "nobody-of-this-name");
  for (int i = 0; i < 9; ++i) {
    step = Password(*step, "a guess");
    ASSERT_TRUE(step.ok()) << i;
  }
  const SecretBytes attempt = step->attempt.Clone();
  EXPECT_EQ(ReasonOf(Password(*step, "a guess")), "attempt_over");
  proto::Step again;
  again.attempt = attempt.Clone();
  EXPECT_EQ(ReasonOf(Password(again, "a guess")), "attempt");
}

TEST_F(WebLife, ASessionEndsWithItsLogin) {
  const proto::Step done = SignIn();
  ASSERT_TRUE(Patiently(world_.web_sessions(), &WebSessions::EndSession, {done.session->Clone()}).ok());
  EXPECT_EQ(ReasonOf(Show(*done.session)), "session");
  const auto login = world_.store().FindLogin(done.signed_in->login, world_.forward().Now(), world_.host.BootId());
  EXPECT_EQ(login->state, LoginState::kEnded) << "it was made in the browser";
  const proto::Step other = SignIn(200);
  AuditEntry audit;
  audit.action = "test.end";
  ASSERT_TRUE(world_.store().EndLogin(other.signed_in->login, world_.forward().Now(), world_.host.BootId(), audit).ok());
  EXPECT_EQ(ReasonOf(Show(*other.session)), "session");
}

// A browser's user acts as itself, and as nobody else: not even as the administrator that its uid would be.
TEST_F(WebLife, I5_ABrowserHasItsUsersRightsOnly) {
  const proto::Step done = SignIn();
  EXPECT_EQ(ReasonOf(ActAs(*done.session, World::Bob())), "not_gateway");
  const auto acting = ActAs(*done.session);
  ASSERT_TRUE(acting.ok());
  EXPECT_EQ(acting->uid, testing::kAliceUid);
  Peer root = *acting;
  root.uid = 0;
  EXPECT_FALSE(world_.authority().IsTrusted(root));
  EXPECT_FALSE(world_.authority().IsGateway(root));
  EXPECT_EQ(world_.authority().Admit(World::Gateway(), Who::kSelfOrTrusted).error().reason, "not_trusted");
  EXPECT_EQ(world_.authority().Admit(World::Gateway(), Who::kTrusted).error().reason, "not_trusted");
}

TEST_F(WebLife, TheClassThatIsWantedIsAskedForAsFarAsTheUserHasMeans) {
  // A code would do for the rule; a key is wanted.
  auto known = Password(*Identify(Begin("phr"), "alice"), "wonderland");
  auto step = Code(*known, world_.Code("phone"));
  ASSERT_TRUE(step.ok());
  EXPECT_FALSE(step->session.has_value());
  EXPECT_THAT(step->offers, ElementsAre(Offer::kKey));
  auto done = Key(Answer(*step, blue_, kUp, 11));
  ASSERT_TRUE(done.ok() && done->session.has_value());
  EXPECT_EQ(done->signed_in->acr, "phr");
  // Bob has none.
  world_.AddOtp("bob", "bobs");
  auto bob = Code(*Password(*Identify(Begin("phr"), "bob"), "builder"), world_.Code("bobs"));
  ASSERT_TRUE(bob.ok() && bob->session.has_value());
  EXPECT_EQ(bob->signed_in->acr, "mfa");
}

TEST_F(WebLife, ALinkSignsABrowserInAsALoginOfThisHostOnce) {
  const proto::LoginInfo login = world_.LoggedIn();
  const auto create = [&](const Peer& peer, std::string target) {
    return Patiently(world_.links(), &WebLinks::CreateLink, {std::move(target), login.login}, peer);
  };
  EXPECT_EQ(ReasonOf(create(World::Alice(), "https://evil.example.org/")), "bad_target");
  EXPECT_EQ(ReasonOf(create(World::Alice(), "javascript:alert(1)")), "bad_target");
  EXPECT_EQ(ReasonOf(create(World::Bob(), "https://login.example.org/")), "no_such_login");
  auto made = create(World::Alice(), "https://login.example.org/account");
  ASSERT_TRUE(made.ok()) << ReasonOf(made);
  const auto show = [&](std::string_view browser) {
    return Patiently(world_.links(), &WebLinks::ShowLink, {Browser(browser), made->link.Clone()});
  };
  const auto shown = show("mine");
  ASSERT_TRUE(shown.ok());
  EXPECT_EQ(shown->user, "alice");
  EXPECT_EQ(ReasonOf(show("another")), "link") << "the first browser that shows it has it";
  const auto follow = [&](std::string_view browser) {
    return Patiently(world_.links(), &WebLinks::FollowLink, {Browser(browser), made->link.Clone()});
  };
  EXPECT_EQ(ReasonOf(follow("another")), "link");
  const auto followed = follow("mine");
  ASSERT_TRUE(followed.ok()) << ReasonOf(followed);
  EXPECT_EQ(followed->signed_in.login, login.login);
  EXPECT_EQ(ReasonOf(follow("mine")), "link") << "once";
  // Signing out of the browser leaves the login of the host alone.
  ASSERT_TRUE(Patiently(world_.web_sessions(), &WebSessions::EndSession, {followed->session.Clone()}).ok());
  EXPECT_EQ(world_.store().FindLogin(login.login, world_.forward().Now(), world_.host.BootId())->state, LoginState::kLive);
}

TEST_F(WebLife, AKeyIsEnrolledInTheBrowserOfAFreshLoginOnly) {
  const proto::Step done = SignIn();
  auto begun = Patiently(world_.account(), &WebAccount::BeginKey, {done.session->Clone(), "green", true});
  ASSERT_TRUE(begun.ok()) << ReasonOf(begun);
  EXPECT_EQ(begun->key.credentials.size(), 1u) << "those that are enrolled may not be again";
  EXPECT_EQ(begun->key.user_handle, Base64UrlEncode(AsBytes("sub-alice"))) << "as at the command line";
  const auto finish = [&](std::string_view type) {
    const std::string data = std::string(type) + "|" + begun->key.challenge + "|https://login.example.org";
    const std::string object = "none|signed " + Base64UrlEncode(AsBytes(data)) + "|\x05";
    return Patiently(world_.account(), &WebAccount::FinishKey,
                     {done.session->Clone(), begun->attempt.Clone(), Base64UrlEncode(AsBytes("new-credential-1")),
                      Base64UrlEncode(AsBytes(data)), Base64UrlEncode(AsBytes(object)), {"internal", "<script>"}});
  };
  const auto added = finish("webauthn.create");
  ASSERT_TRUE(added.ok()) << ReasonOf(added);
  EXPECT_EQ(added->key.name, "green");
  EXPECT_TRUE(added->key.discoverable && added->key.user_verification);
  EXPECT_THAT(added->key.transports, ElementsAre("internal"));
  EXPECT_EQ(ReasonOf(finish("webauthn.create")), "attempt") << "its challenge is answered";
  world_.Advance(301'000);
  EXPECT_EQ(ReasonOf(Patiently(world_.account(), &WebAccount::BeginKey, {done.session->Clone(), "red", true})), "login_again");
  EXPECT_EQ(ReasonOf(Patiently(world_.account(), &WebAccount::BeginOtp, {done.session->Clone(), "tablet"})), "login_again");
}

TEST_F(WebLife, CodesAreEnrolledByOneGoodCode) {
  const proto::Step done = SignIn();
  auto begun = Patiently(world_.account(), &WebAccount::BeginOtp, {done.session->Clone(), "tablet"});
  ASSERT_TRUE(begun.ok());
  const auto finish = [&](const std::string& code) {
    return Patiently(world_.account(), &WebAccount::FinishOtp, {done.session->Clone(), begun->attempt.Clone(), SecretBytes(code)});
  };
  EXPECT_EQ(ReasonOf(finish("000000")), "wrong_code");
  const auto added = finish(world_.Code("tablet"));
  ASSERT_TRUE(added.ok()) << ReasonOf(added);
  EXPECT_EQ(added->otp.name, "tablet");
}

}  // namespace
}  // namespace fob::core
