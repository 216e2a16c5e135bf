#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>

#include "daemon/crypto/jws_signer.h"
#include "daemon/crypto/signing_key.h"
#include "daemon/store/schema.h"
#include "store_fixture.h"

namespace fob::store {
namespace {

using File = StoreTest;

// Runs `body` in a child without root's rights over files; its answer is the exit code.
template <typename Body>
int AsNobody(const std::string& folder, Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0) {
      for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (::chown(entry.path().c_str(), 65534, 65534) != 0) ::_exit(100);
      }
      if (::chown(folder.c_str(), 65534, 65534) != 0 || ::setgid(65534) != 0 ||
          ::setuid(65534) != 0)
        ::_exit(101);
    }
    ::_exit(body());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

mode_t ModeOf(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

TEST_F(File, IsMadeForUsAlone) {
  EXPECT_EQ(ModeOf(folder_.file()), 0600u);
  EXPECT_EQ(ModeOf(folder_.file() + "-wal"), 0600u);
  StoreFolder other;
  other.path += "/state";
  ASSERT_NE(other.Open(), nullptr);
  EXPECT_EQ(ModeOf(other.path), 0700u);
  other.path.resize(other.path.size() - 6);
}

TEST_F(File, StartsWithTheSettingsThatKeepItSafe) {
  store_.reset();
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(folder_.file().c_str(), &handle), SQLITE_OK);
  sqlite3_stmt* query = nullptr;
  ASSERT_EQ(sqlite3_prepare_v2(handle, "PRAGMA journal_mode", -1, &query, nullptr), SQLITE_OK);
  ASSERT_EQ(sqlite3_step(query), SQLITE_ROW);
  EXPECT_STREQ(reinterpret_cast<const char*>(sqlite3_column_text(query, 0)), "wal");
  sqlite3_finalize(query);
  ASSERT_EQ(sqlite3_prepare_v2(
                handle,
                "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND strict = 0"
                " AND name NOT LIKE 'sqlite_%'",
                -1, &query, nullptr),
            SQLITE_OK);
  ASSERT_EQ(sqlite3_step(query), SQLITE_ROW);
  EXPECT_EQ(sqlite3_column_int(query, 0), 0) << "a table that is not STRICT";
  sqlite3_finalize(query);
  sqlite3_close(handle);
}

TEST_F(File, IsRefusedWhenOthersReachIt) {
  store_.reset();
  const auto reason = [&] {
    return SqliteStore::Open(folder_.path, SqliteStore::Mode::kWriter, folder_.hasher,
                             *folder_.sealer)
        .error()
        .reason;
  };
  ASSERT_EQ(::chmod(folder_.path.c_str(), 0770), 0);
  EXPECT_EQ(reason(), "state_exposed");
  ASSERT_EQ(::chmod(folder_.path.c_str(), 0702), 0);
  EXPECT_EQ(reason(), "state_exposed");
  ASSERT_EQ(::chmod(folder_.path.c_str(), 0700), 0);
  ASSERT_EQ(::chmod(folder_.file().c_str(), 0640), 0);
  EXPECT_EQ(reason(), "state_exposed");
  ASSERT_EQ(::chmod(folder_.file().c_str(), 0600), 0);
  std::filesystem::rename(folder_.file(), folder_.path + "/other.db");
  std::filesystem::create_symlink(folder_.path + "/other.db", folder_.file());
  EXPECT_EQ(reason(), "state_exposed");
}

TEST_F(File, OfANewerFobIsRefused) {
  store_.reset();
  Tamper(folder_.file(), "PRAGMA user_version = " + std::to_string(SchemaVersion() + 1));
  const auto opened =
      SqliteStore::Open(folder_.path, SqliteStore::Mode::kWriter, folder_.hasher, *folder_.sealer);
  EXPECT_EQ(opened.error().reason, "store_newer");
  EXPECT_NE(opened.error().text.find("newer fob"), std::string::npos);
}

TEST_F(File, OfAnotherProgramIsRefused) {
  StoreFolder other;
  Tamper(other.file(), "CREATE TABLE t (x)");
  ASSERT_EQ(::chmod(other.file().c_str(), 0600), 0);
  EXPECT_EQ(SqliteStore::Open(other.path, SqliteStore::Mode::kWriter, other.hasher, *other.sealer)
                .error()
                .reason,
            "not_a_store");
}

TEST_F(File, I13_ACorruptFileIsCorrupt) {
  store_.reset();
  std::filesystem::remove(folder_.file() + "-wal");
  {
    std::ofstream out(folder_.file(), std::ios::binary | std::ios::in);
    out << "this is not a database, whatever its name says";
  }
  EXPECT_EQ(
      SqliteStore::Open(folder_.path, SqliteStore::Mode::kWriter, folder_.hasher, *folder_.sealer)
          .error()
          .code,
      Code::kCorrupt);
}

TEST_F(File, I13_ADamagedPageIsCorruptAndNotNotFound) {
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(
        store_
            ->AddOtp(For("user" + std::to_string(i), 2000 + static_cast<uint32_t>(i)),
                     Otp("otp_" + std::to_string(i)))
            .ok());
  }
  store_.reset();
  {
    // All pages but the first, which holds the schema's root.
    std::fstream out(folder_.file(), std::ios::binary | std::ios::in | std::ios::out);
    out.seekg(0, std::ios::end);
    const auto size = out.tellg();
    for (std::streamoff at = 3 * 4096; at < size; at += 4096) {
      out.seekp(at);
      out << std::string(64, '\x5a');
    }
  }
  auto store =
      SqliteStore::Open(folder_.path, SqliteStore::Mode::kWriter, folder_.hasher, *folder_.sealer);
  const Code code =
      store.ok() ? (*store)->LoadFactors("user7", 2007).error().code : store.error().code;
  EXPECT_EQ(code, Code::kCorrupt);
}

TEST_F(File, I13_AReadOnlyFileIsUnavailableAndNotNotFound) {
  store_.reset();
  EXPECT_EQ(AsNobody(folder_.path,
                     [&] {
                       auto store = SqliteStore::Open(folder_.path, SqliteStore::Mode::kWriter,
                                                      folder_.hasher, *folder_.sealer);
                       if (!store.ok()) return 1;
                       if (::chmod(folder_.file().c_str(), 0400) != 0) return 2;
                       store->reset();
                       auto again = SqliteStore::Open(folder_.path, SqliteStore::Mode::kWriter,
                                                      folder_.hasher, *folder_.sealer);
                       if (!again.ok()) return again.error().code == Code::kUnavailable ? 0 : 3;
                       const auto found = (*again)->LoadFactors("alice", 1000);
                       if (!found.ok() && found.error().code == Code::kNotFound) return 4;
                       return (*again)->Record(Audit("x")).error().code == Code::kUnavailable ? 0
                                                                                              : 5;
                     }),
            0);
}

TEST_F(File, I13_AnUnreadableFileIsUnavailableAndNotNotFound) {
  store_.reset();
  EXPECT_EQ(AsNobody(folder_.path,
                     [&] {
                       if (::chmod(folder_.file().c_str(), 0000) != 0) return 1;
                       auto store = SqliteStore::Open(folder_.path, SqliteStore::Mode::kReader,
                                                      folder_.hasher, *folder_.sealer);
                       return !store.ok() && store.error().code == Code::kUnavailable ? 0 : 2;
                     }),
            0);
}

TEST_F(File, I14_AFullDiskRefusesACodeAndSpendsNothing) {
  store_.reset();
  const pid_t child = ::fork();
  if (child == 0) {
    Reopen();
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {4096, 4096};  // no file may grow beyond
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto status = store_->CommitProof(CodeProof(101));
    if (status.ok()) ::_exit(1);
    if (status.error().code != Code::kUnavailable || status.error().reason != "store_not_writable")
      ::_exit(2);
    ::_exit(store_->LoadFactors("alice", 1000)->otps.at(0).last_step == 100 ? 0 : 3);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0) << WEXITSTATUS(status);
  Reopen();
  EXPECT_TRUE(store_->CommitProof(CodeProof(101)).ok());
}

TEST_F(File, AReaderSeesCommitsAndChangesNothing) {
  const auto reader = folder_.Open(SqliteStore::Mode::kReader);
  ASSERT_NE(reader, nullptr);
  EXPECT_TRUE(reader->FindUser("alice").ok());
  ASSERT_TRUE(store_->AddOtp(For("bob", 1001), Otp("otp_b")).ok());
  EXPECT_TRUE(reader->FindUser("bob").ok());
  const auto refused = reader->Record(Audit("x"));
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_EQ(refused.error().reason, "store_not_writable");
  {
    auto open = store_->Begin();
    ASSERT_TRUE(store_->AddOtp(For("carol", 1002), Otp("otp_c")).ok());
    EXPECT_EQ(reader->FindUser("carol").error().code, Code::kNotFound);
  }
  EXPECT_EQ(store_->FindUser("carol").error().code, Code::kNotFound) << "not committed: undone";
  EXPECT_TRUE(reader->Checkpoint().ok());
  EXPECT_TRUE(reader->Counts(kNow, kBoot)->writable);
}

TEST_F(File, ASealedSecretOpensInItsOwnRowOnly) {
  ASSERT_TRUE(store_->AddOtp(For("alice", 1000), Otp("otp_b", "another secret")).ok());
  ASSERT_TRUE(store_->AddOtp(For("mallory", 1666), Otp("otp_m", "mallory's secret")).ok());
  store_.reset();
  const std::string swap =
      "UPDATE otps SET secret = (SELECT secret FROM otps o WHERE o.id = CASE otps.id WHEN 'otp_a' "
      "THEN 'otp_b' ELSE 'otp_a' END)"
      " WHERE id IN ('otp_a', 'otp_b')";
  Tamper(folder_.file(), swap);
  Reopen();
  EXPECT_EQ(store_->LoadFactors("alice", 1000).error().code, Code::kCorrupt);
  EXPECT_TRUE(store_->LoadFactors("mallory", 1666).ok());
}

TEST_F(File, ASealedSecretDoesNotOpenForAnotherUser) {
  ASSERT_TRUE(store_->AddOtp(For("mallory", 1666), Otp("otp_m", "mallory's secret")).ok());
  store_.reset();
  Tamper(
      folder_.file(),
      "UPDATE otps SET user_id = (SELECT id FROM users WHERE name = 'alice') WHERE id = 'otp_m'");
  Reopen();
  EXPECT_EQ(store_->LoadFactors("alice", 1000).error().code, Code::kCorrupt);
}

TEST_F(File, SigningKeysComeBackInOrderAndAreSealed) {
  crypto::JwsSigner signer;
  const core::SigningKeyRecord first = *crypto::GenerateSigningKey(core::SigningAlgorithm::kEs256, kNow);
  const core::SigningKeyRecord second = *crypto::GenerateSigningKey(core::SigningAlgorithm::kEs256, kNow);
  ASSERT_TRUE(store_->AddSigningKey(first, Audit("signing_key.add")).ok());
  ASSERT_TRUE(store_->AddSigningKey(second, Audit("signing_key.add")).ok());
  EXPECT_EQ(store_->AddSigningKey(second, Audit("signing_key.add")).error().code, Code::kConflict);
  Reopen();
  const auto keys = store_->SigningKeys();
  ASSERT_EQ(keys->size(), 2u);
  EXPECT_EQ(keys->at(0).kid, first.kid);
  EXPECT_TRUE(keys->at(1).private_key == second.private_key);
  EXPECT_TRUE(signer.Load(*keys).ok());
  EXPECT_EQ(AllBytes(folder_.path).find(first.private_key.RevealText()), std::string::npos);
  store_.reset();
  Tamper(
      folder_.file(),
      "UPDATE signing_keys SET private_key = (SELECT private_key FROM signing_keys WHERE seq = 1)");
  Reopen();
  EXPECT_EQ(store_->SigningKeys().error().code, Code::kCorrupt);
}

TEST_F(File, AnotherMasterKeyOpensNothing) {
  store_.reset();
  const auto other = std::move(crypto::AesGcmSealer::Create(SecretBytes(size_t{32}))).value();
  const auto store =
      SqliteStore::Open(folder_.path, SqliteStore::Mode::kWriter, folder_.hasher, *other);
  EXPECT_EQ((*store)->LoadFactors("alice", 1000).error().code, Code::kCorrupt);
}

TEST_F(File, Counts) {
  ASSERT_TRUE(store_->AddClient(Client("client_1", "wiki"), Audit("client.add")).ok());
  const auto counts = store_->Counts(kNow, kBoot);
  EXPECT_EQ(counts->schema, SchemaVersion());
  EXPECT_EQ(counts->users, 1);
  EXPECT_EQ(counts->keys, 1);
  EXPECT_EQ(counts->otps, 1);
  EXPECT_EQ(counts->clients, 1);
  EXPECT_EQ(counts->live_logins, 0);
  EXPECT_EQ(counts->audit_head, 3);
  EXPECT_TRUE(counts->writable);
  ASSERT_TRUE(store_->AddOtp(For("bob", 1001), Otp("otp_b")).ok());
  ASSERT_TRUE(store_->RemoveKey("alice", 1000, "key_a", Audit("key.remove")).ok());
  EXPECT_FALSE(store_->AddOtp(For("bob", 1001), Otp("otp_b")).ok());
  EXPECT_EQ(store_->Counts(kNow, kBoot)->users, 2);
  EXPECT_EQ(store_->Counts(kNow, kBoot)->keys, 0);
  EXPECT_EQ(store_->Counts(kNow, kBoot)->otps, 2);
}

}  // namespace
}  // namespace fob::store
