#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace fob::testing {

// What of one file a disk holds for certain, and what it may hold: changes are certain once a sync
// after them succeeded. Those of a sync that failed stay uncertain, whatever is synced later, as a
// kernel that has dropped its dirty pages leaves them.
class DiskImage {
 public:
  DiskImage() = default;
  explicit DiskImage(Bytes content) : certain_(std::move(content)), named_(true) {}

  void Write(int64_t at, ByteView bytes) {
    changes_.push_back({at, {bytes.begin(), bytes.end()}, false, Fate::kPending});
  }
  void Truncate(int64_t size) { changes_.push_back({size, {}, true, Fate::kPending}); }
  void Sync(bool succeeded);

  // Its name is in the folder for certain, which the first sync of a new file sees to.
  bool named() const { return named_; }
  // The content after a loss of power: what is certain and, with `some`, of each uncertain change
  // all, nothing, or some of its sectors.
  Bytes Left(bool some, std::mt19937_64& random) const;

 private:
  enum class Fate { kPending, kDoubtful, kCertain };
  struct Change {
    int64_t at = 0;  // of a truncation: the new size
    Bytes bytes;
    bool truncates = false;
    Fate fate = Fate::kPending;
  };
  static void Apply(Bytes& content, const Change& change);

  Bytes certain_;
  std::vector<Change> changes_;  // in their order, since the last that was certain
  bool named_ = false;
};

}  // namespace fob::testing
