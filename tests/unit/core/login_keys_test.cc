// Logins with a security key, and who may wake one.

#include "tests/unit/core/login_fixture.h"

namespace fob::core {
namespace {

class LoginKeys : public LoginFixture {};

// --- keys

TEST_F(LoginKeys, ATouchYieldsALogin) {
  const KeyRecord key = world_.AddKey("alice", "blue");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "door");
  ASSERT_EQ(world_.desk.busy(), 1);
  const auto talk = world_.desk.current();
  ASSERT_TRUE(talk->get.has_value());
  ASSERT_EQ(talk->get->credentials.size(), 1u);
  EXPECT_EQ(talk->get->credentials[0].credential_id, Base64UrlEncode(key.credential_id));
  EXPECT_EQ(talk->get->user_verification,
            proto::worker::GetAssertion::In::UserVerification::kDiscouraged);
  EXPECT_FALSE(talk->get->pin.has_value());
  EXPECT_EQ(talk->get->pin_floor, 3);
  EXPECT_EQ(talk->get->timeout_ms, 30'000);
  talk->Say(proto::Progress::Kind::kInsert);
  talk->Say(proto::Progress::Kind::kTouch);
  talk->Assert(key, testing::kUp, 11);
  world_.Settle();
  ASSERT_NE(dialogue.granted(), nullptr) << dialogue.reason();
  EXPECT_EQ(dialogue.granted()->outcome, GrantedOutcome::kLogin);
  EXPECT_THAT(dialogue.granted()->factors, ElementsAre("key"));
  ASSERT_EQ(dialogue.infos.size(), 2u);
  EXPECT_EQ(dialogue.infos[0].kind, proto::Info::Kind::kInsert);
  EXPECT_EQ(dialogue.infos[1].kind, proto::Info::Kind::kTouch);
  EXPECT_EQ(world_.LastEntry().subject, key.id);
  EXPECT_EQ(world_.desk.alive(), 0) << "the worker is let go";
}

TEST_F(LoginKeys, I9_ThePromptAndWhatIsSignedNameUserAndService) {
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

TEST_F(LoginKeys, EachTryHasAChallengeOfItsOwn) {
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

TEST_F(LoginKeys, I2_TheSignedFlagsCountNotWhatWasAsked) {
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
    if (dialogue.granted() != nullptr) {
      EXPECT_THAT(dialogue.granted()->factors, ElementsAre(row.factor));
    }
  }
}

TEST_F(LoginKeys, I2_ACancelledPinPromptIsARefusal) {
  world_.AddKey("alice", "blue");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "vault");
  world_.desk.current()->NeedPin(8);
  ASSERT_TRUE(dialogue.asks(AskKind::kPin));
  world_.Answer(dialogue, "");
  EXPECT_EQ(dialogue.reason(), "no_pin_given");
  EXPECT_EQ(world_.desk.alive(), 0);
}

TEST_F(LoginKeys, I12_APinGoesToTheKeyOnceAPromptAndThreeTimesAtMost) {
  const KeyRecord key = world_.AddKey("alice", "blue");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "vault");
  EXPECT_EQ(world_.desk.current()->get->user_verification,
            proto::worker::GetAssertion::In::UserVerification::kRequired);
  world_.desk.current()->NeedPin(8);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(dialogue.asks(AskKind::kPin)) << i;
    EXPECT_FALSE(dialogue.turn->ask->echo);
    EXPECT_THAT(dialogue.prompt(), HasSubstr("alice at vault"));
    const std::string pin = "12" + std::to_string(i);
    world_.Answer(dialogue, pin);
    const auto talk = world_.desk.current();
    ASSERT_TRUE(talk->get->pin.has_value());
    EXPECT_EQ(talk->get->pin->RevealText(), pin);
    talk->Fail(MakeError(Code::kDenied, "wrong_pin",
                         "wrong PIN, " + std::to_string(7 - i) + " tries left"));
    world_.Settle();
    if (i < 2) {
      EXPECT_THAT(dialogue.prompt(), HasSubstr(std::to_string(7 - i) + " tries left"));
    }
  }
  EXPECT_EQ(dialogue.reason(), "wrong_pin");
  EXPECT_EQ(world_.desk.alive(), 0);
}

TEST_F(LoginKeys, AWrongPinIsAnEventOfItsOwnBeforeAnybodyIsAskedAgain) {
  const KeyRecord key = world_.AddKey("alice", "blue");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "vault");
  world_.desk.current()->NeedPin(8);
  world_.Answer(dialogue, "1111");
  const auto talk = world_.desk.current();
  talk->Fail(MakeError(Code::kDenied, "wrong_pin", "wrong PIN, 7 tries left"));
  world_.Settle();
  ASSERT_TRUE(dialogue.asks(AskKind::kPin));
  const AuditEntry entry = world_.LastEntry();
  EXPECT_EQ(entry.action, "key.pin");
  EXPECT_EQ(entry.outcome, Outcome::kDenied);
  EXPECT_EQ(entry.detail, "wrong_pin");
  EXPECT_EQ(entry.user, "alice");
  EXPECT_EQ(entry.service, "vault");
  EXPECT_EQ(entry.subject, key.id) << "the only one that was asked for";
  EXPECT_EQ(entry.rule, "vault");
  world_.Answer(dialogue, "2222");
  talk->Assert(key, testing::kUp | testing::kUv, 11);
  world_.Settle();
  ASSERT_NE(dialogue.granted(), nullptr) << dialogue.reason();
  EXPECT_EQ(world_.Count("key.pin"), 1) << "though the login is allowed";
}

// Each once, and no more than a ceremony asks.
TEST_F(LoginKeys, ThreeWrongPinsAreThreeEventsAndARefusal) {
  world_.AddKey("alice", "blue");
  world_.AddKey("alice", "red");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "vault");
  world_.desk.current()->NeedPin(8);
  for (int i = 0; i < 3; ++i) {
    world_.Answer(dialogue, "1111");
    world_.desk.current()->Fail(MakeError(Code::kDenied, "wrong_pin", "wrong PIN"));
    world_.Settle();
    EXPECT_EQ(world_.Count("key.pin"), i + 1);
  }
  EXPECT_EQ(dialogue.reason(), "wrong_pin");
  EXPECT_EQ(world_.LastEntry().action, "login");
  EXPECT_EQ(world_.LastEntry().detail, "wrong_pin");
}

TEST_F(LoginKeys, I12_TheWorkerThatKnowsTheKeyGetsTheSecondPin) {
  const KeyRecord key = world_.AddKey("alice", "blue");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "vault");
  const auto talk = world_.desk.current();
  talk->NeedPin(8);
  world_.Answer(dialogue, "1111");
  talk->Fail(MakeError(Code::kDenied, "wrong_pin", "wrong PIN, 7 tries left"));
  world_.Settle();
  EXPECT_TRUE(talk->alive);
  EXPECT_FALSE(talk->asked()) << "no key is held while a person types";
  world_.Answer(dialogue, "2222");
  EXPECT_EQ(world_.desk.talks.size(), 1u);
  EXPECT_EQ(talk->get->pin->RevealText(), "2222");
  talk->Assert(key, testing::kUp | testing::kUv, 11);
  world_.Settle();
  EXPECT_NE(dialogue.granted(), nullptr) << dialogue.reason();
}

TEST_F(LoginKeys, I10_TheDeskIsFreeWhileAPersonTypes) {
  const KeyRecord blue = world_.AddKey("alice", "blue");
  const KeyRecord red = world_.AddKey("bob", "red");
  Dialogue alice;
  world_.Begin(alice, World::Root(), "alice", "vault");
  world_.desk.current()->NeedPin(8);
  ASSERT_TRUE(alice.asks(AskKind::kPin));
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

TEST_F(LoginKeys, I9_I10_OneTouchWaitsAtATimeAndTheOtherIsToldWhy) {
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

TEST_F(LoginKeys, I10_EveryEndOfOneLetsTheNextGo) {
  world_.AddKey("alice", "blue");
  world_.AddKey("bob", "red");
  using Way = void (*)(World&, Dialogue&);
  const std::map<std::string, Way> ways = {
      {"the caller goes", [](World&, Dialogue& d) { d.Hang(); }},
      {"time passes", [](World& w, Dialogue&) { w.Advance(20'000); }},
      {"the worker fails",
       [](World& w, Dialogue&) {
         w.desk.current()->Fail(MakeError(Code::kUnavailable, "worker_gone", "gone"));
       }},
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

TEST_F(LoginKeys, TheAnsweringKeyMustBeOneOfThoseThatWereAsked) {
  world_.AddKey("alice", "blue");
  const KeyRecord red = world_.AddKey("bob", "red");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "door");
  world_.desk.current()->Assert(red, testing::kUp, 11);
  world_.Settle();
  EXPECT_EQ(dialogue.reason(), "wrong_credential");
}

TEST_F(LoginKeys, ACounterThatGoesBackIsDeniedOrTold) {
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

TEST_F(LoginKeys, EitherFactorMayBeChosen) {
  const KeyRecord key = world_.AddKey("alice", "blue");
  world_.AddOtp("alice", "phone");
  Dialogue code;
  world_.Begin(code, World::Root(), "alice", "sudo");
  ASSERT_TRUE(code.asks(AskKind::kChoice));
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

TEST_F(LoginKeys, HardwareIsClaimedOnlyForAnAttestedKeyThatIsNotBackedUp) {
  const KeyRecord key = world_.AddKey("alice", "blue");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "door");
  world_.desk.current()->Assert(key, testing::kUp | testing::kUv, 11);
  world_.Settle();
  ASSERT_NE(dialogue.granted(), nullptr) << dialogue.reason();
  proto::login::Confirm::In in;
  in.handle = std::move(*dialogue.turn->granted->handle);
  in.user = "alice";
  in.service = "door";
  ASSERT_TRUE(world_.Call(world_.login(), &LoginService::Confirm, World::Root(), std::move(in)).ok());
  auto login =
      *world_.store().ListLogins({std::nullopt, false, world_.clock.UnixSeconds(), "boot-1"});
  ASSERT_EQ(login.size(), 1u);
  EXPECT_EQ(login[0].acr, "phr") << "attestation none";
  EXPECT_THAT(login[0].amr, ElementsAre("pop", "user", "mfa"));
  EXPECT_TRUE(login[0].multi_factor);
}

// --- locality

TEST_F(LoginKeys, I9_NoKeyWakesForSomeoneWhoIsNotHere) {
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
  EXPECT_EQ(begin("screen", "198.51.100.7", [&] { world_.Sit(0); }), P("", false)) << "a code, as of anybody";
  EXPECT_EQ(begin("screen", "", [&] { world_.Sit(0); }), P("", true));
  // The rule names the service: its administrator meant it.
  EXPECT_EQ(begin("door", "", nowhere), P("", true));
  EXPECT_EQ(begin("door", "198.51.100.7", nowhere), P("", true));
}

TEST_F(LoginKeys, I9_WhoIsNotHereIsAskedForACodeInstead) {
  world_.AddKey("alice", "blue");
  world_.AddOtp("alice", "phone");
  Dialogue dialogue;
  auto in = At("screen");
  in.rhost = "198.51.100.7";
  world_.Begin(dialogue, World::Root(), std::move(in));
  EXPECT_TRUE(dialogue.asks(AskKind::kCode)) << "no choice between it and the key";
  world_.Answer(dialogue, "");
  world_.Advance(250);
  EXPECT_EQ(dialogue.reason(), "wrong_code");
  EXPECT_EQ(world_.desk.talks.size(), 0u);
}

TEST_F(LoginKeys, I9_AnUntrustedCallerMustSitAtTheActiveSession) {
  world_.AddKey("alice", "blue");
  for (const bool active : {false, true}) {
    world_.Sit(testing::kAliceUid, active);
    Dialogue dialogue;
    world_.Begin(dialogue, World::Alice(), "alice", "screen");
    EXPECT_EQ(dialogue.reason(), active ? "" : "key_not_here");
    EXPECT_EQ(world_.desk.busy(), active ? 1 : 0);
  }
}

TEST_F(LoginKeys, I9_AnUntrustedUidHasOnePendingTouch) {
  world_.AddKey("alice", "blue");
  world_.Sit(testing::kAliceUid);
  Dialogue one;
  Dialogue two;
  world_.Begin(one, World::Alice(), "alice", "screen");
  world_.Begin(two, World::Alice(), "alice", "screen");
  EXPECT_EQ(two.reason(), "already_waiting");
  EXPECT_EQ(world_.desk.busy(), 1);
}

TEST_F(LoginKeys, I9_TheUntrustedHoldNoWorkerWhileAPinIsTypedAndStayOneCeremony) {
  const KeyRecord key = world_.AddKey("alice", "blue");
  world_.Sit(testing::kAliceUid);
  Dialogue dialogue;
  world_.Begin(dialogue, World::Alice(), "alice", "screen");
  world_.desk.current()->NeedPin(8);
  ASSERT_TRUE(dialogue.asks(AskKind::kPin));
  EXPECT_EQ(world_.desk.alive(), 0);
  Dialogue other;
  world_.Begin(other, World::Alice(), "alice", "screen");
  EXPECT_EQ(other.reason(), "already_waiting");

  world_.Answer(dialogue, "1234");
  const auto talk = world_.desk.current();
  ASSERT_NE(talk, nullptr);
  EXPECT_FALSE(talk->get->pin.has_value()) << "a new worker's key has not asked for it";
  talk->NeedPin(8);
  ASSERT_TRUE(talk->get->pin.has_value());
  EXPECT_EQ(talk->get->pin->RevealText(), "1234");
  EXPECT_EQ(dialogue.lasts, 1) << "nobody is asked twice";
  talk->Assert(key, testing::kUp | testing::kUv, 11);
  world_.Settle();
  EXPECT_NE(dialogue.granted(), nullptr) << dialogue.reason();
}

TEST_F(LoginKeys, I12_APinForOneKeyIsNotGivenToAnother) {
  world_.AddKey("alice", "blue");
  world_.Sit(testing::kAliceUid);
  Dialogue dialogue;
  world_.Begin(dialogue, World::Alice(), "alice", "screen");
  world_.desk.current()->NeedPin(8);
  world_.Answer(dialogue, "1234");
  const auto talk = world_.desk.current();
  talk->NeedPin(5, "another key");
  EXPECT_FALSE(talk->get->pin.has_value());
  EXPECT_TRUE(dialogue.asks(AskKind::kPin)) << "its own prompt, with its own tries";
  EXPECT_THAT(dialogue.prompt(), HasSubstr("5 tries"));
}

TEST_F(LoginKeys, AfterAWrongPinTheUntrustedStartAnew) {
  const KeyRecord key = world_.AddKey("alice", "blue");
  world_.Sit(testing::kAliceUid);
  Dialogue dialogue;
  world_.Begin(dialogue, World::Alice(), "alice", "screen");
  world_.desk.current()->NeedPin(8);
  world_.Answer(dialogue, "1111");
  world_.desk.current()->NeedPin(8);
  world_.desk.current()->Fail(MakeError(Code::kDenied, "wrong_pin", "wrong PIN, 7 tries left"));
  world_.Settle();
  ASSERT_TRUE(dialogue.asks(AskKind::kPin));
  EXPECT_EQ(world_.desk.alive(), 0);
  world_.Answer(dialogue, "2222");
  world_.desk.current()->NeedPin(7);
  EXPECT_EQ(world_.desk.current()->get->pin->RevealText(), "2222");
  world_.desk.current()->Assert(key, testing::kUp | testing::kUv, 11);
  world_.Settle();
  EXPECT_NE(dialogue.granted(), nullptr) << dialogue.reason();
}

TEST_F(LoginKeys, I9_ATouchIsAnnouncedToTheSeatsByTheKernelsWord) {
  world_.AddKey("alice", "blue");
  world_.Sit(testing::kAliceUid);
  world_.host.callers[testing::kAliceUid].executable = "sneaky\x1b[2J";
  Dialogue own;
  world_.Begin(own, World::Alice(), "alice", "screen");
  world_.desk.current()->Say(proto::Progress::Kind::kInsert);
  EXPECT_TRUE(world_.host.notices.empty()) << "nothing to touch yet";
  world_.desk.current()->Say(proto::Progress::Kind::kTouch);
  ASSERT_EQ(world_.host.notices.size(), 1u);
  EXPECT_THAT(world_.host.notices[0].text, HasSubstr("alice by sneaky?[2J (program sneaky?[2J, uid"))
      << "its service is its own word";
  EXPECT_FALSE(world_.host.notices[0].trusted);

  Dialogue roots;
  world_.Begin(roots, World::Root(), "alice", "door");
  world_.desk.current()->Say(proto::Progress::Kind::kVerify);
  ASSERT_EQ(world_.host.notices.size(), 2u);
  EXPECT_THAT(world_.host.notices[1].text, HasSubstr("alice at door (program"));
  EXPECT_TRUE(world_.host.notices[1].trusted);
}

TEST_F(LoginKeys, NothingIsAnnouncedWhereThatIsOff) {
  world_.AddKey("alice", "blue");
  world_.settings.announce_touch = false;
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "door");
  world_.desk.current()->Say(proto::Progress::Kind::kTouch);
  EXPECT_TRUE(world_.host.notices.empty());
}

TEST_F(LoginKeys, I11_WhoWaitsIsToldWhoIsAskedFirst) {
  world_.AddKey("alice", "blue");
  world_.AddKey("bob", "red");
  Dialogue alice;
  world_.Begin(alice, World::Root(), "alice", "door");
  Dialogue bob;
  world_.Begin(bob, World::Root(), "bob", "door");
  ASSERT_EQ(bob.infos.size(), 1u);
  EXPECT_EQ(bob.infos[0].kind, proto::Info::Kind::kWait);
  EXPECT_EQ(bob.infos[0].message, "Waiting: alice at door is being asked first.");
}

TEST_F(LoginKeys, AWorkerThatSaysTooMuchIsLetGo) {
  world_.AddKey("alice", "blue");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "door");
  const auto talk = world_.desk.current();
  for (int i = 0; i < 2000 && talk->alive; ++i) talk->Say(proto::Progress::Kind::kTouch);
  world_.Settle();
  EXPECT_EQ(dialogue.reason(), "bad_worker");
  EXPECT_EQ(dialogue.infos.size(), 40u) << "a person is told so much of it";
  EXPECT_EQ(world_.desk.alive(), 0);
}

TEST_F(LoginKeys, AnErrorOfTheWorkerIsCutToItsLimits) {
  world_.AddKey("alice", "blue");
  Dialogue dialogue;
  world_.Begin(dialogue, World::Root(), "alice", "door");
  world_.desk.current()->Fail(MakeError(Code::kUnavailable, std::string(50'000, 'x'), "y"));
  world_.Settle();
  EXPECT_EQ(dialogue.reason(), "bad_worker");
  EXPECT_EQ(world_.LastEntry().detail, "bad_worker");
}

}  // namespace
}  // namespace fob::core
