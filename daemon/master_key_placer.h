#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "base/unique_fd.h"
#include "daemon/state_owner.h"

namespace fob {

// Puts a master key into its file for a restore, which by then may not write there: a small process,
// forked before that, which knows one path and locks itself. It ends when this object does, or who made it.
class MasterKeyPlacer {
 public:
  // To be called while the process has one thread. kUnavailable "master_key_file".
  static Result<MasterKeyPlacer> Fork(const std::string& path, const StateOwner& owner);

  MasterKeyPlacer(MasterKeyPlacer&& other) noexcept;
  MasterKeyPlacer& operator=(MasterKeyPlacer&&) = delete;
  ~MasterKeyPlacer();

  // Where Put writes: beside the present key as PATH.new or, where there is none, in its place. Whichever store is
  // there, one of the two opens it.
  const std::string& target() const { return target_; }

  // The key is on the disk, the owner's alone (0400). kNotPermitted.
  Status Put(const SecretBytes& key);
  // Moves what was put to its place, if it is beside it. kNotPermitted.
  Status Finish();

 private:
  MasterKeyPlacer(std::string path, std::string target, UniqueFd line, pid_t pid)
      : path_(std::move(path)), target_(std::move(target)), line_(std::move(line)), pid_(pid) {}
  Status Ask(const SecretBytes& message, const std::string& what);

  std::string path_;
  std::string target_;
  UniqueFd line_;
  pid_t pid_ = -1;
};

}  // namespace fob
