// Stores of an older fob, as they are found after an upgrade.
#include <sys/stat.h>

#include "daemon/store/schema.h"
#include "tests/unit/store/store_fixture.h"

namespace fob::store {
namespace {

TEST(Migrations, LoginsThatWaitedForTheirSessionAreConfirmedAfterwards) {
  StoreFolder folder;
  {
    auto database = Database::Open(folder.file(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    ASSERT_TRUE(database.ok());
    ASSERT_TRUE(Migrate(**database, 6).ok());
    ASSERT_TRUE((*database)
                    ->Execute("INSERT INTO users (sub, name, uid, created_at) VALUES ('sub_alice', 'alice', 1000, 1)")
                    .ok());
    const auto add = [&](const std::string& id, const std::string& handle, std::optional<int64_t> confirmed) {
      return (*database)
          ->Run("INSERT INTO logins (id, user_id, uid, service, tty, rhost, factors, amr, acr, multi_factor, rule,"
                " authenticated_at, confirm_before, expires_at, boot_id, kernel_session, handle_hash, confirmed_at)"
                " VALUES (?1, 1, 1000, 'sshd', 'ssh', '', 'totp', 'otp', 'otp', 0, 'rest', ?2, ?2 + 120, ?2 + 3600, ?3,"
                " '', ?4, ?5)",
                id, kNow, kBoot, handle.empty() ? std::nullopt : std::optional(folder.Hash(handle)), confirmed)
          .ok();
    };
    ASSERT_TRUE(add("login_live", "", kNow));
    ASSERT_TRUE(add("login_waits", "handle", std::nullopt));
    ASSERT_TRUE(add("login_left", "", std::nullopt));
  }
  ASSERT_EQ(::chmod(folder.file().c_str(), 0600), 0);
  const auto store = folder.Open();
  ASSERT_NE(store, nullptr);
  EXPECT_EQ(store->Counts(kNow, kBoot)->schema, SchemaVersion());
  EXPECT_EQ(store->FindLogin("login_live", kNow, kBoot)->state, core::LoginState::kLive);
  EXPECT_EQ(store->FindLogin("login_left", kNow, kBoot).error().code, Code::kNotFound);
  core::Store::Confirmation confirmation;
  confirmation.handle_hash = folder.Hash("handle");
  confirmation.user = "alice";
  confirmation.service = "sshd";
  confirmation.boot_id = kBoot;
  confirmation.now = kNow + 1;
  confirmation.audit = Audit("login.confirm");
  EXPECT_EQ(store->ConfirmLogin(confirmation)->id, "login_waits");
  EXPECT_EQ(store->ConfirmLogin(confirmation).error().reason, "handle");
  EXPECT_EQ(store->ListLogins({1000, true, kNow + 1, kBoot})->size(), 2u);
}

}  // namespace
}  // namespace fob::store
