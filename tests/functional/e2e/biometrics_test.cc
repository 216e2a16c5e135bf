// Keys that recognise their user, and fall back to the PIN within the same ceremony.
#include "tests/functional/e2e/key_fixture.h"

namespace fob::testing {
namespace {

class Biometrics : public KeysEndToEnd {
 protected:
  Biometrics() : finger_(daemon_.keys(), {"--builtin-uv", "--pin", kPin}, "finger") {
    blue_.Unplug();
    EnrolKey("finger");
  }
  Key finger_;
};

TEST_F(Biometrics, AFingerIsEnough) {
  ScriptedConversation person;
  person.Info("Verify yourself on your security key for " + Me() + " at vault");
  EXPECT_PAM(PAM_SUCCESS, Session("vault", person).Authenticate());
  EXPECT_EQ("key+uv", LastEvent().detail);
}

TEST_F(Biometrics, I11_AFingerThatIsNotRecognisedOnceIsAskedForAgain) {
  finger_.Command("uv fail-once");
  ScriptedConversation person;
  person.Info("Verify yourself on your security key for " + Me() + " at vault")
      .Info("did not recognise you (4 tries left). Verify yourself on it again for " + Me());
  EXPECT_PAM(PAM_SUCCESS, Session("vault", person).Authenticate());
  EXPECT_EQ("key+uv", LastEvent().detail);
}

TEST_F(Biometrics, I11_I12_AFingerThatIsNeverRecognisedEndsInThePinOfTheSameCeremony) {
  finger_.Command("uv fail");
  ScriptedConversation person;
  person.Info("Verify yourself")
      .Info("(4 tries left)")
      .Info("(3 tries left)")
      .Hidden("did not recognise you: type its PIN instead. It has 8 tries left. PIN for " + Me() +
                  " at vault",
              kPin);
  EXPECT_PAM(PAM_SUCCESS, Session("vault", person).Authenticate());
  EXPECT_EQ("key+uv", LastEvent().detail);
}

TEST_F(Biometrics, I11_BlockedVerificationAsksForThePinAtOnceWhichUnblocksIt) {
  finger_.Command("block uv");
  ScriptedConversation person;
  person.Hidden("recognises nobody any more until its PIN was typed. It has 8 tries left. PIN for",
                kPin);
  EXPECT_PAM(PAM_SUCCESS, Session("vault", person).Authenticate());
  ScriptedConversation by_finger;
  by_finger.Info("Verify yourself");
  EXPECT_PAM(PAM_SUCCESS, Session("vault", by_finger).Authenticate());
}

TEST_F(Biometrics, I12_AWrongPinAfterAFailedFingerCostsOneTry) {
  finger_.Command("uv fail");
  ScriptedConversation person;
  person.AnyInfo().Hidden("8 tries left", "000000").Hidden("7 tries left", kPin);
  EXPECT_PAM(PAM_SUCCESS, Session("vault", person).Authenticate());
}

TEST_F(Biometrics, I11_WithoutAPinAFailedFingerAndABlockedOneAreToldApart) {
  finger_.Unplug();
  Key bare(daemon_.keys(), {"--builtin-uv"}, "bare");
  EnrolKey("bare");
  bare.Command("uv fail");
  ScriptedConversation failed;
  failed.AnyInfo().Error("the key did not recognise its user");
  EXPECT_PAM(PAM_AUTH_ERR, Session("vault", failed).Authenticate());
  bare.Command("block uv");
  ScriptedConversation blocked;
  blocked.AnyInfo().Error("recognises nobody any more after too many failures");
  EXPECT_PAM(PAM_AUTH_ERR, Session("vault", blocked).Authenticate());
  EXPECT_PAM(PAM_SUCCESS, Touch("login")) << "where a touch is enough it still works";
}

TEST_F(Biometrics, EnrolmentFallsBackToThePinToo) {
  finger_.Unplug();
  Key other(daemon_.keys(), {"--builtin-uv", "--pin", kPin}, "other");
  other.Command("uv fail");
  EnrolKey("other");
  EXPECT_TRUE(FindKey("other").user_verification);
}

class Counters : public KeysEndToEnd {
 protected:
  // A key whose counter went back once since it was enrolled.
  int LogInWithACopy() {
    EnrolKey("blue");
    EXPECT_PAM(PAM_SUCCESS, Touch("login"));
    blue_.Misbehave("counter_back");
    ScriptedConversation person;
    person.Info("Touch");
    if (denies_) person.Error("counter went back");
    return Session("login", person).Authenticate();
  }
  static DaemonSetup With(const std::string& policy) {
    DaemonSetup setup = AtTheStartOfAStep();
    setup.tables = "[factors]\ncounter_regress = \"" + policy + "\"\n";
    return setup;
  }
  explicit Counters(const std::string& policy) : KeysEndToEnd(With(policy)), denies_(policy == "deny") {}
  const bool denies_;
};

class DenyingCounters : public Counters {
 protected:
  DenyingCounters() : Counters("deny") {}
};
class WarningCounters : public Counters {
 protected:
  WarningCounters() : Counters("warn") {}
};

TEST_F(DenyingCounters, ACounterThatGoesBackIsDeniedAndAuditedAsSuch) {
  EXPECT_PAM(PAM_AUTH_ERR, LogInWithACopy());
  const proto::AuditEvent event = LastEvent();
  EXPECT_EQ(proto::AuditEvent::Outcome::kDenied, event.outcome);
  EXPECT_EQ(FindKey("blue").key, event.subject);
  EXPECT_EQ("counter_regressed", event.detail);
  blue_.Misbehave("none");
}

TEST_F(WarningCounters, ACounterThatGoesBackIsAllowedAndAuditedAsSuch) {
  EXPECT_PAM(PAM_SUCCESS, LogInWithACopy());
  const proto::AuditEvent event = LastEvent();
  EXPECT_EQ(proto::AuditEvent::Outcome::kAllowed, event.outcome);
  EXPECT_EQ(FindKey("blue").key, event.subject);
  EXPECT_THAT(event.detail.value_or(""), ::testing::HasSubstr("key counter_regressed stored="));
  blue_.Misbehave("none");
  EXPECT_PAM(PAM_SUCCESS, Touch("login"));
}

}  // namespace
}  // namespace fob::testing
