#include "store_fixture.h"

namespace fob::store {
namespace {

using Users = StoreTest;

TEST_F(Users, AreMadeWithTheirFirstFactor) {
  const auto user = store_->FindUser("alice");
  ASSERT_TRUE(user.ok());
  EXPECT_EQ(user->sub, "sub_alice");
  EXPECT_EQ(user->uid, 1000u);
  EXPECT_EQ(user->created_at, kNow);
}

TEST_F(Users, I13_UnknownIsNotFound) {
  EXPECT_EQ(store_->FindUser("bob").error().code, Code::kNotFound);
  EXPECT_EQ(store_->LoadFactors("bob", 1001).error().code, Code::kNotFound);
  EXPECT_EQ(store_->RebindUser("bob", 1, Audit("user.rebind")).error().code, Code::kNotFound);
}

TEST_F(Users, LoadFactorsBringsEverythingBack) {
  const auto factors = store_->LoadFactors("alice", 1000);
  ASSERT_TRUE(factors.ok()) << factors.error().text;
  ASSERT_EQ(factors->otps.size(), 1u);
  ASSERT_EQ(factors->keys.size(), 1u);
  const core::OtpRecord& otp = factors->otps[0];
  EXPECT_EQ(otp.secret.RevealText(), "12345678901234567890");
  EXPECT_EQ(otp.user, "alice");
  EXPECT_EQ(otp.last_step, 100);
  EXPECT_FALSE(otp.last_used_at.has_value());
  const core::KeyRecord& key = factors->keys[0];
  const core::KeyRecord expected = Key("key_a");
  EXPECT_EQ(key.user, "alice");
  EXPECT_EQ(key.name, expected.name);
  EXPECT_EQ(key.rp_id, expected.rp_id);
  EXPECT_EQ(key.credential_id, expected.credential_id);
  EXPECT_EQ(key.public_key, expected.public_key);
  EXPECT_EQ(key.algorithm, core::KeyAlgorithm::kEdDsa);
  EXPECT_EQ(key.attestation, core::Attestation::kSelf);
  EXPECT_EQ(key.aaguid, expected.aaguid);
  EXPECT_EQ(key.transports, expected.transports);
  EXPECT_TRUE(key.user_verification);
  EXPECT_FALSE(key.discoverable);
  EXPECT_EQ(key.counter, 10u);
}

TEST_F(Users, ListsHoldNoSecrets) {
  const auto otps = store_->ListOtps("alice");
  ASSERT_EQ(otps->size(), 1u);
  EXPECT_TRUE((*otps)[0].secret.empty());
  EXPECT_TRUE(store_->ListOtps("bob")->empty());
  ASSERT_TRUE(store_->AddOtp(For("bob", 1001), Otp("otp_b")).ok());
  EXPECT_EQ(store_->ListOtps("")->size(), 2u);
  EXPECT_EQ(store_->ListKeys("")->size(), 1u);
  EXPECT_EQ(store_->ListKeys("bob")->size(), 0u);
}

TEST_F(Users, AFactorOfAnotherUidIsRefused) {
  const auto added = store_->AddOtp(For("alice", 2000), Otp("otp_b"));
  EXPECT_EQ(added.error().code, Code::kConflict);
  EXPECT_EQ(added.error().reason, "user_changed");
  ASSERT_TRUE(store_->RebindUser("alice", 2000, Audit("user.rebind")).ok());
  EXPECT_TRUE(store_->AddOtp(For("alice", 2000), Otp("otp_b")).ok());
  EXPECT_EQ(store_->FindUser("alice")->sub, "sub_alice");
}

// usermod -l, a second name in passwd, a rename in LDAP.
TEST_F(Users, I13_AnotherNameOfAnEnrolledUidIsNotUnenrolled) {
  const auto factors = store_->LoadFactors("alicia", 1000);
  ASSERT_FALSE(factors.ok());
  EXPECT_EQ(factors.error().code, Code::kConflict);
  EXPECT_EQ(factors.error().reason, "user_changed");
  EXPECT_NE(factors.error().text.find("alice"), std::string::npos);
  EXPECT_NE(factors.error().text.find("fobctl user rebind alicia"), std::string::npos);
  EXPECT_EQ(store_->AddOtp(For("alicia", 1000), Otp("otp_b")).error().reason, "user_changed");
  EXPECT_EQ(store_->AddKey(For("alicia", 1000), Key("key_b")).error().reason, "user_changed");
  EXPECT_EQ(store_->FindUser("alicia").error().code, Code::kNotFound) << "no second `sub`";
  // By its name a user is found whatever the uid is: the caller compares.
  EXPECT_EQ(store_->LoadFactors("alice", 2000)->user.uid, 1000u);
}

TEST_F(Users, RebindingRenamesTheUserOfTheUid) {
  const auto renamed = store_->RebindUser("alicia", 1000, Audit("user.rebind"));
  ASSERT_TRUE(renamed.ok()) << renamed.error().text;
  EXPECT_EQ(renamed->name, "alicia");
  EXPECT_EQ(renamed->sub, "sub_alice");
  EXPECT_EQ(store_->LoadFactors("alicia", 1000)->otps.size(), 1u);
  EXPECT_EQ(store_->LoadFactors("alice", 1000).error().reason, "user_changed");
  EXPECT_EQ(store_->LoadFactors("alice", 2000).error().code, Code::kNotFound);
}

TEST_F(Users, AUidIsOfOneUser) {
  ASSERT_TRUE(store_->AddOtp(For("bob", 1001), Otp("otp_b")).ok());
  ASSERT_TRUE(store_->RebindUser("bob", 1000, Audit("user.rebind")).ok());
  EXPECT_EQ(store_->FindUser("bob")->uid, 1000u);
  EXPECT_NE(store_->FindUser("alice")->uid, 1000u);
  const auto factors = store_->LoadFactors("robert", 1000);
  EXPECT_NE(factors.error().text.find("bob"), std::string::npos);
  ASSERT_TRUE(store_->RebindUser("alice", 1002, Audit("user.rebind")).ok());
  EXPECT_EQ(store_->LoadFactors("alice", 1002)->user.uid, 1002u);
}

TEST_F(Users, AReusedNameDoesNotManageItsPredecessorsFactors) {
  const int64_t head = AuditHead();
  for (const auto& [name, uid] : {std::pair("alice", 2000u), std::pair("alicia", 1000u)}) {
    const std::string user = name;
    EXPECT_EQ(store_->RenameKey(user, uid, "key_a", "x", Audit("a")).error().reason, "user_changed");
    EXPECT_EQ(store_->RemoveKey(user, uid, "key_a", Audit("a")).error().reason, "user_changed");
    const auto otp = store_->RemoveOtp(user, uid, "otp_a", Audit("a"));
    EXPECT_EQ(otp.error().code, Code::kConflict);
    EXPECT_EQ(otp.error().reason, "user_changed");
    const Bytes hash = folder_.Hash("code");
    EXPECT_EQ(store_->AddEnrolCode(user, uid, hash, kNow + 10, Audit("a")).error().reason,
              "user_changed");
    EXPECT_FALSE(*store_->EnrolCodeIsGood(user, hash, kNow));
  }
  EXPECT_EQ(store_->LoadFactors("alice", 1000)->keys.at(0).name, "name of key_a");
  EXPECT_EQ(AuditHead(), head);
}

TEST_F(Users, NamesAndCredentialsAreTakenOnce) {
  core::OtpRecord otp = Otp("otp_b");
  otp.name = "name of otp_a";
  EXPECT_EQ(store_->AddOtp(For("alice", 1000), otp).error().reason, "name_taken");
  core::KeyRecord key = Key("key_b");
  key.name = "name of key_a";
  EXPECT_EQ(store_->AddKey(For("alice", 1000), key).error().reason, "name_taken");
  key = Key("key_b");
  key.credential_id = Key("key_a").credential_id;
  EXPECT_EQ(store_->AddKey(For("alice", 1000), key).error().reason, "credential_taken");
  EXPECT_EQ(store_->AddKey(For("bob", 1001), key).error().reason, "credential_taken");
  EXPECT_EQ(store_->FindUser("bob").error().code, Code::kNotFound) << "undone with the rest";
  EXPECT_EQ(AuditHead(), 2);
  // The name is the user's own.
  core::KeyRecord others = Key("key_c");
  others.name = "name of key_a";
  EXPECT_TRUE(store_->AddKey(For("bob", 1001), others).ok());
}

TEST_F(Users, KeysAreRenamedAndRemovedByIdOrName) {
  ASSERT_TRUE(store_->AddKey(For("alice", 1000), Key("key_b")).ok());
  EXPECT_EQ(store_->RenameKey("alice", 1000, "key_b", "spare", Audit("key.rename"))->name, "spare");
  EXPECT_EQ(
      store_->RenameKey("alice", 1000, "spare", "name of key_a", Audit("key.rename")).error().reason,
      "name_taken");
  EXPECT_EQ(store_->RenameKey("bob", 1001, "key_b", "mine", Audit("key.rename")).error().code,
            Code::kNotFound);
  EXPECT_EQ(store_->RemoveKey("bob", 1001, "key_b", Audit("key.remove")).error().code, Code::kNotFound);
  const auto removed = store_->RemoveKey("alice", 1000, "spare", Audit("key.remove"));
  ASSERT_TRUE(removed.ok());
  EXPECT_EQ(removed->id, "key_b");
  EXPECT_EQ(store_->RemoveKey("alice", 1000, "spare", Audit("key.remove")).error().code, Code::kNotFound);
  EXPECT_EQ(store_->RemoveOtp("alice", 1000, "name of otp_a", Audit("otp.remove"))->id, "otp_a");
  EXPECT_EQ(store_->RemoveOtp("alice", 1000, "otp_a", Audit("otp.remove")).error().code, Code::kNotFound);
  EXPECT_TRUE(store_->LoadFactors("alice", 1000)->otps.empty());
  EXPECT_EQ(store_->TailAudit(1, std::nullopt)->at(0).entry.subject, "otp_a");
}

TEST_F(Users, AnEnrolmentCodeWorksOnceForItsUserInTime) {
  const Bytes hash = folder_.Hash("code");
  ASSERT_TRUE(store_->AddEnrolCode("bob", 1001, hash, kNow + 10, Audit("enrol_code.create")).ok());
  EXPECT_TRUE(*store_->EnrolCodeIsGood("bob", hash, kNow + 9));
  EXPECT_FALSE(*store_->EnrolCodeIsGood("bob", hash, kNow + 10));
  EXPECT_FALSE(*store_->EnrolCodeIsGood("alice", hash, kNow));
  EXPECT_FALSE(*store_->EnrolCodeIsGood("bob", folder_.Hash("other"), kNow));

  auto factor = For("bob", 1001);
  factor.enrol_code_hash = hash;
  factor.audit.at = kNow + 10;
  EXPECT_EQ(store_->AddOtp(factor, Otp("otp_b")).error().reason, "enrol_code");
  factor.audit.at = kNow;
  auto others = For("carol", 1002);
  others.enrol_code_hash = hash;
  EXPECT_EQ(store_->AddOtp(others, Otp("otp_b")).error().reason, "enrol_code");
  ASSERT_TRUE(store_->AddOtp(factor, Otp("otp_b")).ok());
  EXPECT_EQ(store_->AddOtp(factor, Otp("otp_c")).error().reason, "enrol_code");
  EXPECT_FALSE(*store_->EnrolCodeIsGood("bob", hash, kNow));
}

TEST_F(Users, ANewEnrolmentCodeReplacesTheOld) {
  ASSERT_TRUE(
      store_->AddEnrolCode("bob", 1001, folder_.Hash("one"), kNow + 10, Audit("enrol_code.create")).ok());
  ASSERT_TRUE(
      store_->AddEnrolCode("bob", 1001, folder_.Hash("two"), kNow + 10, Audit("enrol_code.create")).ok());
  EXPECT_FALSE(*store_->EnrolCodeIsGood("bob", folder_.Hash("one"), kNow));
  EXPECT_TRUE(*store_->EnrolCodeIsGood("bob", folder_.Hash("two"), kNow));
}

TEST_F(Users, AnEnrolmentThatFailsKeepsItsCode) {
  const Bytes hash = folder_.Hash("code");
  ASSERT_TRUE(store_->AddEnrolCode("alice", 1000, hash, kNow + 10, Audit("enrol_code.create")).ok());
  auto factor = For("alice", 1000);
  factor.enrol_code_hash = hash;
  core::OtpRecord otp = Otp("otp_b");
  otp.name = "name of otp_a";
  EXPECT_EQ(store_->AddOtp(factor, otp).error().reason, "name_taken");
  EXPECT_TRUE(*store_->EnrolCodeIsGood("alice", hash, kNow));
}

TEST_F(Users, ListsOfAnyTextSurvive) {
  core::KeyRecord key = Key("key_b");
  key.transports = {};
  EXPECT_TRUE(store_->AddKey(For("alice", 1000), key)->transports.empty());
  key = Key("key_c");
  key.transports = {"a\nb"};
  EXPECT_EQ(store_->AddKey(For("alice", 1000), key).error().code, Code::kInvalidArgument);
  key.transports = {""};
  EXPECT_EQ(store_->AddKey(For("alice", 1000), key).error().code, Code::kInvalidArgument);
  key.transports = {"a b", "c"};
  EXPECT_EQ(store_->AddKey(For("alice", 1000), key)->transports, key.transports);
}

}  // namespace
}  // namespace fob::store
