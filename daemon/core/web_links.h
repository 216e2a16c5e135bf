#pragma once

#include <map>
#include <string>

#include "daemon/core/context.h"
#include "daemon/core/login_service.h"
#include "daemon/core/web_sessions.h"
#include "proto/messages.h"

namespace fob::core {

// Single-use links by which a login of this host signs a browser in. They live for a minute, in memory: after a
// restart there are none, and fobctl open makes another.
class WebLinks {
 public:
  WebLinks(const Context& context, WebSessions& sessions, SessionWatch& watch)
      : context_(context), sessions_(sessions), watch_(watch) {}

  void CreateLink(const Peer& peer, proto::web::CreateLink::In in, Reply<proto::web::CreateLink> reply);
  void ShowLink(const Peer& peer, proto::web::ShowLink::In in, Reply<proto::web::ShowLink> reply);
  void FollowLink(const Peer& peer, proto::web::FollowLink::In in, Reply<proto::web::FollowLink> reply);

 private:
  struct Link {
    std::string login;
    std::string user;
    uint32_t uid = 0;
    std::string target;
    int64_t expires_at_ms = 0;  // monotonic
    Bytes browser_hash;         // the first that showed it; empty: none yet
  };
  Status MayLink(const Peer& peer, const LoginRecord& login) const;
  void Give(const LoginRecord& login, std::string target, Reply<proto::web::CreateLink> reply);
  // Of this browser, or of none yet: it is this one's from now on. Null: there is none (any more).
  Link* Find(const SecretBytes& link, const SecretBytes& browser);
  void Prune();

  static constexpr int64_t kLifetimeMs = 60'000;
  static constexpr size_t kMost = 1024;
  static constexpr size_t kMostOfUser = 8;
  const Context& context_;
  WebSessions& sessions_;
  SessionWatch& watch_;
  std::map<Bytes, Link> links_;  // by SHA-256
};

}  // namespace fob::core
