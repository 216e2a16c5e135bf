#include "daemon/core/audit_service.h"

#include <algorithm>

#include "daemon/core/audit_check.h"
#include "daemon/core/present.h"

namespace fob::core {
namespace {

constexpr size_t kReplyBytes = 60 * 1024;  // of events: a message holds 64 KiB

// What an event takes of a message, at most: names, numbers and hash, and texts with every byte escaped.
size_t SizeOf(const AuditRecord& record) {
  const AuditEntry& e = record.entry;
  return 320 + 2 * (e.action.size() + e.user.size() + e.service.size() + e.tty.size() + e.rhost.size() +
                    e.subject.size() + e.rule.size() + e.detail.size());
}

// As many events as one reply holds: the newest, or, for a caller who reads on from a place, the next.
void KeepWhatFits(AuditPage& page, bool from_oldest) {
  auto& records = page.records;
  if (!from_oldest) std::ranges::reverse(records);
  size_t kept = 0;
  for (size_t bytes = 0; kept < records.size(); ++kept) {
    bytes += SizeOf(records[kept]);
    if (bytes > kReplyBytes) break;
  }
  kept = std::max<size_t>(kept, 1);  // one alone always fits
  if (kept < records.size()) {
    page.next = records[kept - 1].seq;
    records.resize(kept);
  }
  if (!from_oldest) std::ranges::reverse(records);
}

}  // namespace

void AuditService::TailAudit(const Peer& peer, proto::admin::TailAudit::In in, Reply<proto::admin::TailAudit> reply) {
  AuditFilter filter;
  filter.limit = std::clamp<int64_t>(in.limit.value_or(20), 1, 100);
  filter.after_seq = in.after_seq;
  filter.before_seq = in.before_seq;
  filter.user = in.user.value_or("");
  filter.action = in.action.value_or("");
  filter.since = in.since.value_or(0);
  if (context_.authority.IsTrusted(peer)) return ReadTail(std::move(filter), /*whole=*/true, std::move(reply));
  // Others see their own part of it.
  ResolveSubject(context_, peer, filter.user, [this, filter, reply = std::move(reply)](Result<Account> account) mutable {
    if (!account.ok()) return reply(account.error());
    filter.user = account->name;
    ReadTail(std::move(filter), /*whole=*/false, std::move(reply));
  });
}

void AuditService::ReadTail(AuditFilter filter, bool whole, Reply<proto::admin::TailAudit> reply) {
  const bool forward = filter.after_seq.has_value();
  context_.store.Read([filter = std::move(filter)](Store& store) { return store.ReadAudit(filter); },
                      [reply = std::move(reply), forward, whole](Result<AuditPage> page) {
                        if (!page.ok()) return reply(page.error());
                        KeepWhatFits(*page, forward);
                        proto::admin::TailAudit::Out out;
                        for (const AuditRecord& record : page->records) out.events.push_back(Present(record));
                        out.next = page->next;
                        if (whole) {
                          out.first_seq = page->first_seq;
                          out.newest_seq = page->newest_seq;
                        }
                        reply(std::move(out));
                      });
}

std::shared_ptr<Flow> AuditService::VerifyAudit(const Peer&, proto::admin::VerifyAudit::In in,
                                                FlowSink<proto::admin::VerifyAudit::Out> sink) {
  std::vector<SignedHead> heads;
  if (heads_.last().has_value()) heads.push_back(*heads_.last());
  for (const std::string& text : in.heads.value_or(std::vector<std::string>())) {
    auto head = ParseHead(text);
    if (!head.ok()) {
      sink.last(head.error());
      return nullptr;
    }
    heads.push_back(*std::move(head));
  }
  return std::make_shared<AuditCheck>(context_, signer_, std::move(heads), std::move(sink));
}

void AuditService::PruneAudit(const Peer& peer, proto::admin::PruneAudit::In in,
                              Reply<proto::admin::PruneAudit> reply) {
  const int64_t keep_days = in.keep_days.value_or(context_.settings.audit.keep_days);
  if (keep_days < 1 || keep_days > kMaxKeepDays) {
    return reply(MakeError(Code::kInvalidArgument, "bad_keep_days",
                           "audit events are kept for 1 to " + std::to_string(kMaxKeepDays) + " days"));
  }
  pruner_.Prune(peer, keep_days, [reply = std::move(reply)](Result<AuditPruner::Pruned> pruned) {
    if (!pruned.ok()) return reply(pruned.error());
    reply(proto::admin::PruneAudit::Out{pruned->entries, pruned->first_seq});
  });
}

void AuditService::AuditKey(const Peer&, proto::admin::AuditKey::In, Reply<proto::admin::AuditKey> reply) {
  proto::admin::AuditKey::Out out;
  out.kid = signer_.KeyId();
  out.jwk.text = signer_.PublicKey();
  if (heads_.last().has_value()) out.head = FormatHead(*heads_.last());
  reply(std::move(out));
}

void AuditService::RefusedCall(const Peer& peer, std::string_view method, const Error& error) const {
  if (!MayBeRefused(context_, peer).ok()) return;
  context_.limits.refusals.Take(peer.uid);
  AuditEntry entry = context_.Audit(peer, "call", "");
  Refused(entry, error);
  entry.detail += " ";
  entry.detail += method;
  context_.RecordThen(std::move(entry), [] {});
}

}  // namespace fob::core
