#include "devices/fido/handles.h"

namespace fob::fido {

void PrepareThread() {
  static thread_local bool prepared = false;
  if (prepared) return;
  fido_init(FIDO_DISABLE_U2F_FALLBACK);
  // fido_init turns the log to standard error on when FIDO_DEBUG is in the environment.
  fido_set_log_handler([](const char*) {});
  prepared = true;
}

}  // namespace fob::fido
