#include "daemon/core/token_service.h"

#include <algorithm>
#include <sstream>

#include "base/encoding.h"

namespace fob::core {
namespace {

Error Denied(std::string_view reason, std::string text) { return MakeError(Code::kDenied, reason, std::move(text)); }

// The audience that is asked for, or the client's only one.
Result<std::string> ChooseAudience(const ClientRecord& client, const std::optional<std::string>& asked) {
  if (!asked.has_value()) {
    if (client.audiences.size() == 1) return client.audiences.front();
    return MakeError(Code::kInvalidArgument, "audience_needed", "client " + client.name + " has several audiences: name one");
  }
  if (std::ranges::find(client.audiences, *asked) == client.audiences.end()) {
    return Denied("audience", "client " + client.name + " is not registered for audience " + *asked);
  }
  return *asked;
}

// Scopes that are asked for (RFC 6749 clause 3.3), each registered; without any, all that are registered.
Result<std::string> ChooseScope(const ClientRecord& client, const std::optional<std::string>& asked) {
  std::string scope;
  const auto add = [&](const std::string& word) { scope += (scope.empty() ? "" : " ") + word; };
  if (!asked.has_value()) {
    std::ranges::for_each(client.scopes, add);
    return scope;
  }
  std::istringstream words(*asked);
  for (std::string word; words >> word;) {
    if (std::ranges::find(client.scopes, word) == client.scopes.end()) {
      return Denied("scope", "client " + client.name + " is not registered for scope " + word);
    }
    add(word);
  }
  return scope;
}

}  // namespace

void TokenService::Ticket(const Peer& peer, proto::token::Ticket::In in, Reply<proto::token::Ticket> reply) {
  if (const Status room = MayBeRefused(context_, peer); !room.ok()) return reply(room.error());
  // Only its own user takes a ticket from a login (I36): trusted callers too act for their own uid here.
  // What `in` is moved into is made before or after the other arguments are: they have their own copies.
  const std::optional<std::string> wanted = in.login;
  FindCallersLogin(context_, peer, wanted,
                   [this, peer, in = std::move(in), reply = std::move(reply)](Result<LoginRecord> login) mutable {
                     if (!login.ok()) return reply(login.error());
                     const std::string client_id = in.client_id;
                     context_.store.Read(
                         [client_id](Store& store) { return store.FindClient(client_id); },
                         [this, peer, login = *login, in = std::move(in), reply = std::move(reply)](
                             Result<ClientRecord> client) mutable {
                           if (!client.ok()) return reply(client.error());
                           IssueTicket(peer, login, *client, std::move(in), std::move(reply));
                         });
                   });
}

void TokenService::IssueTicket(const Peer& peer, const LoginRecord& login, const ClientRecord& client,
                               proto::token::Ticket::In in, Reply<proto::token::Ticket> reply) {
  AuditEntry audit = context_.Audit(peer, "ticket.issue", login.user);
  audit.subject = login.id;
  audit.detail = client.id;
  const auto refuse = [&](const Error& error) { RefuseCaller(context_, peer, audit, error, std::move(reply)); };
  if (login.uid != peer.uid) return refuse(Denied("other_user", "only " + login.user + " takes tickets from that login"));
  if (!login.multi_factor) {
    return refuse(Denied("not_multi_factor", "that login proved one kind of factor only: no tokens come from it"));
  }
  const auto audience = ChooseAudience(client, in.audience);
  if (!audience.ok()) return refuse(audience.error());
  const auto scope = ChooseScope(client, in.scope);
  if (!scope.ok()) return refuse(scope.error());

  SecretBytes ticket = context_.NewBearer("tkt_");
  const int64_t now = context_.clock.UnixSeconds();
  const TicketRecord record{context_.HashText(ticket), login.id, client.id, *audience, *scope, login.uid,
                            now + context_.settings.ticket_lifetime};
  context_.store.Write(
      [record, now, boot = context_.host.BootId(), audit](Store& store) { return store.AddTicket(record, now, boot, audit); },
      [this, peer, audit, record, ticket = std::move(ticket), reply = std::move(reply)](Status added) mutable {
        if (added.ok()) {
          return reply(proto::token::Ticket::Out{std::move(ticket), record.audience, record.login, record.expires_at});
        }
        RefuseCaller(context_, peer, audit, added.error(), std::move(reply));
      });
}

void TokenService::Exchange(const Peer& peer, proto::token::Exchange::In in, Reply<proto::token::Exchange> reply) {
  if (const Status room = MayBeRefused(context_, peer); !room.ok()) return reply(room.error());
  const std::string client_id = in.client_id;
  context_.store.Read(
      [client_id](Store& store) { return store.FindClient(client_id); },
      [this, peer, in = std::move(in), reply = std::move(reply)](Result<ClientRecord> client) mutable {
        if (!client.ok() && client.error().code != Code::kNotFound) return reply(client.error());
        // An unknown client and a wrong secret are one answer, after one comparison each (I41).
        const Bytes expected = client.ok() ? client->secret_hash : Bytes(32);
        const bool good = ConstantTimeEqual(context_.HashText(in.client_secret), expected) && client.ok();
        if (good) return Redeem(peer, *client, std::move(in), std::move(reply));
        AuditEntry audit = context_.Audit(peer, "ticket.exchange", "");
        audit.subject = Shortened(in.client_id, 64);
        RefuseCaller(context_, peer, std::move(audit), Denied("invalid_client", "unknown client or wrong client secret"),
                     std::move(reply));
      });
}

void TokenService::Redeem(const Peer& peer, const ClientRecord& client, proto::token::Exchange::In in,
                          Reply<proto::token::Exchange> reply) {
  Store::Redemption redemption;
  redemption.ticket_hash = context_.HashText(in.ticket);
  redemption.client = client.id;
  redemption.secret_hash = client.secret_hash;
  redemption.audience = in.audience;
  redemption.now = context_.clock.UnixSeconds();
  redemption.boot_id = context_.host.BootId();
  redemption.grant.id = context_.random.Id("grant_");
  redemption.grant.created_at = redemption.now;
  redemption.grant.expires_at = redemption.now + client.token_lifetime;
  redemption.audit = context_.Audit(peer, "ticket.exchange", "");
  redemption.audit.subject = redemption.grant.id;
  redemption.audit.detail = client.id;
  AuditEntry refused = redemption.audit;
  refused.subject.clear();  // no grant came of it
  context_.store.Write([redemption](Store& store) { return store.RedeemTicket(redemption); },
                       [this, peer, refused, reply = std::move(reply)](Result<Store::Redeemed> redeemed) mutable {
                         if (redeemed.ok()) return reply(Mint(*redeemed));
                         RefuseCaller(context_, peer, refused, redeemed.error(), std::move(reply));
                       });
}

Result<proto::token::Exchange::Out> TokenService::Mint(const Store::Redeemed& redeemed) {
  const GrantRecord& grant = redeemed.grant;
  const LoginRecord& login = redeemed.login;
  AccessClaims claims;
  claims.issuer = context_.settings.issuer;
  claims.subject = login.sub;
  claims.audience = grant.audience;
  claims.client_id = grant.client;
  claims.token_id = grant.id + "." + Base64UrlEncode(context_.random.Take(12));
  claims.session = login.id;
  claims.scope = grant.scope;
  claims.acr = login.acr;
  claims.amr = login.amr;
  claims.auth_time = login.authenticated_at;
  claims.issued_at = grant.created_at;
  claims.expires_at = grant.expires_at;
  FOB_TRY(SecretBytes token, context_.signer.Sign(claims, SigningAlgorithm::kEs256));
  return proto::token::Exchange::Out{std::move(token), "Bearer", grant.expires_at - grant.created_at, grant.scope, grant.id};
}

void TokenService::Verify(const Peer&, proto::token::Verify::In in, Reply<proto::token::Verify> reply) {
  const auto dead = [](std::string why) {
    proto::token::Verify::Out out;
    out.why = std::move(why);
    return out;
  };
  auto checked = context_.signer.Check(in.access_token.RevealText());
  if (!checked.ok()) return reply(dead(checked.error().text));
  const int64_t now = context_.clock.UnixSeconds();
  if (checked->claims.issuer != context_.settings.issuer) return reply(dead("it was issued by another authority"));
  if (checked->claims.expires_at <= now) return reply(dead("it has expired"));
  const std::string grant = checked->claims.token_id.substr(0, checked->claims.token_id.find('.'));
  context_.store.Read(
      [grant, now, boot = context_.host.BootId()](Store& store) { return store.CheckGrant(grant, now, boot); },
      [dead, json = std::move(checked->json), reply = std::move(reply)](Result<GrantState> state) {
        if (!state.ok()) return reply(state.error());
        if (!state->live) return reply(dead(state->why));
        proto::token::Verify::Out out;
        out.active = true;
        out.claims = proto::JsonText{json};
        reply(std::move(out));
      });
}

void TokenService::Jwks(const Peer&, proto::token::Jwks::In, Reply<proto::token::Jwks> reply) {
  reply(proto::token::Jwks::Out{proto::JsonText{context_.signer.Jwks()}});
}

}  // namespace fob::core
