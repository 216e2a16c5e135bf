#include "tests/support/fault_vfs/disk_image.h"

#include <algorithm>

namespace fob::testing {
namespace {

constexpr size_t kSector = 512;  // is written whole or not at all

}  // namespace

void DiskImage::Apply(Bytes& content, const Change& change) {
  const auto at = static_cast<size_t>(change.at);
  if (change.truncates) return content.resize(at);
  if (content.size() < at + change.bytes.size()) content.resize(at + change.bytes.size());
  std::ranges::copy(change.bytes, content.begin() + change.at);
}

void DiskImage::Sync(bool succeeded) {
  for (Change& change : changes_) {
    if (change.fate == Fate::kPending) change.fate = succeeded ? Fate::kCertain : Fate::kDoubtful;
  }
  named_ = named_ || succeeded;
  const auto doubtful = std::ranges::find_if(
      changes_, [](const Change& change) { return change.fate != Fate::kCertain; });
  std::for_each(changes_.begin(), doubtful,
                [this](const Change& change) { Apply(certain_, change); });
  changes_.erase(changes_.begin(), doubtful);
}

Bytes DiskImage::Left(bool some, std::mt19937_64& random) const {
  Bytes content = certain_;
  for (const Change& change : changes_) {
    const uint64_t lot = change.fate == Fate::kCertain ? 0 : some ? random() % 3 : 2;
    if (lot == 2) continue;
    if (lot == 0 || change.truncates) {
      Apply(content, change);
      continue;
    }
    for (size_t from = 0; from < change.bytes.size();) {
      const size_t start = static_cast<size_t>(change.at) + from;
      const size_t size = std::min(change.bytes.size() - from, kSector - start % kSector);
      const auto first = change.bytes.begin() + static_cast<ptrdiff_t>(from);
      if (random() % 2 == 0) {
        Apply(content, {static_cast<int64_t>(start),
                        Bytes(first, first + static_cast<ptrdiff_t>(size)), false, Fate::kPending});
      }
      from += size;
    }
  }
  return content;
}

}  // namespace fob::testing
