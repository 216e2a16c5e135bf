#include "daemon/core/session_watch.h"

#include <algorithm>
#include <utility>

namespace fob::core {

void SessionWatch::Start() {
  next_ = context_.timers.After(kEveryMs, [this] {
    Look([] {});
    Start();
  });
}

void SessionWatch::Look(UniqueFunction<void()> done) {
  const int64_t now = context_.clock.MonotonicMs();
  if (looked_at_ms_.has_value() && now - *looked_at_ms_ < kFreshMs) return done();
  waiting_.push_back(std::move(done));
  if (std::exchange(looking_, true)) return;
  context_.store.Read([moment = context_.Now()](Store& store) { return store.OpenSessions(moment); },
                      [this](Result<std::vector<std::string>> open) {
                        if (open.ok() && !open->empty()) return Ask(*std::move(open));
                        if (!open.ok()) context_.alarm(open.error());
                        Finish();
                      });
}

void SessionWatch::Ask(std::vector<std::string> open) {
  context_.host.SessionsGone(std::move(open), [this](Result<std::vector<std::string>> gone) {
    if (gone.ok()) return EndNext(*std::move(gone));
    context_.alarm(gone.error());  // not known to be gone: they live
    Finish();
  });
}

void SessionWatch::EndNext(std::vector<std::string> gone) {
  if (gone.empty()) return Finish();
  AuditEntry audit;
  audit.at = context_.clock.UnixSeconds();
  audit.action = "login.vanish";
  const std::string session = gone.back();  // here: which argument is made first is open
  audit.detail = session;
  context_.store.Write([session, moment = context_.Now(), audit](
                           Store& store) { return store.EndLoginsOf(session, moment, audit); },
                       [this, gone = std::move(gone)](Result<int64_t> ended) mutable {
                         if (!ended.ok()) {
                           context_.alarm(ended.error());
                           return Finish();
                         }
                         if (*ended == 0) gone.pop_back();  // a full hand: there may be more of it
                         EndNext(std::move(gone));
                       });
}

void SessionWatch::Finish() {
  looking_ = false;
  looked_at_ms_ = context_.clock.MonotonicMs();
  for (UniqueFunction<void()>& done : std::exchange(waiting_, {})) done();
}

}  // namespace fob::core
