#include "base/encoding.h"
#include "daemon/core/token_service.h"

// A code of the authorization endpoint becomes tokens.
namespace fob::core {
namespace {

// RFC 7636 clause 4.1: 43 to 128 unreserved characters.
bool IsVerifier(std::string_view text) {
  if (text.size() < 43 || text.size() > 128) return false;
  return text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") ==
         std::string_view::npos;
}

}  // namespace

void TokenService::RedeemCode(const Peer& peer, proto::token::RedeemCode::In in, Reply<proto::token::RedeemCode> reply) {
  if (const Status room = MayBeRefused(context_, peer); !room.ok()) return reply(room.error());
  Store::CodeRedemption redemption;
  redemption.code_hash = context_.HashText(in.code);
  redemption.redirect_uri = std::move(in.redirect_uri);
  bool malformed = false;
  if (in.code_verifier.has_value()) {
    malformed = !IsVerifier(in.code_verifier->RevealText());
    redemption.challenge = Base64UrlEncode(context_.HashText(*in.code_verifier));
  }
  Prove(peer, "code.redeem", TakeClientWords(in), std::move(reply),
        [this, peer, malformed, redemption = std::move(redemption)](ClientClaim claim,
                                                                   Reply<proto::token::RedeemCode> to) mutable {
          if (malformed) {
            return to(MakeError(Code::kInvalidArgument, "invalid_request",
                                "a code_verifier has 43 to 128 letters, digits and -._~"));
          }
          redemption.proof = claim.proof;
          redemption.moment = context_.Now();
          redemption.grant.id = context_.random.Id("grant_");
          redemption.grant.created_at = redemption.moment.now;
          redemption.audit = context_.Audit(peer, "code.redeem", "");
          LookAtCode(peer, std::move(claim), std::move(redemption), std::move(to));
        });
}

void TokenService::LookAtCode(const Peer& peer, ClientClaim claim, Store::CodeRedemption redemption,
                              Reply<proto::token::RedeemCode> reply) {
  // Which client it is has to be known also where its code is not good.
  struct Look {
    ClientRecord client;
    Result<Store::CodeFacts> facts;
  };
  context_.store.Read(
      [redemption, claim](Store& store) mutable -> Result<Look> {
        FOB_TRY(ClientRecord client, AuthenticateClient(store, claim));
        redemption.client = client.id;
        return Look{std::move(client), store.LookAtCode(redemption)};
      },
      [this, peer, redemption, id = claim.client, reply = std::move(reply)](Result<Look> look) mutable {
        if (!look.ok()) return RefuseClient(context_, peer, redemption.audit, id, look.error(), std::move(reply));
        redemption.client = look->client.id;
        redemption.audit.detail = look->client.id;
        if (!look->facts.ok()) return RefuseCode(peer, redemption, look->facts.error(), std::move(reply));
        CodeProspect prospect{std::move(look->client), *std::move(look->facts)};
        GrantRecord& grant = prospect.facts.of.grant;
        grant.expires_at = GrantEnd(prospect.client, MayRefresh(prospect.client, grant.audience), grant.created_at);
        redemption.grant.expires_at = grant.expires_at;
        FindGroups(prospect.client, grant.scope, prospect.facts.of.user,
                   [this, peer, prospect, redemption, reply = std::move(reply)](Result<Groups> groups) mutable {
                     if (!groups.ok()) return RefuseCode(peer, redemption, groups.error(), std::move(reply));
                     UseCode(peer, prospect, *groups, std::move(redemption), std::move(reply));
                   });
      });
}

void TokenService::UseCode(const Peer& peer, const CodeProspect& prospect, const Groups& groups,
                           Store::CodeRedemption redemption, Reply<proto::token::RedeemCode> reply) {
  const GrantFacts& of = prospect.facts.of;
  const bool refresh = MayRefresh(prospect.client, of.grant.audience);
  auto minted = mint_.Make({prospect.client, of, of.grant.scope, groups, refresh, nullptr, true, prospect.facts.nonce});
  if (!minted.ok()) return reply(minted.error());
  redemption.tokens = minted->tokens;
  const Store::CodeRedemption refused = redemption;  // no grant came of it
  redemption.audit.subject = redemption.grant.id;
  context_.store.Write([redemption = std::move(redemption)](Store& store) { return store.RedeemCode(redemption); },
                       [this, peer, refused, minted = *std::move(minted), reply = std::move(reply)](
                           Result<GrantFacts> redeemed) mutable {
                         if (redeemed.ok()) {
                           return reply(Give<proto::token::RedeemCode::Out>(std::move(minted), redeemed->grant.id));
                         }
                         RefuseCode(peer, refused, redeemed.error(), std::move(reply));
                       });
}

// Somebody has a code who should not, or had it before: what came of it dies (RFC 6749 clause 4.1.2).
void TokenService::RefuseCode(const Peer& peer, const Store::CodeRedemption& redemption, Error error,
                              Reply<proto::token::RedeemCode> reply) {
  if (error.reason != "code_used") {
    return RefuseClient(context_, peer, redemption.audit, "", error, std::move(reply));
  }
  AuditEntry audit = redemption.audit;
  audit.action = "code.reuse";
  Refused(audit, error);
  context_.limits.refusals.Take(peer.uid);
  error.reason = "invalid_grant";
  context_.store.Write(
      [hash = redemption.code_hash, id = redemption.client, moment = redemption.moment, audit](Store& store) {
        return store.RevokeGrantOfCode(hash, id, moment, audit);
      },
      [error = std::move(error), reply = std::move(reply)](const Status& revoked) {
        reply(revoked.ok() ? error : revoked.error());
      });
}

}  // namespace fob::core
