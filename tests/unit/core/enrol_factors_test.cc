// Enrolling, removing and testing factors.

#include "tests/unit/core/enrol_fixture.h"

namespace fob::core {
namespace {

class EnrolFactors : public EnrolFixture {};

// --- otps

TEST_F(EnrolFactors, AnOtpCountsAfterOneGoodCode) {
  Dialogue dialogue;
  EnrolOtp(dialogue, World::Root(), "phone", "alice");
  ASSERT_TRUE(dialogue.asks(AskKind::kCode)) << dialogue.reason();
  ASSERT_TRUE(dialogue.turn->offer.has_value());
  EXPECT_THAT(std::string(dialogue.turn->offer->otpauth_uri.RevealText()),
              HasSubstr("otpauth://totp/login.example.org"));
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

TEST_F(EnrolFactors, AWrongActivationCodeMayBeTypedThreeTimes) {
  Dialogue dialogue;
  EnrolOtp(dialogue, World::Root(), "phone", "alice");
  const SecretBytes secret = dialogue.turn->offer->otp_secret.Clone();
  for (int i = 0; i < 2; ++i) {
    world_.Answer(dialogue, "000000");
    ASSERT_TRUE(dialogue.asks(AskKind::kCode)) << i;
    EXPECT_TRUE(dialogue.turn->offer->otp_secret == secret) << "the same secret";
  }
  world_.Answer(dialogue, "000000");
  EXPECT_EQ(dialogue.reason(), "wrong_code");
  EXPECT_EQ(Otps("alice"), 0u);
}

TEST_F(EnrolFactors, TheSecretIsAsLongAsItsHash) {
  using Algorithm = enrol::EnrolOtp::In::Algorithm;
  const std::pair<Algorithm, size_t> rows[] = {
      {Algorithm::kSHA1, 32}, {Algorithm::kSHA256, 52}, {Algorithm::kSHA512, 103}};
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

TEST_F(EnrolFactors, AnImportedSecretBringsItsParameters) {
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
    return dialogue.turn->done.has_value() ? std::to_string(dialogue.turn->done->otp->digits)
                                           : dialogue.reason();
  };
  EXPECT_EQ(import("otpauth://totp/x?secret=ABC", 6), "uri_and_parameters");
  EXPECT_EQ(import("http://x", {}), "bad_uri");
  EXPECT_EQ(import("otpauth://totp/x?secret=ABC", {}), "8");
}

TEST_F(EnrolFactors, ParametersOutOfRangeAreRefused) {
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
  for (const int64_t digits : {INT64_MIN, int64_t{5}, int64_t{9}, int64_t{4294967302}})
    EXPECT_EQ(refused(digits, 30), "bad_digits");
  for (const int64_t period :
       {INT64_MIN, int64_t{0}, int64_t{29}, int64_t{31}, int64_t{4294967326}}) {
    EXPECT_EQ(refused(6, period), "bad_period");
  }
  EXPECT_EQ(refused(6, 30), "");
}

// --- keys

TEST_F(EnrolFactors, AKeyIsEnrolledByAnAdministrator) {
  const KeyRecord old = world_.AddKey("alice", "old");
  Dialogue dialogue;
  EnrolKey(dialogue, World::Root(), "blue", "alice");
  const auto talk = world_.desk.current();
  ASSERT_NE(talk, nullptr) << dialogue.reason();
  ASSERT_TRUE(talk->make.has_value());
  EXPECT_EQ(talk->make->rp_id, "login.example.org");
  EXPECT_EQ(talk->make->user_name, "alice");
  EXPECT_EQ(talk->make->pin_floor, 3);
  ASSERT_EQ(talk->make->exclude.size(), 1u)
      << "a key that is enrolled already is not enrolled again";
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

TEST_F(EnrolFactors, I12_TheKeysPinIsAskedForAndTriedOnceAPrompt) {
  Dialogue dialogue;
  EnrolKey(dialogue, World::Root(), "blue", "alice");
  world_.desk.current()->NeedPin(8);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(dialogue.asks(AskKind::kPin));
    world_.Answer(dialogue, "12345");
    EXPECT_EQ(world_.desk.current()->make->pin->RevealText(), "12345");
    world_.desk.current()->Fail(MakeError(Code::kDenied, "wrong_pin", "wrong PIN"));
    world_.Settle();
  }
  EXPECT_EQ(dialogue.reason(), "wrong_pin");
  EXPECT_EQ(world_.Count("key.pin"), 3) << "and the refusal";
  EXPECT_EQ(world_.LastEntry().action, "key.enrol");
  EXPECT_EQ(Keys("alice"), 0u);
  EXPECT_EQ(world_.desk.alive(), 0);
}

TEST_F(EnrolFactors, ACredentialThatDoesNotVerifyIsNotEnrolled) {
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

TEST_F(EnrolFactors, OneCredentialBelongsToOneUser) {
  for (const char* user : {"alice", "bob"}) {
    Dialogue dialogue;
    EnrolKey(dialogue, World::Root(), "blue", user);
    world_.desk.current()->Made("the same credential", testing::kUp);
    world_.Settle();
    EXPECT_EQ(dialogue.reason(), user == std::string("bob") ? "credential_taken" : "");
  }
}

// --- removing and testing

TEST_F(EnrolFactors, AnAdministratorRemovesByNameOrId) {
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

TEST_F(EnrolFactors, ATestTouchesThatKeyAndNoOther) {
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

}  // namespace
}  // namespace fob::core
