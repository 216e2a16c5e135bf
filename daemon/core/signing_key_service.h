#pragma once

#include "daemon/core/login_service.h"
#include "daemon/core/signing_keys.h"
#include "proto/messages.h"

namespace fob::core {

// The part of org.fobd.Admin that looks after the keys that sign tokens.
class SigningKeyService {
 public:
  explicit SigningKeyService(SigningKeys& keys) : keys_(keys) {}

  void ListSigningKeys(const Peer& peer, proto::admin::ListSigningKeys::In in,
                       Reply<proto::admin::ListSigningKeys> reply);
  void RotateSigningKey(const Peer& peer, proto::admin::RotateSigningKey::In in,
                        Reply<proto::admin::RotateSigningKey> reply);

 private:
  SigningKeys& keys_;
};

}  // namespace fob::core
