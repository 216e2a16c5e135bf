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
  kLoginCaller,    // a trusted uid, or one that a [[caller]] entry grants services: MayRunLogins decides
  kTrusted,        // trusted uids alone
};

// The one gate: authorisation by the uid that the kernel vouches for (I5, I7).
class Authority {
 public:
  explicit Authority(const Settings& settings) : settings_(settings) {}

  bool IsTrusted(const Peer& peer) const { return settings_.trusted_uids.contains(peer.uid); }
  // May run and confirm logins for others at `service`.
  bool MayRunLogins(const Peer& peer, std::string_view service) const;
  bool MayActFor(const Peer& peer, uint32_t uid) const { return IsTrusted(peer) || peer.uid == uid; }

  // The gate in front of every method. kNotPermitted.
  Status Admit(const Peer& peer, Who who) const;

 private:
  const Settings& settings_;
};

}  // namespace fob::core
