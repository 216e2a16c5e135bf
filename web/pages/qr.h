#pragma once

#include "base/secret.h"
#include "web/pages/html.h"

namespace fob::web {

// `text` as a QR code (SVG); empty when it does not fit one.
Html QrCode(const SecretBytes& text);

}  // namespace fob::web
