#include "daemon/core/master_key_change.h"

namespace fob::core {
namespace {

constexpr int64_t kRows = 100;  // a transaction

}  // namespace

void MasterKeyChange::Next() { resealing_ ? Reseal() : Begin(); }

void MasterKeyChange::Begin() {
  auto files = keys_.Look();
  if (!files.ok()) return sink_.last(files.error());
  files_ = *std::move(files);
  context_.store.Read([](Store& store) { return store.MasterKey(); },
                      [weak = weak_from_this()](Result<std::optional<MasterKeyState>> state) {
                        const auto self = weak.lock();
                        if (self == nullptr) return;
                        if (!state.ok()) return self->sink_.last(state.error());
                        self->Decide(state->value_or(MasterKeyState{self->files_.id, std::nullopt}));
                      });
}

void MasterKeyChange::Decide(const MasterKeyState& state) {
  const auto& next = files_.next_id;
  if (!state.next.has_value() && next == state.id) {  // all is sealed under it already
    target_ = state.id;
    return End(true);
  }
  if (files_.id != state.id) {
    return sink_.last(MakeError(Code::kConflict, "wrong_master_key",
                                keys_.Path() + " holds master key " + files_.id +
                                    ", and the store is sealed under " + state.id +
                                    ": put the former file back"));
  }
  if (!next.has_value() || next == files_.id) {
    if (state.next.has_value()) {
      return sink_.last(MakeError(Code::kConflict, "new_master_key_missing",
                                  keys_.Path() + ".new is missing, which secrets are sealed under already"));
    }
    target_ = state.id;
    keys_.ForgetOthers();
    return End(false);
  }
  if (state.next.has_value() && state.next != next) {
    return sink_.last(MakeError(Code::kConflict, "other_master_key",
                                keys_.Path() + ".new is not the key that the change was begun with, " +
                                    *state.next + ": put that one back"));
  }
  target_ = *next;
  // Written down before anything is sealed under it.
  Mark({state.id, target_}, "master_key.rotate", [this] {
    const Status sealing = keys_.SealWith(target_);
    if (!sealing.ok()) return sink_.last(sealing.error());
    resealing_ = true;
    Reseal();
  });
}

void MasterKeyChange::Mark(MasterKeyState state, std::string_view action, UniqueFunction<void()> done) {
  AuditEntry audit = context_.Audit(peer_, action, "");
  audit.subject = target_;
  context_.store.Write([state = std::move(state), audit](Store& store) { return store.SetMasterKey(state, audit); },
                       [weak = weak_from_this(), done = std::move(done)](const Status& marked) {
                         const auto self = weak.lock();
                         if (self == nullptr) return;
                         if (!marked.ok()) return self->sink_.last(marked.error());
                         done();
                       });
}

void MasterKeyChange::Reseal() {
  context_.store.Write([](Store& store) { return store.Reseal(kRows); },
                       [weak = weak_from_this()](Result<int64_t> resealed) {
                         const auto self = weak.lock();
                         if (self == nullptr) return;
                         if (!resealed.ok()) return self->sink_.last(resealed.error());
                         self->resealed_ += *resealed;
                         if (*resealed > 0) return self->sink_.piece({self->target_, self->resealed_, false});
                         // All that was sealed since it was written down is sealed under the new key.
                         self->Mark({self->target_, std::nullopt}, "master_key.rotated",
                                    [self = self.get()] { self->End(true); });
                       });
}

void MasterKeyChange::End(bool move_due) { sink_.last(Out{target_, resealed_, move_due}); }

}  // namespace fob::core
