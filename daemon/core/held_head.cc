#include "daemon/core/held_head.h"

namespace fob::core {
namespace {

std::string EntryName(int64_t seq) { return "entry " + std::to_string(seq); }

}  // namespace

Result<std::optional<HeadFault>> HoldAgainst(Store& store, const SignedHead& head) {
  const std::optional<HeadFault> nothing;
  AuditFilter filter;
  filter.limit = 1;
  filter.after_seq = head.seq - 1;
  FOB_TRY(const AuditPage page, store.ReadAudit(filter));
  // Behind the entry, which may be pruned between the two.
  FOB_TRY(const auto checkpoint, store.FindCheckpoint());
  Bytes hash;
  if (!page.records.empty() && page.records.front().seq == head.seq) {
    hash = page.records.front().hash;
  } else if (checkpoint.has_value() && head.seq < checkpoint->seq) {
    return nothing;
  } else if (checkpoint.has_value() && head.seq == checkpoint->seq) {
    hash = checkpoint->hash;
  } else if (page.newest_seq < head.seq) {
    return std::optional(HeadFault{page.newest_seq + 1, true,
                                   "the trail ends with " + EntryName(page.newest_seq) + ", but had " + EntryName(head.seq) +
                                       " when its head was signed: what came after was cut off, or an older state of "
                                       "the store was put in its place"});
  }
  if (hash == head.hash) return nothing;
  return std::optional(HeadFault{head.seq, false,
                                 EntryName(head.seq) +
                                     " is not the one whose head was signed: the trail was cut off or written anew, or goes "
                                     "on from a backup that was restored (look for store.restore)"});
}

std::string ForgedHead(int64_t seq) {
  return "the head of " + EntryName(seq) + " is not signed by this store's audit key";
}

}  // namespace fob::core
