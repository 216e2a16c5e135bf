#include "store_fixture.h"

namespace fob::store {
namespace {

// What is listed fits one message.
using Lists = StoreTest;

TEST_F(Lists, HoldTheNewestKeysAndOtpsInTheirOrder) {
  for (int i = 0; i < 110; ++i) {
    const std::string n = std::to_string(i);
    ASSERT_TRUE(store_->AddKey(For("alice", 1000), Key("key_" + n)).ok());
    ASSERT_TRUE(store_->AddOtp(For("alice", 1000), Otp("otp_" + n)).ok());
  }
  for (const char* user : {"", "alice"}) {
    const auto keys = store_->ListKeys(user);
    ASSERT_EQ(keys->size(), 40u);
    EXPECT_EQ(keys->front().id, "key_70");
    EXPECT_EQ(keys->back().id, "key_109");
    const auto otps = store_->ListOtps(user);
    ASSERT_EQ(otps->size(), 100u);
    EXPECT_EQ(otps->front().id, "otp_10");
    EXPECT_EQ(otps->back().id, "otp_109");
  }
  const auto factors = store_->LoadFactors("alice", 1000);
  EXPECT_EQ(factors->keys.size(), 111u) << "what can prove her is all there";
  EXPECT_EQ(factors->otps.size(), 111u);
}

TEST_F(Lists, OfLongKeysAreShorter) {
  for (int i = 0; i < 40; ++i) {
    core::KeyRecord key = Key("key_" + std::to_string(i));
    key.credential_id = Bytes(1023, static_cast<uint8_t>(i));
    ASSERT_TRUE(store_->AddKey(For("alice", 1000), key).ok());
  }
  const auto keys = store_->ListKeys("alice");
  EXPECT_GT(keys->size(), 20u);
  EXPECT_LT(keys->size(), 40u);
  EXPECT_EQ(keys->back().id, "key_39");
  EXPECT_EQ(store_->LoadFactors("alice", 1000)->keys.size(), 41u);
}

TEST_F(Lists, HoldTheNewestClientsByName) {
  for (int i = 0; i < 70; ++i) {
    core::ClientRecord client = Client("client_" + std::to_string(i), "app" + std::to_string(i));
    client.created_at = kNow + i;
    ASSERT_TRUE(store_->AddClient(client, Audit("client.add")).ok());
  }
  auto clients = store_->ListClients();
  ASSERT_EQ(clients->size(), 60u);
  EXPECT_EQ(clients->front().name, "app10");
  EXPECT_EQ(clients->back().name, "app69");
  core::ClientRecord large = Client("client_l", "a large one");
  large.created_at = kNow + 100;
  large.audiences.assign(32, std::string(256, 'x'));
  large.scopes.assign(32, std::string(256, 'y'));
  for (const char* name : {"l1", "l2", "l3", "l4"}) {
    large.id = large.name = name;
    ASSERT_TRUE(store_->AddClient(large, Audit("client.add")).ok());
  }
  clients = store_->ListClients();
  EXPECT_EQ(clients->size(), 3u);
}

TEST_F(Lists, HoldTheNewestLogins) {
  for (int i = 0; i < 110; ++i)
    ASSERT_TRUE(store_->CommitProof(CodeProof(101 + i, "login_" + std::to_string(i))).ok());
  auto logins = store_->ListLogins({1000, false, kNow, kBoot});
  ASSERT_EQ(logins->size(), 100u);
  EXPECT_EQ(logins->front().id, "login_109");
  for (int i = 0; i < 100; ++i) {
    auto proof = CodeProof(300 + i, "long_" + std::to_string(i));
    proof.login->rhost = std::string(256, 'r');
    proof.login->tty = std::string(256, 't');
    ASSERT_TRUE(store_->CommitProof(proof).ok());
  }
  logins = store_->ListLogins({std::nullopt, false, kNow, kBoot});
  EXPECT_GT(logins->size(), 30u);
  EXPECT_LT(logins->size(), 100u);
  EXPECT_EQ(logins->front().id, "long_99");
}

}  // namespace
}  // namespace fob::store
