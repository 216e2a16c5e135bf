// A security key that attacks, through the real daemon, worker and module: each misbehaviour ends
// in time, in words of its own for the person, and a good key logs in at once after it.
#include <signal.h>

#include <chrono>

#include "tests/functional/e2e/key_fixture.h"

namespace fob::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kTouchSeconds = 4;
constexpr milliseconds kDeadline((kTouchSeconds + 2) * 1000);
constexpr milliseconds kAtOnce(2000);

DaemonSetup Impatient() {
  DaemonSetup setup = AtTheStartOfAStep();
  setup.tables = "[timing]\ntouch_timeout = " + std::to_string(kTouchSeconds) + "\n";
  return setup;
}

// A hostile key and a good one, both enrolled; only the hostile one is plugged in.
class Hostile : public KeysEndToEnd {
 protected:
  Hostile() : KeysEndToEnd(Impatient()), good_(daemon_.keys(), {"--pin", kPin}, "good") {
    good_.Unplug();
    EnrolKey("hostile");
    blue_.Unplug();
    good_.Plug();
    EnrolKey("good");
    good_.Unplug();
    blue_.Plug();
  }

  Key& hostile() { return blue_; }

  static milliseconds Since(steady_clock::time_point start) {
    return std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
  }

  // The same fobd is there, and the good key, alone on the desk, logs in and by PIN too.
  void TheGoodKeyWorksAtOnce() {
    EXPECT_EQ(0, ::kill(daemon_.pid(), 0)) << daemon_.log();
    hostile().Unplug();
    good_.Plug();
    const auto start = steady_clock::now();
    EXPECT_PAM(PAM_SUCCESS, Touch("login"));
    EXPECT_LT(Since(start), kAtOnce);
    EXPECT_PAM(PAM_SUCCESS, PinAndTouch());
  }

  Key good_;
};

struct Attack {
  const char* name;
  const char* faults;   // what the hostile key is told
  const char* service;  // login: a touch; vault: PIN and touch
  int result;
  const char* shown;
};

void PrintTo(const Attack& attack, std::ostream* out) { *out << attack.name; }

class HostileLogin : public Hostile, public ::testing::WithParamInterface<Attack> {};

TEST_P(HostileLogin, I2_I11_EndsInItsOwnWordsAndAGoodKeyWorksAtOnce) {
  const Attack& attack = GetParam();
  EXPECT_PAM(PAM_SUCCESS, Touch("login")) << "it has an old answer to give";
  hostile().Misbehave(attack.faults);
  ScriptedConversation person;
  person.AnyInfo();
  if (std::string(attack.service) == "vault") person.Hidden("PIN for", kPin);
  person.Error(attack.shown);
  const auto start = steady_clock::now();
  EXPECT_PAM(attack.result, Session(attack.service, person).Authenticate());
  EXPECT_LT(Since(start), kDeadline);
  EXPECT_EQ("login", LastEvent().action);
  EXPECT_NE(proto::AuditEvent::Outcome::kAllowed, LastEvent().outcome);
  TheGoodKeyWorksAtOnce();
}

constexpr int kUnavailable = PAM_AUTHINFO_UNAVAIL, kDenied = PAM_AUTH_ERR;

const Attack kLogins[] = {
    // Before anybody touched anything.
    {"SilenceAtOpen", "silent", "login", kUnavailable, "the key does not answer: unplug it"},
    {"InitForAnother", "foreign_nonce", "login", kUnavailable, "the key does not answer"},
    {"WrongChannel", "wrong_channel", "login", kUnavailable, "it comes where nobody asked"},
    {"CutOff", "cut_frame", "login", kUnavailable, "it breaks off in the middle"},
    {"BadSequence", "bad_sequence", "login", kUnavailable, "missing or out of order"},
    {"HugeLength", "huge_length", "login", kUnavailable, "longer than any that was asked for"},
    {"Oversized", "oversized", "login", kUnavailable, "longer than any that was asked for"},
    {"GarbageCbor", "garbage_cbor", "login", kUnavailable, "makes no sense"},
    {"FourGibCbor", "huge_cbor", "login", kUnavailable, "makes no sense"},
    {"DuplicateKeyCbor", "duplicate_key_cbor", "login", kUnavailable, "makes no sense"},
    {"EndlessKeepalive", "endless_keepalive", "login", kUnavailable, "went on working"},
    {"AnothersCredential", "foreign_credential_id", "login", kUnavailable,
     "a credential that was not asked for"},
    {"VanishesAtOnce", "vanish_mid_ceremony", "login", kUnavailable,
     "no security key was plugged in"},
    // When it is touched.
    {"WrongChannelAfterTouch", "wrong_channel,after_touch", "login", kUnavailable,
     "it comes where nobody asked"},
    {"CutOffAfterTouch", "cut_frame,after_touch", "login", kUnavailable, "breaks off in the middle"},
    {"BadSequenceAfterTouch", "bad_sequence,after_touch", "login", kUnavailable,
     "missing or out of order"},
    {"HugeLengthAfterTouch", "huge_length,after_touch", "login", kUnavailable, "longer than any"},
    {"OversizedAfterTouch", "oversized,after_touch", "login", kUnavailable, "longer than any"},
    {"GarbageCborAfterTouch", "garbage_cbor,after_touch", "login", kUnavailable, "makes no sense"},
    {"FourGibCborAfterTouch", "huge_cbor,after_touch", "login", kUnavailable, "makes no sense"},
    {"DuplicateKeyCborAfterTouch", "duplicate_key_cbor,after_touch", "login", kUnavailable,
     "makes no sense"},
    {"EndlessKeepaliveAfterTouch", "endless_keepalive,after_touch", "login", kUnavailable,
     "went on working"},
    {"VanishesAfterTouch", "vanish_mid_ceremony,after_touch", "login", kUnavailable,
     "the key was unplugged"},
    // Well-formed answers that lie.
    {"WrongSignature", "wrong_signature", "login", kDenied, "the signature is not the key's"},
    {"WrongChallenge", "wrong_client_data", "login", kDenied, "the signature is not the key's"},
    {"AnswerOfAnOldCeremony", "stale_answer", "login", kDenied, "the signature is not the key's"},
    {"WrongRp", "wrong_rp_hash", "login", kDenied, "the key answered for another rp id"},
    {"NoUserPresence", "clear_up_flag", "login", kDenied, "the key did not see a touch"},
    {"NoUserVerification", "clear_uv_flag", "vault", kDenied, "the key did not verify its user"},
    {"CounterGoesBack", "counter_back", "login", kDenied, "counter went back"},
    {"CounterGoesBackWithPin", "counter_back", "vault", kDenied, "counter went back"},
};
INSTANTIATE_TEST_SUITE_P(Each, HostileLogin, ::testing::ValuesIn(kLogins),
                         [](const auto& attack) { return attack.param.name; });

class HostileEnrolment : public Hostile, public ::testing::WithParamInterface<Attack> {
 protected:
  // A key that is not enrolled yet; the hostile one of the logins is put away.
  HostileEnrolment() : fresh_(daemon_.keys(), {"--pin", kPin}, "fresh") { blue_.Unplug(); }
  Key fresh_;
};

TEST_P(HostileEnrolment, I2_I11_EndsInItsOwnWordsAndAGoodKeyWorksAtOnce) {
  const Attack& attack = GetParam();
  fresh_.Misbehave(attack.faults);
  const auto start = steady_clock::now();
  const auto done = TryEnrolKey("fresh");
  EXPECT_LT(Since(start), kDeadline);
  ASSERT_FALSE(done.ok());
  EXPECT_THAT(done.error().text, ::testing::HasSubstr(attack.shown));
  EXPECT_EQ("key.enrol", LastEvent().action);
  EXPECT_NE(proto::AuditEvent::Outcome::kAllowed, LastEvent().outcome);
  const auto keys = daemon_.Call<proto::enrol::ListKeys>({Me(), std::nullopt, {}});
  ASSERT_TRUE(keys.ok());
  EXPECT_EQ(2u, keys->keys.size());
  fresh_.Misbehave("none");
  if (fresh_.Status("plugged") == 0) fresh_.Plug();
  EnrolKey("fresh");
  fresh_.Unplug();
  TheGoodKeyWorksAtOnce();
}

const Attack kEnrolments[] = {
    {"SilenceAtOpen", "silent", "", 0, "the key does not answer"},
    {"InitForAnother", "foreign_nonce", "", 0, "the key does not answer"},
    {"CutOff", "cut_frame,after_touch", "", 0, "breaks off in the middle"},
    {"BadSequence", "bad_sequence,after_touch", "", 0, "missing or out of order"},
    {"HugeLength", "huge_length,after_touch", "", 0, "longer than any"},
    {"Oversized", "oversized,after_touch", "", 0, "longer than any"},
    {"GarbageCbor", "garbage_cbor,after_touch", "", 0, "makes no sense"},
    {"FourGibCbor", "huge_cbor,after_touch", "", 0, "makes no sense"},
    {"DuplicateKeyCbor", "duplicate_key_cbor,after_touch", "", 0, "makes no sense"},
    {"EndlessKeepalive", "endless_keepalive,after_touch", "", 0, "went on working"},
    {"Vanishes", "vanish_mid_ceremony,after_touch", "", 0, "the key was unplugged"},
    {"WrongSignature", "wrong_signature", "", 0, "attestation's signature does not hold"},
    {"WrongChallenge", "wrong_client_data", "", 0, "attestation's signature does not hold"},
    {"WrongRp", "wrong_rp_hash", "", 0, "the key answered for another rp id"},
    {"NoUserPresence", "clear_up_flag", "", 0, "the key did not see a touch"},
};
INSTANTIATE_TEST_SUITE_P(Each, HostileEnrolment, ::testing::ValuesIn(kEnrolments),
                         [](const auto& attack) { return attack.param.name; });

TEST_F(Hostile, AnswersToOldCeremoniesThatNobodyAskedForChangeNothing) {
  EXPECT_PAM(PAM_SUCCESS, Touch("login"));
  hostile().Misbehave("unsolicited");
  EXPECT_PAM(PAM_SUCCESS, Touch("login"));
  EXPECT_PAM(PAM_SUCCESS, PinAndTouch());
}

TEST_F(Hostile, I11_I12_ALockedPinIsTold) {
  hostile().Command("block pin");
  ScriptedConversation locked;
  locked.Error("the key's PIN is blocked: the key must be reset");
  EXPECT_PAM(PAM_AUTH_ERR, Session("vault", locked).Authenticate());
  EXPECT_PAM(PAM_SUCCESS, Touch("login")) << "where a touch is enough it still works";
  TheGoodKeyWorksAtOnce();
}

TEST_F(Hostile, I11_I12_APinThatIsBlockedUntilTheKeyIsPluggedInAgainIsTold) {
  hostile().Command("block pin-auth");
  ScriptedConversation blocked;
  blocked.AnyInfo().Hidden("PIN for", kPin).Error("unplug the key and plug it in again");
  EXPECT_PAM(PAM_AUTH_ERR, Session("vault", blocked).Authenticate());
  EXPECT_EQ(8, hostile().Status("pin_retries"));
  hostile().Unplug();
  hostile().Plug();
  EXPECT_PAM(PAM_SUCCESS, PinAndTouch());
  TheGoodKeyWorksAtOnce();
}

TEST_F(Hostile, I11_ALockedPinIsToldAtEnrolmentToo) {
  hostile().Unplug();
  Key fresh(daemon_.keys(), {"--pin", kPin}, "fresh");
  fresh.Command("block pin");
  const auto locked = TryEnrolKey("fresh");
  ASSERT_FALSE(locked.ok());
  EXPECT_THAT(locked.error().text, ::testing::HasSubstr("the key's PIN is blocked"));
  fresh.Unplug();
  Key other(daemon_.keys(), {"--pin", kPin}, "other");
  other.Command("block pin-auth");
  const auto blocked = TryEnrolKey("other");
  ASSERT_FALSE(blocked.ok());
  EXPECT_THAT(blocked.error().text, ::testing::HasSubstr("plug it in again"));
  other.Unplug();
  other.Plug();
  EnrolKey("other");
}

// A broken key that lies beside a good one costs nobody the login.
TEST_F(Hostile, ABrokenKeyDoesNotSpoilAGoodOneBesideIt) {
  for (const char* fault :
       {"silent", "garbage_cbor", "endless_keepalive", "cut_frame,after_touch",
        "garbage_cbor,after_touch", "vanish_mid_ceremony,after_touch"}) {
    SCOPED_TRACE(fault);
    hostile().Misbehave(fault);
    good_.SetTouchPolicy("command");
    good_.Plug();
    ScriptedConversation person;
    person.AnyInfo().Info("Touch").During([&] {
      if (std::string(fault).ends_with("after_touch")) hostile().WaitIdle();
      good_.TouchWhenAsked();
    });
    EXPECT_PAM(PAM_SUCCESS, Session("login", person).Authenticate());
    good_.Unplug();
    hostile().Unplug();
    hostile().Plug();
  }
}

}  // namespace
}  // namespace fob::testing
