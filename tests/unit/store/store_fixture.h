#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "daemon/crypto/aes_gcm_sealer.h"
#include "daemon/crypto/sha256_hasher.h"
#include "daemon/store/sqlite_store.h"

namespace fob::store {

inline constexpr int64_t kNow = 1'700'000'000;
inline constexpr const char* kBoot = "boot-1";

// A folder of its own, and the hasher and sealer that the store is given.
struct StoreFolder {
  StoreFolder() {
    std::string pattern = ::testing::TempDir() + "fob-store-XXXXXX";
    path = ::mkdtemp(pattern.data()) == nullptr ? "" : pattern;
  }
  ~StoreFolder() { std::filesystem::remove_all(path); }

  std::unique_ptr<SqliteStore> Open(SqliteStore::Mode mode = SqliteStore::Mode::kWriter) const {
    auto store = SqliteStore::Open(path, mode, hasher, *sealer);
    EXPECT_TRUE(store.ok()) << store.error().text;
    return store.ok() ? std::move(*store) : nullptr;
  }
  std::string file() const { return path + "/fob.db"; }
  Bytes Hash(std::string_view text) const { return hasher.Sha256(AsBytes(text)); }

  std::string path;
  crypto::Sha256Hasher hasher;
  std::unique_ptr<crypto::AesGcmSealer> sealer =
      std::move(crypto::AesGcmSealer::Create(
                    SecretBytes(std::string_view("0123456789abcdef0123456789abcdef"))))
          .value();
};

inline core::AuditEntry Audit(std::string action, int64_t at = kNow) {
  core::AuditEntry entry;
  entry.at = at;
  entry.action = std::move(action);
  entry.user = "alice";
  entry.caller_uid = 0;
  entry.caller_pid = 42;
  entry.service = "sshd";
  return entry;
}

inline core::Store::NewFactor For(const std::string& name, uint32_t uid) {
  core::Store::NewFactor factor;
  factor.account = {name, uid, uid, {}};
  factor.sub = "sub_" + name;
  factor.audit = Audit("enrol");
  return factor;
}

inline core::OtpRecord Otp(const std::string& id,
                           std::string_view secret = "12345678901234567890") {
  core::OtpRecord otp;
  otp.id = id;
  otp.name = "name of " + id;
  otp.secret = SecretBytes(secret);
  otp.created_at = kNow;
  otp.last_step = 100;
  return otp;
}

inline core::KeyRecord Key(const std::string& id, uint32_t counter = 10) {
  core::KeyRecord key;
  key.id = id;
  key.name = "name of " + id;
  key.rp_id = "login.example.org";
  const std::string credential = "credential of " + id;
  key.credential_id.assign(credential.begin(), credential.end());
  key.public_key = Bytes(64, 7);
  key.algorithm = core::KeyAlgorithm::kEdDsa;
  key.aaguid = Bytes(16, 1);
  key.attestation = core::Attestation::kSelf;
  key.user_verification = true;
  key.counter = counter;
  key.transports = {"usb", "nfc"};
  key.created_at = kNow;
  return key;
}

inline core::LoginRecord PendingLogin(const std::string& id) {
  core::LoginRecord login;
  login.id = id;
  login.service = "sshd";
  login.tty = "ssh";
  login.rhost = "192.0.2.1";
  login.factors = {"password", "totp"};
  login.amr = {"pwd", "otp", "mfa"};
  login.acr = "mfa";
  login.multi_factor = true;
  login.rule = "everyone";
  login.authenticated_at = kNow;
  login.expires_at = kNow + 3600;
  login.boot_id = kBoot;
  return login;
}

inline core::ClientRecord Client(const std::string& id, const std::string& name) {
  core::ClientRecord client;
  client.id = id;
  client.name = name;
  client.secret_hash = Bytes(32, 9);
  client.audiences = {"https://app.example.org", "https://api.example.org"};
  client.scopes = {"read", "write"};
  client.created_at = client.secret_rotated_at = kNow;
  return client;
}

// A store with alice (uid 1000), her TOTP otp_a and her key key_a.
class StoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    store_ = folder_.Open();
    ASSERT_NE(store_, nullptr);
    ASSERT_TRUE(store_->AddOtp(For("alice", 1000), Otp("otp_a")).ok());
    ASSERT_TRUE(store_->AddKey(For("alice", 1000), Key("key_a")).ok());
    user_id_ = store_->FindUser("alice")->id;
  }

  void Reopen() {
    store_.reset();
    store_ = folder_.Open();
    ASSERT_NE(store_, nullptr);
  }

  core::ProofCommit Proof(const std::string& login = "") const {
    core::ProofCommit proof;
    proof.user_id = user_id_;
    proof.uid = 1000;
    proof.audit = Audit("login.begin");
    if (!login.empty()) {
      proof.login = PendingLogin(login);
      proof.handle_hash = folder_.Hash("handle of " + login);
      proof.confirm_before = kNow + 120;
    }
    return proof;
  }
  core::ProofCommit CodeProof(int64_t step, const std::string& login = "") const {
    core::ProofCommit proof = Proof(login);
    if (proof.login.has_value()) proof.login->otp = "otp_a";
    proof.otp_step = core::ProofCommit::OtpStep{"otp_a", step};
    return proof;
  }
  core::ProofCommit KeyProof(uint32_t counter, bool deny = true,
                             const std::string& login = "") const {
    core::ProofCommit proof = Proof(login);
    if (proof.login.has_value()) proof.login->key = "key_a";
    proof.key_use = core::ProofCommit::KeyUse{"key_a", counter, false, deny};
    return proof;
  }
  core::Store::Confirmation Confirmation(const std::string& login) const {
    core::Store::Confirmation confirmation;
    confirmation.handle_hash = folder_.Hash("handle of " + login);
    confirmation.user = "alice";
    confirmation.service = "sshd";
    confirmation.tty = "pts/1";
    confirmation.kernel_session = "audit:7";
    confirmation.boot_id = kBoot;
    confirmation.now = kNow + 1;
    confirmation.audit = Audit("login.confirm");
    return confirmation;
  }
  // A live login made with otp_a at `step`.
  void LogIn(const std::string& login, int64_t step) {
    ASSERT_TRUE(store_->CommitProof(CodeProof(step, login)).ok());
    const auto confirmed = store_->ConfirmLogin(Confirmation(login));
    ASSERT_TRUE(confirmed.ok()) << confirmed.error().text;
  }
  core::TicketRecord Ticket(const std::string& ticket, const std::string& login) const {
    return {folder_.Hash(ticket),
            login,
            "client_1",
            "https://app.example.org",
            "read",
            1000,
            kNow + 30};
  }
  core::Store::Redemption Redemption(const std::string& ticket, const std::string& grant) const {
    core::Store::Redemption redemption;
    redemption.ticket_hash = folder_.Hash(ticket);
    redemption.client = "client_1";
    redemption.proof.hash = Client("", "").secret_hash;
    redemption.grant.id = grant;
    redemption.grant.created_at = kNow + 2;
    redemption.grant.expires_at = kNow + 302;
    redemption.moment = {kNow + 2, kBoot};
    redemption.audit = Audit("ticket.exchange");
    return redemption;
  }
  int64_t AuditHead() { return store_->Counts(kNow, kBoot)->audit_head; }
  std::string ChainFault() {
    const auto check = store_->CheckChain({}, 1000);
    if (!check.ok()) return check.error().text;
    return check->broken_at.has_value() ? check->why : "";
  }

  StoreFolder folder_;
  std::unique_ptr<SqliteStore> store_;
  int64_t user_id_ = 0;
};

// SQL behind the store's back; the store must be closed or idle.
inline void Tamper(const std::string& file, const std::string& sql) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &handle), SQLITE_OK);
  char* error = nullptr;
  EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, &error), SQLITE_OK) << error;
  sqlite3_close(handle);
}

// The one number that a query behind the store's back gives; the store must be closed or idle.
inline int64_t NumberIn(const std::string& file, const std::string& sql) {
  sqlite3* handle = nullptr;
  EXPECT_EQ(sqlite3_open(file.c_str(), &handle), SQLITE_OK);
  sqlite3_stmt* query = nullptr;
  EXPECT_EQ(sqlite3_prepare_v2(handle, sql.c_str(), -1, &query, nullptr), SQLITE_OK) << sqlite3_errmsg(handle);
  EXPECT_EQ(sqlite3_step(query), SQLITE_ROW);
  const int64_t number = sqlite3_column_int64(query, 0);
  sqlite3_finalize(query);
  sqlite3_close(handle);
  return number;
}

// Everything that the store has on disk.
inline std::string AllBytes(const std::string& folder) {
  std::string all;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(entry.path(), std::ios::binary);
    all.append(std::istreambuf_iterator<char>(in), {});
  }
  return all;
}

}  // namespace fob::store
