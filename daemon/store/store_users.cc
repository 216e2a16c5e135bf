#include <fmt/format.h>

#include "daemon/store/liveness.h"
#include "daemon/store/sqlite_store.h"

// Users and the codes that let a first factor in.
namespace fob::store {
namespace {

constexpr std::string_view kUserByName =
    "SELECT id, sub, name, uid, created_at, locked_at FROM users WHERE name = ?1";

constexpr uint32_t kNoUid = 0xffffffff;  // (uid_t)-1: no account has it

Error NoUser(const std::string& name) {
  return MakeError(Code::kNotFound, "no_user", "user " + name + " is not enrolled");
}

void ReadUser(Statement& row, core::UserRecord& user) {
  row.Read(user.id, user.sub, user.name, user.uid, user.created_at, user.locked_at);
}

}  // namespace

Result<core::UserRecord> SqliteStore::FindUser(const std::string& name) {
  FOB_TRY(auto row, database_->First(kUserByName, name));
  if (!row.has_value()) return NoUser(name);
  core::UserRecord user;
  ReadUser(*row, user);
  return user;
}

Result<core::UserRecord> SqliteStore::FindAccount(const std::string& name, uint32_t uid) {
  auto user = FindUser(name);
  if (user.ok() || user.error().code != Code::kNotFound) return user;
  FOB_TRY(auto row, database_->First("SELECT name FROM users WHERE uid = ?1 LIMIT 1", uid));
  if (!row.has_value()) return user;
  std::string enrolled;
  row->Read(enrolled);
  return MakeError(Code::kConflict, "user_changed",
                   fmt::format("uid {} is enrolled as {}, not as {}: if the account was renamed, an "
                               "administrator must run fobctl user rebind {}",
                               uid, enrolled, name, name));
}

Result<core::UserRecord> SqliteStore::FindSameAccount(const std::string& name, uint32_t uid) {
  FOB_TRY(core::UserRecord user, FindAccount(name, uid));
  if (user.uid != uid) {
    return MakeError(Code::kConflict, "user_changed",
                     fmt::format("user {} was enrolled with another uid: an administrator must run "
                                 "fobctl user rebind {}",
                                 name, name));
  }
  return user;
}

Result<core::UserFactors> SqliteStore::LoadFactors(const std::string& name, uint32_t uid) {
  FOB_TRY(const Transaction snapshot, Transaction::Begin(*database_, Transaction::Kind::kRead));
  core::UserFactors factors;
  FOB_TRY(factors.user, FindAccount(name, uid));
  FOB_TRY(factors.otps, OtpsOf(name));
  // Most users lack most of these: one question for all of them costs less than each on its own.
  bool keys = false;
  bool recovery_codes = false;
  bool failures = false;
  {
    FOB_TRY(auto row, database_->First("SELECT EXISTS (SELECT 1 FROM keys WHERE user_id = ?1),"
                                       " EXISTS (SELECT 1 FROM recovery_codes WHERE user_id = ?1),"
                                       " EXISTS (SELECT 1 FROM failures WHERE user_id = ?1)",
                                       factors.user.id));
    if (row.has_value()) row->Read(keys, recovery_codes, failures);
  }
  if (keys) {
    FOB_TRY(factors.keys, KeysOf(name));
  }
  if (recovery_codes) {
    FOB_TRY(factors.recovery_codes, RecoveryCodesOf(factors.user.id));
  }
  if (failures) {
    FOB_TRY(factors.failures, FailuresOf(factors.user.id));
  }
  return factors;
}

Result<core::UserRecord> SqliteStore::RebindUser(const std::string& name, uint32_t uid,
                                                 core::AuditEntry audit) {
  return Atomically([&]() -> Result<core::UserRecord> {
    // Of the name; else of the uid, whose account was renamed.
    FOB_TRY(auto row, database_->First("SELECT id, name = ?1 AND uid = ?2, name FROM users WHERE name = ?1 OR uid = ?2 "
                                       "ORDER BY name <> ?1 LIMIT 1",
                                       name, uid));
    if (!row.has_value()) return NoUser(name);
    int64_t id = 0;
    bool bound = false;
    std::string former;
    row->Read(id, bound, former);
    row.reset();
    int64_t ended = 0;
    // For good: what was proved under the former binding is nobody's, should it ever be the binding again.
    const auto end = [&](int64_t user, const std::string& of) -> Status {
      FOB_TRY(const int64_t logins, EndAllOf(*database_, user, audit.at));
      ended += logins;
      FOB_CHECK(database_->Run("DELETE FROM enrol_codes WHERE user = ?1", of));
      return Ok();
    };
    if (!bound) {
      FOB_CHECK(end(id, former));
      FOB_CHECK(database_->Run("UPDATE users SET name = ?2, uid = ?3 WHERE id = ?1", id, name, uid));
    }
    // A uid is one user's: who had it before must be bound anew.
    FOB_TRY(auto other, database_->First("SELECT id, name FROM users WHERE uid = ?1 AND id <> ?2 LIMIT 1", uid, id));
    const bool displaced = other.has_value();
    if (displaced) {
      int64_t other_id = 0;
      other->Read(other_id, former);
      other.reset();
      FOB_CHECK(end(other_id, former));
      FOB_CHECK(database_->Run("UPDATE users SET uid = ?2 WHERE id = ?1", other_id, kNoUid));
    }
    if (!bound || displaced) {
      audit.detail += fmt::format("{}{} logins ended, all grants revoked", audit.detail.empty() ? "" : "; ", ended);
    }
    FOB_CHECK(Append(audit));
    return FindUser(name);
  });
}

Result<core::UserRecord> SqliteStore::EnsureUser(const NewFactor& factor) {
  const core::Account& account = factor.account;
  auto user = FindSameAccount(account.name, account.uid);
  if (user.ok() || user.error().code != Code::kNotFound) return user;
  FOB_CHECK(database_->Run(
      "INSERT INTO users (sub, name, uid, created_at) VALUES (?1, ?2, ?3, ?4)", factor.sub,
      account.name, account.uid, factor.audit.at));
  return FindUser(account.name);
}

Status SqliteStore::AddEnrolCode(const std::string& user, uint32_t uid, const Bytes& hash,
                                 int64_t expires_at, core::AuditEntry audit) {
  return Atomically([&]() -> Status {
    const auto known = FindSameAccount(user, uid);
    if (!known.ok() && known.error().code != Code::kNotFound) return known.error();
    FOB_CHECK(database_->Run("DELETE FROM enrol_codes WHERE expires_at <= ?1", audit.at));
    FOB_CHECK(database_->Run(
        "INSERT OR REPLACE INTO enrol_codes (user, hash, expires_at) VALUES (?1, ?2, ?3)", user,
        hash, expires_at));
    return Append(audit);
  });
}

Result<bool> SqliteStore::EnrolCodeIsGood(const std::string& user, const Bytes& hash, int64_t now) {
  FOB_TRY(const auto row,
          database_->First(
              "SELECT 1 FROM enrol_codes WHERE user = ?1 AND hash = ?2 AND expires_at > ?3", user,
              hash, now));
  return row.has_value();
}

Status SqliteStore::ConsumePermission(const NewFactor& factor) {
  if (!factor.proved_by.empty()) {
    FOB_TRY(const auto there, database_->First("SELECT 1 FROM keys WHERE id = ?1 "
                                               "UNION ALL SELECT 1 FROM otps WHERE id = ?1",
                                               factor.proved_by));
    if (!there.has_value())
      return MakeError(Code::kDenied, "factor_removed", "the factor that proved it was removed meanwhile");
  }
  if (!factor.enrol_code_hash.has_value()) return Ok();
  FOB_TRY(
      const int64_t consumed,
      database_->Run("DELETE FROM enrol_codes WHERE user = ?1 AND hash = ?2 AND expires_at > ?3",
                     factor.account.name, *factor.enrol_code_hash, factor.audit.at));
  if (consumed == 0)
    return MakeError(Code::kDenied, "enrol_code",
                     "the enrolment code is used, replaced or expired");
  return Ok();
}

}  // namespace fob::store
