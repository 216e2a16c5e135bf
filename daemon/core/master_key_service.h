#pragma once

#include <memory>

#include "daemon/core/context.h"
#include "daemon/core/flow.h"
#include "daemon/core/login_service.h"
#include "daemon/core/ports/master_keys.h"
#include "proto/messages.h"

namespace fob::core {

// Sees at the start whether the master key in its file is the store's. With both keys of an unfinished
// change at hand, everything opens, and new secrets are sealed under the next one. Answers whether a
// change is to be gone on with. kCorrupt "wrong_master_key", naming the file and the way out.
Result<bool> AdoptMasterKey(Store& store, MasterKeys& keys, const std::string& state_dir);

// The methods of org.fobd.Admin that change the master key. The new key is put beside the present one by
// the caller, who may write there; fobd makes all secrets depend on it; then the caller moves it. At
// every moment the files hold what opens every secret.
class MasterKeyService {
 public:
  MasterKeyService(const Context& context, MasterKeys& keys) : context_(context), keys_(keys) {}

  // Goes on with a change that was interrupted; `told` hears the outcome.
  void Resume(const Peer& self, UniqueFunction<void(const fob::Status&)> told);

  void MasterKey(const Peer& peer, proto::admin::MasterKey::In in, Reply<proto::admin::MasterKey> reply);
  std::shared_ptr<Flow> RotateMasterKey(const Peer& peer, proto::admin::RotateMasterKey::In in,
                                        FlowSink<proto::admin::RotateMasterKey::Out> sink);

 private:
  const Context& context_;
  MasterKeys& keys_;
  std::shared_ptr<Flow> resumed_;
  std::weak_ptr<Flow> running_;  // one at a time
};

}  // namespace fob::core
