#include "daemon/core/client_gate.h"
#include "daemon/core/token_refusal.h"
#include "daemon/core/token_service.h"

// What clients get with their secret: tokens for a ticket, and tokens of their own.
namespace fob::core {

void TokenService::Exchange(const Peer& peer, proto::token::Exchange::In in, Reply<proto::token::Exchange> reply) {
  if (const Status room = MayBeRefused(context_, peer); !room.ok()) return reply(room.error());
  sessions_.Look([this, peer, in = std::move(in), reply = std::move(reply)]() mutable {
    Store::Redemption redemption;
    redemption.ticket_hash = context_.HashText(in.ticket);
    redemption.secret_hash = context_.HashText(in.client_secret);
    redemption.audience = in.audience;
    redemption.moment = context_.Now();
    redemption.grant.id = context_.random.Id("grant_");
    redemption.grant.created_at = redemption.moment.now;
    redemption.audit = context_.Audit(peer, "ticket.exchange", "");
    context_.store.Read(
        [redemption, id = in.client_id](Store& store) mutable -> Result<Prospect> {
          Prospect prospect;
          FOB_TRY(prospect.client, AuthenticateClient(store, id, redemption.secret_hash));
          redemption.client = prospect.client.id;
          FOB_TRY(prospect.facts, store.LookAtTicket(redemption));
          return prospect;
        },
        [this, peer, redemption, id = in.client_id, reply = std::move(reply)](Result<Prospect> found) mutable {
          if (!found.ok()) {
            const bool known = found.error().reason != "invalid_client";
            return RefuseClient(context_, peer, redemption.audit, known ? "" : id, found.error(), std::move(reply));
          }
          auto prospect = *std::move(found);
          GrantRecord& grant = prospect.facts.grant;
          grant.expires_at = GrantEnd(prospect.client, MayRefresh(prospect.client, grant.audience), grant.created_at);
          redemption.client = prospect.client.id;
          redemption.grant.expires_at = grant.expires_at;
          redemption.audit.detail = prospect.client.id;
          FindGroups(prospect.client, grant.scope, prospect.facts.user,
                     [this, peer, prospect, redemption, reply = std::move(reply)](Result<Groups> groups) mutable {
                       if (!groups.ok()) return reply(groups.error());
                       Redeem(peer, prospect, *groups, std::move(redemption), std::move(reply));
                     });
        });
  });
}

void TokenService::Redeem(const Peer& peer, const Prospect& prospect, const Groups& groups,
                          Store::Redemption redemption, Reply<proto::token::Exchange> reply) {
  const bool refresh = MayRefresh(prospect.client, prospect.facts.grant.audience);
  auto minted = mint_.Make({prospect.client, prospect.facts, prospect.facts.grant.scope, groups, refresh});
  if (!minted.ok()) return reply(minted.error());
  redemption.tokens = minted->tokens;
  const AuditEntry refused = redemption.audit;  // no grant came of it
  redemption.audit.subject = redemption.grant.id;
  context_.store.Write([redemption](Store& store) { return store.RedeemTicket(redemption); },
                       [this, peer, refused, minted = *std::move(minted), reply = std::move(reply)](
                           Result<GrantFacts> redeemed) mutable {
                         if (redeemed.ok()) {
                           return reply(Give<proto::token::Exchange::Out>(std::move(minted), redeemed->grant.id));
                         }
                         RefuseCaller(context_, peer, refused, redeemed.error(), std::move(reply));
                       });
}

void TokenService::ClientCredentials(const Peer& peer, proto::token::ClientCredentials::In in,
                                     Reply<proto::token::ClientCredentials> reply) {
  if (const Status room = MayBeRefused(context_, peer); !room.ok()) return reply(room.error());
  const AuditEntry audit = context_.Audit(peer, "token.machine", "");
  const Bytes secret_hash = context_.HashText(in.client_secret);
  context_.store.Read(
      [id = in.client_id, audience = in.audience, scope = in.scope, secret_hash](Store& store) -> Result<Prospect> {
        Prospect prospect;
        FOB_TRY(prospect.client, AuthenticateClient(store, id, secret_hash));
        if (!prospect.client.machine) {
          return MakeError(Code::kDenied, "machine",
                           "client " + prospect.client.name + " is not registered for tokens of its own");
        }
        GrantRecord& grant = prospect.facts.grant;
        FOB_TRY(grant.audience, ChooseAudience(prospect.client, audience));
        FOB_TRY(grant.scope, ChooseScope(prospect.client, scope));
        FOB_TRY(grant.id, store.FindMachineGrant(prospect.client.id, grant.audience, grant.scope));
        return prospect;
      },
      [this, peer, audit, secret_hash, id = in.client_id, reply = std::move(reply)](Result<Prospect> found) mutable {
        if (!found.ok()) return RefuseClient(context_, peer, audit, id, found.error(), std::move(reply));
        UseMachine(peer, *found, secret_hash, audit, std::move(reply));
      });
}

void TokenService::UseMachine(const Peer& peer, const Prospect& prospect, const Bytes& secret_hash, AuditEntry audit,
                              Reply<proto::token::ClientCredentials> reply) {
  GrantFacts facts = prospect.facts;
  const Moment moment = context_.Now();
  facts.sub = prospect.client.id;
  facts.grant.client = prospect.client.id;
  if (facts.grant.id.empty()) facts.grant.id = context_.random.Id("grant_");
  facts.grant.created_at = moment.now;
  facts.grant.expires_at = GrantEnd(prospect.client, false, moment.now);
  auto minted = mint_.Make({prospect.client, facts, facts.grant.scope, {}});
  if (!minted.ok()) return reply(minted.error());
  audit.detail = prospect.client.id;
  const NewTokens tokens = minted->tokens;  // here: which argument is made first is open
  context_.store.Write(
      [grant = facts.grant, tokens, secret_hash, moment, audit](Store& store) {
        return store.UseMachineGrant(grant, tokens, secret_hash, moment, audit);
      },
      [this, peer, audit, minted = *std::move(minted), reply = std::move(reply)](Result<GrantFacts> used) mutable {
        if (used.ok()) return reply(Give<proto::token::ClientCredentials::Out>(std::move(minted), used->grant.id));
        RefuseCaller(context_, peer, audit, used.error(), std::move(reply));
      });
}

}  // namespace fob::core
