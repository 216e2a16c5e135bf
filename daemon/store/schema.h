#pragma once

#include <cstdint>

#include "daemon/store/sqlite.h"

namespace fob::store {

// The newest schema that this program knows (PRAGMA user_version).
int64_t SchemaVersion();

// Brings an empty or older store to schema `target`, one transaction a step. kConflict
// "store_newer": it was written by a newer fob; kCorrupt "not_a_store": a database of another
// program.
Status Migrate(Database& database, int64_t target = SchemaVersion());

}  // namespace fob::store
