#pragma once

#include "daemon/core/records.h"
#include "devices/fido/algorithm.h"

namespace fob::factors {

fido::Algorithm ToFido(core::KeyAlgorithm algorithm);
core::KeyAlgorithm FromFido(fido::Algorithm algorithm);

}  // namespace fob::factors
