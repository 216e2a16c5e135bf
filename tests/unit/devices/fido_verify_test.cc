#include "devices/fido/verify.h"

#include <gtest/gtest.h>

#include "devices/fido/auth_data.h"
#include "devices/fido/cbor.h"
#include "tests/unit/devices/desk.h"

namespace fob::fido {
namespace {

using testing::Desk;
using testing::ReasonOf;

constexpr size_t kFlags = 32;

// One real assertion, to be broken in every way.
class FidoVerify : public ::testing::Test {
 protected:
  FidoVerify() : key_(desk_.Add("key", {"--pin", "1234"})), enrolled_(desk_.Enrol()) {
    good_ = Assert(true);
  }

  AssertionCheck Assert(bool user_verification) {
    AssertionRequest request = desk_.GetRequest({enrolled_});
    request.user_verification = user_verification;
    auto answer = desk_.Get(request);
    if (answer.ok() && std::holds_alternative<PinNeeded>(*answer)) {
      request.pin = SecretBytes(std::string_view("1234"));
      answer = desk_.Get(request);
    }
    EXPECT_EQ(ReasonOf(answer), "ok");
    AssertionCheck check = desk_.CheckOf(std::get<Assertion>(*answer), enrolled_);
    check.require_user_verification = user_verification;
    return check;
  }

  // What the signature says of an assertion that the key made while it misbehaved.
  std::string ReasonWhen(const std::string& misbehaviour, bool user_verification) {
    key_.Misbehave(misbehaviour);
    const AssertionCheck check = Assert(user_verification);
    key_.Misbehave("none");
    return ReasonOf(VerifyAssertion(check));
  }

  Desk desk_;
  testing::VirtualKeyProcess& key_;
  CredentialFacts enrolled_;
  AssertionCheck good_;
};

TEST_F(FidoVerify, I2_TheSignedFlagsDecide) {
  const auto facts = VerifyAssertion(good_);
  ASSERT_EQ(ReasonOf(facts), "ok");
  EXPECT_TRUE(facts->user_present);
  EXPECT_TRUE(facts->user_verified);
  EXPECT_FALSE(facts->backup_eligible);
  EXPECT_FALSE(facts->backed_up);
  // Truthfully signed by the key, whatever was asked of it.
  EXPECT_EQ(ReasonWhen("clear_up_flag", false), "no_user_presence");
  EXPECT_EQ(ReasonWhen("clear_uv_flag", true), "no_user_verification");
  // Asked for a touch only: the answer must not count as verified.
  AssertionCheck touch = Assert(false);
  EXPECT_FALSE(VerifyAssertion(touch)->user_verified);
  touch.require_user_verification = true;
  EXPECT_EQ(ReasonOf(VerifyAssertion(touch)), "no_user_verification");
}

TEST_F(FidoVerify, I2_FlagsThatWereSetAfterwardsBreakTheSignature) {
  AssertionCheck touch = Assert(false);
  touch.require_user_verification = true;
  touch.auth_data[kFlags] |= 0x04;
  EXPECT_EQ(ReasonOf(VerifyAssertion(touch)), "bad_signature");
  for (const uint8_t flag : {0x02, 0x08, 0x20}) {
    AssertionCheck check = good_;
    check.auth_data[kFlags] ^= flag;
    EXPECT_EQ(ReasonOf(VerifyAssertion(check)), "bad_signature") << int{flag};
  }
}

TEST_F(FidoVerify, AnotherRpIsRefused) {
  EXPECT_EQ(ReasonWhen("wrong_rp_hash", false), "wrong_rp");
  AssertionCheck check = good_;
  check.rp_id = "evil.example.org";
  EXPECT_EQ(ReasonOf(VerifyAssertion(check)), "wrong_rp");
  check.rp_id.clear();
  EXPECT_EQ(ReasonOf(VerifyAssertion(check)), "wrong_rp");
}

TEST_F(FidoVerify, AWrongSignatureIsRefused) {
  EXPECT_EQ(ReasonWhen("wrong_signature", false), "bad_signature");
  for (const size_t size : {size_t{0}, size_t{1}, good_.signature.size() - 1}) {
    AssertionCheck check = good_;
    check.signature.resize(size);
    EXPECT_EQ(ReasonOf(VerifyAssertion(check)), "bad_signature") << size;
  }
  AssertionCheck other_challenge = good_;
  other_challenge.client_data_hash[0] ^= 1;
  EXPECT_EQ(ReasonOf(VerifyAssertion(other_challenge)), "bad_signature");
  AssertionCheck counter = good_;
  counter.auth_data[36] ^= 1;
  EXPECT_EQ(ReasonOf(VerifyAssertion(counter)), "bad_signature");
}

TEST_F(FidoVerify, AnotherCredentialIsRefused) {
  AssertionCheck check = good_;
  check.answered_credential_id[0] ^= 1;
  EXPECT_EQ(ReasonOf(VerifyAssertion(check)), "wrong_credential");
  check.answered_credential_id.clear();
  EXPECT_EQ(ReasonOf(VerifyAssertion(check)), "wrong_credential");
  check = good_;
  check.credential_id.clear();
  check.answered_credential_id.clear();
  EXPECT_EQ(ReasonOf(VerifyAssertion(check)), "wrong_credential");
  // The same id, but the public key of another.
  check = good_;
  check.public_key = desk_.Enrol().public_key;
  EXPECT_EQ(ReasonOf(VerifyAssertion(check)), "bad_signature");
}

TEST_F(FidoVerify, AuthenticatorDataIsExact) {
  for (size_t size = 0; size < good_.auth_data.size(); ++size) {
    AssertionCheck check = good_;
    check.auth_data.resize(size);
    EXPECT_EQ(ReasonOf(VerifyAssertion(check)), "bad_auth_data") << size;
  }
  AssertionCheck longer = good_;
  longer.auth_data.push_back(0);
  EXPECT_EQ(ReasonOf(VerifyAssertion(longer)), "bad_auth_data");
  for (const uint8_t flag : {0x10, 0x40, 0x80}) {  // backed up alone, and data that is not there
    AssertionCheck check = good_;
    check.auth_data[kFlags] |= flag;
    EXPECT_EQ(ReasonOf(VerifyAssertion(check)), "bad_auth_data") << int{flag};
  }
  AssertionCheck hash = good_;
  hash.client_data_hash.pop_back();
  EXPECT_EQ(ReasonOf(VerifyAssertion(hash)), "bad_client_data");
}

TEST_F(FidoVerify, APublicKeyThatIsNoneIsNotAWrongSignature) {
  for (const Bytes& key : {Bytes(), Bytes(63, 1), Bytes(65, 4), Bytes(64, 1)}) {
    AssertionCheck check = good_;
    check.public_key = key;
    EXPECT_EQ(ReasonOf(VerifyAssertion(check)), "bad_public_key") << key.size();
  }
  AssertionCheck other_algorithm = good_;
  other_algorithm.algorithm = Algorithm::kEdDsa;
  EXPECT_EQ(ReasonOf(VerifyAssertion(other_algorithm)), "bad_public_key");
}

TEST_F(FidoVerify, ACounterOfAKeyThatCountsIsTold) {
  const auto before = VerifyAssertion(good_);
  const auto after = VerifyAssertion(Assert(false));
  ASSERT_TRUE(before.ok() && after.ok());
  EXPECT_GT(after->counter, before->counter);
  key_.Misbehave("counter_back");
  const auto back = VerifyAssertion(Assert(false));
  ASSERT_TRUE(back.ok());
  EXPECT_LT(back->counter, after->counter);
}

// Registrations.
class FidoAttestation : public ::testing::Test {
 protected:
  CredentialCheck Make(std::vector<std::string> arguments,
                       const std::string& misbehaviour = "none") {
    Desk desk;
    desk.Add("key", std::move(arguments)).Misbehave(misbehaviour);
    const auto made = desk.Create(desk.CreateRequest());
    EXPECT_EQ(ReasonOf(made), "ok");
    return desk.CheckOf(std::get<MadeCredential>(*made));
  }
};

TEST_F(FidoAttestation, EachKindIsToldForWhatItIs) {
  const struct {
    std::vector<std::string> arguments;
    std::string format;
    Attestation attestation;
  } rows[] = {{{"--attestation", "none"}, "none", Attestation::kNone},
              {{"--attestation", "self"}, "packed", Attestation::kSelf},
              {{"--attestation", "self", "--alg", "eddsa"}, "packed", Attestation::kSelf},
              {{"--attestation", "batch"}, "packed", Attestation::kUnverified},
              {{"--attestation", "batch", "--alg", "eddsa"}, "packed", Attestation::kUnverified},
              {{"--u2f-only"}, "fido-u2f", Attestation::kUnverified}};
  for (const auto& row : rows) {
    const CredentialCheck check = Make(row.arguments);
    EXPECT_EQ(check.format, row.format);
    const auto facts = VerifyCredential(check);
    ASSERT_EQ(ReasonOf(facts), "ok") << row.format;
    EXPECT_EQ(facts->attestation, row.attestation);
    EXPECT_TRUE(facts->user_present);
    EXPECT_FALSE(facts->user_verified);
    EXPECT_EQ(facts->public_key.size(), facts->algorithm == Algorithm::kEs256 ? 64u : 32u);
    EXPECT_FALSE(facts->credential_id.empty());
    EXPECT_EQ(facts->aaguid == (std::array<uint8_t, 16>{}), row.format == "fido-u2f");
  }
}

TEST_F(FidoAttestation, I2_TheSignedFlagsDecide) {
  EXPECT_EQ(ReasonOf(VerifyCredential(Make({}, "clear_up_flag"))), "no_user_presence");
  EXPECT_EQ(ReasonOf(VerifyCredential(Make({"--attestation", "none"}, "clear_up_flag"))),
            "no_user_presence");
  CredentialCheck check = Make({});
  check.require_user_verification = true;
  EXPECT_EQ(ReasonOf(VerifyCredential(check)), "no_user_verification");
  EXPECT_EQ(ReasonOf(VerifyCredential(Make({"--attestation", "none"}, "wrong_rp_hash"))),
            "wrong_rp");
  EXPECT_EQ(ReasonOf(VerifyCredential(Make({}, "wrong_rp_hash"))), "wrong_rp");
}

TEST_F(FidoAttestation, ABadStatementIsAnError) {
  for (const std::vector<std::string>& kind : {std::vector<std::string>{"--attestation", "self"},
                                               {"--attestation", "batch"},
                                               {"--u2f-only"}}) {
    EXPECT_EQ(ReasonOf(VerifyCredential(Make(kind, "wrong_signature"))), "bad_attestation");
    const CredentialCheck good = Make(kind);
    CredentialCheck check = good;
    check.client_data_hash[5] ^= 1;
    EXPECT_EQ(ReasonOf(VerifyCredential(check)), "bad_attestation");
    check = good;
    check.attestation_statement.push_back(0);
    EXPECT_EQ(ReasonOf(VerifyCredential(check)), "bad_attestation");
    check = good;
    check.attestation_statement = {0xa0};
    EXPECT_EQ(ReasonOf(VerifyCredential(check)), "bad_attestation");
    check.attestation_statement.clear();
    EXPECT_EQ(ReasonOf(VerifyCredential(check)), "bad_attestation");
    check = good;
    check.format = "none";
    EXPECT_EQ(ReasonOf(VerifyCredential(check)), "bad_attestation");
    check.format = good.format == "packed" ? "fido-u2f" : "packed";
    EXPECT_EQ(ReasonOf(VerifyCredential(check)), "bad_attestation");
    check.format = "android-safetynet";
    EXPECT_EQ(ReasonOf(VerifyCredential(check)), "unknown_attestation");
    for (size_t size = 0; size < good.auth_data.size(); ++size) {
      check = good;
      check.auth_data.resize(size);
      ASSERT_EQ(ReasonOf(VerifyCredential(check)), "bad_auth_data") << size;
    }
    check = good;
    check.auth_data.push_back(0);
    EXPECT_EQ(ReasonOf(VerifyCredential(check)), "bad_auth_data");
  }
}

TEST(FidoAuthData, ReadsEveryPart) {
  Bytes raw(32, 0xaa);
  const Bytes tail = {0xd9 & 0xdd, 0, 1, 2, 3};  // UP BE BS AT ED
  raw.insert(raw.end(), tail.begin(), tail.end());
  raw.insert(raw.end(), 16, 0x11);
  const Bytes rest = {0, 2, 7, 8, 0xa2, 0x01, 0x02, 0x03, 0x26, 0xa0};
  raw.insert(raw.end(), rest.begin(), rest.end());
  const auto data = ParseAuthData(raw);
  ASSERT_EQ(ReasonOf(data), "ok");
  EXPECT_TRUE(data->user_present && data->backup_eligible && data->backed_up);
  EXPECT_FALSE(data->user_verified);
  EXPECT_EQ(data->counter, 0x00010203u);
  ASSERT_TRUE(data->attested);
  EXPECT_EQ(data->attested->credential_id, (Bytes{7, 8}));
  EXPECT_EQ(data->attested->cose_algorithm, -7);
  EXPECT_EQ(ReasonOf(ParseAuthData(Bytes(kMaxAuthData + 1))), "bad_auth_data");
}

TEST(FidoCbor, RefusesWhatCtapDoesNotUse) {
  for (const Bytes& item :
       {Bytes{}, Bytes{0x5f, 0xff}, Bytes{0x9f, 0xff}, Bytes{0xc0, 0x00}, Bytes{0x18},
        Bytes{0x42, 0x00}, Bytes{0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, Bytes{0xbf},
        Bytes{0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, Bytes{0x82, 0x01},
        Bytes{0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x00}}) {
    CborReader reader(item);
    EXPECT_FALSE(reader.Skip());
    EXPECT_EQ(reader.rest().size(), item.size());
  }
  const Bytes below_int64 = {0x3b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  EXPECT_FALSE(CborReader(below_int64).Int());
  const Bytes with_a_tail = {0x41, 0x01, 0x02};
  EXPECT_FALSE(UnwrapByteString(with_a_tail));
  EXPECT_EQ(UnwrapByteString(ByteView(with_a_tail).first(2))->size(), 1u);
}

}  // namespace
}  // namespace fob::fido
