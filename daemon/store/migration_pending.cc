#include "daemon/store/migrations.h"

// Logins that no session has confirmed yet are apart from those that count: one page is written for such a one, and
// most of them are gone in a moment.
namespace fob::store {

const char* const kPendingMigration = R"sql(
CREATE TABLE pending_logins (
  handle_hash BLOB PRIMARY KEY,
  id TEXT NOT NULL,
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
  key_id TEXT,
  otp_id TEXT,
  authenticated_at INTEGER NOT NULL,
  confirm_before INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  boot_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO pending_logins SELECT handle_hash, id, user_id, uid, service, tty, rhost, factors, amr, acr, multi_factor,
  rule, key_id, otp_id, authenticated_at, confirm_before, expires_at, boot_id
  FROM logins WHERE handle_hash IS NOT NULL AND confirmed_at IS NULL AND ended_at IS NULL;
DELETE FROM logins WHERE confirmed_at IS NULL;
DROP INDEX logins_by_handle;
DROP INDEX logins_by_death;
DROP INDEX logins_open;
DROP INDEX logins_open_by_uid;
DROP INDEX logins_open_by_session;
ALTER TABLE logins DROP COLUMN handle_hash;
ALTER TABLE logins DROP COLUMN confirm_before;
CREATE INDEX logins_open ON logins (expires_at) WHERE ended_at IS NULL;
CREATE INDEX logins_open_by_uid ON logins (uid, expires_at) WHERE ended_at IS NULL;
CREATE INDEX logins_open_by_session ON logins (kernel_session) WHERE ended_at IS NULL;
CREATE INDEX logins_by_death ON logins (max(kept_until, coalesce(ended_at, expires_at)));
)sql";

}  // namespace fob::store
