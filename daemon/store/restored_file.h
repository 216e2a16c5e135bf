#pragma once

#include <string>

#include "base/result.h"

namespace fob::store {

// A store that is to take the place of the one in a state folder is first made whole in
// STATE_DIR/restore.tmp/, then gets the name STATE_DIR/restore.ready: from that moment on the restore
// has happened, whoever moves it to its place. The former store is kept as fob.db.before-restore.

// Makes an empty STATE_DIR/restore.tmp (0700), and answers its path.
Result<std::string> MakeStage(const std::string& state_dir);
void RemoveStage(const std::string& state_dir);

// Gives the store in the stage, closed by then, the name restore.ready, durably.
Status PublishStage(const std::string& state_dir);

// Moves what is ready to its place, if something is; interrupted, it goes on the next time. For whoever
// holds the state folder's lock.
Status FinishRestore(const std::string& state_dir);

}  // namespace fob::store
