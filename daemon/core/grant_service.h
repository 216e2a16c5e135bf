#pragma once

#include "daemon/core/client_gate.h"
#include "daemon/core/context.h"
#include "daemon/core/login_service.h"
#include "daemon/core/recent_answers.h"
#include "daemon/core/session_watch.h"
#include "daemon/core/token_facts.h"
#include "proto/messages.h"

namespace fob::core {

// The part of org.fobd.Token that tells whether tokens and grants live, and kills them.
class GrantService {
 public:
  GrantService(const Context& context, SessionWatch& sessions)
      : context_(context), sessions_(sessions), clients_(context), tokens_(context) {}

  void Introspect(const Peer& peer, proto::token::Introspect::In in, Reply<proto::token::Introspect> reply);
  void Verify(const Peer& peer, proto::token::Verify::In in, Reply<proto::token::Verify> reply);
  void UserInfo(const Peer& peer, proto::token::UserInfo::In in, Reply<proto::token::UserInfo> reply);
  void Explain(const Peer& peer, proto::token::Explain::In in, Reply<proto::token::Explain> reply);
  void Revoke(const Peer& peer, proto::token::Revoke::In in, Reply<proto::token::Revoke> reply);
  void ListGrants(const Peer& peer, proto::token::ListGrants::In in, Reply<proto::token::ListGrants> reply);
  void RevokeGrants(const Peer& peer, proto::token::RevokeGrants::In in, Reply<proto::token::RevokeGrants> reply);

 private:
  struct Found {
    std::shared_ptr<const ClientRecord> client;  // who asks, where it proved that
    std::shared_ptr<const TokenFacts> token;
  };
  void Judge(const SecretBytes& token, std::optional<ClientClaim> client,
             UniqueFunction<void(const ShownToken&, Result<Found>)> done);
  std::optional<Result<Found>> Recall(const ShownToken& shown, const std::optional<ClientClaim>& client) const;
  void RevokeFor(const Peer& peer, const SecretBytes& token, std::optional<ClientClaim> client,
                 Reply<proto::token::Revoke> reply);
  void Kill(const Peer& peer, const ShownToken& shown, const TokenFacts& facts, Reply<proto::token::Revoke> reply);
  void RevokeOne(const Peer& peer, const std::string& grant, Reply<proto::token::RevokeGrants> reply);
  void RevokeAllOf(const Peer& peer, Store::GrantsOf whose, const std::string& id, const std::string& user,
                   Reply<proto::token::RevokeGrants> reply);

  const Context& context_;
  SessionWatch& sessions_;
  // An API asks about one token again and again.
  RecentAnswers<ClientRecord> clients_;  // by the name that they come with
  RecentAnswers<TokenFacts> tokens_;     // by QuestionOf
};

}  // namespace fob::core
