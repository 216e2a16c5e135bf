#include "daemon/core/audit_check.h"

#include <algorithm>

#include "base/encoding.h"

namespace fob::core {
namespace {

constexpr int64_t kEntriesARead = 2000;  // entries a read, so that others get their turn
constexpr int64_t kSteps = 10;   // reads before it tells how far it is

std::string Entry(int64_t seq) { return "entry " + std::to_string(seq); }

}  // namespace

AuditCheck::AuditCheck(const Context& context, const AuditSigner& signer,
                       std::vector<SignedHead> heads, FlowSink<Out> sink)
    : context_(context), signer_(signer), heads_(std::move(heads)), sink_(std::move(sink)) {}

void AuditCheck::Next() { std::exchange(begun_, true) ? Walk(kSteps) : Begin(); }

void AuditCheck::Begin() {
  context_.store.Read(
      [](Store& store) -> Result<Start> {
        Start start;
        FOB_TRY(start.checkpoint, store.FindCheckpoint());
        FOB_TRY(const auto newest, store.TailAudit(1, std::nullopt));
        if (!newest.empty()) start.newest = newest.back().seq;
        return start;
      },
      [weak = weak_from_this()](Result<Start> start) {
        const auto self = weak.lock();
        if (self == nullptr) return;
        if (!start.ok()) return self->sink_.last(start.error());
        self->newest_ = start->newest;
        if (const auto& checkpoint = start->checkpoint) {
          self->check_.last_seq = checkpoint->seq;
          self->check_.head = checkpoint->hash;
          self->first_ = checkpoint->seq + 1;
          self->checkpoint_ = checkpoint->hash;
          const Status good = CheckCheckpoint(self->signer_, *checkpoint);
          if (!good.ok())
            return self->Broken(checkpoint->seq, Out::Fault::kCheckpoint, good.error().text);
        }
        self->Walk(kSteps);
      });
}

void AuditCheck::Walk(int64_t steps) {
  context_.store.Read([from = check_](Store& store) { return store.CheckChain(from, kEntriesARead); },
                      [weak = weak_from_this(), steps](Result<ChainCheck> check) {
                        const auto self = weak.lock();
                        if (self == nullptr) return;
                        if (!check.ok()) return self->sink_.last(check.error());
                        self->check_ = *std::move(check);
                        if (self->check_.broken_at.has_value()) {
                          return self->Broken(*self->check_.broken_at,
                                              static_cast<Out::Fault>(self->check_.fault),
                                              self->check_.why);
                        }
                        if (self->check_.done) return self->CheckHeads(0);
                        if (steps > 1) return self->Walk(steps - 1);
                        Out out;
                        out.intact = true;
                        out.events = self->check_.checked;
                        out.total = std::max(self->newest_ - self->first_ + 1, out.events);
                        self->sink_.piece(std::move(out));
                      });
}

// The chain holds together in itself. Whether it is the whole of what was signed, the heads tell.
void AuditCheck::CheckHeads(size_t from) {
  if (from == heads_.size()) return End();
  const SignedHead& head = heads_[from];
  if (!signer_.Verify(HeadStatement(head.seq, head.hash), head.signature)) {
    return Broken(head.seq, Out::Fault::kHead,
                  "the head of " + Entry(head.seq) + " is not signed by this store's audit key");
  }
  if (head.seq > check_.last_seq) {
    return Broken(check_.last_seq + 1, Out::Fault::kMissing,
                  "the trail ends with " + Entry(check_.last_seq) + ", but had " + Entry(head.seq) +
                      " when its head was signed: what came after was cut off, or an older state of "
                      "the store was put in its place");
  }
  if (head.seq < first_ - 1) return CheckHeads(from + 1);  // pruned since
  if (head.seq == first_ - 1) return Compare(from, checkpoint_);
  context_.store.Read([seq = head.seq](Store& store) { return store.TailAudit(1, seq - 1); },
                      [weak = weak_from_this(), from](Result<std::vector<AuditRecord>> entry) {
                        const auto self = weak.lock();
                        if (self == nullptr) return;
                        if (!entry.ok()) return self->sink_.last(entry.error());
                        self->Compare(from, entry->empty() ? Bytes() : entry->front().hash);
                      });
}

void AuditCheck::Compare(size_t at, const Bytes& hash) {
  const SignedHead& head = heads_[at];
  if (hash == head.hash) return CheckHeads(at + 1);
  Broken(head.seq, Out::Fault::kHead,
         Entry(head.seq) +
             " is not the one whose head was signed: the trail was written anew, or goes on from a "
             "backup that was restored (look for store.restore)");
}

void AuditCheck::End() {
  Out out;
  out.intact = true;
  out.events = out.total = check_.checked;
  out.first_seq = first_;
  out.heads = static_cast<int64_t>(heads_.size());
  out.head = HexEncode(check_.head);
  sink_.last(std::move(out));
}

void AuditCheck::Broken(int64_t seq, Out::Fault fault, std::string why) {
  Out out;
  out.intact = false;
  out.events = check_.checked;
  out.total = std::max(newest_ - first_ + 1, check_.checked);
  out.first_seq = first_;
  out.heads = static_cast<int64_t>(heads_.size());
  out.head = HexEncode(check_.head);
  out.broken_at = seq;
  out.fault = fault;
  out.why = std::move(why);
  sink_.last(std::move(out));
}

}  // namespace fob::core
