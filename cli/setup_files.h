#pragma once

#include <sys/types.h>

#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace fob::cli {

struct Owner {
  uid_t uid;
  gid_t gid;
};

// The account `fob`, when it exists and we are root; else ourselves.
Owner DaemonOwner();

// Opens a folder, making its last part when it is missing. Refuses a symbolic link in its place, a
// folder of another owner than us, root or `owner`, and one that others may write. A folder made
// here gets `mode` and `owner`.
Result<UniqueFd> OpenFolder(const std::string& path, mode_t mode, Owner owner);

// A file that stands in `folder` in full, synced, or not at all. Never replaces anything, a
// symbolic link included: kConflict. Until Keep() it is taken away again.
class NewFile {
 public:
  static Result<NewFile> Create(int folder, const std::string& folder_path, const std::string& name,
                                ByteView content, mode_t mode, Owner owner);
  ~NewFile();
  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&&) = delete;

  void Keep() { kept_ = true; }

 private:
  NewFile(int folder, std::string name) : folder_(folder), name_(std::move(name)) {}

  int folder_;
  std::string name_;
  bool kept_ = false;
};

}  // namespace fob::cli
