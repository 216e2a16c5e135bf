#include "daemon/core/token_service.h"

#include <algorithm>

#include "daemon/core/client_gate.h"

namespace fob::core {
namespace {

// Only its own user takes tickets and tokens from a login (I36): trusted callers too act for their own
// uid here.
Status MayTake(const Peer& peer, const LoginRecord& login) {
  if (login.uid != peer.uid) return Denied("other_user", "only " + login.user + " takes tickets from that login");
  if (login.multi_factor) return Ok();
  return Denied("not_multi_factor", "that login proved one kind of factor only: no tokens come from it");
}

}  // namespace

void TokenService::FindLoginAndClient(const Peer& peer, std::optional<std::string> login, std::string client_id,
                                      UniqueFunction<void(Result<LoginAndClient>)> done) {
  sessions_.Look([this, peer, wanted = std::move(login), client_id = std::move(client_id), done = std::move(done)]() mutable {
    FindCallersLogin(context_, peer, wanted,
                     [this, id = std::move(client_id), done = std::move(done)](Result<LoginRecord> found) mutable {
                       if (!found.ok()) return done(found.error());
                       context_.store.Read([id = std::move(id)](Store& store) { return store.FindClient(id); },
                                           [found = *std::move(found), done = std::move(done)](
                                               Result<ClientRecord> client) mutable {
                                             if (!client.ok()) return done(client.error());
                                             done(LoginAndClient{std::move(found), *std::move(client)});
                                           });
                     });
  });
}

void TokenService::Ticket(const Peer& peer, proto::token::Ticket::In in, Reply<proto::token::Ticket> reply) {
  if (const Status room = MayBeRefused(context_, peer); !room.ok()) return reply(room.error());
  FindLoginAndClient(peer, in.login, in.client_id,
                     [this, peer, in, reply = std::move(reply)](Result<LoginAndClient> found) mutable {
                       if (!found.ok()) return reply(found.error());
                       IssueTicket(peer, found->login, found->client, std::move(in), std::move(reply));
                     });
}

void TokenService::IssueTicket(const Peer& peer, const LoginRecord& login, const ClientRecord& client,
                               proto::token::Ticket::In in, Reply<proto::token::Ticket> reply) {
  AuditEntry audit = context_.Audit(peer, "ticket.issue", login.user);
  audit.subject = login.id;
  audit.detail = client.id;
  const auto refuse = [&](const Error& error) { RefuseCaller(context_, peer, audit, error, std::move(reply)); };
  if (const Status may = MayTake(peer, login); !may.ok()) return refuse(may.error());
  if (!client.tickets) return refuse(Denied("unauthorized_client", "client " + client.name + " is not registered for tickets"));
  const auto audience = ChooseAudience(client, in.audience);
  if (!audience.ok()) return refuse(audience.error());
  const auto scope = ChooseScope(client, in.scope);
  if (!scope.ok()) return refuse(scope.error());

  SecretBytes ticket = context_.NewBearer("tkt_");
  const Moment moment = context_.Now();
  const TicketRecord record{context_.HashText(ticket), login.id, client.id, *audience, *scope, login.uid,
                            moment.now + context_.settings.ticket_lifetime};
  std::optional<int64_t> touched_since;
  if (Holds(client.fresh, *audience)) touched_since = moment.now - kTouchIsFresh;
  context_.store.Write(
      [record, moment, touched_since, audit](Store& store) { return store.AddTicket(record, moment, touched_since, audit); },
      [this, peer, audit, record, ticket = std::move(ticket), reply = std::move(reply)](Status added) mutable {
        if (added.ok()) {
          return reply(proto::token::Ticket::Out{std::move(ticket), record.audience, record.login,
                                                 context_.forward.ToWall(record.expires_at)});
        }
        RefuseCaller(context_, peer, audit, added.error(), std::move(reply));
      });
}

void TokenService::Take(const Peer& peer, proto::token::Take::In in, Reply<proto::token::Take> reply) {
  if (const Status room = MayBeRefused(context_, peer); !room.ok()) return reply(room.error());
  FindLoginAndClient(peer, in.login, in.client_id,
                     [this, peer, in, reply = std::move(reply)](Result<LoginAndClient> found) mutable {
                       if (!found.ok()) return reply(found.error());
                       TakeFrom(peer, found->login, found->client, in, std::move(reply));
                     });
}

void TokenService::TakeFrom(const Peer& peer, const LoginRecord& login, const ClientRecord& client,
                            const proto::token::Take::In& in, Reply<proto::token::Take> reply) {
  AuditEntry audit = context_.Audit(peer, "token.take", login.user);
  audit.detail = client.id;
  AuditEntry refused = audit;
  refused.subject = login.id;
  const auto refuse = [&](const Error& error) { RefuseCaller(context_, peer, refused, error, std::move(reply)); };
  if (const Status may = MayTake(peer, login); !may.ok()) return refuse(may.error());
  if (!client.direct) {
    return refuse(Denied("not_direct", "the tokens of client " + client.name + " are not for users to take: take a ticket, or "
                                       "have it registered as direct"));
  }
  const auto audience = ChooseAudience(client, in.audience);
  if (!audience.ok()) return refuse(audience.error());
  if (Holds(client.fresh, *audience)) {
    return refuse(Denied("fresh_touch", "audience " + *audience + " wants a touch for each token: take a ticket"));
  }
  const auto scope = ChooseScope(client, in.scope);
  if (!scope.ok()) return refuse(scope.error());
  const Moment moment = context_.Now();
  const GrantFacts facts = FactsOf({context_.random.Id("grant_"), login.id, client.id, *audience, *scope, moment.now,
                                    GrantEnd(client, false, moment.now)},
                                   login);
  FindGroups(client, *scope, login.user, [this, peer, client, facts, moment, audit, refused, reply = std::move(reply)](
                                             Result<Groups> groups) mutable {
    if (!groups.ok()) return reply(groups.error());
    auto minted = mint_.Make({client, facts, facts.grant.scope, *groups});
    if (!minted.ok()) return reply(minted.error());
    const NewTokens tokens = minted->tokens;
    context_.store.Write(
        [grant = facts.grant, tokens, moment, audit](Store& store) {
          return store.AddDirectGrant(grant, tokens, moment, audit);
        },
        [this, peer, refused, minted = *std::move(minted), reply = std::move(reply)](Result<GrantFacts> added) mutable {
          if (added.ok()) return reply(Give<proto::token::Take::Out>(std::move(minted), added->grant.id));
          RefuseCaller(context_, peer, refused, added.error(), std::move(reply));
        });
  });
}

void TokenService::FindGroups(const ClientRecord& client, const std::string& scope, const std::string& user,
                              UniqueFunction<void(Result<Groups>)> done) {
  const bool tells = !client.groups.empty() && Holds(ScopeWords(scope), kGroupsScope);
  if (!tells && client.user_groups.empty()) return done(Groups());
  context_.host.AccountByName(user, [client, tells, done = std::move(done)](Result<Account> account) {
    if (!account.ok()) return done(account.error());
    if (!IsFor(client, *account)) return done(Denied("invalid_grant", client.name + " is not for " + account->name));
    Groups groups;
    if (!tells) return done(std::move(groups));
    const std::vector<std::string>& told = client.groups;
    std::ranges::copy_if(account->groups, std::back_inserter(groups), [&](const std::string& group) {
      return Holds(told, group) || Holds(told, "*");
    });
    std::ranges::sort(groups);
    if (groups.size() > kMaxGroups) {
      return done(MakeError(Code::kExhausted, "too_many_groups",
                            "the user is in more groups than a token names: have the client told of fewer"));
    }
    done(std::move(groups));
  });
}

void TokenService::Jwks(const Peer&, proto::token::Jwks::In, Reply<proto::token::Jwks> reply) {
  reply(proto::token::Jwks::Out{proto::JsonText{context_.signer.Jwks()}});
}

}  // namespace fob::core
