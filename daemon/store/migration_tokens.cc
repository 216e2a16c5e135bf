#include "daemon/store/migrations.h"

// What web apps may have, and the whole life of what they hold.
namespace fob::store {

const char* const kTokensMigration = R"sql(
ALTER TABLE clients ADD COLUMN serves TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN told_groups TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN fresh TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN token_kind TEXT NOT NULL DEFAULT 'jwt';
ALTER TABLE clients ADD COLUMN algorithm TEXT NOT NULL DEFAULT 'ES256';
ALTER TABLE clients ADD COLUMN refresh_lifetime INTEGER NOT NULL DEFAULT 0;
ALTER TABLE clients ADD COLUMN outlives_login INTEGER NOT NULL DEFAULT 0;
ALTER TABLE clients ADD COLUMN direct INTEGER NOT NULL DEFAULT 0;
ALTER TABLE clients ADD COLUMN machine INTEGER NOT NULL DEFAULT 0;

-- All grants of a client, user or login die together when its epoch is another: however many they are.
ALTER TABLE clients ADD COLUMN grant_epoch INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN grant_epoch INTEGER NOT NULL DEFAULT 0;
ALTER TABLE logins ADD COLUMN grant_epoch INTEGER NOT NULL DEFAULT 0;

ALTER TABLE logins ADD COLUMN fresh_used_at INTEGER;  -- it gave a ticket that took its touch
ALTER TABLE logins ADD COLUMN kept_until INTEGER NOT NULL DEFAULT 0;  -- by a grant that outlives it
CREATE INDEX logins_open_by_session ON logins (kernel_session)
  WHERE confirmed_at IS NOT NULL AND ended_at IS NULL;
DROP INDEX logins_by_death;
CREATE INDEX logins_by_death ON logins
  (max(kept_until, CASE WHEN ended_at IS NOT NULL THEN ended_at WHEN confirmed_at IS NULL THEN confirm_before
   ELSE expires_at END));

CREATE TABLE kept_grants (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  login TEXT REFERENCES logins (id),  -- none: a machine's
  client TEXT NOT NULL,
  audience TEXT NOT NULL,
  scope TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER,
  revoked_why TEXT,
  client_epoch INTEGER NOT NULL,
  user_epoch INTEGER NOT NULL,
  login_epoch INTEGER NOT NULL
) STRICT;
INSERT INTO kept_grants (id, login, client, audience, scope, created_at, expires_at, client_epoch, user_epoch, login_epoch)
  SELECT id, login, client, audience, scope, created_at, expires_at, 0, 0, 0 FROM grants ORDER BY created_at, id;
DROP TABLE grants;
ALTER TABLE kept_grants RENAME TO grants;
CREATE INDEX grants_by_expiry ON grants (expires_at);
CREATE INDEX grants_by_login ON grants (login, expires_at) WHERE login IS NOT NULL;
CREATE INDEX grants_by_client ON grants (client);
CREATE INDEX grants_of_machines ON grants (client, audience, scope) WHERE login IS NULL;

-- Opaque ones.
CREATE TABLE access_tokens (
  hash BLOB PRIMARY KEY,
  grant_seq INTEGER NOT NULL REFERENCES grants (seq) ON DELETE CASCADE,
  scope TEXT NOT NULL,
  told_groups TEXT NOT NULL,
  issued_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX access_tokens_by_expiry ON access_tokens (expires_at);
CREATE INDEX access_tokens_by_grant ON access_tokens (grant_seq, expires_at);

-- JWTs that were revoked by themselves, until they would have expired.
CREATE TABLE revoked_jwts (
  jti TEXT PRIMARY KEY,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX revoked_jwts_by_expiry ON revoked_jwts (expires_at);

-- One row a grant, however often it is refreshed: all its tokens begin with the family's bits.
CREATE TABLE refresh_families (
  hash BLOB PRIMARY KEY,
  grant_seq INTEGER NOT NULL UNIQUE REFERENCES grants (seq) ON DELETE CASCADE,
  token BLOB NOT NULL,  -- the one that is good
  previous BLOB,        -- the one before
  request BLOB,         -- what was asked with that
  rotated_at INTEGER,
  answer BLOB           -- sealed: what was answered
) STRICT, WITHOUT ROWID;

CREATE TABLE clock (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  seconds INTEGER NOT NULL,
  since_boot_ms INTEGER NOT NULL,
  boot_id TEXT NOT NULL
) STRICT;

ALTER TABLE signing_keys ADD COLUMN signs_from INTEGER NOT NULL DEFAULT 0;
)sql";

}  // namespace fob::store
