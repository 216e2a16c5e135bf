#include "daemon/core/clock_keeper.h"

namespace fob::core {

void ClockKeeper::Start() {
  next_ = context_.timers.After(kEveryMs, [this] { Start(); });
  const auto mark = context_.forward.MarkToKeep(context_.host.BootId());
  if (!mark.has_value()) return;
  context_.store.Write([mark = *mark](Store& store) { return store.SetClockMark(mark); },
                       [this](const Status& kept) {
                         if (!kept.ok()) context_.alarm(kept.error());
                       });
}

}  // namespace fob::core
