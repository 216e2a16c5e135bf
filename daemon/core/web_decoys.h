#pragma once

#include <string>

#include "daemon/core/ports/web_crypto.h"
#include "proto/messages.h"

namespace fob::core {

// The credential that is shown for a username without keys, whether anybody has the name or not: always the
// same for a name, like a real one, and nobody's.
proto::WebCredential DecoyFor(const WebCrypto& crypto, ByteView key, std::string_view user);

}  // namespace fob::core
