#include "daemon/store/migrations.h"

// Signed heads of the audit trail: of a trail that was cut off or put back by who cannot write here, too.
namespace fob::store {

const char* const kHeadsMigration = R"sql(
CREATE TABLE audit_heads (
  name TEXT PRIMARY KEY CHECK (name IN ('last', 'missed')),
  seq INTEGER NOT NULL,
  hash BLOB NOT NULL,
  signature BLOB NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

}  // namespace fob::store
