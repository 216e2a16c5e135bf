#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/devices/desk.h"

namespace fob::fido {
namespace {

using testing::Desk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ReasonOf;
using testing::VirtualKeyProcess;

SecretBytes Pin(std::string_view pin) { return SecretBytes(pin); }

// A key with PIN 1234, enrolled with it.
class FidoPin : public ::testing::TestWithParam<std::vector<std::string>> {
 protected:
  void SetUp() override {
    std::vector<std::string> arguments = {"--pin", "1234"};
    if (HasParam()) arguments.insert(arguments.end(), GetParam().begin(), GetParam().end());
    key_ = &desk_.Add("key", arguments);
    CredentialRequest create = desk_.CreateRequest();
    create.user_verification = UserVerification::kRequired;
    enrolled_ = desk_.Enrol(std::move(create), "1234");
    request_ = desk_.GetRequest({enrolled_});
    request_.user_verification = true;
  }
  static bool HasParam() {
    return ::testing::UnitTest::GetInstance()->current_test_info()->value_param() != nullptr;
  }

  // The key asks for its PIN and gets this one.
  Result<Answer> Try(std::string_view pin) {
    desk_.Fresh();
    request_.pin.reset();
    auto answer = desk_.Get(request_);
    if (!answer.ok()) return answer;
    EXPECT_TRUE(std::holds_alternative<PinNeeded>(*answer));
    request_.pin = Pin(pin);
    return desk_.Get(request_);
  }

  Desk desk_;
  VirtualKeyProcess* key_ = nullptr;
  CredentialFacts enrolled_;
  AssertionRequest request_;
};

TEST_P(FidoPin, ThePinVerifiesTheUser) {
  EXPECT_TRUE(enrolled_.user_verified);
  const auto asked = desk_.Get(request_);
  ASSERT_EQ(ReasonOf(asked), "ok");
  const PinNeeded& needed = std::get<PinNeeded>(*asked);
  EXPECT_EQ(needed.device, "key");
  EXPECT_EQ(needed.retries, 8);
  EXPECT_THAT(desk_.progress(), ElementsAre()) << "nothing blinks while the PIN is typed";

  request_.pin = Pin("1234");
  const auto answer = desk_.Get(request_);
  ASSERT_EQ(ReasonOf(answer), "ok");
  AssertionCheck check = desk_.CheckOf(std::get<Assertion>(*answer), enrolled_);
  check.require_user_verification = true;
  const auto facts = VerifyAssertion(check);
  ASSERT_EQ(ReasonOf(facts), "ok");
  EXPECT_TRUE(facts->user_verified);
}

INSTANTIATE_TEST_SUITE_P(Protocols, FidoPin,
                         ::testing::Values(std::vector<std::string>{"--pin-protocols", "1"},
                                           std::vector<std::string>{"--pin-protocols", "2"},
                                           std::vector<std::string>{"--ctap", "2.0",
                                                                    "--pin-protocols", "1"}));

using FidoPinOnce = FidoPin;

TEST_F(FidoPinOnce, TheTouchAfterThePinIsToldAndWaitedFor) {
  ASSERT_EQ(ReasonOf(desk_.Get(request_)), "ok");
  key_->SetTouchPolicy("command");
  request_.pin = Pin("1234");
  auto answer = desk_.StartGet(request_);
  ASSERT_TRUE(desk_.WaitProgress("touch:key"));
  key_->TouchWhenAsked();
  EXPECT_EQ(ReasonOf(answer.get()), "ok");
}

TEST_F(FidoPinOnce, I10_TheKeyIsNotHeldWhileThePinIsTyped) {
  ASSERT_EQ(ReasonOf(desk_.Get(request_)), "ok");
  AssertionRequest touch_alone = desk_.GetRequest({enrolled_});
  testing::VirtualRing ring(desk_.folder());
  Ceremony other(ring, -1, [](const Progress&) {});
  EXPECT_EQ(ReasonOf(other.GetAssertion(touch_alone)), "ok");
  request_.pin = Pin("1234");
  EXPECT_EQ(ReasonOf(desk_.Get(request_)), "ok");
}

TEST_F(FidoPinOnce, I12_AWrongPinIsTriedOnceAndTheTriesLeftAreShown) {
  const auto wrong = Try("9999");
  EXPECT_EQ(ReasonOf(wrong), "wrong_pin");
  EXPECT_THAT(wrong.error().text, HasSubstr("7 tries left"));
  EXPECT_EQ(key_->Status("pin_retries"), 7);
  EXPECT_THAT(desk_.progress(), ElementsAre()) << "nothing to touch yet";
  EXPECT_EQ(ReasonOf(Try("1234")), "ok");
  EXPECT_EQ(key_->Status("pin_retries"), 8);
}

TEST_F(FidoPinOnce, I12_NoPinIsTriedBelowTheFloor) {
  EXPECT_EQ(ReasonOf(Try("9999")), "wrong_pin");
  EXPECT_EQ(ReasonOf(Try("9999")), "wrong_pin");
  EXPECT_EQ(ReasonOf(Try("9999")), "pin_auth_blocked");
  EXPECT_EQ(ReasonOf(Try("1234")), "pin_auth_blocked")
      << "even the right one, until it is plugged in again";
  key_->Unplug();
  key_->Plug();
  EXPECT_EQ(ReasonOf(Try("9999")), "wrong_pin");
  request_.pin_floor = 5;
  const auto refused = Try("1234");
  EXPECT_EQ(ReasonOf(refused), "pin_floor");
  EXPECT_THAT(refused.error().text, HasSubstr("4 left"));
  EXPECT_EQ(key_->Status("pin_retries"), 4);
  // The last try is not spent either when the retries fell after the question.
  request_.pin_floor = 2;
  request_.pin.reset();
  ASSERT_EQ(ReasonOf(desk_.Get(request_)), "ok");
  request_.pin = Pin("1234");
  request_.pin_floor = 5;
  EXPECT_EQ(ReasonOf(desk_.Get(request_)), "pin_floor");
  EXPECT_EQ(key_->Status("pin_retries"), 4);
}

TEST_F(FidoPinOnce, I11_ABlockedPinIsTold) {
  request_.pin_floor = 0;
  for (int i = 0; i < 16 && key_->Status("pin_retries") > 0; ++i) {
    if (ReasonOf(Try("9999")) == "pin_auth_blocked") {
      key_->Unplug();
      key_->Plug();
    }
  }
  EXPECT_EQ(ReasonOf(Try("1234")), "pin_blocked");
}

TEST_F(FidoPinOnce, I11_AForcedPinChangeIsToldBeforeAnybodyTypes) {
  EXPECT_EQ(key_->Command("force-pin-change on"), "ok");
  const auto answer = desk_.Get(request_);
  EXPECT_EQ(ReasonOf(answer), "pin_change");
  EXPECT_THAT(answer.error().text, HasSubstr("fobctl key pin change"));
  EXPECT_EQ(key_->Status("pin_retries"), 8);
}

// It is forced while somebody types.
TEST_F(FidoPinOnce, I11_APinThatTheKeyWantsChangedIsToldAsSuch) {
  ASSERT_EQ(ReasonOf(desk_.Get(request_)), "ok");
  EXPECT_EQ(key_->Command("force-pin-change on"), "ok");
  request_.pin = Pin("1234");
  EXPECT_EQ(ReasonOf(desk_.Get(request_)), "pin_change");
}

TEST_F(FidoPinOnce, APinThatNobodyAskedForOrThatCannotBeOneIsNotTried) {
  request_.pin = Pin("1234");
  EXPECT_EQ(ReasonOf(desk_.Get(request_)), "pin_not_asked");
  request_.pin.reset();
  ASSERT_EQ(ReasonOf(desk_.Get(request_)), "ok");
  for (const std::string_view pin : {std::string_view("123"), std::string_view(""),
                                     std::string_view("12\0"
                                                      "4",
                                                      4)}) {
    request_.pin = Pin(pin);
    EXPECT_EQ(ReasonOf(desk_.Get(request_)), "pin_length");
  }
  request_.pin = Pin(std::string(64, '1'));
  EXPECT_EQ(ReasonOf(desk_.Get(request_)), "pin_length");
  EXPECT_EQ(key_->Status("pin_retries"), 8);
}

TEST_F(FidoPinOnce, ThePinGoesToTheKeyThatAskedAndToNoOther) {
  ASSERT_EQ(ReasonOf(desk_.Get(request_)), "ok");
  key_->Unplug();
  auto& other = desk_.Add("other", {"--pin", "1234"});
  request_.pin = Pin("1234");
  EXPECT_EQ(ReasonOf(desk_.Get(request_)), "key_vanished");
  EXPECT_EQ(other.Status("inits"), 0);
}

TEST_F(FidoPinOnce, OfTwoKeysWithPinsTheTouchedOneAsks) {
  key_->Unplug();
  auto& second = desk_.Add("second", {"--pin", "5678"});
  CredentialRequest create = desk_.CreateRequest();
  create.user_verification = UserVerification::kRequired;
  const CredentialFacts of_second = desk_.Enrol(std::move(create), "5678");
  key_->Plug();
  key_->SetTouchPolicy("command");
  second.SetTouchPolicy("command");

  AssertionRequest request = desk_.GetRequest({enrolled_, of_second});
  request.user_verification = true;
  auto asking = desk_.StartGet(request);
  key_->WaitTouch();
  second.WaitTouch();
  second.Touch();
  key_->WaitIdle();
  const auto asked = asking.get();
  ASSERT_EQ(ReasonOf(asked), "ok");
  EXPECT_EQ(std::get<PinNeeded>(*asked).device, "second");

  request.pin = Pin("5678");
  auto answering = desk_.StartGet(request);
  second.TouchWhenAsked();
  const auto answer = answering.get();
  ASSERT_EQ(ReasonOf(answer), "ok");
  EXPECT_EQ(std::get<Assertion>(*answer).credential_id, of_second.credential_id);
  EXPECT_EQ(key_->Status("pin_retries"), 8);
}

TEST(FidoVerification, I11_AKeyWithoutPinIsToldWhenOneIsRequired) {
  Desk desk;
  desk.Add("key");
  const CredentialFacts enrolled = desk.Enrol();
  AssertionRequest request = desk.GetRequest({enrolled});
  request.user_verification = true;
  EXPECT_EQ(ReasonOf(desk.Get(request)), "no_pin");
  CredentialRequest create = desk.CreateRequest();
  create.user_verification = UserVerification::kRequired;
  EXPECT_EQ(ReasonOf(desk.Create(create)), "no_pin");
  create.user_verification = UserVerification::kPreferred;
  EXPECT_EQ(ReasonOf(desk.Create(create)), "ok");
}

TEST(FidoVerification, BuiltInVerificationNeedsNoPin) {
  for (const char* version : {"2.0", "2.1"}) {
    Desk desk;
    desk.Add("key", {"--builtin-uv", "--pin", "1234", "--ctap", version});
    CredentialRequest create = desk.CreateRequest();
    create.user_verification = UserVerification::kRequired;
    const CredentialFacts enrolled = desk.Enrol(std::move(create));
    EXPECT_TRUE(enrolled.user_verified);
    AssertionRequest request = desk.GetRequest({enrolled});
    request.user_verification = true;
    const auto answer = desk.Get(request);
    ASSERT_EQ(ReasonOf(answer), "ok") << version;
    ASSERT_TRUE(std::holds_alternative<Assertion>(*answer));
    AssertionCheck check = desk.CheckOf(std::get<Assertion>(*answer), enrolled);
    check.require_user_verification = true;
    EXPECT_EQ(ReasonOf(VerifyAssertion(check)), "ok");
    EXPECT_THAT(desk.progress(), ElementsAre("verify:key"));
  }
}

TEST(FidoVerification, BuiltInVerificationThatFailsFallsBackToThePin) {
  Desk desk;
  auto& key = desk.Add("key", {"--builtin-uv", "--pin", "1234"});
  const CredentialFacts enrolled = desk.Enrol();
  key.Command("uv fail");
  AssertionRequest request = desk.GetRequest({enrolled});
  request.user_verification = true;
  const auto asked = desk.Get(request);
  ASSERT_EQ(ReasonOf(asked), "ok");
  ASSERT_TRUE(std::holds_alternative<PinNeeded>(*asked));
  EXPECT_EQ(std::get<PinNeeded>(*asked).built_in, BuiltIn::kFailed);
  EXPECT_THAT(desk.progress(), ElementsAre("verify:key", "verify_again:key", "verify_again:key"));
  EXPECT_EQ(key.Status("uv_retries"), 2) << "three attempts are made, as no key says otherwise";
  request.pin = Pin("1234");
  const auto answer = desk.Get(request);
  ASSERT_EQ(ReasonOf(answer), "ok");
  AssertionCheck check = desk.CheckOf(std::get<Assertion>(*answer), enrolled);
  check.require_user_verification = true;
  EXPECT_EQ(ReasonOf(VerifyAssertion(check)), "ok");
}

TEST(FidoVerification, BuiltInVerificationThatFailsOnceIsTriedAgain) {
  Desk desk;
  auto& key = desk.Add("key", {"--builtin-uv", "--pin", "1234"});
  const CredentialFacts enrolled = desk.Enrol();
  key.Command("uv fail-once");
  AssertionRequest request = desk.GetRequest({enrolled});
  request.user_verification = true;
  const auto answer = desk.Get(request);
  ASSERT_EQ(ReasonOf(answer), "ok");
  ASSERT_TRUE(std::holds_alternative<Assertion>(*answer));
  EXPECT_THAT(desk.progress(), ElementsAre("verify:key", "verify_again:key"));
}

TEST(FidoVerification, BuiltInVerificationThatIsBlockedFallsBackToThePin) {
  Desk desk;
  auto& key = desk.Add("key", {"--builtin-uv", "--pin", "1234"});
  const CredentialFacts enrolled = desk.Enrol();
  key.Command("block uv");
  AssertionRequest request = desk.GetRequest({enrolled});
  request.user_verification = true;
  const auto asked = desk.Get(request);
  ASSERT_EQ(ReasonOf(asked), "ok");
  ASSERT_TRUE(std::holds_alternative<PinNeeded>(*asked));
  EXPECT_EQ(std::get<PinNeeded>(*asked).built_in, BuiltIn::kBlocked);
  EXPECT_THAT(desk.progress(), ElementsAre()) << "nobody is asked for a finger in vain";
  request.pin = Pin("1234");
  EXPECT_EQ(ReasonOf(desk.Get(request)), "ok");
  EXPECT_EQ(key.Status("uv_retries"), 5) << "its PIN unblocks it";
}

TEST(FidoVerification, BuiltInVerificationThatBecomesBlockedFallsBackToThePin) {
  Desk desk;
  auto& key = desk.Add("key", {"--builtin-uv", "--pin", "1234"});
  const CredentialFacts enrolled = desk.Enrol();
  key.Command("uv fail");
  AssertionRequest request = desk.GetRequest({enrolled});
  request.user_verification = true;
  ASSERT_EQ(ReasonOf(desk.Get(request)), "ok");
  desk.Fresh();
  const auto asked = desk.Get(request);  // two tries are left
  ASSERT_EQ(ReasonOf(asked), "ok");
  EXPECT_EQ(std::get<PinNeeded>(*asked).built_in, BuiltIn::kBlocked);
  EXPECT_EQ(key.Status("uv_retries"), 0);
}

TEST(FidoVerification, I11_BuiltInVerificationWithoutAPinIsToldToHaveFailedOrToBeBlocked) {
  Desk desk;
  auto& key = desk.Add("key", {"--builtin-uv"});
  const CredentialFacts enrolled = desk.Enrol();
  key.Command("uv fail");
  AssertionRequest request = desk.GetRequest({enrolled});
  request.user_verification = true;
  EXPECT_EQ(ReasonOf(desk.Get(request)), "uv_failed");
  EXPECT_EQ(ReasonOf(desk.Get(request)), "uv_blocked") << "two tries were left";
  EXPECT_EQ(ReasonOf(desk.Get(request)), "uv_blocked") << "none was";
}

TEST(FidoVerification, AKeyThatWantsItsPinForEveryCredentialAsks) {
  Desk desk;
  desk.Add("key", {"--pin", "1234", "--ctap", "2.0"});
  CredentialRequest create = desk.CreateRequest();  // discouraged
  const auto asked = desk.Create(create);
  ASSERT_EQ(ReasonOf(asked), "ok");
  ASSERT_TRUE(std::holds_alternative<PinNeeded>(*asked));
  create.pin = Pin("1234");
  const auto made = desk.Create(create);
  ASSERT_EQ(ReasonOf(made), "ok");
  EXPECT_EQ(ReasonOf(VerifyCredential(desk.CheckOf(std::get<MadeCredential>(*made)))), "ok");
}

}  // namespace
}  // namespace fob::fido
