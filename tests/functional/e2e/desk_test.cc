// What lies on the desk: no key, the wrong one, several, one without a PIN, and nobody who touches
// it.
#include <thread>

#include "tests/functional/e2e/key_fixture.h"

namespace fob::testing {
namespace {

class Desk : public KeysEndToEnd {};

DaemonSetup WithShortTouches() {
  DaemonSetup setup = AtTheStartOfAStep();
  setup.tables = "[timing]\ntouch_timeout = 2\n";
  return setup;
}

class ImpatientDesk : public KeysEndToEnd {
 protected:
  ImpatientDesk() : KeysEndToEnd(WithShortTouches()) {}
};

TEST_F(ImpatientDesk, I11_NobodyTouchesAndTheNextLoginWorks) {
  EnrolKey("blue");
  blue_.SetTouchPolicy("never");
  ScriptedConversation person;
  person.Info("Touch").Error("not touched in time");
  EXPECT_PAM(PAM_AUTHINFO_UNAVAIL, Session("login", person).Authenticate());
  blue_.WaitIdle();
  blue_.SetTouchPolicy("auto");
  EXPECT_PAM(PAM_SUCCESS, Touch("login"));
  EXPECT_PAM(PAM_SUCCESS, PinAndTouch());
}

TEST_F(ImpatientDesk, I11_NoKeyAndTheWrongKeySayWhatTheyAre) {
  EnrolKey("blue");
  blue_.Unplug();
  ScriptedConversation none;
  none.Info("Insert your security key for " + Me() + " at login")
      .Error("no security key was plugged in");
  EXPECT_PAM(PAM_AUTHINFO_UNAVAIL, Session("login", none).Authenticate());
  Key red(daemon_.keys(), {}, "red");
  ScriptedConversation wrong;
  wrong.Info("is not enrolled for " + Me()).Error("not one that is enrolled");
  EXPECT_PAM(PAM_AUTHINFO_UNAVAIL, Session("login", wrong).Authenticate());
  EXPECT_EQ(0, red.Status("blinks"));
}

TEST_F(ImpatientDesk, ATouchThatIsRefusedAtTheKeyDenies) {
  EnrolKey("blue");
  blue_.SetTouchPolicy("refuse");
  ScriptedConversation person;
  person.Info("Touch").Error("refused at the key");
  EXPECT_PAM(PAM_AUTH_ERR, Session("login", person).Authenticate());
}

TEST_F(ImpatientDesk, ADeadKeyDeniesAndALiveOneWorksAfterIt) {
  EnrolKey("blue");
  for (const char* fault : {"silent", "vanish_mid_ceremony", "garbage_cbor", "endless_keepalive"}) {
    SCOPED_TRACE(fault);
    blue_.Misbehave(fault);
    ScriptedConversation person;
    person.AnyInfo().Error("");
    EXPECT_PAM(PAM_AUTHINFO_UNAVAIL, Session("login", person).Authenticate());
    blue_.Misbehave("none");
    if (blue_.Status("plugged") == 1) blue_.Unplug();
    blue_.Plug();
  }
  EXPECT_PAM(PAM_SUCCESS, Touch("login"));
}

TEST_F(Desk, AKeyThatIsPluggedInWhileItIsWaitedForLogsIn) {
  EnrolKey("blue");
  blue_.Unplug();
  ScriptedConversation person;
  person.Info("Insert your security key").During([&] { blue_.Plug(); }).Info("Touch");
  EXPECT_PAM(PAM_SUCCESS, Session("login", person).Authenticate());
}

TEST_F(Desk, TheRightKeyAfterTheWrongOneLogsIn) {
  EnrolKey("blue");
  blue_.Unplug();
  Key red(daemon_.keys(), {}, "red");
  ScriptedConversation person;
  person.Info("is not enrolled for").During([&] { blue_.Plug(); }).Info("Touch");
  EXPECT_PAM(PAM_SUCCESS, Session("login", person).Authenticate());
}

TEST_F(Desk, OfTwoKeysTheTouchedOneCountsAndTheOtherIsCancelled) {
  EnrolKey("blue");
  blue_.Unplug();
  Key red(daemon_.keys(), {"--pin", kPin}, "red");
  EnrolKey("red");
  blue_.Plug();
  red.SetTouchPolicy("command");
  blue_.SetTouchPolicy("never");
  ScriptedConversation person;
  person.AnyInfo().Info("Touch").During([&] {
    blue_.WaitTouch();
    red.TouchWhenAsked();
  });
  EXPECT_PAM(PAM_SUCCESS, Session("login", person).Authenticate());
  EXPECT_EQ(FindKey("red").key, LastEvent().subject);
  blue_.WaitIdle();
  EXPECT_EQ(1, blue_.Status("cancels"));
}

TEST_F(Desk, ASecondKeyAloneLogsIn) {
  EnrolKey("blue");
  blue_.Unplug();
  Key red(daemon_.keys(), {}, "red");
  EnrolKey("red");
  EXPECT_PAM(PAM_SUCCESS, Touch("login"));
  EXPECT_EQ(FindKey("red").key, LastEvent().subject);
}

TEST_F(Desk, AU2fKeyLogsInByTouchAndCannotVerifyItsUser) {
  blue_.Unplug();
  Key old(daemon_.keys(), {"--u2f-only"}, "old");
  EnrolKey("old");
  EXPECT_FALSE(FindKey("old").user_verification);
  EXPECT_PAM(PAM_SUCCESS, Touch("login"));
  ScriptedConversation person;
  person.AnyInfo().Error("");
  const int result = Session("vault", person).Authenticate();
  EXPECT_TRUE(result == PAM_AUTH_ERR || result == PAM_AUTHINFO_UNAVAIL) << PamResult(result);
}

TEST_F(Desk, AKeyOfEdDsaAlone) {
  blue_.Unplug();
  Key modern(daemon_.keys(), {"--alg", "eddsa", "--pin", kPin}, "modern");
  EnrolKey("modern");
  EXPECT_EQ(proto::Key::Algorithm::kEdDSA, FindKey("modern").algorithm);
  EXPECT_PAM(PAM_SUCCESS, PinAndTouch());
}

TEST_F(Desk, BuiltInVerificationNeedsNoPin) {
  blue_.Unplug();
  Key finger(daemon_.keys(), {"--builtin-uv"}, "finger");
  EnrolKey("finger");
  ScriptedConversation person;
  person.Info("Verify yourself on your security key");
  EXPECT_PAM(PAM_SUCCESS, Session("vault", person).Authenticate());
  EXPECT_EQ("key+uv", LastEvent().detail);
}

class DistantDesk : public KeysEndToEnd {
 protected:
  static DaemonSetup ForEveryService() {
    DaemonSetup setup = AtTheStartOfAStep();
    setup.rules = "[[rule]]\nname = \"all\"\nrequire = \"key | totp\"\n";
    return setup;
  }
  DistantDesk() : KeysEndToEnd(ForEveryService()) {}
};

TEST_F(DistantDesk, I9_ARemoteLoginWakesNoKey) {
  EnrolKey("blue");
  const int64_t blinks = blue_.Status("blinks");
  for (const char* tty : {"ssh", "tty1"}) {
    ScriptedConversation person;
    person.Shown("Code for " + Me(), "000000").Error("not right");  // asked like anybody, whatever he has
    PamSession session = Session("login", person);
    session.Set(PAM_RHOST, "192.0.2.7");
    session.Set(PAM_TTY, tty);
    EXPECT_PAM(PAM_AUTH_ERR, session.Authenticate());
  }
  EXPECT_EQ(blinks, blue_.Status("blinks"));
  ScriptedConversation here;
  here.Info("Touch");
  PamSession session = Session("login", here);
  session.Set(PAM_TTY, "tty1");
  EXPECT_PAM(PAM_SUCCESS, session.Authenticate());
}

}  // namespace
}  // namespace fob::testing
