#include "base/encoding.h"
#include "daemon/core/authorize_service.h"
#include "daemon/core/client_gate.h"

// OpenID Connect RP-Initiated Logout 1.0.
namespace fob::core {

struct AuthorizeService::Farewell {
  Peer peer;
  std::optional<SecretBytes> session;
  std::optional<std::string> uri;
  std::string state;
  bool confirmed = false;
  std::string hinted_login;  // sid of a good hint
  std::optional<ClientRecord> client;
  Reply<proto::web::Logout> reply;
};

void AuthorizeService::Logout(const Peer& peer, proto::web::Logout::In in, Reply<proto::web::Logout> reply) {
  auto farewell = std::make_shared<Farewell>();
  farewell->peer = peer;
  farewell->session = std::move(in.session);
  farewell->uri = std::move(in.post_logout_redirect_uri);
  farewell->state = in.state.value_or("");
  farewell->confirmed = in.confirmed;
  std::string client = in.client_id.value_or("");
  if (in.id_token_hint.has_value()) {
    // However old: it tells who once was told that somebody signed in.
    const auto hint = context_.signer.CheckId(in.id_token_hint->RevealText());
    const bool good = hint.ok() && hint->issuer == context_.settings.issuer;
    if (!good || (!client.empty() && client != hint->audience)) {
      return reply(MakeError(Code::kInvalidArgument, "invalid_request", "id_token_hint is no ID token of ours, or another client's"));
    }
    farewell->hinted_login = hint->session;
    client = hint->audience;
  }
  farewell->reply = std::move(reply);
  if (client.empty()) return Leave(std::move(farewell));
  context_.store.ReadFew([client](Store& store) { return store.FindClient(client); },
                         [this, farewell](Result<ClientRecord> found) {
                           if (!found.ok() && found.error().code != Code::kNotFound) return farewell->reply(found.error());
                           if (found.ok()) farewell->client = *std::move(found);
                           Leave(farewell);
                         });
}

void AuthorizeService::Leave(std::shared_ptr<Farewell> farewell) {
  const auto finish = [farewell](const Status& ended) {
    if (!ended.ok()) return farewell->reply(ended.error());
    proto::web::Logout::Out out;
    // Byte for byte what is registered; to nowhere else, and not for who names no client.
    const bool known = farewell->uri.has_value() && farewell->client.has_value() &&
                       Holds(farewell->client->post_logout_redirect_uris, *farewell->uri);
    if (known) {
      out.redirect_uri = *farewell->uri;
      if (!farewell->state.empty()) {
        *out.redirect_uri += out.redirect_uri->find('?') == std::string::npos ? '?' : '&';
        *out.redirect_uri += "state=" + PercentEncode(farewell->state);
      }
    }
    if (farewell->client.has_value()) out.client_name = farewell->client->name;
    farewell->reply(std::move(out));
  };
  if (!farewell->session.has_value()) return finish(Ok());  // nobody is signed in
  sessions_.Find(*farewell->session, [this, farewell, finish](Result<Store::WebSession> found) {
    if (!found.ok()) return finish(found.error().code == Code::kNotFound ? Ok() : Status(found.error()));
    const bool theirs = !farewell->hinted_login.empty() && farewell->hinted_login == found->login.id;
    if (farewell->confirmed || theirs) return sessions_.End(farewell->peer, *farewell->session, finish);
    proto::web::Logout::Out out;
    out.confirm = true;
    if (farewell->client.has_value()) out.client_name = farewell->client->name;
    farewell->reply(std::move(out));
  });
}

}  // namespace fob::core
