#pragma once

#include "daemon/core/client_gate.h"
#include "daemon/core/context.h"
#include "daemon/core/login_service.h"
#include "daemon/core/recent_answers.h"
#include "daemon/core/session_watch.h"
#include "daemon/core/token_mint.h"
#include "daemon/core/token_refusal.h"
#include "proto/messages.h"

namespace fob::core {

// The part of org.fobd.Token that gives tokens: login -> ticket -> grant and tokens -> the next tokens.
// Everything is made before the store is asked to remember it, and given after that is durable.
class TokenService {
 public:
  TokenService(const Context& context, SessionWatch& sessions)
      : context_(context), sessions_(sessions), mint_(context), machines_(context) {}

  void Ticket(const Peer& peer, proto::token::Ticket::In in, Reply<proto::token::Ticket> reply);
  void Exchange(const Peer& peer, proto::token::Exchange::In in, Reply<proto::token::Exchange> reply);
  void RedeemCode(const Peer& peer, proto::token::RedeemCode::In in, Reply<proto::token::RedeemCode> reply);
  void Take(const Peer& peer, proto::token::Take::In in, Reply<proto::token::Take> reply);
  void Refresh(const Peer& peer, proto::token::Refresh::In in, Reply<proto::token::Refresh> reply);
  void ClientCredentials(const Peer& peer, proto::token::ClientCredentials::In in,
                         Reply<proto::token::ClientCredentials> reply);
  void Jwks(const Peer& peer, proto::token::Jwks::In in, Reply<proto::token::Jwks> reply);

 private:
  // The client that asks, and what it would hold.
  struct Prospect {
    ClientRecord client;
    GrantFacts facts;
    std::string scope;
  };
  using Groups = std::vector<std::string>;
  static constexpr size_t kMaxGroups = 100;  // that a token names

  // The caller's login and the client that is to have something of it.
  struct LoginAndClient {
    LoginRecord login;
    ClientRecord client;
  };
  void FindLoginAndClient(const Peer& peer, std::optional<std::string> login, std::string client_id,
                          UniqueFunction<void(Result<LoginAndClient>)> done);
  void IssueTicket(const Peer& peer, const LoginRecord& login, const ClientRecord& client,
                   proto::token::Ticket::In in, Reply<proto::token::Ticket> reply);
  void TakeFrom(const Peer& peer, const LoginRecord& login, const ClientRecord& client,
                const proto::token::Take::In& in, Reply<proto::token::Take> reply);
  // Lets the client show who it is, and the sessions that are gone be gone, before anything else is done.
  template <typename Out, typename Then>
  void Prove(const Peer& peer, std::string_view action, ClientWords words, UniqueFunction<void(Result<Out>)> reply,
             Then then) {
    std::string named = words.client.value_or("");
    ProveClient(context_, std::move(words),
                [this, peer, action, named = std::move(named), reply = std::move(reply),
                 then = std::move(then)](Result<ClientClaim> claim) mutable {
                  if (!claim.ok()) {
                    return RefuseClient(context_, peer, context_.Audit(peer, action, ""), named, claim.error(),
                                        std::move(reply));
                  }
                  sessions_.Look([claim = *std::move(claim), reply = std::move(reply), then = std::move(then)]() mutable {
                    then(std::move(claim), std::move(reply));
                  });
                });
  }
  void LookAtTicket(const Peer& peer, ClientClaim claim, Store::Redemption redemption,
                    Reply<proto::token::Exchange> reply);
  // What a code becomes, as far as it is known before it is used up.
  struct CodeProspect {
    ClientRecord client;
    Store::CodeFacts facts;
  };
  void LookAtCode(const Peer& peer, ClientClaim claim, Store::CodeRedemption redemption,
                  Reply<proto::token::RedeemCode> reply);
  void UseCode(const Peer& peer, const CodeProspect& prospect, const Groups& groups, Store::CodeRedemption redemption,
               Reply<proto::token::RedeemCode> reply);
  void RefuseCode(const Peer& peer, const Store::CodeRedemption& redemption, Error error,
                  Reply<proto::token::RedeemCode> reply);
  void Redeem(const Peer& peer, const Prospect& prospect, const Groups& groups, Store::Redemption redemption,
              Reply<proto::token::Exchange> reply);
  struct RefreshRequest;
  void FindFamily(std::shared_ptr<RefreshRequest> request);
  void OnFamily(std::shared_ptr<RefreshRequest> request);
  void Rotate(std::shared_ptr<RefreshRequest> request, const Groups& groups);
  struct MachineRequest {
    Peer peer;
    ClientClaim claim;
    std::optional<std::string> audience, scope;
    Reply<proto::token::ClientCredentials> reply;
    int tries = 0;  // another request made a grant first
  };
  void FindMachine(std::shared_ptr<MachineRequest> request);
  void UseMachine(std::shared_ptr<MachineRequest> request, const Prospect& prospect);
  // The groups that tokens of this scope name: those that the user is in now, as far as the client may
  // be told. kDenied/"invalid_grant": the client is not for this user any more.
  void FindGroups(const ClientRecord& client, const std::string& scope, const std::string& user,
                  UniqueFunction<void(Result<Groups>)> done);

  const Context& context_;
  SessionWatch& sessions_;
  TokenMint mint_;
  RecentAnswers<Prospect> machines_;  // by QuestionOf
};

}  // namespace fob::core
