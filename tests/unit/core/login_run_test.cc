// A login from Begin to its outcome, on the core's fakes and the real store.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/encoding.h"
#include "tests/support/core_fakes/world.h"

namespace fob::core {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Dialogue;
using testing::World;
using Kind = proto::Ask::Kind;
using Outcome_ = proto::Granted::Outcome;

class LoginRunTest : public ::testing::Test {
 protected:
  proto::login::Begin::In At(std::string service, std::string user = "alice") {
    proto::login::Begin::In in;
    in.user = std::move(user);
    in.service = std::move(service);
    return in;
  }
  World world_;
};

// --- codes

TEST_F(LoginRunTest, ACodeYieldsALoginForATrustedCaller) {
  const OtpRecord otp = world_.AddOtp("alice", "phone");
  Dialogue dialogue;
  auto in = At("sshd");
  in.rhost = "198.51.100.7";
  in.tty = "ssh";
  in.vouched = {"password"};
  world_.Begin(dialogue, World::Root(), std::move(in));
  ASSERT_TRUE(dialogue.asks(Kind::kCode)) << dialogue.reason();
  world_.Answer(dialogue, world_.Code("phone"));
  const proto::Granted* granted = dialogue.granted();
  ASSERT_NE(granted, nullptr) << dialogue.reason();
  EXPECT_EQ(granted->outcome, Outcome_::kLogin);
  EXPECT_EQ(granted->user, "alice");
  EXPECT_THAT(granted->factors, ElementsAre("password", "totp"));
  EXPECT_EQ(granted->rule, "ssh");
  ASSERT_TRUE(granted->handle.has_value());
  EXPECT_THAT(std::string(granted->handle->RevealText()), ::testing::StartsWith("handle_"));
  EXPECT_GE(granted->handle->size(), 7u + 43u) << "256 random bits";
  EXPECT_EQ(granted->expires_at, world_.clock.UnixSeconds() + 12 * 3600);
  const AuditEntry entry = world_.LastEntry();
  EXPECT_EQ(entry.action, "login");
  EXPECT_EQ(entry.outcome, Outcome::kAllowed);
  EXPECT_EQ(entry.user, "alice");
  EXPECT_EQ(entry.caller_uid, 0);
  EXPECT_EQ(entry.caller_pid, World::Root().pid);
  EXPECT_EQ(entry.service, "sshd");
  EXPECT_EQ(entry.tty, "ssh");
  EXPECT_EQ(entry.rhost, "198.51.100.7");
  EXPECT_EQ(entry.rule, "ssh");
  EXPECT_EQ(entry.subject, otp.id);
  EXPECT_EQ(entry.detail, "password totp");
  EXPECT_EQ(dialogue.lasts, 2) << "one for the question, one for the outcome";
}

TEST_F(LoginRunTest, AWrongCodeIsDenied) {
  world_.AddOtp("alice", "phone");
  for (const std::string& code : {std::string("000000"), std::string(), world_.Code("phone", 2), world_.Code("phone", -2)}) {
    Dialogue dialogue;
    world_.Begin(dialogue, World::Root(), "alice", "sshd");
    world_.Answer(dialogue, code);
    ASSERT_TRUE(dialogue.error.has_value()) << code;
    EXPECT_EQ(dialogue.error->code, Code::kDenied);
    EXPECT_EQ(dialogue.error->reason, "wrong_code");
    EXPECT_EQ(world_.LastEntry().outcome, Outcome::kDenied);
    EXPECT_EQ(world_.LastEntry().detail, "wrong_code");
  }
}

TEST_F(LoginRunTest, I18_ACodeWorksOnce) {
  world_.AddOtp("alice", "phone");
  for (const bool first : {true, false}) {
    Dialogue dialogue;
    world_.Begin(dialogue, World::Root(), "alice", "sshd");
    world_.Answer(dialogue, world_.Code("phone"));
    EXPECT_EQ(dialogue.granted() != nullptr, first);
    if (!first) { EXPECT_EQ(dialogue.reason(), "replayed_code"); }
  }
  // Nor does an older one that is still in the window.
  Dialogue older;
  world_.Begin(older, World::Root(), "alice", "sshd");
  world_.Answer(older, world_.Code("phone", -1));
  EXPECT_EQ(older.reason(), "replayed_code");
}

TEST_F(LoginRunTest, I18_TwoAtOnceWithOneCodeAreOneLogin) {
  world_.AddOtp("alice", "phone");
  Dialogue one;
  Dialogue two;
  world_.Begin(one, World::Root(), "alice", "sshd");
  world_.Begin(two, World::Root(), "alice", "sshd");
  world_.queue().hold = true;
  world_.Answer(one, world_.Code("phone"));
  world_.Answer(two, world_.Code("phone"));
  world_.queue().hold = false;
  world_.Settle();
  EXPECT_NE(one.granted(), nullptr);
  EXPECT_EQ(two.reason(), "replayed_code");
}

TEST_F(LoginRunTest, EveryCodeOfTheUserIsTried) {
  world_.AddOtp("alice", "phone");
  world_.AddOtp("alice", "tablet");
  world_.AddOtp("bob", "bobs");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "sshd");
  world_.Answer(dialogue, world_.Code("tablet"));
  EXPECT_NE(dialogue.granted(), nullptr);
  Dialogue other;
  world_.Begin(other, World::Root(), "alice", "sshd");
  world_.Answer(other, world_.Code("bobs"));
  EXPECT_EQ(other.reason(), "wrong_code") << "another user's code";
}

TEST_F(LoginRunTest, NothingIsGrantedBeforeItIsDurable) {
  world_.AddOtp("alice", "phone");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "sshd");
  world_.queue().hold = true;
  world_.Answer(dialogue, world_.Code("phone"));
  EXPECT_EQ(dialogue.lasts, 1);
  world_.queue().hold = false;
  world_.Settle();
  EXPECT_NE(dialogue.granted(), nullptr);
}

TEST_F(LoginRunTest, ACommitThatFailsIsARefusal) {
  world_.AddOtp("alice", "phone");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "sshd");
  world_.queue().write_error = MakeError(Code::kUnavailable, "disk_full", "the disk is full");
  world_.Answer(dialogue, world_.Code("phone"));
  EXPECT_EQ(dialogue.granted(), nullptr);
  EXPECT_EQ(dialogue.reason(), "disk_full");
  // The code was not used up.
  world_.queue().write_error.reset();
  Dialogue again;
  world_.Begin(again, World::Root(), "alice", "sshd");
  world_.Answer(again, world_.Code("phone"));
  EXPECT_NE(again.granted(), nullptr);
}

// --- keys

TEST_F(LoginRunTest, ATouchYieldsALogin) {
  const KeyRecord key = world_.AddKey("alice", "blue");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "door");
  ASSERT_EQ(world_.desk.busy(), 1);
  const auto talk = world_.desk.current();
  ASSERT_TRUE(talk->get.has_value());
  ASSERT_EQ(talk->get->credentials.size(), 1u);
  EXPECT_EQ(talk->get->credentials[0].credential_id, Base64UrlEncode(key.credential_id));
  EXPECT_EQ(talk->get->user_verification, proto::worker::GetAssertion::In::UserVerification::kDiscouraged);
  EXPECT_FALSE(talk->get->pin.has_value());
  EXPECT_EQ(talk->get->pin_floor, 3);
  EXPECT_EQ(talk->get->timeout_ms, 30'000);
  talk->Say(proto::Progress::Kind::kInsert);
  talk->Say(proto::Progress::Kind::kTouch);
  talk->Assert(key, testing::kUp, 11);
  world_.Settle();
  ASSERT_NE(dialogue.granted(), nullptr) << dialogue.reason();
  EXPECT_EQ(dialogue.granted()->outcome, Outcome_::kLogin);
  EXPECT_THAT(dialogue.granted()->factors, ElementsAre("key"));
  ASSERT_EQ(dialogue.infos.size(), 2u);
  EXPECT_EQ(dialogue.infos[0].kind, proto::Info::Kind::kInsert);
  EXPECT_EQ(dialogue.infos[1].kind, proto::Info::Kind::kTouch);
  EXPECT_EQ(world_.LastEntry().subject, key.id);
  EXPECT_EQ(world_.desk.alive(), 0) << "the worker is let go";
}

TEST_F(LoginRunTest, I9_ThePromptAndWhatIsSignedNameUserAndService) {
  const KeyRecord key = world_.AddKey("alice", "blue");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "door");
  world_.desk.current()->Say(proto::Progress::Kind::kTouch);
  EXPECT_THAT(dialogue.infos.at(0).message, HasSubstr("alice at door"));
  ASSERT_EQ(world_.verifier.client_data.size(), 1u);
  EXPECT_EQ(world_.verifier.client_data[0].type, "org.fobd.get");
  EXPECT_EQ(world_.verifier.client_data[0].user, "alice");
  EXPECT_EQ(world_.verifier.client_data[0].service, "door");
  EXPECT_EQ(world_.verifier.challenges[0].size(), 32u);
}

TEST_F(LoginRunTest, EachTryHasAChallengeOfItsOwn) {
  const KeyRecord key = world_.AddKey("alice", "blue");
  std::string signature;
  for (int i = 0; i < 2; ++i) {
    Dialogue dialogue;
    world_.Begin(dialogue, World::Root(), "alice", "door");
    const auto talk = world_.desk.current();
    if (i == 0) {
      signature = Base64UrlEncode(AsBytes("signed " + talk->get->client_data_hash));
      continue;
    }
    // What was signed for another challenge does not count.
    proto::Assertion old;
    old.rp_id = key.rp_id;
    old.credential_id = Base64UrlEncode(key.credential_id);
    old.auth_data = Base64UrlEncode(Bytes{testing::kUp, 0, 0, 0, 99});
    old.signature = signature;
    talk->Assert(std::move(old));
    world_.Settle();
    EXPECT_EQ(dialogue.reason(), "bad_signature");
  }
  EXPECT_NE(world_.verifier.challenges.at(0), world_.verifier.challenges.at(1));
}

TEST_F(LoginRunTest, I2_TheSignedFlagsCountNotWhatWasAsked) {
  const KeyRecord key = world_.AddKey("alice", "blue");
  const struct {
    const char* service;
    uint8_t flags;
    const char* reason;
    const char* factor;
  } rows[] = {
      {"door", testing::kUp, "", "key"},
      {"door", testing::kUp | testing::kUv, "", "key+uv"},  // more than asked
      {"door", 0, "not_present", ""},
      {"door", testing::kUv, "not_present", ""},
      {"vault", testing::kUp | testing::kUv, "", "key+uv"},
      {"vault", testing::kUp, "not_user_verified", ""},
      {"vault", testing::kUv, "not_present", ""},
      {"vault", 0, "not_present", ""},
  };
  uint32_t counter = 100;
  for (const auto& row : rows) {
    Dialogue dialogue;
    world_.Begin(dialogue, World::Root(), "alice", row.service);
    world_.desk.current()->Assert(key, row.flags, ++counter);
    world_.Settle();
    EXPECT_EQ(dialogue.reason(), row.reason) << row.service << " " << int{row.flags};
    ASSERT_EQ(dialogue.granted() != nullptr, *row.reason == 0);
    if (dialogue.granted() != nullptr) { EXPECT_THAT(dialogue.granted()->factors, ElementsAre(row.factor)); }
  }
}

TEST_F(LoginRunTest, I2_ACancelledPinPromptIsARefusal) {
  world_.AddKey("alice", "blue");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "vault");
  world_.desk.current()->NeedPin(8);
  ASSERT_TRUE(dialogue.asks(Kind::kPin));
  world_.Answer(dialogue, "");
  EXPECT_EQ(dialogue.reason(), "no_pin_given");
  EXPECT_EQ(world_.desk.alive(), 0);
}

TEST_F(LoginRunTest, I12_APinGoesToTheKeyOnceAPromptAndThreeTimesAtMost) {
  const KeyRecord key = world_.AddKey("alice", "blue");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "vault");
  EXPECT_EQ(world_.desk.current()->get->user_verification, proto::worker::GetAssertion::In::UserVerification::kRequired);
  world_.desk.current()->NeedPin(8);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(dialogue.asks(Kind::kPin)) << i;
    EXPECT_FALSE(dialogue.turn->ask->echo);
    EXPECT_THAT(dialogue.prompt(), HasSubstr("alice at vault"));
    const std::string pin = "12" + std::to_string(i);
    world_.Answer(dialogue, pin);
    const auto talk = world_.desk.current();
    ASSERT_TRUE(talk->get->pin.has_value());
    EXPECT_EQ(talk->get->pin->RevealText(), pin);
    talk->Fail(MakeError(Code::kDenied, "wrong_pin", "wrong PIN, " + std::to_string(7 - i) + " tries left"));
    world_.Settle();
    if (i < 2) { EXPECT_THAT(dialogue.prompt(), HasSubstr(std::to_string(7 - i) + " tries left")); }
  }
  EXPECT_EQ(dialogue.reason(), "wrong_pin");
  EXPECT_EQ(world_.desk.alive(), 0);
}

TEST_F(LoginRunTest, I10_TheDeskIsFreeWhileAPersonTypes) {
  const KeyRecord blue = world_.AddKey("alice", "blue");
  const KeyRecord red = world_.AddKey("bob", "red");
  Dialogue alice;
  world_.Begin(alice, World::Root(), "alice", "vault");
  world_.desk.current()->NeedPin(8);
  ASSERT_TRUE(alice.asks(Kind::kPin));
  Dialogue bob;
  world_.Begin(bob, World::Root(), "bob", "door");
  EXPECT_TRUE(bob.infos.empty()) << "nobody goes first";
  world_.desk.current()->Assert(red, testing::kUp, 11);
  world_.Settle();
  EXPECT_NE(bob.granted(), nullptr);
  world_.Answer(alice, "1234");
  world_.desk.current()->Assert(blue, testing::kUp | testing::kUv, 11);
  world_.Settle();
  EXPECT_NE(alice.granted(), nullptr) << alice.reason();
}

TEST_F(LoginRunTest, I9_I10_OneTouchWaitsAtATimeAndTheOtherIsToldWhy) {
  const KeyRecord blue = world_.AddKey("alice", "blue");
  const KeyRecord red = world_.AddKey("bob", "red");
  Dialogue alice;
  Dialogue bob;
  world_.Begin(alice, World::Root(), "alice", "door");
  world_.Begin(bob, World::Root(), "bob", "sudo");
  EXPECT_EQ(world_.desk.busy(), 1);
  ASSERT_EQ(bob.infos.size(), 1u);
  EXPECT_EQ(bob.infos[0].kind, proto::Info::Kind::kWait);
  EXPECT_THAT(bob.infos[0].message, HasSubstr("alice at door"));
  world_.desk.current()->Assert(blue, testing::kUp, 11);
  world_.Settle();
  EXPECT_NE(alice.granted(), nullptr);
  ASSERT_EQ(world_.desk.busy(), 1);
  world_.desk.current()->Assert(red, testing::kUp, 11);
  world_.Settle();
  EXPECT_NE(bob.granted(), nullptr);
}

TEST_F(LoginRunTest, I10_EveryEndOfOneLetsTheNextGo) {
  world_.AddKey("alice", "blue");
  world_.AddKey("bob", "red");
  using Way = void (*)(World&, Dialogue&);
  const std::map<std::string, Way> ways = {
      {"the caller goes", [](World&, Dialogue& d) { d.Hang(); }},
      {"time passes", [](World& w, Dialogue&) { w.Advance(20'000); }},
      {"the worker fails", [](World& w, Dialogue&) { w.desk.current()->Fail(MakeError(Code::kUnavailable, "worker_gone", "gone")); }},
      {"the worker answers nothing", [](World& w, Dialogue&) { w.desk.current()->Nothing(); }},
      {"a PIN is asked for", [](World& w, Dialogue&) { w.desk.current()->NeedPin(3); }},
      {"an answer without a question", [](World&, Dialogue& d) { d.Answer("x"); }},
  };
  for (const auto& [name, way] : ways) {
    Dialogue alice;
    Dialogue bob;
    auto in = At("door");
    in.timeout_ms = 20'000;
    world_.Begin(alice, World::Root(), std::move(in));
    world_.Begin(bob, World::Root(), "bob", "door");
    const auto first = world_.desk.current();
    ASSERT_EQ(first->get->credentials.size(), 1u);
    way(world_, alice);
    world_.Settle();
    EXPECT_EQ(world_.desk.busy(), 1) << name;
    EXPECT_NE(world_.desk.current(), first) << name << ": bob's turn";
  }
}

TEST_F(LoginRunTest, TheAnsweringKeyMustBeOneOfThoseThatWereAsked) {
  world_.AddKey("alice", "blue");
  const KeyRecord red = world_.AddKey("bob", "red");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "door");
  world_.desk.current()->Assert(red, testing::kUp, 11);
  world_.Settle();
  EXPECT_EQ(dialogue.reason(), "wrong_credential");
}

TEST_F(LoginRunTest, ACounterThatGoesBackIsDeniedOrTold) {
  const KeyRecord key = world_.AddKey("alice", "blue");  // 10 is stored
  for (const bool deny : {true, false}) {
    world_.settings.deny_counter_regress = deny;
    Dialogue dialogue;
    world_.Begin(dialogue, World::Root(), "alice", "door");
    world_.desk.current()->Assert(key, testing::kUp, 9);
    world_.Settle();
    EXPECT_EQ(dialogue.reason(), deny ? "counter_regressed" : "");
    EXPECT_THAT(world_.LastEntry().detail, HasSubstr("counter_regressed"));
  }
}

TEST_F(LoginRunTest, EitherFactorMayBeChosen) {
  const KeyRecord key = world_.AddKey("alice", "blue");
  world_.AddOtp("alice", "phone");
  Dialogue code;
  world_.Begin(code, World::Root(), "alice", "sudo");
  ASSERT_TRUE(code.asks(Kind::kChoice));
  EXPECT_EQ(world_.desk.alive(), 0) << "no key blinks while a person chooses";
  world_.Answer(code, world_.Code("phone"));
  EXPECT_NE(code.granted(), nullptr);
  Dialogue touch;
  world_.Begin(touch, World::Root(), "alice", "sudo");
  world_.Answer(touch, "");
  world_.desk.current()->Assert(key, testing::kUp, 11);
  world_.Settle();
  EXPECT_NE(touch.granted(), nullptr);
}

TEST_F(LoginRunTest, HardwareIsClaimedOnlyForAnAttestedKeyThatIsNotBackedUp) {
  const KeyRecord key = world_.AddKey("alice", "blue");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "door");
  world_.desk.current()->Assert(key, testing::kUp | testing::kUv, 11);
  world_.Settle();
  auto login = *world_.store().ListLogins({std::nullopt, false, world_.clock.UnixSeconds(), "boot-1"});
  ASSERT_EQ(login.size(), 1u);
  EXPECT_EQ(login[0].acr, "phr") << "attestation none";
  EXPECT_THAT(login[0].amr, ElementsAre("pop", "user", "mfa"));
  EXPECT_TRUE(login[0].multi_factor);
}

// --- locality

TEST_F(LoginRunTest, I9_NoKeyWakesForSomeoneWhoIsNotHere) {
  world_.AddKey("alice", "blue");
  const auto begin = [&](const char* service, const char* rhost, auto place) {
    world_.host.callers[0] = {};
    place();
    Dialogue dialogue;
    auto in = At(service);
    in.rhost = rhost;
    world_.Begin(dialogue, World::Root(), std::move(in));
    return std::pair(dialogue.reason(), world_.desk.busy() == 1);
  };
  const auto nowhere = [] {};
  using P = std::pair<std::string, bool>;
  EXPECT_EQ(begin("screen", "", nowhere), P("key_not_here", false)) << "nobody knows";
  EXPECT_EQ(begin("screen", "", [&] { world_.Remote(0); }), P("key_not_here", false));
  EXPECT_EQ(begin("screen", "198.51.100.7", [&] { world_.Sit(0); }), P("key_not_here", false));
  EXPECT_EQ(begin("screen", "", [&] { world_.Sit(0); }), P("", true));
  // The rule names the service: its administrator meant it.
  EXPECT_EQ(begin("door", "", nowhere), P("", true));
  EXPECT_EQ(begin("door", "198.51.100.7", nowhere), P("", true));
}

TEST_F(LoginRunTest, I9_WhoIsNotHereIsAskedForACodeInstead) {
  world_.AddKey("alice", "blue");
  world_.AddOtp("alice", "phone");
  Dialogue dialogue;
  auto in = At("screen");
  in.rhost = "198.51.100.7";
  world_.Begin(dialogue, World::Root(), std::move(in));
  EXPECT_TRUE(dialogue.asks(Kind::kCode)) << "no choice between it and the key";
  world_.Answer(dialogue, "");
  EXPECT_EQ(dialogue.reason(), "wrong_code");
  EXPECT_EQ(world_.desk.talks.size(), 0u);
}

TEST_F(LoginRunTest, I9_AnUntrustedCallerMustSitAtTheActiveSession) {
  world_.AddKey("alice", "blue");
  for (const bool active : {false, true}) {
    world_.Sit(testing::kAliceUid, active);
    Dialogue dialogue;
    world_.Begin(dialogue, World::Alice(), "alice", "screen");
    EXPECT_EQ(dialogue.reason(), active ? "" : "key_not_here");
    EXPECT_EQ(world_.desk.busy(), active ? 1 : 0);
  }
}

TEST_F(LoginRunTest, I9_AnUntrustedUidHasOnePendingTouch) {
  world_.AddKey("alice", "blue");
  world_.Sit(testing::kAliceUid);
  Dialogue one;
  Dialogue two;
  world_.Begin(one, World::Alice(), "alice", "screen");
  world_.Begin(two, World::Alice(), "alice", "screen");
  EXPECT_EQ(two.reason(), "already_waiting");
  EXPECT_EQ(world_.desk.busy(), 1);
}

// --- who gets what

TEST_F(LoginRunTest, OnlyThoseWhoMayRunLoginsGetOne) {
  const struct {
    Peer peer;
    const char* service;
    Outcome_ outcome;
  } rows[] = {
      {World::Root(), "sshd", Outcome_::kLogin},
      {World::Root(), "sudo", Outcome_::kEvent},  // elevation proves presence
      {World::Root(), "su", Outcome_::kEvent},
      {World::Postgres(), "postgresql", Outcome_::kLogin},
      {World::Alice(), "sshd", Outcome_::kEvent},  // for itself
      {World::Alice(), "fobctl", Outcome_::kEvent},
  };
  world_.AddOtp("alice", "phone");
  for (const auto& row : rows) {
    world_.Advance(60'000);
    Dialogue dialogue;
    world_.Begin(dialogue, row.peer, "alice", row.service);
    ASSERT_TRUE(dialogue.asks(Kind::kCode)) << row.service << dialogue.reason();
    world_.Answer(dialogue, world_.Code("phone"));
    ASSERT_NE(dialogue.granted(), nullptr) << row.service << dialogue.reason();
    EXPECT_EQ(dialogue.granted()->outcome, row.outcome) << row.peer.uid << row.service;
    EXPECT_EQ(dialogue.granted()->handle.has_value(), row.outcome == Outcome_::kLogin);
    EXPECT_EQ(dialogue.granted()->expires_at.has_value(), row.outcome == Outcome_::kLogin);
  }
  EXPECT_EQ(world_.store().ListLogins({std::nullopt, false, world_.clock.UnixSeconds(), "boot-1"})->size(), 2u);
}

TEST_F(LoginRunTest, I5_OthersBeginForThemselvesAlone) {
  world_.AddOtp("alice", "phone");
  world_.AddOtp("bob", "bobs");
  const auto refused = [&](const Peer& peer, const char* user, const char* service) {
    Dialogue dialogue;
    world_.Begin(dialogue, peer, user, service);
    return dialogue.reason();
  };
  EXPECT_EQ(refused(World::Bob(), "alice", "sshd"), "other_user");
  EXPECT_EQ(refused(World::Alice(), "root", "sudo"), "other_user");
  EXPECT_EQ(refused(World::Postgres(), "alice", "sshd"), "other_user") << "granted for postgresql only";
  EXPECT_EQ(refused(World::Postgres(), "alice", "postgresql"), "");
  EXPECT_EQ(world_.LastEntry().detail, "other_user");
  EXPECT_EQ(world_.LastEntry().outcome, Outcome::kDenied);
}

TEST_F(LoginRunTest, OnlyATrustedCallerVouches) {
  world_.AddOtp("alice", "phone");
  const auto vouch = [&](const Peer& peer, std::string service, std::vector<std::string> vouched) {
    Dialogue dialogue;
    auto in = At(std::move(service));
    in.vouched = std::move(vouched);
    world_.Begin(dialogue, peer, std::move(in));
    return dialogue.reason();
  };
  EXPECT_EQ(vouch(World::Root(), "sshd", {"password", "ssh-key"}), "");
  EXPECT_EQ(vouch(World::Root(), "sshd", {}), "");
  EXPECT_EQ(vouch(World::Alice(), "sshd", {"password"}), "may_not_vouch");
  EXPECT_EQ(vouch(World::Alice(), "fobctl", {"password"}), "may_not_vouch");
  EXPECT_EQ(vouch(World::Postgres(), "postgresql", {"password"}), "may_not_vouch") << "has no other of root's rights";
  EXPECT_EQ(vouch(World::Alice(), "sshd", {}), "");
  // What fobd verifies itself nobody vouches for.
  for (const char* word : {"key", "key+uv", "totp", "pin", ""}) {
    EXPECT_EQ(vouch(World::Root(), "sshd", {word}), "bad_vouched") << word;
  }
}

// --- policy

TEST_F(LoginRunTest, PolicySkipsOrDenies) {
  Dialogue skip;
  world_.Begin(skip, World::Root(), "alice", "cron");
  ASSERT_NE(skip.granted(), nullptr);
  EXPECT_EQ(skip.granted()->outcome, Outcome_::kSkip);
  EXPECT_EQ(skip.granted()->rule, "cron");
  EXPECT_FALSE(skip.granted()->handle.has_value());
  EXPECT_EQ(world_.LastEntry().detail, "skip");
  Dialogue deny;
  world_.Begin(deny, World::Root(), "alice", "telnet");
  EXPECT_EQ(deny.reason(), "policy");
  EXPECT_EQ(deny.error->code, Code::kDenied);
}

TEST_F(LoginRunTest, TheUnenrolledAreDeniedOrSkippedAsTheRuleSays) {
  Dialogue deny;
  world_.Begin(deny, World::Root(), "bob", "sshd");
  EXPECT_EQ(deny.reason(), "not_enrolled");
  Dialogue skip;
  world_.Begin(skip, World::Root(), "bob", "lobby");
  ASSERT_NE(skip.granted(), nullptr);
  EXPECT_EQ(skip.granted()->outcome, Outcome_::kSkip);
  // Somebody who was enrolled once and has no factor left is unenrolled.
  const OtpRecord otp = world_.AddOtp("bob", "old");
  ASSERT_TRUE(world_.store().RemoveOtp("bob", otp.id, {}).ok());
  Dialogue again;
  world_.Begin(again, World::Root(), "bob", "sshd");
  EXPECT_EQ(again.reason(), "not_enrolled");
}

TEST_F(LoginRunTest, SkippingTheUnenrolledSkipsNobodyElse) {
  world_.AddKey("alice", "blue");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "lobby");
  EXPECT_EQ(dialogue.granted(), nullptr);
  EXPECT_EQ(world_.desk.busy(), 1);
}

TEST_F(LoginRunTest, AFactorOfAnotherKindThanTheRuleAsksForIsNone) {
  world_.AddKey("alice", "blue");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "sshd");
  EXPECT_EQ(dialogue.reason(), "no_factor");
}

// --- errors deny

TEST_F(LoginRunTest, I1_EveryErrorOnTheWayIsARefusalNeverASkip) {
  world_.AddOtp("alice", "phone");
  const Error down = MakeError(Code::kUnavailable, "down", "it is down");
  // "lobby" skips the unenrolled and "cron" everybody: errors do not make anyone unenrolled, nor known.
  for (const char* service : {"sshd", "lobby"}) {
    for (int step = 0; step < 4; ++step) {
      world_.host.account_error = step == 0 ? std::optional(down) : std::nullopt;
      world_.host.caller_error = step == 1 ? std::optional(down) : std::nullopt;
      world_.queue().read_error = step == 2 ? std::optional(down) : std::nullopt;
      Dialogue dialogue;
      world_.Begin(dialogue, World::Root(), "alice", service);
      if (step == 3) {
        world_.queue().write_error = down;
        world_.Answer(dialogue, dialogue.asks(Kind::kChoice) || dialogue.asks(Kind::kCode) ? world_.Code("phone") : "");
      }
      world_.queue().write_error.reset();
      EXPECT_EQ(dialogue.granted(), nullptr) << service << step;
      ASSERT_TRUE(dialogue.error.has_value()) << service << step;
      EXPECT_EQ(dialogue.error->code, Code::kUnavailable);
    }
  }
}

TEST_F(LoginRunTest, I1_AStoreThatCannotWriteDelaysNoRefusal) {
  world_.queue().write_error = MakeError(Code::kUnavailable, "read_only", "the store is read-only");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "bob", "sshd");
  EXPECT_EQ(dialogue.reason(), "not_enrolled");
}

TEST_F(LoginRunTest, I13_NotEnrolledAndCannotReadAreDifferentAnswers) {
  Dialogue unenrolled;
  world_.Begin(unenrolled, World::Root(), "bob", "sshd");
  world_.queue().read_error = MakeError(Code::kUnavailable, "store_unreadable", "the store cannot be read");
  Dialogue unreadable;
  world_.Begin(unreadable, World::Root(), "bob", "sshd");
  EXPECT_EQ(unenrolled.error->code, Code::kDenied);
  EXPECT_EQ(unenrolled.reason(), "not_enrolled");
  EXPECT_EQ(unreadable.error->code, Code::kUnavailable);
  EXPECT_EQ(unreadable.reason(), "store_unreadable");
  EXPECT_NE(unenrolled.error->text, unreadable.error->text);
}

TEST_F(LoginRunTest, AnUnknownAccountAndOneThatChangedItsUidAreDenied) {
  Dialogue nobody;
  world_.Begin(nobody, World::Root(), "mallory", "sshd");
  EXPECT_EQ(nobody.reason(), "unknown_user");
  world_.AddOtp("alice", "phone");
  world_.host.accounts["alice"].uid = 2000;
  Dialogue changed;
  world_.Begin(changed, World::Root(), "alice", "sshd");
  EXPECT_EQ(changed.reason(), "user_changed");
  EXPECT_EQ(changed.error->code, Code::kDenied);
}

TEST_F(LoginRunTest, AnotherSpellingOfTheNameIsTheSameUser) {
  world_.AddOtp("alice", "phone");
  world_.host.aliases["ALICE"] = "alice";
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "ALICE", "sshd");
  EXPECT_THAT(dialogue.prompt(), HasSubstr("for alice at"));
  world_.Answer(dialogue, world_.Code("phone"));
  ASSERT_NE(dialogue.granted(), nullptr);
  EXPECT_EQ(dialogue.granted()->user, "alice");
  // I18: and the same code.
  Dialogue replay;
  world_.Begin(replay, World::Root(), "alice", "sshd");
  world_.Answer(replay, world_.Code("phone"));
  EXPECT_EQ(replay.reason(), "replayed_code");
}

TEST_F(LoginRunTest, I11_EveryFailureHasItsOwnReasonAndItsOwnMessage) {
  const KeyRecord key = world_.AddKey("alice", "blue");
  world_.AddOtp("alice", "phone");
  world_.AddKey("bob", "red");
  std::map<std::string, std::string> seen;  // text by reason
  const auto note = [&](const Dialogue& dialogue) {
    ASSERT_TRUE(dialogue.error.has_value());
    const Error& error = *dialogue.error;
    EXPECT_FALSE(error.text.empty());
    EXPECT_TRUE(seen.emplace(error.reason, error.text).second) << error.reason << " came up before";
  };
  const auto with_key = [&](const char* service, auto act) {
    Dialogue dialogue;
    world_.Begin(dialogue, World::Root(), "alice", service);
    act(*world_.desk.current());
    world_.Settle();
    note(dialogue);
  };
  // What the worker tells of comes through as it is.
  for (const auto& [reason, text] : std::map<std::string, std::string>{
           {"pin_blocked", "the PIN of this key is blocked"}, {"pin_floor", "too few PIN tries are left"},
           {"no_touch", "the key was not touched in time"}, {"no_key", "no security key is plugged in"},
           {"no_pin_set", "this key has no PIN yet"}, {"worker_gone", "the key worker ended"}}) {
    with_key("door", [&, r = reason, t = text](testing::Talk& talk) { talk.Fail(MakeError(Code::kDenied, r, t)); });
  }
  with_key("door", [](testing::Talk& talk) { talk.Nothing(); });
  with_key("door", [&](testing::Talk& talk) { talk.Assert(key, 0, 11); });
  with_key("vault", [&](testing::Talk& talk) { talk.Assert(key, testing::kUp, 11); });
  with_key("door", [&](testing::Talk& talk) {
    proto::Assertion forged;
    forged.rp_id = key.rp_id;
    forged.credential_id = Base64UrlEncode(key.credential_id);
    forged.auth_data = "AQAAAAs";
    forged.signature = "AAAA";
    talk.Assert(std::move(forged));
  });
  with_key("door", [&](testing::Talk& talk) {
    KeyRecord other = key;
    other.credential_id.push_back(1);
    talk.Assert(other, testing::kUp, 11);
  });
  with_key("door", [&](testing::Talk& talk) { talk.Assert(key, testing::kUp, 3); });
  Dialogue no_answer;
  world_.Begin(no_answer, World::Root(), "alice", "door");
  world_.Advance(60'000);
  note(no_answer);
  const auto coded = [&](std::string_view code) {
    Dialogue dialogue;
    world_.Begin(dialogue, World::Root(), "alice", "sshd");
    world_.Answer(dialogue, code);
    if (dialogue.error.has_value()) note(dialogue);
  };
  coded("000000");
  const std::string good = world_.Code("phone");
  coded(good);
  coded(good);
  const auto at_once = [&](const char* user, const char* service, const Peer& peer) {
    Dialogue dialogue;
    world_.Begin(dialogue, peer, user, service);
    note(dialogue);
  };
  at_once("alice", "telnet", World::Root());
  at_once("bob", "screen", World::Root());
  at_once("bob", "sshd", World::Root());
  at_once("postgres", "sshd", World::Root());
  at_once("mallory", "sshd", World::Root());
  at_once("alice", "sshd", World::Bob());
  at_once("alice", "fob-web", World::Root());
  world_.host.accounts["alice"].uid = 2000;
  at_once("alice", "sshd", World::Root());
  world_.host.account_error = MakeError(Code::kUnavailable, "nss_silent", "the account database did not answer");
  at_once("alice", "sshd", World::Root());
  EXPECT_GE(seen.size(), 21u);
  std::map<std::string, std::string> by_text;
  for (const auto& [reason, text] : seen) {
    EXPECT_TRUE(by_text.emplace(text, reason).second) << reason << " and " << by_text[text] << " say the same";
  }
}

// --- time, and callers who go

TEST_F(LoginRunTest, ACeremonyHasADeadlineThatTheCallerCanOnlyShorten) {
  world_.AddOtp("alice", "phone");
  const struct {
    std::optional<int64_t> asked;
    int64_t lasts;
  } rows[] = {{{}, 60'000}, {5'000, 5'000}, {600'000, 60'000}, {0, 1}, {-5, 1}, {INT64_MAX, 60'000}, {INT64_MIN, 1}};
  for (const auto& row : rows) {
    Dialogue dialogue;
    auto in = At("sshd");
    in.timeout_ms = row.asked;
    world_.Begin(dialogue, World::Root(), std::move(in));
    if (row.lasts > 1) {
      world_.Advance(row.lasts - 1);
      EXPECT_EQ(world_.timers.pending(), 1u) << row.lasts;
    }
    world_.Advance(1);
    EXPECT_EQ(world_.timers.pending(), 0u);
    EXPECT_EQ(world_.LastEntry().detail, "timed_out");
    EXPECT_EQ(world_.LastEntry().outcome, Outcome::kFailed);
  }
}

TEST_F(LoginRunTest, ALateAnswerGetsTheRefusal) {
  world_.AddOtp("alice", "phone");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "sshd");
  world_.Advance(60'000);
  EXPECT_EQ(dialogue.lasts, 1) << "nobody waits for a reply now";
  world_.Answer(dialogue, world_.Code("phone"));
  ASSERT_TRUE(dialogue.error.has_value());
  EXPECT_EQ(dialogue.error->code, Code::kTimedOut);
  EXPECT_EQ(dialogue.lasts, 2);
  EXPECT_EQ(dialogue.granted(), nullptr);
}

TEST_F(LoginRunTest, TimeThatRunsOutInTheGatheringIsATimeout) {
  for (int step = 0; step < 2; ++step) {
    world_.host.hold = step == 0;
    world_.queue().hold = step == 1;
    Dialogue dialogue;
    world_.Begin(dialogue, World::Root(), "alice", "sshd");
    world_.Advance(60'000);
    world_.host.hold = world_.queue().hold = false;
    world_.Settle();
    ASSERT_TRUE(dialogue.error.has_value()) << step;
    EXPECT_EQ(dialogue.error->code, Code::kTimedOut);
    EXPECT_EQ(dialogue.lasts, 1);
  }
}

TEST_F(LoginRunTest, ATimeoutWhileAKeyBlinksStopsIt) {
  world_.AddKey("alice", "blue");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "door");
  ASSERT_EQ(world_.desk.alive(), 1);
  world_.Advance(60'000);
  EXPECT_EQ(world_.desk.alive(), 0);
  EXPECT_EQ(dialogue.error->code, Code::kTimedOut);
}

TEST_F(LoginRunTest, ATimeoutWhileAPinIsTypedLetsTheWorkerGo) {
  world_.AddKey("alice", "blue");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "vault");
  world_.desk.current()->NeedPin(8);
  world_.Advance(60'000);
  EXPECT_EQ(world_.desk.alive(), 0) << "the connection may stay open for long";
  world_.Answer(dialogue, "1234");
  EXPECT_EQ(dialogue.error->code, Code::kTimedOut);
  EXPECT_EQ(world_.desk.alive(), 0);
}

TEST_F(LoginRunTest, I10_ACallerWhoGoesStopsTheKeyAtOnce) {
  world_.AddKey("alice", "blue");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "door");
  const auto talk = world_.desk.current();
  dialogue.Hang();
  EXPECT_FALSE(talk->alive);
  world_.Settle();
  EXPECT_EQ(world_.LastEntry().detail, "caller_gone");
  EXPECT_EQ(dialogue.lasts, 0) << "there is nobody to tell";
}

TEST_F(LoginRunTest, ACallerMayGoAtAnyPoint) {
  world_.AddOtp("alice", "phone");
  for (int held = 0; held < 4; ++held) {
    world_.host.hold = held == 0;
    world_.queue().hold = held == 1;
    {
      Dialogue dialogue;
      world_.Begin(dialogue, World::Root(), "alice", "sshd");
      if (held == 2) {  // while the outcome is made durable
        world_.queue().hold = true;
        world_.Answer(dialogue, world_.Code("phone"));
      }
    }
    world_.host.hold = world_.queue().hold = false;
    world_.Settle();
    EXPECT_EQ(world_.timers.pending(), 0u);
  }
  // The login that was made durable stays unconfirmed, and dies so.
  const auto logins = *world_.store().ListLogins({std::nullopt, false, world_.clock.UnixSeconds(), "boot-1"});
  ASSERT_EQ(logins.size(), 1u);
  EXPECT_EQ(logins[0].state, LoginState::kPending);
}

TEST_F(LoginRunTest, ATimeoutInTheCommitChangesNothing) {
  world_.AddOtp("alice", "phone");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "sshd");
  world_.queue().hold = true;
  world_.Answer(dialogue, world_.Code("phone"));
  world_.Advance(60'000);
  world_.queue().hold = false;
  world_.Settle();
  EXPECT_NE(dialogue.granted(), nullptr);
}

// --- what changes meanwhile

TEST_F(LoginRunTest, I8_AFactorThatWasRemovedBetweenBeginAndCommitIsRefused) {
  const OtpRecord otp = world_.AddOtp("alice", "phone");
  const KeyRecord key = world_.AddKey("alice", "blue");
  Dialogue code;
  world_.Begin(code, World::Root(), "alice", "sshd");
  ASSERT_TRUE(world_.store().RemoveOtp("alice", otp.id, {}).ok());
  world_.Answer(code, world_.Code("phone"));
  EXPECT_EQ(code.reason(), "factor_removed");
  EXPECT_EQ(code.error->code, Code::kDenied);

  Dialogue touch;
  world_.Begin(touch, World::Root(), "alice", "door");
  ASSERT_TRUE(world_.store().RemoveKey("alice", key.id, {}).ok());
  world_.desk.current()->Assert(key, testing::kUp, 11);
  world_.Settle();
  EXPECT_EQ(touch.reason(), "factor_removed");
}

TEST_F(LoginRunTest, I8_AUserWhoWasRebondInTheMeantimeIsRefused) {
  world_.AddOtp("alice", "phone");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "sshd");
  ASSERT_TRUE(world_.store().RebindUser("alice", 2000, {}).ok());
  world_.Answer(dialogue, world_.Code("phone"));
  EXPECT_EQ(dialogue.reason(), "user_changed");
}

// --- requests

TEST_F(LoginRunTest, ARequestThatMakesNoSenseIsRefusedAndRecorded) {
  const std::string control = std::string("alice\x1b[2J");
  const struct {
    const char* user;
    std::string service, tty, rhost, reason;
  } rows[] = {
      {"", "sshd", "", "", "bad_user"},
      {control.c_str(), "sshd", "", "", "bad_user"},
      {"alice", "", "", "", "bad_service"},
      {"alice", std::string(65, 's'), "", "", "bad_service"},
      {"alice", "ss hd", "", "", "bad_service"},
      {"alice", "sshd\n", "", "", "bad_service"},
      {"alice", "\xc3\xa9", "", "", "bad_service"},
      {"alice", "sshd", std::string(257, 't'), "", "bad_tty_or_rhost"},
      {"alice", "sshd", "tty1\n", "", "bad_tty_or_rhost"},
      {"alice", "sshd", "", std::string(257, 'r'), "bad_tty_or_rhost"},
      {"alice", "sshd", "", "\x1b]0;x\x07", "bad_tty_or_rhost"},
      {"alice", "fob-web", "", "", "web_service"},
  };
  for (const auto& row : rows) {
    Dialogue dialogue;
    auto in = At(row.service, row.user);
    in.tty = row.tty;
    in.rhost = row.rhost;
    const size_t before = world_.Trail().size();
    world_.Begin(dialogue, World::Alice(), std::move(in));
    EXPECT_EQ(dialogue.reason(), row.reason);
    ASSERT_EQ(world_.Trail().size(), before + 1) << row.reason;
    const AuditEntry entry = world_.LastEntry();
    EXPECT_EQ(entry.detail, row.reason);
    EXPECT_NE(entry.outcome, Outcome::kAllowed);
    EXPECT_LE(entry.service.size(), 64u);
    EXPECT_TRUE(IsPrintable(entry.user));
    EXPECT_TRUE(IsPrintable(entry.service));
  }
  Dialogue long_name;
  world_.Begin(long_name, World::Alice(), std::string(257, 'a'), "sshd");
  EXPECT_EQ(long_name.reason(), "bad_user");
  EXPECT_EQ(world_.LastEntry().user, "");
}

}  // namespace
}  // namespace fob::core
