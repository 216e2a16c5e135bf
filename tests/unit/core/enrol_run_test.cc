// Enrolling, removing and testing factors, on the core's fakes and the real store.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "tests/support/core_fakes/world.h"

namespace fob::core {
namespace {

using ::testing::HasSubstr;
using testing::Dialogue;
using testing::World;
using Kind = proto::Ask::Kind;
namespace enrol = proto::enrol;

class EnrolRunTest : public ::testing::Test {
 protected:
  void EnrolOtp(Dialogue& dialogue, const Peer& peer, std::string name, std::optional<std::string> user = {}) {
    enrol::EnrolOtp::In in;
    in.user = std::move(user);
    in.name = std::move(name);
    dialogue.Begun(world_.enrol().EnrolOtp(peer, std::move(in), dialogue.Sink()));
    world_.Settle();
  }
  void EnrolKey(Dialogue& dialogue, const Peer& peer, std::string name, std::optional<std::string> user = {}) {
    enrol::EnrolKey::In in;
    in.user = std::move(user);
    in.name = std::move(name);
    dialogue.Begun(world_.enrol().EnrolKey(peer, std::move(in), dialogue.Sink()));
    world_.Settle();
  }
  void RemoveKey(Dialogue& dialogue, const Peer& peer, std::string key, std::optional<std::string> user = {}) {
    dialogue.Begun(world_.enrol().RemoveKey(peer, {std::move(user), std::move(key), {}}, dialogue.Sink()));
    world_.Settle();
  }
  void RemoveOtp(Dialogue& dialogue, const Peer& peer, std::string otp, std::optional<std::string> user = {}) {
    dialogue.Begun(world_.enrol().RemoveOtp(peer, {std::move(user), std::move(otp), {}}, dialogue.Sink()));
    world_.Settle();
  }
  void TestKey(Dialogue& dialogue, const Peer& peer, std::string key, std::optional<std::string> user = {}) {
    dialogue.Begun(world_.enrol().TestKey(peer, {std::move(user), std::move(key), {}}, dialogue.Sink()));
    world_.Settle();
  }
  std::string NewCode(const std::string& user) {
    auto out = world_.Call(world_.enrol(), &EnrolService::CreateCode, World::Root(), {user, {}});
    EXPECT_TRUE(out.ok());
    return std::string(out->enrol_code.RevealText());
  }
  size_t Keys(const std::string& user) { return world_.store().ListKeys(user)->size(); }
  size_t Otps(const std::string& user) { return world_.store().ListOtps(user)->size(); }
  World world_;
};

// --- otps

TEST_F(EnrolRunTest, AnOtpCountsAfterOneGoodCode) {
  Dialogue dialogue;
  EnrolOtp(dialogue, World::Root(), "phone", "alice");
  ASSERT_TRUE(dialogue.asks(Kind::kCode)) << dialogue.reason();
  ASSERT_TRUE(dialogue.turn->offer.has_value());
  EXPECT_THAT(std::string(dialogue.turn->offer->otpauth_uri.RevealText()), HasSubstr("otpauth://totp/login.example.org"));
  EXPECT_EQ(dialogue.turn->offer->otp_secret.size(), 32u) << "20 bytes in base32";
  EXPECT_EQ(Otps("alice"), 0u);
  const std::string code = world_.Code("phone");
  world_.Answer(dialogue, code);
  ASSERT_TRUE(dialogue.turn.has_value() && dialogue.turn->done.has_value()) << dialogue.reason();
  EXPECT_EQ(dialogue.turn->done->otp->name, "phone");
  EXPECT_EQ(Otps("alice"), 1u);
  EXPECT_EQ(world_.LastEntry().action, "otp.enrol");
  EXPECT_EQ(world_.LastEntry().user, "alice");
  EXPECT_EQ(world_.LastEntry().subject, dialogue.turn->done->otp->otp);
  // I18: that code is used.
  Dialogue login;
  world_.Begin(login, World::Root(), "alice", "sshd");
  world_.Answer(login, code);
  EXPECT_EQ(login.reason(), "replayed_code");
}

TEST_F(EnrolRunTest, AWrongActivationCodeMayBeTypedThreeTimes) {
  Dialogue dialogue;
  EnrolOtp(dialogue, World::Root(), "phone", "alice");
  const SecretBytes secret = dialogue.turn->offer->otp_secret.Clone();
  for (int i = 0; i < 2; ++i) {
    world_.Answer(dialogue, "000000");
    ASSERT_TRUE(dialogue.asks(Kind::kCode)) << i;
    EXPECT_TRUE(dialogue.turn->offer->otp_secret == secret) << "the same secret";
  }
  world_.Answer(dialogue, "000000");
  EXPECT_EQ(dialogue.reason(), "wrong_code");
  EXPECT_EQ(Otps("alice"), 0u);
}

TEST_F(EnrolRunTest, TheSecretIsAsLongAsItsHash) {
  using Algorithm = enrol::EnrolOtp::In::Algorithm;
  const std::pair<Algorithm, size_t> rows[] = {{Algorithm::kSHA1, 32}, {Algorithm::kSHA256, 52}, {Algorithm::kSHA512, 103}};
  for (const auto& [algorithm, size] : rows) {
    Dialogue dialogue;
    enrol::EnrolOtp::In in;
    in.user = "alice";
    in.name = "phone";
    in.algorithm = algorithm;
    in.digits = 8;
    in.period = 60;
    dialogue.Begun(world_.enrol().EnrolOtp(World::Root(), std::move(in), dialogue.Sink()));
    world_.Settle();
    ASSERT_TRUE(dialogue.turn->offer.has_value());
    EXPECT_EQ(dialogue.turn->offer->otp_secret.size(), size);
  }
}

TEST_F(EnrolRunTest, AnImportedSecretBringsItsParameters) {
  const auto import = [&](const char* uri, std::optional<int64_t> digits) {
    Dialogue dialogue;
    enrol::EnrolOtp::In in;
    in.user = "alice";
    in.name = "token";
    in.digits = digits;
    in.otpauth_uri = SecretBytes(uri);
    dialogue.Begun(world_.enrol().EnrolOtp(World::Root(), std::move(in), dialogue.Sink()));
    world_.Settle();
    if (dialogue.error.has_value()) return dialogue.reason();
    world_.Answer(dialogue, world_.Code("token"));
    return dialogue.turn->done.has_value() ? std::to_string(dialogue.turn->done->otp->digits) : dialogue.reason();
  };
  EXPECT_EQ(import("otpauth://totp/x?secret=ABC", 6), "uri_and_parameters");
  EXPECT_EQ(import("http://x", {}), "bad_uri");
  EXPECT_EQ(import("otpauth://totp/x?secret=ABC", {}), "8");
}

TEST_F(EnrolRunTest, ParametersOutOfRangeAreRefused) {
  const auto refused = [&](std::optional<int64_t> digits, std::optional<int64_t> period) {
    Dialogue dialogue;
    enrol::EnrolOtp::In in;
    in.name = "phone";
    in.digits = digits;
    in.period = period;
    dialogue.Begun(world_.enrol().EnrolOtp(World::Root(), std::move(in), dialogue.Sink()));
    world_.Settle();
    return dialogue.reason();
  };
  for (const int64_t digits : {INT64_MIN, int64_t{5}, int64_t{9}, int64_t{4294967302}}) EXPECT_EQ(refused(digits, 30), "bad_digits");
  for (const int64_t period : {INT64_MIN, int64_t{0}, int64_t{29}, int64_t{31}, int64_t{4294967326}}) {
    EXPECT_EQ(refused(6, period), "bad_period");
  }
  EXPECT_EQ(refused(6, 30), "");
}

// --- keys

TEST_F(EnrolRunTest, AKeyIsEnrolledByAnAdministrator) {
  const KeyRecord old = world_.AddKey("alice", "old");
  Dialogue dialogue;
  EnrolKey(dialogue, World::Root(), "blue", "alice");
  const auto talk = world_.desk.current();
  ASSERT_NE(talk, nullptr) << dialogue.reason();
  ASSERT_TRUE(talk->make.has_value());
  EXPECT_EQ(talk->make->rp_id, "login.example.org");
  EXPECT_EQ(talk->make->user_name, "alice");
  EXPECT_EQ(talk->make->pin_floor, 3);
  ASSERT_EQ(talk->make->exclude.size(), 1u) << "a key that is enrolled already is not enrolled again";
  EXPECT_EQ(talk->make->exclude[0].credential_id, Base64UrlEncode(old.credential_id));
  EXPECT_EQ(world_.verifier.client_data.back().type, "org.fobd.create");
  talk->Say(proto::Progress::Kind::kTouch);
  talk->Made("new credential", testing::kUp | testing::kUv);
  world_.Settle();
  ASSERT_TRUE(dialogue.turn->done.has_value()) << dialogue.reason();
  EXPECT_EQ(dialogue.turn->done->key->name, "blue");
  EXPECT_TRUE(dialogue.turn->done->key->user_verification);
  EXPECT_EQ(dialogue.turn->done->key->transports, std::vector<std::string>{"usb"});
  EXPECT_EQ(Keys("alice"), 2u);
  EXPECT_EQ(world_.LastEntry().action, "key.enrol");
  EXPECT_EQ(world_.desk.alive(), 0);
}

TEST_F(EnrolRunTest, I12_TheKeysPinIsAskedForAndTriedOnceAPrompt) {
  Dialogue dialogue;
  EnrolKey(dialogue, World::Root(), "blue", "alice");
  world_.desk.current()->NeedPin(8);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(dialogue.asks(Kind::kPin));
    world_.Answer(dialogue, "12345");
    EXPECT_EQ(world_.desk.current()->make->pin->RevealText(), "12345");
    world_.desk.current()->Fail(MakeError(Code::kDenied, "wrong_pin", "wrong PIN"));
    world_.Settle();
  }
  EXPECT_EQ(dialogue.reason(), "wrong_pin");
  EXPECT_EQ(Keys("alice"), 0u);
  EXPECT_EQ(world_.desk.alive(), 0);
}

TEST_F(EnrolRunTest, ACredentialThatDoesNotVerifyIsNotEnrolled) {
  Dialogue dialogue;
  EnrolKey(dialogue, World::Root(), "blue", "alice");
  const auto talk = world_.desk.current();
  talk->make->client_data_hash = "of something else";
  talk->Made("new credential", testing::kUp);
  world_.Settle();
  EXPECT_EQ(dialogue.reason(), "bad_signature");
  EXPECT_EQ(Keys("alice"), 0u);
  EXPECT_EQ(world_.LastEntry().outcome, Outcome::kDenied);
}

TEST_F(EnrolRunTest, OneCredentialBelongsToOneUser) {
  for (const char* user : {"alice", "bob"}) {
    Dialogue dialogue;
    EnrolKey(dialogue, World::Root(), "blue", user);
    world_.desk.current()->Made("the same credential", testing::kUp);
    world_.Settle();
    EXPECT_EQ(dialogue.reason(), user == std::string("bob") ? "credential_taken" : "");
  }
}

// --- who must prove what

TEST_F(EnrolRunTest, OthersProveAnEnrolledFactorFirst) {
  const KeyRecord key = world_.AddKey("alice", "blue");
  world_.AddOtp("alice", "phone");
  world_.Sit(testing::kAliceUid);
  Dialogue by_code;
  EnrolOtp(by_code, World::Alice(), "tablet");
  ASSERT_TRUE(by_code.asks(Kind::kChoice)) << by_code.reason();
  EXPECT_FALSE(by_code.turn->offer.has_value()) << "no secret before the proof";
  world_.Answer(by_code, world_.Code("phone"));
  ASSERT_TRUE(by_code.turn.has_value() && by_code.turn->offer.has_value()) << by_code.reason();
  world_.Answer(by_code, world_.Code("tablet"));
  EXPECT_TRUE(by_code.turn->done.has_value());
  EXPECT_EQ(Otps("alice"), 2u);

  Dialogue by_key;
  EnrolKey(by_key, World::Alice(), "red");
  world_.Answer(by_key, "");
  world_.desk.current()->Assert(key, testing::kUp, 11);
  world_.Settle();
  ASSERT_NE(world_.desk.current(), nullptr);
  world_.desk.current()->Made("red credential", testing::kUp);
  world_.Settle();
  EXPECT_TRUE(by_key.turn.has_value() && by_key.turn->done.has_value()) << by_key.reason();
  EXPECT_EQ(Keys("alice"), 2u);
  // Both the proof and the change are in the trail.
  const auto trail = world_.Trail();
  EXPECT_EQ(trail.at(trail.size() - 2).entry.action, "enrol.prove");
  EXPECT_EQ(trail.at(trail.size() - 2).entry.subject, key.id);
  EXPECT_EQ(trail.back().entry.action, "key.enrol");
}

TEST_F(EnrolRunTest, AProofThatFailsChangesNothing) {
  const KeyRecord key = world_.AddKey("alice", "blue");
  world_.AddOtp("alice", "phone");
  world_.Sit(testing::kAliceUid);
  Dialogue wrong;
  EnrolOtp(wrong, World::Alice(), "tablet");
  world_.Answer(wrong, "000000");
  EXPECT_EQ(wrong.reason(), "wrong_code");
  Dialogue untouched;
  RemoveKey(untouched, World::Alice(), "blue");
  world_.Answer(untouched, "");
  world_.desk.current()->Assert(key, 0, 11);
  world_.Settle();
  EXPECT_EQ(untouched.reason(), "not_present");
  EXPECT_EQ(Keys("alice"), 1u);
  EXPECT_EQ(Otps("alice"), 1u);
}

TEST_F(EnrolRunTest, I18_ACodeThatProvedIsUsed) {
  world_.AddOtp("alice", "phone");
  world_.AddOtp("alice", "tablet");
  const std::string code = world_.Code("phone");
  Dialogue remove;
  RemoveOtp(remove, World::Alice(), "tablet");
  world_.Answer(remove, code);
  ASSERT_TRUE(remove.turn.has_value() && remove.turn->done.has_value()) << remove.reason();
  Dialogue again;
  RemoveOtp(again, World::Alice(), "phone");
  world_.Answer(again, code);
  EXPECT_EQ(again.reason(), "replayed_code");
  EXPECT_EQ(Otps("alice"), 1u);
}

TEST_F(EnrolRunTest, I8_TheProvingFactorMustStillBeThereInTheEnd) {
  world_.AddOtp("alice", "phone");
  Dialogue dialogue;
  EnrolOtp(dialogue, World::Alice(), "tablet");
  world_.Answer(dialogue, world_.Code("phone"));
  ASSERT_TRUE(world_.store().RemoveOtp("alice", "phone", {}).ok());
  world_.Answer(dialogue, world_.Code("tablet"));
  EXPECT_EQ(dialogue.reason(), "factor_removed");
  EXPECT_EQ(Otps("alice"), 0u);
}

TEST_F(EnrolRunTest, TheFirstFactorComesWithAnEnrolmentCodeOnce) {
  const std::string code = NewCode("alice");
  Dialogue wrong;
  EnrolOtp(wrong, World::Alice(), "phone");
  ASSERT_TRUE(wrong.asks(Kind::kEnrolCode));
  world_.Answer(wrong, "AAAA-AAAA-AAAA-AAAA");
  EXPECT_EQ(wrong.reason(), "wrong_enrol_code");

  Dialogue good;
  EnrolOtp(good, World::Alice(), "phone");
  std::string typed = code;
  for (char& c : typed) c = c == '-' ? ' ' : static_cast<char>(std::tolower(c));
  world_.Answer(good, typed);
  ASSERT_TRUE(good.turn.has_value() && good.turn->offer.has_value()) << good.reason();
  world_.Answer(good, world_.Code("phone"));
  EXPECT_TRUE(good.turn->done.has_value());

  ASSERT_TRUE(world_.store().RemoveOtp("alice", "phone", {}).ok());
  Dialogue again;
  EnrolOtp(again, World::Alice(), "phone");
  world_.Answer(again, code);
  EXPECT_EQ(again.reason(), "wrong_enrol_code") << "it is consumed";
}

TEST_F(EnrolRunTest, AnEnrolmentCodeIsOfOneUserAndOfItsTime) {
  const std::string code = NewCode("alice");
  Dialogue other;
  EnrolOtp(other, World::Bob(), "phone");
  world_.Answer(other, code);
  EXPECT_EQ(other.reason(), "wrong_enrol_code");
  const std::string newer = NewCode("alice");
  Dialogue replaced;
  EnrolOtp(replaced, World::Alice(), "phone");
  world_.Answer(replaced, code);
  EXPECT_EQ(replaced.reason(), "wrong_enrol_code") << "a new one replaces the old one";
  world_.Advance(24 * 3600 * 1000);
  Dialogue late;
  EnrolOtp(late, World::Alice(), "phone");
  world_.Answer(late, newer);
  EXPECT_EQ(late.reason(), "wrong_enrol_code");
}

TEST_F(EnrolRunTest, TwoAtOnceWithOneEnrolmentCodeAreOneEnrolment) {
  const std::string code = NewCode("alice");
  Dialogue one;
  Dialogue two;
  EnrolOtp(one, World::Alice(), "phone");
  EnrolOtp(two, World::Alice(), "tablet");
  world_.Answer(one, code);
  world_.Answer(two, code);
  world_.Answer(one, world_.Code("phone"));
  world_.Answer(two, world_.Code("tablet"));
  EXPECT_TRUE(one.turn.has_value() && one.turn->done.has_value());
  EXPECT_EQ(two.reason(), "enrol_code");
  EXPECT_EQ(Otps("alice"), 1u);
}

TEST_F(EnrolRunTest, AnEnrolmentCodeIsForTheFirstFactorAlone) {
  world_.AddKey("alice", "blue");
  NewCode("alice");
  // Her key cannot be asked from afar: the code is no way around it, neither to enrol nor to remove.
  Dialogue add;
  EnrolOtp(add, World::Alice(), "phone");
  EXPECT_EQ(add.reason(), "no_factor");
  Dialogue remove;
  RemoveKey(remove, World::Alice(), "blue");
  EXPECT_EQ(remove.reason(), "no_factor");
  EXPECT_EQ(Keys("alice"), 1u);
}

TEST_F(EnrolRunTest, I5_OthersActForThemselvesAlone) {
  world_.AddKey("alice", "blue");
  world_.AddOtp("alice", "phone");
  using Begin = std::function<void(Dialogue&)>;
  const Begin begins[] = {
      [&](Dialogue& d) { EnrolKey(d, World::Bob(), "x", "alice"); },
      [&](Dialogue& d) { EnrolOtp(d, World::Bob(), "x", "alice"); },
      [&](Dialogue& d) { RemoveKey(d, World::Bob(), "blue", "alice"); },
      [&](Dialogue& d) { RemoveOtp(d, World::Bob(), "phone", "alice"); },
      [&](Dialogue& d) { TestKey(d, World::Bob(), "blue", "alice"); },
      [&](Dialogue& d) { EnrolKey(d, World::Bob(), "x", "nobody-of-that-name"); },
      [&](Dialogue& d) { EnrolKey(d, World::Postgres(), "x", "alice"); },
  };
  for (const auto& begin : begins) {
    Dialogue dialogue;
    begin(dialogue);
    ASSERT_TRUE(dialogue.error.has_value());
    EXPECT_EQ(dialogue.error->code, Code::kNotPermitted);
    EXPECT_EQ(dialogue.reason(), "other_user") << "not even whether such a user exists";
  }
  EXPECT_EQ(world_.desk.talks.size(), 0u);
  // Bob's own factors are not alice's: her names mean nothing to him.
  Dialogue own;
  RemoveKey(own, World::Bob(), "blue");
  EXPECT_EQ(own.reason(), "no_such_key");
}

TEST_F(EnrolRunTest, I9_NobodyWakesKeysFromAfar) {
  world_.AddKey("alice", "blue");
  world_.AddOtp("alice", "phone");
  for (int place = 0; place < 3; ++place) {
    if (place == 1) world_.Remote(testing::kAliceUid);
    if (place == 2) world_.Sit(testing::kAliceUid, false);
    Dialogue test;
    TestKey(test, World::Alice(), "blue");
    EXPECT_EQ(test.reason(), "key_not_here") << place;
    Dialogue add;
    EnrolKey(add, World::Alice(), "red");
    EXPECT_EQ(add.reason(), "key_not_here") << place;
    Dialogue otp;
    EnrolOtp(otp, World::Alice(), "tablet");
    EXPECT_TRUE(otp.asks(Kind::kCode)) << "the code alone";
  }
  EXPECT_EQ(world_.desk.talks.size(), 0u);
  world_.Sit(testing::kAliceUid);
  Dialogue here;
  TestKey(here, World::Alice(), "blue");
  EXPECT_EQ(world_.desk.busy(), 1);
}

TEST_F(EnrolRunTest, I9_UnlessPolicyNamesTheService) {
  world_.settings.rules.insert(world_.settings.rules.begin(), Rule());
  world_.settings.rules.front().services = {"fobctl"};
  world_.AddKey("alice", "blue");
  Dialogue dialogue;
  TestKey(dialogue, World::Alice(), "blue");
  EXPECT_EQ(world_.desk.busy(), 1);
}

// --- removing and testing

TEST_F(EnrolRunTest, AnAdministratorRemovesByNameOrId) {
  const KeyRecord key = world_.AddKey("alice", "blue");
  world_.AddOtp("alice", "phone");
  Dialogue by_id;
  RemoveKey(by_id, World::Root(), key.id, "alice");
  ASSERT_TRUE(by_id.turn.has_value() && by_id.turn->done.has_value()) << by_id.reason();
  EXPECT_EQ(by_id.turn->done->key->name, "blue");
  EXPECT_EQ(world_.LastEntry().action, "key.remove");
  Dialogue by_name;
  RemoveOtp(by_name, World::Root(), "phone", "alice");
  EXPECT_TRUE(by_name.turn->done.has_value());
  EXPECT_EQ(world_.LastEntry().action, "otp.remove");
  for (const bool otp : {false, true}) {
    Dialogue again;
    if (otp) {
      RemoveOtp(again, World::Root(), "phone", "alice");
    } else {
      RemoveKey(again, World::Root(), "blue", "alice");
    }
    EXPECT_EQ(again.reason(), otp ? "no_such_otp" : "no_such_key");
    EXPECT_EQ(again.error->code, Code::kNotFound);
  }
}

TEST_F(EnrolRunTest, ATestTouchesThatKeyAndNoOther) {
  const KeyRecord blue = world_.AddKey("alice", "blue");
  const KeyRecord red = world_.AddKey("alice", "crimson");
  Dialogue dialogue;
  TestKey(dialogue, World::Root(), "crimson", "alice");  // a proof even for an administrator
  ASSERT_EQ(world_.desk.busy(), 1);
  EXPECT_EQ(world_.desk.current()->get->credentials.size(), 1u);
  world_.desk.current()->Assert(red, testing::kUp, 20);
  world_.Settle();
  ASSERT_TRUE(dialogue.turn.has_value() && dialogue.turn->done.has_value()) << dialogue.reason();
  EXPECT_EQ(dialogue.turn->done->key->key, red.id);
  EXPECT_EQ(world_.LastEntry().action, "key.test");
  EXPECT_EQ(world_.store().ListKeys("alice")->size(), 2u);
  Dialogue other;
  TestKey(other, World::Root(), "crimson", "alice");
  world_.desk.current()->Assert(blue, testing::kUp, 20);
  world_.Settle();
  EXPECT_EQ(other.reason(), "wrong_credential");
}

// --- names and limits

TEST_F(EnrolRunTest, NamesAreChecked) {
  for (const std::string& bad : {std::string(), std::string(65, 'x'), std::string("a\nb")}) {
    Dialogue key;
    EnrolKey(key, World::Root(), bad, "alice");
    EXPECT_EQ(key.reason(), "bad_name");
    Dialogue otp;
    EnrolOtp(otp, World::Root(), bad, "alice");
    EXPECT_EQ(otp.reason(), "bad_name");
    Dialogue remove;
    RemoveKey(remove, World::Alice(), bad);
    EXPECT_EQ(remove.reason(), "bad_name");
    Dialogue test;
    TestKey(test, World::Alice(), bad);
    EXPECT_EQ(test.reason(), "bad_name");
  }
  Dialogue user;
  EnrolKey(user, World::Alice(), "x", std::string(100'000, 'u'));
  EXPECT_EQ(user.reason(), "bad_user");
}

TEST_F(EnrolRunTest, ANameStandsForOneFactorOfAUser) {
  world_.AddKey("alice", "blue");
  world_.AddOtp("alice", "phone");
  Dialogue key;
  EnrolKey(key, World::Root(), "blue", "alice");
  EXPECT_EQ(key.reason(), "name_taken");
  EXPECT_EQ(key.error->code, Code::kConflict);
  Dialogue otp;
  EnrolOtp(otp, World::Root(), "phone", "alice");
  EXPECT_EQ(otp.reason(), "name_taken");
  Dialogue bobs;
  EnrolOtp(bobs, World::Root(), "phone", "bob");
  EXPECT_EQ(bobs.reason(), "");
  // Taken while the ceremony went on.
  Dialogue late;
  EnrolOtp(late, World::Root(), "tablet", "alice");
  world_.AddOtp("alice", "tablet");
  world_.Answer(late, world_.Code("tablet"));
  EXPECT_EQ(late.reason(), "name_taken");
}

TEST_F(EnrolRunTest, AUserHasAtMost32KeysAnd8Otps) {
  for (int i = 0; i < 32; ++i) world_.AddKey("alice", std::string(static_cast<size_t>(i) + 1, 'k'));
  for (int i = 0; i < 8; ++i) world_.AddOtp("alice", "otp" + std::to_string(i));
  Dialogue key;
  EnrolKey(key, World::Root(), "one more", "alice");
  EXPECT_EQ(key.reason(), "too_many_factors");
  EXPECT_EQ(key.error->code, Code::kExhausted);
  Dialogue otp;
  EnrolOtp(otp, World::Root(), "one more", "alice");
  EXPECT_EQ(otp.reason(), "too_many_factors");
}

// --- time, callers, errors

TEST_F(EnrolRunTest, TimeAndCallersEndItAnywhere) {
  world_.AddKey("alice", "blue");
  world_.AddOtp("alice", "phone");
  world_.Sit(testing::kAliceUid);
  for (const bool gone : {false, true}) {
    for (int at = 0; at < 6; ++at) {
      Dialogue dialogue;
      world_.host.hold = at == 0;
      if (at < 4) {
        EnrolKey(dialogue, at < 3 ? World::Alice() : World::Root(), "red", "alice");
        if (at == 2) world_.Answer(dialogue, "");
      } else {
        EnrolKey(dialogue, World::Root(), "red", "alice");
        world_.desk.current()->NeedPin(8);
        if (at == 5) world_.Answer(dialogue, "1234");
      }
      if (gone) {
        dialogue.Hang();
      } else {
        world_.timers.Advance(60'000);
      }
      world_.host.hold = false;
      world_.Settle();
      EXPECT_EQ(world_.desk.alive(), 0) << at;
      EXPECT_EQ(world_.timers.pending(), 0u) << at;
      EXPECT_EQ(world_.LastEntry().detail, gone ? "caller_gone" : "timed_out") << at;
    }
  }
  EXPECT_EQ(Keys("alice"), 1u);
}

TEST_F(EnrolRunTest, ALateAnswerGetsTheRefusal) {
  Dialogue dialogue;
  EnrolOtp(dialogue, World::Root(), "phone", "alice");
  world_.Advance(60'000);
  world_.Answer(dialogue, world_.Code("phone"));
  ASSERT_TRUE(dialogue.error.has_value());
  EXPECT_EQ(dialogue.error->code, Code::kTimedOut);
  EXPECT_EQ(Otps("alice"), 0u);
}

TEST_F(EnrolRunTest, I1_I13_ErrorsAreRefusalsAndNoReasonToTakeAnybodyForNew) {
  const Error down = MakeError(Code::kUnavailable, "down", "it is down");
  world_.AddOtp("alice", "phone");
  NewCode("alice");
  for (int step = 0; step < 3; ++step) {
    world_.host.account_error = step == 0 ? std::optional(down) : std::nullopt;
    world_.host.caller_error = step == 1 ? std::optional(down) : std::nullopt;
    world_.queue().read_error = step == 2 ? std::optional(down) : std::nullopt;
    Dialogue dialogue;
    EnrolOtp(dialogue, World::Alice(), "tablet");
    EXPECT_EQ(dialogue.reason(), "down") << step;
    EXPECT_FALSE(dialogue.asks(Kind::kEnrolCode));
  }
  world_.queue().read_error.reset();
  Dialogue full;
  EnrolOtp(full, World::Root(), "tablet", "alice");
  world_.queue().write_error = down;
  world_.Answer(full, world_.Code("tablet"));
  EXPECT_EQ(full.reason(), "down");
  world_.queue().write_error.reset();
  EXPECT_EQ(Otps("alice"), 1u);
}

TEST_F(EnrolRunTest, AnAccountThatChangedItsUidIsBlockedUntilItIsRebound) {
  world_.AddOtp("alice", "phone");
  world_.host.accounts["alice"].uid = 2000;
  Dialogue dialogue;
  EnrolOtp(dialogue, World::Root(), "tablet", "alice");
  EXPECT_EQ(dialogue.reason(), "user_changed");
  EXPECT_EQ(dialogue.error->code, Code::kConflict);
}

TEST_F(EnrolRunTest, AnEnrolmentCodeLivesAMinuteTo30Days) {
  const auto create = [&](std::optional<int64_t> ms) {
    return world_.Call(world_.enrol(), &EnrolService::CreateCode, World::Root(), {"alice", ms});
  };
  for (const int64_t bad : {int64_t{0}, int64_t{59'999}, int64_t{30} * 24 * 3600 * 1000 + 1000, INT64_MIN, INT64_MAX}) {
    EXPECT_EQ(create(bad).error().reason, "bad_lifetime") << bad;
  }
  EXPECT_EQ(create(60'000)->expires_at, world_.clock.UnixSeconds() + 60);
  EXPECT_EQ(create({})->expires_at, world_.clock.UnixSeconds() + 24 * 3600);
  EXPECT_EQ(world_.LastEntry().action, "enrol_code.create");
}

TEST_F(EnrolRunTest, ListsAndRenamingStayWithTheirUser) {
  world_.AddKey("alice", "blue");
  world_.AddKey("bob", "red");
  world_.AddOtp("alice", "phone");
  const auto keys = [&](const Peer& peer, std::optional<std::string> user) {
    auto out = world_.Call(world_.enrol(), &EnrolService::ListKeys, peer, {std::move(user)});
    return out.ok() ? std::to_string(out->keys.size()) : out.error().reason;
  };
  EXPECT_EQ(keys(World::Root(), {}), "2");
  EXPECT_EQ(keys(World::Root(), "alice"), "1");
  EXPECT_EQ(keys(World::Alice(), {}), "1");
  EXPECT_EQ(keys(World::Alice(), "alice"), "1");
  EXPECT_EQ(keys(World::Alice(), "bob"), "other_user");
  EXPECT_EQ(keys(World::Postgres(), {}), "0");
  const auto otps = world_.Call(world_.enrol(), &EnrolService::ListOtps, World::Bob(), {"alice"});
  EXPECT_EQ(otps.error().reason, "other_user");

  const auto rename = [&](const Peer& peer, std::optional<std::string> user, std::string key, std::string name) {
    auto out = world_.Call(world_.enrol(), &EnrolService::RenameKey, peer, {std::move(user), std::move(key), std::move(name)});
    return out.ok() ? out->key.name : out.error().reason;
  };
  EXPECT_EQ(rename(World::Alice(), {}, "blue", "navy"), "navy");
  EXPECT_EQ(rename(World::Bob(), "alice", "navy", "mine"), "other_user");
  EXPECT_EQ(rename(World::Alice(), {}, "red", "mine"), "no_key") << "another's key";
  EXPECT_EQ(rename(World::Alice(), {}, "navy", ""), "bad_name");
  EXPECT_EQ(rename(World::Alice(), {}, std::string(65, 'x'), "ok"), "bad_name");
}

}  // namespace
}  // namespace fob::core
