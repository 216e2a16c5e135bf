#pragma once

#include <string>

#include "base/result.h"

namespace fob::store {

// A store that is to take the place of the one in a state folder is first made whole as
// STATE_DIR/restore.tmp, then gets the name STATE_DIR/restore.ready: from that moment on the restore
// has happened, whoever moves it to its place. The former store is kept as fob.db.before-restore.
// All names are in one folder: Landlock lets nobody move a file to another before its second version.

// The path STATE_DIR/restore.tmp, and nothing there.
std::string MakeStage(const std::string& state_dir);
void RemoveStage(const std::string& state_dir);

// Gives the staged store, closed by then, the name restore.ready, durably.
Status PublishStage(const std::string& state_dir);

// Moves what is ready to its place, if something is; interrupted, it goes on the next time. For whoever
// holds the state folder's lock.
Status FinishRestore(const std::string& state_dir);

}  // namespace fob::store
