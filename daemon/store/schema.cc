#include "daemon/store/schema.h"

#include <fmt/format.h>

#include <array>

#include "daemon/store/migrations.h"

namespace fob::store {
namespace {

constexpr int64_t kApplicationId = 0x666f6264;  // "fobd"

// Times are Unix seconds; lists are texts with a line an item; hashes are SHA-256.
const char* const kFirst = R"sql(
CREATE TABLE users (
  id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used again, and `sub` neither
  sub TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL UNIQUE,
  uid INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX users_by_uid ON users (uid);

CREATE TABLE keys (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  user_id INTEGER NOT NULL REFERENCES users (id),
  name TEXT NOT NULL,
  rp_id TEXT NOT NULL,
  credential_id BLOB NOT NULL UNIQUE,
  public_key BLOB NOT NULL,
  algorithm TEXT NOT NULL,
  aaguid BLOB NOT NULL,
  attestation TEXT NOT NULL,
  discoverable INTEGER NOT NULL,
  user_verification INTEGER NOT NULL,
  backup_eligible INTEGER NOT NULL,
  backed_up INTEGER NOT NULL,
  counter INTEGER NOT NULL,
  transports TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER,
  UNIQUE (user_id, name)
) STRICT;

CREATE TABLE otps (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  user_id INTEGER NOT NULL REFERENCES users (id),
  name TEXT NOT NULL,
  algorithm TEXT NOT NULL,
  digits INTEGER NOT NULL,
  period INTEGER NOT NULL,
  secret BLOB NOT NULL,  -- sealed
  last_step INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER,
  UNIQUE (user_id, name)
) STRICT;

-- By name, because the user may not be known yet.
CREATE TABLE enrol_codes (
  user TEXT PRIMARY KEY,
  hash BLOB NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE logins (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  user_id INTEGER NOT NULL REFERENCES users (id),
  uid INTEGER NOT NULL,
  service TEXT NOT NULL,
  tty TEXT NOT NULL,
  rhost TEXT NOT NULL,
  factors TEXT NOT NULL,
  amr TEXT NOT NULL,
  acr TEXT NOT NULL,
  multi_factor INTEGER NOT NULL,
  rule TEXT NOT NULL,
  key_id TEXT,  -- what proved it: the login dies with it
  otp_id TEXT,
  authenticated_at INTEGER NOT NULL,
  confirm_before INTEGER NOT NULL,
  confirmed_at INTEGER,
  ended_at INTEGER,
  expires_at INTEGER NOT NULL,
  boot_id TEXT NOT NULL,
  kernel_session TEXT NOT NULL,
  handle_hash BLOB  -- of a pending login
) STRICT;
CREATE UNIQUE INDEX logins_by_handle ON logins (handle_hash) WHERE handle_hash IS NOT NULL;
CREATE INDEX logins_open_by_uid ON logins (uid, expires_at)
  WHERE confirmed_at IS NOT NULL AND ended_at IS NULL;
CREATE INDEX logins_open ON logins (expires_at)
  WHERE confirmed_at IS NOT NULL AND ended_at IS NULL;
CREATE INDEX logins_by_uid ON logins (uid);
-- When it is dead at the latest: a reboot, or the loss of its user or factor, only makes that earlier.
CREATE INDEX logins_by_death ON logins
  (CASE WHEN ended_at IS NOT NULL THEN ended_at WHEN confirmed_at IS NULL THEN confirm_before
   ELSE expires_at END);

CREATE TABLE clients (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  secret_hash BLOB NOT NULL,
  audiences TEXT NOT NULL,
  scopes TEXT NOT NULL,
  token_lifetime INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  secret_rotated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE tickets (
  hash BLOB PRIMARY KEY,
  login TEXT NOT NULL REFERENCES logins (id),
  client TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  audience TEXT NOT NULL,
  scope TEXT NOT NULL,
  uid INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX tickets_by_expiry ON tickets (expires_at);
CREATE INDEX tickets_by_client ON tickets (client);
CREATE INDEX tickets_by_login ON tickets (login, expires_at);

-- A grant outlives its client, so that what it was can still be told.
CREATE TABLE grants (
  id TEXT PRIMARY KEY,
  login TEXT NOT NULL REFERENCES logins (id),
  client TEXT NOT NULL,
  audience TEXT NOT NULL,
  scope TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX grants_by_expiry ON grants (expires_at);
CREATE INDEX grants_by_login ON grants (login);

-- How many rows others have, so that telling it does not take reading them all.
CREATE TABLE totals (
  name TEXT PRIMARY KEY,
  rows INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO totals VALUES ('users', 0), ('keys', 0), ('otps', 0);
CREATE TRIGGER users_more AFTER INSERT ON users BEGIN
  UPDATE totals SET rows = rows + 1 WHERE name = 'users';
END;
CREATE TRIGGER users_less AFTER DELETE ON users BEGIN
  UPDATE totals SET rows = rows - 1 WHERE name = 'users';
END;
CREATE TRIGGER keys_more AFTER INSERT ON keys BEGIN
  UPDATE totals SET rows = rows + 1 WHERE name = 'keys';
END;
CREATE TRIGGER keys_less AFTER DELETE ON keys BEGIN
  UPDATE totals SET rows = rows - 1 WHERE name = 'keys';
END;
CREATE TRIGGER otps_more AFTER INSERT ON otps BEGIN
  UPDATE totals SET rows = rows + 1 WHERE name = 'otps';
END;
CREATE TRIGGER otps_less AFTER DELETE ON otps BEGIN
  UPDATE totals SET rows = rows - 1 WHERE name = 'otps';
END;

CREATE TABLE signing_keys (
  seq INTEGER PRIMARY KEY,
  kid TEXT NOT NULL UNIQUE,
  algorithm TEXT NOT NULL,
  private_key BLOB NOT NULL,  -- sealed
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  action TEXT NOT NULL,
  outcome TEXT NOT NULL,
  user TEXT NOT NULL,
  caller_uid INTEGER NOT NULL,
  caller_pid INTEGER NOT NULL,
  service TEXT NOT NULL,
  tty TEXT NOT NULL,
  rhost TEXT NOT NULL,
  subject TEXT NOT NULL,
  rule TEXT NOT NULL,
  detail TEXT NOT NULL,
  hash BLOB NOT NULL
) STRICT;
)sql";

// Step n leads from version n to n + 1. A step that was released is never changed.
const std::array kSteps = {kFirst, kFactorsMigration, kUpkeepMigration, kTokensMigration, kWebMigration, kHeadsMigration,
                          kPendingMigration};

Result<int64_t> Number(Database& database, std::string_view sql) {
  FOB_TRY(auto row, database.First(sql));
  int64_t value = 0;
  if (row.has_value()) row->Read(value);
  return value;
}

}  // namespace

int64_t SchemaVersion() { return static_cast<int64_t>(kSteps.size()); }

Status Migrate(Database& database, int64_t target) {
  FOB_TRY(int64_t version, Number(database, "PRAGMA user_version"));
  FOB_TRY(const int64_t application, Number(database, "PRAGMA application_id"));
  if (version != 0 || application != 0) {
    if (application != kApplicationId) {
      return MakeError(Code::kCorrupt, "not_a_store",
                       "the store: the file is a database of another program");
    }
  } else {
    FOB_TRY(const int64_t tables, Number(database, "SELECT count(*) FROM sqlite_schema"));
    if (tables != 0) {
      return MakeError(Code::kCorrupt, "not_a_store",
                       "the store: the file is a database of another program");
    }
  }
  if (version > SchemaVersion()) {
    return MakeError(
        Code::kConflict, "store_newer",
        fmt::format(
            "the store has schema {}, and this fobd knows up to {}: it was written by a newer fob. "
            "Install that version again, or restore a backup of before.",
            version, SchemaVersion()));
  }
  for (; version < target; ++version) {
    FOB_TRY(Transaction step, Transaction::Begin(database, Transaction::Kind::kWrite));
    FOB_CHECK(database.Execute(kSteps[static_cast<size_t>(version)]));
    const std::string marks = fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {};",
                                          kApplicationId, version + 1);
    FOB_CHECK(database.Execute(marks.c_str()));
    FOB_CHECK(step.Commit());
  }
  return Ok();
}

}  // namespace fob::store
