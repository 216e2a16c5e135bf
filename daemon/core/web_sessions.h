#pragma once

#include "daemon/core/context.h"
#include "daemon/core/login_service.h"
#include "daemon/core/session_watch.h"
#include "proto/messages.h"

namespace fob::core {

// Browsers that are signed in, each as a verified login and only while that lives.
class WebSessions {
 public:
  WebSessions(const Context& context, SessionWatch& sessions) : context_(context), sessions_(sessions) {}

  void ShowSession(const Peer& peer, proto::web::ShowSession::In in, Reply<proto::web::ShowSession> reply);
  void EndSession(const Peer& peer, proto::web::EndSession::In in, Reply<proto::web::EndSession> reply);

  // The session that a browser holds. kNotFound/"session".
  void Find(const SecretBytes& session, UniqueFunction<void(Result<Store::WebSession>)> done);
  // The browser's user, as a peer. kNotPermitted: who asks is not the gateway; kNotFound/"session".
  void ActAs(const Peer& peer, const SecretBytes& session, UniqueFunction<void(Result<Peer>)> done);
  // Signs a browser out, and tells the login that it was signed in as.
  void End(const Peer& peer, const SecretBytes& session, UniqueFunction<void(Status)> done);

  proto::Session Present(const LoginRecord& login) const;

 private:
  const Context& context_;
  SessionWatch& sessions_;
};

// Whether a browser's user has proved enough, just now, to change what logins rest upon. kDenied/"login_again".
Status MayChangeFactors(const Context& context, const Peer& peer);

}  // namespace fob::core
