#include "daemon/core/authority.h"

#include <algorithm>

namespace fob::core {

bool Authority::MayRunLogins(const Peer& peer, std::string_view service) const {
  if (IsTrusted(peer)) return true;
  return std::ranges::any_of(settings_.callers, [&](const CallerGrant& caller) {
    return caller.uid == peer.uid && std::ranges::find(caller.services, service) != caller.services.end();
  });
}

Status Authority::Admit(const Peer& peer, Who who) const {
  switch (who) {
    case Who::kAnyone:
    case Who::kSelfOrSession:
      return Ok();
    case Who::kSelfOrTrusted:
      if (!IsGateway(peer)) return Ok();
      break;
    case Who::kWeb:
      if (IsGateway(peer) || IsTrusted(peer)) return Ok();
      break;
    case Who::kLoginCaller:
      if (IsTrusted(peer) || std::ranges::any_of(settings_.callers, [&](const CallerGrant& caller) {
            return caller.uid == peer.uid;
          })) {
        return Ok();
      }
      break;
    case Who::kTrusted:
      if (IsTrusted(peer)) return Ok();
      break;
  }
  return MakeError(Code::kNotPermitted, "not_trusted",
                   "uid " + std::to_string(peer.uid) + " may not do this: ask an administrator of this host");
}

}  // namespace fob::core
