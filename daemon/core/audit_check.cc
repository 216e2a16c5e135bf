#include "daemon/core/audit_check.h"

#include <algorithm>

#include "base/encoding.h"
#include "daemon/core/held_head.h"

namespace fob::core {
namespace {

constexpr int64_t kEntriesARead = 2000;  // entries a read, so that others get their turn
constexpr int64_t kSteps = 10;   // reads before it tells how far it is

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
        FOB_TRY(start.kept, store.FindHeads());
        return start;
      },
      [weak = weak_from_this()](Result<Start> start) {
        const auto self = weak.lock();
        if (self == nullptr) return;
        if (!start.ok()) return self->sink_.last(start.error());
        self->newest_ = start->newest;
        self->Take(start->kept);
        if (const auto& checkpoint = start->checkpoint) {
          self->check_.last_seq = checkpoint->seq;
          self->check_.head = checkpoint->hash;
          self->first_ = checkpoint->seq + 1;
          const Status good = CheckCheckpoint(self->signer_, *checkpoint);
          if (!good.ok())
            return self->Broken(checkpoint->seq, Out::Fault::kCheckpoint, good.error().text);
        }
        self->Walk(kSteps);
      });
}

// Beside those given: what is kept may be what was signed in this life, too.
void AuditCheck::Take(const KeptHeads& kept) {
  for (const auto& head : {kept.last, kept.missed}) {
    const auto same = [&head](const SignedHead& other) {
      return other.seq == head->seq && other.hash == head->hash && other.signature == head->signature;
    };
    if (head.has_value() && std::ranges::none_of(heads_, same)) heads_.push_back(*head);
  }
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
    return Broken(head.seq, Out::Fault::kHead, ForgedHead(head.seq));
  }
  context_.store.Read([head](Store& store) { return HoldAgainst(store, head); },
                      [weak = weak_from_this(), from](Result<std::optional<HeadFault>> fault) {
                        const auto self = weak.lock();
                        if (self == nullptr) return;
                        if (!fault.ok()) return self->sink_.last(fault.error());
                        if (!fault->has_value()) return self->CheckHeads(from + 1);
                        self->Broken((*fault)->seq, (*fault)->missing ? Out::Fault::kMissing : Out::Fault::kHead,
                                     std::move((*fault)->why));
                      });
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
