#include "daemon/core/grant_service.h"

#include <algorithm>

#include "daemon/core/token_mint.h"
#include "daemon/core/token_refusal.h"

namespace fob::core {
namespace {

// The client that got it, or one that is its audience; a refresh token is its client's alone.
bool IsMeantFor(const ClientRecord& client, const TokenFacts& token) {
  if (token.of.grant.client == client.id) return true;
  return token.kind == TokenFacts::Kind::kAccess && Holds(client.serves, token.of.grant.audience);
}

// What the store's answer about a token depends on, but for the time; empty where the token itself decides.
std::string QuestionOf(const ShownToken& shown) {
  if (!shown.why.empty()) return "";
  if (shown.form == ShownToken::Form::kOpaque) return std::string(AsText(shown.hash));
  if (shown.form == ShownToken::Form::kSealed) return shown.reference.token_id;
  return shown.form == ShownToken::Form::kJwt ? shown.claims.token_id : "";
}

}  // namespace

// Reads the token, lets `client` prove itself where one is named, and asks the store: one way to it.
void GrantService::Judge(const SecretBytes& token, std::optional<ClientClaim> client,
                         UniqueFunction<void(const ShownToken&, Result<Found>)> done) {
  auto shown = std::make_shared<const ShownToken>(ReadToken(context_, token));
  sessions_.Look([this, shown, client = std::move(client), done = std::move(done)]() mutable {
    if (auto found = Recall(*shown, client)) return done(*shown, *std::move(found));
    std::string named = client.has_value() ? client->client : "";
    const Moment moment = context_.Now();
    const auto asked = tokens_.Ask(moment.now);
    context_.store.Read(
        [shown, client = std::move(client), moment](Store& store) -> Result<Found> {
          Found found;
          if (client.has_value()) {
            FOB_TRY(ClientRecord record, AuthenticateClient(store, *client));
            found.client = std::make_shared<const ClientRecord>(std::move(record));
          }
          auto judged = JudgeToken(store, *shown, moment);
          if (judged.ok()) {
            found.token = std::make_shared<const TokenFacts>(*std::move(judged));
          } else if (judged.error().code != Code::kNotFound) {
            return judged.error();
          }
          return found;
        },
        [this, shown, named = std::move(named), asked, done = std::move(done)](Result<Found> found) {
          if (found.ok()) {
            const std::string question = QuestionOf(*shown);
            if (found->client != nullptr) clients_.Keep(asked, named, found->client);
            if (found->token != nullptr && !question.empty()) tokens_.Keep(asked, question, found->token);
          }
          done(*shown, std::move(found));
        });
  });
}

// What was found a moment ago and holds still; nothing: it has to be looked for.
std::optional<Result<GrantService::Found>> GrantService::Recall(const ShownToken& shown,
                                                                const std::optional<ClientClaim>& client) const {
  const std::string question = QuestionOf(shown);
  Found found;
  if (!question.empty()) found.token = tokens_.Find(question);
  if (found.token == nullptr) return std::nullopt;
  if (client.has_value()) {
    found.client = clients_.Find(client->client);
    if (found.client == nullptr) return std::nullopt;
    if (const Status proved = CheckProof(found.client.get(), client->proof); !proved.ok()) return proved.error();
  }
  return found;
}

void GrantService::Introspect(const Peer& peer, proto::token::Introspect::In in,
                              Reply<proto::token::Introspect> reply) {
  if (const Status room = MayBeRefused(context_, peer); !room.ok()) return reply(room.error());
  std::string named = in.client_id.value_or("");
  ClientWords words = TakeClientWords(in);
  ProveClient(context_, std::move(words), [this, peer, named = std::move(named), token = std::move(in.token),
                                           reply = std::move(reply)](Result<ClientClaim> claim) mutable {
    AuditEntry audit = context_.Audit(peer, "token.introspect", "");
    if (!claim.ok()) return RefuseClient(context_, peer, std::move(audit), named, claim.error(), std::move(reply));
    Judge(token, *claim,
          [this, peer, id = claim->client, audit = std::move(audit), reply = std::move(reply)](
              const ShownToken& shown, Result<Found> found) mutable {
            if (found.ok() && found->client->auth_method == AuthMethod::kNone) {
              found = Denied("unauthorized_client", "a public client may not introspect tokens");
            }
            if (!found.ok()) return RefuseClient(context_, peer, std::move(audit), id, found.error(), std::move(reply));
            proto::token::Introspect::Out out;
            out.active = found->token != nullptr && found->token->live && IsMeantFor(*found->client, *found->token);
            if (out.active) out.info = DescribeToken(context_, shown, *found->token);
            reply(std::move(out));
          });
  });
}

void GrantService::UserInfo(const Peer&, proto::token::UserInfo::In in, Reply<proto::token::UserInfo> reply) {
  Judge(in.access_token, std::nullopt,
        [this, reply = std::move(reply)](const ShownToken& shown, Result<Found> found) {
          if (!found.ok()) return reply(found.error());
          const bool known = found->token != nullptr && found->token->kind == TokenFacts::Kind::kAccess;
          if (!known || !found->token->live) {
            return reply(Denied("invalid_token", known              ? found->token->why
                                                 : !shown.why.empty() ? shown.why
                                                                      : "there is no such access token"));
          }
          const TokenFacts& token = *found->token;
          const std::vector<std::string> scope = ScopeWords(token.scope);
          if (token.of.grant.login.empty() || !Holds(scope, kOpenIdScope)) {
            return reply(Denied("insufficient_scope", "the token was not asked for with scope openid"));
          }
          const bool profile = Holds(scope, kProfileScope);
          reply(proto::token::UserInfo::Out{proto::JsonText{
              context_.web_crypto.UserInfoJson({token.of.sub, token.of.user, token.groups, profile})}});
        });
}

void GrantService::Verify(const Peer&, proto::token::Verify::In in, Reply<proto::token::Verify> reply) {
  Judge(in.access_token, std::nullopt,
        [this, reply = std::move(reply)](const ShownToken& shown, Result<Found> found) {
          if (!found.ok()) return reply(found.error());
          proto::token::Verify::Out out;
          const bool known = found->token != nullptr && found->token->kind == TokenFacts::Kind::kAccess;
          out.active = known && found->token->live;
          if (out.active) {
            out.info = DescribeToken(context_, shown, *found->token);
            if (shown.form == ShownToken::Form::kJwt) out.claims = proto::JsonText{shown.json};
          } else {
            out.why = known ? found->token->why : !shown.why.empty() ? shown.why : "there is no such access token";
          }
          reply(std::move(out));
        });
}

void GrantService::Explain(const Peer& peer, proto::token::Explain::In in, Reply<proto::token::Explain> reply) {
  if (const Status charged = Charge(context_, peer, context_.limits.lookups); !charged.ok()) return reply(charged.error());
  Judge(in.token, std::nullopt,
        [this, peer, reply = std::move(reply)](const ShownToken& shown, Result<Found> found) mutable {
          if (!found.ok()) return reply(found.error());
          const bool known = found->token != nullptr && !found->token->of.grant.id.empty();
          const bool own = known && !found->token->of.user.empty() && found->token->of.uid == peer.uid;
          if (!own && !context_.authority.IsTrusted(peer)) {
            return reply(MakeError(Code::kNotFound, "no_token", "there is no such token of yours"));
          }
          if (!known) {
            return reply(MakeError(Code::kNotFound, "no_token",
                                   shown.why.empty() ? "there is no such token" : "no token of ours: " + shown.why));
          }
          using Kind = proto::token::Explain::Out::Kind;
          proto::token::Explain::Out out;
          const TokenFacts& token = *found->token;
          out.active = token.live;
          out.kind = shown.form == ShownToken::Form::kJwt ? Kind::kJwt
                     : token.kind == TokenFacts::Kind::kAccess ? Kind::kOpaque
                                                               : Kind::kRefresh;
          if (!token.live) out.why = token.why;
          out.info = DescribeToken(context_, shown, token);
          out.grant = Present(context_, token.of);
          if (token.of.grant.login.empty()) return reply(std::move(out));
          context_.store.Read(
              [id = token.of.grant.login, moment = context_.Now()](Store& store) {
                return store.FindLogin(id, moment.now, moment.boot_id);
              },
              [out = std::move(out), reply = std::move(reply)](Result<LoginRecord> login) mutable {
                if (!login.ok()) return reply(login.error());
                out.factors = login->factors;
                out.service = login->service;
                out.rule = login->rule;
                reply(std::move(out));
              });
        });
}

void GrantService::Revoke(const Peer& peer, proto::token::Revoke::In in, Reply<proto::token::Revoke> reply) {
  if (const Status room = MayBeRefused(context_, peer); !room.ok()) return reply(room.error());
  if (!in.client_id.has_value() && !in.client_secret.has_value() && !in.client_assertion.has_value()) {
    return RevokeFor(peer, in.token, std::nullopt, std::move(reply));
  }
  std::string named = in.client_id.value_or("");
  ClientWords words = TakeClientWords(in);
  ProveClient(context_, std::move(words), [this, peer, named = std::move(named), token = std::move(in.token),
                                           reply = std::move(reply)](Result<ClientClaim> claim) mutable {
    if (claim.ok()) return RevokeFor(peer, token, *std::move(claim), std::move(reply));
    RefuseClient(context_, peer, context_.Audit(peer, "token.revoke", ""), named, claim.error(), std::move(reply));
  });
}

void GrantService::RevokeFor(const Peer& peer, const SecretBytes& token, std::optional<ClientClaim> client,
                             Reply<proto::token::Revoke> reply) {
  const std::string id = client.has_value() ? client->client : "";
  Judge(token, std::move(client),
        [this, peer, id, reply = std::move(reply)](const ShownToken& shown, Result<Found> found) mutable {
          AuditEntry audit = context_.Audit(peer, "token.revoke", "");
          if (!found.ok()) return RefuseClient(context_, peer, audit, id, found.error(), std::move(reply));
          // RFC 7009 clause 2.2: one that is not known is as dead as it was to be.
          if (found->token == nullptr || found->token->of.grant.id.empty()) return reply(proto::token::Revoke::Out{false});
          const GrantFacts& of = found->token->of;
          const bool own = found->client != nullptr ? found->client->id == of.grant.client
                                                    : (!of.user.empty() && of.uid == peer.uid) ||
                                                          context_.authority.IsTrusted(peer);
          if (own) return Kill(peer, shown, *found->token, std::move(reply));
          audit.user = of.user;
          // To a client as RFC 7009 clause 2.1 has it; to a person another's looks like none at all.
          const Error error = found->client != nullptr
                                  ? MakeError(Code::kDenied, "not_yours", "that token is another's")
                                  : MakeError(Code::kNotFound, "no_token", "there is no such token of yours");
          RefuseClient(context_, peer, audit, of.grant.id, error, std::move(reply));
        });
}

void GrantService::Kill(const Peer& peer, const ShownToken& shown, const TokenFacts& facts,
                        Reply<proto::token::Revoke> reply) {
  AuditEntry audit = context_.Audit(peer, "token.revoke", facts.of.user);
  audit.subject = facts.of.grant.id;
  auto done = [reply = std::move(reply)](const Status& revoked) {
    if (!revoked.ok() && revoked.error().code != Code::kNotFound) return reply(revoked.error());
    reply(proto::token::Revoke::Out{revoked.ok()});
  };
  context_.store.Write(
      [shown, grant = facts.of.grant.id, moment = context_.Now(), audit](Store& store) mutable -> Status {
        switch (shown.form) {
          case ShownToken::Form::kOpaque:
            audit.detail = "access token";
            return store.RevokeAccessToken(shown.hash, audit);
          case ShownToken::Form::kSealed:
            audit.detail = "access token";
            return store.RevokeJwt(shown.reference.token_id, moment.now + kLongestToken, audit);
          case ShownToken::Form::kJwt:
            audit.detail = "access token";
            // Until it would have expired by either clock.
            return store.RevokeJwt(shown.claims.token_id,
                                   std::max(shown.claims.expires_at, moment.now + kLongestToken), audit);
          case ShownToken::Form::kRefresh:
          case ShownToken::Form::kNone:
            break;
        }
        audit.detail = "refresh token";
        FOB_CHECK(store.RevokeGrant(grant, moment, audit));
        return Ok();
      },
      std::move(done));
}

void GrantService::ListGrants(const Peer& peer, proto::token::ListGrants::In in,
                              Reply<proto::token::ListGrants> reply) {
  const bool trusted = context_.authority.IsTrusted(peer);
  const Store::GrantFilter wanted{std::nullopt, in.login.value_or(""), "", !in.all.value_or(false), context_.Now(), in.before.value_or("")};
  auto list = [this, wanted, named = in.client_id](std::optional<uint32_t> uid, Reply<proto::token::ListGrants> done) {
    context_.store.Read(
        [wanted, named, uid](Store& store) -> Result<Page<GrantFacts>> {
          Store::GrantFilter filter = wanted;
          filter.uid = uid;
          if (named.has_value()) {
            FOB_TRY(const ClientRecord client, store.FindClient(*named));
            filter.client = client.id;
          }
          return store.ListGrants(filter);
        },
        [this, done = std::move(done)](Result<Page<GrantFacts>> grants) {
          if (!grants.ok()) return done(grants.error());
          proto::token::ListGrants::Out out;
          out.next = std::move(grants->next);
          for (const GrantFacts& facts : *grants) out.grants.push_back(Present(context_, facts));
          done(std::move(out));
        });
  };
  if (!in.user.has_value()) return list(trusted ? std::nullopt : std::optional(peer.uid), std::move(reply));
  ResolveSubject(context_, peer, *in.user, [list, reply = std::move(reply)](Result<Account> account) mutable {
    if (!account.ok()) return reply(account.error());
    list(account->uid, std::move(reply));
  });
}

void GrantService::RevokeGrants(const Peer& peer, proto::token::RevokeGrants::In in,
                                Reply<proto::token::RevokeGrants> reply) {
  const int named = in.grant.has_value() + in.login.has_value() + in.client_id.has_value() + in.user.has_value();
  if (named != 1) {
    return reply(MakeError(Code::kInvalidArgument, "name_one", "name one of grant, login, client and user"));
  }
  if (in.grant.has_value()) return RevokeOne(peer, *in.grant, std::move(reply));
  if (in.login.has_value()) {
    return FindCallersLogin(context_, peer, in.login, [this, peer, reply = std::move(reply)](Result<LoginRecord> login) mutable {
      if (!login.ok()) return reply(login.error());
      RevokeAllOf(peer, Store::GrantsOf::kLogin, login->id, login->user, std::move(reply));
    });
  }
  if (in.user.has_value()) {
    return ResolveSubject(context_, peer, *in.user, [this, peer, reply = std::move(reply)](Result<Account> account) mutable {
      if (!account.ok()) return reply(account.error());
      RevokeAllOf(peer, Store::GrantsOf::kUser, account->name, account->name, std::move(reply));
    });
  }
  if (!context_.authority.IsTrusted(peer)) {
    return reply(MakeError(Code::kNotPermitted, "not_trusted", "only an administrator may revoke all grants of a client"));
  }
  context_.store.Read([id = *in.client_id](Store& store) { return store.FindClient(id); },
                      [this, peer, reply = std::move(reply)](Result<ClientRecord> client) mutable {
                        if (!client.ok()) return reply(client.error());
                        RevokeAllOf(peer, Store::GrantsOf::kClient, client->id, "", std::move(reply));
                      });
}

void GrantService::RevokeOne(const Peer& peer, const std::string& grant, Reply<proto::token::RevokeGrants> reply) {
  context_.store.Read(
      [grant, moment = context_.Now()](Store& store) { return store.FindGrant(grant, moment); },
      [this, peer, grant, reply = std::move(reply)](Result<GrantFacts> facts) mutable {
        // Another's grant looks like none at all.
        const bool own = facts.ok() && !facts->user.empty() && facts->uid == peer.uid;
        if (facts.ok() && !own && !context_.authority.IsTrusted(peer)) {
          facts = MakeError(Code::kNotFound, "no_grant", "there is no grant " + grant);
        }
        if (!facts.ok()) return reply(facts.error());
        AuditEntry audit = context_.Audit(peer, "grant.revoke", facts->user);
        audit.subject = grant;
        context_.store.Write(
            [grant, moment = context_.Now(), audit](Store& store) { return store.RevokeGrant(grant, moment, audit); },
            [this, reply = std::move(reply)](Result<GrantFacts> revoked) {
              if (!revoked.ok()) return reply(revoked.error());
              reply(proto::token::RevokeGrants::Out{Present(context_, *revoked), {}});
            });
      });
}

void GrantService::RevokeAllOf(const Peer& peer, Store::GrantsOf whose, const std::string& id, const std::string& user,
                               Reply<proto::token::RevokeGrants> reply) {
  AuditEntry audit = context_.Audit(peer, "grant.revoke_all", user);
  context_.store.Write(
      [whose, id, moment = context_.Now(), audit](Store& store) { return store.RevokeGrantsOf(whose, id, moment, audit); },
      [reply = std::move(reply)](const Result<int64_t>& revoked) {
        if (!revoked.ok()) return reply(revoked.error());
        proto::token::RevokeGrants::Out out;
        out.revoked = *revoked;
        reply(std::move(out));
      });
}

}  // namespace fob::core
