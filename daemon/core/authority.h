#pragma once

#include <string_view>

#include "base/result.h"
#include "daemon/core/peer.h"
#include "daemon/core/settings.h"

namespace fob::core {

// Who may call a method. Every row of the dispatch table names one of these.
enum class Who {
  kAnyone,         // any local uid; the method itself reveals nothing that is not the caller's
  kSelfOrTrusted,  // any uid for itself, trusted uids for anyone: MayActFor decides
  kSelfOrSession,  // the same, and the gateway for the user of the session that it must give
  kLoginCaller,    // a trusted uid, or one that a [[caller]] entry grants services: MayRunLogins decides
  kTrusted,        // trusted uids alone
  kWeb,            // the gateway of web logins, and trusted uids
};

// The one gate: authorisation by the uid that the kernel vouches for (I5, I7).
class Authority {
 public:
  explicit Authority(const Settings& settings) : settings_(settings) {}

  // A browser has nobody's rights but its user's own.
  bool IsTrusted(const Peer& peer) const {
    return peer.browser == nullptr && settings_.trusted_uids.contains(peer.uid);
  }
  // The gateway of web logins, which acts for nobody but by a session.
  bool IsGateway(const Peer& peer) const {
    return peer.browser == nullptr && settings_.web_uid == peer.uid && !IsTrusted(peer);
  }
  // May run and confirm logins for others at `service`.
  bool MayRunLogins(const Peer& peer, std::string_view service) const;
  bool MayActFor(const Peer& peer, uint32_t uid) const { return IsTrusted(peer) || peer.uid == uid; }

  // The gate in front of every method. kNotPermitted.
  Status Admit(const Peer& peer, Who who) const;

 private:
  const Settings& settings_;
};

}  // namespace fob::core
