#include "daemon/core/backup_run.h"

#include "base/encoding.h"
#include "daemon/core/version.h"

namespace fob::core {
namespace {

constexpr size_t kPiece = 44 * 1024;  // bytes: 59 KiB in base64url, and a message holds 64

SecretBytes Encoded(ByteView bytes) {
  std::string text = Base64UrlEncode(bytes);
  SecretBytes out{std::string_view(text)};
  Wipe(text.data(), text.size());
  return out;
}

}  // namespace

BackupRun::BackupRun(const Context& context, AuditSigner& signer, const Peer& peer,
                     std::optional<SecretBytes> key, FlowSink<Out> sink)
    : context_(context), signer_(signer), peer_(peer), sink_(std::move(sink)), hash_(context.hasher.Start()) {
  header_.key = std::move(key);
}

void BackupRun::Next() {
  switch (phase_) {
    case Phase::kBegin: return Begin();
    case Phase::kCopy: return Copy();
    case Phase::kHeader: return SendHeader();
    case Phase::kDatabase: return SendDatabase();
  }
}

void BackupRun::Begin() {
  AuditEntry audit = context_.Audit(peer_, "store.backup", "");
  if (header_.key.has_value()) audit.detail = "with the master key";
  header_.created_at = audit.at;
  context_.store.Write([audit](Store& store) { return store.Record(audit); },
                       [weak = weak_from_this()](const Status& recorded) {
                         const auto self = weak.lock();
                         if (self == nullptr) return;
                         if (!recorded.ok()) return self->sink_.last(recorded.error());
                         self->TakeSnapshot();
                       });
}

void BackupRun::TakeSnapshot() {
  context_.store.Read([](Store& store) { return store.TakeSnapshot(); },
                      [weak = weak_from_this()](Result<std::shared_ptr<Snapshot>> snapshot) {
                        const auto self = weak.lock();
                        if (self == nullptr) return;
                        if (!snapshot.ok()) return self->sink_.last(snapshot.error());
                        self->snapshot_ = *std::move(snapshot);
                        self->phase_ = Phase::kCopy;
                        self->Copy();
                      });
}

void BackupRun::Copy() {
  context_.store.Read([snapshot = snapshot_](Store&) { return snapshot->Copy(); },
                      [weak = weak_from_this()](Result<bool> all) {
                        const auto self = weak.lock();
                        if (self == nullptr) return;
                        if (!all.ok()) return self->sink_.last(all.error());
                        if (*all) self->phase_ = Phase::kHeader;
                        self->sink_.piece(Out{});  // still at work
                      });
}

void BackupRun::SendHeader() {
  const Snapshot::Facts& facts = snapshot_->facts();
  header_.version = kVersion;
  header_.schema = facts.schema;
  header_.epoch = facts.epoch;
  header_.head_seq = facts.head_seq;
  header_.head_hash = facts.head_hash;
  header_.master_key = facts.master_key_id;
  header_.database = snapshot_->size();
  const SecretBytes header = FormatHeader(header_);
  const size_t trailer = FormatTrailer({Bytes(32), Bytes(64)}).size();
  total_ = static_cast<int64_t>(header.size() + trailer) + header_.database;
  phase_ = Phase::kDatabase;
  hash_->Add(header.Reveal());
  sink_.piece(Piece(header.Reveal()));
}

void BackupRun::SendDatabase() {
  context_.store.Read([snapshot = snapshot_](Store&) { return snapshot->Read(kPiece); },
                      [weak = weak_from_this()](Result<Bytes> bytes) {
                        const auto self = weak.lock();
                        if (self == nullptr) return;
                        if (!bytes.ok()) return self->sink_.last(bytes.error());
                        if (bytes->empty()) return self->SendTrailer();
                        self->hash_->Add(*bytes);
                        self->sink_.piece(self->Piece(*bytes));
                      });
}

void BackupRun::SendTrailer() {
  BackupTrailer trailer;
  trailer.sha256 = hash_->Finish();
  auto signature = signer_.Sign(BackupStatement(trailer.sha256));
  if (!signature.ok()) return sink_.last(signature.error());
  trailer.signature = *std::move(signature);
  sink_.last(Piece(AsBytes(FormatTrailer(trailer))));
}

BackupRun::Out BackupRun::Piece(ByteView bytes) {
  sent_ += static_cast<int64_t>(bytes.size());
  Out out;
  out.backup_data = Encoded(bytes);
  out.sent = sent_;
  out.total = total_;
  return out;
}

}  // namespace fob::core
