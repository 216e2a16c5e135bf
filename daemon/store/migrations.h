#pragma once

// The steps of the schema after the first, each in a file of its own (migration_*.cc).
namespace fob::store {

extern const char* const kFactorsMigration;  // counter codes, recovery codes, failures, locked users
// The audit key, checkpoints, epochs, the master key's id.
extern const char* const kUpkeepMigration;
extern const char* const kTokensMigration;   // what web apps may have, and the life of what they hold
extern const char* const kWebMigration;      // browsers that are signed in, codes, consent
extern const char* const kHeadsMigration;    // the audit trail's signed heads
extern const char* const kPendingMigration;  // logins that are not confirmed yet

}  // namespace fob::store
