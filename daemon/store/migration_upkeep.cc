#include "daemon/store/migrations.h"

// What the store knows of itself: the key that signs its trail, what was pruned of it, which master
// key its secrets are sealed under, and how often it was restored.
namespace fob::store {

const char* const kUpkeepMigration = R"sql(
CREATE TABLE audit_keys (
  seq INTEGER PRIMARY KEY,
  kid TEXT NOT NULL UNIQUE,
  algorithm TEXT NOT NULL,
  private_key BLOB NOT NULL,  -- sealed
  created_at INTEGER NOT NULL
) STRICT;

-- What takes the place of the entries up to `seq`, which were pruned.
CREATE TABLE audit_checkpoint (
  only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
  seq INTEGER NOT NULL,
  hash BLOB NOT NULL,
  at INTEGER NOT NULL,
  signature BLOB NOT NULL
) STRICT;

-- A restore begins a new one: what was handed out before is void.
CREATE TABLE epochs (
  epoch INTEGER PRIMARY KEY,
  began_at INTEGER NOT NULL,
  after_seq INTEGER NOT NULL  -- the last audit entry of the backup
) STRICT;
INSERT INTO epochs VALUES (1, unixepoch(), 0);

-- The key that all secrets here are sealed under; while `next` is there, some are already sealed
-- under that one.
CREATE TABLE master_key (
  only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
  id TEXT NOT NULL,
  next TEXT
) STRICT;
)sql";

}  // namespace fob::store
