#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/devices/desk.h"

namespace fob::fido {
namespace {

using testing::Desk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kRp;
using testing::ReasonOf;

const Assertion& AssertionOf(const Result<Answer>& answer) { return std::get<Assertion>(*answer); }

class Algorithms : public ::testing::TestWithParam<std::string> {};

TEST_P(Algorithms, ATouchSignsAndVerifies) {
  Desk desk;
  auto& key = desk.Add("key", {"--alg", GetParam() == "ES256" ? "es256" : "eddsa"});
  const CredentialFacts enrolled = desk.Enrol();
  EXPECT_EQ(AlgorithmName(enrolled.algorithm), GetParam());
  EXPECT_EQ(enrolled.attestation, Attestation::kSelf);
  EXPECT_FALSE(enrolled.user_verified);

  const auto answer = desk.Get(desk.GetRequest({enrolled}));
  ASSERT_EQ(ReasonOf(answer), "ok");
  EXPECT_EQ(AssertionOf(answer).device, "key");
  EXPECT_EQ(AssertionOf(answer).rp_id, kRp);
  EXPECT_FALSE(AssertionOf(answer).user_handle);
  const auto facts = VerifyAssertion(desk.CheckOf(AssertionOf(answer), enrolled));
  ASSERT_EQ(ReasonOf(facts), "ok");
  EXPECT_TRUE(facts->user_present);
  EXPECT_FALSE(facts->user_verified);
  EXPECT_GT(facts->counter, enrolled.counter);
  EXPECT_THAT(desk.progress(), ElementsAre("touch:key"));
  EXPECT_EQ(key.Status("blinks"), 2);
}

INSTANTIATE_TEST_SUITE_P(Each, Algorithms, ::testing::Values("ES256", "EdDSA"));

TEST(FidoCeremony, AKeyThatKnowsU2fOnlyEnrolsAndSigns) {
  Desk desk;
  desk.Add("old", {"--u2f-only"});
  CredentialRequest create = desk.CreateRequest();
  create.user_verification = UserVerification::kPreferred;
  const CredentialFacts enrolled = desk.Enrol(std::move(create));
  EXPECT_EQ(enrolled.algorithm, Algorithm::kEs256);
  EXPECT_EQ(enrolled.attestation, Attestation::kUnverified);

  AssertionRequest request = desk.GetRequest({enrolled});
  request.credentials.insert(request.credentials.begin(),
                             {kRp, Bytes(300, 7)});  // longer than U2F knows
  request.credentials.insert(request.credentials.begin(), {kRp, Bytes(64, 7)});
  const auto answer = desk.Get(request);
  ASSERT_EQ(ReasonOf(answer), "ok");
  EXPECT_EQ(ReasonOf(VerifyAssertion(desk.CheckOf(AssertionOf(answer), enrolled))), "ok");

  request.user_verification = true;
  EXPECT_EQ(ReasonOf(desk.Get(request)), "no_uv");
}

TEST(FidoCeremony, ADiscoverableCredentialGivesItsUserHandle) {
  Desk desk;
  desk.Add("key");
  CredentialRequest create = desk.CreateRequest();
  create.discoverable = true;
  const CredentialFacts enrolled = desk.Enrol(std::move(create));
  const auto answer = desk.Get(desk.GetRequest({enrolled}));
  ASSERT_EQ(ReasonOf(answer), "ok");
  EXPECT_EQ(AssertionOf(answer).user_handle, (Bytes{1, 2, 3, 4}));
}

TEST(FidoCeremony, AFullKeyAndAKeyWithoutRoomAreTold) {
  Desk desk;
  auto& full = desk.Add("full", {"--rk-capacity", "1"});
  CredentialRequest create = desk.CreateRequest();
  create.discoverable = true;
  ASSERT_EQ(ReasonOf(desk.Create(create)), "ok");
  create.user_handle = {9};
  EXPECT_EQ(ReasonOf(desk.Create(create)), "key_full");
  full.Unplug();
  desk.Add("none", {"--rk-capacity", "0"});
  const auto refused = desk.Create(create);
  EXPECT_EQ(ReasonOf(refused), "key_error");
  EXPECT_THAT(refused.error().text, HasSubstr("discoverable"));
}

// Firmware that takes seconds to say what it is, and says that it works.
TEST(FidoCeremony, I11_ASlowKeyIsToldAndWaitedFor) {
  Desk desk;
  testing::VirtualKeyProcess& key = desk.Add("key");
  const CredentialFacts enrolled = desk.Enrol();
  EXPECT_EQ(key.Command("answer-delay 1400"), "ok");
  const AssertionRequest request = desk.GetRequest({enrolled});
  EXPECT_EQ(ReasonOf(desk.Get(request)), "ok");
  EXPECT_THAT(desk.progress(), ElementsAre("slow:key", "touch:key"));
}

TEST(FidoCeremony, TheExcludeListTellsAlreadyEnrolledAfterATouch) {
  for (const std::vector<std::string>& kind : {std::vector<std::string>{}, {"--u2f-only"}}) {
    Desk desk;
    auto& key = desk.Add("key", kind);
    const CredentialFacts enrolled = desk.Enrol();
    CredentialRequest again = desk.CreateRequest();
    again.exclude = {{"elsewhere.example.org", enrolled.credential_id}};
    EXPECT_EQ(ReasonOf(desk.Create(again)), "ok") << "excluded for another rp only";
    again.exclude.push_back({kRp, enrolled.credential_id});
    const int64_t blinks = key.Status("blinks");
    EXPECT_EQ(ReasonOf(desk.Create(again)), "already_enrolled");
    EXPECT_EQ(key.Status("blinks"), blinks + 1);
  }
}

TEST(FidoCeremony, CredentialsOfSeveralRpIdsAreToldApart) {
  Desk desk;
  desk.Add("key");
  CredentialRequest create = desk.CreateRequest();
  create.rp_id = "pam://host";
  const auto made = desk.Create(create);
  ASSERT_EQ(ReasonOf(made), "ok");
  const Bytes id = std::get<MadeCredential>(*made).credential_id;
  AssertionRequest request = desk.GetRequest({});
  for (int i = 0; i < 20; ++i)
    request.credentials.push_back({kRp, Bytes(48, static_cast<uint8_t>(i))});
  request.credentials.push_back({kRp, id});  // of that id, but of the other rp
  request.credentials.push_back({"pam://host", id});
  const auto answer = desk.Get(request);
  ASSERT_EQ(ReasonOf(answer), "ok");
  EXPECT_EQ(AssertionOf(answer).rp_id, "pam://host");
  EXPECT_EQ(AssertionOf(answer).credential_id, id);
}

TEST(FidoCeremony, I10_NoTouchTimesOutAndTheNextCeremonyWorks) {
  for (const std::vector<std::string>& kind : {std::vector<std::string>{}, {"--u2f-only"}}) {
    Desk desk;
    auto& key = desk.Add("key", kind);
    const CredentialFacts enrolled = desk.Enrol();
    key.SetTouchPolicy("never");
    AssertionRequest request = desk.GetRequest({enrolled});
    request.timeout_ms = 300;
    const auto late = desk.Get(request);
    EXPECT_EQ(ReasonOf(late), "no_touch");
    EXPECT_EQ(late.error().code, Code::kTimedOut);
    if (kind.empty()) {
      EXPECT_EQ(key.Status("cancels"), 1);
      EXPECT_EQ(key.Status("waiting"), 0);
    }
    key.SetTouchPolicy("auto");
    request.timeout_ms = 10'000;
    EXPECT_EQ(ReasonOf(desk.Get(request)), "ok");
  }
}

TEST(FidoCeremony, AKeyThatGivesUpBeforeTheDeadlineIsAskedAgain) {
  Desk desk;
  auto& key = desk.Add("key", {"--action-timeout", "100"});
  const CredentialFacts enrolled = desk.Enrol();
  const int64_t blinks = key.Status("blinks");
  key.SetTouchPolicy("never");
  const AssertionRequest request = desk.GetRequest({enrolled});
  auto answer = desk.StartGet(request);
  while (key.Status("blinks") < blinks + 3) key.WaitTouch();
  key.SetTouchPolicy("auto");
  EXPECT_EQ(ReasonOf(answer.get()), "ok");
}

TEST(FidoCeremony, I10_CancelReachesTheKeyAtOnceAndTheNextCeremonyWorks) {
  Desk desk;
  auto& key = desk.Add("key");
  const CredentialFacts enrolled = desk.Enrol();
  key.SetTouchPolicy("command");
  const AssertionRequest request = desk.GetRequest({enrolled});
  auto answer = desk.StartGet(request);
  key.WaitTouch();
  desk.Interrupt();
  key.WaitIdle();
  EXPECT_EQ(key.Status("cancels"), 1);
  EXPECT_EQ(ReasonOf(answer.get()), "cancelled");
  desk.Fresh();
  auto next = desk.StartGet(request);
  key.TouchWhenAsked();
  EXPECT_EQ(ReasonOf(next.get()), "ok");
}

TEST(FidoCeremony, RefusedAtTheKey) {
  Desk desk;
  auto& key = desk.Add("key");
  const CredentialFacts enrolled = desk.Enrol();
  key.SetTouchPolicy("refuse");
  const auto answer = desk.Get(desk.GetRequest({enrolled}));
  EXPECT_EQ(ReasonOf(answer), "refused");
  EXPECT_EQ(answer.error().code, Code::kDenied);
}

TEST(FidoCeremony, I11_NoKeyThenInsert) {
  Desk desk;
  auto& key = desk.Add("key");
  const CredentialFacts enrolled = desk.Enrol();
  key.Unplug();
  AssertionRequest request = desk.GetRequest({enrolled});
  request.timeout_ms = 100;
  EXPECT_EQ(ReasonOf(desk.Get(request)), "no_key");

  desk.Fresh();
  request.timeout_ms = 10'000;
  auto answer = desk.StartGet(request);
  ASSERT_TRUE(desk.WaitProgress("insert"));
  key.Plug();
  EXPECT_EQ(ReasonOf(answer.get()), "ok");
  EXPECT_THAT(desk.progress(), ElementsAre("insert", "touch:key"));
}

// A machine without udev.
class DeafRing final : public KeyRing {
 public:
  explicit DeafRing(const std::string& folder) : ring_(folder) {}
  std::vector<DeviceInfo> Enumerate() override { return ring_.Enumerate(); }
  Result<std::unique_ptr<Transport>> Open(const std::string& path) override {
    return ring_.Open(path);
  }
  int hotplug_fd() const override { return -1; }
  bool TakeHotplug() override { return false; }

 private:
  testing::VirtualRing ring_;
};

TEST(FidoCeremony, AnInsertedKeyIsSeenWhereNothingTellsOfIt) {
  Desk desk;
  auto& key = desk.Add("key");
  const CredentialFacts enrolled = desk.Enrol();
  key.Unplug();
  DeafRing ring(desk.folder());
  Ceremony ceremony(ring, -1, [&key](const Progress& progress) {
    if (progress.kind == Progress::Kind::kInsert) key.Plug();
  });
  EXPECT_EQ(ReasonOf(ceremony.GetAssertion(desk.GetRequest({enrolled}))), "ok");
}

TEST(FidoCeremony, I11_TheWrongKeyIsToldAndTheRightOneWaitedFor) {
  Desk desk;
  auto& right = desk.Add("right");
  const CredentialFacts enrolled = desk.Enrol();
  right.Unplug();
  auto& wrong = desk.Add("wrong");
  desk.Add("wrong-u2f", {"--u2f-only"});
  AssertionRequest request = desk.GetRequest({enrolled});
  request.timeout_ms = 200;
  EXPECT_EQ(ReasonOf(desk.Get(request)), "wrong_key");

  desk.Fresh();
  request.timeout_ms = 10'000;
  auto answer = desk.StartGet(request);
  ASSERT_TRUE(desk.WaitProgress("wrong_key:wrong"));
  ASSERT_TRUE(desk.WaitProgress("wrong_key:wrong-u2f"));
  right.Plug();
  const auto got = answer.get();
  ASSERT_EQ(ReasonOf(got), "ok");
  EXPECT_EQ(AssertionOf(got).device, "right");
  EXPECT_EQ(wrong.Status("blinks"), 0);
}

TEST(FidoCeremony, OfTwoKeysTheTouchedOneCountsAndTheOtherIsCancelled) {
  Desk desk;
  auto& first = desk.Add("first");
  const CredentialFacts of_first = desk.Enrol();
  first.Unplug();
  auto& second = desk.Add("second");
  const CredentialFacts of_second = desk.Enrol();
  first.Plug();
  first.SetTouchPolicy("command");
  second.SetTouchPolicy("command");

  const AssertionRequest request = desk.GetRequest({of_first, of_second});
  auto answer = desk.StartGet(request);
  first.WaitTouch();
  second.WaitTouch();
  second.Touch();
  first.WaitIdle();
  EXPECT_EQ(first.Status("cancels"), 1);
  EXPECT_EQ(second.Status("cancels"), 0);
  const auto got = answer.get();
  ASSERT_EQ(ReasonOf(got), "ok");
  EXPECT_EQ(AssertionOf(got).device, "second");
  EXPECT_EQ(ReasonOf(VerifyAssertion(desk.CheckOf(AssertionOf(got), of_second))), "ok");
}

TEST(FidoCeremony, I11_AKeyPulledOutWhileItBlinksIsTold) {
  Desk desk;
  auto& key = desk.Add("key");
  const CredentialFacts enrolled = desk.Enrol();
  key.SetTouchPolicy("command");
  const AssertionRequest request = desk.GetRequest({enrolled});
  auto answer = desk.StartGet(request);
  key.WaitTouch();
  key.Unplug();
  EXPECT_EQ(ReasonOf(answer.get()), "key_vanished");
}

TEST(FidoCeremony, AnotherProgramsTransactionIsWaitedFor) {
  Desk desk;
  auto& key = desk.Add("key");
  const CredentialFacts enrolled = desk.Enrol();
  key.SetTouchPolicy("command");
  const AssertionRequest request = desk.GetRequest({enrolled});
  auto other = desk.StartGet(request);
  key.WaitTouch();

  testing::VirtualRing ring(desk.folder());
  std::promise<void> busy;
  Ceremony mine(ring, -1, [&busy](const Progress& progress) {
    if (progress.kind == Progress::Kind::kBusy) busy.set_value();
  });
  auto answer = std::async(std::launch::async, [&] { return mine.GetAssertion(request); });
  ASSERT_EQ(busy.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  key.Touch();
  EXPECT_EQ(ReasonOf(other.get()), "ok");
  key.TouchWhenAsked();
  EXPECT_EQ(ReasonOf(answer.get()), "ok");
}

TEST(FidoCeremony, I11_AKeyThatStaysBusyIsTold) {
  Desk desk;
  auto& key = desk.Add("key");
  const CredentialFacts enrolled = desk.Enrol();
  key.SetTouchPolicy("command");
  const AssertionRequest request = desk.GetRequest({enrolled});
  auto other = desk.StartGet(request);
  key.WaitTouch();
  testing::VirtualRing ring(desk.folder());
  Ceremony mine(ring, -1, [](const Progress&) {});
  EXPECT_EQ(ReasonOf(mine.GetAssertion(request)), "key_busy");
  key.Touch();
  EXPECT_EQ(ReasonOf(other.get()), "ok");
}

class Misbehaviours : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(Misbehaviours, EndInTheirReasonAndTheNextCeremonyWorks) {
  Desk desk;
  auto& key = desk.Add("key");
  const CredentialFacts enrolled = desk.Enrol();
  key.Misbehave(GetParam().first);
  AssertionRequest request = desk.GetRequest({enrolled});
  request.timeout_ms = 600;
  const auto failed = desk.Get(request);
  EXPECT_EQ(ReasonOf(failed), GetParam().second);
  key.Misbehave("none");
  if (key.Status("plugged") == 0) key.Plug();
  request.timeout_ms = 10'000;
  EXPECT_EQ(ReasonOf(desk.Get(request)), "ok");
}

// The silent look before the touch meets them first.
INSTANTIATE_TEST_SUITE_P(
    Each, Misbehaviours,
    ::testing::Values(std::pair("silent", "key_silent"), std::pair("foreign_nonce", "key_silent"),
                      std::pair("garbage_cbor", "key_broken"), std::pair("huge_cbor", "key_broken"),
                      std::pair("duplicate_key_cbor", "key_broken"),
                      std::pair("bad_sequence", "key_broken"), std::pair("cut_frame", "key_broken"),
                      std::pair("huge_length", "key_broken"), std::pair("oversized", "key_broken"),
                      std::pair("wrong_channel", "key_broken"),
                      std::pair("endless_keepalive", "key_stuck"),
                      std::pair("foreign_credential_id", "key_error"),
                      std::pair("vanish_mid_ceremony", "no_key")),
    [](const auto& info) { return std::string(info.param.first); });

// A hub full of devices that call themselves keys.
class CrowdedRing final : public KeyRing {
 public:
  std::vector<DeviceInfo> Enumerate() override {
    std::vector<DeviceInfo> out;
    for (int i = 0; i < 1000; ++i) out.push_back({"/dev/key" + std::to_string(i), "key"});
    return out;
  }
  Result<std::unique_ptr<Transport>> Open(const std::string&) override {
    ++opened;
    return MakeError(Code::kUnavailable, "open_failed", "no");
  }
  int hotplug_fd() const override { return -1; }
  bool TakeHotplug() override { return false; }
  std::atomic<int> opened = 0;
};

TEST(FidoCeremony, NotMoreThan16KeysTakePart) {
  CrowdedRing ring;
  Ceremony ceremony(ring, -1, [](const Progress&) {});
  AssertionRequest request;
  request.client_data_hash = Bytes(32, 1);
  request.credentials = {{"login.example.org", Bytes(16, 1)}};
  request.timeout_ms = 1000;
  EXPECT_EQ(ReasonOf(ceremony.GetAssertion(request)), "key_error");
  EXPECT_EQ(ring.opened, 16);
}

TEST(FidoCeremony, ABrokenKeyDoesNotSpoilAGoodOneBesideIt) {
  Desk desk;
  auto& broken = desk.Add("broken");
  const CredentialFacts of_broken = desk.Enrol();
  broken.Unplug();
  auto& good = desk.Add("good");
  const CredentialFacts of_good = desk.Enrol();
  good.SetTouchPolicy("command");
  broken.Plug();
  broken.Misbehave("garbage_cbor,after_touch");
  const AssertionRequest request = desk.GetRequest({of_broken, of_good});
  auto answer = desk.StartGet(request);
  ASSERT_TRUE(desk.WaitProgress("touch:broken"));
  broken.WaitIdle();
  good.TouchWhenAsked();
  const auto got = answer.get();
  ASSERT_EQ(ReasonOf(got), "ok");
  EXPECT_EQ(AssertionOf(got).device, "good");
}

}  // namespace
}  // namespace fob::fido
