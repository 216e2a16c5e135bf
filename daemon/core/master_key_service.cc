#include "daemon/core/master_key_service.h"

#include "daemon/core/master_key_change.h"

namespace fob::core {
namespace {

Error WrongMasterKey(const MasterKeys& keys, const MasterKeys::Files& files, const MasterKeyState& state,
                     const std::string& state_dir) {
  return MakeError(Code::kCorrupt, "wrong_master_key",
                   "master key " + keys.Path() + " (id " + files.id + "): the store in " + state_dir +
                       " was sealed with another one (id " + state.id +
                       (state.next.has_value() ? ", and " + *state.next + " in " + keys.Path() + ".new" : "") +
                       "): put that file back from its copy; see docs/operations.md");
}

}  // namespace

Result<bool> AdoptMasterKey(Store& store, MasterKeys& keys, const std::string& state_dir) {
  FOB_TRY(const MasterKeys::Files files, keys.Look());
  FOB_TRY(const auto known, store.MasterKey());
  if (!known.has_value()) {
    // A new store, or one from before keys had ids: whether it opens what is there is seen first.
    const auto opened = store.SigningKeys();
    if (!opened.ok() && opened.error().reason == "sealed_secret")
      return WrongMasterKey(keys, files, {"unknown", {}}, state_dir);
    if (!opened.ok()) return opened.error();
    FOB_CHECK(store.SetMasterKey({files.id, std::nullopt}, std::nullopt));
    return false;
  }
  if (known->next.has_value()) {
    const bool both = files.id == known->id && files.next_id == known->next;
    if (!both) return WrongMasterKey(keys, files, *known, state_dir);
    FOB_CHECK(keys.SealWith(*known->next));
    return true;
  }
  if (files.id != known->id && files.next_id != known->id) return WrongMasterKey(keys, files, *known, state_dir);
  FOB_CHECK(keys.SealWith(known->id));
  return false;
}

void MasterKeyService::Resume(const Peer& self, UniqueFunction<void(const fob::Status&)> told) {
  using Out = proto::admin::RotateMasterKey::Out;
  FlowSink<Out> sink{[this](const Out&) { resumed_->Next(); },
                     [this, told = std::move(told)](const Result<Out>& out) {
                       const auto ended = std::exchange(resumed_, nullptr);  // it calls us
                       out.ok() ? told(Ok()) : told(out.error());
                     }};
  resumed_ = std::make_shared<MasterKeyChange>(context_, keys_, self, std::move(sink));
  running_ = resumed_;
  resumed_->Next();
}

void MasterKeyService::MasterKey(const Peer&, proto::admin::MasterKey::In, Reply<proto::admin::MasterKey> reply) {
  context_.store.Read([](Store& store) { return store.MasterKey(); },
                      [this, reply = std::move(reply)](Result<std::optional<MasterKeyState>> state) {
                        if (!state.ok()) return reply(state.error());
                        proto::admin::MasterKey::Out out;
                        out.path = keys_.Path();
                        out.credential = keys_.IsCredential();
                        if (state->has_value()) {
                          out.key_id = (*state)->id;
                          out.next_key_id = (*state)->next;
                        }
                        reply(std::move(out));
                      });
}

std::shared_ptr<Flow> MasterKeyService::RotateMasterKey(const Peer& peer, proto::admin::RotateMasterKey::In,
                                                        FlowSink<proto::admin::RotateMasterKey::Out> sink) {
  if (keys_.IsCredential()) {
    sink.last(MakeError(Code::kConflict, "master_key_is_a_credential",
                        "the master key is a credential of systemd, " + keys_.Path() +
                            ", which fobd cannot change: make it a file (master_key in fobd.toml), rotate, and "
                            "make the new one the credential; see docs/operations.md"));
    return nullptr;
  }
  if (!running_.expired()) {
    sink.last(MakeError(Code::kConflict, "rotation_running", "the master key is being changed already"));
    return nullptr;
  }
  const auto change = std::make_shared<MasterKeyChange>(context_, keys_, peer, std::move(sink));
  running_ = change;
  return change;
}

}  // namespace fob::core
