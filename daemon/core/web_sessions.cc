#include "daemon/core/web_sessions.h"

namespace fob::core {
namespace {

constexpr int64_t kFactorsAreFresh = 300;  // seconds from the login

}  // namespace

void WebSessions::Find(const SecretBytes& session, UniqueFunction<void(Result<Store::WebSession>)> done) {
  sessions_.Look([this, hash = context_.HashText(session), done = std::move(done)]() mutable {
    context_.store.ReadFew([hash, moment = context_.Now()](Store& store) { return store.FindSession(hash, moment); },
                           std::move(done));
  });
}

void WebSessions::ActAs(const Peer& peer, const SecretBytes& session, UniqueFunction<void(Result<Peer>)> done) {
  if (!context_.authority.IsGateway(peer) && !context_.authority.IsTrusted(peer)) {
    return done(MakeError(Code::kNotPermitted, "not_gateway", "only the gateway of web logins may act for a session"));
  }
  Find(session, [peer, done = std::move(done)](Result<Store::WebSession> found) {
    if (!found.ok()) return done(found.error());
    const LoginRecord& login = found->login;
    const std::string& proved_by = login.key.empty() ? login.otp : login.key;
    Peer acting = peer;
    acting.uid = login.uid;
    acting.browser = std::make_shared<const BrowserUser>(
        BrowserUser{peer.uid, login.id, proved_by, login.confirmed_at.value_or(0)});
    done(std::move(acting));
  });
}

void WebSessions::End(const Peer& peer, const SecretBytes& session, UniqueFunction<void(Status)> done) {
  AuditEntry audit = context_.Audit(peer, "session.end", "");
  audit.service = kWebService;
  context_.store.Write([hash = context_.HashText(session), moment = context_.Now(), audit](
                           Store& store) { return store.EndSession(hash, moment, audit); },
                       [done = std::move(done)](const Result<bool>& ended) {
                         done(ended.ok() ? Ok() : Status(ended.error()));
                       });
}

void WebSessions::ShowSession(const Peer&, proto::web::ShowSession::In in, Reply<proto::web::ShowSession> reply) {
  Find(in.session, [this, reply = std::move(reply)](Result<Store::WebSession> found) {
    if (!found.ok()) return reply(found.error());
    reply(proto::web::ShowSession::Out{Present(found->login)});
  });
}

void WebSessions::EndSession(const Peer& peer, proto::web::EndSession::In in, Reply<proto::web::EndSession> reply) {
  End(peer, in.session, [reply = std::move(reply)](const Status& ended) {
    if (!ended.ok()) return reply(ended.error());
    reply(proto::web::EndSession::Out{});
  });
}

proto::Session WebSessions::Present(const LoginRecord& login) const {
  proto::Session out;
  out.login = login.id;
  out.user = login.user;
  out.sub = login.sub;
  out.host = context_.host.HostName();
  out.factors = login.factors;
  out.acr = login.acr;
  out.authenticated_at = login.authenticated_at;
  out.expires_at = context_.forward.ToWall(login.expires_at);
  return out;
}

Status MayChangeFactors(const Context& context, const Peer& peer) {
  if (peer.browser == nullptr) return Ok();
  if (context.forward.Now() - peer.browser->verified_at <= kFactorsAreFresh) return Ok();
  return Denied("login_again", "sign in again: a change of keys and codes takes a login of the last five minutes");
}

}  // namespace fob::core
