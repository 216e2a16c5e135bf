#pragma once

#include "daemon/core/context.h"
#include "daemon/core/login_service.h"
#include "proto/messages.h"

namespace fob::core {

// org.fobd.Token: login -> ticket -> grant and access token.
class TokenService {
 public:
  explicit TokenService(const Context& context) : context_(context) {}

  void Ticket(const Peer& peer, proto::token::Ticket::In in, Reply<proto::token::Ticket> reply);
  void Exchange(const Peer& peer, proto::token::Exchange::In in, Reply<proto::token::Exchange> reply);
  void Verify(const Peer& peer, proto::token::Verify::In in, Reply<proto::token::Verify> reply);
  void Jwks(const Peer& peer, proto::token::Jwks::In in, Reply<proto::token::Jwks> reply);

 private:
  void IssueTicket(const Peer& peer, const LoginRecord& login, const ClientRecord& client,
                   proto::token::Ticket::In in, Reply<proto::token::Ticket> reply);
  void Redeem(const Peer& peer, const ClientRecord& client, proto::token::Exchange::In in,
              Reply<proto::token::Exchange> reply);
  Result<proto::token::Exchange::Out> Mint(const Store::Redeemed& redeemed);

  const Context& context_;
};

}  // namespace fob::core
