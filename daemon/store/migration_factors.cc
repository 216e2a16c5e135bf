#include "daemon/store/migrations.h"

namespace fob::store {

const char* const kFactorsMigration = R"sql(
ALTER TABLE users ADD COLUMN locked_at INTEGER;
ALTER TABLE otps ADD COLUMN kind TEXT NOT NULL DEFAULT 'totp';
ALTER TABLE otps ADD COLUMN out_of_step INTEGER NOT NULL DEFAULT 0;

CREATE TABLE recovery_codes (
  user_id INTEGER NOT NULL REFERENCES users (id),
  hash BLOB NOT NULL,  -- of salt and code
  salt BLOB NOT NULL,
  PRIMARY KEY (user_id, hash)
) STRICT, WITHOUT ROWID;

-- Consecutive ones: a success takes the row away.
CREATE TABLE failures (
  user_id INTEGER NOT NULL REFERENCES users (id),
  factor TEXT NOT NULL,
  origin TEXT NOT NULL,
  count INTEGER NOT NULL,
  failed_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, factor, origin)
) STRICT, WITHOUT ROWID;
)sql";

}  // namespace fob::store
