#pragma once

#include "base/bytes.h"

namespace fob {

// Writes all of it, however often it is interrupted. False: errno says why.
bool WriteFully(int fd, ByteView bytes);

}  // namespace fob
