#include "daemon/core/client_service.h"

#include <algorithm>

#include "daemon/core/client_gate.h"
#include "daemon/core/present.h"
#include "daemon/core/redirect_uri.h"
#include "daemon/core/token_mint.h"

namespace fob::core {
namespace {

constexpr int64_t kLongestRefresh = 366 * 24 * 3600;  // seconds

Status CheckWords(const std::vector<std::string>& words, std::string_view what) {
  const auto bad = [](const std::string& word) {
    return word.empty() || word.size() > 256 ||
           std::ranges::any_of(word, [](char c) { return c <= 0x20 || c >= 0x7f || c == '"' || c == '\\'; });
  };
  if (words.size() > 32 || std::ranges::any_of(words, bad)) {
    return MakeError(Code::kInvalidArgument, "bad_" + std::string(what),
                     "give at most 32 " + std::string(what) + "s of printable ASCII without spaces");
  }
  return Ok();
}

// Where browsers are sent, and whose scripts may call.
Status CheckPlaces(const ClientRecord& client) {
  for (const auto* uris : {&client.redirect_uris, &client.post_logout_redirect_uris}) {
    for (const std::string& uri : *uris) FOB_CHECK(CheckRedirectUri(uri));
  }
  for (const std::string& origin : client.origins) {
    if (OriginOf(origin) != origin) {
      return MakeError(Code::kInvalidArgument, "bad_origin",
                       origin + " is no origin: give scheme, host and port, as in https://app.example.org");
    }
  }
  return Ok();
}

Status CheckAuthentication(const ClientRecord& client) {
  if (client.jwks.empty() != (client.auth_method != AuthMethod::kPrivateKeyJwt)) {
    return MakeError(Code::kInvalidArgument, "bad_jwks", "keys (jwks) are for clients that authenticate by private_key_jwt, and needed there");
  }
  if (client.auth_method != AuthMethod::kNone) return Ok();
  if (client.machine) {
    return MakeError(Code::kInvalidArgument, "public_client", "a public client proves nothing of itself: it gets no tokens of its own");
  }
  if (client.pkce) return Ok();
  return MakeError(Code::kInvalidArgument, "public_client", "a public client must send a code challenge (pkce)");
}

template <typename T>
void Take(const std::optional<T>& from, T& to) {
  if (from.has_value()) to = *from;
}

// Puts what is set into `client`; kInvalidArgument.
Status Apply(const proto::ClientSettings& settings, ClientRecord& client) {
  Take(settings.audiences, client.audiences);
  Take(settings.scopes, client.scopes);
  Take(settings.serves, client.serves);
  Take(settings.groups, client.groups);
  Take(settings.fresh, client.fresh);
  Take(settings.outlives_login, client.outlives_login);
  Take(settings.direct, client.direct);
  Take(settings.machine, client.machine);
  Take(settings.redirect_uris, client.redirect_uris);
  Take(settings.post_logout_redirect_uris, client.post_logout_redirect_uris);
  Take(settings.origins, client.origins);
  Take(settings.third_party, client.third_party);
  Take(settings.user_groups, client.user_groups);
  Take(settings.pkce, client.pkce);
  Take(settings.tickets, client.tickets);
  if (settings.auth_method.has_value()) client.auth_method = static_cast<AuthMethod>(*settings.auth_method);
  if (settings.jwks.has_value()) client.jwks = settings.jwks->text;
  if (settings.id_token_algorithm.has_value()) {
    client.id_token_algorithm = static_cast<SigningAlgorithm>(*settings.id_token_algorithm);
  }
  if (settings.token_kind.has_value()) client.token_kind = static_cast<TokenKind>(*settings.token_kind);
  if (settings.algorithm.has_value()) client.algorithm = static_cast<SigningAlgorithm>(*settings.algorithm);
  if (settings.token_lifetime_ms.has_value()) client.token_lifetime = *settings.token_lifetime_ms / 1000;
  if (settings.refresh_lifetime_ms.has_value()) client.refresh_lifetime = *settings.refresh_lifetime_ms / 1000;
  for (const Status& good : {CheckWords(client.audiences, "audience"), CheckWords(client.scopes, "scope"),
                             CheckWords(client.serves, "audience"), CheckWords(client.groups, "group"),
                             CheckWords(client.fresh, "audience"), CheckWords(client.user_groups, "group"),
                             CheckWords(client.redirect_uris, "redirect_uri"),
                             CheckWords(client.post_logout_redirect_uris, "redirect_uri"),
                             CheckWords(client.origins, "origin")}) {
    FOB_CHECK(good);
  }
  if (client.audiences.empty() && client.serves.empty()) {
    return MakeError(Code::kInvalidArgument, "bad_audience",
                     "give 1 to 32 audiences that its tokens may be for, or that it serves itself");
  }
  for (const std::string& audience : client.fresh) {
    if (std::ranges::find(client.audiences, audience) == client.audiences.end()) {
      return MakeError(Code::kInvalidArgument, "bad_audience", audience + " is fresh and no audience of the client");
    }
  }
  if (client.token_lifetime < 10 || client.token_lifetime > kLongestToken) {
    return MakeError(Code::kInvalidArgument, "bad_lifetime", "an access token lives 10 seconds to an hour");
  }
  FOB_CHECK(CheckPlaces(client));
  FOB_CHECK(CheckAuthentication(client));
  const bool refreshes = client.refresh_lifetime != 0;
  if (refreshes && (client.refresh_lifetime < client.token_lifetime || client.refresh_lifetime > kLongestRefresh)) {
    return MakeError(Code::kInvalidArgument, "bad_lifetime",
                     "a grant is refreshed for at least the life of an access token and at most 366 days; 0 is never");
  }
  return Ok();
}

}  // namespace

void ClientService::AddClient(const Peer& peer, proto::admin::AddClient::In in, Reply<proto::admin::AddClient> reply) {
  ClientRecord client;
  if (const Status good = CheckName(in.name); !good.ok()) return reply(good.error());
  proto::ClientSettings& settings = in.settings;
  const bool web = settings.redirect_uris.has_value() && !settings.redirect_uris->empty();
  if (web) {
    if (!settings.audiences.has_value()) settings.audiences = {{context_.settings.issuer}};
    if (!settings.scopes.has_value()) settings.scopes = {{std::string(kOpenIdScope), std::string(kProfileScope)}};
  }
  // Tickets are for apps that a login of this host opens: not for those that people sign in to, nor for machines (I37).
  client.tickets = !web && settings.machine != true;
  if (const Status good = Apply(settings, client); !good.ok()) return reply(good.error());
  client.id = context_.random.Id("client_");
  client.name = in.name;
  client.created_at = client.secret_rotated_at = context_.clock.UnixSeconds();
  auto secret = Authenticate(client);
  if (!secret.ok()) return reply(secret.error());
  AuditEntry audit = context_.Audit(peer, "client.add", "");
  audit.subject = client.id;
  audit.detail = client.name;
  EnsureKeys(client, peer, [this, client, audit, secret = *std::move(secret), reply = std::move(reply)](
                               const Status& there) mutable {
    if (!there.ok()) return reply(there.error());
    context_.store.Write([client, audit](Store& store) { return store.AddClient(client, audit); },
                         [client, secret = std::move(secret), reply = std::move(reply)](const Status& added) mutable {
                           if (!added.ok()) return reply(added.error());
                           reply(proto::admin::AddClient::Out{Present(client), std::move(secret)});
                         });
  });
}

void ClientService::UpdateClient(const Peer& peer, proto::admin::UpdateClient::In in,
                                 Reply<proto::admin::UpdateClient> reply) {
  context_.store.Read(
      [id = in.client_id](Store& store) { return store.FindClient(id); },
      [this, peer, settings = std::move(in.settings), reply = std::move(reply)](Result<ClientRecord> found) mutable {
        if (!found.ok()) return reply(found.error());
        ClientRecord client = *std::move(found);
        const AuthMethod before = client.auth_method;
        if (const Status good = Apply(settings, client); !good.ok()) return reply(good.error());
        if (client.auth_method != before && client.auth_method == AuthMethod::kSecret) {
          // Nobody could be told the new secret.
          return reply(MakeError(Code::kInvalidArgument, "bad_auth_method",
                                 "a client that has no secret gets none any more: register it anew"));
        }
        if (client.auth_method != AuthMethod::kSecret) {
          if (const auto none = Authenticate(client); !none.ok()) return reply(none.error());
        }
        AuditEntry audit = context_.Audit(peer, "client.update", "");
        audit.subject = client.id;
        audit.detail = client.name;
        EnsureKeys(client, peer, [this, client, audit, reply = std::move(reply)](const Status& there) mutable {
          if (!there.ok()) return reply(there.error());
          context_.store.Write([client, audit](Store& store) { return store.UpdateClient(client, audit); },
                               [reply = std::move(reply)](Result<ClientRecord> updated) {
                                 if (!updated.ok()) return reply(updated.error());
                                 reply(proto::admin::UpdateClient::Out{Present(*updated)});
                               });
        });
      });
}

// What it proves itself by from now on; the secret, where it is one.
Result<std::optional<SecretBytes>> ClientService::Authenticate(ClientRecord& client) {
  std::optional<SecretBytes> secret;
  switch (client.auth_method) {
    case AuthMethod::kSecret:
      secret = context_.NewBearer("");
      client.secret_hash = context_.HashText(*secret);
      break;
    case AuthMethod::kPrivateKeyJwt:
      FOB_CHECK(context_.web_crypto.CheckJwks(client.jwks));
      client.secret_hash = context_.hasher.Sha256(AsBytes(client.jwks));
      break;
    case AuthMethod::kNone:
      client.secret_hash = context_.HashText(SecretBytes());
      break;
  }
  return secret;
}

void ClientService::EnsureKeys(const ClientRecord& client, const Peer& peer, UniqueFunction<void(const Status&)> done) {
  if (!Holds(client.scopes, kOpenIdScope)) return keys_.Ensure(client.algorithm, peer, std::move(done));
  keys_.Ensure(client.algorithm, peer, [this, id = client.id_token_algorithm, peer, done = std::move(done)](
                                           const Status& there) mutable {
    if (!there.ok()) return done(there);
    keys_.Ensure(id, peer, std::move(done));
  });
}

void ClientService::ShowClient(const Peer&, proto::admin::ShowClient::In in, Reply<proto::admin::ShowClient> reply) {
  context_.store.Read([id = in.client_id](Store& store) { return store.FindClient(id); },
                      [reply = std::move(reply)](Result<ClientRecord> client) {
                        if (!client.ok()) return reply(client.error());
                        reply(proto::admin::ShowClient::Out{Present(*client)});
                      });
}

void ClientService::ListClients(const Peer&, proto::admin::ListClients::In in, Reply<proto::admin::ListClients> reply) {
  context_.store.Read([before = in.before.value_or("")](Store& store) { return store.ListClients(before); },
                      [reply = std::move(reply)](Result<Page<ClientRecord>> clients) {
                        if (!clients.ok()) return reply(clients.error());
                        proto::admin::ListClients::Out out;
                        out.next = std::move(clients->next);
                        for (const ClientRecord& client : *clients) out.clients.push_back(Present(client));
                        reply(std::move(out));
                      });
}

void ClientService::RemoveClient(const Peer& peer, proto::admin::RemoveClient::In in, Reply<proto::admin::RemoveClient> reply) {
  AuditEntry audit = context_.Audit(peer, "client.remove", "");
  context_.store.Write([client = in.client_id, audit](Store& store) { return store.RemoveClient(client, audit); },
                       [reply = std::move(reply)](Result<ClientRecord> client) {
                         if (!client.ok()) return reply(client.error());
                         reply(proto::admin::RemoveClient::Out{Present(*client)});
                       });
}

void ClientService::RotateClientSecret(const Peer& peer, proto::admin::RotateClientSecret::In in,
                                      Reply<proto::admin::RotateClientSecret> reply) {
  SecretBytes secret = context_.NewBearer("");
  const Bytes hash = context_.HashText(secret);  // here: which argument is made first is open
  context_.store.Write(
      [client = in.client_id, hash, now = context_.clock.UnixSeconds(),
       audit = context_.Audit(peer, "client.rotate_secret", "")](Store& store) {
        return store.RotateClientSecret(client, hash, now, audit);
      },
      [secret = std::move(secret), reply = std::move(reply)](Result<ClientRecord> client) mutable {
        if (!client.ok()) return reply(client.error());
        if (client->auth_method != AuthMethod::kSecret) {
          return reply(MakeError(Code::kConflict, "no_secret", "client " + client->name + " does not authenticate by a secret"));
        }
        reply(proto::admin::RotateClientSecret::Out{Present(*client), std::move(secret)});
      });
}

}  // namespace fob::core
