#include "daemon/host/caller_facts.h"

namespace fob::host {
namespace {

Error CallerGone() {
  return MakeError(Code::kUnavailable, "caller_gone", "the calling process could not be looked up: it ended, or this host is out of descriptors");
}

}  // namespace

Result<core::CallerFacts> ReadCallerFacts(const core::Peer& peer, const ProcFiles& proc, const Sessions& sessions) {
  if (peer.pid <= 0) return CallerGone();
  // When the peer connected, or now if that is not known.
  const auto before = peer.start_time != 0 ? std::optional(peer.start_time) : proc.StartTime(peer.pid);
  if (!before.has_value()) return CallerGone();

  core::CallerFacts facts;
  facts.executable = proc.Program(peer.pid);
  if (peer.browser != nullptr) {
    // The process is the gateway's; who sits at the browser is at no seat, and in no session, of this host.
    const auto uids = proc.UidsOf(peer.pid, *before);
    if (!uids.has_value() || !uids->Holds(peer.browser->gateway_uid)) return CallerGone();
    return facts;
  }
  if (const auto session = sessions.Of(peer.pid)) {
    facts.session_known = true;
    facts.seat = session->seat;
    facts.session_remote = session->remote;
    facts.session_active = session->active;
    facts.kernel_session = "logind:" + session->id;
  }
  if (const auto audit = proc.Session(peer.pid)) facts.kernel_session = "audit:" + std::to_string(*audit);

  const auto uids = proc.UidsOf(peer.pid, *before);
  if (!uids.has_value() || !uids->Holds(peer.uid)) return CallerGone();
  return facts;
}

}  // namespace fob::host
