#pragma once

#include "daemon/core/context.h"
#include "daemon/core/login_service.h"
#include "daemon/core/signing_keys.h"
#include "proto/messages.h"

namespace fob::core {

// The part of org.fobd.Admin that looks after web apps.
class ClientService {
 public:
  ClientService(const Context& context, SigningKeys& keys) : context_(context), keys_(keys) {}

  void AddClient(const Peer& peer, proto::admin::AddClient::In in, Reply<proto::admin::AddClient> reply);
  void UpdateClient(const Peer& peer, proto::admin::UpdateClient::In in, Reply<proto::admin::UpdateClient> reply);
  void ShowClient(const Peer& peer, proto::admin::ShowClient::In in, Reply<proto::admin::ShowClient> reply);
  void ListClients(const Peer& peer, proto::admin::ListClients::In in, Reply<proto::admin::ListClients> reply);
  void RemoveClient(const Peer& peer, proto::admin::RemoveClient::In in, Reply<proto::admin::RemoveClient> reply);
  void RotateClientSecret(const Peer& peer, proto::admin::RotateClientSecret::In in,
                          Reply<proto::admin::RotateClientSecret> reply);

 private:
  Result<std::optional<SecretBytes>> Authenticate(ClientRecord& client);
  // Keys of its algorithms are there.
  void EnsureKeys(const ClientRecord& client, const Peer& peer, UniqueFunction<void(const Status&)> done);

  const Context& context_;
  SigningKeys& keys_;
};

}  // namespace fob::core
