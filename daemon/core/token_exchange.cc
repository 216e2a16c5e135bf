#include <memory>
#include <utility>

#include "daemon/core/client_gate.h"
#include "daemon/core/token_refusal.h"
#include "daemon/core/token_service.h"

// What clients get by themselves: tokens for a ticket, and tokens of their own.
namespace fob::core {
namespace {

constexpr int kMostTries = 4;
constexpr int64_t kMachineAhead = 3600;  // seconds that a machine's grant outlives the token that made it

// What a machine asks for, as one text.
std::string QuestionOf(const std::string& client, const std::optional<std::string>& audience,
                       const std::optional<std::string>& scope) {
  const auto part = [](const std::optional<std::string>& text) {
    return text.has_value() ? std::to_string(text->size()) + ":" + *text : std::string("-");
  };
  return part(audience) + part(scope) + client;
}

}  // namespace

void TokenService::Exchange(const Peer& peer, proto::token::Exchange::In in, Reply<proto::token::Exchange> reply) {
  if (const Status room = MayBeRefused(context_, peer); !room.ok()) return reply(room.error());
  const Bytes ticket_hash = context_.HashText(in.ticket);
  Prove(peer, "ticket.exchange", TakeClientWords(in), std::move(reply),
        [this, peer, ticket_hash, audience = std::move(in.audience)](ClientClaim claim, Reply<proto::token::Exchange> to) mutable {
          Store::Redemption redemption;
          redemption.ticket_hash = ticket_hash;
          redemption.proof = claim.proof;
          redemption.audience = std::move(audience);
          redemption.moment = context_.Now();
          redemption.grant.id = context_.random.Id("grant_");
          redemption.grant.created_at = redemption.moment.now;
          redemption.audit = context_.Audit(peer, "ticket.exchange", "");
          LookAtTicket(peer, std::move(claim), std::move(redemption), std::move(to));
        });
}

void TokenService::LookAtTicket(const Peer& peer, ClientClaim claim, Store::Redemption redemption,
                                Reply<proto::token::Exchange> reply) {
  context_.store.Read(
      [redemption, claim](Store& store) mutable -> Result<Prospect> {
        Prospect prospect;
        FOB_TRY(prospect.client, AuthenticateClient(store, claim));
        if (!prospect.client.tickets) {
          return Denied("unauthorized_client", "client " + prospect.client.name + " is not registered for tickets");
        }
        redemption.client = prospect.client.id;
        FOB_TRY(prospect.facts, store.LookAtTicket(redemption));
        return prospect;
      },
      [this, peer, redemption, id = claim.client, reply = std::move(reply)](Result<Prospect> found) mutable {
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
}

void TokenService::Redeem(const Peer& peer, const Prospect& prospect, const Groups& groups,
                          Store::Redemption redemption, Reply<proto::token::Exchange> reply) {
  const bool refresh = MayRefresh(prospect.client, prospect.facts.grant.audience);
  auto minted = mint_.Make({prospect.client, prospect.facts, prospect.facts.grant.scope, groups, refresh, nullptr, true});
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
  ClientWords words = TakeClientWords(in);
  Prove(peer, "token.machine", std::move(words), std::move(reply),
        [this, peer, audience = std::move(in.audience), scope = std::move(in.scope)](
            ClientClaim claim, Reply<proto::token::ClientCredentials> to) mutable {
          FindMachine(std::make_shared<MachineRequest>(
              MachineRequest{peer, std::move(claim), std::move(audience), std::move(scope), std::move(to)}));
        });
}

void TokenService::FindMachine(std::shared_ptr<MachineRequest> request) {
  const std::string question = QuestionOf(request->claim.client, request->audience, request->scope);
  const auto recent = machines_.Find(question);
  if (recent != nullptr && CheckProof(&recent->client, request->claim.proof).ok()) return UseMachine(request, *recent);
  context_.store.ReadFew(
      [claim = request->claim, audience = request->audience, scope = request->scope](Store& store) -> Result<Prospect> {
        Prospect prospect;
        FOB_TRY(prospect.client, AuthenticateClient(store, claim));
        if (!prospect.client.machine || prospect.client.auth_method == AuthMethod::kNone) {
          return MakeError(Code::kDenied, "unauthorized_client",
                           "client " + prospect.client.name + " is not registered for tokens of its own");
        }
        GrantRecord& grant = prospect.facts.grant;
        FOB_TRY(grant.audience, ChooseAudience(prospect.client, audience));
        FOB_TRY(grant.scope, ChooseScope(prospect.client, scope));
        FOB_TRY(const Store::MachineGrant known, store.FindMachineGrant(prospect.client.id, grant.audience, grant.scope));
        grant.id = known.id;
        grant.expires_at = known.expires_at;
        return prospect;
      },
      [this, request, question, asked = machines_.Ask(context_.forward.Now())](Result<Prospect> found) {
        if (found.ok()) {
          const auto prospect = std::make_shared<const Prospect>(*std::move(found));
          machines_.Keep(asked, question, prospect);
          return UseMachine(request, *prospect);
        }
        RefuseClient(context_, request->peer, context_.Audit(request->peer, "token.machine", ""), request->claim.client,
                     found.error(), std::move(request->reply));
      });
}

// The grant is there and lives long enough for most tokens: then nothing has to be written, and the trail tells of
// the grant, not of each token.
void TokenService::UseMachine(std::shared_ptr<MachineRequest> request, const Prospect& prospect) {
  GrantFacts facts = prospect.facts;
  const Moment moment = context_.Now();
  facts.sub = prospect.client.id;
  facts.grant.client = prospect.client.id;
  const bool kept = !facts.grant.id.empty() && facts.grant.expires_at >= moment.now + prospect.client.token_lifetime;
  if (facts.grant.id.empty()) facts.grant.id = context_.random.Id("grant_");
  if (!kept) {
    facts.grant.created_at = moment.now;
    facts.grant.expires_at = GrantEnd(prospect.client, false, moment.now) + kMachineAhead;
  }
  auto minted = mint_.Make({prospect.client, facts, facts.grant.scope, {}});
  if (!minted.ok()) return request->reply(minted.error());
  if (kept) return request->reply(Give<proto::token::ClientCredentials::Out>(*std::move(minted), facts.grant.id));
  AuditEntry audit = context_.Audit(request->peer, "token.machine", "");
  audit.detail = prospect.client.id;
  context_.store.Write(
      [grant = facts.grant, proof = request->claim.proof, moment, audit](Store& store) {
        return store.UseMachineGrant(grant, proof, moment, audit);
      },
      [this, request, audit, minted = *std::move(minted)](Result<GrantFacts> used) mutable {
        if (used.ok()) return request->reply(Give<proto::token::ClientCredentials::Out>(std::move(minted), used->grant.id));
        if (used.error().reason == "grant_changed" && ++request->tries < kMostTries) return FindMachine(request);
        RefuseCaller(context_, request->peer, audit, used.error(), std::move(request->reply));
      });
}

}  // namespace fob::core
