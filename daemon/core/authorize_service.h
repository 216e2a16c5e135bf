#pragma once

#include "daemon/core/authorization_request.h"
#include "daemon/core/context.h"
#include "daemon/core/login_service.h"
#include "daemon/core/web_login_service.h"
#include "daemon/core/web_sessions.h"
#include "proto/messages.h"

namespace fob::core {

// The authorization endpoint: from a request, and the login that its browser is signed in as, to a code.
class AuthorizeService {
 public:
  AuthorizeService(const Context& context, WebSessions& sessions, WebLoginService& logins)
      : context_(context), sessions_(sessions), logins_(logins) {}

  void Authorize(const Peer& peer, proto::web::Authorize::In in, Reply<proto::web::Authorize> reply);
  void Consent(const Peer& peer, proto::web::Consent::In in, Reply<proto::web::Consent> reply);
  void Logout(const Peer& peer, proto::web::Logout::In in, Reply<proto::web::Logout> reply);
  void Metadata(const Peer& peer, proto::web::Metadata::In in, Reply<proto::web::Metadata> reply);

 private:
  struct Run;
  using RunPtr = std::shared_ptr<Run>;
  void Start(RunPtr run, std::optional<SecretBytes> session, std::optional<SecretBytes> attempt);
  void OnLogin(RunPtr run);
  void OnStanding(RunPtr run);
  void GiveCode(RunPtr run);
  // To the client, in the way that it asked for (RFC 9207: with `iss`).
  void Redirect(RunPtr run, std::vector<proto::Parameter> parameters);
  void Fail(RunPtr run, const std::string& error, const std::string& description);
  AuditEntry Audit(const Run& run, std::string_view action) const;

  struct Farewell;
  void Leave(std::shared_ptr<Farewell> farewell);

  const Context& context_;
  WebSessions& sessions_;
  WebLoginService& logins_;
};

}  // namespace fob::core
