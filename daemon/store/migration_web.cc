#include "daemon/store/migrations.h"

// Browsers that are signed in, codes of the authorization endpoint, and what web apps need beside tickets.
namespace fob::store {

const char* const kWebMigration = R"sql(
ALTER TABLE clients ADD COLUMN auth_method TEXT NOT NULL DEFAULT 'client_secret';
ALTER TABLE clients ADD COLUMN jwks TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN tickets INTEGER NOT NULL DEFAULT 1;
ALTER TABLE clients ADD COLUMN redirect_uris TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN post_logout_redirect_uris TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN origins TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN user_groups TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN third_party INTEGER NOT NULL DEFAULT 0;
ALTER TABLE clients ADD COLUMN pkce INTEGER NOT NULL DEFAULT 1;
ALTER TABLE clients ADD COLUMN id_token_algorithm TEXT NOT NULL DEFAULT 'ES256';

CREATE TABLE web_sessions (
  hash BLOB PRIMARY KEY,
  login TEXT NOT NULL REFERENCES logins (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX web_sessions_by_login ON web_sessions (login);

CREATE TABLE codes (
  hash BLOB PRIMARY KEY,
  login TEXT NOT NULL REFERENCES logins (id) ON DELETE CASCADE,
  client TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  redirect_uri TEXT NOT NULL,
  uri_named INTEGER NOT NULL,
  audience TEXT NOT NULL,
  scope TEXT NOT NULL,
  nonce TEXT NOT NULL,
  challenge TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER,
  grant_id TEXT  -- that came of it
) STRICT, WITHOUT ROWID;
CREATE INDEX codes_by_expiry ON codes (expires_at);
CREATE INDEX codes_by_client ON codes (client);
CREATE INDEX codes_by_login ON codes (login, expires_at);

CREATE TABLE consents (
  user_id INTEGER NOT NULL REFERENCES users (id),
  client TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  scopes TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (user_id, client)
) STRICT, WITHOUT ROWID;
CREATE INDEX consents_by_client ON consents (client);

CREATE TABLE used_assertions (
  client TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
  id_hash BLOB NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (client, id_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX used_assertions_by_expiry ON used_assertions (expires_at);

-- Tells nothing but which credentials are shown for usernames that nobody has.
CREATE TABLE decoy_key (
  only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
  value BLOB NOT NULL
) STRICT;
INSERT INTO decoy_key VALUES (1, randomblob(32));
)sql";

}  // namespace fob::store
