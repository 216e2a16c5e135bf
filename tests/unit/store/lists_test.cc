#include <algorithm>

#include "daemon/store/list_page.h"
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
    EXPECT_EQ(keys->next, "key_70");
    EXPECT_EQ(otps->next, "otp_10");
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

TEST_F(Lists, HoldTheNewestClients) {
  for (int i = 0; i < 70; ++i) {
    core::ClientRecord client = Client("client_" + std::to_string(i), "app" + std::to_string(i));
    client.created_at = kNow + i;
    ASSERT_TRUE(store_->AddClient(client, Audit("client.add")).ok());
  }
  auto clients = store_->ListClients();
  ASSERT_EQ(clients->size(), 60u);
  EXPECT_EQ(clients->front().name, "app69");
  EXPECT_EQ(clients->back().name, "app10");
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
  for (int i = 0; i < 110; ++i) LogIn("login_" + std::to_string(i), 101 + i);
  auto logins = store_->ListLogins({1000, false, kNow, kBoot});
  ASSERT_EQ(logins->size(), 100u);
  EXPECT_EQ(logins->front().id, "login_109");
  for (int i = 0; i < 100; ++i) {
    auto proof = CodeProof(300 + i, "long_" + std::to_string(i));
    proof.login->rhost = std::string(256, 'r');
    proof.login->tty = std::string(256, 't');
    ASSERT_TRUE(store_->CommitProof(proof).ok());
    auto confirmation = Confirmation(proof.login->id);
    confirmation.tty.clear();
    ASSERT_TRUE(store_->ConfirmLogin(confirmation).ok());
  }
  logins = store_->ListLogins({std::nullopt, false, kNow, kBoot});
  EXPECT_GT(logins->size(), 30u);
  EXPECT_LT(logins->size(), 100u);
  EXPECT_EQ(logins->front().id, "long_99");
}

// The ids of all pages, the newest first; `list` gets what to go on before.
template <typename List>
std::vector<std::string> AllPages(List list, size_t most_pages) {
  std::vector<std::string> ids;
  std::string before;
  for (size_t pages = 0; pages < most_pages; ++pages) {
    const auto page = list(before);
    if (!page.ok()) return {page.error().reason};
    for (const auto& record : *page) ids.push_back(IdOf(record));
    if (!page->next.has_value()) return ids;
    before = *page->next;
  }
  return {"too many pages"};
}

std::vector<std::string> Numbered(const std::string& name, int count) {
  std::vector<std::string> ids;
  while (count > 0) ids.push_back(name + std::to_string(--count));
  return ids;
}

TEST_F(Lists, GoOnToTheOldest) {
  for (int i = 0; i < 120; ++i) {
    const std::string n = std::to_string(i);
    ASSERT_TRUE(store_->AddKey(For("bob", 1001), Key("key_" + n)).ok());
    ASSERT_TRUE(store_->AddOtp(For("bob", 1001), Otp("otp_" + n)).ok());
    ASSERT_TRUE(store_->AddClient(Client("client_" + n, "app" + n), Audit("client.add")).ok());
    LogIn("login_" + n, 101 + i);
    if (i < 40) {
      ASSERT_TRUE(store_->EndLogin("login_" + n, kNow + 1, kBoot, Audit("login.end")).ok());
    }
  }
  const auto sorted = [](std::vector<std::string> ids) {
    std::ranges::sort(ids);
    return ids;
  };
  // Within a page the oldest comes first.
  EXPECT_EQ(sorted(AllPages([&](auto before) { return store_->ListKeys("bob", before); }, 3)),
            sorted(Numbered("key_", 120)));
  EXPECT_EQ(sorted(AllPages([&](auto before) { return store_->ListOtps("bob", before); }, 2)),
            sorted(Numbered("otp_", 120)));
  EXPECT_EQ(AllPages([&](auto before) { return store_->ListKeys("", before); }, 4).size(), 121u) << "and alice's";
  EXPECT_EQ(sorted(AllPages([&](auto before) { return store_->ListClients(before); }, 3)),
            sorted(Numbered("client_", 120)));
  const std::vector<std::string> all = Numbered("login_", 120);
  for (const bool live : {false, true}) {
    for (const auto uid : {std::optional<uint32_t>(1000), std::optional<uint32_t>()}) {
      EXPECT_EQ(AllPages([&](auto before) { return store_->ListLogins({uid, live, kNow + 1, kBoot, before}); }, live ? 1 : 2),
                live ? std::vector(all.begin(), all.end() - 40) : all);
    }
  }
  EXPECT_EQ(store_->ListLogins({1001, false, kNow, kBoot, "login_7"})->size(), 0u) << "of others";
}

TEST_F(Lists, OfWhatIsLargeGoOnWithoutAGap) {
  for (int i = 0; i < 200; ++i) {
    core::KeyRecord key = Key("key_" + std::to_string(i));
    key.credential_id = Bytes(1023, static_cast<uint8_t>(i));
    ASSERT_TRUE(store_->AddKey(For("bob", 1001), key).ok());
  }
  EXPECT_EQ(AllPages([&](auto before) { return store_->ListKeys("bob", before); }, 10).size(), 200u);
}

TEST_F(Lists, BeforeSomethingThatIsGoneAreAnError) {
  for (const auto& reason : {store_->ListKeys("", "key_gone").error().reason, store_->ListOtps("", "otp_gone").error().reason,
                             store_->ListClients("client_gone").error().reason,
                             store_->ListLogins({1000, false, kNow, kBoot, "login_gone"}).error().reason,
                             store_->ListGrants({{}, "", "", true, {kNow, kBoot}, "grant_gone"}).error().reason}) {
    EXPECT_EQ(reason, "list_changed");
  }
}

}  // namespace
}  // namespace fob::store
