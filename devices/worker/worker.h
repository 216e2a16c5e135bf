#pragma once

#include "base/unique_fd.h"
#include "devices/fido/transport.h"

namespace fob::worker {

// Serves org.fobd.Worker on one connection to fobd, for one ceremony: call after call until
// end-of-file, which during a call means cancel (keys are told so before this returns). Decides
// nothing: fobd verifies what is relayed. Returns the program's exit status: 0 after end-of-file, 1
// when the connection or the peer broke the protocol.
int RunWorker(UniqueFd socket, fido::KeyRing& ring);

}  // namespace fob::worker
